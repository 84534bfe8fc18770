//! Vision-language models: a checkpoint directory becomes a [`VisionLanguageModel`] that sees pictures once, reads
//! prompts, answers word by word, and says how likely it finds given answers. Beside them segmenters, which name the class
//! of every pixel ([`Segmenter`]), and models that make vectors of pictures and texts ([`Embedder`]).
//!
//! Shapes are written with names: batch, tokens, patches, heads, head (width of one head), hidden (width of the model).

mod adapters;
mod attention;
pub mod bert;
mod bilinear;
mod cache;
pub mod chat;
pub mod clip;
mod context;
mod conversation;
mod convolution;
pub mod device;
mod elementwise;
mod embedder;
mod error;
mod fields;
mod golden;
pub mod image_processor;
mod levels;
pub(crate) mod linear;
pub mod maskformer;
mod network;
mod norm;
mod pickled;
pub mod qwen2_5_vl;
mod rotary;
pub mod sampling;
pub mod save;
mod scoring;
pub mod seeded;
mod seen;
pub mod segformer;
pub mod segmenter;
mod swin;
mod template_functions;
mod threads;
pub mod tokenizer;
mod trie;
mod vision_language;
pub mod weights;

use std::path::Path;

use serde_json::Value;

pub use adapters::{Adapter, adapters};
pub use bert::SentenceEncoder;
pub use chat::{Content, Message, Role};
pub use clip::Clip;
pub use context::{Context, ReadProgress, ReadStats};
pub use device::{ComputeDevice, ComputeKind, DeviceChoice, open};
pub use embedder::Embedder;
pub use error::{DeviceError, ModelError};
pub use image_processor::{ImageProcessor, Patches};
pub use sampling::Sampling;
pub use seen::Seen;
pub use segmenter::{LabelMap, Segmentation, Segmenter};
pub use tokenizer::Tokenizer;
pub use vision_language::{Facts, FinishReason, GenerateOptions, Generated, Prompt, VisionLanguageModel};

pub(crate) use vision_language::name_of;

use network::Network;
use weights::Checkpoint;

/// An architecture: the names that config.json may give it, and how it is opened.
struct Architecture {
    names: &'static [&'static str],
    open: fn(&Path, &Value, &ComputeDevice) -> Result<Opened, ModelError>,
}

/// An opened architecture and the checkpoint it was read from.
type Opened = (Box<dyn Network>, Checkpoint);

/// All vision-language architectures; a new one adds its line here.
const ARCHITECTURES: [Architecture; 1] = [Architecture { names: &qwen2_5_vl::NAMES, open: qwen2_5_vl::open }];

/// The architecture that a parsed `config.json` names.
fn architecture(path: &Path, config: &Value) -> Result<&'static Architecture, ModelError> {
    find_architecture(path, config, &ARCHITECTURES, |architecture| architecture.names)
}

/// The one of `all` that a parsed `config.json` names; the error lists the first name of each.
fn find_architecture<'a, A>(
    path: &Path,
    config: &Value,
    all: &'a [A],
    names: impl Fn(&A) -> &'static [&'static str],
) -> Result<&'a A, ModelError> {
    let found = named(config);
    all.iter().find(|a| names(a).contains(&found)).ok_or_else(|| ModelError::UnknownArchitecture {
        path: path.to_path_buf(),
        found: found.to_owned(),
        supported: all.iter().map(|a| names(a)[0]).collect::<Vec<_>>().join(", "),
    })
}

/// What a parsed `config.json` calls its architecture.
fn named(config: &Value) -> &str {
    config["architectures"][0].as_str().or_else(|| config["model_type"].as_str()).unwrap_or("none named")
}

/// A JSON file of the checkpoint, or None where there is none.
pub(crate) fn json_file(path: &Path) -> Result<Option<Value>, ModelError> {
    match std::fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|e| ModelError::Damaged { path: path.to_path_buf(), reason: e.to_string() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ModelError::Read { path: path.to_path_buf(), source }),
    }
}
