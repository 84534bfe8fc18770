//! What both of the reader's networks are built of beside convolutions ([`Conv`]), over `[batch, channels, rows, columns]` in f32.

use burn::module::Module;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{DType, Tensor};

use crate::model::convolution::Planes;
pub(super) use crate::model::convolution::{Activation, Conv, Doubling};
use crate::model::error::ModelError;
use crate::model::in_memory::is_plain;
use crate::model::vectorised::vectorised;
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

    /// Each channel times `more` and its weight.
    ///
    /// # Shapes
    /// `[batch, channels, rows, columns]` to the same.
    pub fn forward(&self, x: Tensor<4>, more: f32) -> Tensor<4> {
        if !is_plain(&x) {
            let weights = self.weights(x.clone().mean_dim(3).mean_dim(2));
            return x * (weights + more);
        }
        let mut planes = Planes::of(x);
        let [batch, channels, ..] = planes.dims;
        let means = Planes::new(planes.means(), [batch, channels, 1, 1]).into_tensor();
        planes.scale(Planes::of(self.weights(means) + more).values());
        planes.into_tensor()
    }

    /// Of the means, `[batch, channels, 1, 1]`.
    fn weights(&self, means: Tensor<4>) -> Tensor<4> {
        let inner = self.squeeze.forward_then(means, Activation::Relu);
        (self.excite.forward(inner) * self.slope + 0.5).clamp(0.0, 1.0)
    }
}

/// The greatest of each place, the next, and those below the two, beyond the picture's edge of zeros.
pub(super) fn most_of_four(x: Tensor<4>) -> Tensor<4> {
    let [_, _, rows, columns] = x.dims();
    if !is_plain(&x) {
        return max_pool2d(padded_behind(x), MaxPoolOptions::new([2, 2]).with_stride([1, 1]));
    }
    let mut planes = Planes::of(x);
    planes.values_mut().chunks_exact_mut((rows * columns).max(1)).for_each(|plane| most_in_place(plane, columns));
    planes.into_tensor()
}

vectorised! {
    /// [`most_of_four`] of one plane.
    fn most_in_place(_fuses; plane: &mut [f32], columns: usize) {
        // Each row waits for the one below it, which is not yet changed.
        for row in 0..plane.len() / columns {
            let (here, below) = plane[row * columns..].split_at_mut(columns);
            match below.get(..columns) {
                Some(below) => here.iter_mut().zip(below).for_each(|(x, below)| *x = x.max(*below)),
                None => here.iter_mut().for_each(|x| *x = x.max(0.0)),
            }
            for column in 1..columns {
                here[column - 1] = here[column - 1].max(here[column]);
            }
            here[columns - 1] = here[columns - 1].max(0.0);
        }
    }
}

/// One row of zeros below and one column to the right, so that windows of two keep the picture's size.
fn padded_behind(x: Tensor<4>) -> Tensor<4> {
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

/// Every place repeated as often down and across as stands beside it, one picture's channels after the other's.
///
/// # Shapes
/// `[batch, channels, rows, columns]` each, to the sum of channels over as many rows and columns as each has then.
pub(super) fn enlarged_together(parts: Vec<(Tensor<4>, usize)>) -> Tensor<4> {
    if !parts.iter().all(|(x, _)| is_plain(x)) {
        return Tensor::cat(parts.into_iter().map(|(x, times)| enlarged(x, times)).collect(), 1);
    }
    let parts: Vec<(Planes, usize)> = parts.into_iter().map(|(x, times)| (Planes::of(x), times)).collect();
    let channels = parts.iter().map(|(x, _)| x.dims[1]).sum();
    let [batch, _, rows, columns] = parts[0].0.dims;
    let [rows, columns] = [rows, columns].map(|side| side * parts[0].1);
    let mut values = Vec::with_capacity(batch * channels * rows * columns);
    for picture in 0..batch {
        for (x, times) in &parts {
            for row in x.picture(picture).chunks_exact(x.dims[3].max(1)) {
                let first = values.len();
                let last = first + row.len() * times;
                values.resize(last, 0.0);
                values[first..].chunks_exact_mut(*times).zip(row).for_each(|(cells, &value)| cells.fill(value));
                (1..*times).for_each(|_| values.extend_from_within(first..last));
            }
        }
    }
    Planes::new(values, [batch, channels, rows, columns]).into_tensor()
}

/// Every place repeated `times` down and across.
fn enlarged(x: Tensor<4>, times: usize) -> Tensor<4> {
    let [batch, channels, rows, columns] = x.dims();
    let x = x.reshape([batch, channels, rows, 1, columns, 1]).expand([batch, channels, rows, times, columns, times]);
    x.reshape([batch, channels, rows * times, columns * times])
}
