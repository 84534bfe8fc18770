//! Root-mean-square normalisation, always in f32.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use super::error::ModelError;
use super::save::NamedTensor;
use super::weights::{Role, Source};

/// `y = x / sqrt(mean(x^2) + epsilon) * weight` over the last dimension
/// (Zhang and Sennrich 2019, <https://arxiv.org/abs/1910.07467>).
#[derive(Module, Debug)]
pub struct RmsNorm {
    /// `[width]`, f32.
    pub weight: Param<Tensor<1>>,
    #[module(skip)]
    epsilon: f64,
}

impl RmsNorm {
    /// Reads `{name}.weight`.
    pub fn load(source: &dyn Source, name: &str, width: usize, epsilon: f64) -> Result<Self, ModelError> {
        let weight = source.tensor(&format!("{name}.weight"), &[width], [width], Role::Scale)?;
        Ok(Self { weight: Param::from_tensor(weight), epsilon })
    }

    /// # Shapes
    /// `[.., width]` to the same, f32.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let scale = x.clone().square().mean_dim(D - 1).add_scalar(self.epsilon).sqrt().recip();
        x * scale * self.weight.val().unsqueeze()
    }

    /// The weight under its upstream name.
    pub fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        into.push(NamedTensor::new(format!("{name}.weight"), &self.weight.val().dims(), self.weight.val()));
    }
}
