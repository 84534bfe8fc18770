//! SegFormer's encoder, the Mix Transformer: four stages from fine to coarse, each over tokens of overlapping patches
//! (<https://arxiv.org/abs/2105.15203>, section 3.1).

use burn::module::Module;
use burn::tensor::Tensor;

use super::config::{Config, Stage};
use crate::model::attention::{Mask, attend};
use crate::model::convolution::{Activation, Conv, PatchConv, Window};
use crate::model::error::ModelError;
use crate::model::linear::Linear;
use crate::model::norm::LayerNorm;
use crate::model::save::NamedTensor;
use crate::model::weights::Source;

/// Epsilon of all norms. config.json has a field `layer_norm_eps` (1e-6), but upstream never reads it.
const NORM_EPSILON: f64 = 1e-5;

/// What a stage gives: its tokens, `[batch, rows * columns, width]`, and their rows and columns.
pub(super) type Features = (Tensor<3>, [usize; 2]);

/// One stage.
#[derive(Module, Debug)]
pub struct EncoderStage {
    embedding: PatchConv,
    embedding_norm: LayerNorm,
    blocks: Vec<Block>,
    norm: LayerNorm,
    #[module(skip)]
    shape: Stage,
}

/// One transformer block.
#[derive(Module, Debug)]
pub struct Block {
    norm1: LayerNorm,
    attention: Attention,
    norm2: LayerNorm,
    mlp: MixMlp,
}

/// Attention whose keys and values stand for squares of tokens.
#[derive(Module, Debug)]
pub struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    reduction: Option<(PatchConv, LayerNorm)>,
    #[module(skip)]
    heads: usize,
}

/// `dense2(gelu(depthwise(dense1 x)))`; the depthwise convolution tells tokens where they stand.
#[derive(Module, Debug)]
pub struct MixMlp {
    dense1: Linear,
    depthwise: Conv,
    dense2: Linear,
}

impl Stage {
    fn embedding_window(&self) -> Window {
        Window { side: self.patch, stride: self.stride, padding: self.patch / 2 }
    }

    fn reduction_window(&self) -> Window {
        Window { side: self.reduction, stride: self.reduction, padding: 0 }
    }
}

/// Whether a picture of `rows` by `columns` pixels leaves at least one key in every stage.
pub(super) fn is_large_enough(config: &Config, rows: usize, columns: usize) -> bool {
    let mut grid = [rows, columns];
    config.stages.iter().all(|stage| {
        grid = grid.map(|side| stage.embedding_window().count(side));
        grid.iter().all(|&side| stage.reduction_window().count(side) > 0)
    })
}

impl EncoderStage {
    /// Reads the stage with this number, whose tokens are made of `channels` numbers a pixel.
    pub fn load(source: &dyn Source, number: usize, channels: usize, shape: Stage) -> Result<Self, ModelError> {
        let embedding = format!("segformer.encoder.patch_embeddings.{number}");
        let width = shape.width;
        let block = |index| Block::load(source, &block_name(number, index), &shape);
        Ok(Self {
            embedding: PatchConv::load(
                source,
                &format!("{embedding}.proj"),
                [width, channels],
                shape.embedding_window(),
            )?,
            embedding_norm: LayerNorm::load(source, &format!("{embedding}.layer_norm"), width, NORM_EPSILON)?,
            blocks: (0..shape.depth).map(block).collect::<Result<_, _>>()?,
            norm: LayerNorm::load(source, &norm_name(number), width, NORM_EPSILON)?,
            shape,
        })
    }

    /// # Shapes
    /// `[batch, rows, columns, channels]` of the stage before to this stage's features.
    pub(super) fn forward(&self, x: Tensor<4>) -> Features {
        let (x, grid) = self.embedding.forward(x);
        let mut x = self.embedding_norm.forward(x);
        for block in &self.blocks {
            x = block.forward(x, grid);
        }
        (self.norm.forward(x), grid)
    }

    /// All parameters under their upstream names.
    pub fn named(&self, number: usize, into: &mut Vec<NamedTensor>) {
        let embedding = format!("segformer.encoder.patch_embeddings.{number}");
        self.embedding.named(&format!("{embedding}.proj"), into);
        self.embedding_norm.named(&format!("{embedding}.layer_norm"), into);
        for (index, block) in self.blocks.iter().enumerate() {
            block.named(&block_name(number, index), into);
        }
        self.norm.named(&norm_name(number), into);
    }
}

fn block_name(stage: usize, block: usize) -> String {
    format!("segformer.encoder.block.{stage}.{block}")
}

fn norm_name(stage: usize) -> String {
    format!("segformer.encoder.layer_norm.{stage}")
}

impl Block {
    fn load(source: &dyn Source, name: &str, shape: &Stage) -> Result<Self, ModelError> {
        let (width, inside) = (shape.width, shape.width * shape.widening);
        let norm = |part: &str| LayerNorm::load(source, &format!("{name}.{part}"), width, NORM_EPSILON);
        let dense = |part: &str, shape| source.linear(&format!("{name}.{part}"), shape, true);
        let reduction = match shape.reduction {
            1 => None,
            _ => Some((
                PatchConv::load(source, &format!("{name}.attention.self.sr"), [width; 2], shape.reduction_window())?,
                norm("attention.self.layer_norm")?,
            )),
        };
        Ok(Self {
            norm1: norm("layer_norm_1")?,
            attention: Attention {
                query: dense("attention.self.query", [width; 2])?,
                key: dense("attention.self.key", [width; 2])?,
                value: dense("attention.self.value", [width; 2])?,
                output: dense("attention.output.dense", [width; 2])?,
                reduction,
                heads: shape.heads,
            },
            norm2: norm("layer_norm_2")?,
            mlp: MixMlp {
                dense1: dense("mlp.dense1", [inside, width])?,
                depthwise: Conv::load_depthwise(source, &format!("{name}.mlp.dwconv.dwconv"), inside, [3; 2])?,
                dense2: dense("mlp.dense2", [width, inside])?,
            },
        })
    }

    /// # Shapes
    /// `[batch, tokens, width]` to the same, the tokens lying in `grid`'s rows and columns.
    fn forward(&self, x: Tensor<3>, grid: [usize; 2]) -> Tensor<3> {
        let x = x.clone() + self.attention.forward(self.norm1.forward(x), grid);
        x.clone() + self.mlp.forward(self.norm2.forward(x), grid)
    }

    fn named(&self, name: &str, into: &mut Vec<NamedTensor>) {
        self.norm1.named(&format!("{name}.layer_norm_1"), into);
        self.norm2.named(&format!("{name}.layer_norm_2"), into);
        let attention = &self.attention;
        attention.query.named(&format!("{name}.attention.self.query"), into);
        attention.key.named(&format!("{name}.attention.self.key"), into);
        attention.value.named(&format!("{name}.attention.self.value"), into);
        attention.output.named(&format!("{name}.attention.output.dense"), into);
        if let Some((reduction, norm)) = &attention.reduction {
            reduction.named(&format!("{name}.attention.self.sr"), into);
            norm.named(&format!("{name}.attention.self.layer_norm"), into);
        }
        self.mlp.dense1.named(&format!("{name}.mlp.dense1"), into);
        self.mlp.depthwise.named(&format!("{name}.mlp.dwconv.dwconv"), into);
        self.mlp.dense2.named(&format!("{name}.mlp.dense2"), into);
    }
}

impl Attention {
    fn forward(&self, x: Tensor<3>, [rows, columns]: [usize; 2]) -> Tensor<3> {
        let [batch, tokens, width] = x.dims();
        let query = self.query.forward(x.clone());
        let seen = match &self.reduction {
            Some((reduction, norm)) => norm.forward(reduction.forward(x.reshape([batch, rows, columns, width])).0),
            None => x,
        };
        let keys = seen.dims()[1];
        // [batch, heads, tokens, head]
        let heads = |t: Tensor<3>, count| t.reshape([batch, count, self.heads, width / self.heads]).swap_dims(1, 2);
        let (key, value) = (self.key.forward(seen.clone()), self.value.forward(seen));
        let mixed = attend(heads(query, tokens), heads(key, keys), heads(value, keys), &Mask::none());
        self.output.forward(mixed.swap_dims(1, 2).reshape([batch, tokens, width]))
    }
}

impl MixMlp {
    fn forward(&self, x: Tensor<3>, [rows, columns]: [usize; 2]) -> Tensor<3> {
        let planes = self.dense1.forward_to_planes(x);
        let [batch, inside, tokens] = planes.dims();
        let planes = planes.reshape([batch, inside, rows, columns]);
        let planes = self.depthwise.forward_then(planes, Activation::Gelu);
        self.dense2.forward_from_planes(planes.reshape([batch, inside, tokens]))
    }
}
