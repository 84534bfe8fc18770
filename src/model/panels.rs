//! Products in f32 with matrices whose numbers lie in panels of 16 rows, whatever they are held in: as many as the caches hold are
//! widened, and shared by all rows of activations. Nothing is rounded, and the way back is the same product with the panels
//! turned, so that no matrix is held twice.

use std::ops::Range;

use super::half_matrix::{HalfMatrix, Kernels, Target, Tiles, Wide};
use super::packed::PackedMatrix;
use super::strips::{in_strips, with_scratch};

/// Rows of a panel.
pub const PANEL: usize = 16;

/// Panels that go through the kernels together.
const TOGETHER: usize = 2;

/// Lines of a panel that are widened at a time: with two panels a quarter of a MiB. A multiple of [`PANEL`].
const WIDENED: usize = 2048;

/// Products that are worth waking another core for.
const WORTH_SHARING: usize = 256 << 10;

/// A matrix `[out, in]` that lies in panels.
pub trait InPanels: Sync {
    /// `[out, in]`
    fn shape(&self) -> [usize; 2];

    /// The numbers in these columns of the 16 rows of a panel, column after column, in f32. The first column is a multiple of
    /// 16; rows that the last panel lacks are zeros.
    fn widen(&self, panel: usize, columns: Range<usize>, into: &mut [Wide]);
}

impl InPanels for HalfMatrix {
    fn shape(&self) -> [usize; 2] {
        self.shape()
    }

    fn widen(&self, panel: usize, columns: Range<usize>, into: &mut [Wide]) {
        self.widen(panel, columns, into);
    }
}

impl InPanels for PackedMatrix {
    fn shape(&self) -> [usize; 2] {
        self.shape()
    }

    fn widen(&self, panel: usize, columns: Range<usize>, into: &mut [Wide]) {
        self.widen(panel, columns.start, into);
    }
}

/// `x W^T`, `[rows, in]` to `[rows, out]`.
pub fn times(matrix: &impl InPanels, x: &[f32]) -> Vec<f32> {
    times_by(Kernels::best(), matrix, x)
}

/// [`times`] by these kernels.
pub(super) fn times_by(kernels: Kernels, matrix: &impl InPanels, x: &[f32]) -> Vec<f32> {
    let [out, inp] = matrix.shape();
    product(kernels, x, [inp, out], |panel, columns, into| matrix.widen(panel, columns, into))
}

/// `g W`, `[rows, out]` to `[rows, in]`.
pub fn times_transposed(matrix: &impl InPanels, g: &[f32]) -> Vec<f32> {
    let [out, inp] = matrix.shape();
    product(Kernels::best(), g, [out, inp], |turned, rows, into| {
        let columns = PANEL * turned..inp.min(PANEL * (turned + 1));
        let mut square = [[0.0; PANEL]; PANEL];
        for (panel, lines) in (rows.start / PANEL..).zip(into.chunks_mut(PANEL)) {
            matrix.widen(panel, columns.clone(), &mut square[..columns.len()]);
            for (row, line) in lines.iter_mut().enumerate() {
                for (value, column) in line.iter_mut().zip(&square) {
                    *value = column[row];
                }
            }
        }
    })
}

/// `x M`, `[rows, inner]` to `[rows, columns]`. `widen` writes these rows of the 16 columns of a panel of `M`, row after row;
/// the first row is a multiple of [`WIDENED`], and columns that the last panel lacks are zeros.
fn product(
    kernels: Kernels,
    x: &[f32],
    [inner, columns]: [usize; 2],
    widen: impl Fn(usize, Range<usize>, &mut [Wide]) + Sync,
) -> Vec<f32> {
    let tiles = Tiles::of(x, inner, kernels.rows());
    let rows = tiles.all_rows();
    let mut y = vec![0.0; rows * columns];
    let serially = rows * columns * inner < WORTH_SHARING;
    in_strips(&mut y, columns, TOGETHER * PANEL, serially, |first, strip| {
        with_scratch(TOGETHER * WIDENED * PANEL, |scratch| {
            let [one, other] = halves(scratch.as_chunks_mut().0);
            let n_panels = strip.count.div_ceil(PANEL);
            for start in (0..inner).step_by(WIDENED) {
                let lines = start..inner.min(start + WIDENED);
                let n = lines.len();
                widen(first / PANEL, lines.clone(), &mut one[..n]);
                if n_panels == TOGETHER {
                    widen(first / PANEL + 1, lines.clone(), &mut other[..n]);
                }
                for (row, tile) in tiles.iter() {
                    let rows = tile.len() / inner;
                    let tile = &tile[start * rows..][..n * rows];
                    let into = &mut Target { strip, row, column: 0 };
                    match n_panels {
                        TOGETHER => kernels.floats([&one[..n], &other[..n]], tile, into),
                        _ => kernels.floats([&one[..n]], tile, into),
                    }
                }
            }
        });
    });
    y
}

fn halves(lines: &mut [Wide]) -> [&mut [Wide]; 2] {
    let (one, other) = lines.split_at_mut(WIDENED);
    [one, other]
}
