//! The backbone of both networks, a PP-LCNet of PP-OCRv6 (<https://github.com/PaddlePaddle/PaddleOCR>): a stem that
//! makes the picture four times smaller, then blocks of a depthwise convolution and two products. Tensors are called as
//! `training/reader/export.py` calls them.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;

use super::layers::{Conv, Squeeze, padded_behind};
use crate::model::elementwise::gelu;
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
            stem(1, [half, width, 2, 2])?,
            stem(2, [width, half, 2, 2])?,
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

    /// What each block gives, in order.
    ///
    /// # Shapes
    /// `[batch, 3, rows, columns]` to `[batch, width, rows / 4, columns / 4]` for blocks that no stride precedes.
    pub(super) fn forward(&self, x: Tensor<4>) -> Vec<Tensor<4>> {
        let mut x = self.stem(x);
        let mut outputs = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            x = block.forward(x);
            outputs.push(x.clone());
        }
        outputs
    }

    fn stem(&self, x: Tensor<4>) -> Tensor<4> {
        let x = padded_behind(relu(self.stem[0].forward(x)));
        let fine = padded_behind(relu(self.stem[1].forward(x.clone())));
        let fine = relu(self.stem[2].forward(fine));
        // No number is below zero here, so that the zeros behind never win.
        let coarse = max_pool2d(x, MaxPoolOptions::new([2, 2]).with_stride([1, 1]));
        let x = relu(self.stem[3].forward(Tensor::cat(vec![coarse, fine], 1)));
        relu(self.stem[4].forward(x))
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
            Some(squeeze) => x.clone() * squeeze.weights(x),
            None => x,
        };
        let mixed = self.project.forward(gelu(self.expand.forward(x.clone())));
        if self.keeps_width { x + mixed } else { mixed }
    }
}
