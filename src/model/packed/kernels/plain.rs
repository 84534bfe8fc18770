//! Products in plain code: whole numbers inside a group, f32 over the groups.

use super::super::activations::Activations;
use super::super::block::Block;
use super::super::unpack::{GROUP, Group, group};

/// See [`super::Kernels::multiply`].
pub(super) fn multiply(block: Block, bytes: &[u8], x: &[&[Activations]], products: &mut [f32]) {
    let n_rows = x.len().max(1);
    let row_bytes = bytes.len() / (products.len() / n_rows).max(1);
    for (row, products) in bytes.chunks_exact(row_bytes.max(1)).zip(products.chunks_exact_mut(n_rows)) {
        for (product, x) in products.iter_mut().zip(x) {
            *product = dot(block, row, x);
        }
    }
}

fn dot(block: Block, row: &[u8], x: &[Activations]) -> f32 {
    let groups = block.values() / GROUP;
    let mut sum = 0.0;
    for (index, x) in x.iter().enumerate() {
        let bytes = &row[index / groups * block.bytes()..][..block.bytes()];
        let Group { quants, scales, offset } = group(block, bytes, index % groups);
        let (first, second) = x.quants.split_at(GROUP / 2);
        let product = |weights: &[i8], x: &[u8]| -> f32 {
            weights.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x as i8)).sum::<i32>() as f32
        };
        let whole =
            scales[0] * product(&quants[..GROUP / 2], first) + scales[1] * product(&quants[GROUP / 2..], second);
        sum += x.scale * whole + offset * x.sum;
    }
    sum
}
