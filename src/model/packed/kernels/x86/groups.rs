//! Blocks to bytes in a register, 32 at a time, and their scales.

use std::arch::x86_64::*;

use super::super::super::block::Block;
use super::super::super::unpack::TABLE;

/// The byte that stands for zero in what [`small_quants`] and [`large_quants`] give.
pub(super) const fn centre<const B: u8>() -> u8 {
    const Q4_0: u8 = Block::Q4_0 as u8;
    const Q5_0: u8 = Block::Q5_0 as u8;
    const Q6_K: u8 = Block::Q6_K as u8;
    const Q8_0: u8 = Block::Q8_0 as u8;
    const IQ4_NL: u8 = Block::IQ4_NL as u8;
    const IQ4_XS: u8 = Block::IQ4_XS as u8;
    match B {
        Q4_0 => 8,
        Q5_0 => 16,
        Q6_K => 32,
        Q8_0 | IQ4_NL | IQ4_XS => 128,
        _ => 0,
    }
}

/// Whether a kind of block has an offset beside its scale.
pub(super) const fn has_offset<const B: u8>() -> bool {
    B == Block::Q4_1 as u8 || B == Block::Q5_1 as u8 || B == Block::Q4_K as u8 || B == Block::Q5_K as u8
}

/// The quants of group `group` of a block.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
pub(super) fn quants<const B: u8>(bytes: &[u8], group: usize) -> __m256i {
    if is_large::<B>() { large_quants::<B>(bytes, group) } else { small_quants::<B>(bytes) }
}

/// The scale of each half of a block's groups, and their offsets; a block of 32 has the first group alone.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
pub(super) fn scales<const B: u8>(bytes: &[u8]) -> ([[f32; 2]; 8], [f32; 8]) {
    if is_large::<B>() {
        return large_scales::<B>(bytes);
    }
    let offset = if has_offset::<B>() { half_at(bytes, 2) } else { 0.0 };
    ([[half_at(bytes, 0); 2]; 8], [offset; 8])
}

/// Whether a kind of block has 256 numbers.
const fn is_large<const B: u8>() -> bool {
    Block::ALL[B as usize].values() == 256
}

/// The quants of a block of 32.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn small_quants<const B: u8>(bytes: &[u8]) -> __m256i {
    if B == Block::Q8_0 as u8 {
        _mm256_xor_si256(load32(&bytes[2..]), _mm256_set1_epi8(-128))
    } else if B == Block::Q5_0 as u8 {
        _mm256_or_si256(nibbles(&bytes[6..]), fifth_bits(&bytes[2..]))
    } else if B == Block::Q5_1 as u8 {
        _mm256_or_si256(nibbles(&bytes[8..]), fifth_bits(&bytes[4..]))
    } else if B == Block::Q4_1 as u8 {
        nibbles(&bytes[4..])
    } else if B == Block::IQ4_NL as u8 {
        from_table(nibbles(&bytes[2..]))
    } else {
        nibbles(&bytes[2..])
    }
}

/// The quants of one of the eight groups of a block of 256.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn large_quants<const B: u8>(bytes: &[u8], group: usize) -> __m256i {
    if B == Block::IQ4_XS as u8 {
        return from_table(nibbles(&bytes[8 + 16 * group..]));
    }
    if B == Block::Q6_K as u8 {
        let (part, quarter) = (group / 4, group % 4);
        let low = half_bytes(load32(&bytes[64 * part + 32 * (quarter % 2)..]), quarter / 2);
        let high = _mm256_srl_epi16(load32(&bytes[128 + 32 * part..]), _mm_cvtsi32_si128(2 * quarter as i32));
        let high = _mm256_slli_epi16::<4>(_mm256_and_si256(high, _mm256_set1_epi8(3)));
        return _mm256_or_si256(low, high);
    }
    let at = if B == Block::Q5_K as u8 { 48 } else { 16 };
    let low = half_bytes(load32(&bytes[at + 32 * (group / 2)..]), group % 2);
    if B == Block::Q4_K as u8 {
        return low;
    }
    let high = _mm256_srl_epi16(load32(&bytes[16..]), _mm_cvtsi32_si128(group as i32));
    let high = _mm256_slli_epi16::<4>(_mm256_and_si256(high, _mm256_set1_epi8(1)));
    _mm256_or_si256(low, high)
}

/// The scale of each half of the eight groups of a block of 256, and their offsets.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn large_scales<const B: u8>(bytes: &[u8]) -> ([[f32; 2]; 8], [f32; 8]) {
    if has_offset::<B>() {
        let (steps, lows) = packed_scales(&bytes[4..16]);
        let (scale, low) = (half_at(bytes, 0), half_at(bytes, 2));
        return (steps.map(|step| [scale * f32::from(step); 2]), lows.map(|step| -low * f32::from(step)));
    }
    let scale = half_at(bytes, if B == Block::Q6_K as u8 { 208 } else { 0 });
    let scales = std::array::from_fn(|group| {
        if B == Block::Q6_K as u8 {
            return [0, 1].map(|half| scale * f32::from(bytes[192 + 2 * group + half] as i8));
        }
        let low = bytes[4 + group / 2] >> (4 * (group % 2)) & 15;
        let high = u16::from_le_bytes([bytes[2], bytes[3]]) >> (2 * group) & 3;
        [scale * (f32::from(low) + 16.0 * f32::from(high) - 32.0); 2]
    });
    (scales, [0.0; 8])
}

/// The eight scales and offsets of 6 bits each, four at a time in one number.
#[inline]
fn packed_scales(bytes: &[u8]) -> ([u8; 8], [u8; 8]) {
    let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let (a, b, c) = (word(0), word(4), word(8));
    let two = |low: u32, high: u32| (u64::from(low) | u64::from(high) << 32).to_le_bytes();
    let scales = two(a & 0x3f3f_3f3f, (c & 0x0f0f_0f0f) | (a >> 6 & 0x0303_0303) << 4);
    let offsets = two(b & 0x3f3f_3f3f, (c >> 4 & 0x0f0f_0f0f) | (b >> 6 & 0x0303_0303) << 4);
    (scales, offsets)
}

/// An f16 as the processor widens it.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn half_at(bytes: &[u8], at: usize) -> f32 {
    let bits = u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(i32::from(bits))))
}

/// The sum of eight numbers.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
pub(super) fn added(x: __m256) -> f32 {
    let four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}

/// The bytes of a register.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
pub(super) fn store32(register: __m256i, into: &mut [u8; 32]) {
    #[allow(unsafe_code, reason = "a store has no safe form")]
    // SAFETY: the array has 32 bytes, and the store asks for no alignment.
    unsafe {
        _mm256_storeu_si256(into.as_mut_ptr().cast(), register);
    }
}

/// The first 32 of these bytes.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
pub(super) fn load32(bytes: &[u8]) -> __m256i {
    let bytes = &bytes[..32];
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the slice has 32 bytes, and the load asks for no alignment.
    unsafe {
        _mm256_loadu_si256(bytes.as_ptr().cast())
    }
}

/// The low or the high half of each byte.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn half_bytes(bytes: __m256i, which: usize) -> __m256i {
    let shifted = if which == 0 { bytes } else { _mm256_srli_epi16::<4>(bytes) };
    _mm256_and_si256(shifted, _mm256_set1_epi8(15))
}

/// The low halves of 16 bytes, then their high halves.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn nibbles(bytes: &[u8]) -> __m256i {
    let bytes = &bytes[..16];
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the slice has 16 bytes, and the load asks for no alignment.
    let low = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
    _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16::<4>(low), low), _mm256_set1_epi8(15))
}

/// 16 where bit `i` of the four bytes is set, in byte `i`.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn fifth_bits(bytes: &[u8]) -> __m256i {
    let bits = _mm256_set1_epi32(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let spread = |first: i64| first * 0x0101_0101_0101_0101;
    let byte_of = _mm256_set_epi64x(spread(3), spread(2), spread(1), spread(0));
    // Bit i of each eight bytes.
    let bit_of = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
    let picked = _mm256_and_si256(_mm256_shuffle_epi8(bits, byte_of), bit_of);
    _mm256_and_si256(_mm256_cmpeq_epi8(picked, bit_of), _mm256_set1_epi8(16))
}

/// The table's values for numbers of 0 to 15, 128 added.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn from_table(numbers: __m256i) -> __m256i {
    const VALUES: [i64; 2] = {
        let mut values = [0u64; 2];
        let mut place = 0;
        while place < TABLE.len() {
            values[place / 8] |= ((TABLE[place] as i64 + 128) as u64) << (8 * (place % 8));
            place += 1;
        }
        [values[0] as i64, values[1] as i64]
    };
    let [low, high] = VALUES;
    _mm256_shuffle_epi8(_mm256_set_epi64x(high, low, high, low), numbers)
}
