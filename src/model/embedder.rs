//! Models that make vectors: one list of architectures, and what they all do.

use std::path::Path;

use image::RgbImage;

use super::bert::{self, SentenceEncoder};
use super::clip::{self, Clip};
use super::compute::ComputeDevice;
use super::directory::{find_architecture, read_config};
use super::error::ModelError;

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
        let (path, config) = read_config(directory)?;
        let architecture = find_architecture(&path, &config, &ARCHITECTURES, |architecture| architecture.names)?;
        (architecture.open)(directory, device)
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
