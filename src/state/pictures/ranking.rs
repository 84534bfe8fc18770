//! Evidence that the user strikes, weakens, strengthens, adds or corrects. The switches are the run's wish until the ranking that obeys them
//! has come; so what is shown and exported always fits together, and of several wishes the last one wins.

use std::sync::Arc;

use super::{
    super::{Closing, Desk, PicturesEdit, Remark, Room},
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
    worker::{Command, JobId},
};

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

    fn wanted_finding(&self) -> &Arc<Finding> {
        self.wanted.as_ref().map_or(&self.found.finding, |wanted| &wanted.finding)
    }

    pub(super) fn wanted_weighing(&self) -> Option<&Arc<Weighing>> {
        self.wanted.as_ref().map(|wanted| &wanted.weighing).or(self.weighing.as_ref())
    }

    /// Asks for the ranking of a finding with these switches, weighed from this. The one asked for before is not wanted any
    /// more; and none is where it would be what was found.
    fn want(&mut self, finding: Finding, weighing: Weighing, desk: &mut Desk) {
        if let Some(wanted) = self.wanted.take() {
            desk.cancel(wanted.job);
        }
        self.forget_asking(desk);
        let same_pieces = self.weighing.as_ref().is_some_and(|before| **before == weighing);
        if !same_pieces || finding.evidence != self.found.finding.evidence {
            let job = desk.job_for(Room::Pictures);
            let (finding, weighing) = (Arc::new(finding), Arc::new(weighing));
            desk.send(Command::Rank { job, finding: Arc::clone(&finding), weighing: Arc::clone(&weighing) });
            self.wanted = Some(Wanted { job, finding, weighing });
        }
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

impl PicturesEdit {
    /// Adds a piece to a picture's evidence; one without an id gets the first that is free of its kind.
    pub(in super::super) fn add(entry: &Entry, mut piece: Box<Piece>) -> Self {
        if piece.evidence.id.is_empty() {
            let own = entry.own();
            let name = piece.evidence.kind.name();
            piece.evidence.id =
                first_free(|id| own.iter().any(|own| own.evidence.id == id), |n| format!("own-{name}-{n}"));
        }
        Self::Add { key: entry.key, piece }
    }

    /// Adds an own piece of a picture's to the evidence of all other pictures that take it and have none like it: one edit.
    pub(in super::super) fn share(entry: &Entry, id: &str, others: &[Entry]) -> Option<Self> {
        let mut piece = entry.own().iter().find(|own| own.evidence.id == id)?.clone();
        let as_set = entry.evidence().iter().find(|evidence| evidence.id == id)?;
        (piece.evidence.on, piece.evidence.strength) = (as_set.on, as_set.strength);
        piece.evidence.id.clear();
        let has_none = |other: &&Entry| {
            let is_same = |own: &Piece| own.evidence.statement == piece.evidence.statement;
            other.key != entry.key && other.takes_evidence() && !other.own().iter().any(is_same)
        };
        let edits = others.iter().filter(has_none).map(|other| Self::add(other, Box::new(piece.clone())));
        let edits: Vec<Self> = edits.collect();
        (!edits.is_empty()).then_some(Self::Together(edits))
    }

    /// Puts a sign among a picture's signs; one without an id gets the first that is free.
    pub(in super::super) fn put_sign(entry: &Entry, mut sign: Sign) -> Self {
        if sign.id.is_empty() {
            let signs = entry.answer().map_or(&[][..], |(_, run)| run.signs());
            sign.id = first_free(|id| signs.iter().any(|sign| sign.id == id), |n| n.to_string());
        }
        Self::PutSign { key: entry.key, sign }
    }
}

fn first_free(is_taken: impl Fn(&str) -> bool, name: impl Fn(u64) -> String) -> String {
    (1..).map(name).find(|id| !is_taken(id)).unwrap_or_default()
}

impl Pictures {
    /// Does an edit of the evidence; the edit that takes it back, unless nothing changed.
    pub(super) fn change_evidence(&mut self, edit: PicturesEdit, desk: &mut Desk) -> Option<PicturesEdit> {
        match edit {
            PicturesEdit::Weigh { key, run, id, on, strength } => {
                let change = |evidence: &mut Vec<Evidence>, weighing: &mut Weighing| {
                    let piece = evidence.iter_mut().find(|piece| piece.id == id)?;
                    let before =
                        (std::mem::replace(&mut piece.on, on), std::mem::replace(&mut piece.strength, strength));
                    let changes = before != (on, strength) && weighing.can_strike(&id);
                    changes.then(|| PicturesEdit::Weigh { key, run, id: id.clone(), on: before.0, strength: before.1 })
                };
                self.change(key, Some(run), change, desk)
            }
            PicturesEdit::Add { key, piece } => {
                let change = |evidence: &mut Vec<Evidence>, weighing: &mut Weighing| {
                    let id = piece.evidence.id.clone();
                    evidence.retain(|evidence| evidence.id != id);
                    evidence.push(piece.evidence.clone());
                    match weighing.own.iter_mut().find(|own| own.evidence.id == id) {
                        Some(own) => {
                            let before = std::mem::replace(own, *piece);
                            Some(PicturesEdit::Add { key, piece: Box::new(before) })
                        }
                        None => {
                            weighing.own.push(*piece);
                            Some(PicturesEdit::Drop { key, id })
                        }
                    }
                };
                self.change(key, None, change, desk)
            }
            PicturesEdit::Drop { key, id } => {
                let change = |evidence: &mut Vec<Evidence>, weighing: &mut Weighing| {
                    let at = weighing.own.iter().position(|own| own.evidence.id == id)?;
                    let mut piece = weighing.own.remove(at);
                    // It comes back with the switch and the strength that it had.
                    if let Some(at) = evidence.iter().position(|evidence| evidence.id == id) {
                        piece.evidence = evidence.remove(at);
                    }
                    Some(PicturesEdit::Add { key, piece: Box::new(piece) })
                };
                self.change(key, None, change, desk)
            }
            // Signs are those of a run.
            PicturesEdit::PutSign { key, .. } | PicturesEdit::DropSign { key, .. }
                if self.entry(key)?.runs.is_empty() =>
            {
                None
            }
            PicturesEdit::PutSign { key, sign } => {
                let change = |_: &mut Vec<Evidence>, weighing: &mut Weighing| match weighing
                    .signs
                    .iter_mut()
                    .find(|other| other.id == sign.id)
                {
                    Some(other) if *other == sign => None,
                    Some(other) => Some(PicturesEdit::PutSign { key, sign: std::mem::replace(other, sign) }),
                    None => {
                        let id = sign.id.clone();
                        weighing.signs.push(sign);
                        Some(PicturesEdit::DropSign { key, id })
                    }
                };
                self.change(key, None, change, desk)
            }
            PicturesEdit::DropSign { key, id } => {
                let change = |_: &mut Vec<Evidence>, weighing: &mut Weighing| {
                    let at = weighing.signs.iter().position(|sign| sign.id == id)?;
                    Some(PicturesEdit::PutSign { key, sign: weighing.signs.remove(at) })
                };
                self.change(key, None, change, desk)
            }
            PicturesEdit::Remove(_)
            | PicturesEdit::Restore(_)
            | PicturesEdit::Choose { .. }
            | PicturesEdit::Answer { .. }
            | PicturesEdit::TakeBack { .. }
            | PicturesEdit::PutBack { .. }
            | PicturesEdit::Together(_) => None,
        }
    }

    /// Changes what a run of a picture is weighed from, that of its answer where none is named, and asks for the ranking. Where the
    /// picture was not located yet, it is kept for the first run.
    fn change(
        &mut self,
        key: PictureKey,
        run: Option<usize>,
        change: impl FnOnce(&mut Vec<Evidence>, &mut Weighing) -> Option<PicturesEdit>,
        desk: &mut Desk,
    ) -> Option<PicturesEdit> {
        let entry = self.entry_mut(key)?;
        let inverse = if entry.answer().is_some() {
            let run = entry.runs.get_mut(run.unwrap_or(entry.answer))?;
            let mut weighing = Weighing::clone(run.wanted_weighing()?);
            let mut finding = Finding::clone(run.wanted_finding());
            let inverse = change(&mut finding.evidence, &mut weighing)?;
            finding.signs.clone_from(&weighing.signs);
            run.want(finding, weighing, desk);
            inverse
        } else {
            change(&mut entry.early.evidence, &mut entry.early.weighing)?
        };
        entry.follow_answer(desk);
        self.selection = Some(key);
        Some(inverse)
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
