//! What can be asked about runs, and what is answered.

use std::path::PathBuf;

use crate::{
    dataset::Source,
    hub::Fit,
    train::{Estimate, LogLine, Plan, Probe, TrainConfig, TrainEvent, TrainState, Trained, data::SourceLook},
};

/// What can be done about runs.
#[derive(Debug, Clone)]
pub enum TrainingTask {
    /// Reckon what a run would take.
    DryRun {
        /// The run.
        config: Box<TrainConfig>,
        /// Whether the one in its folder would go on.
        resume: bool,
    },
    /// Look what there is to learn at a source.
    LookAt(Source),
    /// Look which runs there are in this folder.
    Runs(PathBuf),
    /// Train. It gives way to everything that the user waits for, and while it is paused; asked to stop, it saves first.
    Train {
        /// The run.
        config: Box<TrainConfig>,
        /// Whether the one in its folder goes on.
        resume: bool,
        /// Whether the one in its folder may go: the user was asked.
        replaces: bool,
    },
    /// Write the model as it is in the middle of its training, so that it can be opened and tried.
    Write,
}

impl TrainingTask {
    /// Whether the engine does it.
    pub fn is_for_engine(&self) -> bool {
        matches!(self, Self::Train { .. } | Self::Write)
    }
}

/// What is said of runs.
#[derive(Debug, Clone)]
pub enum TrainingNews {
    /// What a run would take, and how that fits.
    Reckoned(Box<DryRun>),
    /// What there is to learn at the source that was asked about.
    LookedAt(SourceLook),
    /// The runs that there are, the latest first.
    Runs(Vec<RunRecord>),
    /// A run is open, and its first step comes next.
    Opened(Box<OpenedRun>),
    /// The run says this.
    Said(TrainEvent),
    /// The program takes so many bytes of memory.
    Takes(u64),
    /// Whether it waits.
    Waits(bool),
    /// The model as it is was written to this folder.
    Written(PathBuf),
    /// The run has ended, of itself or stopped, and is saved.
    Ended(Trained),
}

/// What a run would take, told before it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct DryRun {
    /// What it takes.
    pub estimate: Estimate,
    /// How that fits into the memory of its device.
    pub fit: Fit,
}

/// A run that is open.
#[derive(Debug, Clone)]
pub struct OpenedRun {
    /// What it is going to do.
    pub plan: Plan,
    /// What its log says of earlier stretches.
    pub lines: Vec<LogLine>,
    /// The pictures that are answered again and again.
    pub probes: Vec<Probe>,
}

/// A run that lies on the disk.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Its folder.
    pub folder: PathBuf,
    /// Where it stands; none where it was broken off before its first checkpoint.
    pub state: Option<TrainState>,
    /// What its log says.
    pub lines: Vec<LogLine>,
    /// All its steps; none where that is not known.
    pub steps: Option<u64>,
}

impl RunRecord {
    /// What the folder is called.
    pub fn name(&self) -> String {
        self.folder.file_name().unwrap_or(self.folder.as_os_str()).to_string_lossy().into_owned()
    }

    /// Whether it was broken off and can go on.
    pub fn is_broken_off(&self) -> bool {
        self.state.as_ref().is_some_and(|state| self.steps.is_none_or(|steps| state.step < steps))
    }
}
