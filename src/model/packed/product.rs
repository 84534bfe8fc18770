//! `x W^T` with a packed `W`, shared among the cores.

use std::cell::RefCell;

use rayon::prelude::*;

use super::PackedMatrix;
use super::activations::{Activations, Row};
use super::block::Block;
use super::unpack::{GROUP, Group, group};

/// Rows of a matrix that one core takes at a time.
const ROWS_AT_ONCE: usize = 32;

thread_local! {
    /// Memory for the activations of the next product.
    static ACTIVATIONS: RefCell<Activations> = RefCell::default();
}

impl PackedMatrix {
    /// `x W^T`, `[rows, out]`, for `x` `[rows, in]`: each row of the matrix is read once and multiplied by all rows of
    /// `x`, which are rounded to 8 bits. For few rows.
    pub fn times(&self, x: &[f32]) -> Vec<f32> {
        let [out, inp] = self.shape;
        let rows = x.len() / inp.max(1);
        let mut transposed = vec![0.0; out * rows];
        ACTIVATIONS.with_borrow_mut(|activations| {
            activations.set(x, inp);
            let activations = &*activations;
            transposed.par_chunks_mut((ROWS_AT_ONCE * rows).max(1)).enumerate().for_each(|(chunk, products)| {
                for (offset, products) in products.chunks_exact_mut(rows).enumerate() {
                    let row = self.row(chunk * ROWS_AT_ONCE + offset);
                    for (index, product) in products.iter_mut().enumerate() {
                        *product = dot(self.block, row, activations.row(index));
                    }
                }
            });
            debug_assert_eq!(activations.rows(), rows);
        });
        if rows == 1 { transposed } else { turned(&transposed, [out, rows]) }
    }

    /// Widens as many rows from `first` on as `into` has room for, on all cores.
    pub fn unpack_rows(&self, first: usize, into: &mut [f32]) {
        let width = self.shape[1].max(1);
        into.par_chunks_mut(width).enumerate().for_each(|(index, values)| self.unpack_row(first + index, values));
    }
}

/// The product of a packed row and a row of activations.
fn dot(block: Block, row: &[u8], x: Row<'_>) -> f32 {
    plain(block, row, x)
}

/// As [`dot`], in plain code: whole numbers inside a group, f32 over the groups.
fn plain(block: Block, row: &[u8], x: Row<'_>) -> f32 {
    let groups = block.values() / GROUP;
    let mut sum = 0.0;
    for (index, scale) in x.scales.iter().enumerate() {
        let bytes = &row[index / groups * block.bytes()..][..block.bytes()];
        let Group { quants, scales, offsets } = group(block, bytes, index % groups);
        let x_quants = &x.quants[index * GROUP..][..GROUP];
        for half in 0..2 {
            let range = half * GROUP / 2..(half + 1) * GROUP / 2;
            let pairs = quants[range.clone()].iter().zip(&x_quants[range]);
            let whole: i32 = pairs.map(|(&w, &x)| i32::from(w) * i32::from(x)).sum();
            sum += scale * (scales[half] * whole as f32 + offsets[half] * x.sums[index][half] as f32);
        }
    }
    sum
}

/// `[rows, columns]` of `[columns, rows]`.
fn turned(values: &[f32], [columns, rows]: [usize; 2]) -> Vec<f32> {
    (0..rows).flat_map(|row| (0..columns).map(move |column| values[column * rows + row])).collect()
}
