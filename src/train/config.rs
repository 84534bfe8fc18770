//! The training file: a TOML table that says what is trained, on what, and how.
//!
//! Everything that decides the outcome stands in it, so that a run can be repeated from the file alone. A key that is
//! not known here is refused by its name, and every value is checked before anything is loaded. Relative paths are taken
//! from the folder of the file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    schedule::Schedule,
    toml_file::{ConfigError, folder_of, toml_problem},
};
use crate::dataset::{APART_KM, Source, table::ColumnChoice};
use crate::model::Products;

/// A training file, read and checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// The folder for checkpoints and the log.
    pub out: PathBuf,
    /// Which question and answer the model learns.
    pub stage: Stage,
    /// Decides the order of the pictures, the validation share and, for a model from scratch, its first weights.
    #[serde(default)]
    pub seed: u64,
    /// `auto`, `cpu`, `gpu` or `gpu:N`.
    #[serde(default = "auto_device")]
    pub device: String,
    /// What to start from.
    pub model: ModelPart,
    /// The adapter, where `model.parameters` is `lora`.
    #[serde(default)]
    pub lora: LoraTable,
    /// What is kept of pictures between their lessons.
    #[serde(default)]
    pub features: FeaturesPart,
    /// The pictures.
    pub data: DataPart,
    /// How long and how fast to learn.
    pub schedule: SchedulePart,
    /// How often to look at pictures that are not learned.
    #[serde(default)]
    pub validation: ValidationPart,
    /// Held-back pictures that are answered again and again.
    #[serde(default)]
    pub probes: ProbesPart,
    /// How often to save.
    #[serde(default)]
    pub checkpoint: CheckpointPart,
}

/// Which question is asked of each picture and which answer is learned, where its source has no conversation (GeoReasoner tunes the first two one after the
/// other; `full` is the question that `locate` asks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Country and the reasons for it.
    Reasoning,
    /// Country and city.
    Location,
    /// Country, city and reasons.
    Full,
    /// The same, then a hint that may be right or wrong, and again the answer (GaGA's dialogues).
    Correction,
}

/// What to start from: `base` or `init`, and which parameters learn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelPart {
    /// A checkpoint folder to train on from.
    pub base: Option<PathBuf>,
    /// A small model with random first weights.
    pub init: Option<InitPart>,
    /// Which parameters learn.
    #[serde(default)]
    pub parameters: Parameters,
    /// At most so many tokens a picture; as many as usual where nothing is said. Fewer of them need less memory and time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture_tokens: Option<usize>,
}

/// Which parameters learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parameters {
    /// All of them.
    #[default]
    All,
    /// All but the vision tower's, which costs about half as much time where the tower is the larger part.
    Text,
    /// A LoRA adapter beside the decoder's weights, which stay as they are.
    Lora,
}

/// The adapter that is trained, and the weights beside which it is trained. What is not said is as GeoReasoner has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoraTable {
    /// Columns of the first factor.
    pub rank: usize,
    /// The product of the factors counts `alpha / rank` times.
    pub alpha: f64,
    /// The decoder's linear layers that get factors, by the last part of their names.
    pub targets: Vec<String>,
    /// With what probability each number that goes into the adapter is left out while it learns. Training files that say nothing
    /// of it have always meant 0; the paper's is [`LoraTable::of_paper`]'s.
    pub dropout: f64,
    /// In how many bits the weights are held: `full`, `8-bit` or `4-bit`.
    pub precision: String,
    /// In what products with the frozen weights are taken where those are half precision or packed: `f32`, which every machine does,
    /// or `bf16`, which processors with instructions for it do twice as fast. Training files that say nothing of it have always
    /// meant f32.
    pub products: Products,
    /// Whether each layer is computed again on the way back, which takes the memory of one layer in the place of all, and the time
    /// of another forward pass.
    pub recompute: bool,
    /// Adapters that are laid on the model before, in this order, and do not learn: stage one's when stage two is trained. `@PERCENT`
    /// behind a folder lays a part of it on.
    pub on: Vec<PathBuf>,
}

/// What the vision tower makes of pictures is kept on the disk where the tower does not learn, for every run with the same tower.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeaturesPart {
    /// Where; `features` beside `out` where nothing is said.
    pub folder: Option<PathBuf>,
    /// So many GiB at most; 0 keeps nothing.
    pub gib: f64,
}

impl Default for FeaturesPart {
    fn default() -> Self {
        Self { folder: None, gib: 20.0 }
    }
}

impl Default for LoraTable {
    fn default() -> Self {
        // GeoReasoner's released script gives no factors to the feed-forward part's output projection.
        let targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj"];
        Self {
            rank: 64,
            alpha: 16.0,
            targets: targets.map(str::to_owned).to_vec(),
            dropout: 0.0,
            precision: "full".to_owned(),
            products: Products::F32,
            recompute: true,
            on: Vec::new(),
        }
    }
}

impl LoraTable {
    /// All as GeoReasoner's released script has it, dropout and bf16 included.
    pub fn of_paper() -> Self {
        Self { dropout: 0.05, products: Products::Bf16, ..Self::default() }
    }
}

/// The sizes of a model from scratch (Qwen2.5-VL with tied embeddings).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitPart {
    /// A folder with `tokenizer.json`, `tokenizer_config.json`, the chat template and `preprocessor_config.json`.
    pub tokenizer: PathBuf,
    /// The text decoder.
    pub text: TextSizes,
    /// The vision tower.
    pub vision: VisionSizes,
}

/// Sizes of the text decoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSizes {
    /// Width of a token.
    pub width: usize,
    /// Layers.
    pub layers: usize,
    /// Attention heads; they share the width evenly.
    pub heads: usize,
    /// Heads of keys and values, each shared by `heads / key_value_heads` heads.
    pub key_value_heads: usize,
    /// Width inside the feed-forward part.
    pub feed_forward: usize,
}

/// Sizes of the vision tower.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisionSizes {
    /// Width of a patch.
    pub width: usize,
    /// Layers.
    pub layers: usize,
    /// Attention heads; they share the width evenly.
    pub heads: usize,
    /// Width inside the feed-forward part.
    pub feed_forward: usize,
    /// Side of an attention window, in pixels.
    pub window: usize,
    /// The layers that see the whole picture; the others see a window.
    pub full_attention_layers: Vec<usize>,
}

/// The pictures to learn: `sources` or `manifests`, `streets`, or both, which are then divided by place together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataPart {
    /// Folders, tables, indexes, and records as JSON, JSONL or Parquet with conversations or without. What cannot be used of
    /// them is left out, as `terrasight dataset check` tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// CSV files as `terrasight streets` writes them, or others whose columns can be told, of which every row must be
    /// sound.
    #[serde(default)]
    pub manifests: Vec<PathBuf>,
    /// Which columns of the manifests mean what, where their names do not tell: `path=File,latitude=Y,longitude=X`.
    #[serde(default, skip_serializing_if = "ColumnChoice::is_empty")]
    pub columns: ColumnChoice,
    /// Where relative paths of the manifests start from; each one's own folder where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<PathBuf>,
    /// Nothing is learned that was taken within so many kilometres of what is held back.
    #[serde(default = "apart_km")]
    pub apart_km: f64,
    /// Texts of the sources that name no place are left out, and examples that have no other, as GeoReasoner's clues were
    /// cleaned.
    #[serde(default)]
    pub clean: bool,
    /// Streets drawn while training; nothing is written to the disk.
    pub streets: Option<Streets>,
    /// A file with the seeds of the streets to draw, one a line, where they are no range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_list: Option<PathBuf>,
    /// Only pictures at least so locatable are learned, by the scores that their sources give them, and of drawn streets by the
    /// true one; 0.4 is the paper's threshold. Held-back pictures are taken whatever their score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_locatability: Option<f64>,
    /// Drawn streets are saved as JPEG of a quality between these two, 1 to 100, before they are learned: photographs
    /// mostly come so.
    pub jpeg_quality: Option<[u8; 2]>,
}

/// A range of seeds of the drawn street world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Streets {
    /// The first seed.
    pub seed: u64,
    /// How many seeds.
    pub count: u64,
}

/// How long and how fast to learn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchedulePart {
    /// How many steps; this or `epochs`.
    pub steps: Option<u64>,
    /// How often each picture is learned; this or `steps`.
    pub epochs: Option<f64>,
    /// Pictures whose gradients are taken at once.
    pub batch: usize,
    /// Batches whose gradients are summed before the parameters move.
    #[serde(default = "one")]
    pub accumulate: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// The learning rate at the end, as a share of the highest.
    #[serde(default)]
    pub final_share: f64,
    /// Steps over which the learning rate rises from zero; this or `warmup_ratio`.
    #[serde(default)]
    pub warmup_steps: u64,
    /// The same as a share of all steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warmup_ratio: Option<f64>,
    /// Decay of matrices towards zero (biases and norms do not decay).
    #[serde(default)]
    pub weight_decay: f64,
    /// The greatest length of the gradient over all parameters; longer ones are shortened to it.
    #[serde(default = "one_f64")]
    pub clip: f64,
    /// Adam's memory of gradients.
    #[serde(default = "beta_1")]
    pub beta_1: f64,
    /// Adam's memory of squared gradients.
    #[serde(default = "beta_2")]
    pub beta_2: f64,
    /// Answers are cut after so many tokens.
    #[serde(default = "answer_tokens")]
    pub max_answer_tokens: usize,
}

/// How often to look at pictures that are not learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValidationPart {
    /// The share of the pictures held back, by place where they come from a manifest; 0 for none.
    pub share: f64,
    /// At most so many of them are looked at each time.
    pub pictures: usize,
    /// Before the first step, then every so many steps, and at the end.
    pub every: u64,
}

impl Default for ValidationPart {
    fn default() -> Self {
        Self { share: 0.02, pictures: 64, every: 200 }
    }
}

/// Held-back pictures that the model answers again and again, so that one sees what it learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProbesPart {
    /// How many; 0 for none.
    pub pictures: usize,
    /// Before the first step, then every so many steps, and at the end.
    pub every: u64,
}

impl Default for ProbesPart {
    fn default() -> Self {
        Self { pictures: 0, every: 200 }
    }
}

/// How often to save.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckpointPart {
    /// Every so many steps, at the end, and when stopped.
    pub every: u64,
    /// The number format of the weights in `best`; those in `last` are always f32, or training could not go on exactly.
    pub best: Precision,
}

impl Default for CheckpointPart {
    fn default() -> Self {
        Self { every: 200, best: Precision::F32 }
    }
}

/// The number format of saved weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Four bytes a number.
    F32,
    /// Two bytes a number.
    F16,
}

fn apart_km() -> f64 {
    APART_KM
}

fn auto_device() -> String {
    "auto".to_owned()
}

fn one() -> usize {
    1
}

fn one_f64() -> f64 {
    1.0
}

fn beta_1() -> f64 {
    0.9
}

fn beta_2() -> f64 {
    // As GeoReasoner's tuning script has it; 0.999 forgets too slowly for runs of a few hundred steps.
    0.95
}

fn answer_tokens() -> usize {
    256
}

impl SchedulePart {
    /// How many pictures a step of the optimizer learns.
    pub fn pictures_per_step(&self) -> usize {
        self.batch * self.accumulate
    }

    /// How the learning rate moves over a run that learns so many pictures.
    pub fn over(&self, n_pictures: usize) -> Schedule {
        let a_step = self.pictures_per_step().max(1) as f64;
        let of_epochs = |epochs: f64| ((epochs * n_pictures as f64 / a_step).ceil() as u64).max(1);
        let steps = self.steps.unwrap_or_else(|| of_epochs(self.epochs.unwrap_or(1.0)));
        let of_ratio = |ratio: f64| (ratio * steps as f64).ceil() as u64;
        let warmup_steps = self.warmup_ratio.map_or(self.warmup_steps, of_ratio);
        Schedule { steps, warmup_steps, peak: self.learning_rate, final_share: self.final_share }
    }
}

impl TrainConfig {
    /// Reads and checks a training file and makes its paths absolute.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(file).map_err(|cause| ConfigError::Unreadable { file: file.to_owned(), cause })?;
        let mut config = Self::parse(file, &text)?;
        config.resolve_paths(&folder_of(file)?);
        Ok(config)
    }

    fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)
            .map_err(|error| ConfigError::Form { file: file.to_owned(), problem: toml_problem(text, &error) })?;
        match config.problem() {
            Some((key, problem)) => Err(ConfigError::Value { file: file.to_owned(), key, problem }),
            None => Ok(config),
        }
    }

    fn resolve_paths(&mut self, folder: &Path) {
        self.out = folder.join(&self.out);
        self.model.base = self.model.base.as_ref().map(|base| folder.join(base));
        if let Some(init) = &mut self.model.init {
            init.tokenizer = folder.join(&init.tokenizer);
        }
        self.features.folder = self.features.folder.as_ref().map(|features| folder.join(features));
        for adapter in &mut self.lora.on {
            *adapter = folder.join(&*adapter);
        }
        for manifest in &mut self.data.manifests {
            *manifest = folder.join(&*manifest);
        }
        self.data.root = self.data.root.as_ref().map(|root| folder.join(root));
        self.data.street_list = self.data.street_list.as_ref().map(|list| folder.join(list));
        self.data.sources.iter_mut().for_each(|source| source.start_from(folder));
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
