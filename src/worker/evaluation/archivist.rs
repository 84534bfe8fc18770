//! The thread that reads what evaluations have left.

use std::sync::Arc;

use super::{
    examiner::say,
    folder::Folder,
    message::{EvaluationNews, EvaluationTask},
};
use crate::worker::{
    Command, Failure,
    job::{Engine, Job, Stopped},
};

/// Lists, reads, compares and deletes kept evaluations.
pub(in crate::worker) struct Archivist;

impl Engine for Archivist {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::Evaluation { task, .. } = command else { return Err(Failure::Misdirected.into()) };
        match task {
            EvaluationTask::List(all) => say(job, EvaluationNews::Kept(Folder::list(&all)?)),
            EvaluationTask::Open(folder) => say(job, EvaluationNews::Opened(Arc::new(Folder::open(&folder)?))),
            EvaluationTask::Compare(first, second) => {
                say(job, EvaluationNews::Compared(Folder::compare(&first, &second)?));
            }
            EvaluationTask::Remove(folder) => Folder::remove(&folder)?,
            EvaluationTask::Run { .. } => return Err(Failure::Misdirected.into()),
        }
        Ok(())
    }
}
