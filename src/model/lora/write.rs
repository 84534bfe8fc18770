//! Adapters as PEFT saves them.

use std::path::Path;

use serde_json::json;

use crate::model::error::ModelError;
use crate::model::save::{NamedTensor, SavedType, save};

/// What `adapter_config.json` says.
#[derive(Debug, Clone, PartialEq)]
pub struct LoraSettings {
    /// Columns of the first factor.
    pub rank: usize,
    /// The product of the factors counts `alpha / rank` times.
    pub alpha: f64,
    /// The probability with which numbers of its inputs were left out in training.
    pub dropout: f64,
    /// The model that it belongs to.
    pub base: String,
    /// An expression for the whole names of the layers, as PEFT matches them in memory.
    pub targets: String,
}

/// Writes an adapter into `folder`, which exists: its factors under PEFT's names, in f32, and its settings.
pub fn save_lora(folder: &Path, settings: &LoraSettings, factors: Vec<NamedTensor>) -> Result<(), ModelError> {
    let named =
        factors.into_iter().map(|tensor| NamedTensor { name: format!("base_model.model.{}", tensor.name), ..tensor });
    save(named.collect(), SavedType::F32, &folder.join("adapter_model.safetensors"))?;
    let config = json!({
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": settings.base,
        "r": settings.rank,
        "lora_alpha": settings.alpha,
        "lora_dropout": settings.dropout,
        "target_modules": settings.targets,
        "bias": "none",
        "fan_in_fan_out": false,
        "inference_mode": true,
        "init_lora_weights": true,
    });
    let file = folder.join("adapter_config.json");
    let text = serde_json::to_string_pretty(&config).unwrap_or_default();
    std::fs::write(&file, text).map_err(|source| ModelError::Write { path: file, reason: source.to_string() })
}
