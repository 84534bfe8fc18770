//! The ranking thread's work: weighing evidence anew that the user has switched, while models run and pictures open.

use std::sync::Arc;

use super::{
    Command, Failure, PictureNews,
    job::{Engine, Job, Stopped},
};

/// Weighs evidence anew.
pub struct Ranker;

impl Engine for Ranker {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::Rank { finding, weighing, .. } = command else {
            return Err(Failure::Misdirected.into());
        };
        let (finding, surface) = weighing.ranked(&finding);
        job.check()?;
        job.tell(PictureNews::Ranked { finding: Box::new(finding), surface: Arc::new(surface) });
        Ok(())
    }

    fn recover(&mut self) {}
}
