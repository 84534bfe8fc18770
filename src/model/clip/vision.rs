//! The vision tower: patches of a picture to one vector.

use burn::module::{Module, Param};
use burn::tensor::{DType, Tensor};

use super::config::ClipVisionConfig;
use super::encoder::Encoder;
use crate::model::attention::Mask;
use crate::model::error::ModelError;
use crate::model::linear::Linear;
use crate::model::norm::LayerNorm;
use crate::model::weights::{Role, Source};

/// The tower with its projection.
#[derive(Module, Debug)]
pub struct ClipVisionTower {
    class_embedding: Param<Tensor<1>>,
    patch_embedding: Linear,
    position_embedding: Param<Tensor<2>>,
    pre_layrnorm: LayerNorm,
    encoder: Encoder,
    post_layernorm: LayerNorm,
    visual_projection: Linear,
}

impl ClipVisionTower {
    /// Reads `vision_model.*` and `visual_projection`.
    pub fn load(source: &dyn Source, c: &ClipVisionConfig, projection: usize) -> Result<Self, ModelError> {
        let width = c.encoder.hidden;
        let name = |part: &str| format!("vision_model.{part}");
        let norm = |part: &str| LayerNorm::load(source, &name(part), width, c.encoder.epsilon);
        let class = source.tensor(&name("embeddings.class_embedding"), &[width], [width], Role::Matrix)?;
        let positions = [c.grid() * c.grid() + 1, width];
        let places =
            source.tensor(&name("embeddings.position_embedding.weight"), &positions, positions, Role::Matrix)?;
        let patch = [width, c.channels, c.patch, c.patch];
        Ok(Self {
            class_embedding: Param::from_tensor(class.cast(DType::F32)),
            patch_embedding: source.linear_shaped(&name("embeddings.patch_embedding"), &patch, false)?,
            position_embedding: Param::from_tensor(places.cast(DType::F32)),
            // Upstream's spelling.
            pre_layrnorm: norm("pre_layrnorm")?,
            encoder: Encoder::load(source, "vision_model", &c.encoder)?,
            post_layernorm: norm("post_layernorm")?,
            visual_projection: source.linear("visual_projection", [projection, width], false)?,
        })
    }

    /// One vector a picture, of any length.
    ///
    /// # Shapes
    /// `[pictures, patches, channels * side * side]`, patches in reading order, to `[pictures, projection]`
    pub fn forward(&self, patches: Tensor<3>) -> Tensor<2> {
        let patches = self.patch_embedding.forward(patches);
        let [pictures, _, width] = patches.dims();
        let class = self.class_embedding.val().reshape([1, 1, width]).expand([pictures, 1, width]);
        let x = Tensor::cat(vec![class, patches], 1) + self.position_embedding.val().unsqueeze();
        // The class token stands first, and it alone is looked at.
        let class = self.encoder.forward(self.pre_layrnorm.forward(x), &Mask::none(), 1);
        self.visual_projection.forward(self.post_layernorm.forward(class.reshape([pictures, width])))
    }
}
