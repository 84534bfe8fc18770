//! MaskFormer with a Swin backbone (<https://arxiv.org/abs/2107.06278>; reference: transformers'
//! `modeling_maskformer.py`): the segmenter that GeoReasoner's locatability was computed with.

mod config;
mod decoder;
mod pixel_decoder;

use std::path::Path;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid, softmax};
use serde_json::Value;

pub use config::{Config, DecoderConfig};
pub use decoder::QueryDecoder;
pub use pixel_decoder::PixelDecoder;

use super::compute::ComputeDevice;
use super::error::ModelError;
use super::linear::Linear;
use super::segmenter::network::{GridScores, Opened, SegmentationNetwork};
use super::swin::Swin;
use super::weights::{Checkpoint, Source};

/// The names that config.json gives this architecture.
pub const NAMES: [&str; 2] = ["MaskFormerForInstanceSegmentation", "maskformer"];

/// Names on disk and what this program calls them, which is what released checkpoints do. transformers 5 has other names
/// in memory, and a state dictionary saved from there has them on disk.
pub const RENAMES: [(&str, &str); 4] = [
    (".self_attn.o_proj.", ".self_attn.out_proj."),
    (".encoder_attn.o_proj.", ".encoder_attn.out_proj."),
    (".mlp.fc1.", ".fc1."),
    (".mlp.fc2.", ".fc2."),
];

/// Groups of the pixel decoder's norms; upstream has no field for it.
const GROUPS: usize = 32;

/// The whole model.
#[derive(Module, Debug)]
pub struct MaskFormer {
    backbone: Swin,
    pixel_decoder: PixelDecoder,
    query_decoder: QueryDecoder,
    class_predictor: Linear,
    mask_embedder: Vec<Linear>,
}

/// What the queries found.
#[derive(Debug, Clone)]
pub struct Segments {
    /// `[batch, queries, classes + 1]`, logits; the last class is "nothing".
    pub classes: Tensor<3>,
    /// `[batch, queries, rows * columns]`, logits.
    pub masks: Tensor<3>,
    /// Rows and columns of the masks.
    pub grid: [usize; 2],
}

impl MaskFormer {
    /// Reads the tensors from `source`.
    pub fn load(source: &dyn Source, config: &Config) -> Result<Self, ModelError> {
        let width = config.decoder.width;
        let coarsest = config.backbone.stage_width(config.backbone.depths.len() - 1);
        let mask_layer = |index: usize| {
            let out = if index < 2 { width } else { config.mask_width };
            source.linear(&format!("mask_embedder.{index}.0"), [out, width], true)
        };
        Ok(Self {
            backbone: Swin::load(source, "model.pixel_level_module.encoder", &config.backbone)?,
            pixel_decoder: PixelDecoder::load(source, "model.pixel_level_module.decoder", config)?,
            query_decoder: QueryDecoder::load(source, "model.transformer_module", coarsest, config.decoder)?,
            class_predictor: source.linear("class_predictor", [config.classes + 1, width], true)?,
            mask_embedder: (0..3).map(mask_layer).collect::<Result<_, _>>()?,
        })
    }

    /// # Shapes
    /// `[batch, rows, columns, 3]`, normalised, to segments on a grid of a quarter of the picture's sides.
    pub fn segments(&self, pixels: Tensor<4>) -> Segments {
        let features = self.backbone.forward(pixels);
        let queries = self.query_decoder.forward(&features[features.len() - 1]);
        let pixels = self.pixel_decoder.forward(&features);
        let mut masks = queries.clone();
        for (index, layer) in self.mask_embedder.iter().enumerate() {
            masks = layer.forward(if index == 0 { masks } else { relu(masks) });
        }
        let [batch, width, rows, columns] = pixels.dims();
        Segments {
            classes: self.class_predictor.forward(queries),
            masks: masks.matmul(pixels.reshape([batch, width, rows * columns])),
            grid: [rows, columns],
        }
    }
}

impl SegmentationNetwork for MaskFormer {
    fn takes(&self, rows: usize, columns: usize) -> bool {
        // Whatever does not fill a patch or a window is padded.
        rows > 0 && columns > 0
    }

    /// Upstream's semantic inference: each query's mask counts for its classes by their probabilities, without "nothing".
    fn scores(&self, pixels: Tensor<4>) -> GridScores {
        let Segments { classes, masks, grid } = self.segments(pixels);
        let count = classes.dims()[2] - 1;
        let classes = softmax(classes, 2).narrow(2, 0, count);
        GridScores { values: sigmoid(masks).transpose().matmul(classes), grid }
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
    let checkpoint = Checkpoint::open(directory, device, &RENAMES)?;
    let network = device.guard(|| MaskFormer::load(&checkpoint, &config))??;
    Ok((Box::new(network), checkpoint))
}
