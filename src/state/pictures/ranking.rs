//! Evidence that the user strikes, weakens or strengthens. The switches are the run's wish until the ranking that obeys them
//! has come; so what is shown and exported always fits together, and of several wishes the last one wins.

use std::sync::Arc;

use super::{
    super::{Closing, Desk, PicturesEdit, Remark, Room},
    Entry, Found, Pictures, Run, Wanted,
};
use crate::{
    geo::Surface,
    predict::{
        Finding,
        finding::{Candidate, Evidence},
    },
    worker::{Command, JobId},
};

impl Run {
    /// The evidence, with the switches and strengths as the user has set them.
    pub fn evidence(&self) -> &[Evidence] {
        &self.wanted_finding().evidence
    }

    /// Whether the places are being ranked anew.
    pub fn is_ranking(&self) -> bool {
        self.wanted.is_some()
    }

    fn wanted_finding(&self) -> &Arc<Finding> {
        self.wanted.as_ref().map_or(&self.found.finding, |wanted| &wanted.finding)
    }
}

impl Pictures {
    /// Switches a piece of evidence; the edit that switches it back.
    pub(super) fn weigh(&mut self, edit: PicturesEdit, desk: &mut Desk) -> Option<PicturesEdit> {
        let PicturesEdit::Weigh { key, run: number, id, on, strength } = edit else { return None };
        let entry = self.entry_mut(key)?;
        let run = entry.runs.get_mut(number)?;
        let weighing = run.weighing.clone().filter(|weighing| weighing.can_strike(&id))?;
        let mut finding = Finding::clone(run.wanted_finding());
        let piece = finding.evidence.iter_mut().find(|piece| piece.id == id)?;
        let before = (std::mem::replace(&mut piece.on, on), std::mem::replace(&mut piece.strength, strength));
        if before == (on, strength) {
            return None;
        }
        if let Some(wanted) = run.wanted.take() {
            desk.cancel(wanted.job);
        }
        if finding.evidence != run.found.finding.evidence {
            let (job, finding) = (desk.job_for(Room::Pictures), Arc::new(finding));
            desk.send(Command::Rank { job, finding: Arc::clone(&finding), weighing });
            run.wanted = Some(Wanted { job, finding });
        }
        self.selection = Some(key);
        Some(PicturesEdit::Weigh { key, run: number, id, on: before.0, strength: before.1 })
    }

    /// Takes in a ranking; one that is not wanted any more changes nothing.
    pub(super) fn ranked(&mut self, job: JobId, finding: Finding, surface: Arc<Surface>) {
        let Some((entry, number)) = self.waiting_for(job) else { return };
        let is_last = number + 1 == entry.runs.len();
        let chosen = entry.chosen().filter(|chosen| chosen.rank > 1).and_then(Candidate::position);
        let run = &mut entry.runs[number];
        run.wanted = None;
        run.found = Found { finding: Arc::new(finding), surface, by_starter: run.found.by_starter };
        if is_last {
            // Who looked at one of the other places goes on looking at it.
            let same = run.found.finding.candidates.iter().find(|place| chosen.is_some() && place.position() == chosen);
            entry.chosen_rank = same.map_or(1, |place| place.rank);
        }
    }

    /// A ranking ended; where it was still wanted, the switches are again as those of what was found.
    pub(super) fn close_ranking(&mut self, job: JobId, closing: &Closing, desk: &mut Desk) {
        let Some((entry, number)) = self.waiting_for(job) else { return };
        entry.runs[number].wanted = None;
        if let Closing::Failed(failure) = closing {
            desk.tell(Remark::NotRanked(Arc::clone(failure)));
        }
    }

    /// The picture, and the number of its run, that waits for this ranking; it may have been taken out since.
    fn waiting_for(&mut self, job: JobId) -> Option<(&mut Entry, usize)> {
        self.entries.iter_mut().chain(&mut self.removed).find_map(|entry| {
            let waits = |run: &Run| run.wanted.as_ref().is_some_and(|wanted| wanted.job == job);
            let number = entry.runs.iter().position(waits)?;
            Some((entry, number))
        })
    }
}
