//! The training of a locatability network, as the table `[locatability_network]` of a training file says: the tower
//! looks at each picture once, and the head learns from what it saw.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use image::RgbImage;
use serde::Deserialize;

use super::{
    TrainError,
    checkpoint::Checkpoints,
    head::{HeadData, HeadProgress, HeadSettings, TrainedHead, train_head},
    toml_file::{ConfigError, folder_of, toml_problem},
};
use crate::{
    dataset::{
        ScoredPicture, read_scored,
        table::{ColumnChoice, TableOptions},
    },
    locatability::{HeadFacts, HeldOut, save_head},
    model::{Clip, DeviceChoice, ModelError, device},
    picture::Picture,
};

/// Pictures that the tower looks at together.
const AT_ONCE: usize = 64;

/// The folder in `out`.
const NAME: &str = "network";

/// What a locatability network is trained on and how.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// The folder of a CLIP whose vision tower it uses.
    pub tower: PathBuf,
    /// CSV tables with the columns `path` and `locatability`: manifests, or what `terrasight locatability` writes.
    pub data: Vec<PathBuf>,
    /// Which columns of the tables mean what, where their names do not tell: `path=File,locatability=Score`.
    #[serde(default)]
    pub columns: ColumnChoice,
    /// Where relative paths of the tables start from; each one's own folder where nothing is said.
    pub root: Option<PathBuf>,
    /// The folder in which the folder `network` is made.
    pub out: PathBuf,
    /// `auto`, `cpu`, `gpu` or `gpu:N`.
    #[serde(default = "auto_device")]
    pub device: String,
    /// Steps at most; it stops earlier where it gets no better.
    #[serde(default = "steps")]
    pub steps: u64,
    /// Pictures a step.
    #[serde(default = "batch")]
    pub batch: usize,
    /// The highest learning rate.
    #[serde(default = "learning_rate")]
    pub learning_rate: f64,
    /// Decay of matrices towards zero.
    #[serde(default = "weight_decay")]
    pub weight_decay: f64,
    /// Numbers between the head's two layers.
    #[serde(default = "hidden")]
    pub hidden: usize,
    /// The share of pictures that are not learned: half of them say when to stop, half give the figures.
    #[serde(default = "held_out")]
    pub held_out: f64,
    /// Decides which pictures are held out, the order of the others, and the first weights.
    #[serde(default)]
    pub seed: u64,
}

fn auto_device() -> String {
    "auto".to_owned()
}

fn steps() -> u64 {
    3000
}

fn batch() -> usize {
    256
}

fn learning_rate() -> f64 {
    2e-3
}

fn weight_decay() -> f64 {
    0.01
}

fn hidden() -> usize {
    128
}

fn held_out() -> f64 {
    0.2
}

/// A training file with this one table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    locatability_network: NetworkConfig,
}

impl NetworkConfig {
    /// Reads and checks a training file and takes its paths from its folder; none where it is about another model.
    pub fn read(file: &Path) -> Result<Option<Self>, ConfigError> {
        let text =
            std::fs::read_to_string(file).map_err(|cause| ConfigError::Unreadable { file: file.to_owned(), cause })?;
        // What is no TOML at all is said by who reads the other kind of file.
        if !toml::from_str::<toml::Table>(&text).is_ok_and(|table| table.contains_key("locatability_network")) {
            return Ok(None);
        }
        let form =
            |error: toml::de::Error| ConfigError::Form { file: file.to_owned(), problem: toml_problem(&text, &error) };
        let mut config = toml::from_str::<Whole>(&text).map_err(form)?.locatability_network;
        if let Some((key, problem)) = config.problem() {
            return Err(ConfigError::Value { file: file.to_owned(), key, problem: problem.to_owned() });
        }
        let folder = folder_of(file)?;
        for path in [&mut config.tower, &mut config.out].into_iter().chain(&mut config.data) {
            *path = folder.join(&*path);
        }
        config.root = config.root.map(|root| folder.join(root));
        Ok(Some(config))
    }

    fn problem(&self) -> Option<(&'static str, &'static str)> {
        let outside = |value: f64, low: f64, high: f64| !(value.is_finite() && value > low && value <= high);
        if self.data.is_empty() {
            return Some(("locatability_network.data", "must name at least one CSV file"));
        }
        if self.steps == 0 || self.batch == 0 || self.hidden == 0 {
            return Some(("locatability_network", "needs steps, batch and hidden of at least 1"));
        }
        if self.batch > 1 << 16 || self.hidden > 1 << 12 {
            return Some(("locatability_network", "takes a batch of at most 65536 and a hidden of at most 4096"));
        }
        if outside(self.learning_rate, 0.0, 1.0) {
            return Some(("locatability_network.learning_rate", "must lie above 0 and not above 1"));
        }
        if !(0.0..1.0).contains(&self.weight_decay) {
            return Some(("locatability_network.weight_decay", "must be at least 0 and below 1"));
        }
        if outside(self.held_out, 0.0, 0.6) {
            return Some(("locatability_network.held_out", "must lie above 0 and not above 0.6"));
        }
        None
    }

    fn settings(&self) -> HeadSettings {
        HeadSettings {
            hidden: self.hidden,
            steps: self.steps,
            batch: self.batch,
            learning_rate: self.learning_rate,
            weight_decay: self.weight_decay,
            held_out: self.held_out,
            seed: self.seed,
        }
    }
}

/// Something a run has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum NetworkEvent {
    /// The tower has looked at some of the pictures.
    Seen {
        /// So many.
        done: usize,
        /// Of so many.
        of: usize,
    },
    /// A picture cannot be used and is left out.
    Skipped(String),
    /// The head has learned for a while.
    Learned {
        /// Steps done.
        step: u64,
        /// Steps at most.
        steps: u64,
        /// The mean absolute error on the pictures that say when to stop.
        error: f64,
    },
}

impl fmt::Display for NetworkEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seen { done, of } => write!(f, "{done} of {of} pictures seen"),
            Self::Skipped(error) => write!(f, "left out: {error}"),
            Self::Learned { step, steps, error } => {
                write!(f, "step {step} of at most {steps}: mean absolute error {error:.4}")
            }
        }
    }
}

/// What a run has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkOutcome {
    /// The network's folder.
    pub folder: PathBuf,
    /// Pictures it learned from.
    pub learned: usize,
    /// The step that was kept.
    pub step: u64,
    /// How it does on pictures that had no part in it.
    pub held_out: HeldOut,
}

/// Trains a locatability network. `cancel` is asked after every batch of pictures and every step; then nothing is
/// written.
pub fn train_network(
    config: &NetworkConfig,
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(NetworkEvent),
) -> Result<NetworkOutcome, TrainError> {
    let checkpoints = Checkpoints::open(&config.out)?;
    if checkpoints.folder(NAME).exists() {
        return Err(TrainError::NetworkInUse { out: config.out.clone() });
    }
    let options = TableOptions { columns: config.columns.clone(), root: config.root.clone() };
    let mut pictures = Vec::new();
    for file in &config.data {
        pictures.extend(read_scored(file, &options)?);
    }
    let device = device::open(config.device.parse::<DeviceChoice>()?)?;
    let tower = Clip::open(&config.tower, &device)?;
    let (vectors, scores) = look(&tower, &pictures, cancel, on_event)?;
    let steps = config.steps;
    let mut learned = |HeadProgress { step, error }| on_event(NetworkEvent::Learned { step, steps, error });
    let data = HeadData { vectors: &vectors, scores: &scores };
    let TrainedHead { head, learned, held_out, step } =
        train_head(data, &config.settings(), &device, cancel, &mut learned)?;
    let folder = checkpoints.replace(NAME, |folder| {
        let place = std::path::absolute(&config.tower).map_err(|cause| TrainError::read(&config.tower, cause))?;
        let (width, hidden) = (tower.width(), config.hidden);
        let facts = HeadFacts { tower: place, width, hidden, tower_probe: Vec::new(), learned, held_out };
        Ok(save_head(folder, &head, &tower, facts)?)
    })?;
    Ok(NetworkOutcome { folder, learned, step, held_out })
}

/// What the tower makes of each picture that can be opened, and the scores of these.
fn look(
    tower: &Clip,
    pictures: &[ScoredPicture],
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(NetworkEvent),
) -> Result<(Vec<Vec<f32>>, Vec<f32>), TrainError> {
    let (mut vectors, mut scores) = (Vec::with_capacity(pictures.len()), Vec::with_capacity(pictures.len()));
    for (index, batch) in pictures.chunks(AT_ONCE).enumerate() {
        if cancel.load(Ordering::Relaxed) {
            return Err(TrainError::Stopped);
        }
        let mut prepared = Vec::with_capacity(batch.len());
        for picture in batch {
            let opened = Picture::open(&picture.path).map_err(|error| error.to_string());
            let ready = opened.and_then(|opened| ready(tower, &picture.path, &opened.pixels));
            match ready {
                Ok(ready) => {
                    prepared.push(ready);
                    scores.push(picture.locatability as f32);
                }
                Err(error) => on_event(NetworkEvent::Skipped(error)),
            }
        }
        vectors.extend(tower.embed_prepared(&prepared)?);
        on_event(NetworkEvent::Seen { done: index * AT_ONCE + batch.len(), of: pictures.len() });
    }
    Ok((vectors, scores))
}

fn ready(tower: &Clip, path: &Path, pixels: &RgbImage) -> Result<Vec<f32>, String> {
    let processed = tower.processor().process(pixels);
    processed.map_err(|error| format!("{}: {}", path.display(), ModelError::from(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[locatability_network]\ntower = \"clip\"\ndata = [\"a.csv\"]\nout = \"runs/n\"\nsteps = 5\n";

    fn read(text: &str) -> Result<Option<NetworkConfig>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.toml");
        std::fs::write(&file, text).unwrap();
        NetworkConfig::read(&file).map_err(|error| error.to_string())
    }

    #[test]
    fn a_short_file_is_enough_and_other_files_are_not_ours() {
        let config = read(GOOD).unwrap().unwrap();
        assert!(config.tower.ends_with("clip") && config.tower.is_absolute());
        assert_eq!((config.steps, config.hidden, config.device.as_str()), (5, 128, "auto"));
        assert_eq!(read("out = \"a\"\nstage = \"full\"\n"), Ok(None));
        assert_eq!(read("no toml"), Ok(None));
    }

    #[test]
    fn the_shipped_training_file_is_valid() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/locatability_network.toml");
        assert!(NetworkConfig::read(&file).unwrap().is_some());
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        for (from, to, says) in [
            ("steps = 5", "stebs = 5", "unknown field `stebs`"),
            ("steps = 5", "steps = 0", "steps, batch and hidden"),
            ("steps = 5", "batch = 0", "steps, batch and hidden"),
            ("steps = 5", "hidden = 0", "steps, batch and hidden"),
            ("steps = 5", "batch = 65537", "a batch of at most 65536"),
            ("steps = 5", "hidden = 4097", "a hidden of at most 4096"),
            ("steps = 5", "weight_decay = 1.0", "weight_decay must be"),
            ("steps = 5", "held_out = 0.0", "held_out must lie above 0"),
            ("steps = 5", "learning_rate = -1.0", "learning_rate must lie above 0"),
            ("[\"a.csv\"]", "[]", "data must name at least one"),
            ("tower = \"clip\"\n", "", "missing field `tower`"),
        ] {
            let line = read(&GOOD.replace(from, to)).unwrap_err();
            assert!(line.contains("t.toml") && line.contains(says) && !line.contains('\n'), "{line}");
        }
    }
}
