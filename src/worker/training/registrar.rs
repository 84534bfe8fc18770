//! The thread that reckons what a run would take, looks at what it would learn from, and reads the runs that lie on the disk.

use std::{fs, path::Path, time::SystemTime};

use super::message::{DryRun, RunRecord, TrainingNews, TrainingTask};
use crate::{
    hub::{DeviceMemory, Fit, MachineMemory, Verdict},
    model::{DeviceChoice, Needs, device},
    train::{LOG_FILE, TrainConfig, TrainError, data::SourceLook, estimate, read_log, state_in},
    worker::{
        Command, Event, Failure,
        job::{Engine, Job, Stopped},
    },
};

/// Reckons and reads.
pub(in crate::worker) struct Registrar;

impl Engine for Registrar {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::Training { task, .. } = command else { return Err(Failure::Misdirected.into()) };
        let news = match task {
            TrainingTask::DryRun { config, resume } => {
                TrainingNews::Reckoned(Box::new(dry_run(&config, resume, MachineMemory::now())?))
            }
            TrainingTask::LookAt(source) => {
                TrainingNews::LookedAt(SourceLook::at(&source).map_err(|error| Failure::Train(error.into()))?)
            }
            TrainingTask::Runs(folder) => TrainingNews::Runs(runs(&folder)),
            _for_engine => return Err(Failure::Misdirected.into()),
        };
        job.say(Event::Training { job: job.id(), news });
        Ok(())
    }
}

/// What a run would take on a machine with this memory.
pub fn dry_run(config: &TrainConfig, resume: bool, machine: MachineMemory) -> Result<DryRun, Failure> {
    let device = device::open(config.device.parse::<DeviceChoice>()?)?;
    let estimate = estimate(config, resume, &device)?;
    let memory = DeviceMemory::of(&device, machine);
    let takes = estimate.memory;
    let needs = Needs { weights: takes.weights, cache: takes.optimizer, activations: takes.activations + takes.scores };
    Ok(DryRun { fit: Fit::of(Some(needs), &memory), estimate })
}

impl DryRun {
    /// Refuses what is larger than all the memory of its device, with what to lower.
    pub fn check(&self) -> Result<(), Failure> {
        match (self.fit.verdict, self.fit.memory.all) {
            (Verdict::TooLarge, Some(all)) => Err(Failure::RunTooLarge {
                device: self.fit.memory.name.clone(),
                needed: self.estimate.memory.total(),
                all,
                lower: self.estimate.lower,
            }),
            _ => Ok(()),
        }
    }
}

/// The runs in a folder, the latest first. What is no run is passed over.
pub fn runs(folder: &Path) -> Vec<RunRecord> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut runs: Vec<(SystemTime, RunRecord)> = entries.filter_map(|folder| run(&folder)).collect();
    runs.sort_by_key(|(written, _)| std::cmp::Reverse(*written));
    runs.into_iter().map(|(_, run)| run).collect()
}

fn run(folder: &Path) -> Option<(SystemTime, RunRecord)> {
    let log = folder.join(LOG_FILE);
    let written = fs::metadata(&log).and_then(|log| log.modified()).ok()?;
    let lines = read_log(&log).ok()?;
    let state = match state_in(folder) {
        Ok(state) => state,
        // A checkpoint of another version; its curves can be seen all the same.
        Err(TrainError::Read { path, cause }) => {
            tracing::warn!("{}: {cause}", path.display());
            None
        }
        Err(_) => None,
    };
    let steps = state.as_ref().and_then(|state| state.steps.or(state.config.schedule.steps));
    Some((written, RunRecord { folder: folder.to_owned(), state, lines, steps }))
}
