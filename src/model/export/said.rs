//! What GGUF files say of a model besides its tensors, in llama.cpp's keys.

use std::path::Path;

use serde_json::Value;

use super::ExportType;
use super::tokens;
use crate::model::chat::ChatTemplate;
use crate::model::directory::{find_architecture, json_file};
use crate::model::error::ModelError;
use crate::model::gguf::write::Said;
use crate::model::qwen2::{self, one_axis};
use crate::model::qwen2_5_vl::{self, TEMPLATE, TextConfig};

/// Side in pixels of a window of the tower: the format has no key for it.
const WINDOW: usize = 112;

/// Side in pixels of the pictures that llama.cpp warms up with; what its own conversion writes.
const WARM_UP: u32 = 560;

/// Keys and what is said under them.
type Pairs = Vec<(String, Said)>;

/// What the text file says.
pub(super) fn of_text(model: &Path, path: &Path, config: &Value, numbers: ExportType) -> Result<Pairs, ModelError> {
    let known = [&qwen2_5_vl::NAMES[..], &qwen2::NAMES[..]];
    let sees = find_architecture(path, config, &known, |names| names)?[0] == qwen2_5_vl::NAMES[0];
    let (architecture, text) = match sees {
        true => ("qwen2vl", qwen2_5_vl::Config::from_json(path, config)?.text),
        false => ("qwen2", TextConfig::from_json(path, &one_axis(config))?),
    };
    let mut said = vec![
        pair("general.architecture", Said::Text(architecture.to_owned())),
        pair("general.type", Said::Text("model".to_owned())),
    ];
    said.extend(general(model, numbers));
    let whole = |number: usize| Said::Whole(number as u32);
    let mut of_text = vec![
        ("block_count", whole(text.layers)),
        ("context_length", whole(text.max_positions)),
        ("embedding_length", whole(text.hidden)),
        ("feed_forward_length", whole(text.intermediate)),
        ("attention.head_count", whole(text.heads)),
        ("attention.head_count_kv", whole(text.kv_heads)),
        ("attention.layer_norm_rms_epsilon", Said::Number(text.norm_epsilon as f32)),
        ("rope.freq_base", Said::Number(text.rope_theta)),
    ];
    if sees {
        let [time, height, width] = text.mrope_section.map(|section| section as i32);
        of_text.push(("rope.dimension_sections", Said::Wholes(vec![time, height, width, 0])));
    }
    said.extend(of_text.into_iter().map(|(key, value)| (format!("{architecture}.{key}"), value)));
    said.extend(tokens::said(model, config, text.vocabulary)?);
    let template = ChatTemplate::source(model)?.unwrap_or_else(|| TEMPLATE.to_owned());
    said.push(pair("tokenizer.chat_template", Said::Text(template)));
    Ok(said)
}

/// What the vision file says; none where the model reads words alone.
///
/// # Errors
/// Where the tower is of a shape for which the format has no words.
pub(super) fn of_vision(
    model: &Path,
    path: &Path,
    config: &Value,
    numbers: ExportType,
) -> Result<Option<Pairs>, ModelError> {
    if !config["vision_config"].is_object() {
        return Ok(None);
    }
    let tower = qwen2_5_vl::Config::from_json(path, config)?.vision;
    let wrong = |what: String| ModelError::Config {
        path: path.to_path_buf(),
        reason: format!("GGUF has no words for a tower with {what}; merge it as safetensors instead"),
    };
    if [tower.window, tower.frames, tower.channels] != [WINDOW, 2, 3] {
        return Err(wrong(format!(
            "windows of {} pixels and patches of {} frames and {} colours",
            tower.window, tower.frames, tower.channels
        )));
    }
    // Every so many blocks one sees the whole picture.
    let pattern = tower.full_attention.first().map_or(0, |first| first + 1);
    let full = (0..tower.depth).filter(|block| pattern > 0 && (block + 1).is_multiple_of(pattern));
    if !full.eq(tower.full_attention.iter().copied()) {
        return Err(wrong(format!("full attention in the blocks {:?}", tower.full_attention)));
    }
    let whole = |number: usize| Said::Whole(number as u32);
    let mut said = vec![
        pair("general.architecture", Said::Text("clip".to_owned())),
        pair("general.type", Said::Text("mmproj".to_owned())),
    ];
    said.extend(general(model, numbers));
    said.extend([
        pair("clip.has_vision_encoder", Said::Truth(true)),
        pair("clip.projector_type", Said::Text("qwen2.5vl_merger".to_owned())),
        pair("clip.use_silu", Said::Truth(true)),
    ]);
    let processor = processor_of(model)?;
    let levels = |field: &str, otherwise: [f32; 3]| {
        let levels = processor[field].as_array().into_iter().flatten().filter_map(Value::as_f64);
        let levels: Vec<f32> = levels.map(|level| level as f32).collect();
        Said::Numbers(if levels.len() == 3 { levels } else { otherwise.to_vec() })
    };
    let mut of_vision = vec![
        ("image_size", Said::Whole(WARM_UP)),
        ("patch_size", whole(tower.patch)),
        ("spatial_merge_size", whole(tower.merge)),
        ("embedding_length", whole(tower.hidden)),
        ("feed_forward_length", whole(tower.intermediate)),
        ("projection_dim", whole(tower.out)),
        ("block_count", whole(tower.depth)),
        ("attention.head_count", whole(tower.heads)),
        ("attention.layer_norm_epsilon", Said::Number(1e-6)),
        ("n_wa_pattern", whole(pattern)),
        // Where nothing is said they are those of transformers' class for these pictures, which are CLIP's.
        ("image_mean", levels("image_mean", [0.481_454_66, 0.457_827_5, 0.408_210_73])),
        ("image_std", levels("image_std", [0.268_629_54, 0.261_302_6, 0.275_777_1])),
    ];
    for (field, edge, key) in
        [("min_pixels", "shortest_edge", "image_min_pixels"), ("max_pixels", "longest_edge", "image_max_pixels")]
    {
        let pixels = [&processor[field], &processor["size"][field], &processor["size"][edge]];
        let pixels = pixels.into_iter().find_map(Value::as_u64).and_then(|pixels| u32::try_from(pixels).ok());
        of_vision.extend(pixels.map(|pixels| (key, Said::Whole(pixels))));
    }
    said.extend(of_vision.into_iter().map(|(key, value)| (format!("clip.vision.{key}"), value)));
    Ok(Some(said))
}

fn general(model: &Path, numbers: ExportType) -> [(String, Said); 3] {
    [
        pair("general.name", Said::Text(crate::model::name_of(model))),
        pair("general.file_type", Said::Whole(numbers.file_type())),
        pair("general.quantization_version", Said::Whole(2)),
    ]
}

/// What the folder says of how pictures are prepared.
fn processor_of(model: &Path) -> Result<Value, ModelError> {
    if let Some(said) = json_file(&model.join("preprocessor_config.json"))? {
        return Ok(said);
    }
    let whole = json_file(&model.join("processor_config.json"))?.unwrap_or_default();
    Ok(whole["image_processor"].clone())
}

fn pair(key: &str, said: Said) -> (String, Said) {
    (key.to_owned(), said)
}
