//! MaskFormer's pixel decoder: a feature pyramid over the backbone's stages that ends in one embedding for each place
//! of the finest grid (<https://arxiv.org/abs/2107.06278>, section 3.4; Lin et al. 2017 for the pyramid).

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use super::{Config, GROUPS};
use crate::model::convolution::Conv;
use crate::model::error::ModelError;
use crate::model::linear::Linear;
use crate::model::norm::GroupNorm;
use crate::model::swin::Features;
use crate::model::weights::Source;

/// Epsilon of the group norms; upstream has no field for it.
const NORM_EPSILON: f64 = 1e-5;

/// The whole pixel decoder.
#[derive(Module, Debug)]
pub struct PixelDecoder {
    stem: ConvBlock,
    /// From coarse to fine.
    levels: Vec<Level>,
    projection: Conv,
}

/// Convolution, group norm, ReLU.
#[derive(Module, Debug)]
pub struct ConvBlock {
    convolution: Conv,
    norm: GroupNorm,
}

/// One level of the pyramid.
#[derive(Module, Debug)]
pub struct Level {
    lateral: Linear,
    lateral_norm: GroupNorm,
    block: ConvBlock,
}

impl PixelDecoder {
    /// Reads the tensors under `{name}.`.
    pub fn load(source: &dyn Source, name: &str, config: &Config) -> Result<Self, ModelError> {
        let (width, stages) = (config.pyramid_width, config.backbone.depths.len());
        let level = |index: usize| -> Result<Level, ModelError> {
            let name = format!("{name}.fpn.layers.{index}");
            let lateral = config.backbone.stage_width(stages - 2 - index);
            Ok(Level {
                lateral: source.linear_shaped(&format!("{name}.proj.0"), &[width, lateral, 1, 1], false)?,
                lateral_norm: norm(source, &format!("{name}.proj.1"), width)?,
                block: ConvBlock::load(source, &format!("{name}.block"), [width, width])?,
            })
        };
        let coarsest = config.backbone.stage_width(stages - 1);
        Ok(Self {
            stem: ConvBlock::load(source, &format!("{name}.fpn.stem"), [width, coarsest])?,
            levels: (0..stages - 1).map(level).collect::<Result<_, _>>()?,
            projection: Conv::load(source, &format!("{name}.mask_projection"), [config.mask_width, width, 3, 3])?
                .with_padding(1),
        })
    }

    /// # Shapes
    /// The backbone's features, fine to coarse and at least one, to `[batch, mask width, rows, columns]` on the finest grid.
    pub fn forward(&self, features: &[Features]) -> Tensor<4> {
        let (finer, (tokens, grid)) = (&features[..features.len() - 1], &features[features.len() - 1]);
        let [batch, _, width] = tokens.dims();
        let mut x = self.stem.forward(tokens.clone().transpose().reshape([batch, width, grid[0], grid[1]]));
        for (level, (tokens, grid)) in self.levels.iter().zip(finer.iter().rev()) {
            x = level.forward(x, tokens.clone(), *grid);
        }
        self.projection.forward(x)
    }
}

fn norm(source: &dyn Source, name: &str, width: usize) -> Result<GroupNorm, ModelError> {
    GroupNorm::load(source, name, [GROUPS, width], NORM_EPSILON)
}

impl ConvBlock {
    fn load(source: &dyn Source, name: &str, [out, inp]: [usize; 2]) -> Result<Self, ModelError> {
        Ok(Self {
            convolution: Conv::load_unbiased(source, &format!("{name}.0"), [out, inp, 3, 3])?.with_padding(1),
            norm: norm(source, &format!("{name}.1"), out)?,
        })
    }

    /// # Shapes
    /// `[batch, in, rows, columns]` to `[batch, out, rows, columns]`.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.convolution.forward(x);
        let shape @ [batch, channels, rows, columns] = x.dims();
        relu(self.norm.forward(x.reshape([batch, channels, rows * columns]))).reshape(shape)
    }
}

impl Level {
    fn forward(&self, above: Tensor<4>, tokens: Tensor<3>, grid: [usize; 2]) -> Tensor<4> {
        let lateral = self.lateral_norm.forward(self.lateral.forward_to_planes(tokens));
        let [batch, width, _] = lateral.dims();
        let above = interpolate(above, InterpolateOptions::new(InterpolateMode::Nearest).with_output_size(grid));
        self.block.forward(above + lateral.reshape([batch, width, grid[0], grid[1]]))
    }
}
