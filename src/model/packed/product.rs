//! `x W^T` with a packed `W`, shared among the cores.

use std::cell::RefCell;

use rayon::prelude::*;

use super::PackedMatrix;
use super::activations::Activations;
use super::kernels::Kernels;
use super::panels::PANEL;
use super::unpack::GROUP;

/// Panels of a matrix that one core takes at a time.
const PANELS_AT_ONCE: usize = 4;

/// From this many rows of activations on they are rounded on all cores.
const MANY_ROWS: usize = 8;

thread_local! {
    /// Memory for the activations of the next product and for what comes of it.
    static SCRATCH: RefCell<(Vec<Activations>, Vec<[f32; PANEL]>)> = RefCell::default();
}

impl PackedMatrix {
    /// `x W^T`, `[rows, out]`, for `x` `[rows, in]`: each panel of the matrix is read once and multiplied by all rows of
    /// `x`, which are rounded to 8 bits.
    pub fn times(&self, x: &[f32]) -> Vec<f32> {
        times_each(&[self], x).remove(0)
    }
}

/// The products of one `x` with several matrices, all as wide: `x` is rounded once, and the cores share all of them.
pub fn times_each(matrices: &[&PackedMatrix], x: &[f32]) -> Vec<Vec<f32>> {
    times_each_by(Kernels::best(), matrices, x)
}

fn times_each_by(kernels: Kernels, matrices: &[&PackedMatrix], x: &[f32]) -> Vec<Vec<f32>> {
    let inp = matrices.first().map_or(1, |matrix| matrix.shape[1]).max(1);
    let rows = x.len() / inp;
    // Taken and not borrowed: while this thread waits for the others it may begin another product.
    let (mut activations, mut products) = SCRATCH.take();
    activations.resize(x.len() / GROUP, Activations::NONE);
    if rows < MANY_ROWS {
        kernels.round(&mut activations, x);
    } else {
        let groups = activations.par_chunks_mut((inp / GROUP).max(1));
        groups.zip(x.par_chunks(inp)).for_each(|(groups, x)| kernels.round(groups, x));
    }
    let x: Vec<&[Activations]> = activations.chunks_exact((inp / GROUP).max(1)).collect();
    let length = |matrix: &PackedMatrix| matrix.panels.count() * rows;
    products.resize(matrices.iter().map(|matrix| length(matrix)).sum(), [0.0; PANEL]);
    let mut rest = products.as_mut_slice();
    let mut shares = Vec::new();
    for &matrix in matrices {
        let (of_matrix, others) = rest.split_at_mut(length(matrix));
        let chunks = of_matrix.chunks_mut((PANELS_AT_ONCE * rows).max(1)).enumerate();
        shares.extend(chunks.map(|(chunk, products)| (matrix, chunk * PANELS_AT_ONCE, products)));
        rest = others;
    }
    shares.into_par_iter().for_each(|(matrix, first, products)| {
        kernels.multiply(&matrix.panels, first, &x, products);
    });
    let mut rest = products.as_slice();
    let by_row = |matrix: &&PackedMatrix| {
        let (of_matrix, others) = rest.split_at(length(matrix));
        rest = others;
        by_row(of_matrix, [rows, matrix.shape[0]])
    };
    let y = matrices.iter().map(by_row).collect();
    SCRATCH.set((activations, products));
    y
}

/// `[rows, out]` of `[panels, rows, 16]`.
fn by_row(products: &[[f32; PANEL]], [rows, out]: [usize; 2]) -> Vec<f32> {
    let mut y = vec![0.0; rows * out];
    let gather = |(row, y): (usize, &mut [f32])| {
        let (whole, last) = y.as_chunks_mut::<PANEL>();
        let mut products = products[row..].iter().step_by(rows);
        whole.iter_mut().zip(&mut products).for_each(|(y, product)| *y = *product);
        if let Some(product) = products.next() {
            last.copy_from_slice(&product[..last.len()]);
        }
    };
    if rows < MANY_ROWS {
        y.chunks_exact_mut(out.max(1)).enumerate().for_each(gather);
    } else {
        y.par_chunks_exact_mut(out.max(1)).enumerate().for_each(gather);
    }
    y
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};

    use super::super::block::Block;
    use super::*;

    fn times_by(matrix: &PackedMatrix, kernels: Kernels, x: &[f32]) -> Vec<f32> {
        times_each_by(kernels, &[matrix], x).remove(0)
    }

    fn random(count: usize) -> Vec<f32> {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(count as u64);
        (0..count).map(|_| random.random::<f32>() * 4.0 - 2.0).collect()
    }

    /// Rows enough for several chunks and a short one; widths of one block and of several; rows of activations that fill
    /// the fast loop and leave some over.
    #[test]
    fn every_kernel_gives_what_plain_code_gives() {
        for block in Block::ALL {
            for (out, inp) in [(1, 256), (71, 256), (37, 1280), (33, 32 * block.values())] {
                let matrix = PackedMatrix::random(block, [out, inp], 3);
                for rows in [1, 2, 4, 5, 9, 17] {
                    let x = random(rows * inp);
                    let right = times_by(&matrix, Kernels::Plain, &x);
                    let size = (right.iter().map(|y| y * y).sum::<f32>() / right.len() as f32).sqrt();
                    for kernels in Kernels::available() {
                        let found = times_by(&matrix, kernels, &x);
                        for (place, (found, right)) in found.iter().zip(&right).enumerate() {
                            let difference = (found - right).abs() / size;
                            assert!(
                                difference < 2e-5,
                                "{block:?} {kernels:?} [{out}, {inp}] {rows} at {place}: {found} {right}"
                            );
                        }
                    }
                }
            }
        }
    }

    /// All numbers at their ends, -128 among them, times the greatest activations: what is added in 16 bits must fit there.
    #[test]
    fn the_greatest_numbers_fit() {
        for block in Block::ALL {
            for end in [0, 127, 128, 255] {
                let mut bytes = vec![end; 16 * block.row_bytes(256).unwrap()];
                for bytes in bytes.chunks_exact_mut(block.bytes()) {
                    block.halves().iter().for_each(|&at| bytes[at..at + 2].copy_from_slice(&[0, 0x24]));
                }
                let matrix = PackedMatrix::new(block, [16, 256], &bytes).unwrap();
                // Four rows at a time, and one.
                let x: Vec<f32> = [1.0, -1.0, 1.0, -1.0, 1.0].into_iter().flat_map(|x| [x; 256]).collect();
                let right = times_by(&matrix, Kernels::Plain, &x);
                for kernels in Kernels::available() {
                    for (found, right) in times_by(&matrix, kernels, &x).iter().zip(&right) {
                        let difference = (found - right).abs();
                        assert!(difference <= 1e-4 * right.abs(), "{block:?} {kernels:?} {end}: {found} {right}");
                    }
                }
            }
        }
    }

    #[test]
    fn several_matrices_at_once_are_each_by_itself() {
        let matrices = [(7, Block::Q4_0), (100, Block::Q8_0), (16, Block::Q6_K)]
            .map(|(out, block)| PackedMatrix::random(block, [out, 256], 4));
        for rows in [1, 11] {
            let x = random(rows * 256);
            let found = times_each(&matrices.each_ref(), &x);
            assert_eq!(found, matrices.each_ref().map(|matrix| matrix.times(&x)));
        }
    }

    #[test]
    fn the_plain_kernel_is_the_product_of_the_unpacked_numbers() {
        for block in Block::ALL {
            // More panels than one core takes at a time.
            let matrix = PackedMatrix::random(block, [100, 512], 9);
            // Quarters up to 127 of them in each group, so that eight bits hold them as they are.
            let quarters = |i: usize| if i.is_multiple_of(32) { 127 } else { (i * 37 % 255) as i32 - 127 };
            let x: Vec<f32> = (0..512).map(|i| quarters(i) as f32 / 4.0).collect();
            let weights = matrix.unpack();
            for (row, found) in times_by(&matrix, Kernels::Plain, &x).into_iter().enumerate() {
                let pairs = weights[row * 512..][..512].iter().zip(&x);
                let right: f64 = pairs.map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
                assert!((f64::from(found) - right).abs() < 1e-3 * right.abs().max(10.0), "{block:?}: {found} {right}");
            }
        }
    }

    /// With rows that do not fill their last panel.
    #[test]
    fn panels_hold_the_numbers_of_the_rows() {
        for block in Block::ALL {
            let (shape, bytes) = ([37, 768], super::super::sample(block, [37, 768], 5));
            let right = super::super::unpacked(block, shape, &bytes).unwrap();
            let found = PackedMatrix::new(block, shape, &bytes).unwrap().unpack();
            assert_eq!(found, right, "{block:?}");
        }
    }

    #[test]
    fn what_is_no_number_stays_none() {
        let matrix = PackedMatrix::random(Block::Q4_K, [3, 256], 1);
        for wrong in [f32::NAN, f32::INFINITY] {
            let mut x = vec![0.5; 256];
            x[200] = wrong;
            for kernels in Kernels::available() {
                assert!(times_by(&matrix, kernels, &x).iter().all(|y| y.is_nan()), "{kernels:?}");
            }
        }
        assert_eq!(matrix.times(&[0.0; 256]), [0.0; 3]);
    }
}
