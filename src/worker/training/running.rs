//! The run on the engine's thread: between two of its steps the engine does whatever else waits, and while it is paused it
//! stays open and does nothing.

use super::{
    message::{OpenedRun, TrainingNews, TrainingTask},
    replaced::{Replaced, TRIED},
};
use crate::{
    hub::{MachineMemory, own_memory},
    train::{TrainConfig, TrainEvent, TrainTask},
    worker::{
        Command, Event, Failure, JobId,
        job::{Job, Stopped},
        training::dry_run,
    },
};

/// The run that is open, if one is.
#[derive(Default)]
pub(in crate::worker) struct Training {
    running: Option<(JobId, TrainTask)>,
}

impl Training {
    /// Does what is asked of the engine.
    pub(in crate::worker) fn perform(&mut self, task: TrainingTask, job: &Job<'_>) -> Result<(), Stopped> {
        match task {
            TrainingTask::Train { config, resume, replaces } => self.train(config, resume, replaces, job),
            TrainingTask::Write => {
                let (_, task) = self.running.as_ref().ok_or(Failure::NoRun)?;
                say(job, TrainingNews::Written(task.write_as(TRIED)?));
                Ok(())
            }
            _for_registrar => Err(Failure::Misdirected.into()),
        }
    }

    /// Lets a run go whose tensors are no longer to be trusted.
    pub(in crate::worker) fn forget(&mut self) {
        self.running = None;
    }

    fn train(&mut self, config: Box<TrainConfig>, resume: bool, replaces: bool, job: &Job<'_>) -> Result<(), Stopped> {
        let mut task = match self.running.take_if(|(of, _)| *of == job.id()) {
            Some((_, task)) => {
                say(job, TrainingNews::Waits(false));
                task
            }
            None if self.running.is_some() => return Err(Failure::RunsAlready.into()),
            None => open(&config, resume, replaces, job)?,
        };
        while !task.is_done() && !job.is_cancelled() {
            if job.shall_give_way() {
                say(job, TrainingNews::Waits(true));
                self.running = Some((job.id(), task));
                let task = TrainingTask::Train { config, resume, replaces };
                return Err(Stopped::GaveWay(Box::new(Command::Training { job: job.id(), task })));
            }
            task.step(&mut |event| {
                let is_step = matches!(event, TrainEvent::Stepped(_));
                say(job, TrainingNews::Said(event));
                if let Some(bytes) = is_step.then(own_memory).flatten() {
                    say(job, TrainingNews::Takes(bytes));
                }
            })?;
        }
        let ended = task.finish(&mut |event| say(job, TrainingNews::Said(event)))?;
        let device = task.device().clone();
        drop(task);
        device.give_back();
        say(job, TrainingNews::Ended(ended));
        Ok(())
    }
}

fn open(config: &TrainConfig, resume: bool, replaces: bool, job: &Job<'_>) -> Result<TrainTask, Stopped> {
    job.check()?;
    let no_place = |cause| Failure::RunPlace { folder: config.out.clone(), cause };
    let replaced = (replaces && !resume).then(|| Replaced::set_aside(&config.out)).transpose().map_err(no_place)?;
    dry_run(config, resume, MachineMemory::now())?.check()?;
    let task = TrainTask::open(config, resume)?;
    if let Some(replaced) = replaced {
        replaced.remove();
    }
    let opened = OpenedRun { plan: task.plan().clone(), lines: task.lines().to_vec(), probes: task.probes().to_vec() };
    say(job, TrainingNews::Opened(Box::new(opened)));
    Ok(task)
}

fn say(job: &Job<'_>, news: TrainingNews) {
    job.say(Event::Training { job: job.id(), news });
}
