//! The one place where activations meet weights: every architecture multiplies through [`Linear`] and [`Embedding`].
//!
//! Weights keep the layout of the checkpoint, `[out, in]`. Activations are f32 between layers; a layer whose weight is
//! half precision takes its input down to that type and gives f32 back, so the residual stream, norms and softmax stay
//! f32 and half precision is only in the bytes that are read.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use burn::module::{Module, Param};
use burn::tensor::{DType, Int, Tensor};

use super::compute::is_cpu;
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

    /// As [`Linear::forward`], with channels before places as convolutions take them; nothing is transposed, the product
    /// reads its factors in any order.
    ///
    /// # Shapes
    /// `[batch, tokens, in]` to `[batch, out, tokens]`, f32 in and out.
    pub fn forward_to_planes(&self, x: Tensor<3>) -> Tensor<3> {
        let (x, weight) = paired(x, self.weight.val());
        let y = weight.matmul(x.transpose()).cast(DType::F32);
        match &self.bias {
            Some(bias) => y + bias.val().reshape([1, -1, 1]),
            None => y,
        }
    }

    /// As [`Linear::forward`], from channels before places as convolutions give them.
    ///
    /// # Shapes
    /// `[batch, in, tokens]` to `[batch, tokens, out]`, f32 in and out.
    pub fn forward_from_planes(&self, x: Tensor<3>) -> Tensor<3> {
        let (x, weight) = paired(x, self.weight.val());
        let y = x.transpose().matmul(weight.transpose()).cast(DType::F32);
        match &self.bias {
            Some(bias) => y + bias.val().unsqueeze(),
            None => y,
        }
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

/// Both factors in the type that their product is taken in: the weight's, but f32 on the CPU, as a picture has many rows
/// (see [`WIDEN_FROM_ROWS`]).
fn paired(x: Tensor<3>, weight: Tensor<2>) -> (Tensor<3>, Tensor<3>) {
    let precision = if is_cpu(&x.device()) { DType::F32 } else { weight.dtype() };
    (x.cast(precision), weight.cast(precision).unsqueeze())
}

/// `x W^T` with `x` `[rows, in]` in f32 and `W` `[out, in]` in any float type.
fn product(x: Tensor<2>, weight: Tensor<2>, scale: f32) -> Tensor<2> {
    let device = x.device();
    let on_cpu = is_cpu(&device) && !device.is_autodiff();
    let half = weight.dtype();
    if half == DType::F32 {
        return multiply(x, weight, on_cpu);
    }
    if on_cpu && x.dims()[0] >= WIDEN_FROM_ROWS {
        return x.matmul(weight.cast(DType::F32).transpose());
    }
    if scale == 1.0 {
        return multiply(x.cast(half), weight, on_cpu).cast(DType::F32);
    }
    multiply(x.div_scalar(scale).cast(half), weight, on_cpu).cast(DType::F32).mul_scalar(scale)
}

/// `x W^T` in one type.
fn multiply(x: Tensor<2>, weight: Tensor<2>, on_cpu: bool) -> Tensor<2> {
    let ([rows, inp], [out, _]) = (x.dims(), weight.dims());
    let pieces = if on_cpu && rows == 1 { pieces_of(out) } else { 1 };
    if pieces == 1 {
        return x.matmul(weight.transpose());
    }
    // Burn's CPU backend takes one row on one core; a batch of weight pieces goes to all of them.
    let pieces_times = weight.reshape([pieces, out / pieces, inp]).matmul(x.reshape([1, inp, 1]));
    pieces_times.reshape([1, out])
}

/// Into how many equal pieces `out` weight rows are cut: some for each core, so that they end together.
fn pieces_of(out: usize) -> usize {
    static WANTED: LazyLock<usize> = LazyLock::new(|| 4 * available_parallelism().map_or(1, usize::from));
    (1..=*WANTED).rev().find(|pieces| out.is_multiple_of(*pieces)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;

    #[test]
    fn every_way_to_multiply_gives_the_same() {
        let device = Device::flex();
        let weight = Tensor::<2>::random([24, 40], Distribution::Normal(0.0, 0.1), &device);
        for rows in [1, 3, WIDEN_FROM_ROWS] {
            let x = Tensor::<2>::random([rows, 40], Distribution::Normal(0.0, 1.0), &device);
            let right = x.clone().matmul(weight.clone().transpose());
            for (precision, tolerance) in [(DType::F32, 1e-5), (DType::F16, 5e-3)] {
                for scale in [1.0, LOUD] {
                    let found = product(x.clone(), weight.clone().cast(precision), scale);
                    let difference = (found - right.clone()).abs().max().into_scalar::<f32>();
                    assert!(difference < tolerance, "{rows} rows in {precision:?}: {difference}");
                }
            }
        }
    }

    #[test]
    fn channels_may_stand_before_places() {
        let device = Device::flex();
        let normal = |shape: [usize; 2]| Tensor::<2>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        for precision in [DType::F32, DType::F16] {
            let bias = Param::from_tensor(normal([1, 5]).squeeze::<1>());
            let linear = Linear { weight: Param::from_tensor(normal([5, 7]).cast(precision)), bias: Some(bias) };
            let x = normal([2 * 80, 7]).reshape([2, 80, 7]);
            let right = linear.forward(x.clone());
            let to_planes = linear.forward_to_planes(x.clone()).transpose();
            let from_planes = linear.forward_from_planes(x.transpose());
            for found in [to_planes, from_planes] {
                let difference = (found - right.clone()).abs().max().into_scalar::<f32>();
                assert!(difference < 1e-5, "{precision:?}: {difference}");
            }
        }
    }

    #[test]
    fn a_loud_input_stays_finite_in_half_precision() {
        let device = Device::flex();
        let x = Tensor::<2>::full([1, 64], 400_000.0, &device);
        let weight = Param::from_tensor(Tensor::<2>::full([4, 64], 0.02, &device).cast(DType::F16));
        let loud = Linear { weight, bias: None }.forward_loud(x).max().into_scalar::<f32>();
        assert!((loud - 512_000.0).abs() < 1000.0, "{loud}");
    }
}
