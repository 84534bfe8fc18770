//! A run from its file to its end, as the command line does it: a loop over a task.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    TrainError,
    config::TrainConfig,
    event::{TrainEvent, Trained},
    task::TrainTask,
};

/// Trains as `file` says. `cancel` is asked after every step; then a checkpoint is saved and the run ends early.
pub fn run(
    file: &Path,
    resume: bool,
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(TrainEvent),
) -> Result<Trained, TrainError> {
    train(&TrainConfig::read(file)?, resume, cancel, on_event)
}

/// Trains as `config` says; see [`run`].
pub fn train(
    config: &TrainConfig,
    resume: bool,
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(TrainEvent),
) -> Result<Trained, TrainError> {
    let mut task = TrainTask::open(config, resume)?;
    on_event(TrainEvent::Started(task.plan().clone()));
    while !task.is_done() && !cancel.load(Ordering::Relaxed) {
        task.step(on_event)?;
    }
    task.finish(on_event)
}
