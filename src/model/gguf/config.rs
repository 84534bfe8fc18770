//! What GGUF files say of a model, in the fields of the `config.json` that its architecture reads, so that both come out
//! of one check.

use serde_json::{Value, json};

use super::{Gguf, GgufModel};

/// The `config.json` of a model. Fields that the file lacks are null, which the architecture refuses by name.
pub(crate) fn config_json(model: &GgufModel) -> Value {
    let text = &model.text;
    let mut config = decoder(model, &text.architecture());
    match &model.vision {
        Some(vision) => {
            config["architectures"] = json!(["Qwen2_5_VLForConditionalGeneration"]);
            config["image_token_id"] = json!(token(text, "<|image_pad|>"));
            config["vision_config"] = tower(vision);
        }
        None => config["architectures"] = json!(["Qwen2ForCausalLM"]),
    }
    config
}

fn decoder(model: &GgufModel, architecture: &str) -> Value {
    let text = &model.text;
    let whole = |key: &str| text.whole(&format!("{architecture}.{key}"));
    let number = |key: &str| text.number(&format!("{architecture}.{key}"));
    let rows = model.files().flat_map(|file| &file.tensors).find(|(name, _)| name == "token_embd.weight");
    let mut config = json!({
        "vocab_size": rows.and_then(|(_, tensor)| tensor.shape.first()),
        "hidden_size": whole("embedding_length"),
        "intermediate_size": whole("feed_forward_length"),
        "num_hidden_layers": whole("block_count"),
        "num_attention_heads": whole("attention.head_count"),
        "num_key_value_heads": whole("attention.head_count_kv"),
        "max_position_embeddings": whole("context_length"),
        "rms_norm_eps": number("attention.layer_norm_rms_epsilon"),
        "rope_theta": number("rope.freq_base"),
        "tie_word_embeddings": !model.has("output.weight"),
        "eos_token_id": text.whole("tokenizer.ggml.eos_token_id"),
    });
    if let Some(sections) = text.numbers(&format!("{architecture}.rope.dimension_sections")) {
        // The file has a fourth one, which is 0.
        let sections: Vec<u64> = sections.iter().take(3).map(|&section| section.max(0.0) as u64).collect();
        config["rope_scaling"] = json!({ "type": "mrope", "mrope_section": sections });
    }
    if let Some(scaling) = text.text(&format!("{architecture}.rope.scaling.type")).filter(|scaling| scaling != "none") {
        config["rope_scaling"] = json!({ "type": scaling });
    }
    config
}

fn tower(vision: &Gguf) -> Value {
    let whole = |key: &str| vision.whole(&format!("clip.vision.{key}"));
    let depth = whole("block_count");
    let gate = if vision.number("clip.use_silu") == Some(0.0) { "another" } else { "silu" };
    // Every so many blocks one sees the whole picture.
    let full = whole("n_wa_pattern").filter(|&pattern| pattern > 0).map(|pattern| {
        (0..depth.unwrap_or(0).min(1 << 16)).filter(|block| (block + 1).is_multiple_of(pattern)).collect::<Vec<_>>()
    });
    json!({
        "depth": depth,
        "hidden_size": whole("embedding_length"),
        "intermediate_size": whole("feed_forward_length"),
        "num_heads": whole("attention.head_count"),
        "patch_size": whole("patch_size"),
        "spatial_merge_size": whole("spatial_merge_size"),
        "out_hidden_size": whole("projection_dim"),
        "fullatt_block_indexes": full,
        "hidden_act": gate,
    })
}

/// The id of the token that is spelled so.
fn token(text: &Gguf, spelled: &str) -> Option<usize> {
    text.texts("tokenizer.ggml.tokens")?.iter().position(|token| token == spelled)
}
