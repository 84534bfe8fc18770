//! The ranking thread's work: weighing evidence anew that the user has switched, and what would change the places, while models
//! run and pictures open.

use std::sync::Arc;

use super::{
    Command, Failure, PictureNews,
    job::{Engine, Job, Stopped},
};
use crate::{
    knowledge::clues::Clues,
    predict::{Finding, Weighing, WhatIf},
};

/// Weighs evidence anew.
pub struct Ranker;

impl Engine for Ranker {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        match command {
            Command::Rank { finding, weighing, .. } => rank(&finding, &weighing, job),
            Command::Change { finding, weighing, clues, .. } => change(&finding, &weighing, &clues, job),
            _ => Err(Failure::Misdirected.into()),
        }
    }
}

fn rank(finding: &Finding, weighing: &Weighing, job: &Job<'_>) -> Result<(), Stopped> {
    let (finding, surface) = weighing.ranked(finding);
    job.check()?;
    job.tell(PictureNews::Ranked { finding: Box::new(finding), surface: Arc::new(surface) });
    Ok(())
}

/// A ranking of the same picture that comes meanwhile cancels it, and so waits for one trial at most.
fn change(finding: &Finding, weighing: &Weighing, clues: &Clues, job: &Job<'_>) -> Result<(), Stopped> {
    let Some(mut what_if) = WhatIf::new(weighing, finding, clues) else { return Ok(()) };
    for at in 0..finding.candidates.len() {
        let change = what_if.change(at, &|| job.is_cancelled()).ok_or(Stopped::Cancelled)?;
        job.tell(PictureNews::Change { at, change });
    }
    Ok(())
}
