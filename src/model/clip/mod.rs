//! CLIP (Radford et al. 2021, <https://arxiv.org/abs/2103.00020>; reference: transformers' `modeling_clip.py`): pictures
//! and texts become vectors that lie close together where they belong together.

mod config;
mod encoder;
mod processor;
mod text;
mod vision;

use std::path::Path;

use burn::tensor::{DType, Tensor, TensorData};
use image::RgbImage;

pub use config::{Activation, ClipConfig, ClipTextConfig, ClipVisionConfig, EncoderConfig};
pub use processor::ClipProcessor;
pub use text::ClipTextTower;
pub use vision::ClipVisionTower;

use super::compute::ComputeDevice;
use super::directory::{name_of, read_config_of};
use super::error::ModelError;
use super::seeded::Seeded;
use super::threads::{cores, in_threads};
use super::tokenizer::Tokenizer;
use super::vectors::unit_rows;
use super::weights::Checkpoint;

/// The names that config.json gives this architecture: both towers, or the vision tower alone.
pub const NAMES: [&str; 4] = ["CLIPModel", "clip", "CLIPVisionModelWithProjection", "clip_vision_model"];

/// Prefixes on disk and what this program calls them: the towers hang under a module `clip` where a larger model was
/// saved.
pub const RENAMES: [(&str, &str); 1] = [("clip.", "")];

/// Pictures and texts that are made ready together, so that memory stays bounded however long the list is.
const AT_ONCE: usize = 64;

/// Tokens in one pass: enough to keep a device busy, few enough that the widest layer of ViT-L takes about 64 MB.
const TOKENS_AT_ONCE: usize = 4096;

/// A CLIP that has been opened.
#[derive(Debug)]
pub struct Clip {
    vision: ClipVisionTower,
    text: Option<TextReader>,
    processor: ClipProcessor,
    config: ClipConfig,
    device: ComputeDevice,
    name: String,
}

#[derive(Debug)]
struct TextReader {
    tower: ClipTextTower,
    tokenizer: Tokenizer,
}

impl Clip {
    /// Opens a checkpoint directory in the layout that the hub serves. Without text tensors it reads pictures alone.
    pub fn open(directory: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        let (path, json) = read_config_of(directory, &NAMES)?;
        let config = ClipConfig::from_json(&path, &json)?;
        let processor = ClipProcessor::from_dir(directory, &config.vision)?;
        let checkpoint = Checkpoint::open(directory, device, &RENAMES)?;
        let text = match &config.text {
            Some(shape) if checkpoint.has(text::FIRST_TENSOR) => {
                let tokenizer = Tokenizer::from_dir(directory)?.limited_to(shape.positions)?;
                tokenizer.check_fits(&directory.join("tokenizer.json"), shape.vocabulary)?;
                let tower = device.guard(|| ClipTextTower::load(&checkpoint, shape, config.projection))??;
                Some(TextReader { tower, tokenizer })
            }
            _ => None,
        };
        let vision = device.guard(|| ClipVisionTower::load(&checkpoint, &config.vision, config.projection))??;
        let name = name_of(directory);
        Ok(Self { vision, text, processor, config, device: device.clone(), name })
    }

    /// A vision tower with random weights, of which only its speed is asked.
    pub fn seeded(config: &ClipConfig, seed: u64, device: &ComputeDevice) -> Result<Self, ModelError> {
        let source = Seeded::new(seed, 0.02, device);
        let vision = device.guard(|| ClipVisionTower::load(&source, &config.vision, config.projection))??;
        let processor = ClipProcessor::plain(&config.vision);
        let name = format!("a random CLIP of seed {seed}");
        Ok(Self { vision, text: None, processor, config: config.clone(), device: device.clone(), name })
    }

    /// Numbers in a vector.
    pub fn width(&self) -> usize {
        self.config.projection
    }

    /// Its shape.
    pub fn config(&self) -> &ClipConfig {
        &self.config
    }

    /// What is done to a picture before the tower sees it.
    pub fn processor(&self) -> &ClipProcessor {
        &self.processor
    }

    /// One vector a picture, of unit length, in order. A picture that cannot be prepared (no pixels, far too narrow)
    /// fails the whole list.
    pub fn embed_pictures(&self, pictures: &[&RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        let mut vectors = Vec::with_capacity(pictures.len());
        for group in pictures.chunks(AT_ONCE) {
            let prepared = in_threads(group, cores(), |run| {
                run.iter().map(|picture| Ok(self.processor.process(picture)?)).collect()
            })?;
            vectors.extend(self.embed_prepared(&prepared)?);
        }
        Ok(vectors)
    }

    /// As [`Self::embed_pictures`], of what [`ClipProcessor::process`] made of each picture.
    pub fn embed_prepared(&self, prepared: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, ModelError> {
        let shape = &self.config.vision;
        let (patches, numbers) = (shape.grid() * shape.grid(), shape.patch_numbers());
        let at_once = (TOKENS_AT_ONCE / (patches + 1)).max(1);
        let pass = |batch: &[Vec<f32>]| {
            let data = TensorData::new(batch.concat(), [batch.len(), patches, numbers]);
            let forward = || self.vision.forward(Tensor::from_data(data, (self.device.burn(), DType::F32)));
            unit_rows(&self.device, &self.name, batch.len(), forward)
        };
        in_threads(prepared, self.passes(), |run| {
            let mut vectors = Vec::with_capacity(run.len());
            for batch in run.chunks(at_once) {
                vectors.extend(pass(batch)?);
            }
            Ok(vectors)
        })
    }

    /// How many passes go on together. On the CPU every core takes inputs of its own, because most of Burn's operations
    /// there run on one.
    fn passes(&self) -> usize {
        if self.device.is_cpu() { cores() } else { 1 }
    }

    /// One vector a text, of unit length, in order. Texts longer than the model reads are cut.
    pub fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, ModelError> {
        let none = || ModelError::Unsupported { model: self.name.clone(), reads: "pictures", asked: "texts" };
        let TextReader { tower, tokenizer } = self.text.as_ref().ok_or_else(none)?;
        let mut vectors = Vec::with_capacity(texts.len());
        for group in texts.chunks(AT_ONCE) {
            let ids: Vec<Vec<u32>> = group.iter().map(|text| tokenizer.encode_whole(text)).collect::<Result<_, _>>()?;
            let embed = |run: &[Vec<u32>]| unit_rows(&self.device, &self.name, run.len(), || tower.forward(run));
            vectors.extend(in_threads(&ids, self.passes(), embed)?);
        }
        Ok(vectors)
    }
}
