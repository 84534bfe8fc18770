//! What the user can want of evaluations.

use std::path::PathBuf;

use crate::eval::EvalConfig;

/// What the user wants of evaluations.
#[derive(Debug, Clone)]
pub enum EvaluationAction {
    /// Look which evaluations lie in this folder.
    Look(PathBuf),
    /// Run this one, or go on with it.
    Run(Box<EvalConfig>),
    /// Stop the one that runs; what is done is kept.
    Stop,
    /// Look at the evaluation in this folder.
    Show(PathBuf),
    /// Look at this one beside the one that is looked at, or no longer.
    Compare(PathBuf),
    /// Delete this one, and look what is left.
    Remove {
        /// Its folder.
        folder: PathBuf,
        /// The folder of all.
        all: PathBuf,
    },
}
