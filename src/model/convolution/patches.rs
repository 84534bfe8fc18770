//! The convolution that makes tokens of a picture or of other tokens: windows that overlap little, as one product.

use burn::module::Module;
use burn::tensor::{DType, Tensor};

use crate::model::error::ModelError;
use crate::model::linear::Linear;
use crate::model::save::NamedTensor;
use crate::model::weights::Source;

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

#[cfg(test)]
mod tests {
    use burn::tensor::module::conv2d;
    use burn::tensor::ops::ConvOptions;
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
