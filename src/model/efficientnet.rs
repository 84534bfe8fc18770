//! The first six stages of EfficientNet-lite0 (<https://arxiv.org/abs/1905.11946>, without squeeze-and-excitation and with
//! ReLU6), batch norms folded into the convolutions: what a network that has seen a million photographs finds at the
//! scales of edges, textures and parts of things.

use burn::tensor::Tensor;

use super::convolution::{Activation, Conv};
use super::error::ModelError;
use super::weights::Source;

/// Channels of the first convolution.
const STEM: usize = 32;

/// A stage of the network: blocks of one width at one scale.
struct Stage {
    blocks: usize,
    /// Of the depthwise convolutions.
    side: usize,
    /// Of the first block; the others have 1.
    stride: usize,
    /// How many times wider a block is inside.
    expansion: usize,
    width: usize,
}

const fn stage([blocks, side, stride, expansion, width]: [usize; 5]) -> Stage {
    Stage { blocks, side, stride, expansion, width }
}

/// The stages in their order (table 1 of the paper) but for the last, which names things, and is not needed here.
const STAGES: [Stage; 6] = [
    stage([1, 3, 1, 1, 16]),
    stage([2, 3, 2, 6, 24]),
    stage([2, 5, 2, 6, 40]),
    stage([3, 3, 2, 6, 80]),
    stage([3, 5, 1, 6, 112]),
    stage([4, 5, 2, 6, 192]),
];

/// The widths of [`EfficientNet::forward`]'s answers.
pub const WIDTHS: [usize; STAGES.len()] = [16, 24, 40, 80, 112, 192];

/// The network without its last stage.
#[derive(Debug)]
pub struct EfficientNet {
    stem: Conv,
    stages: Vec<Vec<Block>>,
}

impl EfficientNet {
    /// Reads `stem` and `blocks.N.{expand,depthwise,project}`, each `.weight` and `.bias`.
    pub fn load(source: &dyn Source) -> Result<Self, ModelError> {
        let stem = same(Conv::load(source, "stem", [STEM, 3, 3, 3])?, 3, 2);
        let (mut number, mut inp) = (0, STEM);
        let mut stages = Vec::with_capacity(STAGES.len());
        for stage in &STAGES {
            let mut blocks = Vec::with_capacity(stage.blocks);
            for place in 0..stage.blocks {
                let stride = if place == 0 { stage.stride } else { 1 };
                blocks.push(Block::load(source, &format!("blocks.{number}"), inp, stride, stage)?);
                (number, inp) = (number + 1, stage.width);
            }
            stages.push(blocks);
        }
        Ok(Self { stem, stages })
    }

    /// What each stage makes of a picture.
    ///
    /// # Shapes
    /// `[batch, 3, rows, columns]`, normalised, to `[batch, width, rows / s, columns / s]` for the widths of [`WIDTHS`]
    /// and s of 2, 4, 8, 16, 16 and 32.
    pub fn forward(&self, pixels: Tensor<4>) -> Vec<Tensor<4>> {
        let mut x = self.stem.forward_then(pixels, Activation::Relu6);
        let mut after = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            for block in stage {
                x = block.forward(x);
            }
            after.push(x.clone());
        }
        after
    }
}

/// An inverted bottleneck: wider, each channel for itself, narrow again; its input is added where the shape is the same.
#[derive(Debug)]
struct Block {
    expand: Option<Conv>,
    depthwise: Conv,
    project: Conv,
    adds: bool,
}

impl Block {
    fn load(source: &dyn Source, name: &str, inp: usize, stride: usize, stage: &Stage) -> Result<Self, ModelError> {
        let inside = inp * stage.expansion;
        let point = |part: &str, shape| Conv::load_point(source, &format!("{name}.{part}"), shape);
        let depthwise = Conv::load_depthwise(source, &format!("{name}.depthwise"), inside, [stage.side; 2])?;
        Ok(Self {
            expand: if stage.expansion > 1 { Some(point("expand", [inside, inp])?) } else { None },
            depthwise: same(depthwise, stage.side, stride),
            project: point("project", [stage.width, inside])?,
            adds: stride == 1 && inp == stage.width,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let before = self.adds.then(|| x.clone());
        let x = match &self.expand {
            Some(expand) => expand.forward_then(x, Activation::Relu6),
            None => x,
        };
        let x = self.project.forward(self.depthwise.forward_then(x, Activation::Relu6));
        match before {
            Some(before) => before + x,
            None => x,
        }
    }
}

/// The convolution with zeros as TensorFlow's "SAME" has them for sides that the stride divides: the odd one comes behind.
fn same(convolution: Conv, side: usize, stride: usize) -> Conv {
    let zeros = side - stride;
    convolution.with_stride([stride; 2]).with_padding_of(zeros / 2, zeros - zeros / 2)
}
