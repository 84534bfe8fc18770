//! Why an evaluation cannot begin or go on, each in one line that names the file and what to do.

use std::path::PathBuf;

use super::results::ResultsError;
use crate::{
    dataset::ManifestError,
    model::{DeviceError, ModelError, PrecisionError},
    train::ConfigError,
};

/// Why an evaluation cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The evaluation file cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The results cannot be kept.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The precision is none.
    #[error(transparent)]
    Precision(#[from] PrecisionError),
    /// The model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The starter is not at hand.
    #[error("{0}; name a model folder with 'model'")]
    NoModel(String),
    /// Results are kept by the pictures' paths.
    #[error("{} lists '{picture}' twice", file.display())]
    Twice {
        /// The manifest.
        file: PathBuf,
        /// The path.
        picture: String,
    },
    /// The folder holds the results of another evaluation.
    #[error("{} holds the results of another evaluation ('{part}' differs): name another folder with 'out'", out.display())]
    AnotherEvaluation {
        /// The folder.
        out: PathBuf,
        /// What differs.
        part: &'static str,
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
