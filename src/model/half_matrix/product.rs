//! `x W^T` of a few rows with a half-precision `W`, shared among the cores.

use super::kernels::{Kernels, Target};
use super::tiles::Tiles;
use super::{HalfMatrix, PANEL};
use crate::model::strips::{Strip, in_strips};

/// Panels that go through the kernels together; those for wide registers multiply two at a time.
const TOGETHER: usize = 2;

/// Products that are worth waking another core for.
const WORTH_SHARING: usize = 256 << 10;

/// Strips for each core, so that they end together.
const STRIPS_A_CORE: usize = 4;

/// The products of one `x`, `[rows, in]`, with several matrices, all as wide: `[rows, out]` of each.
pub fn times_each(matrices: &[&HalfMatrix], x: &[f32]) -> Vec<Vec<f32>> {
    times_each_by(Kernels::best(), matrices, x)
}

fn times_each_by(kernels: Kernels, matrices: &[&HalfMatrix], x: &[f32]) -> Vec<Vec<f32>> {
    let width = matrices.first().map_or(0, |matrix| matrix.shape[1]);
    let tiles = Tiles::of(x, width, kernels.rows());
    matrices.iter().map(|matrix| matrix.times(kernels, &tiles)).collect()
}

impl HalfMatrix {
    /// `[rows, out]`
    fn times(&self, kernels: Kernels, x: &Tiles<f32>) -> Vec<f32> {
        let [out, inp] = self.shape;
        assert_eq!(inp, x.width, "the product of a matrix and of rows as wide");
        let rows = x.all_rows();
        let mut y = vec![0.0; rows * out];
        let serially = rows * out * inp < WORTH_SHARING;
        let strips = if serially { 1 } else { STRIPS_A_CORE * rayon::current_num_threads() };
        let strip = out.div_ceil(strips).next_multiple_of(TOGETHER * PANEL);
        in_strips(&mut y, out, strip, serially, |first, strip| {
            for column in (0..strip.count()).step_by(TOGETHER * PANEL) {
                let panels = strip.count().div_ceil(PANEL) - column / PANEL;
                let first = (first + column) / PANEL;
                match panels {
                    1 => self.panels::<1>(kernels, first, x, column, strip),
                    _ => self.panels::<TOGETHER>(kernels, first, x, column, strip),
                }
            }
        });
        y
    }

    /// The products of the panels from `first` on, from `column` of the strip on.
    fn panels<const P: usize>(
        &self,
        kernels: Kernels,
        first: usize,
        x: &Tiles<f32>,
        column: usize,
        into: &mut Strip<'_>,
    ) {
        let panels: [_; P] = std::array::from_fn(|panel| self.panel(first + panel));
        for (row, tile) in x.iter() {
            kernels.halves(self.half, panels, tile, &mut Target { strip: into, row, column });
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{bf16, f16};
    use rand::{Rng as _, SeedableRng as _};

    use super::super::Half;
    use super::*;

    fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| random.random::<f32>() * 2.0 - 1.0).collect()
    }

    fn bytes(half: Half, values: &[f32]) -> Vec<u8> {
        let bits = values.iter().map(|&value| match half {
            Half::F16 => f16::from_f32(value).to_bits(),
            Half::Bf16 => bf16::from_f32(value).to_bits(),
        });
        bits.flat_map(u16::to_le_bytes).collect()
    }

    /// The greatest difference from the product in f64, over the spread of the latter.
    fn error(matrix: &HalfMatrix, x: &[f32], found: &[f32]) -> f64 {
        let [out, inp] = matrix.shape();
        let mut row = vec![0.0; inp];
        let (mut greatest, mut squares) = (0.0f64, 0.0);
        for column in 0..out {
            matrix.row(column, &mut row);
            for (x, y) in x.chunks_exact(inp).zip(found.chunks_exact(out)) {
                let right: f64 = row.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
                greatest = greatest.max((f64::from(y[column]) - right).abs());
                squares += right * right;
            }
        }
        greatest / (squares / found.len() as f64).sqrt()
    }

    /// Panels that do not fill a strip, one alone, several strips; rows that fill a tile and leave some over.
    #[test]
    fn every_kernel_gives_the_product_in_f64() {
        for half in [Half::F16, Half::Bf16] {
            for [out, inp] in [[5, 3], [16, 40], [50, 33], [700, 400]] {
                let matrix = HalfMatrix::new(half, [out, inp], &bytes(half, &random(out * inp, 1))).unwrap();
                for rows in [1, 2, 5, 7, 11, 12, 13, 41] {
                    let x = random(rows * inp, 2);
                    for kernels in Kernels::available() {
                        let found = times_each_by(kernels, &[&matrix], &x).remove(0);
                        let error = error(&matrix, &x, &found);
                        // What rounding after each of so many sums makes, by chance in either direction.
                        let rounding = f64::from(2.0 * f32::EPSILON) * (inp as f64).sqrt();
                        assert!(error < rounding, "{half:?} {kernels:?} [{out}, {inp}], {rows} rows: {error}");
                    }
                }
            }
        }
    }

    #[test]
    fn several_matrices_at_once_are_each_by_itself() {
        let of =
            |out: usize, half| HalfMatrix::new(half, [out, 96], &bytes(half, &random(out * 96, out as u64))).unwrap();
        let matrices = [of(7, Half::F16), of(100, Half::Bf16), of(16, Half::F16)];
        for rows in [1, 30] {
            let x = random(rows * 96, 3);
            let found = times_each(&matrices.each_ref(), &x);
            assert_eq!(found, matrices.each_ref().map(|matrix| times_each(&[matrix], &x).remove(0)));
        }
        assert_eq!(times_each(&matrices.each_ref(), &[]), vec![Vec::<f32>::new(); 3]);
    }

    /// Each of the 65,536 patterns, NaN and infinity included, in every kernel: a matrix of them times one, and widened beforehand.
    #[test]
    fn every_half_is_widened_to_what_it_is() {
        for half in [Half::F16, Half::Bf16] {
            let all: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
            let matrix = HalfMatrix::new(half, [1 << 16, 1], &all).unwrap();
            for kernels in Kernels::available() {
                let mut wide = vec![[0.0; PANEL]; matrix.lines.len()];
                kernels.widen(half, &matrix.lines, &mut wide);
                for found in [&times_each_by(kernels, &[&matrix], &[1.0])[0], wide.as_flattened()] {
                    for (bits, found) in (0..=u16::MAX).zip(found) {
                        let right = half.widened(bits);
                        let same = *found == right || found.is_nan() && right.is_nan();
                        assert!(same, "{half:?} {kernels:?} {bits:#06x}: {found} {right}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_numbers_come_back_as_they_were() {
        for half in [Half::F16, Half::Bf16] {
            let bytes = bytes(half, &random(37 * 21, 5));
            let matrix = HalfMatrix::new(half, [37, 21], &bytes).unwrap();
            assert_eq!(matrix.values().as_bytes(), bytes);
            assert!(HalfMatrix::new(half, [37, 21], &bytes[2..]).is_none());
            assert!(HalfMatrix::new(half, [usize::MAX, 21], &bytes).is_none());
        }
    }
}
