//! The text tower: the tokens of a text to one vector, the state of its end token.

use burn::module::{Module, Param};
use burn::tensor::{DType, Int, Tensor, TensorData};

use super::config::ClipTextConfig;
use super::encoder::Encoder;
use crate::model::attention::Mask;
use crate::model::error::ModelError;
use crate::model::linear::{Embedding, Linear};
use crate::model::norm::LayerNorm;
use crate::model::weights::{Role, Source};

/// The tensor by which a checkpoint shows that it has a text tower.
pub const FIRST_TENSOR: &str = "text_model.embeddings.token_embedding.weight";

/// The tower with its projection.
#[derive(Module, Debug)]
pub struct ClipTextTower {
    token_embedding: Embedding,
    position_embedding: Param<Tensor<2>>,
    encoder: Encoder,
    final_layer_norm: LayerNorm,
    text_projection: Linear,
    #[module(skip)]
    config: ClipTextConfig,
}

impl ClipTextTower {
    /// Reads `text_model.*` and `text_projection`.
    pub fn load(source: &dyn Source, c: &ClipTextConfig, projection: usize) -> Result<Self, ModelError> {
        let width = c.encoder.hidden;
        let name = |part: &str| format!("text_model.{part}");
        let positions = [c.positions, width];
        let places =
            source.tensor(&name("embeddings.position_embedding.weight"), &positions, positions, Role::Matrix)?;
        Ok(Self {
            token_embedding: source.embedding(&name("embeddings.token_embedding"), [c.vocabulary, width])?,
            position_embedding: Param::from_tensor(places.cast(DType::F32)),
            encoder: Encoder::load(source, "text_model", &c.encoder)?,
            final_layer_norm: LayerNorm::load(source, &name("final_layer_norm"), width, c.encoder.epsilon)?,
            text_projection: source.linear("text_projection", [projection, width], false)?,
            config: c.clone(),
        })
    }

    /// One vector a text, of any length. Texts are padded to the longest; what is behind the end token is seen by no
    /// token before it.
    ///
    /// # Shapes
    /// `[texts][tokens]` with at least one token each, at most as many as there are positions, to `[texts, projection]`
    pub fn forward(&self, texts: &[Vec<u32>]) -> Tensor<2> {
        let device = self.position_embedding.val().device();
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
        let width = self.config.encoder.hidden;
        let list = |list: Vec<i32>| {
            let count = list.len();
            Tensor::<1, Int>::from_data(TensorData::new(list, [count]), &device)
        };
        let padded = |text: &Vec<u32>| (0..longest).map(|i| text.get(i).map_or(0, |&id| id as i32)).collect::<Vec<_>>();
        let ids = list(texts.iter().flat_map(padded).collect());
        let x = self.token_embedding.forward(ids).reshape([texts.len(), longest, width]);
        let x = x + self.position_embedding.val().narrow(0, 0, longest).unsqueeze();
        let x = self.encoder.forward(x, &Mask::causal(longest, longest, &device), longest);
        let ends = texts.iter().enumerate().map(|(row, text)| (row * longest + self.config.end_of(text)) as i32);
        let ends = x.reshape([texts.len() * longest, width]).select(0, list(ends.collect()));
        self.text_projection.forward(self.final_layer_norm.forward(ends))
    }
}
