//! What both of the reader's networks are built of beside convolutions ([`Conv`]), over `[batch, channels, rows, columns]` in f32.

use burn::module::Module;
use burn::tensor::activation::relu;
use burn::tensor::{DType, Tensor};

pub(super) use crate::model::convolution::{Conv, bias, weight};
use crate::model::error::ModelError;
use crate::model::weights::Source;

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
