//! What the next run is to learn from, source by source, each with what was found there. One source is looked at after the
//! other, as they stand.

use std::sync::Arc;

use super::{super::Desk, SourceAction, send};
use crate::{
    dataset::Source,
    state::Closing,
    train::data::SourceLook,
    worker::{Failure, JobId, TrainingTask},
};

/// A source of the next run.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// Where it is and how it is read.
    pub source: Source,
    /// What was found there; none until it was looked at, or why it cannot be used.
    pub found: Option<Result<SourceLook, Arc<Failure>>>,
}

/// All sources, and the one that is being looked at.
#[derive(Debug, Default)]
pub(super) struct Sources {
    all: Vec<Learned>,
    /// The source that is being looked at may have gone in the meantime.
    looking: Option<(JobId, Source)>,
}

impl Sources {
    pub fn all(&self) -> &[Learned] {
        &self.all
    }

    pub fn perform(&mut self, action: SourceAction, desk: &mut Desk) {
        let unseen = |source| Learned { source, found: None };
        match action {
            SourceAction::Set(sources) => self.all = sources.into_iter().map(unseen).collect(),
            SourceAction::Add(source) => {
                if self.all.iter().all(|learned| learned.source.path != source.path) {
                    self.all.push(unseen(source));
                }
            }
            SourceAction::Replace(at, source) => {
                if let Some(learned) = self.all.get_mut(at) {
                    *learned = unseen(source);
                }
            }
            SourceAction::Remove(at) if at < self.all.len() => {
                self.all.remove(at);
            }
            SourceAction::Remove(_) => {}
        }
        self.look(desk);
    }

    /// Looks at all of them again: their files may be others by now.
    pub fn look_again(&mut self, desk: &mut Desk) {
        self.all.iter_mut().for_each(|learned| learned.found = None);
        self.look(desk);
    }

    pub fn hear(&mut self, job: JobId, look: SourceLook, desk: &mut Desk) {
        self.find(job, &Ok(look), desk);
    }

    pub fn close(&mut self, job: JobId, closing: &Closing, desk: &mut Desk) {
        if let Closing::Failed(why) = closing {
            self.find(job, &Err(Arc::clone(why)), desk);
        }
        self.looking.take_if(|(looking, _)| *looking == job);
    }

    fn find(&mut self, job: JobId, found: &Result<SourceLook, Arc<Failure>>, desk: &mut Desk) {
        let Some((_, source)) = self.looking.take_if(|(looking, _)| *looking == job) else { return };
        for learned in self.all.iter_mut().filter(|learned| learned.source == source) {
            learned.found = Some(found.clone());
        }
        self.look(desk);
    }

    /// Looks at the first that was not, unless one is being looked at.
    fn look(&mut self, desk: &mut Desk) {
        if self.looking.is_none()
            && let Some(learned) = self.all.iter().find(|learned| learned.found.is_none())
        {
            let source = learned.source.clone();
            self.looking = Some((send(TrainingTask::LookAt(source.clone()), desk), source));
        }
    }
}
