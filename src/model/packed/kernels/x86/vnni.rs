//! AVX-512 with VNNI: a register holds four numbers of each of a panel's 16 rows.

use std::arch::x86_64::*;

use super::super::super::activations::Activations;
use super::super::super::block::Block;
use super::super::super::panels::{Line, PANEL, Panels, WORDS, lines_of, steps_of};
use super::super::super::unpack::{GROUP, TABLE};
use super::super::fixed::{by_rows, of_kind};

/// See [`super::super::Kernels::multiply`].
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(in super::super) fn multiply(panels: &Panels, first: usize, x: &[&[Activations]], products: &mut [[f32; PANEL]]) {
    of_kind!(panels.block, all(panels, first, x, products));
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn all<const B: u8>(panels: &Panels, first: usize, x: &[&[Activations]], products: &mut [[f32; PANEL]]) {
    by_rows!(dots::<B>, panels, first, x, products);
}

/// The products of a panel with `N` rows of activations.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
fn dots<const B: u8, const N: usize>(panels: &Panels, panel: usize, x: &[&[Activations]; N]) -> [[f32; PANEL]; N] {
    let block = const { Block::ALL[B as usize] };
    let (per_block, blocks) = (block.values() / GROUP, panels.blocks());
    let lines = panels.lines[panel * panels.groups * lines_of(block)..].chunks_exact(lines_of(block));
    let x = x.map(|x| &x[..panels.groups]);
    let mut sums = [_mm512_setzero_ps(); N];
    for (group, lines) in lines.enumerate().take(panels.groups) {
        let at = panel * blocks + group / per_block;
        let scale = halves(&panels.scales[at]);
        let low = if block.has_offset() { halves(&panels.lows[at]) } else { _mm512_setzero_ps() };
        let (scales, low) = if block.is_large() {
            let place = panel * panels.groups + group;
            let n = steps_of(block);
            let scale_of = |half: usize| _mm512_mul_ps(scale, whole(&panels.scale_steps[place * n + half]));
            let low = if block.has_offset() {
                _mm512_fnmadd_ps(low, whole(&panels.low_steps[place]), _mm512_setzero_ps())
            } else {
                low
            };
            ([scale_of(0), if n == 2 { scale_of(1) } else { scale_of(0) }], low)
        } else {
            ([scale; 2], low)
        };
        // Words of more bits are more to read: one row of activations meets each as it is read. Were all of them taken first,
        // as several rows share them, memory would be read at two thirds of the pace.
        let is_read_once = N == 1 && block.bits() > 5;
        let words = if is_read_once { [_mm512_setzero_si512(); WORDS] } else { words::<B>(lines) };
        for n in 0..N {
            let x = &x[n][group];
            let product = |from: usize, to: usize, sum: i32| {
                // The centre's share goes off at the start.
                let mut whole = _mm512_set1_epi32(-i32::from(block.centre()) * sum);
                for (at, &four) in (from..to).zip(&x.quants.as_chunks().0[from..to]) {
                    let word = if is_read_once { long_word::<B>(lines, at) } else { words[at] };
                    whole = _mm512_dpbusd_epi32(whole, word, _mm512_set1_epi32(i32::from_le_bytes(four)));
                }
                _mm512_cvtepi32_ps(whole)
            };
            let by = _mm512_set1_ps(x.scale);
            if steps_of(block) == 2 {
                for (half, scale) in scales.into_iter().enumerate() {
                    let from = half * WORDS / 2;
                    let whole = product(from, from + WORDS / 2, x.halves[half]);
                    sums[n] = _mm512_fmadd_ps(whole, _mm512_mul_ps(scale, by), sums[n]);
                }
            } else {
                let whole = product(0, WORDS, x.halves[0] + x.halves[1]);
                sums[n] = _mm512_fmadd_ps(whole, _mm512_mul_ps(scales[0], by), sums[n]);
            }
            if block.has_offset() {
                sums[n] = _mm512_fmadd_ps(low, _mm512_set1_ps(x.sum), sums[n]);
            }
        }
    }
    sums.map(|sum| {
        let mut row = [0.0; PANEL];
        #[allow(unsafe_code, reason = "a store has no safe form")]
        // SAFETY: the array has 16 numbers, and the store asks for no alignment.
        unsafe {
            _mm512_storeu_ps(row.as_mut_ptr(), sum);
        }
        row
    })
}

/// The words of a group as bytes without a sign.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn words<const B: u8>(lines: &[Line]) -> [__m512i; WORDS] {
    let block = const { Block::ALL[B as usize] };
    if block.bits() > 5 {
        return std::array::from_fn(|word| long_word::<B>(lines, word));
    }
    let fifteen = _mm512_set1_epi8(15);
    let low: [__m512i; 4] = std::array::from_fn(|line| load(&lines[line]));
    let nibble = |word: usize| {
        let shifted = if word < 4 { low[word] } else { _mm512_srli_epi16::<4>(low[word - 4]) };
        _mm512_and_si512(shifted, fifteen)
    };
    match block.bits() {
        5 => {
            let high = load(&lines[4]);
            std::array::from_fn(|word| {
                let bit = _mm512_and_si512(shifted(high, 4 - word as i32), _mm512_set1_epi8(16));
                _mm512_or_si512(nibble(word), bit)
            })
        }
        _ if block.has_table() => {
            let values = _mm512_broadcast_i32x4(table());
            std::array::from_fn(|word| _mm512_shuffle_epi8(values, nibble(word)))
        }
        _ => std::array::from_fn(nibble),
    }
}

/// A word of a group of 8 or 6 bits, likewise.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn long_word<const B: u8>(lines: &[Line], word: usize) -> __m512i {
    if const { Block::ALL[B as usize].bits() == 8 } {
        return load(&lines[word]);
    }
    let low = load(&lines[word % 4]);
    let low = if word < 4 { low } else { _mm512_srli_epi16::<4>(low) };
    let high = shifted(load(&lines[4 + word / 4]), 4 - 2 * (word as i32 % 4));
    let high = _mm512_and_si512(high, _mm512_set1_epi8(48));
    _mm512_or_si512(_mm512_and_si512(low, _mm512_set1_epi8(15)), high)
}

/// Moved up, or down where `left` is below zero, by bits of whole bytes' neighbours, which a mask takes away again.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn shifted(x: __m512i, left: i32) -> __m512i {
    let by = _mm_cvtsi32_si128(left.abs());
    if left >= 0 { _mm512_sll_epi16(x, by) } else { _mm512_srl_epi16(x, by) }
}

/// The table's values, 128 added.
#[target_feature(enable = "avx512f")]
#[inline]
fn table() -> __m128i {
    let values = TABLE.map(|value| value as u8 ^ 128);
    _mm_set_epi64x(
        i64::from_le_bytes(*values.last_chunk().unwrap_or(&[0; 8])),
        i64::from_le_bytes(*values.first_chunk().unwrap_or(&[0; 8])),
    )
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load(line: &Line) -> __m512i {
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: a line has 64 bytes and begins at a multiple of 64.
    unsafe {
        _mm512_load_si512((&raw const line.0).cast())
    }
}

/// Sixteen f16 as f32.
#[target_feature(enable = "avx512f")]
#[inline]
fn halves(bits: &[u16; PANEL]) -> __m512 {
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the array has 32 bytes, and the load asks for no alignment.
    let bits = unsafe { _mm256_loadu_si256(bits.as_ptr().cast()) };
    _mm512_cvtph_ps(bits)
}

/// Sixteen steps as f32.
#[target_feature(enable = "avx512f")]
#[inline]
fn whole(steps: &[i8; PANEL]) -> __m512 {
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the array has 16 bytes, and the load asks for no alignment.
    let steps = unsafe { _mm_loadu_si128(steps.as_ptr().cast()) };
    _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(steps))
}
