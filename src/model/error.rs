//! What can go wrong between a checkpoint directory and a generated word, as sentences that name the file or device.

use std::path::PathBuf;

use thiserror::Error;

use super::chat::ChatError;
use super::lora::LoraProblem;
use super::packed::Block;
use super::patches::ProcessorError;
use super::tokenizer::TokenizerError;

/// What the device is called that computes on the processor.
pub(super) const CPU: &str = "CPU";

/// A compute device that cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DeviceError {
    /// The text after `--device` is none of the four forms.
    #[error("there is no device '{0}': use auto, gpu, gpu:N (the number that `terrasight doctor` shows) or cpu")]
    Unknown(String),
    /// A graphics card was asked for and there is no hardware adapter.
    #[error(
        "no hardware graphics adapter was found: choose the CPU, or install its driver (`terrasight doctor` lists what there is)"
    )]
    NoAdapter,
    /// `gpu:N` names an adapter that is not there.
    #[error("there is no adapter {number}: {found} found (see `terrasight doctor`)")]
    NoSuchAdapter {
        /// The number asked for.
        number: usize,
        /// How many adapters there are.
        found: usize,
    },
    /// The device did not come up, or was lost.
    #[error("{name} failed: {reason}{}", if name == CPU { "" } else { "; the CPU works without it" })]
    Failed {
        /// The device's name.
        name: String,
        /// What the driver or the tensor library said, on one line.
        reason: String,
    },
    /// The device computes, but not what the CPU computes.
    #[error(
        "{name} gives wrong results ({test} differs from the CPU's by {difference:.1e}) and is refused: update its driver, or choose the CPU"
    )]
    WrongResults {
        /// The device's name.
        name: String,
        /// Which golden computation differed.
        test: &'static str,
        /// Greatest difference over the spread of the right values.
        difference: f32,
    },
}

/// A checkpoint that cannot be read or a model that cannot go on.
#[derive(Debug, Error)]
pub enum ModelError {
    /// See [`DeviceError`].
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A file of the checkpoint could not be opened or read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A checkpoint could not be written.
    #[error("cannot write {path}: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Nothing lies where a model was.
    #[error("{name} is not there any more (nothing lies at {}): choose another model", path.display())]
    NotThere {
        /// What it was called.
        name: String,
        /// Where it lay.
        path: PathBuf,
    },
    /// A folder in which nothing is of a model.
    #[error("{} holds no model (no config.json, no GGUF file): choose a folder that does", path.display())]
    NoModel {
        /// The folder.
        path: PathBuf,
    },
    /// The directory has no weights, or not all of them.
    #[error("{} is missing: the checkpoint is incomplete, download it again", path.display())]
    MissingFile {
        /// The file that should be there.
        path: PathBuf,
    },
    /// A weights file whose header or length is wrong.
    #[error("{path} is damaged ({reason}): download it again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// A config.json that lacks a field or holds an impossible value.
    #[error("{path}: {reason}")]
    Config {
        /// The file.
        path: PathBuf,
        /// The field and what is wrong with it.
        reason: String,
    },
    /// An architecture that this program does not have.
    #[error("{path}: the architecture '{found}' is not supported; supported: {supported}")]
    UnknownArchitecture {
        /// The config file.
        path: PathBuf,
        /// What it names.
        found: String,
        /// What there is.
        supported: String,
    },
    /// A vision model of Ollama's own library: one file with the vision part inside, under names of its own.
    #[error(
        "{path} is a model in Ollama's own form, which terrasight cannot read; take the Q4_K_M file of the same model with \
         its mmproj file, as 'terrasight models list' has them"
    )]
    OllamasOwn {
        /// The file.
        path: PathBuf,
    },
    /// Weights that were packed by a method that this program does not read.
    #[error(
        "{path}: these weights are packed by {method}, which terrasight cannot read; get the unpacked model (bf16 or f16 \
         safetensors) that it was made from, which --precision 8-bit or 4-bit packs, or a GGUF file of it"
    )]
    Packed {
        /// The file that says so.
        path: PathBuf,
        /// The method, as people write it.
        method: String,
    },
    /// A directory that holds an adapter and no model.
    #[error(
        "{path} is an adapter (LoRA) and no model: open its base model ({base}) and add this folder to it with --adapter"
    )]
    BareAdapter {
        /// The directory.
        path: PathBuf,
        /// The base model's name, as the adapter gives it.
        base: String,
    },
    /// An adapter that cannot be added to a model.
    #[error("the adapter {path} {problem}")]
    Lora {
        /// Its folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: Box<LoraProblem>,
    },
    /// A tensor that the architecture needs and no file holds.
    #[error("{path} has no tensor '{name}': the checkpoint does not fit its {says}")]
    MissingTensor {
        /// The checkpoint directory, or the GGUF file.
        path: PathBuf,
        /// Its name there.
        name: String,
        /// What says how the model is built.
        says: &'static str,
    },
    /// More layers than the model is said to have: it would answer, but not as itself.
    #[error(
        "{path} has {found} layers '{front}N', but its {says} asks for {expected}: they do not belong together, download \
         the model again"
    )]
    MoreLayers {
        /// The weights file.
        path: PathBuf,
        /// How the names of their tensors begin.
        front: &'static str,
        /// How many the file has.
        found: usize,
        /// How many there should be.
        expected: usize,
        /// What says how the model is built.
        says: &'static str,
    },
    /// A tensor of another shape than the model's configuration implies.
    #[error("{path}: the tensor '{name}' has shape {found:?}, but its {says} asks for {expected:?}")]
    WrongShape {
        /// The weights file.
        path: PathBuf,
        /// Its name there.
        name: String,
        /// What says how the model is built.
        says: &'static str,
        /// What that implies.
        expected: Box<[usize]>,
        /// What the file holds.
        found: Box<[usize]>,
    },
    /// A tensor stored in a type that is not a plain float.
    #[error(
        "{path}: the tensor '{name}' is stored as {found}; bf16, f16 and f32 can be read: get the model in one of these, \
         which --precision 8-bit or 4-bit packs, or a GGUF file of it"
    )]
    WrongType {
        /// The weights file.
        path: PathBuf,
        /// The upstream name.
        name: String,
        /// The stored type.
        found: String,
    },
    /// A tensor of a GGUF file in a kind of blocks that is not read.
    #[error(
        "{path}: the tensor '{name}' is stored as {found}, which terrasight cannot read; take the Q4_K_M or the Q8_0 file of \
         this model (F32, F16, BF16, {} can be read)",
        Block::ALL.map(Block::name).join(", ")
    )]
    WrongBlocks {
        /// The file.
        path: PathBuf,
        /// Its name there.
        name: String,
        /// The stored kind.
        found: String,
    },
    /// A tensor that the device cannot hold in one buffer.
    #[error(
        "{device} takes at most {limit_mb} MB in one buffer and '{name}' needs {needed_mb} MB: choose the CPU, \
         another adapter or a smaller model"
    )]
    TensorTooLarge {
        /// The device's name.
        device: String,
        /// The upstream name.
        name: String,
        /// What it needs, in millions of bytes.
        needed_mb: u64,
        /// What the device takes, in millions of bytes.
        limit_mb: u64,
    },
    /// A picture that leaves a network nothing to look at.
    #[error("{model} cannot read a picture at {width} x {height} pixels: preprocessor_config.json must ask for more")]
    TooSmall {
        /// The model's name.
        model: String,
        /// Pixels across, as the network would read it.
        width: usize,
        /// Pixels down.
        height: usize,
    },
    /// A network that gives what is no number, on a device that computes right.
    #[error(
        "{model} computes no numbers, so its weights are damaged: fetch it again ('terrasight models verify' says which \
         file is not as it should be)"
    )]
    NoNumbers {
        /// The model's name.
        model: String,
    },
    /// A segmenter whose classes are not those that are needed.
    #[error("{path}: the classes are not ADE20K's 150 ({reason}); choose a segmenter that was trained on ADE20K")]
    WrongClasses {
        /// The config file.
        path: PathBuf,
        /// What they are instead.
        reason: String,
    },
    /// See [`TokenizerError`].
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// See [`ChatError`].
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// See [`ProcessorError`].
    #[error(transparent)]
    Processor(#[from] ProcessorError),
    /// A prompt that does not fit this model.
    #[error("{0}")]
    Prompt(String),
    /// The conversation is longer than the model was made for.
    #[error(
        "the conversation has {needed} tokens and {model} reads at most {limit}: start a new one or use fewer pictures"
    )]
    TooLong {
        /// The model's name.
        model: String,
        /// Tokens asked for.
        needed: usize,
        /// Tokens there is room for.
        limit: usize,
    },
    /// A model that reads the one was given the other.
    #[error("{model} reads {reads} and no {asked}: name a model that reads {asked} with --model")]
    Unsupported {
        /// The model's name.
        model: String,
        /// What it reads.
        reads: &'static str,
        /// What it was given.
        asked: &'static str,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}
