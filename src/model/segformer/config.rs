//! The shape of a SegFormer, read from `config.json`.

use std::path::Path;

use serde_json::{Value, json};

use crate::model::error::ModelError;
use crate::model::fields::Fields;

/// Stages of the encoder; every released checkpoint has four.
pub const STAGES: usize = 4;

/// Shape of the whole model.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The encoder's stages, from fine to coarse.
    pub stages: [Stage; STAGES],
    /// Width of the decode head.
    pub decoder_width: usize,
    /// Classes that are told apart.
    pub classes: usize,
}

/// Shape of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Width of a token.
    pub width: usize,
    /// Number of blocks.
    pub depth: usize,
    /// Attention heads.
    pub heads: usize,
    /// Keys and values stand for squares of this side, in tokens.
    pub reduction: usize,
    /// How many times wider the Mix-FFN is inside.
    pub widening: usize,
    /// Side of the windows that become tokens, in pixels of the stage before.
    pub patch: usize,
    /// How many such pixels from one token to the next.
    pub stride: usize,
}

impl Config {
    /// Reads the parsed `config.json` that lies at `path`, for `classes` labels.
    pub fn from_json(path: &Path, value: &Value, classes: usize) -> Result<Self, ModelError> {
        let fields = Fields { path, value };
        fields.must_be("hidden_act", "gelu")?;
        if fields.number_or("num_encoder_blocks", STAGES)? != STAGES {
            return Err(fields.wrong(format!("'num_encoder_blocks' is not {STAGES}")));
        }
        if fields.number_or("num_channels", 3)? != 3 {
            return Err(fields.wrong("'num_channels' is not 3".to_owned()));
        }
        if value["reshape_last_stage"].as_bool() == Some(false) {
            return Err(fields.wrong("'reshape_last_stage' false is not supported".to_owned()));
        }
        // Upstream's own defaults are the B0.
        let widths = of_stages(&fields, "hidden_sizes", [32, 64, 160, 256])?;
        let depths = of_stages(&fields, "depths", [2, 2, 2, 2])?;
        let heads = of_stages(&fields, "num_attention_heads", [1, 2, 5, 8])?;
        let reductions = of_stages(&fields, "sr_ratios", [8, 4, 2, 1])?;
        let widenings = of_stages(&fields, "mlp_ratios", [4, 4, 4, 4])?;
        let patches = of_stages(&fields, "patch_sizes", [7, 3, 3, 3])?;
        let strides = of_stages(&fields, "strides", [4, 2, 2, 2])?;
        let stages = std::array::from_fn(|stage| Stage {
            width: widths[stage],
            depth: depths[stage],
            heads: heads[stage],
            reduction: reductions[stage],
            widening: widenings[stage],
            patch: patches[stage],
            stride: strides[stage],
        });
        if let Some(stage) = stages.iter().find(|stage| !stage.width.is_multiple_of(stage.heads)) {
            return Err(fields.wrong(format!("{} heads do not divide a width of {}", stage.heads, stage.width)));
        }
        Ok(Self { stages, decoder_width: fields.number_or("decoder_hidden_size", 256)?, classes })
    }

    /// As `config.json`, with the names of the classes.
    pub fn to_json(&self, class_names: &[String]) -> Value {
        let each = |value: fn(&Stage) -> usize| self.stages.iter().map(value).collect::<Vec<_>>();
        let labels = class_names.iter().enumerate().map(|(index, name)| (index.to_string(), json!(name)));
        json!({
            "architectures": ["SegformerForSemanticSegmentation"], "model_type": "segformer",
            "num_channels": 3, "num_encoder_blocks": STAGES, "hidden_act": "gelu", "reshape_last_stage": true,
            "hidden_sizes": each(|s| s.width), "depths": each(|s| s.depth), "num_attention_heads": each(|s| s.heads),
            "sr_ratios": each(|s| s.reduction), "mlp_ratios": each(|s| s.widening),
            "patch_sizes": each(|s| s.patch), "strides": each(|s| s.stride),
            "decoder_hidden_size": self.decoder_width,
            "id2label": labels.clone().collect::<serde_json::Map<_, _>>(),
            "label2id": labels.map(|(index, name)| (name.as_str().unwrap_or_default().to_owned(), json!(index)))
                .collect::<serde_json::Map<_, _>>(),
        })
    }
}

/// One positive whole number for each stage, or `otherwise` where the field is absent.
fn of_stages(fields: &Fields<'_>, name: &str, otherwise: [usize; STAGES]) -> Result<[usize; STAGES], ModelError> {
    let list = Some(fields.numbers_or(name, &otherwise)?).filter(|list| list.iter().all(|&n| n > 0 && n <= 1 << 20));
    list.and_then(|list| list.try_into().ok())
        .ok_or_else(|| fields.wrong(format!("'{name}' is not a list of {STAGES} positive numbers")))
}
