//! The one place where activations meet weights: every architecture multiplies through [`Linear`] and [`Embedding`].
//!
//! Weights keep the layout of the checkpoint, `[out, in]`. Activations are f32 between layers; a layer whose weight is
//! half precision takes its input down to that type and gives f32 back, so the residual stream, norms and softmax stay
//! f32 and half precision is only in the bytes that are read.

use burn::module::{Module, Param};
use burn::tensor::{DType, Int, Tensor};

use super::device::is_cpu;
use super::error::ModelError;
use super::save::NamedTensor;
use super::weights::{Role, Source};

/// From this many rows on the CPU takes a half-precision weight up to f32 once and multiplies in f32: measured on
/// AVX-512, f32 products are twice as fast there, while one row reads half the bytes and is 1.6 times as fast in f16.
const WIDEN_FROM_ROWS: usize = 64;

/// Inputs of [`Linear::forward_loud`] are divided by this on the way into half precision and multiplied back after;
/// a power of two, so no digit is lost.
const LOUD: f32 = 32.0;

/// `y = x W^T + b`, with `W` of shape `[out, in]` and an optional `b` of shape `[out]`.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[out, in]`, in the precision that the device's rule gives.
    pub weight: Param<Tensor<2>>,
    /// `[out]`, f32.
    pub bias: Option<Param<Tensor<1>>>,
}

impl Linear {
    /// Reads `{name}.weight` and, when `bias`, `{name}.bias`.
    pub fn load(source: &dyn Source, name: &str, [out, inp]: [usize; 2], bias: bool) -> Result<Self, ModelError> {
        Self::load_shaped(source, name, &[out, inp], bias)
    }

    /// As [`Linear::load`] for a weight that upstream keeps as a convolution `[out, ...]`; the rest is flattened.
    pub fn load_shaped(source: &dyn Source, name: &str, stored: &[usize], bias: bool) -> Result<Self, ModelError> {
        let (out, inp) = (stored[0], stored[1..].iter().product());
        let weight: Tensor<2> = source.tensor(&format!("{name}.weight"), stored, [out, inp], Role::Matrix)?;
        let bias = match bias {
            true => Some(Param::from_tensor(source.tensor(&format!("{name}.bias"), &[out], [out], Role::Bias)?)),
            false => None,
        };
        Ok(Self { weight: Param::from_tensor(weight), bias })
    }

    /// # Shapes
    /// `[.., in]` to `[.., out]`, f32 in and out.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.apply(x, 1.0)
    }

    /// As [`Linear::forward`], for inputs that may pass f16's greatest number, as the product of two gated branches
    /// does in some checkpoints.
    pub fn forward_loud<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.apply(x, LOUD)
    }

    fn apply<const D: usize>(&self, x: Tensor<D>, scale: f32) -> Tensor<D> {
        let mut dims = x.dims();
        let rows = dims[..D - 1].iter().product::<usize>();
        let y = product(x.reshape([rows, dims[D - 1]]), self.weight.val(), scale);
        let y = match &self.bias {
            Some(bias) => y + bias.val().unsqueeze(),
            None => y,
        };
        dims[D - 1] = y.dims()[1];
        y.reshape(dims)
    }

    /// The tensors under their upstream names.
    pub fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        let shape = self.weight.val().dims().to_vec();
        self.named_shaped(name, &shape, into);
    }

    /// As [`Linear::named`], for a weight that upstream keeps in another shape.
    pub fn named_shaped(&self, name: &str, stored: &[usize], into: &mut Vec<NamedTensor>) {
        into.push(NamedTensor::new(format!("{name}.weight"), stored, self.weight.val()));
        if let Some(bias) = &self.bias {
            into.push(NamedTensor::new(format!("{name}.bias"), &bias.val().dims(), bias.val()));
        }
    }
}

/// A table of token vectors, `[vocabulary, width]`, which a tied checkpoint also uses as its output layer.
#[derive(Module, Debug)]
pub struct Embedding {
    /// `[vocabulary, width]`.
    pub weight: Param<Tensor<2>>,
}

impl Embedding {
    /// Reads `{name}.weight`.
    pub fn load(source: &dyn Source, name: &str, shape: [usize; 2]) -> Result<Self, ModelError> {
        let weight = source.tensor(&format!("{name}.weight"), &shape, shape, Role::Matrix)?;
        Ok(Self { weight: Param::from_tensor(weight) })
    }

    /// The vectors of `ids`.
    ///
    /// # Shapes
    /// `[tokens]` to `[tokens, width]`, f32.
    pub fn forward(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        self.weight.val().select(0, ids).cast(DType::F32)
    }

    /// Scores over the vocabulary, for tied checkpoints.
    ///
    /// # Shapes
    /// `[rows, width]` to `[rows, vocabulary]`, f32.
    pub fn project(&self, x: Tensor<2>) -> Tensor<2> {
        product(x, self.weight.val(), 1.0)
    }

    /// The table under its upstream name.
    pub fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        into.push(NamedTensor::new(format!("{name}.weight"), &self.weight.val().dims(), self.weight.val()));
    }
}

/// `x W^T` with `x` `[rows, in]` in f32 and `W` `[out, in]` in any float type.
fn product(x: Tensor<2>, weight: Tensor<2>, scale: f32) -> Tensor<2> {
    let half = weight.dtype();
    if half == DType::F32 {
        return x.matmul(weight.transpose());
    }
    if x.dims()[0] >= WIDEN_FROM_ROWS && is_cpu(&x.device()) {
        return x.matmul(weight.cast(DType::F32).transpose());
    }
    if scale == 1.0 {
        return x.cast(half).matmul(weight.transpose()).cast(DType::F32);
    }
    x.div_scalar(scale).cast(half).matmul(weight.transpose()).cast(DType::F32).mul_scalar(scale)
}
