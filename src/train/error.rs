//! Why a training run cannot begin or go on, each in one line that names the file and what to do.

use std::{
    fmt::{self, Display},
    path::{Path, PathBuf},
};

use super::{config::TrainConfig, toml_file::ConfigError};
use crate::{
    dataset::{ManifestError, SourceError},
    model::{DeviceError, ModelError},
};

/// Why a training run cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The training file cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A source of examples cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Something cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// Something cannot be written.
    #[error("cannot write {}: {cause}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The folder for the run holds one already.
    #[error("{} holds a run already: --resume goes on with it, or name another folder with 'out'", out.display())]
    OutInUse {
        /// The folder.
        out: PathBuf,
    },
    /// There is nothing to resume.
    #[error("{} holds no run to resume: leave out --resume to begin one", out.display())]
    NothingToResume {
        /// The folder.
        out: PathBuf,
    },
    /// The run in the folder was begun with other settings.
    #[error("the run in {} was begun with another '{part}': put that back to resume, or name another folder with 'out'", out.display())]
    AnotherRun {
        /// The folder.
        out: PathBuf,
        /// The part of the training file that differs.
        part: &'static str,
    },
    /// Too little is left to train on.
    #[error(
        "there are {pictures} pictures, and a share of {share} of them held back, in whole places, leaves none to learn from: \
         name pictures of more places, or a smaller share"
    )]
    NothingToLearn {
        /// All pictures.
        pictures: usize,
        /// The share held back.
        share: f64,
    },
    /// Most of the data cannot be learned from: it is not what the user takes it for.
    #[error("{unusable} of {examples} examples are of no use; 'terrasight dataset check' says why, and what to do")]
    DataOfNoUse {
        /// Those that nothing can be learned from.
        unusable: usize,
        /// All of them.
        examples: usize,
    },
    /// Too few pictures have a score.
    #[error("{pictures} pictures can be used, and a locatability network needs at least {needed}: name more in 'data'")]
    TooFewScores {
        /// Those that can be used.
        pictures: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The folder for the network holds one already.
    #[error("{} holds a locatability network already: name another folder with 'out'", out.display())]
    NetworkInUse {
        /// The folder.
        out: PathBuf,
    },
    /// The head's error is no number from the first look on.
    #[error("the head's error is not a number: lower learning_rate, or look whether the scores are right")]
    NoNumbers,
    /// The run was stopped before there was anything to keep.
    #[error("stopped; nothing was written")]
    Stopped,
    /// No picture of a whole step can be used.
    #[error("none of the pictures of step {step} can be used; the first: {first}")]
    NoPictures {
        /// The step.
        step: u64,
        /// Why the first of them cannot be used.
        first: String,
    },
    /// The loss or the length of its gradient is no finite number for several steps in a row, each of which would spoil the
    /// parameters.
    #[error("the {what} was no finite number {in_a_row} times in a row, up to step {step}: lower schedule.learning_rate; {}", kept(last.as_deref()))]
    Diverged {
        /// The loss, or its gradient.
        what: NotFinite,
        /// The last of these steps; none of them was taken.
        step: u64,
        /// How many they are.
        in_a_row: u32,
        /// The last checkpoint, from before; none where none was saved.
        last: Option<PathBuf>,
    },
    /// The memory of the device does not hold what a step needs.
    #[error("out of memory ({reason}): {lower}")]
    NoMemory {
        /// What the tensor library said.
        reason: String,
        /// What to do.
        lower: Lower,
    },
    /// A failure has ended the run.
    #[error("the run in {} has ended: --resume goes on from its last checkpoint", out.display())]
    Ended {
        /// The folder of the run.
        out: PathBuf,
    },
    /// A threshold of locatability was given, and a picture has no score.
    #[error(
        "{picture} has no locatability: make an index of them, which scores each (`terrasight dataset index SOURCE --into FILE`), and \
         learn from that (sources = [FILE]), or leave out data.min_locatability"
    )]
    NoLocatability {
        /// The first such picture.
        picture: String,
    },
    /// Reasons are to be learned, and no example gives any.
    #[error(
        "none of {examples} examples says why it is its place: say which column or field does (columns, \"reasons=NAME\"), or train the stage 'location'"
    )]
    NoReasons {
        /// All examples.
        examples: usize,
    },
    /// A threshold of locatability leaves nothing.
    #[error("none of {pictures} pictures has a locatability of {least} or more: lower data.min_locatability")]
    NothingLocatable {
        /// The pictures to learn from.
        pictures: usize,
        /// The threshold.
        least: f64,
    },
    /// The manifests and sources hold something else than when the run began.
    #[error("the data of the run in {} has changed since it began: put it back to resume, or begin another run with another 'out'", out.display())]
    DataChanged {
        /// The folder of the run.
        out: PathBuf,
    },
}

/// What takes less memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lower {
    /// Fewer pictures at once.
    Batch,
    /// Fewer tokens of a picture.
    PictureTokens,
    /// Fewer parameters that learn.
    Parameters,
    /// Fewer bits of the weights.
    Precision,
    /// Another model.
    Model,
}

impl Display for Lower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Batch => "lower schedule.batch and raise schedule.accumulate by as much, which learns the same",
            Self::PictureTokens => "lower model.picture_tokens",
            Self::Parameters => "train an adapter (model.parameters = \"lora\"), or a smaller model",
            Self::Precision => "hold the weights in fewer bits (lora.precision = \"8-bit\" or \"4-bit\")",
            Self::Model => "train a smaller model",
        })
    }
}

/// Which number of a step is no finite one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFinite {
    /// The loss, and so its gradient.
    Loss,
    /// The gradient's length, of a loss that is finite.
    Gradient,
}

/// What a run that cannot go on leaves behind.
fn kept(last: Option<&Path>) -> String {
    last.map_or("nothing had been saved".to_owned(), |last| format!("{} is whole", last.display()))
}

impl Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loss => "loss",
            Self::Gradient => "gradient",
        })
    }
}

impl TrainError {
    /// The same; with what to lower where the device says that it has no memory left. The words are those of the drivers
    /// and of the tensor library.
    pub(super) fn or_no_memory(self, config: &TrainConfig) -> Self {
        let (Self::Device(device) | Self::Model(ModelError::Device(device))) = &self else { return self };
        let DeviceError::Failed { reason, .. } = device else { return self };
        let said = reason.to_lowercase();
        if !["out of memory", "outofmemory", "can't allocate", "memory allocation"]
            .iter()
            .any(|sign| said.contains(sign))
        {
            return self;
        }
        let lower = match config.schedule.batch {
            1 => Lower::PictureTokens,
            _ => Lower::Batch,
        };
        Self::NoMemory { reason: reason.clone(), lower }
    }

    pub(super) fn read(path: &Path, cause: impl Display) -> Self {
        Self::Read { path: path.to_owned(), cause: cause.to_string() }
    }

    pub(super) fn write(path: &Path, cause: impl Display) -> Self {
        Self::Write { path: path.to_owned(), cause: cause.to_string() }
    }
}
