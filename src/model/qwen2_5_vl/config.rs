//! The shape of a Qwen2.5-VL, read from `config.json` in the flat form of the released checkpoints or in the nested form
//! (`text_config`, `rope_parameters`) of later saves.

use std::path::Path;

use serde_json::{Value, json};

use crate::model::error::ModelError;
use crate::model::fields::{Fields, token_list};
use crate::model::weights::Layers;

/// Shape of the whole model.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The vision tower.
    pub vision: VisionConfig,
    /// The language model.
    pub text: TextConfig,
    /// Stands in a prompt once for each merged patch.
    pub image_token: u32,
    /// Tokens that end an answer, by config.json alone.
    pub end_tokens: Vec<u32>,
}

/// Shape of the vision tower.
#[derive(Debug, Clone, PartialEq)]
pub struct VisionConfig {
    /// Number of blocks.
    pub depth: usize,
    /// Width of a patch.
    pub hidden: usize,
    /// Width inside the gated network.
    pub intermediate: usize,
    /// Attention heads.
    pub heads: usize,
    /// Colours.
    pub channels: usize,
    /// Side of a patch, pixels.
    pub patch: usize,
    /// Frames in a patch.
    pub frames: usize,
    /// Patches merged along each side.
    pub merge: usize,
    /// Side of an attention window, pixels.
    pub window: usize,
    /// Blocks that see the whole picture.
    pub full_attention: Vec<usize>,
    /// Width that the merger gives, the language model's.
    pub out: usize,
}

/// Shape of the language model.
#[derive(Debug, Clone, PartialEq)]
pub struct TextConfig {
    /// Rows of the token table.
    pub vocabulary: usize,
    /// Width.
    pub hidden: usize,
    /// Width inside the gated network.
    pub intermediate: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Positions the model was made for.
    pub max_positions: usize,
    /// Epsilon of the norms.
    pub norm_epsilon: f64,
    /// Base of the rotary frequencies.
    pub rope_theta: f32,
    /// Frequencies that turn with time, height and width.
    pub mrope_section: [usize; 3],
    /// Whether the token table is the output layer too; none where nothing says so, and what the checkpoint holds decides.
    pub tied: Option<bool>,
}

impl VisionConfig {
    /// Numbers in a patch.
    pub fn patch_numbers(&self) -> usize {
        self.channels * self.frames * self.patch * self.patch
    }

    /// Side of a window in merged patches.
    pub fn window_cells(&self) -> usize {
        self.window / self.merge / self.patch
    }
}

impl TextConfig {
    /// The layers, by the names of their tensors.
    pub(crate) fn layers(&self) -> Layers {
        Layers { front: "model.layers.", count: self.layers }
    }

    /// Width of one head.
    pub fn head(&self) -> usize {
        self.hidden / self.heads
    }
}

impl Config {
    /// The layers of both parts, by the names of their tensors.
    pub(crate) fn layers(&self) -> [Layers; 2] {
        [self.text.layers(), Layers { front: "visual.blocks.", count: self.vision.depth }]
    }

    /// Reads the parsed `config.json` that lies at `path`.
    pub fn from_json(path: &Path, root: &Value) -> Result<Self, ModelError> {
        let text_value = if root["text_config"].is_object() { &root["text_config"] } else { root };
        let text = Fields { path, value: text_value };
        let vision = Fields { path, value: &root["vision_config"] };
        let top = Fields { path, value: root };
        let config = Self {
            vision: vision_config(&vision)?,
            text: text_config(&text, root["tie_word_embeddings"].as_bool())?,
            image_token: top.number("image_token_id")? as u32,
            end_tokens: token_list(&text_value["eos_token_id"]),
        };
        if config.vision.out != config.text.hidden {
            return Err(top.wrong("'out_hidden_size' of the vision tower differs from 'hidden_size'".to_owned()));
        }
        Ok(config)
    }

    /// As `config.json`, in the flat form that every reader of this architecture knows. `extra` fields are kept.
    pub fn to_json(&self, extra: &Value) -> Value {
        let (v, t) = (&self.vision, &self.text);
        let mut value = json!({
            "architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl",
            "vocab_size": t.vocabulary, "hidden_size": t.hidden, "intermediate_size": t.intermediate,
            "num_hidden_layers": t.layers, "num_attention_heads": t.heads, "num_key_value_heads": t.kv_heads,
            "max_position_embeddings": t.max_positions, "rms_norm_eps": t.norm_epsilon, "hidden_act": "silu",
            "rope_theta": t.rope_theta, "rope_scaling": { "type": "mrope", "mrope_section": t.mrope_section },
            "tie_word_embeddings": t.tied, "image_token_id": self.image_token, "eos_token_id": self.end_tokens,
            "vision_config": {
                "depth": v.depth, "hidden_size": v.hidden, "intermediate_size": v.intermediate, "num_heads": v.heads,
                "in_chans": v.channels, "patch_size": v.patch, "temporal_patch_size": v.frames,
                "spatial_merge_size": v.merge, "window_size": v.window, "fullatt_block_indexes": v.full_attention,
                "out_hidden_size": v.out, "hidden_act": "silu",
            },
        });
        if let (Some(object), Some(extra)) = (value.as_object_mut(), extra.as_object()) {
            for (name, field) in extra {
                object.entry(name.as_str()).or_insert_with(|| field.clone());
            }
        }
        value
    }
}

fn vision_config(fields: &Fields<'_>) -> Result<VisionConfig, ModelError> {
    fields.must_be("hidden_act", "silu")?;
    let (hidden, heads) = (fields.number("hidden_size")?, fields.number("num_heads")?);
    let merge = fields.number_or("spatial_merge_size", 2)?;
    let patch = fields.number_or("patch_size", 14)?;
    let window = fields.number_or("window_size", 112)?;
    if hidden % (4 * heads) != 0 {
        return Err(
            fields.wrong(format!("{heads} vision heads do not divide a width of {hidden} into rotary quarters"))
        );
    }
    if window < merge * patch {
        return Err(fields.wrong(format!("a vision window of {window} pixels is smaller than one merged patch")));
    }
    Ok(VisionConfig {
        depth: fields.number("depth")?,
        hidden,
        intermediate: fields.number("intermediate_size")?,
        heads,
        // The released checkpoints write in_chans, later saves in_channels.
        channels: fields.number_or("in_chans", fields.number_or("in_channels", 3)?)?,
        patch,
        frames: fields.number_or("temporal_patch_size", 2)?,
        merge,
        window,
        full_attention: fields.numbers_or("fullatt_block_indexes", &[7, 15, 23, 31])?,
        out: fields.number("out_hidden_size")?,
    })
}

impl TextConfig {
    /// Reads the parsed `config.json` of a decoder alone, which lies at `path`.
    pub(crate) fn from_json(path: &Path, root: &Value) -> Result<Self, ModelError> {
        text_config(&Fields { path, value: root }, None)
    }
}

fn text_config(fields: &Fields<'_>, tied_above: Option<bool>) -> Result<TextConfig, ModelError> {
    fields.must_be("hidden_act", "silu")?;
    let (hidden, heads) = (fields.number("hidden_size")?, fields.number("num_attention_heads")?);
    let kv_heads = fields.number_or("num_key_value_heads", heads)?;
    if hidden % heads != 0 || (hidden / heads) % 2 != 0 || heads % kv_heads != 0 {
        return Err(fields.wrong(format!("{heads} heads and {kv_heads} key heads do not divide a width of {hidden}")));
    }
    if fields.value["use_sliding_window"].as_bool() == Some(true) {
        return Err(fields.wrong("'use_sliding_window' is not supported".to_owned()));
    }
    // `rope_parameters` holds what `rope_scaling` and `rope_theta` held before.
    let rope = ["rope_parameters", "rope_scaling"].into_iter().map(|n| &fields.value[n]).find(|v| v.is_object());
    let rope = Fields { path: fields.path, value: rope.unwrap_or(&Value::Null) };
    for name in ["type", "rope_type"] {
        match rope.value[name].as_str() {
            None | Some("mrope" | "default") => {}
            Some(other) => return Err(fields.wrong(format!("rotary positions of type '{other}' are not supported"))),
        }
    }
    let section = rope.numbers_or("mrope_section", &[16, 24, 24])?;
    let mrope_section = match section.as_slice() {
        &[t, h, w] if t + h + w == hidden / heads / 2 => [t, h, w],
        other => return Err(fields.wrong(format!("'mrope_section' {other:?} does not add up to half a head"))),
    };
    Ok(TextConfig {
        vocabulary: fields.number("vocab_size")?,
        hidden,
        intermediate: fields.number("intermediate_size")?,
        layers: fields.number("num_hidden_layers")?,
        heads,
        kv_heads,
        max_positions: fields.number_or("max_position_embeddings", 32_768)?,
        norm_epsilon: fields.real_or("rms_norm_eps", 1e-5)?,
        rope_theta: fields.real_or("rope_theta", rope.real_or("rope_theta", 1e6)?)? as f32,
        mrope_section,
        tied: [tied_above, fields.value["tie_word_embeddings"].as_bool()].into_iter().flatten().reduce(|a, b| a || b),
    })
}
