//! `x W^T` with a packed `W`, shared among the cores.

use std::cell::RefCell;

use rayon::prelude::*;

use super::PackedMatrix;
use super::activations::Activations;
use super::kernels::Kernels;
use super::unpack::GROUP;

/// Rows of a matrix that one core takes at a time.
const ROWS_AT_ONCE: usize = 32;

thread_local! {
    /// Memory for the activations of the next product.
    static ACTIVATIONS: RefCell<Vec<Activations>> = RefCell::default();
}

impl PackedMatrix {
    /// `x W^T`, `[rows, out]`, for `x` `[rows, in]`: each row of the matrix is read once and multiplied by all rows of
    /// `x`, which are rounded to 8 bits.
    pub fn times(&self, x: &[f32]) -> Vec<f32> {
        self.times_by(Kernels::best(), x)
    }

    fn times_by(&self, kernels: Kernels, x: &[f32]) -> Vec<f32> {
        let [out, inp] = self.shape;
        let rows = x.len() / inp.max(1);
        let mut products = vec![0.0; out * rows];
        let chunk_bytes = (ROWS_AT_ONCE * self.row_bytes()).max(1);
        ACTIVATIONS.with_borrow_mut(|activations| {
            Activations::set(activations, x);
            let x: Vec<&[Activations]> = activations.chunks_exact((inp / GROUP).max(1)).collect();
            let chunks = products.par_chunks_mut((ROWS_AT_ONCE * rows).max(1)).zip(self.bytes.par_chunks(chunk_bytes));
            chunks.for_each(|(products, bytes)| kernels.multiply(self.block, bytes, &x, products));
        });
        if rows == 1 { products } else { turned(&products, [out, rows]) }
    }

    /// Widens as many rows from `first` on as `into` has room for, on all cores.
    pub fn unpack_rows(&self, first: usize, into: &mut [f32]) {
        let bytes = self.bytes[first * self.row_bytes()..].par_chunks(self.row_bytes().max(1));
        let rows = into.par_chunks_mut(self.shape[1].max(1)).zip(bytes);
        rows.for_each(|(values, bytes)| Kernels::best().unpack(self.block, bytes, values));
    }
}

/// `[rows, columns]` of `[columns, rows]`.
fn turned(values: &[f32], [columns, rows]: [usize; 2]) -> Vec<f32> {
    (0..rows).flat_map(|row| (0..columns).map(move |column| values[column * rows + row])).collect()
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};

    use super::super::block::Block;
    use super::*;

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
                for rows in [1, 2, 4, 5, 9] {
                    let x = random(rows * inp);
                    let right = matrix.times_by(Kernels::Plain, &x);
                    let size = (right.iter().map(|y| y * y).sum::<f32>() / right.len() as f32).sqrt();
                    for kernels in Kernels::available() {
                        let found = matrix.times_by(kernels, &x);
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

    #[test]
    fn the_plain_kernel_is_the_product_of_the_unpacked_numbers() {
        for block in Block::ALL {
            let matrix = PackedMatrix::random(block, [5, 512], 9);
            // Quarters up to 127 of them in each group, so that eight bits hold them as they are.
            let quarters = |i: usize| if i.is_multiple_of(32) { 127 } else { (i * 37 % 255) as i32 - 127 };
            let x: Vec<f32> = (0..512).map(|i| quarters(i) as f32 / 4.0).collect();
            let weights = matrix.unpack();
            for (row, found) in matrix.times_by(Kernels::Plain, &x).into_iter().enumerate() {
                let pairs = weights[row * 512..][..512].iter().zip(&x);
                let right: f64 = pairs.map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
                assert!((f64::from(found) - right).abs() < 1e-3 * right.abs().max(10.0), "{block:?}: {found} {right}");
            }
        }
    }

    #[test]
    fn every_kernel_unpacks_what_plain_code_unpacks() {
        for block in Block::ALL {
            let matrix = PackedMatrix::random(block, [3, 768], 5);
            let unpacked = |kernels: Kernels| {
                let mut values = vec![0.0; 3 * 768];
                kernels.unpack(block, &matrix.bytes, &mut values);
                values
            };
            let right = unpacked(Kernels::Plain);
            for kernels in Kernels::available() {
                for (place, (found, right)) in unpacked(kernels).iter().zip(&right).enumerate() {
                    assert!((found - right).abs() < 1e-5, "{block:?} {kernels:?} at {place}: {found} {right}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_stays_none() {
        let matrix = PackedMatrix::random(Block::Q4_K, [3, 256], 1);
        for wrong in [f32::NAN, f32::INFINITY] {
            let mut x = vec![0.5; 256];
            x[200] = wrong;
            for kernels in Kernels::available() {
                assert!(matrix.times_by(kernels, &x).iter().all(|y| y.is_nan()), "{kernels:?}");
            }
        }
        assert_eq!(matrix.times(&[0.0; 256]), [0.0; 3]);
    }
}
