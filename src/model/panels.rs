//! Products of many rows with matrices whose numbers lie in panels of 16 rows, whatever they are held in: as many as the caches hold
//! are widened, and shared by all rows of activations. The way back is the same product with the panels turned, so that no
//! matrix is held twice.

use std::ops::Range;

use bytemuck::Pod;
use rayon::prelude::*;

use super::half_matrix::{
    self, Half, HalfMatrix, Kernels, Pair, PairKernels, PairLine, Target, Tiles, Wide, pair_columns, pair_lines,
    pair_row,
};
use super::packed::PackedMatrix;
use super::precision::Products;
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

    /// The same two by two, rounded to bf16.
    fn pairs(&self, panel: usize, columns: Range<usize>, into: &mut [PairLine]) {
        round(self, panel, columns, into);
    }
}

/// [`InPanels::pairs`] of what [`InPanels::widen`] gives.
fn round(matrix: &(impl InPanels + ?Sized), panel: usize, columns: Range<usize>, into: &mut [PairLine]) {
    let mut wide = [[0.0; PANEL]; 2 * PANEL];
    for (first, into) in columns.clone().step_by(wide.len()).zip(into.chunks_mut(wide.len() / 2)) {
        let some = first..columns.end.min(first + wide.len());
        let wide = &mut wide[..some.len()];
        matrix.widen(panel, some, wide);
        pair_lines(wide, into);
    }
}

impl InPanels for HalfMatrix {
    fn shape(&self) -> [usize; 2] {
        self.shape()
    }

    fn widen(&self, panel: usize, columns: Range<usize>, into: &mut [Wide]) {
        self.widen(panel, columns, into);
    }

    fn pairs(&self, panel: usize, columns: Range<usize>, into: &mut [PairLine]) {
        match self.half() {
            Half::F16 => round(self, panel, columns, into),
            Half::Bf16 => self.pairs(panel, columns, into),
        }
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

/// The products of one `x`, `[rows, in]`, with several matrices in half precision, all as wide: `[rows, out]` of each, for answers.
/// A few rows lose no digit, nor do those that are multiplied by f16.
pub fn times_each(matrices: &[&HalfMatrix], x: &[f32], products: Products) -> Vec<Vec<f32>> {
    let width = matrices.first().map_or(0, |matrix| matrix.shape()[1]);
    if x.len() <= width * Kernels::best().rows() {
        return half_matrix::times_each(matrices, x);
    }
    let of = |matrix: &HalfMatrix| match matrix.half() {
        Half::F16 => Products::F32,
        Half::Bf16 => products,
    };
    matrices.iter().map(|matrix| times(*matrix, x, of(matrix))).collect()
}

/// `x W^T`, `[rows, in]` to `[rows, out]`.
pub fn times(matrix: &impl InPanels, x: &[f32], products: Products) -> Vec<f32> {
    match pair_kernels(products) {
        Some(kernels) => times_in_pairs(kernels, matrix, x),
        None => times_by(Kernels::best(), matrix, x),
    }
}

/// `g W`, `[rows, out]` to `[rows, in]`.
pub fn times_transposed(matrix: &impl InPanels, g: &[f32], products: Products) -> Vec<f32> {
    match pair_kernels(products) {
        Some(kernels) => times_transposed_in_pairs(kernels, matrix, g),
        None => times_transposed_by(Kernels::best(), matrix, g),
    }
}

fn pair_kernels(products: Products) -> Option<PairKernels> {
    match products {
        Products::F32 => None,
        Products::Bf16 => PairKernels::best(),
    }
}

/// [`times`] in f32 by these kernels.
pub(super) fn times_by(kernels: Kernels, matrix: &impl InPanels, x: &[f32]) -> Vec<f32> {
    let [out, inp] = matrix.shape();
    product(kernels, x, [inp, out], |panel, columns, into| matrix.widen(panel, columns, into))
}

fn times_in_pairs(kernels: PairKernels, matrix: &impl InPanels, x: &[f32]) -> Vec<f32> {
    let [out, inp] = matrix.shape();
    product(kernels, &paired(x, inp), [inp.div_ceil(2), out], |panel, pairs, into| {
        matrix.pairs(panel, 2 * pairs.start..inp.min(2 * pairs.end), into);
    })
}

fn times_transposed_by(kernels: Kernels, matrix: &impl InPanels, g: &[f32]) -> Vec<f32> {
    let [out, inp] = matrix.shape();
    product(kernels, g, [out, inp], |turned, rows, into| {
        for (panel, lines) in (rows.start / PANEL..).zip(into.chunks_mut(PANEL)) {
            let square = square(matrix, panel, turned);
            for (row, line) in lines.iter_mut().enumerate() {
                for (value, column) in line.iter_mut().zip(&square) {
                    *value = column[row];
                }
            }
        }
    })
}

fn times_transposed_in_pairs(kernels: PairKernels, matrix: &impl InPanels, g: &[f32]) -> Vec<f32> {
    let [out, inp] = matrix.shape();
    product(kernels, &paired(g, out), [out.div_ceil(2), inp], |turned, pairs, into| {
        for (panel, lines) in (2 * pairs.start / PANEL..).zip(into.chunks_mut(PANEL / 2)) {
            pair_columns(&square(matrix, panel, turned), lines);
        }
    })
}

/// 16 columns of a panel; zeros in the place of those that the matrix lacks.
fn square(matrix: &impl InPanels, panel: usize, columns: usize) -> [Wide; PANEL] {
    let columns = PANEL * columns..matrix.shape()[1].min(PANEL * (columns + 1));
    let mut square = [[0.0; PANEL]; PANEL];
    let n = columns.len();
    matrix.widen(panel, columns, &mut square[..n]);
    square
}

/// Each row of `x`, `[rows, width]`, two by two in bf16.
fn paired(x: &[f32], width: usize) -> Vec<Pair> {
    let (width, pairs) = (width.max(1), width.div_ceil(2).max(1));
    let mut paired = vec![0; x.len() / width * pairs];
    paired.par_chunks_mut(pairs).zip(x.par_chunks(width)).for_each(|(into, row)| pair_row(row, into));
    paired
}

/// Loops that multiply, and what they take.
trait Multiply: Copy + Sync {
    /// A number of a row, or two as one.
    type Number: Pod + Default + Send + Sync;

    /// Rows of a tile.
    fn rows(self) -> usize;

    /// Adds the products of a tile with panels.
    fn add<const P: usize>(
        self,
        panels: [&[[Self::Number; PANEL]]; P],
        tile: &[Self::Number],
        into: &mut Target<'_, '_>,
    );
}

impl Multiply for Kernels {
    type Number = f32;

    fn rows(self) -> usize {
        self.rows()
    }

    fn add<const P: usize>(self, panels: [&[Wide]; P], tile: &[f32], into: &mut Target<'_, '_>) {
        self.floats(panels, tile, into);
    }
}

impl Multiply for PairKernels {
    type Number = Pair;

    fn rows(self) -> usize {
        Self::ROWS
    }

    fn add<const P: usize>(self, panels: [&[PairLine]; P], tile: &[Pair], into: &mut Target<'_, '_>) {
        self.add(panels, tile, into);
    }
}

/// `x M`, `[rows, inner]` to `[rows, columns]`. `widen` writes these rows of the 16 columns of a panel of `M`, row after row;
/// the first row is a multiple of [`WIDENED`], and columns that the last panel lacks are zeros.
fn product<K: Multiply>(
    kernels: K,
    x: &[K::Number],
    [inner, columns]: [usize; 2],
    widen: impl Fn(usize, Range<usize>, &mut [[K::Number; PANEL]]) + Sync,
) -> Vec<f32> {
    let tiles = Tiles::of(x, inner, kernels.rows());
    let rows = tiles.all_rows();
    let mut y = vec![0.0; rows * columns];
    let serially = rows * columns * inner < WORTH_SHARING;
    in_strips(&mut y, columns, TOGETHER * PANEL, serially, |first, strip| {
        with_scratch(TOGETHER * WIDENED * PANEL, |scratch: &mut [K::Number]| {
            let (one, other) = scratch.as_chunks_mut().0.split_at_mut(WIDENED);
            let n_panels = strip.count().div_ceil(PANEL);
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
                        TOGETHER => kernels.add([&one[..n], &other[..n]], tile, into),
                        _ => kernels.add([&one[..n]], tile, into),
                    }
                }
            }
        });
    });
    y
}

#[cfg(test)]
mod tests {
    use burn::tensor::{bf16, f16};
    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::model::packed::Block;

    fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| random.random::<f32>() * 2.0 - 1.0).collect()
    }

    fn in_half(half: Half, shape: [usize; 2]) -> HalfMatrix {
        let bits = |value: f32| match half {
            Half::F16 => f16::from_f32(value).to_bits(),
            Half::Bf16 => bf16::from_f32(value).to_bits(),
        };
        let bytes: Vec<u8> =
            random(shape[0] * shape[1], 1).into_iter().flat_map(|value| bits(value).to_le_bytes()).collect();
        HalfMatrix::new(half, shape, &bytes).unwrap()
    }

    /// `x W^T` in f64, or `x W` where it is turned, of numbers as `rounded` makes them.
    fn right(matrix: &impl InPanels, x: &[f32], is_turned: bool, rounded: impl Fn(f32) -> f32) -> Vec<f64> {
        let [out, inp] = matrix.shape();
        let mut lines = vec![[0.0; PANEL]; inp];
        let mut rows = Vec::new();
        for panel in 0..out.div_ceil(PANEL) {
            matrix.widen(panel, 0..inp, &mut lines);
            rows.extend((0..PANEL).map(|row| lines.iter().map(|line| rounded(line[row])).collect::<Vec<f32>>()));
        }
        let (wide, made) = if is_turned { (out, inp) } else { (inp, out) };
        let weight = |inner: usize, column: usize| if is_turned { rows[inner][column] } else { rows[column][inner] };
        let products = x.chunks(wide).flat_map(|x| (0..made).map(move |column| (x, column)));
        let product = |(x, column): (&[f32], usize)| {
            x.iter().enumerate().map(|(inner, &x)| f64::from(rounded(x)) * f64::from(weight(inner, column))).sum()
        };
        products.map(product).collect()
    }

    #[track_caller]
    fn near(found: &[f32], right: &[f64], inner: usize, what: &str) {
        assert_eq!(found.len(), right.len());
        let squares = right.iter().map(|y| y * y).sum::<f64>() / right.len() as f64;
        let error = found.iter().zip(right).map(|(found, right)| (f64::from(*found) - right).abs()).fold(0.0, f64::max);
        // What rounding after each of so many sums makes, by chance in either direction.
        let rounding = f64::from(4.0 * f32::EPSILON) * (inner as f64).sqrt();
        assert!(error < rounding * squares.sqrt(), "{what}: {error} beside {}", squares.sqrt());
    }

    #[track_caller]
    fn check(matrix: &impl InPanels, rows: usize, what: &str) {
        let [out, inp] = matrix.shape();
        let (x, g) = (random(rows * inp, 2), random(rows * out, 3));
        let (of_x, of_g) = (right(matrix, &x, false, |x| x), right(matrix, &g, true, |x| x));
        for kernels in Kernels::available() {
            near(&times_by(kernels, matrix, &x), &of_x, inp, &format!("{what}, {kernels:?}"));
            near(&times_transposed_by(kernels, matrix, &g), &of_g, out, &format!("{what}, {kernels:?}, back"));
        }
        let to_bf16 = |x| bf16::from_f32(x).to_f32();
        let (of_x, of_g) = (right(matrix, &x, false, to_bf16), right(matrix, &g, true, to_bf16));
        for kernels in [Some(PairKernels::Plain), PairKernels::best()].into_iter().flatten() {
            near(&times_in_pairs(kernels, matrix, &x), &of_x, inp, &format!("{what}, pairs {kernels:?}"));
            let back = times_transposed_in_pairs(kernels, matrix, &g);
            near(&back, &of_g, out, &format!("{what}, pairs {kernels:?}, back"));
        }
    }

    /// Panels and tiles that are full and that are not, one panel alone, odd widths, and widths beyond what is widened at a time;
    /// there and back, in f32 and in bf16.
    #[test]
    fn every_kernel_gives_the_product_in_f64() {
        for half in [Half::F16, Half::Bf16] {
            for shape in [[5, 3], [16, 40], [50, 33], [129, 400], [33, 2 * WIDENED + 5], [2 * WIDENED + 37, 19]] {
                let matrix = in_half(half, shape);
                for rows in [1, 2, 7, 12, 41] {
                    check(&matrix, rows, &format!("{half:?} {shape:?}, {rows} rows"));
                }
            }
        }
        for block in Block::ALL {
            check(&PackedMatrix::random(block, [37, 768], 5), 13, &format!("{block:?}"));
        }
    }

    #[test]
    fn few_rows_lose_no_digit_and_all_matrices_are_multiplied() {
        let matrices = [in_half(Half::F16, [7, 96]), in_half(Half::Bf16, [100, 96])];
        for rows in [1, Kernels::best().rows(), 41] {
            let x = random(rows * 96, 4);
            let found = times_each(&matrices.each_ref(), &x, Products::Bf16);
            for (matrix, found) in matrices.iter().zip(&found) {
                let is_rounded = rows == 41 && matrix.half() == Half::Bf16 && PairKernels::best().is_some();
                let to_bf16 = |x| if is_rounded { bf16::from_f32(x).to_f32() } else { x };
                near(found, &right(matrix, &x, false, to_bf16), 96, &format!("{:?}, {rows} rows", matrix.half()));
            }
        }
        assert_eq!(times_each(&matrices.each_ref(), &[], Products::Bf16), vec![Vec::<f32>::new(); 2]);
    }
}
