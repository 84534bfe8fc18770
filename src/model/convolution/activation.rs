//! What is done to each number that a convolution gives.

use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid};

use crate::model::elementwise::{gelu, gelu_in_place, sigmoid_in_place, silu, silu_in_place};
use crate::model::vectorised::vectorised;

/// A function of single numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// The number itself.
    None,
    /// `max(x, 0)`
    Relu,
    /// `min(max(x, 0), 6)`
    Relu6,
    /// `x Phi(x)`
    Gelu,
    /// `x / (1 + e^-x)`
    Silu,
    /// `1 / (1 + e^-x)`
    Sigmoid,
}

impl Activation {
    /// On plain numbers.
    pub(super) fn apply(self, values: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Relu => relu_in_place(values),
            Self::Relu6 => relu6_in_place(values),
            Self::Gelu => gelu_in_place(values),
            Self::Silu => silu_in_place(values),
            Self::Sigmoid => sigmoid_in_place(values),
        }
    }

    /// By the tensor library.
    pub(super) fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::None => x,
            Self::Relu => relu(x),
            Self::Relu6 => x.clamp(0.0, 6.0),
            Self::Gelu => gelu(x),
            Self::Silu => silu(x),
            Self::Sigmoid => sigmoid(x),
        }
    }
}

vectorised! {
    fn relu_in_place(_fuses; values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = x.max(0.0));
    }

    fn relu6_in_place(_fuses; values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = x.clamp(0.0, 6.0));
    }
}
