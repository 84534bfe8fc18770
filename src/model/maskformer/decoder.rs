//! MaskFormer's transformer decoder, that of DETR (<https://arxiv.org/abs/2005.12872>): learned queries look at each other
//! and at the coarsest features, and become one description of a segment each.

use burn::module::{Module, Param};
use burn::tensor::activation::relu;
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::DecoderConfig;
use crate::model::attention::{Mask, attend};
use crate::model::error::ModelError;
use crate::model::linear::Linear;
use crate::model::norm::LayerNorm;
use crate::model::swin::Features;
use crate::model::weights::{Role, Source};

/// Epsilon of the norms; upstream has no field for it.
const NORM_EPSILON: f64 = 1e-5;
/// Base of the position frequencies; upstream has no field for it.
const TEMPERATURE: f32 = 10_000.0;

/// The queries and the layers they go through.
#[derive(Module, Debug)]
pub struct QueryDecoder {
    /// `[1, queries, width]`, what tells the queries apart.
    queries: Param<Tensor<3>>,
    /// Brings the features to the decoder's width; none where they have it.
    projection: Option<Linear>,
    layers: Vec<Layer>,
    norm: LayerNorm,
}

/// Self-attention, attention to the picture, feed-forward network; each followed by its norm.
#[derive(Module, Debug)]
pub struct Layer {
    self_attention: Attention,
    self_norm: LayerNorm,
    picture_attention: Attention,
    picture_norm: LayerNorm,
    inner: Linear,
    outer: Linear,
    norm: LayerNorm,
}

/// Attention with heads.
#[derive(Module, Debug)]
pub struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    #[module(skip)]
    heads: usize,
}

impl QueryDecoder {
    /// Reads the tensors under `{name}.`; the features have `inp` numbers a place.
    pub fn load(source: &dyn Source, name: &str, inp: usize, config: DecoderConfig) -> Result<Self, ModelError> {
        let DecoderConfig { width, queries, .. } = config;
        let projection = match inp == width {
            true => None,
            false => Some(source.linear_shaped(&format!("{name}.input_projection"), &[width, inp, 1, 1], true)?),
        };
        let embedder = format!("{name}.queries_embedder.weight");
        let layer = |index| Layer::load(source, &format!("{name}.decoder.layers.{index}"), config);
        Ok(Self {
            queries: Param::from_tensor(
                source.tensor(&embedder, &[queries, width], [1, queries, width], Role::Matrix)?.cast(DType::F32),
            ),
            projection,
            layers: (0..config.layers).map(layer).collect::<Result<_, _>>()?,
            norm: LayerNorm::load(source, &format!("{name}.decoder.layernorm"), width, NORM_EPSILON)?,
        })
    }

    /// # Shapes
    /// The coarsest features to `[batch, queries, width]`.
    pub fn forward(&self, (features, grid): &Features) -> Tensor<3> {
        let features = match &self.projection {
            Some(projection) => projection.forward(features.clone()),
            None => features.clone(),
        };
        let [batch, _, width] = features.dims();
        let places = features.clone() + positions(*grid, width, &features.device());
        let apart = self.queries.val().repeat_dim(0, batch);
        let mut x = apart.zeros_like();
        for layer in &self.layers {
            x = layer.forward(x, &apart, &features, &places);
        }
        self.norm.forward(x)
    }
}

impl Layer {
    fn load(source: &dyn Source, name: &str, config: DecoderConfig) -> Result<Self, ModelError> {
        let width = config.width;
        let norm = |part: &str| LayerNorm::load(source, &format!("{name}.{part}"), width, NORM_EPSILON);
        let attention = |part: &str| Attention::load(source, &format!("{name}.{part}"), config);
        Ok(Self {
            self_attention: attention("self_attn")?,
            self_norm: norm("self_attn_layer_norm")?,
            picture_attention: attention("encoder_attn")?,
            picture_norm: norm("encoder_attn_layer_norm")?,
            inner: source.linear(&format!("{name}.fc1"), [config.intermediate, width], true)?,
            outer: source.linear(&format!("{name}.fc2"), [width, config.intermediate], true)?,
            norm: norm("final_layer_norm")?,
        })
    }

    /// `x` and `apart` are `[batch, queries, width]`; `features`, and with their positions `places`, are
    /// `[batch, rows * columns, width]`.
    fn forward(&self, x: Tensor<3>, apart: &Tensor<3>, features: &Tensor<3>, places: &Tensor<3>) -> Tensor<3> {
        let asking = x.clone() + apart.clone();
        let seen = self.self_attention.forward(asking.clone(), asking, x.clone());
        let x = self.self_norm.forward(x + seen);
        let seen = self.picture_attention.forward(x.clone() + apart.clone(), places.clone(), features.clone());
        let x = self.picture_norm.forward(x + seen);
        let inner = relu(self.inner.forward(x.clone()));
        self.norm.forward(x + self.outer.forward(inner))
    }
}

impl Attention {
    fn load(source: &dyn Source, name: &str, config: DecoderConfig) -> Result<Self, ModelError> {
        let load = |part: &str| source.linear(&format!("{name}.{part}"), [config.width; 2], true);
        Ok(Self {
            query: load("q_proj")?,
            key: load("k_proj")?,
            value: load("v_proj")?,
            output: load("out_proj")?,
            heads: config.heads,
        })
    }

    /// `[batch, queries, width]` and twice `[batch, keys, width]` to `[batch, queries, width]`.
    fn forward(&self, query: Tensor<3>, key: Tensor<3>, value: Tensor<3>) -> Tensor<3> {
        let shape @ [batch, _, width] = query.dims();
        let of_heads = |t: Tensor<3>| {
            let tokens = t.dims()[1];
            t.reshape([batch, tokens, self.heads, width / self.heads]).swap_dims(1, 2)
        };
        let (query, key, value) = (self.query.forward(query), self.key.forward(key), self.value.forward(value));
        let mixed = attend(of_heads(query), of_heads(key), of_heads(value), &Mask::none());
        self.output.forward(mixed.swap_dims(1, 2).reshape(shape))
    }
}

/// Sines and cosines of each place's row and column, `[1, rows * columns, width]`: the first half of the width tells the
/// row, the second the column (transformers' `MaskFormerSinePositionEmbedding`, normalised).
fn positions([rows, columns]: [usize; 2], width: usize, device: &Device) -> Tensor<3> {
    let half = width / 2;
    let tell = |place: usize, side: usize, values: &mut Vec<f32>| {
        let angle = (place + 1) as f32 / (side as f32 + 1e-6) * std::f32::consts::TAU;
        for number in 0..half {
            let angle = angle / TEMPERATURE.powf((2 * (number / 2)) as f32 / half as f32);
            values.push(if number % 2 == 0 { angle.sin() } else { angle.cos() });
        }
    };
    let mut values = Vec::with_capacity(rows * columns * width);
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        tell(row, rows, &mut values);
        tell(column, columns, &mut values);
    }
    Tensor::from_data(TensorData::new(values, [1, rows * columns, width]), (device, DType::F32))
}
