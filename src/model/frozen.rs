//! A linear layer whose matrix does not learn, as it is in training: in f32 whatever the matrix is held in (or in bf16, where
//! [`super::precision::Products`] says so), with what adapters add, as one operation with a backward pass of its own. Neither pass
//! makes a dense copy of the matrix nor a gradient of its size: numbers that are not f32 are widened a part at a time (as QLoRA
//! does, <https://arxiv.org/abs/2305.14314>, section 3).

use std::ops::Range;

use burn::tensor::Tensor;

use super::custom_gradient::with_gradient;
use super::dropout::DropoutMask;
use super::low_rank::LowRank;
use super::matrix::Matrix;

/// Numbers of a matrix that are widened at once, where it does not lie in panels.
const AT_ONCE: usize = 4 << 20;

/// A layer between its two passes: what the gradients follow from.
pub(super) struct Frozen {
    matrix: Matrix,
    adapters: Vec<Beside>,
    /// The last adapter's, where it learns.
    factors: Option<[Tensor<2>; 2]>,
    x: Tensor<2>,
}

/// An adapter beside the matrix.
struct Beside {
    low_rank: LowRank,
    /// What stays of its input, where some is left out.
    mask: Option<DropoutMask>,
}

impl Frozen {
    /// The layer with its input `x`, `[rows, in]`, which has gradients enabled.
    pub fn new(matrix: &Matrix, low_rank: &[LowRank], x: &Tensor<2>) -> Self {
        let factors = low_rank.last().filter(|last| last.is_learning()).map(LowRank::factors);
        let beside = |low_rank: &LowRank| {
            let mask = low_rank.dropout().map(|dropout| dropout.mask(x.dims()));
            Beside { low_rank: low_rank.still(), mask }
        };
        let adapters = low_rank.iter().map(beside).collect();
        Self { matrix: matrix.clone(), adapters, factors, x: x.clone().inner() }
    }

    /// `x W^T + b` and what adapters add, `[rows, out]`. Gradients reach `x` and the factors that learn.
    pub fn forward(self, x: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
        let y = self.matrix.times_in_training(&self.x);
        let y = self.adapters.iter().fold(y, |y, beside| y + beside.forward(&self.x));
        let y = match bias {
            Some(bias) => y + bias.unsqueeze(),
            None => y,
        };
        self.joined(x, y, None)
    }

    /// A number, which is not computed, whose gradients are those of the sum of `y * of_y` with `y` as [`Frozen::forward`]
    /// gives it: for a last layer, whose product nobody reads on the way back.
    pub fn pull(self, x: Tensor<2>, of_y: Tensor<2>) -> Tensor<1> {
        let zero = Tensor::zeros([1], &of_y.device());
        self.joined(x, zero, Some(of_y))
    }

    fn joined<const E: usize>(mut self, x: Tensor<2>, y: Tensor<E>, of_y: Option<Tensor<2>>) -> Tensor<E> {
        let rows_and_out = [x.dims()[0], self.matrix.shape()[0]];
        let given = move |gradient: Tensor<E>| match &of_y {
            Some(of_y) => of_y.clone(),
            None => gradient.reshape(rows_and_out),
        };
        match self.factors.take() {
            Some([a, b]) => with_gradient([x, a, b], y, move |gradient, [of_x, ..]| {
                let of_y = given(gradient);
                let (learning, still) = self.adapters.split_last().expect("it has the factors");
                let (more, [of_a, of_b]) = learning.backward(&self.x, &of_y, of_x);
                let of_x = more.map(|more| self.of_input(&of_y, still) + more);
                [of_x, Some(of_a), Some(of_b)]
            }),
            None => with_gradient([x], y, move |gradient, [of_x]| {
                [of_x.then(|| self.of_input(&given(gradient), &self.adapters))]
            }),
        }
    }

    /// The gradient of `x` by the matrix and by adapters that do not learn.
    fn of_input(&self, of_y: &Tensor<2>, still: &[Beside]) -> Tensor<2> {
        still.iter().fold(self.matrix.times_transposed(of_y), |sum, beside| sum + beside.of_input(of_y))
    }
}

impl Beside {
    /// [`LowRank::forward`] of what stays of `x`.
    fn forward(&self, x: &Tensor<2>) -> Tensor<2> {
        self.low_rank.forward(self.masked(x.clone()))
    }

    /// [`LowRank::backward`] likewise.
    fn backward(&self, x: &Tensor<2>, of_y: &Tensor<2>, wanted: bool) -> (Option<Tensor<2>>, [Tensor<2>; 2]) {
        let (of_x, factors) = self.low_rank.backward(&self.masked(x.clone()), of_y, wanted);
        (of_x.map(|of_x| self.masked(of_x)), factors)
    }

    /// [`LowRank::of_input`] likewise.
    fn of_input(&self, of_y: &Tensor<2>) -> Tensor<2> {
        self.masked(self.low_rank.of_input(of_y))
    }

    /// What stays of `x`, or of the gradient of what has stayed.
    fn masked(&self, x: Tensor<2>) -> Tensor<2> {
        match &self.mask {
            Some(mask) => mask.apply(x),
            None => x,
        }
    }
}

impl Matrix {
    /// Whether gradients are asked of `x` and the matrix has none.
    pub(super) fn is_frozen_for(&self, x: &Tensor<2>) -> bool {
        x.device().is_autodiff() && !self.device().is_autodiff()
    }

    /// `x W^T` by the products of training: for answers packed matrices round their factor to 8 bits, and adapters to half
    /// precision. `[rows, in]` to `[rows, out]`, f32.
    pub(super) fn times_in_training(&self, x: &Tensor<2>) -> Tensor<2> {
        self.in_panels(x).unwrap_or_else(|| {
            let strips = self.strips().map(|rows| x.clone().matmul(self.strip(rows).transpose()));
            cat(strips.collect())
        })
    }

    /// `g W`, `[rows, out]` to `[rows, in]`: what reaches the factor of a product with the gradient `g`.
    pub(super) fn times_transposed(&self, g: &Tensor<2>) -> Tensor<2> {
        self.in_panels_transposed(g).unwrap_or_else(|| {
            let parts = self.strips().map(|rows| {
                let part = g.clone().narrow(1, rows.start, rows.len());
                part.matmul(self.strip(rows))
            });
            let sum = parts.reduce(|sum, part| sum + part);
            sum.unwrap_or_else(|| Tensor::zeros([g.dims()[0], self.shape()[1]], &g.device()))
        })
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
    use crate::model::dropout::Dropout;
    use crate::model::half_matrix::{Half, HalfMatrix};
    use crate::model::packed::{Block, PackedMatrix};
    use crate::model::precision::Products::{Bf16, F32};

    fn normal(shape: [usize; 2]) -> Tensor<2> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
    }

    #[track_caller]
    fn near(found: Tensor<2>, right: Tensor<2>, tolerance: f32, what: &str) {
        let difference = (found - right.clone()).abs().max().into_scalar::<f32>();
        assert!(difference < tolerance * right.abs().max().into_scalar::<f32>(), "{what}: {difference}");
    }

    /// What the layer and its backward pass make of random factors, against the tensor library's own on the dense matrix.
    #[track_caller]
    fn check(matrix: &Matrix, rows: usize) {
        check_within(matrix, rows, 1e-5);
    }

    #[track_caller]
    fn check_within(matrix: &Matrix, rows: usize, tolerance: f32) {
        let [out, inp] = matrix.shape();
        let (x, of_y) = (normal([rows, inp]), normal([rows, out]));
        let dense = matrix.values().cast(DType::F32);
        let learning = x.clone().autodiff().require_grad();
        let y = Frozen::new(matrix, &[], &learning).forward(learning.clone(), None);
        let gradients = (y.clone() * of_y.clone().autodiff()).sum().backward();
        near(y.inner(), x.matmul(dense.clone().transpose()), tolerance, matrix.form());
        near(learning.grad(&gradients).unwrap(), of_y.matmul(dense), tolerance, matrix.form());
    }

    #[test]
    fn every_form_multiplies_and_hands_gradients_back_exactly() {
        let dense = normal([37, 300]).mul_scalar(0.1);
        check(&Matrix::dense(dense.clone()), 7);
        for half in [Half::F16, Half::Bf16] {
            let bytes = dense.clone().cast(half.dtype()).into_data();
            let half = Matrix::half(HalfMatrix::new(half, [37, 300], bytes.as_bytes()).unwrap(), F32);
            [1, 7, 50].into_iter().for_each(|rows| check(&half, rows));
        }
        for block in Block::ALL {
            check(&Matrix::packed(PackedMatrix::random(block, [37, 512], 7), F32), 7);
        }
        // More than are widened at once in either direction, and a last part that is shorter.
        check(&Matrix::packed(PackedMatrix::random(Block::ALL[0], [2085, 4096], 7), F32), 13);
        check(&Matrix::dense(normal([AT_ONCE / 4096 + 5, 4096]).cast(DType::F16)), 3);
    }

    /// Where the processor has instructions for it; elsewhere it is f32.
    #[test]
    fn products_in_bf16_differ_by_what_rounding_makes() {
        // The eighth bit of each factor, and by chance in either direction.
        let rounding = 2.0f32.powi(-7);
        let bytes = normal([45, 301]).cast(DType::BF16).into_data();
        let half = Matrix::half(HalfMatrix::new(Half::Bf16, [45, 301], bytes.as_bytes()).unwrap(), Bf16);
        [1, 7, 50].into_iter().for_each(|rows| check_within(&half, rows, rounding));
        for block in Block::ALL {
            check_within(&Matrix::packed(PackedMatrix::random(block, [37, 512], 7), Bf16), 13, rounding);
        }
    }

    /// Two adapters, of which the last one learns, and a bias: against the tensor library's own gradients.
    #[test]
    fn adapters_beside_a_frozen_matrix_learn_by_the_right_gradients() {
        check_adapters(None);
        check_adapters(Some(Dropout { probability: 0.4, seed: 1, step: 2, batch: 3 }));
    }

    fn check_adapters(dropout: Option<Dropout>) {
        let (rows, inp, out) = (7, 37, 21);
        let (x, w, of_y) = (normal([rows, inp]), normal([out, inp]), normal([rows, out]));
        let bias = normal([1, out]).squeeze::<1>();
        let factors = [[normal([3, inp]), normal([out, 3])], [normal([4, inp]), normal([out, 4])]];
        let adapters = || factors.clone().map(|[a, b]| LowRank::new(a, b, 0.5));
        let [first, second] = adapters();
        let mut low_rank = [first, second.learning()];
        let mut stays = Tensor::ones([rows, inp], &x.device());
        if let Some(dropout) = dropout {
            low_rank[1].leave_out(dropout);
            stays = dropout.mask([rows, inp]).apply(stays);
            assert!(stays.clone().min().into_scalar::<f32>() == 0.0);
        }

        let learning = [x, factors[1][0].clone(), factors[1][1].clone()].map(|of| of.autodiff().require_grad());
        let [x, a, b] = learning.clone();
        let plain = |of: &Tensor<2>| of.clone().autodiff();
        let of_first = x.clone().matmul(plain(&factors[0][0]).transpose()).matmul(plain(&factors[0][1]).transpose());
        let of_second = (x.clone() * plain(&stays)).matmul(a.transpose()).matmul(b.transpose());
        let y = x.matmul(plain(&w).transpose()) + (of_first + of_second).mul_scalar(0.5);
        let right_y = y + bias.clone().autodiff().unsqueeze();
        let right = (right_y.clone() * plain(&of_y)).sum().backward();
        let right = learning.clone().map(|of| of.grad(&right).unwrap());

        let [x, ..] = learning;
        let matrix = Matrix::dense(w);
        for pulls in [false, true] {
            let frozen = Frozen::new(&matrix, &low_rank, &x);
            let sum = if pulls {
                frozen.pull(x.clone(), of_y.clone())
            } else {
                let y = frozen.forward(x.clone(), Some(bias.clone()));
                near(y.clone().inner(), right_y.clone().inner(), 1e-5, "the product");
                (y * plain(&of_y)).sum()
            };
            let gradients = sum.backward();
            let [a, b] = low_rank[1].factors();
            let found = [x.grad(&gradients), a.grad(&gradients), b.grad(&gradients)];
            for ((found, right), what) in found.into_iter().zip(right.clone()).zip(["x", "A", "B"]) {
                near(found.unwrap(), right, 1e-5, what);
            }
        }
    }

    /// The mean over many steps is the product without dropout, within five deviations of such a mean.
    #[test]
    fn what_is_left_out_leaves_the_mean_as_it_is() {
        let (rows, inp, out, steps, scale) = (3, 50, 11, 4000, 0.5);
        let (x, w) = (normal([rows, inp]), normal([out, inp]));
        let [a, b] = [normal([4, inp]), normal([out, 4])];
        let matrix = Matrix::dense(w);
        let product = |dropout: Option<Dropout>| {
            let mut low_rank = LowRank::new(a.clone(), b.clone(), scale);
            dropout.into_iter().for_each(|dropout| low_rank.leave_out(dropout));
            let x = x.clone().autodiff();
            Frozen::new(&matrix, &[low_rank], &x).forward(x, None).inner()
        };
        let probability = 0.3;
        let of_step = |step| product(Some(Dropout { probability, seed: 1, step, batch: 0 }));
        let mean = (1..steps).map(of_step).fold(of_step(0), |sum, y| sum + y).div_scalar(steps as f64);
        // Each number of x adds x p / (1 - p) times its weight, squared, to the variance.
        let weights = b.clone().matmul(a.clone()).mul_scalar(scale).square();
        let variance = x.clone().square().matmul(weights.transpose()).mul_scalar(probability / (1.0 - probability));
        let deviations = ((mean - product(None)) / variance.div_scalar(steps as f64).sqrt()).abs();
        let greatest = deviations.max().into_scalar::<f32>();
        // All but one of millions lie within five; none would be so near that nothing was left out.
        assert!((0.01..5.0).contains(&greatest), "{greatest}");
    }
}
