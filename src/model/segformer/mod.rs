//! SegFormer (<https://arxiv.org/abs/2105.15203>; reference: transformers' `modeling_segformer.py`): the fast segmenter.

mod config;
mod encoder;
mod head;

use std::path::Path;

use burn::module::Module;
use burn::tensor::Tensor;
use serde_json::Value;

pub use config::{Config, STAGES, Stage};
pub use encoder::EncoderStage;
pub use head::DecodeHead;

use super::compute::ComputeDevice;
use super::error::ModelError;
use super::save::NamedTensor;
use super::segmenter::network::{GridScores, Opened, SegmentationNetwork};
use super::weights::{Checkpoint, Source};

/// The names that config.json gives this architecture.
pub const NAMES: [&str; 2] = ["SegformerForSemanticSegmentation", "segformer"];

/// The whole model. Its parameters keep upstream's form, so that it can be trained and saved.
#[derive(Module, Debug)]
pub struct Segformer {
    stages: Vec<EncoderStage>,
    head: DecodeHead,
    #[module(skip)]
    config: Config,
}

impl Segformer {
    /// Reads the tensors from `source`.
    pub fn load(source: &dyn Source, config: &Config) -> Result<Self, ModelError> {
        let mut stages = Vec::with_capacity(STAGES);
        let mut channels = 3;
        for (number, &shape) in config.stages.iter().enumerate() {
            stages.push(EncoderStage::load(source, number, channels, shape)?);
            channels = shape.width;
        }
        Ok(Self { stages, head: DecodeHead::load(source, config)?, config: config.clone() })
    }

    /// The model's shape.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Scores over the classes at a quarter of the picture's sides, and their rows and columns.
    ///
    /// # Shapes
    /// `[batch, rows, columns, 3]`, normalised, to `[batch, grid rows * grid columns, classes]`.
    pub fn forward(&self, pixels: Tensor<4>) -> (Tensor<3>, [usize; 2]) {
        let batch = pixels.dims()[0];
        let mut features = Vec::with_capacity(STAGES);
        let mut x = pixels;
        for (stage, shape) in self.stages.iter().zip(&self.config.stages) {
            let (tokens, grid) = stage.forward(x);
            x = tokens.clone().reshape([batch, grid[0], grid[1], shape.width]);
            features.push((tokens, grid));
        }
        let finest = features[0].1;
        (self.head.forward(features), finest)
    }

    /// All parameters under their upstream names, for [`super::save::save`].
    pub fn named_tensors(&self) -> Vec<NamedTensor> {
        let mut named = Vec::new();
        for (number, stage) in self.stages.iter().enumerate() {
            stage.named(number, &mut named);
        }
        self.head.named(&mut named);
        named
    }
}

impl SegmentationNetwork for Segformer {
    fn takes(&self, rows: usize, columns: usize) -> bool {
        encoder::is_large_enough(&self.config, rows, columns)
    }

    fn scores(&self, pixels: Tensor<4>) -> GridScores {
        let (values, grid) = self.forward(pixels);
        GridScores { values, grid }
    }
}

/// Opens a checkpoint directory whose parsed `config.json` is `json` and has `classes` labels.
pub(super) fn open(
    directory: &Path,
    json: &Value,
    classes: usize,
    device: &ComputeDevice,
) -> Result<Opened, ModelError> {
    let config = Config::from_json(&directory.join("config.json"), json, classes)?;
    // transformers renames the modules in memory and writes the released names all the same.
    let checkpoint = Checkpoint::open(directory, device, &[])?;
    let network = device.guard(|| Segformer::load(&checkpoint, &config))??;
    Ok((Box::new(network), checkpoint))
}
