//! Qwen2.5-VL (<https://arxiv.org/abs/2502.13923>; reference: transformers' `modeling_qwen2_5_vl.py`): the vision tower,
//! the language model, and how picture tokens and positions bring them together.

mod config;
mod front;
mod learning;
#[cfg(test)]
mod tests;
mod text;
mod vision;

use std::ops::{ControlFlow, Range};
use std::path::Path;

use burn::module::Module;
use burn::tensor::{DType, Int, Tensor, TensorData};
use serde_json::Value;

pub use config::{Config, TextConfig, VisionConfig};
pub(crate) use front::{END_TOKENS, TEMPLATE};
pub use learning::{Answers, BlockGradients, Kept, LORA_TARGETS, LoraPart, Passes, SCORED_AT_ONCE};
pub use text::{TextLayer, TextModel};
pub use vision::VisionTower;

use super::attention::Mask;
use super::cache::{Cache, Memory};
use super::compute::ComputeDevice;
use super::error::ModelError;
use super::lora::{Adapted, LoraChoice};
use super::network::{self, Chunk, GoOn, Network, Opened, always};
use super::origin::Origin;
use super::patches::Patches;
use super::rotary::Rotary;
use super::save::NamedTensor;
use super::weights::{Checkpoint, Source};

/// The names that config.json gives this architecture.
pub const NAMES: [&str; 2] = ["Qwen2_5_VLForConditionalGeneration", "qwen2_5_vl"];

/// Prefixes on disk and what this program calls them. Released checkpoints need none of these; transformers 4.52 and
/// later write the modules where they hang in memory.
pub const RENAMES: [(&str, &str); 2] = [
    // The tower hangs under the inner model there.
    ("model.visual.", "visual."),
    // So does the decoder, which released checkpoints call `model`.
    ("model.language_model.", "model."),
];

/// The whole model.
#[derive(Module, Debug)]
pub struct Qwen25Vl {
    visual: VisionTower,
    language: TextModel,
    #[module(skip)]
    config: Config,
}

/// Rows of tokens with their pictures, for a pass without a cache.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Token ids, `[rows][tokens]`, all rows of one length; each picture's placeholder stands once for each of its merged
    /// patches.
    pub tokens: &'a [Vec<u32>],
    /// Which part of each row is no padding.
    pub real: &'a [Range<usize>],
    /// All pictures, row after row in the order of their placeholders.
    pub pictures: &'a [&'a Patches],
}

/// What goes into the first layer, and what all layers share.
#[derive(Debug)]
pub(super) struct Start {
    /// `[rows, tokens, hidden]`
    pub x: Tensor<3>,
    pub rotary: Rotary,
    pub mask: Mask,
}

impl Qwen25Vl {
    /// Reads the tensors from `source`.
    pub fn load(source: &dyn Source, config: &Config) -> Result<Self, ModelError> {
        Ok(Self {
            visual: VisionTower::load(source, &config.vision)?,
            language: TextModel::load(source, &config.text)?,
            config: config.clone(),
        })
    }

    /// Reads a checkpoint directory whose parsed `config.json` is `json`.
    pub fn open(directory: &Path, json: &Value, device: &ComputeDevice) -> Result<(Self, Adapted), ModelError> {
        Self::open_with(directory, json, &[], device)
    }

    /// The same with adapters, and with matrices packed as `device` wants them.
    pub fn open_with(
        directory: &Path,
        json: &Value,
        loras: &[LoraChoice],
        device: &ComputeDevice,
    ) -> Result<(Self, Adapted), ModelError> {
        let config = Config::from_json(&directory.join("config.json"), json)?;
        let checkpoint = Checkpoint::open(directory, device, &RENAMES)?;
        checkpoint.check_layers(&config.layers())?;
        let source = Adapted::open(checkpoint.packed_as_wanted()?, loras)?;
        let model = device.guard(|| Self::load(&source, &config))??;
        Ok((model, source))
    }

    /// The model's shape.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The decoder.
    pub fn language(&self) -> &TextModel {
        &self.language
    }

    /// All parameters under their upstream names, for [`super::save::save`].
    pub fn named_tensors(&self) -> Vec<NamedTensor> {
        let mut named = Vec::new();
        self.visual.named(&mut named);
        self.language.named(&mut named);
        named
    }

    /// Scores over the vocabulary at every position; where a row is padding they mean nothing.
    ///
    /// # Shapes
    /// `[rows, tokens, vocabulary]`
    pub fn forward_train(&self, batch: &Batch<'_>) -> Result<Tensor<3>, ModelError> {
        let hidden = self.hidden_states(batch, self.features(batch.pictures)?)?;
        let [rows, tokens, width] = hidden.dims();
        Ok(self.logits(hidden.reshape([rows * tokens, width])).reshape([rows, tokens, self.config.text.vocabulary]))
    }

    /// The states that [`Qwen25Vl::logits`] turns into scores, of a batch whose pictures have these `features`: where only some
    /// positions are supervised, select them first and spare the rest of the output layer.
    ///
    /// # Shapes
    /// `[rows, tokens, hidden]`
    pub fn hidden_states(&self, batch: &Batch<'_>, features: Option<Tensor<2>>) -> Result<Tensor<3>, ModelError> {
        let Start { x, rotary, mask } = self.start(batch, features)?;
        uninterrupted(self.language.forward(x, &rotary, &mask, Memory::None, &mut always))
    }

    /// The picture tokens of all `pictures`, `[merged patches, hidden]`; None where there are no pictures.
    pub fn features(&self, pictures: &[&Patches]) -> Result<Option<Tensor<2>>, ModelError> {
        match pictures {
            [] => Ok(None),
            pictures => uninterrupted(self.encode_all(pictures, &mut always)).map(Some),
        }
    }

    /// What goes into the first layer for a batch whose pictures have these `features`.
    pub(super) fn start(&self, batch: &Batch<'_>, features: Option<Tensor<2>>) -> Result<Start, ModelError> {
        let device = self.language.device();
        let tokens = batch.tokens.first().map_or(0, Vec::len);
        let mut grids = batch.pictures.iter().map(|p| p.grid);
        let mut positions = Vec::with_capacity(batch.tokens.len());
        let mut ids = Vec::with_capacity(batch.tokens.len() * tokens);
        for (row, real) in batch.tokens.iter().zip(batch.real) {
            let mut padded = vec![[0u32; 3]; tokens];
            padded[real.clone()].copy_from_slice(&self.positions_of(&row[real.clone()], &mut grids)?);
            positions.push(padded);
            ids.extend_from_slice(row);
        }
        let mut next_cell = 0;
        let feature_at = |place: usize| {
            let at = (ids[place] == self.config.image_token).then_some(next_cell);
            next_cell += usize::from(at.is_some());
            at
        };
        let x = self.embed(network::ids(&ids, &device), features, feature_at);
        let x = x.reshape([batch.tokens.len(), tokens, self.config.text.hidden]);
        let c = &self.config.text;
        let rotary = Rotary::multimodal(&positions, c.mrope_section, c.rope_theta, &device);
        let all_real = batch.real.iter().all(|r| *r == (0..tokens));
        let mask = if all_real {
            Mask::causal(tokens, tokens, &device)
        } else {
            let shape = [batch.tokens.len(), tokens, tokens];
            Mask::from_rule(shape, &device, |row, query, key| key <= query && batch.real[row].contains(&key))
        };
        Ok(Start { x, rotary, mask })
    }

    /// # Shapes
    /// `[rows, hidden]` to `[rows, vocabulary]`
    pub fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        self.language.logits(hidden)
    }

    /// The picture tokens of all `pictures`, `[merged patches, hidden]`.
    fn encode_all(&self, pictures: &[&Patches], go_on: GoOn<'_>) -> ControlFlow<(), Tensor<2>> {
        let numbers = self.config.vision.patch_numbers();
        let values: Vec<f32> = pictures.iter().flat_map(|p| p.values.iter().copied()).collect();
        let count = values.len() / numbers;
        let patches =
            Tensor::from_data(TensorData::new(values, [count, numbers]), (&self.language.device(), DType::F32));
        let grids: Vec<_> = pictures.iter().map(|p| p.grid).collect();
        self.visual.forward(patches, &grids, go_on)
    }

    /// Token vectors of `ids`, with row `n` of `features` wherever `feature_at(place)` is `Some(n)`.
    ///
    /// # Shapes
    /// `[tokens]` to `[tokens, hidden]`
    fn embed(
        &self,
        ids: Tensor<1, Int>,
        features: Option<Tensor<2>>,
        mut feature_at: impl FnMut(usize) -> Option<usize>,
    ) -> Tensor<2> {
        let ([tokens], device) = (ids.dims(), ids.device());
        let embedded = self.language.embed(ids);
        let Some(features) = features else { return embedded };
        let rows = (0..tokens).map(|place| feature_at(place).map_or(place, |n| tokens + n) as i32).collect();
        let rows = Tensor::from_data(TensorData::new::<i32, _>(rows, [tokens]), &device);
        Tensor::cat(vec![embedded, features], 0).select(0, rows)
    }

    /// Time, height and width of each token: text counts on all three; a picture starts at the next number and spreads
    /// over height and width; text goes on after the greatest number so far.
    fn positions_of(
        &self,
        tokens: &[u32],
        grids: &mut dyn Iterator<Item = [usize; 3]>,
    ) -> Result<Vec<[u32; 3]>, ModelError> {
        let merge = self.config.vision.merge;
        let mut positions: Vec<[u32; 3]> = Vec::with_capacity(tokens.len());
        let mut next = 0u32;
        while positions.len() < tokens.len() {
            let place = positions.len();
            if tokens[place] != self.config.image_token {
                positions.push([next; 3]);
                next += 1;
                continue;
            }
            let too_few = || ModelError::Prompt("the prompt has more picture placeholders than pictures".to_owned());
            let [frames, height, width] = grids.next().ok_or_else(too_few)?;
            let (rows, columns) = (height / merge, width / merge);
            let run = tokens[place..].iter().take_while(|&&t| t == self.config.image_token).count();
            if run < frames * rows * columns {
                return Err(ModelError::Prompt(format!(
                    "a picture of {rows} x {columns} tokens has only {run} places"
                )));
            }
            let cells = (0..frames).flat_map(|t| (0..rows).flat_map(move |r| (0..columns).map(move |c| [t, r, c])));
            positions.extend(cells.map(|cell| cell.map(|n| next + n as u32)));
            next += rows.max(columns) as u32;
        }
        Ok(positions)
    }
}

impl Network for Qwen25Vl {
    fn image_token(&self) -> u32 {
        self.config.image_token
    }

    fn vocabulary(&self) -> usize {
        self.config.text.vocabulary
    }

    fn cells(&self, grid: [usize; 3]) -> usize {
        grid.iter().product::<usize>() / (self.config.vision.merge * self.config.vision.merge)
    }

    fn patch_numbers(&self) -> usize {
        self.config.vision.patch_numbers()
    }

    fn new_cache(&self) -> Cache {
        self.language.new_cache(&self.config.text)
    }

    fn encode(&self, picture: &Patches, go_on: GoOn<'_>) -> ControlFlow<(), Tensor<2>> {
        self.encode_all(&[picture], go_on)
    }

    fn encode_steps(&self) -> usize {
        self.config.vision.depth
    }

    fn positions(&self, tokens: &[u32], grids: &[[usize; 3]]) -> Result<Vec<[u32; 3]>, ModelError> {
        self.positions_of(tokens, &mut grids.iter().copied())
    }

    fn hidden(
        &self,
        chunk: &Chunk<'_>,
        mask: &Mask,
        memory: Memory<'_>,
        go_on: GoOn<'_>,
    ) -> ControlFlow<(), Tensor<2>> {
        let features = match chunk.features {
            [] => None,
            [one] => Some((*one).clone()),
            many => Some(Tensor::cat(many.iter().map(|t| (*t).clone()).collect(), 0)),
        };
        let x = self.embed(chunk.ids.clone(), features, |place| chunk.feature_rows.get(place).copied().flatten());
        self.language.read(x, chunk.positions, &self.config.text, mask, memory, go_on)
    }

    fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        self.language.logits(hidden)
    }

    fn form(&self) -> &'static str {
        self.language.form()
    }
}

/// What was computed without a word to stop it.
fn uninterrupted<T>(computed: ControlFlow<(), T>) -> Result<T, ModelError> {
    computed.continue_value().ok_or(ModelError::Cancelled)
}

/// Opens a model for conversations.
pub(super) fn open(origin: &Origin, device: &ComputeDevice) -> Result<Opened, ModelError> {
    // Small files first: they fail fast.
    let config = Config::from_json(&origin.path, &origin.config)?;
    let front = front::open(origin, &config)?;
    let source = origin.source(device, &RENAMES, &config.layers())?;
    let model = device.guard(|| Qwen25Vl::load(&source, &config))??;
    Ok(Opened { network: Box::new(model), front, source })
}
