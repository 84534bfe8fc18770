//! Normalisation over the last dimension, always in f32.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::module::layer_norm;

use super::custom_gradient::with_gradient;
use super::elementwise::{AT_ONCE, dot, in_place, in_place_beside, learns_on_cpu};
use super::error::ModelError;
use super::gpu::decode;
use super::in_memory::is_plain;
use super::save::NamedTensor;
use super::vectorised::vectorised;
use super::weights::{Role, Source};

/// `y = x / sqrt(mean(x^2) + epsilon) * weight` over the last dimension
/// (Zhang and Sennrich 2019, <https://arxiv.org/abs/1910.07467>).
#[derive(Module, Debug)]
pub struct RmsNorm {
    /// `[width]`, f32.
    pub weight: Param<Tensor<1>>,
    #[module(skip)]
    epsilon: f64,
}

impl RmsNorm {
    /// Reads `{name}.weight`.
    pub fn load(source: &dyn Source, name: &str, width: usize, epsilon: f64) -> Result<Self, ModelError> {
        let weight = source.tensor(&format!("{name}.weight"), &[width], [width], Role::Scale)?;
        Ok(Self { weight: Param::from_tensor(weight), epsilon })
    }

    /// # Shapes
    /// `[.., width]` to the same, f32.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        if is_plain(&x) {
            return self.forward_plain(x);
        }
        if learns_on_cpu(&x) && !self.weight.val().device().is_autodiff() {
            return self.forward_still(x);
        }
        self.forward_composed(x)
    }

    /// By operations of the tensor library.
    fn forward_composed<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let scale = x.clone().square().mean_dim(D - 1).add_scalar(self.epsilon).sqrt().recip();
        x * scale * self.weight.val().unsqueeze()
    }

    /// `x + delta`, or `x` where there is no `delta`, and [`RmsNorm::forward`] of it.
    ///
    /// # Shapes
    /// `[.., width]` to the same twice, f32.
    pub fn forward_sum<const D: usize>(&self, x: Tensor<D>, delta: Option<Tensor<D>>) -> [Tensor<D>; 2] {
        if let Some(both) = decode::sum_and_norm(&x, delta.as_ref(), &self.weight.val(), self.epsilon) {
            return both;
        }
        let sum = match delta {
            Some(delta) => x + delta,
            None => x,
        };
        [sum.clone(), self.forward(sum)]
    }

    /// On the CPU, row by row in one go.
    fn forward_plain<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let weight = self.weight.val().into_data();
        let weight = weight.as_slice::<f32>().expect("the weights of norms are f32");
        let epsilon = self.epsilon as f32;
        in_place(x, rows_at_once(weight), |values| scale_rows(values, weight, epsilon))
    }

    /// On the CPU, where gradients are asked of `x` and the weight has none: `x` is all that is kept for them.
    fn forward_still<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let (plain, weight, epsilon) = (x.clone().inner(), self.weight.val().into_data(), self.epsilon as f32);
        with_gradient([x], self.forward_plain(plain.clone()), move |of_y, _| {
            let weight = weight.as_slice::<f32>().expect("the weights of norms are f32");
            let back = |of_y: &mut [f32], [x]: [&[f32]; 1]| scale_rows_back(of_y, x, weight, epsilon);
            [Some(in_place_beside(of_y, [&plain], rows_at_once(weight), back))]
        })
    }

    /// The weight under its upstream name.
    pub fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        into.push(NamedTensor::new(format!("{name}.weight"), &self.weight.val().dims(), self.weight.val()));
    }
}

/// Numbers of whole rows that one core takes at a time.
fn rows_at_once(weight: &[f32]) -> usize {
    let width = weight.len().max(1);
    (AT_ONCE / width).max(1) * width
}

vectorised! {
    /// [`RmsNorm::forward`] of rows as long as `weight`.
    fn scale_rows(_fuses; values: &mut [f32], weight: &[f32], epsilon: f32) {
        for row in values.chunks_exact_mut(weight.len().max(1)) {
            let scale = 1.0 / (dot(row, row) / weight.len() as f32 + epsilon).sqrt();
            for (x, weight) in row.iter_mut().zip(weight) {
                *x *= scale * weight;
            }
        }
    }

    /// What reaches such rows `x`, in the place of the gradient of what they became: with `h = g weight` and the scale `s` of a row
    /// it is `s (h - s^2 x mean(h x))`.
    fn scale_rows_back(_fuses; of_y: &mut [f32], x: &[f32], weight: &[f32], epsilon: f32) {
        let width = weight.len().max(1);
        for (of_y, x) in of_y.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
            for (of_y, weight) in of_y.iter_mut().zip(weight) {
                *of_y *= weight;
            }
            let scale = 1.0 / (dot(x, x) / width as f32 + epsilon).sqrt();
            let along = scale * scale * dot(of_y, x) / width as f32;
            for (of_y, x) in of_y.iter_mut().zip(x) {
                *of_y = scale * (*of_y - along * x);
            }
        }
    }
}

/// `y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias` over the last dimension
/// (Ba et al. 2016, <https://arxiv.org/abs/1607.06450>), always in f32.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `[width]`, f32.
    pub weight: Param<Tensor<1>>,
    /// `[width]`, f32.
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    epsilon: f64,
}

impl LayerNorm {
    /// Reads `{name}.weight` and `{name}.bias`.
    pub fn load(source: &dyn Source, name: &str, width: usize, epsilon: f64) -> Result<Self, ModelError> {
        let weight = source.tensor(&format!("{name}.weight"), &[width], [width], Role::Scale)?;
        let bias = source.tensor(&format!("{name}.bias"), &[width], [width], Role::Bias)?;
        Ok(Self { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias), epsilon })
    }

    /// # Shapes
    /// `[.., width]` to the same, f32.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        layer_norm(x, self.weight.val(), Some(self.bias.val()), self.epsilon)
    }

    /// The tensors under their upstream names.
    pub fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        into.push(NamedTensor::new(format!("{name}.weight"), &self.weight.val().dims(), self.weight.val()));
        into.push(NamedTensor::new(format!("{name}.bias"), &self.bias.val().dims(), self.bias.val()));
    }
}

/// As [`LayerNorm`] over groups of channels and all their places, with a weight and a bias for each channel
/// (Wu and He 2018, <https://arxiv.org/abs/1803.08494>).
#[derive(Module, Debug)]
pub struct GroupNorm {
    /// `[channels]`, f32.
    pub weight: Param<Tensor<1>>,
    /// `[channels]`, f32.
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    groups: usize,
    #[module(skip)]
    epsilon: f64,
}

impl GroupNorm {
    /// Reads `{name}.weight` and `{name}.bias`; `groups` divides `channels`.
    pub fn load(
        source: &dyn Source,
        name: &str,
        [groups, channels]: [usize; 2],
        epsilon: f64,
    ) -> Result<Self, ModelError> {
        let weight = source.tensor(&format!("{name}.weight"), &[channels], [channels], Role::Scale)?;
        let bias = source.tensor(&format!("{name}.bias"), &[channels], [channels], Role::Bias)?;
        Ok(Self { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias), groups, epsilon })
    }

    /// # Shapes
    /// `[batch, channels, places]` to the same, f32.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let shape @ [batch, channels, places] = x.dims();
        let x = x.reshape([batch, self.groups, channels / self.groups * places]);
        let centred = x.clone() - x.mean_dim(2);
        let scale = centred.clone().square().mean_dim(2).add_scalar(self.epsilon).sqrt().recip();
        let of_channel = |values: &Param<Tensor<1>>| values.val().reshape([1, channels, 1]);
        (centred * scale).reshape(shape) * of_channel(&self.weight) + of_channel(&self.bias)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    /// Two groups of two channels: the mean of 0 to 5 is 2.5, their variance 35 / 12.
    #[test]
    fn group_norm_takes_a_groups_channels_together() {
        let device = Device::flex();
        let vector = |values: [f32; 4]| Param::from_tensor(Tensor::<1>::from_data(values, &device));
        let norm = GroupNorm {
            weight: vector([1.0, 2.0, 1.0, 1.0]),
            bias: vector([0.0, 1.0, 0.0, 0.0]),
            groups: 2,
            epsilon: 0.0,
        };
        let values: Vec<f32> = (0..6).chain(0..6).map(|value| value as f32).collect();
        let x = Tensor::<3>::from_data(TensorData::new(values, [1, 4, 3]), &device);
        let found = norm.forward(x).into_data().try_into_vec::<f32>().unwrap();
        let deviation = (35.0f32 / 12.0).sqrt();
        let plain: Vec<f32> = (0..6).map(|value| (value as f32 - 2.5) / deviation).collect();
        for (place, &right) in plain.iter().enumerate() {
            let affine = if place < 3 { right } else { 2.0 * right + 1.0 };
            assert!((found[place] - affine).abs() < 1e-5, "{found:?}");
            assert!((found[place + 6] - right).abs() < 1e-5, "{found:?}");
        }
    }

    /// Rows that leave some over and are more than one core takes at once: what they become, and what reaches them with a
    /// gradient, by this file's loops and by the tensor library.
    #[test]
    fn both_ways_of_the_root_mean_square_agree() {
        let device = Device::flex();
        let normal = burn::tensor::Distribution::Normal(0.5, 2.0);
        let random = || Tensor::<3>::random([3, 151, 37], normal, &device);
        let (x, of_y) = (random(), random().autodiff());
        let norm = RmsNorm { weight: Param::from_tensor(Tensor::<1>::random([37], normal, &device)), epsilon: 0.1 };
        let of = |forward: fn(&RmsNorm, Tensor<3>) -> Tensor<3>| {
            let x = x.clone().autodiff().require_grad();
            let y = forward(&norm, x.clone());
            let gradients = (y.clone() * of_y.clone()).sum().backward();
            [y.inner(), x.grad(&gradients).unwrap(), forward(&norm, x.inner())]
        };
        for (found, right) in of(RmsNorm::forward).into_iter().zip(of(RmsNorm::forward_composed)) {
            let difference = (found - right.clone()).abs().max().into_scalar::<f32>();
            assert!(difference < 1e-5 * right.abs().max().into_scalar::<f32>(), "{difference}");
        }
    }

    /// Numbers whose variance, 1e-6, is no more than epsilon: `1e-3 / sqrt(1e-6 + 3e-6)` is a half.
    #[test]
    fn epsilon_stands_under_the_root() {
        let device = Device::flex();
        let vector = |value: f32| Param::from_tensor(Tensor::<1>::full([2], value, &device));
        let epsilon = 3e-6;
        let x = Tensor::<2>::from_data([[1e-3f32, -1e-3]], &device);
        let rms = RmsNorm { weight: vector(2.0), epsilon }.forward(x.clone());
        let layer = LayerNorm { weight: vector(2.0), bias: vector(0.5), epsilon }.forward(x.clone());
        let group = GroupNorm { weight: vector(2.0), bias: vector(0.5), groups: 1, epsilon };
        let group = group.forward(x.reshape([1, 2, 1])).reshape([1, 2]);
        for (found, right) in [(rms, [1.0, -1.0]), (layer, [1.5, -0.5]), (group, [1.5, -0.5])] {
            let found = found.into_data().try_into_vec::<f32>().unwrap();
            assert!(found.iter().zip(right).all(|(found, right)| (found - right).abs() < 1e-3), "{found:?}");
        }
    }
}
