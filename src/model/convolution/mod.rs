//! Convolutions: those from tokens to tokens as one product, the rest on the CPU by loops of this module and elsewhere by
//! Burn's own.

mod activation;
mod depthwise;
mod doubling;
mod kernel;
mod numbers;
mod patches;
mod planes;
mod product;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Device, Tensor, TensorData};

pub use activation::Activation;
pub use doubling::Doubling;
use kernel::Kernel;
use numbers::{bias, plain, weight};
pub use patches::{PatchConv, Window, bordered};
pub(super) use planes::Planes;
use walk::Walk;

use super::error::ModelError;
use super::in_memory::is_plain;
use super::save::NamedTensor;
use super::weights::Source;

/// A convolution of any size over `[batch, channels, rows, columns]`, with zeros around the picture. On the CPU it is this
/// module's own ([`kernel`]), elsewhere and where gradients are wanted the tensor library's.
#[derive(Module, Debug)]
pub struct Conv {
    numbers: Numbers,
    #[module(skip)]
    walk: Walk,
}

/// Weights and biases where the convolution needs them.
#[derive(Module, Debug)]
enum Numbers {
    Device(OnDevice),
    Plain(Held),
}

/// On the device.
#[derive(Module, Debug)]
struct OnDevice {
    /// `[out, in / groups, rows, columns]`, f32.
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    groups: usize,
}

/// In the CPU's memory, shared by all clones.
#[derive(Module, Debug)]
struct Held {
    #[module(skip)]
    kernel: Arc<Kernel>,
}

impl Conv {
    /// Reads `{name}.weight` of this shape, `[out, in, rows, columns]`, and `{name}.bias`.
    pub fn load(source: &dyn Source, name: &str, shape: [usize; 4]) -> Result<Self, ModelError> {
        Ok(Self::of(weight(source, name, shape)?, Some(bias(source, name, shape[0])?), 1))
    }

    /// As [`Conv::load`], without a bias.
    pub fn load_unbiased(source: &dyn Source, name: &str, shape: [usize; 4]) -> Result<Self, ModelError> {
        Ok(Self::of(weight(source, name, shape)?, None, 1))
    }

    /// A product over the channels of each place.
    pub fn load_point(source: &dyn Source, name: &str, [out, inp]: [usize; 2]) -> Result<Self, ModelError> {
        Self::load(source, name, [out, inp, 1, 1])
    }

    /// Each channel for itself, with `size` rows and columns; a stride of 1 keeps the picture's size.
    pub fn load_depthwise(
        source: &dyn Source,
        name: &str,
        channels: usize,
        size: [usize; 2],
    ) -> Result<Self, ModelError> {
        let shape = [channels, 1, size[0], size[1]];
        let conv = Self::of(weight(source, name, shape)?, Some(bias(source, name, channels)?), channels);
        Ok(Self { walk: Walk { padding: size.map(|side| (side / 2, side / 2)), ..conv.walk }, ..conv })
    }

    fn of(weight: Tensor<4>, bias: Option<Tensor<1>>, groups: usize) -> Self {
        let shape = weight.dims();
        let walk = Walk { size: [shape[2], shape[3]], stride: [1; 2], padding: [(0, 0); 2] };
        if !is_plain(&weight) {
            let (weight, bias) = (Param::from_tensor(weight), bias.map(Param::from_tensor));
            return Self { numbers: Numbers::Device(OnDevice { weight, bias, groups }), walk };
        }
        let kernel = Kernel { shape, weight: plain(weight), bias: bias.map(plain).unwrap_or_default(), groups };
        Self { numbers: Numbers::Plain(Held { kernel: Arc::new(kernel) }), walk }
    }

    /// The same convolution with this stride, rows before columns.
    pub fn with_stride(self, stride: [usize; 2]) -> Self {
        Self { walk: Walk { stride, ..self.walk }, ..self }
    }

    /// The same convolution with so many zeros on each side.
    pub fn with_padding(self, padding: usize) -> Self {
        self.with_padding_of(padding, padding)
    }

    /// The same convolution with so many zeros before the picture, and so many behind it.
    pub fn with_padding_of(self, before: usize, behind: usize) -> Self {
        Self { walk: Walk { padding: [(before, behind); 2], ..self.walk }, ..self }
    }

    /// # Shapes
    /// `[batch, in, rows, columns]` to `[batch, out, rows / stride, columns / stride]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_then(x, Activation::None)
    }

    /// As [`Conv::forward`], and `activation` of each number.
    pub fn forward_then(&self, x: Tensor<4>, activation: Activation) -> Tensor<4> {
        match &self.numbers {
            Numbers::Plain(held) if is_plain(&x) => {
                held.kernel.forward(&Planes::of(x), self.walk, activation).into_tensor()
            }
            _ => self.by_burn(x, activation),
        }
    }

    /// The same by the tensor library.
    fn by_burn(&self, x: Tensor<4>, activation: Activation) -> Tensor<4> {
        let (weight, bias, groups) = self.numbers.tensors();
        let options = ConvOptions::new_with_padding(self.walk.stride, self.walk.padding, [1, 1], groups);
        activation.forward(conv2d(x, weight, bias, options))
    }

    /// `next(activation(self(x)))` for convolutions of single places, and `x` added where `adds`.
    pub fn forward_through(&self, next: &Self, x: Tensor<4>, activation: Activation, adds: bool) -> Tensor<4> {
        match (&self.numbers, &next.numbers) {
            (Numbers::Plain(first), Numbers::Plain(second))
                if is_plain(&x)
                    && [self, next].iter().all(|conv| conv.walk.is_point())
                    && first.kernel.groups == 1
                    && second.kernel.groups == 1 =>
            {
                first.kernel.then(&second.kernel, &Planes::of(x), activation, adds).into_tensor()
            }
            _ => {
                let found = next.forward(self.forward_then(x.clone(), activation));
                if adds { x + found } else { found }
            }
        }
    }

    /// The tensors under their upstream names.
    pub fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        let (weight, bias, _) = self.numbers.tensors();
        into.push(NamedTensor::new(format!("{name}.weight"), &weight.dims(), weight));
        if let Some(bias) = bias {
            into.push(NamedTensor::new(format!("{name}.bias"), &bias.dims(), bias));
        }
    }
}

impl Numbers {
    /// Weights, biases and groups.
    fn tensors(&self) -> (Tensor<4>, Option<Tensor<1>>, usize) {
        match self {
            Self::Device(held) => (held.weight.val(), held.bias.as_ref().map(Param::val), held.groups),
            Self::Plain(held) => {
                let Kernel { shape, weight, bias, groups } = &*held.kernel;
                let on_cpu = (&Device::flex(), DType::F32);
                let tensor =
                    |values: &Vec<f32>| Tensor::from_data(TensorData::new(values.clone(), [values.len()]), on_cpu);
                let bias = (!bias.is_empty()).then(|| tensor(bias));
                (tensor(weight).reshape(*shape), bias, *groups)
            }
        }
    }
}
