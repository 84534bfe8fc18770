//! The one place where activations meet weights: every architecture multiplies through [`Linear`] and [`Embedding`], which
//! it gets from its source by `source.linear(name, shape)` and `source.embedding(name, shape)`.
//!
//! The source decides the form of the matrix, dense or packed; the architecture does not know it. Weights keep the layout
//! of the checkpoint, `[out, in]`. Activations are f32 between layers; on an adapter a layer whose weight is half precision takes its
//! input down to that type and gives f32 back; on the CPU it multiplies in f32, and many rows with a bf16 weight in bf16 where the
//! processor has instructions for it. So the residual stream, norms and softmax stay f32.

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::compute::is_cpu;
use super::dropout::Dropout;
use super::elementwise::{gated, plus_row};
use super::error::ModelError;
use super::frozen::Frozen;
use super::low_rank::LowRank;
use super::matrix::Matrix;
use super::save::NamedTensor;
use super::weights::{Role, Source};

/// Inputs of [`Linear::forward_loud`] are divided by this on the way into half precision and multiplied back after;
/// a power of two, so no digit is lost.
const LOUD: f32 = 32.0;

/// `y = x W^T + b`, with `W` of shape `[out, in]` and an optional `b` of shape `[out]`, and what LoRA adapters add to it.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[out, in]`
    weight: Matrix,
    /// `[out]`, f32.
    pub bias: Option<Param<Tensor<1>>>,
    /// What adapters add, in the order in which they were added.
    low_rank: Vec<LowRank>,
}

/// A table of token vectors, `[vocabulary, width]`, which a tied checkpoint also uses as its output layer.
#[derive(Module, Debug)]
pub struct Embedding {
    /// `[vocabulary, width]`
    weight: Matrix,
}

impl dyn Source + '_ {
    /// The layer of `{name}.weight` and, when `bias`, `{name}.bias`, in the form in which the source has it.
    pub fn linear(&self, name: &str, [out, inp]: [usize; 2], bias: bool) -> Result<Linear, ModelError> {
        self.linear_shaped(name, &[out, inp], bias)
    }

    /// As `linear` for a weight that upstream keeps as a convolution `[out, ...]`; the rest is flattened.
    pub fn linear_shaped(&self, name: &str, stored: &[usize], bias: bool) -> Result<Linear, ModelError> {
        let bias = match bias {
            true => {
                let bias = self.tensor(&format!("{name}.bias"), &stored[..1], [stored[0]], Role::Bias)?;
                Some(Param::from_tensor(bias))
            }
            false => None,
        };
        let weight = self.matrix(name, stored)?;
        let low_rank = self.low_rank(name)?;
        Ok(Linear { weight, bias, low_rank })
    }

    /// The token table of `{name}.weight`, in the form in which the source has it.
    pub fn embedding(&self, name: &str, shape: [usize; 2]) -> Result<Embedding, ModelError> {
        Ok(Embedding { weight: self.matrix(name, &shape)? })
    }

    fn matrix(&self, name: &str, stored: &[usize]) -> Result<Matrix, ModelError> {
        let name = format!("{name}.weight");
        if let Some(formed) = self.formed(&name, stored)? {
            return Ok(formed);
        }
        let (out, inp) = (stored[0], stored[1..].iter().product());
        Ok(Matrix::dense(self.tensor(&name, stored, [out, inp], Role::Matrix)?))
    }
}

impl Linear {
    /// The dense layer of these numbers, `[out, in]` and `[out]`.
    #[cfg(test)]
    pub(super) fn of(weight: Tensor<2>, bias: Option<Tensor<1>>) -> Self {
        Self { weight: Matrix::dense(weight), bias: bias.map(Param::from_tensor), low_rank: Vec::new() }
    }

    /// Adds what an adapter has for this layer.
    pub fn add(&mut self, low_rank: LowRank) {
        self.low_rank.push(low_rank);
    }

    /// From now on what the last adapter has for this layer has gradients.
    pub fn learn_last(&mut self) {
        if let Some(last) = self.low_rank.pop() {
            self.low_rank.push(last.learning());
        }
    }

    /// From now on so much is left out of what goes into the adapter that learns, if one does.
    pub fn leave_out(&mut self, dropout: Dropout) {
        if let Some(last) = self.low_rank.last_mut().filter(|last| last.is_learning()) {
            last.leave_out(dropout);
        }
    }

    /// The same layer, without gradients.
    pub fn still(&self) -> Self {
        let low_rank = self.low_rank.iter().map(LowRank::still).collect();
        Self { weight: self.weight.clone(), bias: self.bias.clone(), low_rank }
    }

    /// What adapters add, in the order in which they were added.
    pub fn low_rank(&self) -> &[LowRank] {
        &self.low_rank
    }

    /// # Shapes
    /// `[.., in]` to `[.., out]`, f32 in and out.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.apply(x, 1.0)
    }

    /// [`Linear::forward`] of one input through several layers; packed ones share the work of it.
    ///
    /// # Shapes
    /// `[.., in]` to `[.., out]` of each, f32 in and out.
    pub fn forward_each<const D: usize, const N: usize>(layers: [&Self; N], x: Tensor<D>) -> [Tensor<D>; N] {
        let dims = x.dims();
        let rows = dims[..D - 1].iter().product::<usize>();
        let matrices = layers.map(|layer| &layer.weight);
        let x = x.reshape([rows, dims[D - 1]]);
        if matrices.iter().any(|matrix| matrix.is_frozen_for(&x)) {
            return layers.map(|layer| layer.forward_frozen(&x, dims));
        }
        let mut products = Matrix::times_each(&matrices, x.clone()).into_iter();
        layers.map(|layer| layer.finished(products.next().expect("one for each layer"), &x, dims))
    }

    /// [`Linear::forward_each`] with what the layers make side by side.
    ///
    /// # Shapes
    /// `[rows, in]` to `[rows, all out]`, f32 in and out.
    pub fn forward_joined(layers: [&Self; 3], x: Tensor<2>) -> Tensor<2> {
        let matrices = layers.map(|layer| (&layer.weight, layer.bias.as_ref().map(Param::val)));
        let is_plain = layers.iter().all(|layer| layer.low_rank.is_empty());
        let joined = is_plain.then(|| Matrix::times_joined(matrices, &x)).flatten();
        joined.unwrap_or_else(|| Tensor::cat(Self::forward_each(layers, x).to_vec(), 1))
    }

    /// `silu(gate x) * up x`.
    ///
    /// # Shapes
    /// `[.., in]` to `[.., out]`, f32 in and out.
    pub fn forward_gated<const D: usize>(gate: &Self, up: &Self, x: Tensor<D>) -> Tensor<D> {
        let mut dims = x.dims();
        let rows = dims[..D - 1].iter().product::<usize>();
        let is_plain = [gate, up].iter().all(|layer| layer.bias.is_none() && layer.low_rank.is_empty());
        let flat = x.clone().reshape([rows, dims[D - 1]]);
        if let Some(y) = is_plain.then(|| Matrix::times_gated(&gate.weight, &up.weight, &flat)).flatten() {
            dims[D - 1] = y.dims()[1];
            return y.reshape(dims);
        }
        let [gate, up] = Self::forward_each([gate, up], x);
        gated(gate, up)
    }

    /// As [`Linear::forward`], for inputs that may pass f16's greatest number, as the product of two gated branches
    /// does in some checkpoints.
    pub fn forward_loud<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.apply(x, LOUD)
    }

    fn apply<const D: usize>(&self, x: Tensor<D>, loud: f32) -> Tensor<D> {
        let dims = x.dims();
        let rows = dims[..D - 1].iter().product::<usize>();
        let x = x.reshape([rows, dims[D - 1]]);
        if self.weight.is_frozen_for(&x) {
            return self.forward_frozen(&x, dims);
        }
        self.finished(self.weight.times(x.clone(), loud), &x, dims)
    }

    /// [`Linear::forward`] of rows from which gradients are asked, of a layer that has none but an adapter's.
    fn forward_frozen<const D: usize>(&self, x: &Tensor<2>, mut dims: [usize; D]) -> Tensor<D> {
        let y = Frozen::new(&self.weight, &self.low_rank, x).forward(x.clone(), self.bias.as_ref().map(Param::val));
        dims[D - 1] = y.dims()[1];
        y.reshape(dims)
    }

    /// A number, which is not computed, whose gradients are those of the sum of `y * of_y`, with `y` what [`Linear::forward`] gives:
    /// for who needs the gradients alone. Only for a layer whose matrix does not learn.
    ///
    /// # Shapes
    /// `[.., in]` and `[.., out]` to `[1]`, f32.
    pub fn pull<const D: usize>(&self, x: Tensor<D>, of_y: Tensor<D>) -> Tensor<1> {
        let flat = |of: Tensor<D>| {
            let width = of.dims()[D - 1];
            let rows = of.dims()[..D - 1].iter().product::<usize>();
            of.reshape([rows, width])
        };
        let x: Tensor<2> = flat(x);
        Frozen::new(&self.weight, &self.low_rank, &x).pull(x, flat(of_y))
    }

    /// [`Linear::forward`] of rows by the products of training, of a layer without gradients and adapters.
    ///
    /// # Shapes
    /// `[rows, in]` to `[rows, out]`, f32 in and out.
    pub fn forward_in_training(&self, x: &Tensor<2>) -> Tensor<2> {
        self.finished(self.weight.times_in_training(x), x, x.dims())
    }

    /// What reaches the input of [`Linear::forward`] with the gradient `of_y`, of a layer without gradients and adapters.
    ///
    /// # Shapes
    /// `[rows, out]` to `[rows, in]`, f32.
    pub fn backward(&self, of_y: &Tensor<2>) -> Tensor<2> {
        self.weight.times_transposed(of_y)
    }

    /// The product with `x`, with the bias and what adapters add, in the shape of an input of these sizes.
    fn finished<const D: usize>(&self, y: Tensor<2>, x: &Tensor<2>, mut dims: [usize; D]) -> Tensor<D> {
        let y = self.low_rank.iter().fold(y, |y, low_rank| y + low_rank.forward(x.clone()));
        let y = match &self.bias {
            Some(bias) => plus_row(y, bias.val()),
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
        let (x, weight) = paired(x, self.weight.values());
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
        let (x, weight) = paired(x, self.weight.values());
        let y = x.transpose().matmul(weight.transpose()).cast(DType::F32);
        match &self.bias {
            Some(bias) => y + bias.val().unsqueeze(),
            None => y,
        }
    }

    /// What `first`, then the columns of this layer from `column` on, then a factor for each output make of `x`, as one
    /// product; this layer's own bias is not in it. Beside it what `first`'s bias becomes, `[1, out]`, which the caller
    /// adds where it costs least.
    ///
    /// # Shapes
    /// `[batch, tokens, in of first]` to `[batch, tokens, out]`, f32; `factors` is `[out]`.
    pub fn forward_after(
        &self,
        first: &Self,
        column: usize,
        factors: Tensor<1>,
        x: Tensor<3>,
    ) -> (Tensor<3>, Option<Tensor<2>>) {
        let [between, _] = first.shape();
        let part = self.weight.values().cast(DType::F32) * factors.unsqueeze_dim(1);
        let part = part.narrow(1, column, between);
        let bias = first.bias.as_ref().map(|bias| bias.val().unsqueeze::<2>().matmul(part.clone().transpose()));
        let both = part.matmul(first.weight.values().cast(DType::F32));
        (x.matmul(both.transpose().unsqueeze()), bias)
    }

    /// The layer that does with `x` what this one does with `(x - mean) / deviation`, numbers of each input:
    /// `W' = W / deviation` and `b' = b - W' mean`.
    pub fn standardising(mut self, mean: &[f32], deviation: &[f32]) -> Self {
        let device = self.device();
        let row = |values: &[f32]| {
            let data = TensorData::new(values.to_vec(), [1, values.len()]);
            Tensor::<2>::from_data(data, (&device, DType::F32))
        };
        let weight = self.weight.values() / row(deviation);
        let shift = (weight.clone() * row(mean)).sum_dim(1).squeeze_dim::<1>(1);
        self.bias = self.bias.map(|bias| Param::from_tensor(bias.val() - shift));
        self.weight = Matrix::dense(weight);
        self
    }

    /// The same layer, dense, with the numbers of its matrix in another order.
    pub(super) fn arranged(self, order: impl FnOnce(Tensor<2>) -> Tensor<2>) -> Self {
        Self { weight: Matrix::dense(order(self.weight.values())), ..self }
    }

    /// `[out, in]`
    pub fn shape(&self) -> [usize; 2] {
        self.weight.shape()
    }

    /// The form of its matrix, as people write it: a type of numbers or of blocks.
    pub fn form(&self) -> &'static str {
        self.weight.form()
    }

    /// The type that numbers beside the matrix are best kept in.
    pub fn precision(&self) -> DType {
        self.weight.precision()
    }

    /// The device that multiplies.
    pub fn device(&self) -> Device {
        self.weight.device()
    }

    /// The tensors under their upstream names.
    pub fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        self.named_shaped(name, &self.shape(), into);
    }

    /// As [`Linear::named`], for a weight that upstream keeps in another shape.
    pub fn named_shaped(&self, name: &str, stored: &[usize], into: &mut Vec<NamedTensor>) {
        into.push(NamedTensor::new(format!("{name}.weight"), stored, self.weight.values()));
        if let Some(bias) = &self.bias {
            into.push(NamedTensor::new(format!("{name}.bias"), &bias.val().dims(), bias.val()));
        }
    }
}

impl Embedding {
    /// The vectors of `ids`.
    ///
    /// # Shapes
    /// `[tokens]` to `[tokens, width]`, f32.
    pub fn forward(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        self.weight.rows(ids)
    }

    /// Scores over the vocabulary, for tied checkpoints.
    ///
    /// # Shapes
    /// `[rows, width]` to `[rows, vocabulary]`, f32.
    pub fn project(&self, x: Tensor<2>) -> Tensor<2> {
        self.weight.times(x, 1.0)
    }

    /// [`Embedding::project`] by the products of training, where nobody asks for gradients.
    pub fn project_in_training(&self, x: &Tensor<2>) -> Tensor<2> {
        self.weight.times_in_training(x)
    }

    /// What reaches the input of [`Embedding::project_in_training`] with the gradient `of_scores`.
    ///
    /// # Shapes
    /// `[rows, vocabulary]` to `[rows, width]`, f32.
    pub fn backward(&self, of_scores: &Tensor<2>) -> Tensor<2> {
        self.weight.times_transposed(of_scores)
    }

    /// The table under its upstream name.
    pub fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        into.push(NamedTensor::new(format!("{name}.weight"), &self.weight.shape(), self.weight.values()));
    }
}

/// Both factors in the type that their product is taken in: the weight's, but f32 on the CPU, as a picture has many rows
/// (see [`super::matrix::WIDEN_FROM_ROWS`]).
fn paired(x: Tensor<3>, weight: Tensor<2>) -> (Tensor<3>, Tensor<3>) {
    let precision = if is_cpu(&x.device()) { DType::F32 } else { weight.dtype() };
    (x.cast(precision), weight.cast(precision).unsqueeze())
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;

    #[test]
    fn channels_may_stand_before_places() {
        let device = Device::flex();
        let normal = |shape: [usize; 2]| Tensor::<2>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        for precision in [DType::F32, DType::F16] {
            let linear = Linear::of(normal([5, 7]).cast(precision), Some(normal([1, 5]).squeeze::<1>()));
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
        let weight = Tensor::<2>::full([4, 64], 0.02, &device).cast(DType::F16);
        let loud = Linear::of(weight, None).forward_loud(x).max().into_scalar::<f32>();
        assert!((loud - 512_000.0).abs() < 1000.0, "{loud}");
    }

    /// `W2 diag(factors) (W1 x + b1)` on the columns that the first layer feeds.
    #[test]
    fn two_layers_are_one_product() {
        let device = Device::flex();
        let normal = |shape: [usize; 2]| Tensor::<2>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let first = Linear::of(normal([4, 3]), Some(normal([1, 4]).squeeze::<1>()));
        let (second, factors) = (normal([5, 10]), normal([1, 5]).squeeze::<1>());
        let x = normal([6, 3]).unsqueeze::<3>();
        let (found, offset) = Linear::of(second.clone(), None).forward_after(&first, 2, factors.clone(), x.clone());
        let right = Linear::of(second.narrow(1, 2, 4), None).forward(first.forward(x)) * factors.unsqueeze();
        let difference = (found + offset.unwrap().unsqueeze() - right).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-5, "{difference}");
    }

    #[test]
    fn standardising_is_taken_into_the_layer() {
        let device = Device::flex();
        let (mean, deviation) = ([1.0f32, -2.0, 0.5], [2.0f32, 0.5, 3.0]);
        let row = |values: [f32; 3]| Tensor::<2>::from_data([values], &device);
        let normal = |shape: [usize; 2]| Tensor::<2>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let linear = Linear::of(normal([4, 3]), Some(normal([1, 4]).squeeze::<1>()));
        let x = normal([6, 3]);
        let right = linear.forward((x.clone() - row(mean)) / row(deviation));
        let difference = (linear.standardising(&mean, &deviation).forward(x) - right).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-5, "{difference}");
    }
}
