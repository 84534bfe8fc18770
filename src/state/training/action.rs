//! What the user can want of runs.

use std::path::PathBuf;

use crate::{dataset::Source, train::TrainConfig};

/// What the user wants of runs.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainingAction {
    /// Runs are kept in this folder; look which there are, and again at what is to be learned from.
    Look(PathBuf),
    /// Something about what the next run is to learn from.
    Source(SourceAction),
    /// Reckon what a run would take.
    DryRun {
        /// The run.
        config: Box<TrainConfig>,
        /// Whether the one in its folder would go on.
        resume: bool,
    },
    /// Begin a run, or go on with one.
    Start {
        /// The run.
        config: Box<TrainConfig>,
        /// Whether the one in its folder goes on.
        resume: bool,
        /// Whether the one in its folder may go: the user was asked.
        replaces: bool,
    },
    /// Let the run wait, or go on.
    Pause(bool),
    /// Save and end the run.
    Stop,
    /// Use the model as it is now.
    Try,
}

/// What the user wants of the sources.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceAction {
    /// These and no others.
    Set(Vec<Source>),
    /// One more, unless one of the same path is there.
    Add(Source),
    /// Another in the place of this number.
    Replace(usize, Source),
    /// The one of this number goes.
    Remove(usize),
}
