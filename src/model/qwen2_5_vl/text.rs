//! The language model: Qwen2.5's decoder with grouped-query attention and multimodal rotary positions.

use std::ops::ControlFlow;

use burn::module::Module;
use burn::tensor::{DType, Device, Int, Tensor};

use super::config::TextConfig;
use crate::model::attention::Mask;
use crate::model::cache::{Cache, Memory};
use crate::model::compute::is_cpu;
use crate::model::dropout::Dropout;
use crate::model::error::ModelError;
use crate::model::linear::{Embedding, Linear};
use crate::model::network::GoOn;
use crate::model::norm::RmsNorm;
use crate::model::rotary::Rotary;
use crate::model::save::NamedTensor;
use crate::model::self_attention;
use crate::model::weights::Source;

/// Attention of one layer; queries, keys and values have biases, the output has none.
#[derive(Module, Debug)]
pub struct TextAttention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    o_proj: Linear,
    #[module(skip)]
    head: usize,
}

/// `down(silu(gate x) * up x)`, without biases.
#[derive(Module, Debug)]
pub struct TextMlp {
    gate_proj: Linear,
    up_proj: Linear,
    down_proj: Linear,
}

/// One decoder layer.
#[derive(Module, Debug)]
pub struct TextLayer {
    input_layernorm: RmsNorm,
    self_attn: TextAttention,
    post_attention_layernorm: RmsNorm,
    mlp: TextMlp,
}

/// Token table, layers, final norm and output layer.
#[derive(Module, Debug)]
pub struct TextModel {
    embed_tokens: Embedding,
    layers: Vec<TextLayer>,
    norm: RmsNorm,
    /// None where the token table is the output layer too.
    lm_head: Option<Linear>,
}

/// The linear layers of a decoder layer by name, borrowed as `&` or `&mut`.
macro_rules! linears {
    ([$($borrowed:tt)+] $layer:expr) => {
        [
            ("self_attn.q_proj", $($borrowed)+ $layer.self_attn.q_proj),
            ("self_attn.k_proj", $($borrowed)+ $layer.self_attn.k_proj),
            ("self_attn.v_proj", $($borrowed)+ $layer.self_attn.v_proj),
            ("self_attn.o_proj", $($borrowed)+ $layer.self_attn.o_proj),
            ("mlp.gate_proj", $($borrowed)+ $layer.mlp.gate_proj),
            ("mlp.up_proj", $($borrowed)+ $layer.mlp.up_proj),
            ("mlp.down_proj", $($borrowed)+ $layer.mlp.down_proj),
        ]
    };
}

impl TextModel {
    /// Reads `model.*` and `lm_head`.
    pub fn load(source: &dyn Source, config: &TextConfig) -> Result<Self, ModelError> {
        let c = config;
        let (q, kv) = (c.heads * c.head(), c.kv_heads * c.head());
        let layer = |index: usize| -> Result<TextLayer, ModelError> {
            let name = |part: &str| name_of(index, part);
            let norm = |part: &str| RmsNorm::load(source, &name(part), c.hidden, c.norm_epsilon);
            Ok(TextLayer {
                input_layernorm: norm("input_layernorm")?,
                self_attn: TextAttention {
                    q_proj: source.linear(&name("self_attn.q_proj"), [q, c.hidden], true)?,
                    k_proj: source.linear(&name("self_attn.k_proj"), [kv, c.hidden], true)?,
                    v_proj: source.linear(&name("self_attn.v_proj"), [kv, c.hidden], true)?,
                    o_proj: source.linear(&name("self_attn.o_proj"), [c.hidden, q], false)?,
                    head: c.head(),
                },
                post_attention_layernorm: norm("post_attention_layernorm")?,
                mlp: TextMlp {
                    gate_proj: source.linear(&name("mlp.gate_proj"), [c.intermediate, c.hidden], false)?,
                    up_proj: source.linear(&name("mlp.up_proj"), [c.intermediate, c.hidden], false)?,
                    down_proj: source.linear(&name("mlp.down_proj"), [c.hidden, c.intermediate], false)?,
                },
            })
        };
        let head = || source.linear("lm_head", [c.vocabulary, c.hidden], false);
        Ok(Self {
            embed_tokens: source.embedding("model.embed_tokens", [c.vocabulary, c.hidden])?,
            layers: (0..c.layers).map(layer).collect::<Result<_, _>>()?,
            norm: RmsNorm::load(source, "model.norm", c.hidden, c.norm_epsilon)?,
            lm_head: match c.tied {
                Some(true) => None,
                Some(false) => Some(head()?),
                // A checkpoint that says nothing of it and has no second table has one for both.
                None => match head() {
                    Err(ModelError::MissingTensor { .. }) => None,
                    head => Some(head?),
                },
            },
        })
    }

    /// An empty cache of the right size and precision.
    pub(crate) fn new_cache(&self, config: &TextConfig) -> Cache {
        // The CPU attends in f32 and would widen the whole history at every token.
        let precision = match self.layers.first() {
            Some(layer) if !is_cpu(&self.device()) => layer.self_attn.q_proj.precision(),
            _ => DType::F32,
        };
        Cache::new(config.layers, config.max_positions, precision)
    }

    /// # Shapes
    /// `[tokens]` to `[tokens, hidden]`.
    pub fn embed(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        self.embed_tokens.forward(ids)
    }

    /// The last layer's output after the final norm for new tokens of one sequence, which stand at these positions (time,
    /// height, width).
    ///
    /// # Shapes
    /// `[new tokens, hidden]` to the same.
    pub(crate) fn read(
        &self,
        x: Tensor<2>,
        positions: &[[u32; 3]],
        config: &TextConfig,
        mask: &Mask,
        memory: Memory<'_>,
        go_on: GoOn<'_>,
    ) -> ControlFlow<(), Tensor<2>> {
        let rotary = Rotary::multimodal(&[positions.to_vec()], config.mrope_section, config.rope_theta, &x.device());
        let states = self.forward(x.unsqueeze::<3>(), &rotary, mask, memory, go_on)?;
        ControlFlow::Continue(states.squeeze_dim(0))
    }

    /// The last layer's output after the final norm.
    ///
    /// # Shapes
    /// `[batch, new tokens, hidden]` to the same; `rotary` and `mask` are for the new tokens. `go_on` is asked before each
    /// layer.
    pub(crate) fn forward(
        &self,
        mut x: Tensor<3>,
        rotary: &Rotary,
        mask: &Mask,
        mut memory: Memory<'_>,
        go_on: GoOn<'_>,
    ) -> ControlFlow<(), Tensor<3>> {
        let new = x.dims()[1];
        let mut delta = None;
        for (index, layer) in self.layers.iter().enumerate() {
            go_on()?;
            let [sum, more] = layer.forward(x, delta, rotary, mask, index, &mut memory);
            (x, delta) = (sum, Some(more));
        }
        if let Memory::Append(cache) = memory {
            cache.advance(new);
        }
        let [_, normed] = self.norm.forward_sum(x, delta);
        ControlFlow::Continue(normed)
    }

    /// The layers.
    pub fn layers(&self) -> &[TextLayer] {
        &self.layers
    }

    /// The last layer's output after the final norm.
    ///
    /// # Shapes
    /// `[rows, hidden]` to the same.
    pub(super) fn normed(&self, x: Tensor<2>) -> Tensor<2> {
        self.norm.forward(x)
    }

    /// The linear layers of all layers, by name.
    pub(super) fn linears(&self) -> impl Iterator<Item = (String, &Linear)> {
        let layers = self.layers.iter().enumerate();
        layers.flat_map(|(index, layer)| linears!([&] layer).map(|(part, linear)| (name_of(index, part), linear)))
    }

    /// The same, to be changed.
    pub(super) fn linears_mut(&mut self) -> impl Iterator<Item = (String, &mut Linear)> {
        let layers = self.layers.iter_mut().enumerate();
        layers.flat_map(|(index, layer)| linears!([&mut] layer).map(|(part, linear)| (name_of(index, part), linear)))
    }

    /// [`TextModel::logits`] by the products of training, where nobody asks for gradients.
    pub(super) fn logits_in_training(&self, hidden: &Tensor<2>) -> Tensor<2> {
        match &self.lm_head {
            Some(head) => head.forward_in_training(hidden),
            None => self.embed_tokens.project_in_training(hidden),
        }
    }

    /// What reaches the input of [`TextModel::logits_in_training`] with the gradient `of_logits`.
    ///
    /// # Shapes
    /// `[rows, vocabulary]` to `[rows, hidden]`.
    pub(super) fn logits_backward(&self, of_logits: &Tensor<2>) -> Tensor<2> {
        match &self.lm_head {
            Some(head) => head.backward(of_logits),
            None => self.embed_tokens.backward(of_logits),
        }
    }

    /// Scores over the vocabulary.
    ///
    /// # Shapes
    /// `[rows, hidden]` to `[rows, vocabulary]`.
    pub fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        match &self.lm_head {
            Some(head) => head.forward(hidden),
            None => self.embed_tokens.project(hidden),
        }
    }

    /// The device that holds the model.
    pub fn device(&self) -> Device {
        self.norm.weight.val().device()
    }

    /// The form in which most matrices are held, as people write it: a type of numbers or of blocks.
    pub fn form(&self) -> &'static str {
        self.layers.first().map_or("f32", |layer| layer.mlp.gate_proj.form())
    }

    /// All parameters under their upstream names.
    pub fn named(&self, into: &mut Vec<NamedTensor>) {
        self.embed_tokens.named("model.embed_tokens", into);
        for (index, layer) in self.layers.iter().enumerate() {
            let name = |part: &str| name_of(index, part);
            layer.input_layernorm.named(&name("input_layernorm"), into);
            layer.post_attention_layernorm.named(&name("post_attention_layernorm"), into);
            linears!([&] layer).into_iter().for_each(|(part, linear)| linear.named(&name(part), into));
        }
        self.norm.named("model.norm", into);
        if let Some(head) = &self.lm_head {
            head.named("lm_head", into);
        }
    }
}

/// The upstream name of a part of a layer.
fn name_of(layer: usize, part: &str) -> String {
    format!("model.layers.{layer}.{part}")
}

impl TextLayer {
    /// What the layer takes, `x + delta`, and what it adds to that in the end: the next norm adds the two.
    fn forward(
        &self,
        x: Tensor<3>,
        delta: Option<Tensor<3>>,
        rotary: &Rotary,
        mask: &Mask,
        index: usize,
        memory: &mut Memory<'_>,
    ) -> [Tensor<3>; 2] {
        let [x, gated] = self.before_last(x, delta, rotary, mask, index, memory);
        [x, self.mlp.down_proj.forward_loud(gated)]
    }

    /// What the layer makes of `x`, by itself: for training, which keeps what goes into each.
    ///
    /// # Shapes
    /// `[batch, tokens, hidden]` to the same.
    pub(super) fn alone(&self, x: Tensor<3>, rotary: &Rotary, mask: &Mask) -> Tensor<3> {
        let [sum, more] = self.forward(x, None, rotary, mask, 0, &mut Memory::None);
        sum + more
    }

    /// A number whose gradients are those of the sum of `y * of_y`, with `y` what [`TextLayer::alone`] gives; the last product
    /// of the layer, which none of them follows from, is not computed.
    pub(super) fn pull(&self, x: Tensor<3>, rotary: &Rotary, mask: &Mask, of_y: Tensor<3>) -> Tensor<1> {
        let [sum, gated] = self.before_last(x, None, rotary, mask, 0, &mut Memory::None);
        (sum * of_y.clone().autodiff()).sum() + self.mlp.down_proj.pull(gated, of_y)
    }

    /// The same layer, without gradients.
    pub(super) fn still(&self) -> Self {
        let mut still = self.clone();
        linears!([&mut] still).into_iter().for_each(|(_, linear)| *linear = linear.still());
        still
    }

    /// The same layer, the one with number `index`, with so much left out of what goes into the adapter that learns.
    pub(super) fn leaving_out(&self, dropout: Dropout, index: usize) -> Self {
        let mut leaving = self.clone();
        for (part, linear) in linears!([&mut] leaving) {
            linear.leave_out(dropout.of_layer(&name_of(index, part)));
        }
        leaving
    }

    /// The sum that the layer ends with, without its last part, and what the last product is taken of.
    fn before_last(
        &self,
        x: Tensor<3>,
        delta: Option<Tensor<3>>,
        rotary: &Rotary,
        mask: &Mask,
        index: usize,
        memory: &mut Memory<'_>,
    ) -> [Tensor<3>; 2] {
        let [x, h] = self.input_layernorm.forward_sum(x, delta);
        let attended = self.self_attn.forward(h, rotary, mask, index, memory);
        let [x, h] = self.post_attention_layernorm.forward_sum(x, Some(attended));
        [x, Linear::forward_gated(&self.mlp.gate_proj, &self.mlp.up_proj, h)]
    }
}

impl TextAttention {
    fn forward(&self, x: Tensor<3>, rotary: &Rotary, mask: &Mask, index: usize, memory: &mut Memory<'_>) -> Tensor<3> {
        let projections = [&self.q_proj, &self.k_proj, &self.v_proj];
        self.o_proj.forward(self_attention::forward(projections, self.head, x, rotary, mask, index, memory))
    }
}
