//! Evidence that the user strikes, weakens, strengthens, adds or corrects. The switches are the run's wish until the ranking that obeys them
//! has come; so what is shown and exported always fits together, and of several wishes the last one wins.

use std::sync::Arc;

use super::{
    super::{Closing, Desk, Remark, Room},
    Early, Entry, Found, PictureKey, Pictures, Run, Wanted,
};
use crate::{
    geo::Surface,
    predict::{
        Finding, Weighing,
        evidence::Piece,
        finding::{Candidate, Evidence},
        sign::Sign,
    },
    worker::{Command, Failure, JobId},
};

/// So many rankings are in the ranking thread's hands at most, so that one that is wanted sooner need not wait for many.
const MOST_AT_ONCE: usize = 4;

impl Run {
    /// The evidence, with the switches and strengths as the user has set them.
    pub fn evidence(&self) -> &[Evidence] {
        &self.wanted_finding().evidence
    }

    /// The signs, as the user has set them.
    pub fn signs(&self) -> &[Sign] {
        &self.wanted_finding().signs
    }

    /// The pieces that the user has added.
    pub fn own(&self) -> &[Piece] {
        self.wanted_weighing().map_or(&[], |weighing| &weighing.own)
    }

    /// Whether the places are being ranked anew.
    pub fn is_ranking(&self) -> bool {
        self.wanted.is_some()
    }

    pub(super) fn wanted_finding(&self) -> &Arc<Finding> {
        self.wanted.as_ref().map_or(&self.found.finding, |wanted| &wanted.finding)
    }

    pub(super) fn wanted_weighing(&self) -> Option<&Arc<Weighing>> {
        self.wanted.as_ref().map(|wanted| &wanted.weighing).or(self.weighing.as_ref())
    }

    /// Asks for the ranking of a finding with these switches, weighed from this. The one asked for before is not wanted any
    /// more; and none is where it would be what was found.
    pub(super) fn want(&mut self, finding: Finding, weighing: Weighing, desk: &mut Desk) {
        self.want_nothing(desk);
        let same_pieces = self.weighing.as_ref().is_some_and(|before| **before == weighing);
        if !same_pieces || finding.evidence != self.found.finding.evidence {
            self.wanted = Some(Wanted { job: None, finding: Arc::new(finding), weighing: Arc::new(weighing) });
        }
    }

    /// Neither a ranking nor what would change its places is waited for any more.
    pub(super) fn want_nothing(&mut self, desk: &mut Desk) {
        if let Some(job) = self.wanted.take().and_then(|wanted| wanted.job) {
            desk.cancel(job);
        }
        self.forget_asking(desk);
    }

    /// Lets hold what the user has said, in this weighing and by these switches, of another run of the same picture or before
    /// there was one: own pieces; signs that were corrected, struck or added; and of every piece that this run has as well, that
    /// it was struck, weakened or strengthened.
    pub(super) fn obey(&mut self, said: &Weighing, switches: &[Evidence], desk: &mut Desk) {
        let Some(gathered) = self.weighing.clone() else { return };
        let signs = match said.signs.iter().all(Sign::is_as_read) {
            true => gathered.signs.iter().filter(|sign| !sign.is_added).map(Sign::as_it_was_read).collect(),
            false => said.signs.clone(),
        };
        let changed = said.changed(switches);
        let obeyed = Weighing { own: said.own.clone(), signs, ..Weighing::clone(&gathered) };
        let is_as_gathered = self.wanted.is_none() && gathered.changed(self.evidence()).is_empty();
        if obeyed == *gathered && changed.is_empty() && is_as_gathered {
            return;
        }
        let mut finding = Finding::clone(&self.found.finding);
        finding.signs.clone_from(&obeyed.signs);
        finding.evidence = obeyed.as_set(changed).into_iter().map(|piece| piece.evidence).collect();
        self.want(finding, obeyed, desk);
    }
}

impl Pictures {
    /// Hands rankings that are waited for to the ranking thread, a few at a time: first of the picture that is looked at, then of
    /// those behind it in the strip.
    pub(in super::super) fn ask_for_rankings(&mut self, desk: &mut Desk) {
        if self.ranking_is_full {
            return;
        }
        let at = self.entries.iter().position(|entry| Some(entry.key) == self.selection).unwrap_or(0);
        let (before, from) = self.entries.split_at_mut(at);
        let entries = from.iter_mut().chain(before).chain(&mut self.removed);
        let (mut n_asked, mut waiting) = (0, Vec::new());
        for wanted in entries.flat_map(|entry| &mut entry.runs).filter_map(|run| run.wanted.as_mut()) {
            match wanted.job {
                Some(_) => n_asked += 1,
                None if waiting.len() < MOST_AT_ONCE => waiting.push(wanted),
                None => {}
            }
        }
        for wanted in waiting.into_iter().take(MOST_AT_ONCE.saturating_sub(n_asked)) {
            let job = desk.job_for(Room::Pictures);
            wanted.job = Some(job);
            let (finding, weighing) = (Arc::clone(&wanted.finding), Arc::clone(&wanted.weighing));
            desk.send(Command::Rank { job, finding, weighing });
        }
    }

    /// What the user has said of a picture holds for what is found of it later as well: what was said of this run, or before
    /// there was any, for the last.
    pub(super) fn carry_over(&mut self, key: PictureKey, before: Option<usize>, desk: &mut Desk) {
        let Some(entry) = self.entry_mut(key) else { return };
        match (before, entry.runs.as_mut_slice()) {
            (Some(before), runs) => {
                let last = runs.len() - 1;
                entry.follow(before, last, desk);
            }
            (None, [first]) => {
                let Early { evidence, weighing } = std::mem::take(&mut entry.early);
                first.obey(&weighing, &evidence, desk);
            }
            (None, _) => {}
        }
    }

    /// Takes in a ranking; one that is not wanted any more changes nothing.
    pub(super) fn ranked(&mut self, job: JobId, finding: Finding, surface: Arc<Surface>) {
        let Some((entry, number)) = self.waiting_for(job) else { return };
        let is_answer = number == entry.answer;
        let chosen = entry.chosen().filter(|chosen| chosen.rank > 1).and_then(Candidate::position);
        let run = &mut entry.runs[number];
        if let Some(wanted) = run.wanted.take() {
            run.weighing = Some(wanted.weighing);
        }
        run.found = Found { finding: Arc::new(finding), surface, by_starter: run.found.by_starter };
        if is_answer {
            // Who looked at one of the other places goes on looking at it.
            let same = run.found.finding.candidates.iter().find(|place| chosen.is_some() && place.position() == chosen);
            entry.chosen_rank = same.map_or(1, |place| place.rank);
        }
    }

    /// A ranking ended; where it was still wanted, the switches are again as those of what was found. One that was not taken is
    /// wanted all the same, and asked for again when another has ended.
    pub(super) fn close_ranking(&mut self, job: JobId, closing: &Closing, desk: &mut Desk) {
        let failure = if let Closing::Failed(failure) = closing { Some(failure) } else { None };
        self.ranking_is_full = failure.is_some_and(|failure| matches!(**failure, Failure::Busy(_)));
        let is_full = self.ranking_is_full;
        let Some((entry, number)) = self.waiting_for(job) else { return };
        let run = &mut entry.runs[number];
        match run.wanted.as_mut().filter(|_| is_full) {
            Some(wanted) => wanted.job = None,
            None => {
                run.wanted = None;
                failure.into_iter().for_each(|failure| desk.tell(Remark::NotRanked(Arc::clone(failure))));
            }
        }
    }

    /// The picture, and the number of its run, that waits for this ranking; it may have been taken out since.
    fn waiting_for(&mut self, job: JobId) -> Option<(&mut Entry, usize)> {
        self.entries.iter_mut().chain(&mut self.removed).find_map(|entry| {
            let waits = |run: &Run| run.wanted.as_ref().is_some_and(|wanted| wanted.job == Some(job));
            let number = entry.runs.iter().position(waits)?;
            Some((entry, number))
        })
    }
}
