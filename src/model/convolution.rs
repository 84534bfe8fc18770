//! Convolutions: those with a stride as one product, the rest through Burn's own.

use burn::module::{Module, Param};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Tensor};

use super::error::ModelError;
use super::linear::Linear;
use super::save::NamedTensor;
use super::weights::{Role, Source};

/// A convolution from tokens to tokens as one product: its windows are cut out of the picture, row after row, and
/// multiplied. Worth it where windows overlap little; every number of the picture is copied `(side / stride)^2` times.
#[derive(Module, Debug)]
pub struct PatchConv {
    /// `[out, side * side * in]`, rows and columns before channels, as the windows are cut.
    product: Linear,
    #[module(skip)]
    window: Window,
}

/// How a [`PatchConv`] cuts the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Pixels along each side.
    pub side: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
    /// Zeros added around the picture.
    pub padding: usize,
}

impl Window {
    /// How many windows lie along a side of `length` pixels; none where it is too short for one.
    pub fn count(&self, length: usize) -> usize {
        (length + 2 * self.padding).checked_sub(self.side).map_or(0, |rest| rest / self.stride + 1)
    }
}

impl PatchConv {
    /// Reads `{name}.weight`, upstream `[out, in, side, side]`, and `{name}.bias`.
    pub fn load(source: &dyn Source, name: &str, [out, inp]: [usize; 2], window: Window) -> Result<Self, ModelError> {
        let side = window.side;
        let upstream = source.linear_shaped(name, &[out, inp, side, side], true)?;
        let channels_last = |weight: Tensor<2>| {
            let weight = weight.reshape([out, inp, side, side]).permute([0, 2, 3, 1]);
            weight.reshape([out, side * side * inp])
        };
        Ok(Self { product: upstream.arranged(channels_last), window })
    }

    /// # Shapes
    /// `[batch, rows, columns, in]` to `[batch, windows down * windows across, out]`, and how many there are down and
    /// across.
    pub fn forward(&self, x: Tensor<4>) -> (Tensor<3>, [usize; 2]) {
        let [batch, rows, columns, channels] = x.dims();
        let Window { side, stride, padding } = self.window;
        let grid = [self.window.count(rows), self.window.count(columns)];
        let x = match padding {
            0 => x,
            p => bordered(x, [p, p], [p, p]),
        };
        let windows: Tensor<5> = x.unfold(1, side, stride);
        let windows: Tensor<6> = windows.unfold(2, side, stride);
        // [batch, down, across, channels, row, column] to channels last, in which order they lie in memory.
        let windows = windows.permute([0, 1, 2, 4, 5, 3]);
        let windows = windows.reshape([batch, grid[0] * grid[1], side * side * channels]);
        (self.product.forward(windows), grid)
    }

    /// The tensors under their upstream names.
    pub fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        let side = self.window.side;
        let [out, numbers] = self.product.shape();
        let inp = numbers / (side * side);
        let channels_first = |weight: Tensor<2>| {
            let weight = weight.reshape([out, side, side, inp]).permute([0, 3, 1, 2]);
            weight.reshape([out, numbers])
        };
        self.product.clone().arranged(channels_first).named_shaped(name, &[out, inp, side, side], into);
    }
}

/// Zeros above and below, left and right of `[batch, rows, columns, channels]`; on the CPU five times as fast as
/// Burn's own padding, which writes the picture into the zeros pixel by pixel.
pub fn bordered(x: Tensor<4>, rows: [usize; 2], columns: [usize; 2]) -> Tensor<4> {
    let with_zeros = |x: Tensor<4>, dim: usize, [before, after]: [usize; 2]| {
        let zeros = |count: usize| {
            let mut shape = x.dims();
            shape[dim] = count;
            (count > 0).then(|| Tensor::zeros(shape, (&x.device(), DType::F32)))
        };
        let (before, after) = (zeros(before), zeros(after));
        Tensor::cat(before.into_iter().chain([x]).chain(after).collect(), dim)
    };
    with_zeros(with_zeros(x, 2, columns), 1, rows)
}

/// A 3x3 convolution with stride 1 that keeps the picture's size.
#[derive(Module, Debug)]
pub struct Conv3x3 {
    /// `[out, in / groups, 3, 3]`, f32.
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    groups: usize,
}

impl Conv3x3 {
    /// Reads `{name}.weight` and, when `bias`, `{name}.bias`.
    pub fn load(source: &dyn Source, name: &str, [out, inp]: [usize; 2], bias: bool) -> Result<Self, ModelError> {
        Self::load_grouped(source, name, [out, inp], bias, 1)
    }

    /// As [`Conv3x3::load`], each channel for itself.
    pub fn load_depthwise(source: &dyn Source, name: &str, channels: usize) -> Result<Self, ModelError> {
        Self::load_grouped(source, name, [channels, 1], true, channels)
    }

    fn load_grouped(
        source: &dyn Source,
        name: &str,
        [out, inp]: [usize; 2],
        bias: bool,
        groups: usize,
    ) -> Result<Self, ModelError> {
        let shape = [out, inp, 3, 3];
        let weight: Tensor<4> = source.tensor(&format!("{name}.weight"), &shape, shape, Role::Matrix)?;
        let bias = match bias {
            true => Some(Param::from_tensor(source.tensor(&format!("{name}.bias"), &[out], [out], Role::Bias)?)),
            false => None,
        };
        Ok(Self { weight: Param::from_tensor(weight.cast(DType::F32)), bias, groups })
    }

    /// # Shapes
    /// `[batch, in, rows, columns]` to `[batch, out, rows, columns]`, f32.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let bias = self.bias.as_ref().map(Param::val);
        conv2d(x, self.weight.val(), bias, ConvOptions::new([1, 1], [1, 1], [1, 1], self.groups))
    }

    /// The tensors under their upstream names.
    pub fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        into.push(NamedTensor::new(format!("{name}.weight"), &self.weight.val().dims(), self.weight.val()));
        if let Some(bias) = &self.bias {
            into.push(NamedTensor::new(format!("{name}.bias"), &bias.val().dims(), bias.val()));
        }
    }
}

/// A convolution of any size over `[batch, channels, rows, columns]`, with zeros around the picture.
#[derive(Module, Debug)]
pub struct Conv {
    /// `[out, in / groups, rows, columns]`, f32.
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    stride: [usize; 2],
    /// Zeros before and after, of rows and of columns.
    #[module(skip)]
    padding: [(usize, usize); 2],
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
        Ok(Self { weight, bias: None, stride: [1; 2], padding: [(0, 0); 2], groups: 1 })
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
        Ok(Self { padding: size.map(|side| (side / 2, side / 2)), groups: channels, ..conv })
    }

    /// The same convolution with this stride, rows before columns.
    pub fn with_stride(self, stride: [usize; 2]) -> Self {
        Self { stride, ..self }
    }

    /// The same convolution with so many zeros on each side.
    pub fn with_padding(self, padding: usize) -> Self {
        self.with_padding_of(padding, padding)
    }

    /// The same convolution with so many zeros before the picture, and so many behind it.
    pub fn with_padding_of(self, before: usize, behind: usize) -> Self {
        Self { padding: [(before, behind); 2], ..self }
    }

    /// # Shapes
    /// `[batch, in, rows, columns]` to `[batch, out, rows / stride, columns / stride]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let options = ConvOptions::new_with_padding(self.stride, self.padding, [1, 1], self.groups);
        conv2d(x, self.weight.val(), self.bias.as_ref().map(Param::val), options)
    }
}

/// `{name}.weight` in f32.
pub(crate) fn weight(source: &dyn Source, name: &str, shape: [usize; 4]) -> Result<Tensor<4>, ModelError> {
    Ok(source.tensor(&format!("{name}.weight"), &shape, shape, Role::Matrix)?.cast(DType::F32))
}

/// `{name}.bias` in f32.
pub(crate) fn bias(source: &dyn Source, name: &str, out: usize) -> Result<Param<Tensor<1>>, ModelError> {
    Ok(Param::from_tensor(source.tensor(&format!("{name}.bias"), &[out], [out], Role::Bias)?))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;

    #[test]
    fn a_product_over_windows_is_burns_convolution() {
        let device = Device::flex();
        let normal = |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        for (side, stride, padding) in [(7, 4, 3), (3, 2, 1), (4, 4, 0), (2, 2, 0)] {
            let (x, weight) = (normal([2, 13, 18, 3]), normal([5, 3, side, side]));
            let right = conv2d(
                x.clone().permute([0, 3, 1, 2]),
                weight.clone(),
                None,
                ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1),
            );
            let [batch, out, down, across] = right.dims();
            let weight = weight.permute([0, 2, 3, 1]).reshape([5, side * side * 3]);
            let product = Linear::of(weight, None);
            let (found, grid) = PatchConv { product, window: Window { side, stride, padding } }.forward(x);
            assert_eq!(grid, [down, across]);
            let right = right.reshape([batch, out, down * across]).transpose();
            let difference = (found - right).abs().max().into_scalar::<f32>();
            assert!(difference < 1e-4, "{side} {stride} {padding}: {difference}");
        }
    }

    #[test]
    fn a_side_shorter_than_a_window_has_none() {
        assert_eq!(Window { side: 8, stride: 8, padding: 0 }.count(7), 0);
        assert_eq!(Window { side: 7, stride: 4, padding: 3 }.count(1), 1);
    }
}
