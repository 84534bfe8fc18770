//! AVX-512: a register holds one number of each of a panel's 16 rows.

use std::arch::x86_64::*;

use super::super::{Half, Line, PANEL};
use super::plain::rows;
use super::{Target, Wide, with_rows};

/// Rows whose sums with two panels take 24 of 32 registers.
pub(super) const ROWS: usize = 12;

/// See [`super::Kernels::halves`].
#[target_feature(enable = "avx512f,avx2,fma,f16c")]
pub(super) fn halves<const P: usize>(half: Half, panels: [&[Line]; P], tile: &[f32], into: &mut Target<'_, '_>) {
    let n = rows(&panels, tile);
    match half {
        Half::F16 => {
            with_rows!(n, [1 2 3 4 5 6 7 8 9 10 11 12], all(|line| f16_line(line), panels, tile, into));
        }
        Half::Bf16 => {
            with_rows!(n, [1 2 3 4 5 6 7 8 9 10 11 12], all(|line| bf16_line(line), panels, tile, into));
        }
    }
}

/// See [`super::Kernels::floats`].
#[target_feature(enable = "avx512f,avx2,fma,f16c")]
pub(super) fn floats<const P: usize>(panels: [&[Wide]; P], tile: &[f32], into: &mut Target<'_, '_>) {
    let n = rows(&panels, tile);
    with_rows!(n, [1 2 3 4 5 6 7 8 9 10 11 12], all(|line| wide_line(line), panels, tile, into));
}

/// See [`super::Kernels::widen`].
#[target_feature(enable = "avx512f,avx2,fma,f16c")]
pub(super) fn widen(half: Half, panel: &[Line], into: &mut [Wide]) {
    let lines = into.iter_mut().zip(panel);
    match half {
        Half::F16 => lines.for_each(|(wide, line)| store(f16_line(line), wide)),
        Half::Bf16 => lines.for_each(|(wide, line)| store(bf16_line(line), wide)),
    }
}

#[target_feature(enable = "avx512f,avx2,fma,f16c")]
#[inline]
fn all<const R: usize, const P: usize, L>(
    widened: impl Fn(&L) -> __m512,
    panels: [&[L]; P],
    tile: &[f32],
    into: &mut Target<'_, '_>,
) {
    let count = panels[0].len();
    let (tile, panels) = (&tile.as_chunks::<R>().0[..count], panels.map(|panel| &panel[..count]));
    let mut sums = [[_mm512_setzero_ps(); P]; R];
    for (number, x) in tile.iter().enumerate() {
        let lines = panels.map(|panel| widened(&panel[number]));
        for (sums, &x) in sums.iter_mut().zip(x) {
            let x = _mm512_set1_ps(x);
            for (sum, line) in sums.iter_mut().zip(lines) {
                *sum = _mm512_fmadd_ps(line, x, *sum);
            }
        }
    }
    let mut products = [0.0; PANEL];
    for (row, sums) in sums.into_iter().enumerate() {
        for (panel, sum) in sums.into_iter().enumerate() {
            store(sum, &mut products);
            into.add(row, panel, &products);
        }
    }
}

#[target_feature(enable = "avx512f,avx2,fma,f16c")]
#[inline]
fn f16_line(line: &Line) -> __m512 {
    _mm512_cvtph_ps(load(line))
}

#[target_feature(enable = "avx512f,avx2,fma,f16c")]
#[inline]
fn bf16_line(line: &Line) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(load(line))))
}

#[target_feature(enable = "avx512f,avx2,fma,f16c")]
#[inline]
fn load(line: &Line) -> __m256i {
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the array has 32 bytes, and the load asks for no alignment.
    unsafe {
        _mm256_loadu_si256(line.as_ptr().cast())
    }
}

#[target_feature(enable = "avx512f,avx2,fma,f16c")]
#[inline]
fn wide_line(line: &Wide) -> __m512 {
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the array has 64 bytes, and the load asks for no alignment.
    unsafe {
        _mm512_loadu_ps(line.as_ptr())
    }
}

#[target_feature(enable = "avx512f,avx2,fma,f16c")]
#[inline]
pub(super) fn store(values: __m512, into: &mut Wide) {
    #[allow(unsafe_code, reason = "a store has no safe form")]
    // SAFETY: the array has 16 numbers, and the store asks for no alignment.
    unsafe {
        _mm512_storeu_ps(into.as_mut_ptr(), values);
    }
}
