//! The shape of a MaskFormer, read from `config.json`.

use std::path::Path;

use serde_json::Value;

use crate::model::error::ModelError;
use crate::model::fields::Fields;
use crate::model::swin::SwinConfig;

/// Shape of the whole model.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The backbone.
    pub backbone: SwinConfig,
    /// Width of the feature pyramid.
    pub pyramid_width: usize,
    /// Width of the pixel and mask embeddings.
    pub mask_width: usize,
    /// The transformer decoder.
    pub decoder: DecoderConfig,
    /// Classes that are told apart, without "nothing".
    pub classes: usize,
}

/// Shape of the transformer decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecoderConfig {
    /// Width of a query.
    pub width: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width inside a layer's feed-forward network.
    pub intermediate: usize,
    /// Number of queries, each of which may find one segment.
    pub queries: usize,
}

impl Config {
    /// Reads the parsed `config.json` that lies at `path`, for `classes` labels.
    pub fn from_json(path: &Path, value: &Value, classes: usize) -> Result<Self, ModelError> {
        let fields = Fields { path, value };
        let backbone = Fields { path, value: &value["backbone_config"] };
        let decoder = Fields { path, value: &value["decoder_config"] };
        // transformers 5 writes the second name for what released checkpoints call by the first.
        if backbone.value["model_type"].as_str() != Some("maskformer-swin") {
            backbone.must_be("model_type", "swin")?;
        }
        decoder.must_be("model_type", "detr")?;
        decoder.must_be("activation_function", "relu")?;
        let config = Self {
            backbone: SwinConfig::from_fields(&backbone)?,
            pyramid_width: fields.number_or("fpn_feature_size", 256)?,
            mask_width: fields.number_or("mask_feature_size", 256)?,
            decoder: DecoderConfig {
                width: decoder.number_or("d_model", 256)?,
                layers: decoder.number_or("decoder_layers", 6)?,
                heads: decoder.number_or("decoder_attention_heads", 8)?,
                intermediate: decoder.number_or("decoder_ffn_dim", 2048)?,
                queries: decoder.number_or("num_queries", 100)?,
            },
            classes,
        };
        let DecoderConfig { width, heads, .. } = config.decoder;
        if !width.is_multiple_of(heads) || !width.is_multiple_of(4) {
            return Err(fields.wrong(format!("{heads} decoder heads do not divide a width of {width}")));
        }
        if !config.pyramid_width.is_multiple_of(super::GROUPS) {
            let width = config.pyramid_width;
            return Err(fields.wrong(format!("'fpn_feature_size' {width} is not a multiple of {}", super::GROUPS)));
        }
        Ok(config)
    }
}
