//! What must be right of packed products before an adapter is trusted with them: drivers have been wrong silently with
//! kernels like these.

use std::sync::{Arc, OnceLock};

use burn::tensor::{DType, Int, Tensor, TensorData};

use super::matrix::GpuMatrix;
use crate::model::compute::{ComputeDevice, PackedProducts};
use crate::model::packed::{Block, sample, unpacked};

/// A last workgroup that lacks rows, and a width that every loop of the kernels goes through more than once.
const SHAPE: [usize; 2] = [37, 2304];
/// Rows that are multiplied at once.
const ROWS: usize = 3;
/// Greatest difference over the size of the right values that another order of additions explains.
const TOLERANCE: f32 = 1e-4;

/// Tries how `device` can multiply by packed matrices, each kind of blocks in turn, unless that is known. It costs some
/// seconds of a driver's compiler, so only who has packed weights asks.
pub fn try_once(device: &ComputeDevice) {
    device.packed_products.get_or_init(|| check(device));
}

fn check(device: &ComputeDevice) -> PackedProducts {
    let trusting = Arc::new(OnceLock::from(PackedProducts::Packed));
    let device = ComputeDevice { packed_products: trusting, ..device.clone() };
    let mut greatest = [0.0f32; 2];
    for block in Block::ALL {
        match device.caught(|| differences(&device, block)) {
            Ok(Some(found)) => (0..2).for_each(|way| greatest[way] = worse(greatest[way], found[way])),
            Ok(None) | Err(_) => greatest = [f32::NAN; 2],
        }
    }
    let products = judged(greatest);
    if products != PackedProducts::Packed {
        tracing::warn!(
            "{} differs by {greatest:?} in rows that are unpacked and in packed products: {products:?}",
            device.name
        );
    }
    products
}

fn worse(a: f32, b: f32) -> f32 {
    if a.is_nan() || b.is_nan() { f32::NAN } else { a.max(b) }
}

/// Where the rows that are unpacked, and where products by the kernel for a few rows, differ by so much.
fn judged([unpacked, product]: [f32; 2]) -> PackedProducts {
    let is_right = |difference: f32| difference <= TOLERANCE;
    match (is_right(unpacked), is_right(product)) {
        (true, true) => PackedProducts::Packed,
        (true, false) => PackedProducts::Unpacked,
        (false, _) => PackedProducts::None,
    }
}

/// Greatest differences, over the size of the right values, of rows that are unpacked and of products; None where what the
/// device answered cannot be read.
fn differences(device: &ComputeDevice, block: Block) -> Option<[f32; 2]> {
    let [out, inp] = SHAPE;
    let bytes = sample(block, SHAPE, 1);
    let (matrix, weights) = (GpuMatrix::new(block, SHAPE, &bytes, device)?, unpacked(block, SHAPE, &bytes)?);
    let ids: Vec<i32> = (0..out as i32).rev().collect();
    let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [out]), (device.burn(), DType::I32));
    let rows = matrix.rows(ids).flip([0]).try_into_vec_as::<f32>().ok()?;

    let x: Vec<f32> = (0..ROWS * inp).map(|i| ((i * 7919 + 104_729) % 2003) as f32 / 1001.5 - 1.0).collect();
    let right: Vec<f32> = x.chunks_exact(inp).flat_map(|x| weights.chunks_exact(inp).map(|w| dot(w, x))).collect();
    let x = Tensor::<2>::from_data(TensorData::new(x, [ROWS, inp]), (device.burn(), DType::F32));
    let product = matrix.times(x, |_, _| Tensor::zeros(SHAPE, device.burn())).try_into_vec_as::<f32>().ok()?;
    Some([difference(&weights, &rows), difference(&right, &product)])
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() as f32
}

fn difference(right: &[f32], found: &[f32]) -> f32 {
    let size = (right.iter().map(|x| x * x).sum::<f32>() / right.len() as f32).sqrt();
    let pairs = right.iter().zip(found);
    if right.len() == found.len() {
        pairs.fold(0.0, |most, (a, b)| worse(most, (a - b).abs() / size))
    } else {
        f32::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_is_trusted_as_far_as_it_is_right() {
        assert_eq!(judged([1e-6, 1e-6]), PackedProducts::Packed);
        assert_eq!(judged([1e-6, 0.1]), PackedProducts::Unpacked);
        assert_eq!(judged([1e-6, f32::NAN]), PackedProducts::Unpacked);
        assert_eq!(judged([0.1, 1e-6]), PackedProducts::None);
        assert_eq!(judged([f32::NAN, 1e-6]), PackedProducts::None);
    }

    #[test]
    fn numbers_that_are_none_or_missing_are_no_small_difference() {
        assert!(difference(&[1.0, 2.0], &[1.0, f32::NAN]).is_nan());
        assert!(difference(&[1.0, 2.0], &[1.0]).is_nan());
        assert!(difference(&[1.0, 2.0], &[1.0, 2.1]) > TOLERANCE);
    }
}
