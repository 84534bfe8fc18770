//! The first six stages of EfficientNet-lite0 (<https://arxiv.org/abs/1905.11946>, without squeeze-and-excitation and with
//! ReLU6), batch norms folded into the convolutions: what a network that has seen a million photographs finds at the
//! scales of edges, textures and parts of things.

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Tensor};

use super::error::ModelError;
use super::weights::{Role, Source};

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
    stem: Convolution,
    stages: Vec<Vec<Block>>,
}

impl EfficientNet {
    /// Reads `stem` and `blocks.N.{expand,depthwise,project}`, each `.weight` and `.bias`.
    pub fn load(source: &dyn Source) -> Result<Self, ModelError> {
        let stem = Convolution::load(source, "stem", [STEM, 3], 3, 2, 1)?;
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
        let mut x = self.stem.forward(pixels).clamp(0.0, 6.0);
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
    expand: Option<Convolution>,
    depthwise: Convolution,
    project: Convolution,
    adds: bool,
}

impl Block {
    fn load(source: &dyn Source, name: &str, inp: usize, stride: usize, stage: &Stage) -> Result<Self, ModelError> {
        let inside = inp * stage.expansion;
        let point = |part: &str, shape| Convolution::load(source, &format!("{name}.{part}"), shape, 1, 1, 1);
        let depthwise = format!("{name}.depthwise");
        Ok(Self {
            expand: if stage.expansion > 1 { Some(point("expand", [inside, inp])?) } else { None },
            depthwise: Convolution::load(source, &depthwise, [inside, 1], stage.side, stride, inside)?,
            project: point("project", [stage.width, inside])?,
            adds: stride == 1 && inp == stage.width,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let before = self.adds.then(|| x.clone());
        let x = match &self.expand {
            Some(expand) => expand.forward(x).clamp(0.0, 6.0),
            None => x,
        };
        let x = self.project.forward(self.depthwise.forward(x).clamp(0.0, 6.0));
        match before {
            Some(before) => before + x,
            None => x,
        }
    }
}

/// A convolution whose output has the input's size over its stride.
#[derive(Debug)]
struct Convolution {
    /// `[out, in / groups, side, side]`, f32.
    weight: Tensor<4>,
    bias: Tensor<1>,
    side: usize,
    stride: usize,
    groups: usize,
}

impl Convolution {
    fn load(
        source: &dyn Source,
        name: &str,
        [out, inp]: [usize; 2],
        side: usize,
        stride: usize,
        groups: usize,
    ) -> Result<Self, ModelError> {
        let shape = [out, inp, side, side];
        let weight = source.tensor::<4>(&format!("{name}.weight"), &shape, shape, Role::Matrix)?.cast(DType::F32);
        let bias = source.tensor(&format!("{name}.bias"), &[out], [out], Role::Bias)?;
        Ok(Self { weight, bias, side, stride, groups })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, _, rows, columns] = x.dims();
        let padding = [rows, columns].map(|length| self.padding(length));
        let options = ConvOptions::new_with_padding([self.stride; 2], padding, [1; 2], self.groups);
        conv2d(x, self.weight.clone(), Some(self.bias.clone()), options)
    }

    /// Zeros before and after a side, TensorFlow's "SAME": the odd one comes after.
    fn padding(&self, length: usize) -> (usize, usize) {
        let reach = (length.div_ceil(self.stride) - 1) * self.stride + self.side;
        let zeros = reach.saturating_sub(length);
        (zeros / 2, zeros - zeros / 2)
    }
}
