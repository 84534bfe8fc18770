//! Semantic segmentation as the rest of the program knows it: a picture in, class scores and labels out, no tensors.

mod labels;
pub(crate) mod network;
mod pixels;

use std::path::{Path, PathBuf};

use burn::tensor::{DType, Tensor, TensorData};
use image::RgbImage;
use serde_json::Value;

pub use labels::{LabelMap, Segmentation};
use network::{Opened, SegmentationNetwork};
pub use pixels::{Habits, PixelProcessor, Pixels};

use super::compute::ComputeDevice;
use super::directory::{find_architecture, name_of, read_config};
use super::error::ModelError;
use super::seen::Seen;
use super::threads::{cores, in_threads};
use super::{maskformer, segformer};
use crate::knowledge::ade20k;

/// Labels are bytes, and 0 says that there is none.
const MOST_CLASSES: usize = 255;

/// An architecture: the names that config.json may give it, how its pictures are prepared, and how it is opened, for a
/// number of classes.
struct Architecture {
    names: &'static [&'static str],
    habits: Habits,
    open: fn(&Path, &Value, usize, &ComputeDevice) -> Result<Opened, ModelError>,
}

/// All segmenters; a new one adds its entry here.
const ARCHITECTURES: [Architecture; 2] = [
    Architecture {
        names: &segformer::NAMES,
        habits: Habits { square: true, size: [512, 512], divisor: 1 },
        open: segformer::open,
    },
    Architecture {
        names: &maskformer::NAMES,
        habits: Habits { square: false, size: [800, 1333], divisor: 32 },
        open: maskformer::open,
    },
];

/// A segmenter with everything its checkpoint directory holds.
pub struct Segmenter {
    network: Box<dyn SegmentationNetwork>,
    processor: PixelProcessor,
    device: ComputeDevice,
    directory: PathBuf,
    name: String,
    class_names: Vec<String>,
    seen: Seen,
    facts: SegmenterFacts,
}

/// What a segmenter is, for people and reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmenterFacts {
    /// The architecture, by upstream's name.
    pub architecture: String,
    /// Numbers in all its tensors.
    pub parameters: u64,
    /// Bytes of its weights on disk.
    pub bytes: u64,
    /// The type they are stored in, mostly.
    pub stored_type: String,
    /// The type the device holds the matrices in.
    pub precision: String,
}

impl Segmenter {
    /// Opens a checkpoint directory in the layout that the hub serves.
    pub fn open(directory: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        let (path, config) = read_config(directory)?;
        let architecture = find_architecture(&path, &config, &ARCHITECTURES, |architecture| architecture.names)?;
        let seen = Seen::of(directory)?;
        let class_names = class_names(&path, &config)?;
        let processor = PixelProcessor::from_dir(directory, architecture.habits)?;
        let (network, checkpoint) = (architecture.open)(directory, &config, class_names.len(), device)?;
        let (bytes, parameters) = checkpoint.size();
        let stored_type = checkpoint.stored_types().first().cloned().unwrap_or_default();
        let precision = checkpoint.precision().unwrap_or(DType::F32);
        Ok(Self {
            network,
            processor,
            device: device.clone(),
            directory: directory.to_path_buf(),
            name: name_of(directory),
            class_names,
            seen,
            facts: SegmenterFacts {
                architecture: architecture.names[0].to_owned(),
                parameters,
                bytes,
                stored_type,
                precision: precision.name().to_owned(),
            },
        })
    }

    /// The checkpoint directory's name, or the hub's where the directory lies in the hub's cache.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The checkpoint directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The kind of picture it has learned from; on the other kind its labels say nothing.
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// What it is.
    pub fn facts(&self) -> &SegmenterFacts {
        &self.facts
    }

    /// How many classes it tells apart.
    pub fn classes(&self) -> usize {
        self.class_names.len()
    }

    /// Their names, as the checkpoint spells them.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// Whether its classes are ADE20K's 150 in MaskFormer's order, to which the locatability weights belong; the error
    /// says what they are instead.
    pub fn check_ade20k(&self) -> Result<(), ModelError> {
        let path = self.directory.join("config.json");
        let wrong = |reason: String| Err(ModelError::WrongClasses { path, reason });
        if self.classes() != ade20k::CLASSES {
            return wrong(format!("it has {}", self.classes()));
        }
        let pairs = self.class_names.iter().zip(ade20k::classes());
        let strangers: Vec<_> = pairs.enumerate().filter(|(_, (name, class))| !is_same(name, &class.name)).collect();
        // Releases call some classes otherwise ("windowpane", "television receiver"); a list in another order agrees
        // almost nowhere.
        match strangers.first() {
            Some((index, (name, class))) if strangers.len() > ade20k::CLASSES / 5 => {
                wrong(format!("class {index} is '{name}' and not '{}'", class.name))
            }
            _ => Ok(()),
        }
    }

    /// Scores one picture.
    pub fn segment(&self, picture: &RgbImage) -> Result<Segmentation, ModelError> {
        let mut segmentations = self.segment_many(&[picture])?;
        segmentations.pop().ok_or_else(|| ModelError::Prompt("there is no picture".to_owned()))
    }

    /// Scores several pictures. On the CPU each core takes a part of them, one after the other, since what lies between the layers
    /// of one picture stays in the caches. Elsewhere those that stand next to one another and that the network reads at
    /// one size are one batch.
    pub fn segment_many(&self, pictures: &[&RgbImage]) -> Result<Vec<Segmentation>, ModelError> {
        let on_cpu = self.device.is_cpu();
        let threads = if on_cpu { cores() } else { 1 };
        in_threads(pictures, threads, |part| {
            let pixels: Vec<Pixels> = part.iter().map(|p| self.processor.process(p)).collect::<Result<_, _>>()?;
            let mut segmentations = Vec::with_capacity(pixels.len());
            let is_one_batch = |a: &Pixels, b: &Pixels| !on_cpu && (a.width, a.height) == (b.width, b.height);
            for batch in pixels.chunk_by(is_one_batch) {
                self.score(batch, &mut segmentations)?;
            }
            Ok(segmentations)
        })
    }

    /// `batch` is at least one picture, all of one size.
    fn score(&self, batch: &[Pixels], into: &mut Vec<Segmentation>) -> Result<(), ModelError> {
        let (width, height) = (batch[0].width, batch[0].height);
        if !self.network.takes(height, width) {
            return Err(ModelError::TooSmall { model: self.name.clone(), width, height });
        }
        let mut values = Vec::with_capacity(batch.len() * width * height * 3);
        batch.iter().for_each(|pixels| values.extend_from_slice(&pixels.values));
        let data = TensorData::new(values, [batch.len(), height, width, 3]);
        let (grid, scores) = self.device.guard(|| {
            let scores = self.network.scores(Tensor::from_data(data, (self.device.burn(), DType::F32)));
            (scores.grid, scores.values.try_into_data())
        })?;
        let failed = |reason: String| self.device.failed(&reason);
        let scores = scores.map_err(|error| failed(error.to_string()))?;
        let scores: Vec<f32> = scores.try_into_vec().map_err(|error| failed(format!("{error:?}")))?;
        if !scores.iter().all(|score| score.is_finite()) {
            return Err(self.device.no_numbers(&self.name));
        }
        let pictures = scores.chunks_exact(grid[0] * grid[1] * self.classes());
        into.extend(pictures.map(|picture| Segmentation::new(grid, self.classes(), picture.to_vec())));
        Ok(())
    }
}

/// The names of `id2label`, by number.
fn class_names(path: &Path, config: &Value) -> Result<Vec<String>, ModelError> {
    let wrong = |reason: String| ModelError::Config { path: path.to_path_buf(), reason };
    let labels = config["id2label"].as_object().ok_or_else(|| wrong("'id2label' is missing".to_owned()))?;
    if labels.is_empty() || labels.len() > MOST_CLASSES {
        return Err(wrong(format!("'id2label' has {} classes, not 1 to {MOST_CLASSES}", labels.len())));
    }
    let name = |index: usize| labels.get(&index.to_string()).and_then(Value::as_str).map(str::to_owned);
    (0..labels.len()).map(|i| name(i).ok_or_else(|| wrong(format!("'id2label' has no class {i}")))).collect()
}

/// Whether two names of a class share a synonym, however it is spelled.
fn is_same(name: &str, other: &str) -> bool {
    let synonyms = |name: &str| name.split([',', ';']).map(folded).collect::<Vec<_>>();
    let others = synonyms(other);
    synonyms(name).iter().any(|synonym| others.contains(synonym))
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
