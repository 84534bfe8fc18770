//! The shape of a CLIP, read from `config.json`: both towers, or the vision tower alone.

use std::path::Path;

use serde_json::{Map, Value};

use crate::model::error::ModelError;
use crate::model::fields::Fields;

/// Shape of both towers.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipConfig {
    /// The vision tower.
    pub vision: ClipVisionConfig,
    /// The text tower, where the architecture has one.
    pub text: Option<ClipTextConfig>,
    /// Width of the vectors.
    pub projection: usize,
}

/// Shape of the vision tower.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipVisionConfig {
    /// Its transformer.
    pub encoder: EncoderConfig,
    /// Colours.
    pub channels: usize,
    /// Side of a picture, pixels.
    pub side: usize,
    /// Side of a patch, pixels.
    pub patch: usize,
}

/// Shape of the text tower.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipTextConfig {
    /// Its transformer.
    pub encoder: EncoderConfig,
    /// Rows of the token table.
    pub vocabulary: usize,
    /// Tokens it reads at most.
    pub positions: usize,
    /// The end token, whose state becomes the vector; see [`ClipTextConfig::end_of`].
    pub end_token: u32,
}

/// Shape of a tower's transformer.
#[derive(Debug, Clone, PartialEq)]
pub struct EncoderConfig {
    /// Width of a token.
    pub hidden: usize,
    /// Width inside the feed-forward part.
    pub intermediate: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// The feed-forward part's activation.
    pub activation: Activation,
    /// Epsilon of the norms.
    pub epsilon: f64,
}

/// What stands between the two products of the feed-forward part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `x sigmoid(1.702 x)`, as the released models have it.
    QuickGelu,
    /// `x Phi(x)`.
    Gelu,
}

impl ClipVisionConfig {
    /// Patches along a side.
    pub fn grid(&self) -> usize {
        self.side / self.patch
    }

    /// Numbers in a patch.
    pub fn patch_numbers(&self) -> usize {
        self.channels * self.patch * self.patch
    }
}

impl ClipTextConfig {
    /// Which token's state becomes the vector: the first end token, or the first token where there is none.
    ///
    /// Released checkpoints say 2 for the end token, which is not theirs; there it is the token with the greatest id,
    /// as upstream takes it (transformers, `CLIPTextModel.forward`).
    pub fn end_of(&self, ids: &[u32]) -> usize {
        let wanted = if self.end_token == 2 { ids.iter().max().copied() } else { Some(self.end_token) };
        ids.iter().position(|&id| Some(id) == wanted).unwrap_or(0)
    }
}

impl ClipConfig {
    /// Reads the parsed `config.json` that lies at `path`.
    pub fn from_json(path: &Path, root: &Value) -> Result<Self, ModelError> {
        let top = Fields { path, value: root };
        // The vision tower alone keeps its sizes at the top.
        if root["vision_config"].is_null() && root["vision_config_dict"].is_null() {
            return Ok(Self { vision: vision(&top)?, text: None, projection: top.number_or("projection_dim", 512)? });
        }
        let (vision_value, text_value) = (nested(root, "vision_config"), nested(root, "text_config"));
        Ok(Self {
            vision: vision(&Fields { path, value: &vision_value })?,
            text: Some(text(&Fields { path, value: &text_value })?),
            projection: top.number_or("projection_dim", 512)?,
        })
    }
}

/// A tower's own part; older files say the sizes once more in `{name}_dict`, which upstream lets win.
fn nested(root: &Value, name: &str) -> Value {
    let mut fields = Map::new();
    for part in [&root[name], &root[format!("{name}_dict")]] {
        fields.extend(part.as_object().cloned().unwrap_or_default());
    }
    Value::Object(fields)
}

/// Defaults are those of transformers' `CLIPVisionConfig`: later versions leave out what equals them.
fn vision(fields: &Fields<'_>) -> Result<ClipVisionConfig, ModelError> {
    let (side, patch) = (fields.number_or("image_size", 224)?, fields.number_or("patch_size", 32)?);
    let channels = fields.number_or("num_channels", 3)?;
    if patch > side || side > 4096 {
        return Err(fields.wrong(format!("a picture of {side} pixels cannot be cut into patches of {patch}")));
    }
    if channels != 3 {
        return Err(fields.wrong(format!("'num_channels' is {channels}; only 3 is supported")));
    }
    Ok(ClipVisionConfig { encoder: encoder(fields, [768, 3072, 12, 12])?, channels, side, patch })
}

/// Defaults are those of transformers' `CLIPTextConfig`.
fn text(fields: &Fields<'_>) -> Result<ClipTextConfig, ModelError> {
    Ok(ClipTextConfig {
        encoder: encoder(fields, [512, 2048, 12, 8])?,
        vocabulary: fields.number_or("vocab_size", 49_408)?,
        positions: fields.number_or("max_position_embeddings", 77)?,
        end_token: fields.number_or("eos_token_id", 49_407)? as u32,
    })
}

fn encoder(fields: &Fields<'_>, defaults: [usize; 4]) -> Result<EncoderConfig, ModelError> {
    let [hidden, intermediate, layers, heads] = defaults;
    let (hidden, heads) = (fields.number_or("hidden_size", hidden)?, fields.number_or("num_attention_heads", heads)?);
    if hidden % heads != 0 {
        return Err(fields.wrong(format!("{heads} heads do not divide a width of {hidden}")));
    }
    let activation = match fields.value["hidden_act"].as_str() {
        None | Some("quick_gelu") => Activation::QuickGelu,
        Some("gelu") => Activation::Gelu,
        Some(other) => return Err(fields.wrong(format!("'hidden_act' is '{other}', neither quick_gelu nor gelu"))),
    };
    Ok(EncoderConfig {
        hidden,
        intermediate: fields.number_or("intermediate_size", intermediate)?,
        layers: fields.number_or("num_hidden_layers", layers)?,
        heads,
        activation,
        epsilon: fields.real_or("layer_norm_eps", 1e-5)?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<ClipConfig, ModelError> {
        ClipConfig::from_json(Path::new("config.json"), value)
    }

    #[test]
    fn what_is_left_out_is_upstreams_default() {
        let config = read(&json!({"model_type": "clip", "vision_config": {"patch_size": 14}})).unwrap();
        assert_eq!((config.projection, config.vision.grid(), config.vision.encoder.hidden), (512, 16, 768));
        let text = config.text.unwrap();
        assert_eq!((text.vocabulary, text.positions, text.end_token), (49_408, 77, 49_407));
    }

    #[test]
    fn the_end_is_the_first_end_token_or_the_greatest_id() {
        let config = read(&json!({"vision_config": {}, "text_config": {"eos_token_id": 7}})).unwrap();
        let text = config.text.unwrap();
        assert_eq!(text.end_of(&[9, 1, 7, 7]), 2);
        assert_eq!(text.end_of(&[9, 1]), 0);
        assert_eq!(ClipTextConfig { end_token: 2, ..text }.end_of(&[8, 1, 9, 9]), 2);
    }

    #[test]
    fn a_vision_tower_alone_keeps_its_sizes_at_the_top() {
        let alone = json!({"image_size": 96, "patch_size": 16, "hidden_size": 128, "num_attention_heads": 4,
            "num_hidden_layers": 4, "intermediate_size": 512, "projection_dim": 64, "hidden_act": "gelu"});
        let config = read(&alone).unwrap();
        assert!(config.text.is_none());
        assert_eq!((config.projection, config.vision.grid(), config.vision.encoder.layers), (64, 6, 4));
    }

    #[test]
    fn impossible_shapes_are_refused() {
        for (name, value) in [
            ("patch_size", json!(300)),
            ("hidden_act", json!("relu")),
            ("num_channels", json!(1)),
            ("num_attention_heads", json!(7)),
            ("num_hidden_layers", json!("many")),
        ] {
            let mut config = json!({"image_size": 224});
            config[name] = value;
            let line = read(&config).unwrap_err().to_string();
            assert!(line.starts_with("config.json: "), "{line}");
        }
    }
}
