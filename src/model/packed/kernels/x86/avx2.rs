//! AVX2: a register holds four numbers of each of eight rows, half a panel.

use std::arch::x86_64::*;

use super::super::super::activations::Activations;
use super::super::super::block::Block;
use super::super::super::panels::{Line, PANEL, Panels, WORDS, lines_of, steps_of};
use super::super::super::unpack::{GROUP, TABLE};
use super::super::fixed::{by_rows, of_kind};

/// See [`super::super::Kernels::multiply`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(in super::super) fn multiply(panels: &Panels, first: usize, x: &[&[Activations]], products: &mut [[f32; PANEL]]) {
    of_kind!(panels.block, all(panels, first, x, products));
}

#[target_feature(enable = "avx2,fma,f16c")]
fn all<const B: u8>(panels: &Panels, first: usize, x: &[&[Activations]], products: &mut [[f32; PANEL]]) {
    by_rows!(dots::<B>, panels, first, x, products);
}

/// The products of a panel with `N` rows of activations.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn dots<const B: u8, const N: usize>(panels: &Panels, panel: usize, x: &[&[Activations]; N]) -> [[f32; PANEL]; N] {
    let mut products = [[0.0; PANEL]; N];
    for side in 0..2 {
        let sums = side_dots::<B, N>(panels, panel, side, x);
        for (products, sum) in products.iter_mut().zip(sums) {
            #[allow(unsafe_code, reason = "a store has no safe form")]
            // SAFETY: eight numbers from here on are in the array, and the store asks for no alignment.
            unsafe {
                _mm256_storeu_ps(products[8 * side..].as_mut_ptr(), sum);
            }
        }
    }
    products
}

/// Those with its first eight rows, or with its last.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn side_dots<const B: u8, const N: usize>(
    panels: &Panels,
    panel: usize,
    side: usize,
    x: &[&[Activations]; N],
) -> [__m256; N] {
    let block = const { Block::ALL[B as usize] };
    let (per_block, blocks) = (block.values() / GROUP, panels.blocks());
    let lines = panels.lines[panel * panels.groups * lines_of(block)..].chunks_exact(lines_of(block));
    let x = x.map(|x| &x[..panels.groups]);
    let mut sums = [_mm256_setzero_ps(); N];
    for (group, lines) in lines.enumerate().take(panels.groups) {
        let at = panel * blocks + group / per_block;
        let scale = halves(&panels.scales[at], side);
        let low = if block.has_offset() { halves(&panels.lows[at], side) } else { _mm256_setzero_ps() };
        let (scales, low) = if block.is_large() {
            let place = panel * panels.groups + group;
            let n = steps_of(block);
            let scale_of = |half: usize| _mm256_mul_ps(scale, whole(&panels.scale_steps[place * n + half], side));
            let low = if block.has_offset() {
                _mm256_fnmadd_ps(low, whole(&panels.low_steps[place], side), _mm256_setzero_ps())
            } else {
                low
            };
            ([scale_of(0), if n == 2 { scale_of(1) } else { scale_of(0) }], low)
        } else {
            ([scale; 2], low)
        };
        let words = words::<B>(lines, side);
        for n in 0..N {
            let x = &x[n][group];
            let product = |from: usize, to: usize, sum: i32| {
                // What is multiplied with its sign has its centre off already.
                let centre = if is_signed::<B>() { 0 } else { -i32::from(block.centre()) * sum };
                let mut whole = _mm256_set1_epi32(centre);
                let fours = &x.quants.as_chunks().0[from..to];
                for (words, fours) in
                    words[from..to].chunks_exact(at_once(block)).zip(fours.chunks_exact(at_once(block)))
                {
                    let mut pairs = _mm256_setzero_si256();
                    for (&word, &four) in words.iter().zip(fours) {
                        let four = _mm256_set1_epi32(i32::from_le_bytes(four));
                        pairs = _mm256_add_epi16(pairs, pair_products::<B>(word, four));
                    }
                    whole = _mm256_add_epi32(whole, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
                }
                _mm256_cvtepi32_ps(whole)
            };
            let by = _mm256_set1_ps(x.scale);
            if steps_of(block) == 2 {
                for (half, scale) in scales.into_iter().enumerate() {
                    let from = half * WORDS / 2;
                    let whole = product(from, from + WORDS / 2, x.halves[half]);
                    sums[n] = _mm256_fmadd_ps(whole, _mm256_mul_ps(scale, by), sums[n]);
                }
            } else {
                let whole = product(0, WORDS, x.halves[0] + x.halves[1]);
                sums[n] = _mm256_fmadd_ps(whole, _mm256_mul_ps(scales[0], by), sums[n]);
            }
            if block.has_offset() {
                sums[n] = _mm256_fmadd_ps(low, _mm256_set1_ps(x.sum), sums[n]);
            }
        }
    }
    sums
}

/// Whether the numbers take all eight bits, so that two products of bytes without a sign would not fit into 16 bits.
const fn is_signed<const B: u8>() -> bool {
    Block::ALL[B as usize].centre() == 128
}

/// How many words' products, each the sum of two, fit into 16 bits when they are added.
const fn at_once(block: Block) -> usize {
    match block.bits() {
        _ if block.centre() == 128 => 1,
        4 => 8,
        5 => 4,
        6 => 2,
        _ => 1,
    }
}

/// The sums of two products in each row, twice, in 16 bits.
#[target_feature(enable = "avx2")]
#[inline]
fn pair_products<const B: u8>(word: __m256i, x: __m256i) -> __m256i {
    if is_signed::<B>() {
        // Bytes without a sign are multiplied by bytes with one: so the sign goes to the activations.
        let word = _mm256_xor_si256(word, _mm256_set1_epi8(-128));
        _mm256_maddubs_epi16(_mm256_abs_epi8(word), _mm256_sign_epi8(x, word))
    } else {
        _mm256_maddubs_epi16(word, x)
    }
}

/// The words of half a group as bytes without a sign.
#[target_feature(enable = "avx2")]
#[inline]
fn words<const B: u8>(lines: &[Line], side: usize) -> [__m256i; WORDS] {
    let block = const { Block::ALL[B as usize] };
    if block.bits() == 8 {
        return std::array::from_fn(|word| load(&lines[word], side));
    }
    let fifteen = _mm256_set1_epi8(15);
    let low: [__m256i; 4] = std::array::from_fn(|line| load(&lines[line], side));
    let nibble = |word: usize| {
        let shifted = if word < 4 { low[word] } else { _mm256_srli_epi16::<4>(low[word - 4]) };
        _mm256_and_si256(shifted, fifteen)
    };
    let shift = |x: __m256i, left: i32| {
        let by = _mm_cvtsi32_si128(left.abs());
        if left >= 0 { _mm256_sll_epi16(x, by) } else { _mm256_srl_epi16(x, by) }
    };
    match block.bits() {
        5 => {
            let high = load(&lines[4], side);
            std::array::from_fn(|word| {
                let bit = _mm256_and_si256(shift(high, 4 - word as i32), _mm256_set1_epi8(16));
                _mm256_or_si256(nibble(word), bit)
            })
        }
        6 => std::array::from_fn(|word| {
            let high = load(&lines[4 + word / 4], side);
            let bits = _mm256_and_si256(shift(high, 4 - 2 * (word as i32 % 4)), _mm256_set1_epi8(48));
            _mm256_or_si256(nibble(word), bits)
        }),
        _ if block.has_table() => {
            let values = TABLE.map(|value| value as u8 ^ 128);
            let [low, high] = [values.first_chunk(), values.last_chunk()];
            let [low, high] = [low, high].map(|half| i64::from_le_bytes(*half.unwrap_or(&[0; 8])));
            let values = _mm256_set_epi64x(high, low, high, low);
            std::array::from_fn(|word| _mm256_shuffle_epi8(values, nibble(word)))
        }
        _ => std::array::from_fn(nibble),
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(line: &Line, side: usize) -> __m256i {
    let half = &line.0[32 * side..32 * side + 32];
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the slice has 32 bytes, and the load asks for no alignment.
    unsafe {
        _mm256_loadu_si256(half.as_ptr().cast())
    }
}

/// Eight f16 as f32.
#[target_feature(enable = "avx2,f16c")]
#[inline]
fn halves(bits: &[u16; PANEL], side: usize) -> __m256 {
    let bits = &bits[8 * side..8 * side + 8];
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the slice has 16 bytes, and the load asks for no alignment.
    let bits = unsafe { _mm_loadu_si128(bits.as_ptr().cast()) };
    _mm256_cvtph_ps(bits)
}

/// Eight steps as f32.
#[target_feature(enable = "avx2")]
#[inline]
fn whole(steps: &[i8; PANEL], side: usize) -> __m256 {
    let steps = &steps[8 * side..8 * side + 8];
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the slice has 8 bytes, and the load asks for no alignment.
    let steps = unsafe { _mm_loadl_epi64(steps.as_ptr().cast()) };
    _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(steps))
}
