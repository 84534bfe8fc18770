//! The backbone of both networks, a PP-LCNet of PP-OCRv6 (<https://github.com/PaddlePaddle/PaddleOCR>): a stem that
//! makes the picture four times smaller, then blocks of a depthwise convolution and two products. Tensors are called as
//! `training/reader/export.py` calls them.

use burn::module::Module;
use burn::tensor::Tensor;

use super::layers::{Activation, Conv, Squeeze, most_of_four};
use crate::model::error::ModelError;
use crate::model::weights::Source;

/// Slope of the blocks' hard sigmoids, a sixth in f32.
const SLOPE: f64 = 0.166_666_701;

/// What a block does.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockShape {
    /// Channels that it gives.
    pub(super) width: usize,
    /// Places from one of its own to the next, rows before columns.
    pub(super) stride: [usize; 2],
    /// Whether it weighs its channels.
    pub(super) squeezes: bool,
}

/// Stem and blocks.
#[derive(Module, Debug)]
pub struct Backbone {
    stem: Vec<Conv>,
    blocks: Vec<Block>,
}

/// Places are mixed by the depthwise convolution, channels by the products `project(gelu(expand x))`.
#[derive(Module, Debug)]
pub struct Block {
    depthwise: Conv,
    squeeze: Option<Squeeze>,
    expand: Conv,
    project: Conv,
    #[module(skip)]
    keeps_width: bool,
}

impl Backbone {
    /// Reads `backbone.*`; the stem is `width` channels wide inside and gives twice as many.
    pub(super) fn load(source: &dyn Source, width: usize, shapes: &[BlockShape]) -> Result<Self, ModelError> {
        let stem = |index: usize, shape| Conv::load(source, &format!("backbone.stem.{index}"), shape);
        let half = width / 2;
        let stem = vec![
            stem(0, [width, 3, 3, 3])?.with_stride([2; 2]).with_padding(1),
            stem(1, [half, width, 2, 2])?.with_padding_of(0, 1),
            stem(2, [width, half, 2, 2])?.with_padding_of(0, 1),
            stem(3, [width, 2 * width, 3, 3])?.with_stride([2; 2]).with_padding(1),
            stem(4, [2 * width, width, 1, 1])?,
        ];
        let mut channels = 2 * width;
        let mut blocks = Vec::with_capacity(shapes.len());
        for (index, shape) in shapes.iter().enumerate() {
            blocks.push(Block::load(source, &format!("backbone.blocks.{index}"), channels, *shape)?);
            channels = shape.width;
        }
        Ok(Self { stem, blocks })
    }

    /// What the blocks with these numbers give, which rise.
    ///
    /// # Shapes
    /// `[batch, 3, rows, columns]` to `[batch, width, rows / 4, columns / 4]` for blocks that no stride precedes.
    pub(super) fn forward(&self, x: Tensor<4>, wanted: &[usize]) -> Vec<Tensor<4>> {
        let mut x = self.stem(x);
        let mut outputs = Vec::with_capacity(wanted.len());
        for (number, block) in self.blocks.iter().enumerate() {
            x = block.forward(x);
            if wanted.contains(&number) {
                outputs.push(x.clone());
            }
        }
        outputs
    }

    fn stem(&self, x: Tensor<4>) -> Tensor<4> {
        let with_relu = |index: usize, x| self.stem[index].forward_then(x, Activation::Relu);
        let x = with_relu(0, x);
        let fine = with_relu(2, with_relu(1, x.clone()));
        // No number is below zero here, so that the zeros behind never win.
        let coarse = most_of_four(x);
        with_relu(4, with_relu(3, Tensor::cat(vec![coarse, fine], 1)))
    }
}

impl Block {
    /// Reads `{name}.*`; it is given so many channels.
    pub(super) fn load(
        source: &dyn Source,
        name: &str,
        channels: usize,
        shape: BlockShape,
    ) -> Result<Self, ModelError> {
        let depthwise = Conv::load_depthwise(source, &format!("{name}.depthwise"), channels, [3; 2])?;
        let squeeze = match shape.squeezes {
            true => Some(Squeeze::load(source, name, channels, SLOPE)?),
            false => None,
        };
        Ok(Self {
            depthwise: depthwise.with_stride(shape.stride),
            squeeze,
            expand: Conv::load_point(source, &format!("{name}.expand"), [2 * channels, channels])?,
            project: Conv::load_point(source, &format!("{name}.project"), [shape.width, 2 * channels])?,
            keeps_width: shape.width == channels,
        })
    }

    /// # Shapes
    /// `[batch, channels, rows, columns]` to `[batch, width, rows / stride, columns / stride]`.
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.depthwise.forward(x);
        let x = match &self.squeeze {
            Some(squeeze) => squeeze.forward(x, 0.0),
            None => x,
        };
        self.expand.forward_through(&self.project, x, Activation::Gelu, self.keeps_width)
    }
}
