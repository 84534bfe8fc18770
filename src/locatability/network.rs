//! The fast locatability network: a CLIP vision tower and a small head that was trained on segmentation scores.
//!
//! The design is ours. GeoReasoner names "a CLIP-based visual-text pairing approach" for this and publishes neither the
//! network nor how it was made; its released code computes the score by segmentation alone.
//!
//! The head is `sigmoid(out gelu(hidden x))` on the tower's vector `x` of unit length. It lies in
//! `locatability_head.safetensors` with its facts in `locatability_head.json`, beside the tower's own files or in a
//! folder of its own, which then names the tower.

use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::activation::{gelu, sigmoid};
use burn::tensor::{DType, Tensor, TensorData};
use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};

use crate::model::linear::Linear;
use crate::model::save::{NamedTensor, SavedType, save};
use crate::model::weights::{Checkpoint, Source};
use crate::model::{Clip, ComputeDevice, ModelError, Seen, name_of};

const WEIGHTS_FILE: &str = "locatability_head.safetensors";
const FACTS_FILE: &str = "locatability_head.json";

/// The first numbers of the probe's vector are kept with the head.
const PROBE_NUMBERS: usize = 8;

/// How far they may move: half precision and other devices stay within it, another tower does not.
const PROBE_TOLERANCE: f32 = 0.02;

/// A head of more numbers a layer is no head.
const MAX_WIDTH: usize = 1 << 16;

/// What is known of a head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct HeadFacts {
    /// The tower's folder, from the head's own folder or absolute. Where the head lies beside a tower, that one is taken.
    pub tower: PathBuf,
    /// Numbers in the tower's vector.
    pub width: usize,
    /// Numbers between the head's two layers.
    pub hidden: usize,
    /// The first numbers that the tower makes of [`probe`].
    pub tower_probe: Vec<f32>,
    /// Pictures it learned from.
    pub learned: usize,
    /// How it does on pictures that had no part in its training.
    pub held_out: HeldOut,
}

/// How predicted scores agree with the segmentation's on held-out pictures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// How many pictures.
    pub pictures: usize,
    /// Spearman's rank correlation; none where all scores are equal.
    pub spearman: Option<f64>,
    /// The mean absolute error.
    pub mean_absolute_error: f64,
    /// The same error of always guessing the mean score of what was learned.
    pub error_of_the_mean: f64,
    /// The share of pictures that lie on the same side of the paper's threshold by both.
    pub agreement: f64,
}

/// `sigmoid(out gelu(hidden x))`.
#[derive(Module, Debug)]
pub(crate) struct LocatabilityHead {
    /// `[hidden, width]`
    pub hidden: Linear,
    /// `[1, hidden]`
    pub out: Linear,
}

impl LocatabilityHead {
    /// Reads `hidden` and `out`.
    pub fn load(source: &dyn Source, width: usize, hidden: usize) -> Result<Self, ModelError> {
        Ok(Self {
            hidden: source.linear("hidden", [hidden, width], true)?,
            out: source.linear("out", [1, hidden], true)?,
        })
    }

    /// # Shapes
    /// `[pictures, width]` to `[pictures]`, 0 to 1
    pub fn forward(&self, vectors: Tensor<2>) -> Tensor<1> {
        sigmoid(self.out.forward(gelu(self.hidden.forward(vectors)))).squeeze_dim(1)
    }
}

/// A network that has been opened.
#[derive(Debug)]
pub struct LocatabilityNetwork {
    tower: Clip,
    head: LocatabilityHead,
    facts: HeadFacts,
    device: ComputeDevice,
    name: String,
    seen: Seen,
}

impl LocatabilityNetwork {
    /// Opens the folder of a head, and the tower that it was trained on.
    pub fn open(folder: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        let facts = read_facts(&folder.join(FACTS_FILE))?;
        let weights = folder.join(WEIGHTS_FILE);
        if !weights.is_file() {
            return Err(ModelError::MissingFile { path: weights });
        }
        let source = Checkpoint::open_file(&weights, device)?;
        let head = device.guard(|| LocatabilityHead::load(&source, facts.width, facts.hidden))??;
        let beside = folder.join("config.json").is_file();
        let tower = if beside { folder.to_owned() } else { folder.join(&facts.tower) };
        let network = Self {
            tower: Clip::open(&tower, device)?,
            head,
            facts,
            device: device.clone(),
            name: name_of(folder),
            seen: inherited(Seen::of(folder)?, Seen::of(&tower)?),
        };
        network.check_tower(&tower)?;
        Ok(network)
    }

    /// Its folder's name, or the hub's where the folder lies in the hub's cache.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind of picture it has learned from; of the other kind its scores say nothing.
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// The locatability of each picture, in order. A picture that cannot be prepared fails the whole list.
    pub fn predict(&self, pictures: &[&RgbImage]) -> Result<Vec<f32>, ModelError> {
        let vectors = self.tower.embed_pictures(pictures)?;
        if vectors.is_empty() {
            return Ok(Vec::new());
        }
        let data = TensorData::new(vectors.concat(), [vectors.len(), self.facts.width]);
        let forward = || {
            let vectors = Tensor::from_data(data, (self.device.burn(), DType::F32));
            self.head.forward(vectors).try_into_vec_as::<f32>()
        };
        let scores = self.device.guard(forward)?.map_err(|error| self.device.failed(&error.to_string()))?;
        match scores.iter().all(|score| score.is_finite()) {
            true => Ok(scores),
            false => Err(self.device.no_numbers(&self.name)),
        }
    }

    /// How it did on pictures that had no part in its training.
    pub fn held_out(&self) -> &HeldOut {
        &self.facts.held_out
    }

    /// Another tower of the same width gives scores too, and wrong ones.
    fn check_tower(&self, tower: &Path) -> Result<(), ModelError> {
        let wrong = |reason: String| ModelError::Config { path: tower.join("config.json"), reason };
        if self.tower.width() != self.facts.width {
            let (found, width) = (self.tower.width(), self.facts.width);
            return Err(wrong(format!("its vectors have {found} numbers and the locatability head reads {width}")));
        }
        let found = tower_probe(&self.tower)?;
        let apart = found.len() != self.facts.tower_probe.len()
            || found.iter().zip(&self.facts.tower_probe).any(|(a, b)| (a - b).abs() > PROBE_TOLERANCE);
        if apart {
            return Err(wrong(
                "the locatability head was trained on another CLIP; train a new head for this one".into(),
            ));
        }
        Ok(())
    }
}

/// A head has seen no other kind of picture than the tower it reads.
fn inherited(head: Seen, tower: Seen) -> Seen {
    if tower == Seen::Drawings { tower } else { head }
}

/// A picture with edges and colours by which a tower is known again.
fn probe() -> RgbImage {
    RgbImage::from_fn(64, 48, |x, y| {
        Rgb([(4 * x) as u8, (5 * y) as u8, if (x / 8 + y / 8) % 2 == 0 { 40 } else { 210 }])
    })
}

fn tower_probe(tower: &Clip) -> Result<Vec<f32>, ModelError> {
    let vectors = tower.embed_pictures(&[&probe()])?;
    Ok(vectors.concat().into_iter().take(PROBE_NUMBERS).collect())
}

fn read_facts(path: &Path) -> Result<HeadFacts, ModelError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(ModelError::MissingFile { path: path.to_owned() });
        }
        Err(source) => return Err(ModelError::Read { path: path.to_owned(), source }),
    };
    let damaged = |reason: String| ModelError::Damaged { path: path.to_owned(), reason };
    let facts: HeadFacts = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    if [facts.width, facts.hidden].iter().any(|&size| size == 0 || size > MAX_WIDTH) {
        return Err(damaged(format!("sizes of {} and {} are impossible", facts.width, facts.hidden)));
    }
    Ok(facts)
}

/// Writes a head and its facts into a folder; the tower's probe is taken here.
pub(crate) fn save_head(
    folder: &Path,
    head: &LocatabilityHead,
    tower: &Clip,
    mut facts: HeadFacts,
) -> Result<(), ModelError> {
    facts.tower_probe = tower_probe(tower)?;
    let mut named: Vec<NamedTensor> = Vec::new();
    head.hidden.named("hidden", &mut named);
    head.out.named("out", &mut named);
    save(named, SavedType::F32, &folder.join(WEIGHTS_FILE))?;
    let path = folder.join(FACTS_FILE);
    let failed = |reason: String| ModelError::Write { path: path.clone(), reason };
    let text = serde_json::to_string_pretty(&facts).map_err(|error| failed(error.to_string()))?;
    fs::write(&path, text + "\n").map_err(|error| failed(error.to_string()))
}
