//! Evaluations: the one that runs, those that were kept, and the ones that are looked at.

mod action;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub use action::EvaluationAction;

use super::{Closing, Desk, Remark, Room};
use crate::{
    eval::EvalConfig,
    knowledge::clues::Clues,
    worker::{
        Command, Comparison, Evaluated, EvaluationNews, EvaluationProgress, EvaluationTask, JobId, KeptEvaluation,
    },
};

/// An evaluation that goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluating {
    job: JobId,
    /// What is asked for.
    pub config: EvalConfig,
    /// How far it is; none until the first answer.
    pub progress: Option<EvaluationProgress>,
    /// Whether it was asked to stop.
    pub is_stopping: bool,
}

/// What the window knows of evaluations.
#[derive(Debug, Default)]
pub struct EvaluationState {
    running: Option<Evaluating>,
    kept: Option<Vec<KeptEvaluation>>,
    /// The folder that is looked at, and those that are compared with it.
    chosen: Vec<PathBuf>,
    opened: Vec<Arc<Evaluated>>,
    opening: Vec<(JobId, PathBuf)>,
    /// The last two that were held against each other.
    comparison: Option<Comparison>,
    /// The job that holds two against each other.
    comparing: Option<JobId>,
    holds_models: bool,
}

impl EvaluationState {
    /// The one that goes on.
    pub fn running(&self) -> Option<&Evaluating> {
        self.running.as_ref()
    }

    /// Those that were kept, the latest first; none as long as nobody has looked.
    pub fn kept(&self) -> Option<&[KeptEvaluation]> {
        self.kept.as_deref()
    }

    /// The one that is looked at, and the one that it is compared with, as far as they were read.
    pub fn shown(&self) -> impl Iterator<Item = &Arc<Evaluated>> {
        self.chosen.iter().filter_map(|folder| self.opened.iter().find(|evaluated| evaluated.folder == *folder))
    }

    /// The folder of the one that is looked at.
    pub fn looked_at(&self) -> Option<&Path> {
        self.chosen.first().map(PathBuf::as_path)
    }

    /// How the two that are looked at differ, once that is worked out.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref().filter(|comparison| comparison.folders == *self.chosen)
    }

    /// Whether it is being worked out how two differ.
    pub fn is_comparing(&self) -> bool {
        self.comparing.is_some()
    }

    /// Whether the evaluation in this folder is looked at.
    pub fn is_chosen(&self, folder: &Path) -> bool {
        self.chosen.iter().any(|chosen| chosen == folder)
    }

    /// Whether a model may be open that was opened for an evaluation.
    pub(super) fn holds_models(&self) -> bool {
        self.holds_models
    }

    /// The memory of all models was given back.
    pub(super) fn let_go(&mut self) {
        self.holds_models = false;
    }

    /// A model was opened for a job of this room.
    pub(super) fn model_opened(&mut self) {
        self.holds_models = true;
    }

    pub(super) fn perform(&mut self, action: EvaluationAction, clues: &Arc<Clues>, desk: &mut Desk) {
        match action {
            EvaluationAction::Look(all) => {
                send(EvaluationTask::List(all), desk);
            }
            EvaluationAction::Run(config) => self.run(*config, clues, desk),
            EvaluationAction::Stop => {
                if let Some(running) = &mut self.running {
                    running.is_stopping = true;
                    desk.cancel(running.job);
                }
            }
            EvaluationAction::Show(folder) => {
                self.chosen = vec![folder.clone()];
                self.open(folder, desk);
            }
            EvaluationAction::Compare(folder) if self.is_chosen(&folder) => {
                self.chosen.retain(|chosen| *chosen != folder);
            }
            EvaluationAction::Compare(folder) => {
                self.chosen.truncate(1);
                self.chosen.push(folder.clone());
                self.open(folder, desk);
                self.compare(desk);
            }
            EvaluationAction::Remove { folder, all } => {
                self.chosen.retain(|chosen| *chosen != folder);
                self.opened.retain(|evaluated| evaluated.folder != folder);
                self.comparison.take_if(|comparison| comparison.folders.contains(&folder));
                send(EvaluationTask::Remove(folder), desk);
                // The same thread looks, after that.
                send(EvaluationTask::List(all), desk);
            }
        }
    }

    fn run(&mut self, config: EvalConfig, clues: &Arc<Clues>, desk: &mut Desk) {
        if self.running.is_some() {
            desk.tell(Remark::EvaluationBusy);
            return;
        }
        let task = EvaluationTask::Run {
            config: Box::new(config.clone()),
            segmenter: desk.settings.segmenter.clone(),
            clues: Arc::clone(clues),
            encoder: desk.settings.encoder.clone(),
            place: None,
        };
        let job = send(task, desk);
        self.running = Some(Evaluating { job, config, progress: None, is_stopping: false });
    }

    fn open(&mut self, folder: PathBuf, desk: &mut Desk) {
        let is_there = self.opened.iter().any(|evaluated| evaluated.folder == folder);
        let is_coming = self.opening.iter().any(|(_, opening)| *opening == folder);
        if is_there || is_coming || !self.is_finished(&folder) {
            return;
        }
        let job = send(EvaluationTask::Open(folder.clone()), desk);
        self.opening.push((job, folder));
    }

    /// Has the two that are looked at held against each other.
    fn compare(&mut self, desk: &mut Desk) {
        if let [first, second] = self.chosen.as_slice()
            && self.comparison().is_none()
            && self.is_finished(first)
            && self.is_finished(second)
        {
            self.comparing = Some(send(EvaluationTask::Compare(first.clone(), second.clone()), desk));
        }
    }

    fn is_finished(&self, folder: &Path) -> bool {
        self.kept_in(folder).is_some_and(|kept| kept.report.is_some())
    }

    /// The kept evaluation in this folder.
    pub fn kept_in(&self, folder: &Path) -> Option<&KeptEvaluation> {
        self.kept().unwrap_or_default().iter().find(|kept| kept.folder == folder)
    }

    pub(super) fn apply(&mut self, job: JobId, news: EvaluationNews) {
        match news {
            EvaluationNews::Progress(progress) => {
                if let Some(running) = self.running.as_mut().filter(|running| running.job == job) {
                    running.progress = Some(progress);
                }
            }
            EvaluationNews::Failed { picture, error } => tracing::info!("{picture}: {error}"), // the report says it
            EvaluationNews::Unmatched(lora) => {
                tracing::info!("{}: {} of its tensors do nothing", lora.name, lora.unmatched.len());
            }
            EvaluationNews::Compared(comparison) => self.comparison = Some(comparison),
            EvaluationNews::Kept(kept) => self.kept = Some(kept),
            EvaluationNews::Opened(evaluated) => {
                if self.running.as_ref().is_some_and(|running| running.job == job) {
                    self.chosen = vec![evaluated.folder.clone()];
                }
                self.opened.retain(|opened| opened.folder != evaluated.folder && self.chosen.contains(&opened.folder));
                self.opened.push(evaluated);
            }
        }
    }

    /// A job ended; after a run somebody looks again what there is.
    pub(super) fn close(&mut self, job: JobId, closing: Closing, desk: &mut Desk) {
        self.opening.retain(|(opening, _)| *opening != job);
        self.comparing.take_if(|comparing| *comparing == job);
        if let Some(ran) = self.running.take_if(|running| running.job == job)
            && let Some(all) = ran.config.out.parent()
        {
            send(EvaluationTask::List(all.to_owned()), desk);
        }
        if let Closing::Failed(failure) = closing {
            desk.tell(Remark::EvaluationFailed(failure));
        }
    }
}

fn send(task: EvaluationTask, desk: &mut Desk) -> JobId {
    let job = desk.job_for(Room::Evaluation);
    desk.send(Command::Evaluation { job, task });
    job
}
