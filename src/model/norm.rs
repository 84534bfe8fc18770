//! Normalisation over the last dimension, always in f32.

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

/// `y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias` over the last dimension
/// (Ba et al. 2016, <https://arxiv.org/abs/1607.06450>), always in f32.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `[width]`, f32.
    pub weight: Param<Tensor<1>>,
    /// `[width]`, f32.
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    epsilon: f64,
}

impl LayerNorm {
    /// Reads `{name}.weight` and `{name}.bias`.
    pub fn load(source: &dyn Source, name: &str, width: usize, epsilon: f64) -> Result<Self, ModelError> {
        let weight = source.tensor(&format!("{name}.weight"), &[width], [width], Role::Scale)?;
        let bias = source.tensor(&format!("{name}.bias"), &[width], [width], Role::Bias)?;
        Ok(Self { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias), epsilon })
    }

    /// # Shapes
    /// `[.., width]` to the same, f32.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let centred = x.clone() - x.mean_dim(D - 1);
        let scale = centred.clone().square().mean_dim(D - 1).add_scalar(self.epsilon).sqrt().recip();
        centred * scale * self.weight.val().unsqueeze() + self.bias.val().unsqueeze()
    }
}
