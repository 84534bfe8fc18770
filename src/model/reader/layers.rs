//! What both of the reader's networks are built of: convolutions over `[batch, channels, rows, columns]`, all in f32.

use burn::module::{Module, Param};
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Tensor};

use crate::model::error::ModelError;
use crate::model::weights::{Role, Source};

/// A convolution with zeros around the picture.
#[derive(Module, Debug)]
pub struct Conv {
    /// `[out, in / groups, rows, columns]`, f32.
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    stride: [usize; 2],
    #[module(skip)]
    padding: [usize; 2],
    #[module(skip)]
    groups: usize,
}

impl Conv {
    /// Reads `{name}.weight` of this shape, `[out, in, rows, columns]`, and `{name}.bias`.
    pub fn load(source: &dyn Source, name: &str, shape: [usize; 4]) -> Result<Self, ModelError> {
        Ok(Self { bias: Some(bias(source, name, shape[0])?), ..Self::load_unbiased(source, name, shape)? })
    }

    /// As [`Conv::load`], without a bias.
    pub fn load_unbiased(source: &dyn Source, name: &str, shape: [usize; 4]) -> Result<Self, ModelError> {
        let weight = Param::from_tensor(weight(source, name, shape)?);
        Ok(Self { weight, bias: None, stride: [1; 2], padding: [0; 2], groups: 1 })
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
        let conv = Self::load(source, name, [channels, 1, size[0], size[1]])?;
        Ok(Self { padding: size.map(|side| side / 2), groups: channels, ..conv })
    }

    /// The same convolution with this stride, rows before columns.
    pub fn with_stride(self, stride: [usize; 2]) -> Self {
        Self { stride, ..self }
    }

    /// The same convolution with so many zeros on each side.
    pub fn with_padding(self, padding: usize) -> Self {
        Self { padding: [padding; 2], ..self }
    }

    /// # Shapes
    /// `[batch, in, rows, columns]` to `[batch, out, rows / stride, columns / stride]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let options = ConvOptions::new(self.stride, self.padding, [1, 1], self.groups);
        conv2d(x, self.weight.val(), self.bias.as_ref().map(Param::val), options)
    }
}

/// `{name}.weight` in f32.
pub(super) fn weight(source: &dyn Source, name: &str, shape: [usize; 4]) -> Result<Tensor<4>, ModelError> {
    Ok(source.tensor(&format!("{name}.weight"), &shape, shape, Role::Matrix)?.cast(DType::F32))
}

/// `{name}.bias` in f32.
pub(super) fn bias(source: &dyn Source, name: &str, out: usize) -> Result<Param<Tensor<1>>, ModelError> {
    Ok(Param::from_tensor(source.tensor(&format!("{name}.bias"), &[out], [out], Role::Bias)?))
}

/// Squeeze and excitation: a weight for each channel from the means of all channels
/// (Hu et al. 2018, <https://arxiv.org/abs/1709.01507>).
#[derive(Module, Debug)]
pub struct Squeeze {
    squeeze: Conv,
    excite: Conv,
    #[module(skip)]
    slope: f64,
}

impl Squeeze {
    /// Reads `{name}.squeeze` and `{name}.excite`; a quarter of the channels is left between them. `slope` is that of
    /// the hard sigmoid at zero.
    pub fn load(source: &dyn Source, name: &str, channels: usize, slope: f64) -> Result<Self, ModelError> {
        let squeeze = Conv::load_point(source, &format!("{name}.squeeze"), [channels / 4, channels])?;
        let excite = Conv::load_point(source, &format!("{name}.excite"), [channels, channels / 4])?;
        Ok(Self { squeeze, excite, slope })
    }

    /// # Shapes
    /// `[batch, channels, rows, columns]` to the weights, `[batch, channels, 1, 1]`.
    pub fn weights(&self, x: Tensor<4>) -> Tensor<4> {
        let inner = relu(self.squeeze.forward(x.mean_dim(3).mean_dim(2)));
        (self.excite.forward(inner) * self.slope + 0.5).clamp(0.0, 1.0)
    }
}

/// One row of zeros below and one column to the right, so that windows of two keep the picture's size.
pub(super) fn padded_behind(x: Tensor<4>) -> Tensor<4> {
    let zeros = |x: &Tensor<4>, dim: usize| {
        let mut shape = x.dims();
        shape[dim] = 1;
        Tensor::zeros(shape, (&x.device(), DType::F32))
    };
    let column = zeros(&x, 3);
    let x = Tensor::cat(vec![x, column], 3);
    let row = zeros(&x, 2);
    Tensor::cat(vec![x, row], 2)
}

/// Every place repeated `times` down and across.
pub(super) fn enlarged(x: Tensor<4>, times: usize) -> Tensor<4> {
    let [batch, channels, rows, columns] = x.dims();
    let x = x.reshape([batch, channels, rows, 1, columns, 1]).expand([batch, channels, rows, times, columns, times]);
    x.reshape([batch, channels, rows * times, columns * times])
}
