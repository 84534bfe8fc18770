//! What a LoRA adapter (Hu et al. 2021, <https://arxiv.org/abs/2106.09685>) adds to a layer: the product with two narrow matrices.
//! It is computed beside the product with the layer's own matrix and never as the sum of the matrices, so any form of that takes
//! it, and several of them at once.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use super::dropout::Dropout;
use super::save::NamedTensor;

/// The factors that one adapter has for one matrix `[out, in]`.
#[derive(Module, Debug)]
pub struct LowRank {
    /// `[rank, in]`, f32.
    a: Param<Tensor<2>>,
    /// `[out, rank]`, f32.
    b: Param<Tensor<2>>,
    /// `alpha / rank`, times what the user gives the adapter.
    #[module(skip)]
    scale: f64,
    /// What is left out of the input, in a pass that learns.
    #[module(skip)]
    dropout: Option<Dropout>,
}

impl LowRank {
    /// `a` is `[rank, in]`, `b` `[out, rank]`, both f32.
    pub fn new(a: Tensor<2>, b: Tensor<2>, scale: f64) -> Self {
        Self { a: Param::from_tensor(a), b: Param::from_tensor(b), scale, dropout: None }
    }

    /// From now on [`LowRank::dropout`] says so.
    pub fn leave_out(&mut self, dropout: Dropout) {
        self.dropout = Some(dropout);
    }

    /// What a pass that learns leaves out of the input; the products here leave out nothing.
    pub fn dropout(&self) -> Option<Dropout> {
        self.dropout
    }

    /// Whether the factors have gradients.
    pub fn is_learning(&self) -> bool {
        self.a.val().device().is_autodiff()
    }

    /// The same factors, with gradients.
    pub fn learning(self) -> Self {
        Self::new(self.a.val().autodiff(), self.b.val().autodiff(), self.scale)
    }

    /// The same factors, without gradients.
    pub fn still(&self) -> Self {
        let [a, b] = self.factors().map(|factor| if factor.device().is_autodiff() { factor.inner() } else { factor });
        Self { dropout: self.dropout, ..Self::new(a, b, self.scale) }
    }

    /// `[rank, in]` and `[out, rank]`.
    pub fn factors(&self) -> [Tensor<2>; 2] {
        [self.a.val(), self.b.val()]
    }

    /// `s (x A^T) B^T`: what is added to a product with the matrix, outside of any graph.
    ///
    /// # Shapes
    /// `[rows, in]` to `[rows, out]`, f32.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        // An adapter that is being trained may be tried in the middle.
        let Self { a, b, scale, .. } = self.still();
        // The scale goes where the numbers are fewest.
        x.matmul(a.val().transpose()).mul_scalar(scale).matmul(b.val().transpose())
    }

    /// What reaches `x` and both factors of [`LowRank::forward`] with the gradient `of_y`: `s (g B) A`, `s (g B)^T x` and
    /// `s g^T (x A^T)`; that of `x` only where it is `wanted`. None of the three has gradients.
    ///
    /// # Shapes
    /// `[rows, in]` and `[rows, out]` to `[rows, in]`, `[rank, in]` and `[out, rank]`, f32.
    pub fn backward(&self, x: &Tensor<2>, of_y: &Tensor<2>, wanted: bool) -> (Option<Tensor<2>>, [Tensor<2>; 2]) {
        let [a, b] = self.factors();
        let of_narrow = of_y.clone().matmul(b).mul_scalar(self.scale);
        let narrow = x.clone().matmul(a.clone().transpose()).mul_scalar(self.scale);
        // The narrow matrix is the one that is turned.
        let of_b = narrow.transpose().matmul(of_y.clone()).transpose();
        let of_a = of_narrow.clone().transpose().matmul(x.clone());
        (wanted.then(|| of_narrow.matmul(a)), [of_a, of_b])
    }

    /// What reaches `x` alone, for factors that do not learn: `s (g B) A`.
    ///
    /// # Shapes
    /// `[rows, out]` to `[rows, in]`, f32.
    pub fn of_input(&self, of_y: &Tensor<2>) -> Tensor<2> {
        let [a, b] = self.factors();
        of_y.clone().matmul(b).mul_scalar(self.scale).matmul(a)
    }

    /// `s B A`, which is what the matrix becomes more by where the two are merged for other programs.
    ///
    /// # Shapes
    /// `[out, in]`, f32.
    pub fn product(&self) -> Tensor<2> {
        let Self { a, b, scale, .. } = self.still();
        b.val().matmul(a.val()).mul_scalar(scale)
    }

    /// The factors under the names that PEFT gives them for the layer `module`.
    pub fn named(&self, module: &str, into: &mut Vec<NamedTensor>) {
        for (factor, values) in [("lora_A", &self.a), ("lora_B", &self.b)] {
            into.push(NamedTensor::new(format!("{module}.{factor}.weight"), &values.val().dims(), values.val()));
        }
    }
}
