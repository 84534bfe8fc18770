//! The transposed convolution that makes four places of each: a product for each of the four, laid between each other.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::module::conv_transpose2d;
use burn::tensor::ops::ConvTransposeOptions;

use super::activation::Activation;
use super::numbers::{bias, plain, weight};
use super::planes::Planes;
use super::product::Product;
use crate::model::error::ModelError;
use crate::model::in_memory::is_plain;
use crate::model::strips::{Strip, in_strips, with_scratch};
use crate::model::weights::Source;

/// A transposed convolution with windows and strides of two.
#[derive(Module, Debug)]
pub struct Doubling {
    /// `[in, out, 2, 2]`, f32.
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    plain: Option<Arc<Plain>>,
}

/// The same for the CPU.
#[derive(Debug)]
struct Plain {
    /// `[4 * out, in]`
    weight: Vec<f32>,
    /// `[4 * out]`
    bias: Vec<f32>,
}

/// Pixels that are multiplied at a time, about.
const STRIP_PIXELS: usize = 768;

impl Doubling {
    /// Reads `{name}.weight`, upstream `[in, out, 2, 2]`, and `{name}.bias`.
    pub fn load(source: &dyn Source, name: &str, [inp, out]: [usize; 2]) -> Result<Self, ModelError> {
        Ok(Self::of(weight(source, name, [inp, out, 2, 2])?, bias(source, name, out)?))
    }

    fn of(weight: Tensor<4>, bias: Tensor<1>) -> Self {
        let [inp, out, ..] = weight.dims();
        let plain = is_plain(&weight).then(|| {
            let weight = plain(weight.clone().reshape([inp, 4 * out]).transpose());
            Arc::new(Plain { weight, bias: plain(bias.clone()).into_iter().flat_map(|bias| [bias; 4]).collect() })
        });
        Self { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias), plain }
    }

    /// # Shapes
    /// `[batch, in, rows, columns]` to `[batch, out, 2 * rows, 2 * columns]`, `activation` of each number.
    pub fn forward_then(&self, x: Tensor<4>, activation: Activation) -> Tensor<4> {
        match &self.plain {
            Some(plain) if is_plain(&x) => plain.forward(&Planes::of(x), activation).into_tensor(),
            _ => {
                let options = ConvTransposeOptions::new([2, 2], [0, 0], [0, 0], [1, 1], 1);
                activation.forward(conv_transpose2d(x, self.weight.val(), Some(self.bias.val()), options))
            }
        }
    }
}

impl Plain {
    fn forward(&self, x: &Planes, activation: Activation) -> Planes {
        let ([batch, inp, rows, columns], area) = (x.dims, x.area());
        let fourfold = self.bias.len();
        let product = Product { weight: &self.weight, bias: &self.bias, out: fourfold, inp };
        let out = fourfold / 4;
        let mut values = vec![0.0; batch * fourfold * area];
        // Whole rows of pixels, each of which makes two.
        let strip_rows = (STRIP_PIXELS / columns.max(1)).max(1);
        for (number, into) in values.chunks_exact_mut((fourfold * area).max(1)).enumerate() {
            let picture = x.picture(number);
            in_strips(into, 4 * area, 4 * columns * strip_rows, false, |first, strip| {
                let count = strip.count() / 4;
                with_scratch(fourfold * count, |quarters| {
                    product.write(
                        &picture[first / 4..],
                        area,
                        &mut Strip::whole(quarters, fourfold),
                        activation,
                        false,
                    );
                    for (channel, quarters) in quarters.chunks_exact(4 * count).enumerate() {
                        let into = strip.row(channel);
                        for (line, into) in into.chunks_exact_mut(2 * columns).enumerate() {
                            let from = line % 2 * 2 * count + line / 2 * columns;
                            let (left, right) = (&quarters[from..][..columns], &quarters[from + count..][..columns]);
                            for ((pair, left), right) in into.chunks_exact_mut(2).zip(left).zip(right) {
                                pair.copy_from_slice(&[*left, *right]);
                            }
                        }
                    }
                });
            });
        }
        Planes::new(values, [batch, out, 2 * rows, 2 * columns])
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;

    #[test]
    fn four_places_of_each_are_burns_transposed_convolution() {
        let device = Device::flex();
        let normal = |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        for [batch, inp, out, rows, columns] in [[1, 24, 24, 9, 13], [2, 5, 1, 40, 61], [1, 3, 2, 1, 1]] {
            let doubling = Doubling::of(normal([inp, out, 2, 2]), normal([out, 1, 1, 1]).reshape([out]));
            let x = normal([batch, inp, rows, columns]);
            let found = doubling.forward_then(x.clone(), Activation::Relu);
            let right = Doubling { plain: None, ..doubling }.forward_then(x, Activation::Relu);
            assert_eq!(found.dims(), right.dims());
            assert!((found - right).abs().max().into_scalar::<f32>() < 1e-4, "{inp} {out} {rows} {columns}");
        }
    }
}
