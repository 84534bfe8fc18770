//! An adapter as PEFT saves it: `adapter_config.json` beside `adapter_model.safetensors` (or `.bin`).

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::LoraProblem;
use super::names::{Factor, core, factor_of};
use crate::model::compute::ComputeDevice;
use crate::model::directory::{folder_name, json_file};
use crate::model::error::ModelError;
use crate::model::weights::{Checkpoint, Role, Source as _};
use crate::picture::sha256_of;

/// First values that are taken out of the base, so that the factors fit no base that is as it was.
const CHANGES_BASE: [&str; 5] = ["pissa", "olora", "corda", "loftq", "lora_ga"];

/// Settings under which factors mean something else than two matrices that are multiplied.
const OTHER_KINDS: [&str; 8] = [
    "alora_invocation_tokens",
    "arrow_config",
    "kasa_config",
    "layer_replication",
    "monteclora_config",
    "use_bdlora",
    "use_qalora",
    "velora_config",
];

/// An adapter that the user adds to a model.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LoraChoice {
    /// Its folder.
    pub folder: PathBuf,
    /// How much of it counts: 100 as it was trained, 0 for nothing.
    pub percent: u16,
}

impl LoraChoice {
    /// All of an adapter, as it was trained.
    pub fn whole(folder: PathBuf) -> Self {
        Self { folder, percent: 100 }
    }

    /// The adapter that a file of settings names: a folder, with `@PERCENT` behind it for a part of it.
    pub fn named(path: &Path) -> Self {
        path.to_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| Self::whole(path.to_owned()))
    }

    /// How a file of settings names it, so that [`LoraChoice::named`] reads it back.
    pub fn in_a_file(&self) -> PathBuf {
        let mut named = self.folder.clone().into_os_string();
        if self.percent != 100 {
            named.push(format!("@{}", self.percent));
        }
        named.into()
    }

    /// What a finding keeps of it, as [`LoraFacts::recorded`], without opening more than it takes to hash it.
    ///
    /// # Errors
    /// Where the file with its factors is not there or cannot be read.
    pub fn recorded(&self) -> Result<String, ModelError> {
        Ok(recorded(&self.name(), &sha256_of_factors(&weights_of(&self.folder)?)?, self.percent))
    }

    /// The folder's name.
    pub fn name(&self) -> String {
        folder_name(&self.folder)
    }
}

impl FromStr for LoraChoice {
    type Err = String;

    /// A folder, with `@PERCENT` behind it for a part of it. A folder whose own name ends so is taken whole.
    fn from_str(text: &str) -> Result<Self, String> {
        let Some((folder, percent)) = text.rsplit_once('@').filter(|_| !Path::new(text).is_dir()) else {
            return Ok(Self::whole(text.into()));
        };
        match percent.trim_end_matches('%').parse() {
            Ok(percent @ 0..=1000) => Ok(Self { folder: folder.into(), percent }),
            _ => Err(format!(
                "'{percent}' is no percentage; give a whole number from 0 to 1000, 100 for all of the adapter"
            )),
        }
    }
}

/// What an adapter is in the model that it was added to, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct LoraFacts {
    /// The folder's name.
    pub name: String,
    /// As the user chose.
    pub percent: u16,
    /// Of the file that holds its factors, in lower-case hexadecimal.
    pub sha256: String,
    /// Layers of the model that it changes.
    pub layers: usize,
    /// With what probability numbers of its input were left out while it learned, by its settings; it plays no part any more.
    pub dropout: f64,
    /// What the file holds for none of the model's layers, by its own names.
    pub unmatched: Vec<String>,
}

impl LoraFacts {
    /// What a finding keeps of it, by which it can be repeated.
    pub fn recorded(&self) -> String {
        recorded(&self.name, &self.sha256, self.percent)
    }
}

fn recorded(name: &str, sha256: &str, percent: u16) -> String {
    let share = if percent == 100 { String::new() } else { format!(" at {percent} %") };
    format!("{name} sha256:{sha256}{share}")
}

/// An opened adapter: what it has for which layer of a model.
#[derive(Debug)]
pub(in crate::model) struct Lora {
    folder: PathBuf,
    file: Checkpoint,
    layers: HashMap<String, Layer>,
    pub facts: LoraFacts,
}

/// Names of the two tensors of a layer, and what their product is multiplied by.
#[derive(Debug)]
struct Layer {
    a: (String, [usize; 2]),
    b: (String, [usize; 2]),
    scale: f64,
}

/// The factors of a layer and their scale.
pub(in crate::model) struct Factors {
    /// `[rank, in]`, f32.
    pub a: TensorData,
    /// `[out, rank]`, f32.
    pub b: TensorData,
    pub scale: f64,
}

impl Lora {
    /// Opens the adapter for a model with these `matrices`, by name without `.weight` and with `[out, in]`.
    pub fn open(choice: &LoraChoice, matrices: &[(String, [usize; 2])]) -> Result<Self, ModelError> {
        let folder = &choice.folder;
        let wrong = |problem| ModelError::Lora { path: folder.clone(), problem: Box::new(problem) };
        let settings = folder.join("adapter_config.json");
        let settings = json_file(&settings)?.ok_or_else(|| wrong(LoraProblem::NoAdapter))?;
        let settings = Settings::of(&settings).map_err(wrong)?;
        let weights = weights_of(folder)?;
        let file = Checkpoint::open_file(&weights, &ComputeDevice::cpu().in_f32())?;
        let (pairs, mut unmatched) = pairs(&file).map_err(wrong)?;
        let found: HashMap<&str, &(String, [usize; 2])> =
            matrices.iter().map(|matrix| (core(&matrix.0), matrix)).collect();
        let mut layers = HashMap::new();
        for (layer, pair) in &pairs {
            let Some((name, shape)) = found.get(layer.as_str()) else {
                unmatched.push(pair.name.clone());
                continue;
            };
            let layer = pair.layer(&settings, *shape, f64::from(choice.percent) / 100.0).map_err(wrong)?;
            layers.insert(name.clone(), layer);
        }
        if layers.is_empty() {
            let first = pairs.values().next().map_or_else(|| "none".to_owned(), |pair| pair.name.clone());
            return Err(wrong(LoraProblem::NothingMatches { layers: pairs.len(), first, base: settings.base }));
        }
        let facts = LoraFacts {
            name: choice.name(),
            percent: choice.percent,
            sha256: sha256_of_factors(&weights)?,
            layers: layers.len(),
            dropout: settings.dropout,
            unmatched,
        };
        Ok(Self { folder: folder.clone(), file, layers, facts })
    }

    /// Whether it changes a layer whose name begins with `part`.
    pub fn changes(&self, part: &str) -> bool {
        self.layers.keys().any(|name| core(name).starts_with(part))
    }

    /// What it has for the matrix `name`.
    ///
    /// # Errors
    /// Also where a number of it is none: it would make all that the model says none.
    pub fn factors(&self, name: &str) -> Result<Option<Factors>, ModelError> {
        let Some(layer) = self.layers.get(name) else { return Ok(None) };
        let read = |(name, shape): &(String, [usize; 2])| self.file.data(name, shape, Role::Matrix);
        let (a, b) = (read(&layer.a)?, read(&layer.b)?);
        if [&a, &b].into_iter().any(|factor| factor.iter::<f32>().any(|number| !number.is_finite())) {
            let problem = Box::new(LoraProblem::NoNumbers { layer: name.to_owned() });
            return Err(ModelError::Lora { path: self.folder.clone(), problem });
        }
        Ok(Some(Factors { a, b, scale: layer.scale }))
    }
}

fn sha256_of_factors(file: &Path) -> Result<String, ModelError> {
    sha256_of(file).map_err(|source| ModelError::Read { path: file.to_owned(), source })
}

fn weights_of(folder: &Path) -> Result<PathBuf, ModelError> {
    let files = ["adapter_model.safetensors", "adapter_model.bin"].map(|name| folder.join(name));
    match files.iter().find(|file| file.is_file()) {
        Some(file) => Ok(file.clone()),
        None => Err(ModelError::MissingFile { path: files[0].clone() }),
    }
}

/// The two factors of a layer as they stand in the file.
#[derive(Debug, Default)]
struct Pair {
    /// The layer as the file names it.
    name: String,
    a: Option<(String, Vec<usize>)>,
    b: Option<(String, Vec<usize>)>,
}

/// All factors by their layer's [`core`], and the other tensors.
fn pairs(file: &Checkpoint) -> Result<(BTreeMap<String, Pair>, Vec<String>), LoraProblem> {
    let mut pairs: BTreeMap<String, Pair> = BTreeMap::new();
    let mut others = Vec::new();
    let mut tensors: Vec<(&str, &[usize])> = file.shapes().collect();
    tensors.sort_unstable();
    for (tensor, shape) in tensors {
        let Some((layer, factor)) = factor_of(tensor) else {
            others.push(tensor.to_owned());
            continue;
        };
        let pair = pairs.entry(core(layer).to_owned()).or_default();
        layer.clone_into(&mut pair.name);
        let place = match factor {
            Factor::A => &mut pair.a,
            Factor::B => &mut pair.b,
        };
        if place.replace((tensor.to_owned(), shape.to_vec())).is_some() {
            return Err(LoraProblem::Twice { layer: core(layer).to_owned() });
        }
    }
    Ok((pairs, others))
}

impl Pair {
    /// The layer for a matrix of this shape.
    fn layer(&self, settings: &Settings, matrix: [usize; 2], strength: f64) -> Result<Layer, LoraProblem> {
        let (Some((a, a_shape)), Some((b, b_shape))) = (&self.a, &self.b) else {
            return Err(LoraProblem::Half { layer: self.name.clone() });
        };
        match (a_shape.as_slice(), b_shape.as_slice()) {
            (&[rank, inp], &[out, b_rank]) if rank == b_rank && rank > 0 && [out, inp] == matrix => {
                let scale = strength * settings.scale(&self.name, rank);
                Ok(Layer { a: (a.clone(), [rank, inp]), b: (b.clone(), [out, rank]), scale })
            }
            _ => Err(LoraProblem::WrongShape {
                layer: self.name.clone(),
                a: a_shape.clone(),
                b: b_shape.clone(),
                matrix,
                base: settings.base.clone(),
            }),
        }
    }
}

/// What `adapter_config.json` says of how the factors are used.
#[derive(Debug)]
struct Settings {
    alpha: f64,
    /// Of single layers, by the end of their names.
    alphas: Vec<(String, f64)>,
    /// Whether the scale is alpha over the root of the rank (rsLoRA, <https://arxiv.org/abs/2312.03732>).
    by_root: bool,
    /// 0 where nothing sound is said, since nothing is computed by it.
    dropout: f64,
    /// The model that it was trained on, in brackets with a blank before them, or nothing.
    base: String,
}

impl Settings {
    fn of(json: &Value) -> Result<Self, LoraProblem> {
        let kind = json["peft_type"].as_str().unwrap_or("LORA");
        let is_set = |field: &str| match &json[field] {
            Value::Null | Value::Bool(false) => false,
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            _ => true,
        };
        let refused = [
            (kind != "LORA", format!("of the kind {kind}")),
            (is_set("use_dora"), "a DoRA adapter".to_owned()),
            (is_set("modules_to_save"), "an adapter that brings whole layers (modules_to_save)".to_owned()),
            (json["bias"].as_str().is_some_and(|bias| bias != "none"), "an adapter that changes biases".to_owned()),
            (is_set("lora_bias"), "an adapter with biases of its own".to_owned()),
            (is_set("trainable_token_indices"), "an adapter with tokens of its own".to_owned()),
            (
                json["init_lora_weights"].as_str().is_some_and(|init| CHANGES_BASE.iter().any(|c| init.starts_with(c))),
                format!("an adapter whose base was changed when it was begun ({})", json["init_lora_weights"]),
            ),
        ];
        if let Some(field) = OTHER_KINDS.iter().find(|field| is_set(field)) {
            return Err(LoraProblem::Kind(format!("another kind of LoRA ({field})")));
        }
        if let Some((_, kind)) = refused.into_iter().find(|(is_so, _)| *is_so) {
            return Err(LoraProblem::Kind(kind));
        }
        let alpha = json["lora_alpha"].as_f64().filter(|alpha| alpha.is_finite());
        let alpha = alpha.ok_or_else(|| LoraProblem::Settings("does not say lora_alpha, a number".to_owned()))?;
        let mut alphas = Vec::new();
        for (layer, alpha) in json["alpha_pattern"].as_object().into_iter().flatten() {
            let is_plain = layer.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c));
            match alpha.as_f64().filter(|_| is_plain) {
                Some(alpha) => alphas.push((layer.clone(), alpha)),
                None => return Err(LoraProblem::Settings(format!("has an alpha_pattern that is not read: {layer}"))),
            }
        }
        let base = json["base_model_name_or_path"].as_str().filter(|base| !base.is_empty());
        let base = base.map_or_else(String::new, |base| format!(" ({})", base.replace(char::is_control, " ")));
        let dropout = json["lora_dropout"].as_f64().filter(|share| (0.0..=1.0).contains(share)).unwrap_or(0.0);
        Ok(Self { alpha, alphas, by_root: is_set("use_rslora"), dropout, base })
    }

    /// `alpha / rank`, or alpha over the root of it.
    fn scale(&self, layer: &str, rank: usize) -> f64 {
        let is_of =
            |end: &str| layer.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('.'));
        let alpha = self.alphas.iter().find(|(end, _)| is_of(end)).map_or(self.alpha, |(_, alpha)| *alpha);
        let rank = rank as f64;
        alpha / if self.by_root { rank.sqrt() } else { rank }
    }
}
