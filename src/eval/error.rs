//! Why an evaluation cannot begin or go on, each in one line that names the file and what to do.

use std::path::PathBuf;

use super::results::ResultsError;
use crate::{
    dataset::{ManifestError, SourceError},
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
    /// A source cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// None of the pictures says where it was taken, nor in which country.
    #[error("{}: no picture in it says where it was taken or in which country, so nothing can be measured", .0.display())]
    NoPlaces(PathBuf),
    /// A folder holds no report.
    #[error("{}: the evaluation was broken off; go on with it first", .0.display())]
    NotFinished(PathBuf),
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
    /// The folder holds what another model has said.
    #[error("{}: the records in it are another model's; name another folder for this one's", .0.display())]
    AnotherModel(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot use {}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
}
