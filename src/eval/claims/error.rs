//! Why the claims cannot be tried, each in one line that names the file and what to do.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

use crate::{model::ModelError, train::TrainError};

/// Why the claims cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum ClaimsError {
    /// A stage cannot be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A model cannot be asked.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The folder holds another experiment.
    #[error("{} holds the streets or answers of another experiment: name another folder with 'out'", out.display())]
    Another {
        /// The folder.
        out: PathBuf,
    },
    /// There are not enough streets of a kind to choose from.
    #[error(
        "of {streets} streets not enough are locatable to choose {wanted} and half as many others: give 'streets' a larger count"
    )]
    TooFewStreets {
        /// Streets of a repetition.
        streets: u64,
        /// Locatable ones that were wanted.
        wanted: usize,
    },
    /// A street cannot be shown to a model.
    #[error("street {seed}: {cause}")]
    Street {
        /// Its seed.
        seed: u64,
        /// Why.
        cause: String,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
}

impl ClaimsError {
    pub(super) fn file(path: &Path, cause: impl Display) -> Self {
        Self::File { path: path.to_owned(), cause: cause.to_string() }
    }
}
