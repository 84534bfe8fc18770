//! AVX2 with F16C: two registers hold one number of each of a panel's 16 rows.

use std::arch::x86_64::*;

use super::super::{Half, Line, PANEL};
use super::plain::rows;
use super::{Target, Wide, with_rows};

/// Rows whose sums take 12 of 16 registers.
pub(super) const ROWS: usize = 6;

/// Both halves of a line.
type Both = [__m256; 2];

/// See [`super::Kernels::halves`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn halves<const P: usize>(half: Half, panels: [&[Line]; P], tile: &[f32], into: &mut Target<'_, '_>) {
    let n = rows(&panels, tile);
    match half {
        Half::F16 => {
            with_rows!(n, [1 2 3 4 5 6], all(|line| f16_line(line), panels, tile, into));
        }
        Half::Bf16 => {
            with_rows!(n, [1 2 3 4 5 6], all(|line| bf16_line(line), panels, tile, into));
        }
    }
}

/// See [`super::Kernels::floats`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn floats<const P: usize>(panels: [&[Wide]; P], tile: &[f32], into: &mut Target<'_, '_>) {
    let n = rows(&panels, tile);
    with_rows!(n, [1 2 3 4 5 6], all(|line| wide_line(line), panels, tile, into));
}

/// See [`super::Kernels::widen`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn widen(half: Half, panel: &[Line], into: &mut [Wide]) {
    let lines = into.iter_mut().zip(panel);
    match half {
        Half::F16 => lines.for_each(|(wide, line)| store(f16_line(line), wide)),
        Half::Bf16 => lines.for_each(|(wide, line)| store(bf16_line(line), wide)),
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn all<const R: usize, const P: usize, L>(
    widened: impl Fn(&L) -> Both + Copy,
    panels: [&[L]; P],
    tile: &[f32],
    into: &mut Target<'_, '_>,
) {
    for (index, panel) in panels.into_iter().enumerate() {
        let mut sums = [[_mm256_setzero_ps(); 2]; R];
        for (line, x) in panel.iter().zip(tile.as_chunks::<R>().0) {
            let line = widened(line);
            for (sums, &x) in sums.iter_mut().zip(x) {
                let x = _mm256_set1_ps(x);
                for (sum, half) in sums.iter_mut().zip(line) {
                    *sum = _mm256_fmadd_ps(half, x, *sum);
                }
            }
        }
        let mut products = [0.0; PANEL];
        for (row, sums) in sums.into_iter().enumerate() {
            store(sums, &mut products);
            into.add(row, index, &products);
        }
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn f16_line(line: &Line) -> Both {
    load(line).map(|eight| _mm256_cvtph_ps(eight))
}

#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn bf16_line(line: &Line) -> Both {
    load(line).map(|eight| _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(eight))))
}

#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn load(line: &Line) -> [__m128i; 2] {
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the array has 32 bytes, and the loads ask for no alignment.
    unsafe {
        [_mm_loadu_si128(line.as_ptr().cast()), _mm_loadu_si128(line[8..].as_ptr().cast())]
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn wide_line(line: &Wide) -> Both {
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the array has 64 bytes, and the loads ask for no alignment.
    unsafe {
        [_mm256_loadu_ps(line.as_ptr()), _mm256_loadu_ps(line[8..].as_ptr())]
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn store([low, high]: Both, into: &mut Wide) {
    #[allow(unsafe_code, reason = "a store has no safe form")]
    // SAFETY: the array has 16 numbers, and the stores ask for no alignment.
    unsafe {
        _mm256_storeu_ps(into.as_mut_ptr(), low);
        _mm256_storeu_ps(into[8..].as_mut_ptr(), high);
    }
}
