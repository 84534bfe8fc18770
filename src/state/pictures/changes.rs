//! What would change where the candidates stand: it is asked for once a ranking, of the picture that is looked at, and only for as
//! long as that is looked at.

use std::sync::Arc;

use super::{
    super::{Desk, Knowledge, Room},
    Pictures, Run,
    entry::Asking,
};
use crate::{
    predict::change::Change,
    worker::{Command, JobId},
};

impl Run {
    /// Nothing is to come any more of what was asked.
    pub(super) fn forget_asking(&mut self, desk: &mut Desk) {
        if let Some(asking) = self.asking.take() {
            desk.cancel(asking.job);
        }
    }
}

impl Pictures {
    /// Asks for it, unless it is known or was asked for. A user's own clues that have changed since are a reason to ask again.
    pub(in super::super) fn ask_for_changes(&mut self, knowledge: &Knowledge, desk: &mut Desk) {
        self.forget_unseen(desk);
        let selected = self.selection.and_then(|key| self.entry_mut(key));
        let Some(run) = selected.and_then(|entry| entry.runs.get_mut(entry.answer)) else { return };
        let Some(weighing) = run.weighing.as_ref().filter(|_| run.wanted.is_none()) else { return };
        let candidates = &run.found.finding.candidates;
        let (weighing, clues) = (Arc::clone(weighing), Arc::clone(knowledge.clues()));
        let is_answered = match &run.asking {
            Some(asking) => Arc::ptr_eq(&asking.clues, &clues),
            None => candidates.iter().all(|candidate| candidate.change.is_some()),
        };
        if is_answered {
            return;
        }
        run.forget_asking(desk);
        let job = desk.job_for(Room::Pictures);
        run.asking = Some(Asking { job, clues: Arc::clone(&clues) });
        desk.send(Command::Change { job, finding: Arc::clone(&run.found.finding), weighing, clues });
    }

    /// What was asked of a run that is looked at no longer, and has not all come, keeps the thread from what is wanted now.
    fn forget_unseen(&mut self, desk: &mut Desk) {
        let seen = self.selected().map(|entry| (entry.key, entry.answer));
        if seen == self.asked_about {
            return;
        }
        let Some((key, number)) = std::mem::replace(&mut self.asked_about, seen) else { return };
        let mut entries = self.entries.iter_mut().chain(&mut self.removed);
        let run = entries.find(|entry| entry.key == key).and_then(|entry| entry.runs.get_mut(number));
        let is_known = |run: &Run| run.found.finding.candidates.iter().all(|candidate| candidate.change.is_some());
        run.filter(|run| !is_known(run)).into_iter().for_each(|run| run.forget_asking(desk));
    }

    /// Takes in what would change where a candidate stands.
    pub(super) fn would_change(&mut self, job: JobId, at: usize, change: Change) {
        let runs = self.entries.iter_mut().chain(&mut self.removed).flat_map(|entry| &mut entry.runs);
        let mut asking = runs.filter(|run| run.asking.as_ref().is_some_and(|asking| asking.job == job));
        let Some(run) = asking.next() else { return };
        if let Some(candidate) = Arc::make_mut(&mut run.found.finding).candidates.get_mut(at) {
            candidate.change = Some(change);
        }
    }
}
