//! What a line of text says: PP-OCRv6's small recogniser. A backbone makes one column of numbers of every eight pixels,
//! two transformer blocks let the columns see each other (SVTR, <https://arxiv.org/abs/2205.00159>), and each column is
//! told apart among the characters and "none" (connectionist temporal classification, Graves et al. 2006).

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;

use super::backbone::{Backbone, BlockShape};
use super::layers::{Activation, Conv};
use crate::model::attention::{Mask, attend};
use crate::model::elementwise::silu;
use crate::model::error::ModelError;
use crate::model::linear::Linear;
use crate::model::norm::LayerNorm;
use crate::model::weights::Source;

/// Rows of pixels of a line.
pub(super) const LINE_HEIGHT: u32 = 48;
/// Columns of pixels for each column of scores.
pub(super) const COLUMN_WIDTH: u32 = 8;

/// Channels inside the stem.
const STEM: usize = 48;
/// The blocks; only rows are left out, a line keeps its length.
pub(super) const BLOCKS: [BlockShape; 13] = [
    block(96, 1, true),
    block(96, 1, false),
    block(96, 1, false),
    block(192, 2, false),
    block(192, 1, true),
    block(192, 1, false),
    block(192, 1, true),
    block(192, 1, false),
    block(192, 1, true),
    block(192, 1, false),
    block(384, 2, false),
    block(384, 1, true),
    block(384, 1, false),
];
/// The number of the last block.
pub(super) const LAST: usize = BLOCKS.len() - 1;
/// Channels that the backbone gives.
const SEEN: usize = 384;
/// Channels of the neck.
const WIDTH: usize = 120;
/// Attention heads.
const HEADS: usize = 8;
/// Epsilon of the blocks' norms, and of the last one.
const EPSILONS: [f64; 2] = [1e-5, 1e-6];

const fn block(width: usize, rows: usize, squeezes: bool) -> BlockShape {
    BlockShape { width, stride: [rows, 1], squeezes }
}

/// The whole network.
#[derive(Module, Debug)]
pub struct Recogniser {
    backbone: Backbone,
    shortcut: Conv,
    narrow: Conv,
    mix: Conv,
    blocks: Vec<LineBlock>,
    norm: LayerNorm,
    /// `[classes, WIDTH]`.
    head: Linear,
    /// Those of the classes from 1 on.
    #[module(skip)]
    characters: Vec<String>,
}

/// One transformer block over the columns of a line.
#[derive(Module, Debug)]
pub struct LineBlock {
    norm1: LayerNorm,
    qkv: Linear,
    project: Linear,
    norm2: LayerNorm,
    expand: Linear,
    contract: Linear,
}

impl Recogniser {
    /// Reads the tensors from `source`, and the characters of a list, one a line.
    pub fn load(source: &dyn Source, characters: &str) -> Result<Self, ModelError> {
        let characters: Vec<String> = characters.split('\n').map(str::to_owned).collect();
        let block = |index| LineBlock::load(source, &format!("neck.blocks.{index}"));
        Ok(Self {
            backbone: Backbone::load(source, STEM, &BLOCKS)?,
            shortcut: Conv::load_point(source, "neck.shortcut", [WIDTH, SEEN])?,
            narrow: Conv::load_point(source, "neck.narrow", [WIDTH, SEEN])?,
            mix: Conv::load_depthwise(source, "neck.mix", WIDTH, [1, 7])?,
            blocks: (0..2).map(block).collect::<Result<_, _>>()?,
            norm: LayerNorm::load(source, "neck.norm", WIDTH, EPSILONS[1])?,
            head: source.linear("head", [characters.len() + 1, WIDTH], true)?,
            characters,
        })
    }

    /// What it can read; class `n` is character `n - 1`.
    pub fn characters(&self) -> &[String] {
        &self.characters
    }

    /// What the backbone's blocks with these numbers see.
    ///
    /// # Shapes
    /// `[batch, 3, LINE_HEIGHT, pixels]`, blue before red, each level from -1 to 1, to `[batch, channels, rows, pixels / 4]`.
    pub fn see(&self, pixels: Tensor<4>, blocks: &[usize]) -> Vec<Tensor<4>> {
        self.backbone.forward(pixels, blocks)
    }

    /// What the backbone's last block saw, read.
    ///
    /// # Shapes
    /// `[batch, channels, rows, pixels / 4]` to scores over the classes, `[batch, pixels / COLUMN_WIDTH, classes]`; class 0
    /// is "none".
    pub fn read(&self, seen: Tensor<4>) -> Tensor<3> {
        let seen = avg_pool2d(seen, AvgPoolOptions::new([3, 2]).with_stride([3, 2]));
        let narrow = self.narrow.forward_then(seen.clone(), Activation::Silu);
        let mixed = narrow.clone() + self.mix.forward_then(narrow, Activation::Silu);
        let mut columns = as_columns(mixed);
        for block in &self.blocks {
            columns = block.forward(columns);
        }
        let shortcut = as_columns(self.shortcut.forward_then(seen, Activation::Silu));
        self.head.forward(self.norm.forward(columns) + shortcut)
    }
}

/// `[batch, channels, 1, columns]` to `[batch, columns, channels]`.
fn as_columns(x: Tensor<4>) -> Tensor<3> {
    let [batch, channels, _, columns] = x.dims();
    x.reshape([batch, channels, columns]).swap_dims(1, 2)
}

impl LineBlock {
    fn load(source: &dyn Source, name: &str) -> Result<Self, ModelError> {
        let norm = |part: &str| LayerNorm::load(source, &format!("{name}.{part}"), WIDTH, EPSILONS[0]);
        let dense = |part: &str, shape| source.linear(&format!("{name}.{part}"), shape, true);
        Ok(Self {
            norm1: norm("norm1")?,
            qkv: dense("qkv", [3 * WIDTH, WIDTH])?,
            project: dense("project", [WIDTH; 2])?,
            norm2: norm("norm2")?,
            expand: dense("expand", [2 * WIDTH, WIDTH])?,
            contract: dense("contract", [WIDTH, 2 * WIDTH])?,
        })
    }

    /// # Shapes
    /// `[batch, columns, WIDTH]` to the same.
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let x = x.clone() + self.attention(self.norm1.forward(x));
        x.clone() + self.contract.forward(silu(self.expand.forward(self.norm2.forward(x))))
    }

    fn attention(&self, x: Tensor<3>) -> Tensor<3> {
        let [batch, columns, width] = x.dims();
        let qkv = self.qkv.forward(x).reshape([batch, columns, 3, HEADS, width / HEADS]);
        // [batch, heads, columns, head] of queries, keys or values.
        let part = |number| qkv.clone().narrow(2, number, 1).squeeze_dim::<4>(2).swap_dims(1, 2);
        let mixed = attend(part(0), part(1), part(2), &Mask::none());
        self.project.forward(mixed.swap_dims(1, 2).reshape([batch, columns, width]))
    }
}
