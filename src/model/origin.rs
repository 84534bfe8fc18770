//! Where a model comes from: a folder in the layout of the hub, or GGUF files. What is asked of either is the same.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::chat::ChatTemplate;
use super::compute::ComputeDevice;
use super::directory::{json_file, name_of, read_config};
use super::error::ModelError;
use super::fields::token_list;
use super::gguf::{self, GgufModel};
use super::image_processor::ImageProcessor;
use super::left_out::LeftOut;
use super::lora::{Adapted, LoraChoice};
use super::tokenizer::Tokenizer;
use super::weights::{Checkpoint, Layers};

/// Factors that a repeated token can be made less likely by, or more; released models ask for 1 to 1.3.
const PENALTIES: RangeInclusive<f32> = 0.5..=2.0;

/// A model before its weights are read.
#[derive(Debug)]
pub(crate) struct Origin {
    /// The folder; that of the text file where it is GGUF.
    pub folder: PathBuf,
    /// The file that says what the model is.
    pub path: PathBuf,
    /// What `config.json` says, or what would stand there.
    pub config: Value,
    loras: Vec<LoraChoice>,
    gguf: Option<GgufModel>,
}

impl Origin {
    /// What lies at `path`: a folder, or a GGUF file.
    ///
    /// # Errors
    /// See [`read_config`]; and where GGUF files do not make one model.
    pub fn of(path: &Path) -> Result<Self, ModelError> {
        let Some(model) = gguf::find(path)? else {
            let (file, config) = read_config(path)?;
            return Ok(Self { folder: path.to_path_buf(), path: file, config, loras: Vec::new(), gguf: None });
        };
        let file = model.text.path.clone();
        let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
        let config = gguf::config_json(&model);
        Ok(Self { folder, path: file, config, loras: Vec::new(), gguf: Some(model) })
    }

    /// The same with these adapters added to it.
    pub fn with_loras(self, loras: &[LoraChoice]) -> Self {
        Self { loras: loras.to_vec(), ..self }
    }

    /// Whether it is GGUF files.
    pub fn is_gguf(&self) -> bool {
        self.gguf.is_some()
    }

    /// The name for people: the folder's or the hub's, or the GGUF file's.
    pub fn name(&self) -> String {
        match &self.gguf {
            Some(_) => self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            None => name_of(&self.folder),
        }
    }

    /// The weights with the adapters; `renames` are those of the hub's layout, and `layers` all that there may be.
    pub fn source(
        &self,
        device: &ComputeDevice,
        renames: &[(&str, &str)],
        layers: &[Layers],
    ) -> Result<Adapted, ModelError> {
        let mut checkpoint = match &self.gguf {
            Some(model) => Checkpoint::of_gguf(model, device)?,
            None => Checkpoint::open(&self.folder, device, renames)?,
        };
        checkpoint.check_layers(layers)?;
        if !self.is_gguf() {
            checkpoint = checkpoint.packed_as_wanted()?;
        }
        Adapted::open(checkpoint, &self.loras)
    }

    /// The tokenizer.
    pub fn tokenizer(&self, left_out: &mut Vec<LeftOut>) -> Result<Tokenizer, ModelError> {
        let is_named = self.is_gguf() || self.folder.join("tokenizer_config.json").exists();
        left_out.extend((!is_named).then_some(LeftOut::TokenizerConfig));
        Ok(match &self.gguf {
            Some(model) => {
                let json = model.text.tokenizer_json();
                Tokenizer::from_json(&self.path, json.map_err(|reason| model.text.wrong(reason))?)?
            }
            None => Tokenizer::from_dir(&self.folder)?,
        })
    }

    /// The file that the tokenizer is read from.
    pub fn tokenizer_file(&self) -> PathBuf {
        if self.gguf.is_some() { self.path.clone() } else { self.folder.join("tokenizer.json") }
    }

    /// The chat template, `own` where there is none.
    pub fn template(&self, own: &str, left_out: &mut Vec<LeftOut>) -> Result<ChatTemplate, ModelError> {
        let Some(model) = &self.gguf else { return Ok(ChatTemplate::from_dir_or(&self.folder, own, left_out)?) };
        let brought = model.text.text("tokenizer.chat_template");
        left_out.extend(brought.is_none().then_some(LeftOut::ChatTemplate));
        let tokens = model.text.texts("tokenizer.ggml.tokens").unwrap_or_default();
        let token = |name: &str| {
            let id = model.text.whole(&format!("tokenizer.ggml.{name}_token_id"))?;
            Some(tokens.get(usize::try_from(id).ok()?)?.to_string())
        };
        let special = json!({ "bos_token": token("bos"), "eos_token": token("eos"), "pad_token": token("padding") });
        Ok(ChatTemplate::from_text(&self.path, brought.as_deref().unwrap_or(own), &special)?)
    }

    /// What makes patches of pictures for a tower with these sizes of a patch, of its frames and of a merged cell.
    pub fn image_processor(
        &self,
        sizes: [usize; 3],
        left_out: &mut Vec<LeftOut>,
    ) -> Result<ImageProcessor, ModelError> {
        let Some(vision) = self.gguf.as_ref().and_then(|model| model.vision.as_ref()) else {
            return Ok(ImageProcessor::from_dir_or(&self.folder, sizes, left_out)?);
        };
        let [patch, frames, merge] = sizes;
        let mut said = json!({ "patch_size": patch, "temporal_patch_size": frames, "merge_size": merge });
        for (field, key) in [("min_pixels", "image_min_pixels"), ("max_pixels", "image_max_pixels")] {
            if let Some(pixels) = vision.whole(&format!("clip.vision.{key}")) {
                said[field] = json!(pixels);
            }
        }
        for field in ["image_mean", "image_std"] {
            if let Some(levels) = vision.numbers(&format!("clip.vision.{field}")) {
                said[field] = json!(levels);
            }
        }
        Ok(ImageProcessor::from_json(&vision.path, said)?)
    }

    /// The tokens that end an answer by `generation_config.json` or else by `config.json`; where neither names any, those of
    /// `usual` that the tokenizer has. A GGUF file names one of several, so `usual` is added there.
    pub fn end_tokens(&self, tokenizer: &Tokenizer, usual: &[&str]) -> Result<Vec<u32>, ModelError> {
        let usual = || usual.iter().filter_map(|token| tokenizer.token_id(token)).collect::<Vec<_>>();
        if self.gguf.is_some() {
            let mut named = token_list(&self.config["eos_token_id"]);
            named.extend(usual().into_iter().filter(|token| !named.contains(token)).collect::<Vec<_>>());
            return Ok(named);
        }
        let generation = json_file(&self.folder.join("generation_config.json"))?.unwrap_or_default();
        let named = [&generation, &self.config["text_config"], &self.config];
        let named = named.map(|file| token_list(&file["eos_token_id"])).into_iter().find(|list| !list.is_empty());
        Ok(named.unwrap_or_else(usual))
    }

    /// See [`repetition_penalty`]; GGUF files have none.
    pub fn repetition_penalty(&self) -> Result<f32, ModelError> {
        if self.is_gguf() { Ok(1.0) } else { repetition_penalty(&self.folder) }
    }
}

/// The `repetition_penalty` of a folder's `generation_config.json`, 1 where it has none.
///
/// # Errors
/// One that is no number, or beyond what any model was made for.
pub fn repetition_penalty(folder: &Path) -> Result<f32, ModelError> {
    let path = folder.join("generation_config.json");
    let generation = json_file(&path)?.unwrap_or_default();
    match &generation["repetition_penalty"] {
        Value::Null => Ok(1.0),
        said => said.as_f64().map(|said| said as f32).filter(|said| PENALTIES.contains(said)).ok_or_else(|| {
            let (least, most) = (PENALTIES.start(), PENALTIES.end());
            ModelError::Config { path, reason: format!("'repetition_penalty' is no number from {least} to {most}") }
        }),
    }
}
