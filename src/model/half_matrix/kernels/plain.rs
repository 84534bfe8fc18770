//! Plain code, a panel at a time.

use super::super::{Half, Line, PANEL};
use super::{Target, Wide, with_rows};

/// Rows whose sums fill 16 registers of four numbers.
pub(super) const ROWS: usize = 4;

/// See [`super::Kernels::halves`].
pub(super) fn halves<const P: usize>(half: Half, panels: [&[Line]; P], tile: &[f32], into: &mut Target<'_, '_>) {
    match half {
        Half::F16 => {
            with_rows!(rows(&panels, tile), [1 2 3 4], all(f16_line, panels, tile, into));
        }
        Half::Bf16 => {
            with_rows!(rows(&panels, tile), [1 2 3 4], all(bf16_line, panels, tile, into));
        }
    }
}

/// See [`super::Kernels::floats`].
pub(super) fn floats<const P: usize>(panels: [&[Wide]; P], tile: &[f32], into: &mut Target<'_, '_>) {
    with_rows!(rows(&panels, tile), [1 2 3 4], all(|line: &Wide| *line, panels, tile, into));
}

/// See [`super::Kernels::widen`].
pub(super) fn widen(half: Half, panel: &[Line], into: &mut [Wide]) {
    let lines = into.iter_mut().zip(panel);
    match half {
        Half::F16 => lines.for_each(|(wide, line)| *wide = f16_line(line)),
        Half::Bf16 => lines.for_each(|(wide, line)| *wide = bf16_line(line)),
    }
}

/// How many rows the tile has.
pub(super) fn rows<const P: usize, L, N>(panels: &[&[L]; P], tile: &[N]) -> usize {
    tile.len() / panels[0].len().max(1)
}

fn all<const R: usize, const P: usize, L>(
    widened: impl Fn(&L) -> Wide + Copy,
    panels: [&[L]; P],
    tile: &[f32],
    into: &mut Target<'_, '_>,
) {
    for (index, panel) in panels.into_iter().enumerate() {
        let mut sums = [[0.0; PANEL]; R];
        for (line, x) in panel.iter().zip(tile.as_chunks::<R>().0) {
            let line = widened(line);
            for (sums, x) in sums.iter_mut().zip(x) {
                sums.iter_mut().zip(&line).for_each(|(sum, weight)| *sum += weight * x);
            }
        }
        sums.iter().enumerate().for_each(|(row, sums)| into.add(row, index, sums));
    }
}

#[inline]
fn bf16_line(line: &Line) -> Wide {
    line.map(|bits| f32::from_bits(u32::from(bits) << 16))
}

/// Without a branch, so that the compiler makes vectors of it.
#[inline]
fn f16_line(line: &Line) -> Wide {
    /// What an f32 with the exponent's bits of an f16 lacks: the difference of the biases.
    const SCALE: f32 = f32::from_bits((254 - 15) << 23);
    line.map(|bits| {
        let size = u32::from(bits & 0x7fff) << 13;
        let finite = f32::from_bits(size) * SCALE;
        let is_finite = size < 31 << 23;
        let value = if is_finite { finite.to_bits() } else { size | 0x7f80_0000 };
        f32::from_bits(value | u32::from(bits & 0x8000) << 16)
    })
}
