//! LoRA adapters (Hu et al. 2021, <https://arxiv.org/abs/2106.09685>): low-rank factors beside a frozen matrix. A layer computes
//! `x W^T + s (x A^T) B^T` and never the sum of the matrices, so any form of `W` takes them, and several of them at once.

mod error;
mod names;
mod opened;
#[cfg(test)]
mod tests;
mod write;

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

pub use error::LoraProblem;
pub(super) use opened::{Factors, Lora};
pub use opened::{LoraChoice, LoraFacts};
pub use write::{LoraSettings, save_lora};

use super::custom_gradient::is_learning;
use super::save::NamedTensor;
use super::seeded::seed_of;

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
}

impl LowRank {
    /// `a` is `[rank, in]`, `b` `[out, rank]`, both f32.
    pub fn new(a: Tensor<2>, b: Tensor<2>, scale: f64) -> Self {
        Self { a: Param::from_tensor(a), b: Param::from_tensor(b), scale }
    }

    /// Factors that are to be learned, for a matrix `[out, in]`: `B` is zero, so that nothing is changed yet, and `A` is uniform
    /// within `1 / sqrt(in)` as PEFT begins it, by `seed` and the layer's name alone. On a `device` with gradients.
    pub fn fresh([out, inp]: [usize; 2], rank: usize, scale: f64, seed: u64, layer: &str, device: &Device) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed_of(seed, layer));
        let bound = 1.0 / (inp as f32).sqrt();
        let values: Vec<f32> = (0..rank * inp).map(|_| (2.0 * random.random::<f32>() - 1.0) * bound).collect();
        let a = Tensor::from_data(TensorData::new(values, [rank, inp]), (device, DType::F32));
        Self::new(a, Tensor::zeros([out, rank], (device, DType::F32)), scale)
    }

    /// The same factors, with gradients.
    pub fn learning(self) -> Self {
        Self::new(self.a.val().autodiff(), self.b.val().autodiff(), self.scale)
    }

    /// `s (x A^T) B^T`: what is added to a product with the matrix.
    ///
    /// # Shapes
    /// `[rows, in]` to `[rows, out]`, f32.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let [a, b] = [&self.a, &self.b].map(|factor| match is_learning(&x.device()) {
            true => factor.val(),
            // An adapter that is being trained may be tried in the middle.
            false => factor.val().inner(),
        });
        // The scale goes where the numbers are fewest.
        x.matmul(a.transpose()).mul_scalar(self.scale).matmul(b.transpose())
    }

    /// The factors under the names that PEFT gives them for the layer `module`.
    pub fn named(&self, module: &str, into: &mut Vec<NamedTensor>) {
        for (factor, values) in [("lora_A", &self.a), ("lora_B", &self.b)] {
            into.push(NamedTensor::new(format!("{module}.{factor}.weight"), &values.val().dims(), values.val()));
        }
    }
}
