//! Models that make vectors: one list of architectures, and what they all do.

use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use image::RgbImage;
use serde_json::Value;

use super::bert::{self, SentenceEncoder};
use super::clip::{self, Clip};
use super::device::ComputeDevice;
use super::error::{DeviceError, ModelError};
use super::{json_file, named};

/// A model that makes vectors of unit length.
#[derive(Debug)]
pub enum Embedder {
    /// Of pictures and texts.
    Clip(Box<Clip>),
    /// Of texts.
    Sentences(Box<SentenceEncoder>),
}

/// An architecture: the names that config.json may give it, and how it is opened.
struct Architecture {
    names: &'static [&'static str],
    open: fn(&Path, &ComputeDevice) -> Result<Embedder, ModelError>,
}

/// All architectures; a new one adds its line here.
const ARCHITECTURES: [Architecture; 2] = [
    Architecture {
        names: &clip::NAMES,
        open: |folder, device| Ok(Embedder::Clip(Box::new(Clip::open(folder, device)?))),
    },
    Architecture {
        names: &bert::NAMES,
        open: |folder, device| Ok(Embedder::Sentences(Box::new(SentenceEncoder::open(folder, device)?))),
    },
];

impl Embedder {
    /// Opens a checkpoint directory of any of the architectures.
    pub fn open(directory: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        let supported: Vec<&str> = ARCHITECTURES.iter().flat_map(|a| a.names.iter().copied()).collect();
        let (path, config) = parsed(directory)?;
        let found = named(&config);
        let architecture = ARCHITECTURES.iter().find(|a| a.names.contains(&found));
        (architecture.ok_or_else(|| unknown(path, found, &supported))?.open)(directory, device)
    }

    /// One vector a picture, in order.
    pub fn embed_pictures(&self, pictures: &[&RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        match self {
            Self::Clip(clip) => clip.embed_pictures(pictures),
            Self::Sentences(encoder) => {
                Err(ModelError::Unsupported { model: encoder.name().to_owned(), reads: "texts", asked: "pictures" })
            }
        }
    }

    /// One vector a text, in order.
    pub fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, ModelError> {
        match self {
            Self::Clip(clip) => clip.embed_texts(texts),
            Self::Sentences(encoder) => encoder.embed_texts(texts),
        }
    }
}

/// The parsed config.json of a checkpoint directory, which must name one of these architectures, and its path.
pub(super) fn read_config(directory: &Path, supported: &[&str]) -> Result<(PathBuf, Value), ModelError> {
    let (path, config) = parsed(directory)?;
    let found = named(&config);
    if supported.contains(&found) { Ok((path, config)) } else { Err(unknown(path, found, supported)) }
}

fn parsed(directory: &Path) -> Result<(PathBuf, Value), ModelError> {
    let path = directory.join("config.json");
    let config = json_file(&path)?.ok_or_else(|| ModelError::MissingFile { path: path.clone() })?;
    Ok((path, config))
}

fn unknown(path: PathBuf, found: &str, supported: &[&str]) -> ModelError {
    ModelError::UnknownArchitecture { path, found: found.to_owned(), supported: supported.join(", ") }
}

/// Computes rows on the device and gives them unit length.
///
/// # Shapes
/// `compute` gives `[rows, width]`
pub(super) fn unit_rows(
    device: &ComputeDevice,
    rows: usize,
    compute: impl FnOnce() -> Tensor<2>,
) -> Result<Vec<Vec<f32>>, DeviceError> {
    let read = device.guard(|| compute().try_into_vec_as::<f32>())?;
    let numbers = read.map_err(|error| device.failed(&error.to_string()))?;
    let unit = |row: &[f32]| {
        let length = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        // Weights that are no numbers, or a driver that went wrong after it was checked.
        if !length.is_finite() || length == 0.0 {
            return Err(device.failed("the model's vectors are no numbers"));
        }
        Ok(row.iter().map(|&x| (f64::from(x) / length) as f32).collect())
    };
    numbers.chunks_exact((numbers.len() / rows.max(1)).max(1)).map(unit).collect()
}
