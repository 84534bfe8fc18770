//! Products with a matrix that does not learn, as they are in training: in f32 whatever the matrix is held in, and with a backward
//! pass of their own. Neither pass makes a dense copy of the matrix nor a gradient of its size: numbers that are not f32 are
//! widened a strip of rows at a time (as QLoRA does, <https://arxiv.org/abs/2305.14314>, section 3).

use std::ops::Range;

use burn::tensor::Tensor;

use super::custom_gradient::with_gradient;
use super::matrix::Matrix;

/// Numbers of a matrix that are widened at once.
const AT_ONCE: usize = 4 << 20;

impl Matrix {
    /// Whether gradients are asked of `x` and the matrix has none.
    pub(super) fn is_frozen_for(&self, x: &Tensor<2>) -> bool {
        x.device().is_autodiff() && !self.device().is_autodiff()
    }

    /// `x W^T`, through which gradients reach `x` alone: `[rows, in]` to `[rows, out]`, f32.
    pub(super) fn times_frozen(&self, x: Tensor<2>) -> Tensor<2> {
        let y = self.times_exactly(x.clone().inner());
        let matrix = self.clone();
        with_gradient([x], y, move |of_y| [matrix.times_transposed(&of_y)])
    }

    /// `x W^T` with every number as it is held: elsewhere packed matrices round their factor to 8 bits, and adapters to half
    /// precision.
    fn times_exactly(&self, x: Tensor<2>) -> Tensor<2> {
        if let Self::Half(_) = self {
            return self.times(x, 1.0);
        }
        let strips = self.strips().map(|rows| x.clone().matmul(self.strip(rows).transpose()));
        cat(strips.collect())
    }

    /// `g W`, `[rows, out]` to `[rows, in]`: what reaches the factor of a product with the gradient `g`.
    fn times_transposed(&self, g: &Tensor<2>) -> Tensor<2> {
        let parts = self.strips().map(|rows| {
            let part = g.clone().narrow(1, rows.start, rows.len());
            part.matmul(self.strip(rows))
        });
        parts
            .reduce(|sum, part| sum + part)
            .unwrap_or_else(|| Tensor::zeros([g.dims()[0], self.shape()[1]], &g.device()))
    }

    /// The rows of the matrix in ranges that are widened at once; all of them where nothing is widened.
    fn strips(&self) -> impl Iterator<Item = Range<usize>> {
        let [out, inp] = self.shape();
        let step = if self.is_wide() { out.max(1) } else { (AT_ONCE / inp.max(1)).clamp(1, out.max(1)) };
        (0..out).step_by(step).map(move |first| first..(first + step).min(out))
    }
}

fn cat(mut columns: Vec<Tensor<2>>) -> Tensor<2> {
    if columns.len() == 1 { columns.remove(0) } else { Tensor::cat(columns, 1) }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Distribution};

    use super::*;
    use crate::model::half_matrix::{Half, HalfMatrix};
    use crate::model::packed::{Block, PackedMatrix};

    /// What the product and its backward pass make of random factors, against the tensor library's own on the dense matrix.
    fn check(matrix: &Matrix, tolerance: f32) {
        let device = Device::flex();
        let [out, inp] = matrix.shape();
        let normal = |shape: [usize; 2]| Tensor::<2>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let (x, of_y) = (normal([7, inp]), normal([7, out]));
        let dense = matrix.values().cast(DType::F32);
        let learning = x.clone().autodiff().require_grad();
        let y = matrix.times(learning.clone(), 1.0);
        let right = x.matmul(dense.clone().transpose());
        let gradients = (y.clone() * of_y.clone().autodiff()).sum().backward();
        let pairs = [(y.inner(), right), (learning.grad(&gradients).unwrap(), of_y.matmul(dense))];
        for (found, right) in pairs {
            let difference = (found - right.clone()).abs().max().into_scalar::<f32>();
            assert!(difference < tolerance * right.abs().max().into_scalar::<f32>(), "{}: {difference}", matrix.form());
        }
    }

    #[test]
    fn every_form_multiplies_and_hands_gradients_back_exactly() {
        let device = Device::flex();
        let dense = Tensor::<2>::random([37, 300], Distribution::Normal(0.0, 0.1), &device);
        check(&Matrix::dense(dense.clone()), 1e-5);
        for half in [Half::F16, Half::Bf16] {
            let bytes = dense.clone().cast(half.dtype()).into_data();
            check(&Matrix::half(HalfMatrix::new(half, [37, 300], bytes.as_bytes()).unwrap()), 1e-5);
        }
        for block in Block::ALL {
            check(&Matrix::packed(PackedMatrix::random(block, [37, 512], 7)), 1e-5);
        }
        // More than one strip, and a last one that is shorter.
        check(&Matrix::packed(PackedMatrix::random(Block::ALL[0], [AT_ONCE / 4096 + 5, 4096], 7)), 1e-5);
    }
}
