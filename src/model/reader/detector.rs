//! Where text stands: PP-OCRv6's small detector, a map of how surely each pixel lies inside a line of text
//! (differentiable binarisation, <https://arxiv.org/abs/1911.08947>; only the map of probabilities is used).

use burn::module::Module;
use burn::tensor::Tensor;

use super::backbone::{Backbone, BlockShape};
use super::layers::{Activation, Conv, Doubling, Squeeze, enlarged_together};
use crate::model::error::ModelError;
use crate::model::weights::Source;

/// Both sides of a picture must be multiples of this.
pub(super) const SIDE_UNIT: u32 = 32;

/// Channels inside the stem.
const STEM: usize = 24;
/// Width, stride and squeeze of the blocks.
const BLOCKS: [(usize, usize, bool); 13] = [
    (48, 1, true),
    (48, 1, false),
    (96, 2, false),
    (96, 1, true),
    (96, 1, false),
    (192, 2, false),
    (192, 1, true),
    (192, 1, false),
    (192, 1, true),
    (192, 1, false),
    (384, 2, false),
    (384, 1, true),
    (384, 1, false),
];
/// The blocks whose outputs the neck reads, from fine to coarse, and their widths.
const LEVELS: [(usize, usize); 4] = [(1, 48), (4, 96), (9, 192), (12, 384)];
/// Channels of the neck, and of each level as it leaves it.
const NECK: [usize; 2] = [96, 24];
/// Slope of the neck's hard sigmoids.
const SLOPE: f64 = 0.2;

/// The whole network.
#[derive(Module, Debug)]
pub struct Detector {
    backbone: Backbone,
    /// From fine to coarse.
    levels: Vec<Level>,
    convolution: Conv,
    widen: Doubling,
    finish: Doubling,
}

/// One level of the neck, a feature pyramid (<https://arxiv.org/abs/1612.03144>) whose products are squeezed.
#[derive(Module, Debug)]
pub struct Level {
    lateral: SqueezedPoint,
    depthwise: Conv,
    output: SqueezedPoint,
}

/// A product over channels, and the same weighed by squeeze and excitation, added.
#[derive(Module, Debug)]
pub struct SqueezedPoint {
    project: Conv,
    squeeze: Squeeze,
}

impl Detector {
    /// Reads the tensors from `source`.
    pub fn load(source: &dyn Source) -> Result<Self, ModelError> {
        let blocks = BLOCKS.map(|(width, stride, squeezes)| BlockShape { width, stride: [stride; 2], squeezes });
        let levels = LEVELS.iter().enumerate().map(|(level, &(_, width))| Level::load(source, level, width));
        let [inner, outer] = NECK;
        Ok(Self {
            backbone: Backbone::load(source, STEM, &blocks)?,
            levels: levels.collect::<Result<_, _>>()?,
            convolution: Conv::load(source, "head.convolution", [outer, inner, 3, 3])?.with_padding(1),
            widen: Doubling::load(source, "head.widen", [outer, outer])?,
            finish: Doubling::load(source, "head.finish", [outer, 1])?,
        })
    }

    /// # Shapes
    /// `[batch, 3, rows, columns]`, blue before red, each level from -1 to 1, both sides multiples of 32, to
    /// `[batch, 1, rows, columns]` from 0 to 1.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        let mut outputs = self.backbone.forward(pixels, &LEVELS.map(|(block, _)| block));
        let mut above: Option<Tensor<4>> = None;
        let mut read = Vec::with_capacity(LEVELS.len());
        for (number, level) in self.levels.iter().enumerate().rev() {
            let lateral = level.lateral.forward(outputs.remove(number));
            let merged = match above.take() {
                Some(above) => lateral + enlarged_together(vec![(above, 2)]),
                None => lateral,
            };
            if number > 0 {
                above = Some(merged.clone());
            }
            read.push((level.output.forward(level.depthwise.forward(merged)), 1 << number));
        }
        let x = self.convolution.forward_then(enlarged_together(read), Activation::Relu);
        self.finish.forward_then(self.widen.forward_then(x, Activation::Relu), Activation::Sigmoid)
    }
}

impl Level {
    fn load(source: &dyn Source, level: usize, width: usize) -> Result<Self, ModelError> {
        let name = format!("neck.{level}");
        let [inner, outer] = NECK;
        Ok(Self {
            lateral: SqueezedPoint::load(source, &format!("{name}.lateral"), [inner, width])?,
            depthwise: Conv::load_depthwise(source, &format!("{name}.output.depthwise"), inner, [7; 2])?,
            output: SqueezedPoint::load(source, &format!("{name}.output"), [outer, inner])?,
        })
    }
}

impl SqueezedPoint {
    fn load(source: &dyn Source, name: &str, [out, inp]: [usize; 2]) -> Result<Self, ModelError> {
        let project = Conv::load_unbiased(source, &format!("{name}.project"), [out, inp, 1, 1])?;
        Ok(Self { project, squeeze: Squeeze::load(source, name, out, SLOPE)? })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.squeeze.forward(self.project.forward(x), 1.0)
    }
}
