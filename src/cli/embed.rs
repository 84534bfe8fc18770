//! `terrasight embed`: vectors of pictures or texts, as JSON.

use std::path::{Path, PathBuf};

use clap::Args;
use image::RgbImage;
use serde::Serialize;

use crate::{
    model::{DeviceChoice, Embedder, ModelError, device},
    picture::Picture,
};

use super::{
    Failure, model_folder, model_source,
    output::{complain, deliver},
    progress::Progress,
};

/// Pictures that are decoded and embedded together; the largest that are kept have some 140 MB each.
const AT_ONCE: usize = 8;

/// Texts that are embedded together.
const TEXTS_AT_ONCE: usize = 256;

/// Make vectors of pictures or texts.
#[derive(Debug, Args)]
pub(super) struct Embed {
    /// The folder of a CLIP (pictures and texts) or of a sentence encoder (texts)
    #[arg(long, value_name = "M")]
    model: String,
    /// Pictures
    #[arg(long = "image", value_name = "PHOTO", num_args = 1.., required_unless_present = "texts", conflicts_with = "texts")]
    images: Vec<PathBuf>,
    /// Texts
    #[arg(long = "text", value_name = "TEXT", num_args = 1..)]
    texts: Vec<String>,
    /// auto, gpu (hardware only), gpu:N (the number that doctor shows) or cpu
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: DeviceChoice,
}

/// What is printed: a vector of unit length for each input, in order; null for a picture that failed.
#[derive(Debug, Serialize)]
struct Answer {
    vectors: Vec<Option<Vec<f32>>>,
}

impl Embed {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let folder = model_folder(&model_source(&self.model)?)?;
        let progress = Progress::new(self.images.len().max(self.texts.len()));
        progress.say("reading the model");
        let device = device::open(self.device).map_err(Failure::new)?;
        let embedder = Embedder::open(&folder, &device).map_err(Failure::new)?;
        progress.say("embedding");
        let vectors = if self.images.is_empty() {
            self.of_texts(&embedder, &progress)?
        } else {
            // Says whether it reads pictures at all, once and not for each of them.
            embedder.embed_pictures(&[]).map_err(Failure::new)?;
            self.images.chunks(AT_ONCE).flat_map(|paths| of_pictures(&embedder, paths, &progress)).collect()
        };
        drop(progress);
        let any_failed = vectors.contains(&None);
        let text = serde_json::to_string(&Answer { vectors }).map_err(Failure::new)?;
        deliver(&format!("{text}\n"), None)?;
        if any_failed { Err(Failure::Said) } else { Ok(()) }
    }

    fn of_texts(&self, embedder: &Embedder, progress: &Progress) -> Result<Vec<Option<Vec<f32>>>, Failure> {
        let mut vectors = Vec::with_capacity(self.texts.len());
        for texts in self.texts.chunks(TEXTS_AT_ONCE) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            vectors.extend(embedder.embed_texts(&texts).map_err(Failure::new)?.into_iter().map(Some));
            progress.set(vectors.len() as u64);
        }
        Ok(vectors)
    }
}

/// The vectors of some pictures; what is wrong with one of them is said, and the others go on.
fn of_pictures(embedder: &Embedder, paths: &[PathBuf], progress: &Progress) -> Vec<Option<Vec<f32>>> {
    let opened: Vec<Option<RgbImage>> = paths.iter().map(|path| open(path, progress)).collect();
    let pictures: Vec<&RgbImage> = opened.iter().flatten().collect();
    let embedded: Vec<Result<Vec<f32>, ModelError>> = match embedder.embed_pictures(&pictures) {
        Ok(vectors) => vectors.into_iter().map(Ok).collect(),
        // One by one, to know which of them it was.
        Err(_) => pictures.iter().map(|picture| Ok(embedder.embed_pictures(&[picture])?.remove(0))).collect(),
    };
    let mut embedded = embedded.into_iter();
    let mut vectors = Vec::with_capacity(paths.len());
    for (path, picture) in paths.iter().zip(&opened) {
        let vector = picture.as_ref().and_then(|_| embedded.next());
        let said = |error| progress.aside(|| complain(format!("{}: {error}", path.display())));
        vectors.push(vector.and_then(|vector| vector.map_err(said).ok()));
        progress.step();
    }
    vectors
}

fn open(path: &Path, progress: &Progress) -> Option<RgbImage> {
    let said = |error| progress.aside(|| complain(error));
    Picture::open(path).map(|picture| picture.pixels).map_err(said).ok()
}
