//! The transformer that both towers share: layers of attention and a feed-forward part, each after a norm.

use burn::module::Module;
use burn::tensor::Tensor;

use super::config::{Activation, EncoderConfig};
use crate::model::attention::{Mask, attend};
use crate::model::elementwise::{gelu, quick_gelu};
use crate::model::error::ModelError;
use crate::model::linear::Linear;
use crate::model::norm::LayerNorm;
use crate::model::weights::Source;

#[derive(Module, Debug)]
struct Layer {
    layer_norm1: LayerNorm,
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    out_proj: Linear,
    layer_norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    #[module(skip)]
    heads: usize,
    #[module(skip)]
    activation: Activation,
}

/// All layers of a tower.
#[derive(Module, Debug)]
pub struct Encoder {
    layers: Vec<Layer>,
}

impl Encoder {
    /// Reads `{tower}.encoder.layers.*`.
    pub fn load(source: &dyn Source, tower: &str, c: &EncoderConfig) -> Result<Self, ModelError> {
        let layer = |index: usize| -> Result<Layer, ModelError> {
            let name = |part: &str| format!("{tower}.encoder.layers.{index}.{part}");
            let linear = |part: &str, shape: [usize; 2]| source.linear(&name(part), shape, true);
            Ok(Layer {
                layer_norm1: LayerNorm::load(source, &name("layer_norm1"), c.hidden, c.epsilon)?,
                q_proj: linear("self_attn.q_proj", [c.hidden, c.hidden])?,
                k_proj: linear("self_attn.k_proj", [c.hidden, c.hidden])?,
                v_proj: linear("self_attn.v_proj", [c.hidden, c.hidden])?,
                out_proj: linear("self_attn.out_proj", [c.hidden, c.hidden])?,
                layer_norm2: LayerNorm::load(source, &name("layer_norm2"), c.hidden, c.epsilon)?,
                fc1: linear("mlp.fc1", [c.intermediate, c.hidden])?,
                fc2: linear("mlp.fc2", [c.hidden, c.intermediate])?,
                heads: c.heads,
                activation: c.activation,
            })
        };
        Ok(Self { layers: (0..c.layers).map(layer).collect::<Result<_, _>>()? })
    }

    /// The states of the first `wanted` tokens of each row. The last layer is computed for these alone: a tower that
    /// looks at one token saves most of that layer.
    ///
    /// # Shapes
    /// `[rows, tokens, hidden]` to `[rows, wanted, hidden]`
    pub fn forward(&self, mut x: Tensor<3>, mask: &Mask, wanted: usize) -> Tensor<3> {
        let tokens = x.dims()[1];
        for (index, layer) in self.layers.iter().enumerate() {
            let last = index + 1 == self.layers.len();
            x = layer.forward(x, mask, if last { wanted } else { tokens });
        }
        x
    }
}

impl Layer {
    fn forward(&self, x: Tensor<3>, mask: &Mask, wanted: usize) -> Tensor<3> {
        let [rows, _, hidden] = x.dims();
        let h = self.layer_norm1.forward(x.clone());
        let (k, v) = (self.split(self.k_proj.forward(h.clone())), self.split(self.v_proj.forward(h.clone())));
        let q = self.split(self.q_proj.forward(first(h, wanted)));
        let mixed = attend(q, k, v, mask).swap_dims(1, 2).reshape([rows, wanted, hidden]);
        let x = first(x, wanted) + self.out_proj.forward(mixed);
        let h = self.fc1.forward(self.layer_norm2.forward(x.clone()));
        x + self.fc2.forward(self.activation.apply(h))
    }

    /// `[rows, tokens, hidden]` to `[rows, heads, tokens, head]`.
    fn split(&self, x: Tensor<3>) -> Tensor<4> {
        let [rows, tokens, hidden] = x.dims();
        x.reshape([rows, tokens, self.heads, hidden / self.heads]).swap_dims(1, 2)
    }
}

fn first(x: Tensor<3>, wanted: usize) -> Tensor<3> {
    if x.dims()[1] == wanted { x } else { x.narrow(1, 0, wanted) }
}

impl Activation {
    fn apply(self, x: Tensor<3>) -> Tensor<3> {
        match self {
            Self::QuickGelu => quick_gelu(x),
            Self::Gelu => gelu(x),
        }
    }
}
