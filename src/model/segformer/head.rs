//! SegFormer's decode head: every stage brought to one width and to the finest grid, mixed, and told apart
//! (<https://arxiv.org/abs/2105.15203>, section 3.2).

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::config::{Config, STAGES};
use super::encoder::Features;
use crate::model::bilinear;
use crate::model::error::ModelError;
use crate::model::linear::Linear;
use crate::model::save::NamedTensor;
use crate::model::weights::{Role, Source};

/// Epsilon of the batch norm; upstream has no field for it.
const NORM_EPSILON: f64 = 1e-5;

/// The whole head.
#[derive(Module, Debug)]
pub struct DecodeHead {
    /// `[width, width of the stage]` each.
    projections: Vec<Linear>,
    /// `[width, STAGES * width]`, the coarsest stage first.
    fuse: Linear,
    /// The batch norm as it acts outside training, `x * scale + shift`: its running mean and variance are in these.
    scale: Param<Tensor<1>>,
    shift: Param<Tensor<1>>,
    /// `[classes, width]`.
    classifier: Linear,
}

impl DecodeHead {
    /// Reads `decode_head.*`.
    pub fn load(source: &dyn Source, config: &Config) -> Result<Self, ModelError> {
        let width = config.decoder_width;
        let projection =
            |(stage, shape): (usize, &super::Stage)| source.linear(&projection_name(stage), [width, shape.width], true);
        let norm = |part: &str, role| -> Result<Tensor<1>, ModelError> {
            source.tensor(&format!("decode_head.batch_norm.{part}"), &[width], [width], role)
        };
        let scale = norm("weight", Role::Scale)? / (norm("running_var", Role::Scale)? + NORM_EPSILON).sqrt();
        let shift = norm("bias", Role::Bias)? - norm("running_mean", Role::Bias)? * scale.clone();
        Ok(Self {
            projections: config.stages.iter().enumerate().map(projection).collect::<Result<_, _>>()?,
            fuse: source.linear_shaped("decode_head.linear_fuse", &[width, STAGES * width, 1, 1], false)?,
            scale: Param::from_tensor(scale),
            shift: Param::from_tensor(shift),
            classifier: source.linear_shaped("decode_head.classifier", &[config.classes, width, 1, 1], true)?,
        })
    }

    /// Scores over the classes on the finest stage's grid, `[batch, rows * columns, classes]`.
    ///
    /// Upstream brings each stage to the head's width, then to the finest grid, joins all four and multiplies by
    /// `linear_fuse` there. All of that is linear and the grid is not mixed with the width, so here each stage is
    /// multiplied by its projection and its part of `linear_fuse` at once (and by the batch norm's scale) on its own
    /// small grid: the same numbers for a fraction of the work.
    pub(super) fn forward(&self, features: Vec<Features>) -> Tensor<3> {
        let finest = features[0].1;
        let width = self.scale.val().dims()[0];
        let mut bias = self.shift.val().unsqueeze::<2>();
        let mut mixed = Vec::with_capacity(STAGES);
        for (stage, (tokens, grid)) in features.into_iter().enumerate() {
            let column = (STAGES - 1 - stage) * width;
            let (tokens, offset) = self.fuse.forward_after(&self.projections[stage], column, self.scale.val(), tokens);
            if let Some(offset) = offset {
                bias = bias + offset;
            }
            mixed.push(bilinear::resize(tokens, grid, finest));
        }
        let mixed = mixed.into_iter().fold(bias.unsqueeze::<3>(), |sum, stage| stage + sum);
        self.classifier.forward(relu(mixed))
    }

    /// All parameters under their upstream names, the batch norm as one that has seen mean 0 and variance 1.
    pub fn named(&self, into: &mut Vec<NamedTensor>) {
        for (stage, projection) in self.projections.iter().enumerate() {
            projection.named(&projection_name(stage), into);
        }
        let [width, all] = self.fuse.shape();
        self.fuse.named_shaped("decode_head.linear_fuse", &[width, all, 1, 1], into);
        let zeros = self.shift.val().zeros_like();
        let norm = [
            ("weight", self.scale.val()),
            ("bias", self.shift.val()),
            ("running_mean", zeros.clone()),
            ("running_var", zeros + (1.0 - NORM_EPSILON)),
        ];
        for (part, values) in norm {
            into.push(NamedTensor::new(format!("decode_head.batch_norm.{part}"), &[width], values));
        }
        let [classes, _] = self.classifier.shape();
        self.classifier.named_shaped("decode_head.classifier", &[classes, width, 1, 1], into);
    }
}

fn projection_name(stage: usize) -> String {
    format!("decode_head.linear_c.{stage}.proj")
}
