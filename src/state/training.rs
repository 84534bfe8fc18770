//! Runs that train a model: the one that goes on, with what it says, what the next would learn from and take, and those that
//! lie on the disk.

mod action;
mod running;
mod sources;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub use action::{SourceAction, TrainingAction};
pub use running::{Outcome, Probed, Running};
pub use sources::Learned;

use super::{Closing, Desk, Remark, Request, Room};
use crate::{
    model::LoraChoice,
    train::{Parameters, TrainConfig},
    worker::{Command, DryRun, Failure, JobId, ModelSource, RunRecord, TrainingNews, TrainingTask},
};
use sources::Sources;

/// The runs that there are.
#[derive(Debug, Default)]
pub struct TrainingState {
    folder: Option<PathBuf>,
    runs: Vec<RunRecord>,
    looking: Option<JobId>,
    sources: Sources,
    reckoning: Option<JobId>,
    reckoned: Option<Result<Box<DryRun>, Arc<Failure>>>,
    running: Option<Running>,
    writing: Option<JobId>,
}

impl TrainingState {
    /// The folder that runs are kept in, once it is known.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The runs that lie there, the latest first.
    pub fn runs(&self) -> &[RunRecord] {
        &self.runs
    }

    /// The run that lies in this folder.
    pub fn run_in(&self, folder: &Path) -> Option<&RunRecord> {
        self.runs.iter().find(|run| run.folder == folder)
    }

    /// What the next run is to learn from, where that is not drawn.
    pub fn sources(&self) -> &[Learned] {
        self.sources.all()
    }

    /// What the run that was asked about would take, or why it cannot begin.
    pub fn reckoned(&self) -> Option<Result<&DryRun, &Failure>> {
        self.reckoned.as_ref().map(|reckoned| reckoned.as_deref().map_err(AsRef::as_ref))
    }

    /// Whether that is being found out.
    pub fn is_reckoning(&self) -> bool {
        self.reckoning.is_some()
    }

    /// The run of this session: the one that goes on, or the one that ended last.
    pub fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// Whether a run goes on, be it paused.
    pub fn goes_on(&self) -> bool {
        self.running.as_ref().is_some_and(Running::goes_on)
    }

    /// Whether the model is being written to be tried.
    pub fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    pub(super) fn perform(&mut self, action: TrainingAction, desk: &mut Desk) {
        match action {
            TrainingAction::Look(folder) => {
                self.folder = Some(folder);
                self.look(desk);
                self.sources.look_again(desk);
            }
            TrainingAction::Source(action) => self.sources.perform(action, desk),
            TrainingAction::DryRun { config, resume } => {
                if let Some(before) = self.reckoning.take() {
                    desk.cancel(before);
                }
                self.reckoned = None;
                self.reckoning = Some(send(TrainingTask::DryRun { config, resume }, desk));
            }
            TrainingAction::Start { .. } if self.goes_on() => desk.tell(Remark::RunGoesOn),
            TrainingAction::Start { config, resume, replaces } => {
                let task = TrainingTask::Train { config: config.clone(), resume, replaces };
                self.running = Some(Running::new(send(task, desk), config));
            }
            TrainingAction::Pause(yes) => {
                if let Some(running) = self.running.as_mut().filter(|running| running.goes_on()) {
                    running.is_paused = yes;
                    desk.ask([Request::Pause(running.job, yes)]);
                }
            }
            TrainingAction::Stop => {
                if let Some(running) = self.running.as_mut().filter(|running| running.goes_on()) {
                    running.is_stopping = true;
                    desk.cancel(running.job);
                }
            }
            TrainingAction::Try => {
                if self.goes_on() && self.writing.is_none() {
                    self.writing = Some(send(TrainingTask::Write, desk));
                }
            }
        }
    }

    /// Takes in what is said of runs; a model that is to be tried comes back.
    pub(super) fn apply(&mut self, job: JobId, news: TrainingNews, desk: &mut Desk) -> Option<ModelSource> {
        match news {
            TrainingNews::Reckoned(reckoned) if self.reckoning == Some(job) => self.reckoned = Some(Ok(reckoned)),
            TrainingNews::LookedAt(look) => self.sources.hear(job, look, desk),
            TrainingNews::Runs(runs) if self.looking == Some(job) => self.runs = runs,
            TrainingNews::Written(folder) => {
                let running = self.running.as_ref()?;
                let (config, step) = (&running.config, running.step());
                let before = Some(desk.settings.model.clone()).filter(|before| !before.lies_in(&config.out));
                let run = running.name().into_owned();
                desk.tell(Remark::ModelTried { run, step, before });
                return Some(model_of(config, &folder));
            }
            news => {
                let running = self.running.as_mut().filter(|running| running.job == job)?;
                running.hear(news);
            }
        }
        None
    }

    pub(super) fn close(&mut self, job: JobId, closing: Closing, desk: &mut Desk) {
        self.looking.take_if(|looking| *looking == job);
        self.sources.close(job, &closing, desk);
        let was_writing = self.writing.take_if(|writing| *writing == job).is_some();
        let was_reckoning = self.reckoning.take_if(|reckoning| *reckoning == job).is_some();
        if let Closing::Failed(why) = &closing {
            if was_reckoning {
                self.reckoned = Some(Err(Arc::clone(why)));
            } else if was_writing {
                desk.tell(Remark::TrainingFailed(Arc::clone(why)));
            }
        }
        if let Some(running) = self.running.as_mut().filter(|running| running.job == job) {
            running.close(closing);
            self.look(desk);
        }
    }

    /// Looks again which runs there are, once their folder is known.
    pub(super) fn look(&mut self, desk: &mut Desk) {
        if let Some(folder) = self.folder.clone() {
            self.looking = Some(send(TrainingTask::Runs(folder), desk));
        }
    }
}

fn send(task: TrainingTask, desk: &mut Desk) -> JobId {
    let job = desk.job_for(Room::Training);
    desk.send(Command::Training { job, task });
    job
}

/// A model that a run has left.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptModel {
    /// Which of its models: "best" or "last".
    pub which: &'static str,
    /// After so many steps.
    pub step: u64,
    /// Where it lies.
    pub folder: PathBuf,
}

/// What a run has left: the model whose loss on held-back pictures was lowest, where one was looked at, and the last.
pub fn kept_models(run: &RunRecord) -> Vec<KeptModel> {
    let Some(state) = &run.state else { return Vec::new() };
    let kept = |which, step| KeptModel { which, step, folder: run.folder.join(which) };
    state.best.map(|best| kept("best", best.step)).into_iter().chain([kept("last", state.step)]).collect()
}

/// What a run with this configuration has written into a folder, as a model to be used: the folder itself, or an adapter on
/// its base and on the adapters before it.
pub fn model_of(config: &TrainConfig, folder: &Path) -> ModelSource {
    match (&config.model.base, config.model.parameters) {
        (Some(base), Parameters::Lora) => {
            let before = config.lora.on.iter().map(|on| LoraChoice::named(on));
            let loras = before.chain([LoraChoice::whole(folder.to_owned())]).collect();
            ModelSource::Directory(base.clone()).with_loras(loras)
        }
        _ => ModelSource::Directory(folder.to_owned()),
    }
}
