//! Two models on the same pictures. While a comparison goes on, each picture is located with the model in use and with
//! another; what both have found of it stands side by side, and one of the two is its answer, which is edited and exported.
//! What the user says of the picture holds for both.

use super::{
    super::{Desk, Room},
    Entry, PictureKey, Pictures, Run, Work,
    compared::{Compared, Comparison, Side},
};
use crate::worker::{Command, JobId, ModelSource, ModelSummary};

impl Entry {
    /// What one of the models of a comparison has found of it, and the number of that run.
    pub fn run_of(&self, side: Side) -> Option<(usize, &Run)> {
        let number = match side {
            Side::InUse => self.compared.in_use,
            Side::Other => self.compared.other,
        };
        Some((number?, self.runs.get(number?)?))
    }

    /// What one of the models of a comparison has written, or writes.
    pub fn reasoning_of(&self, side: Side) -> &str {
        match side {
            Side::InUse => &self.reasoning,
            Side::Other => &self.compared.reasoning,
        }
    }

    /// Whose finding of a comparison stands as the answer.
    pub fn answers(&self) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| self.run_of(*side).is_some_and(|(number, _)| number == self.answer))
    }

    /// What the answer is compared with.
    pub fn beside(&self) -> Option<(usize, &Run)> {
        self.run_of(self.answers()?.across())
    }

    /// Takes a run in, which stands as the answer where the model in use has made it, or where there is no other.
    pub(super) fn take_run(&mut self, side: Side, run: Run, is_compared: bool) {
        let number = self.runs.len();
        self.runs.push(run);
        if side == Side::InUse || number == 0 {
            (self.answer, self.chosen_rank) = (number, 1);
        }
        if is_compared {
            *self.compared.number(side) = Some(number);
        }
    }

    /// Lets what the user has said of one run hold for another.
    pub(super) fn follow(&mut self, from: usize, to: usize, desk: &mut Desk) {
        let Some(said) = self.runs.get(from) else { return };
        let (switches, Some(said)) = (said.evidence().to_vec(), said.wanted_weighing().cloned()) else { return };
        if let Some(run) = self.runs.get_mut(to).filter(|_| to != from) {
            run.obey(&said, &switches, desk);
        }
    }

    /// Lets what the user has said of the answer hold for what it is compared with.
    pub(super) fn follow_answer(&mut self, desk: &mut Desk) {
        if let Some((number, _)) = self.beside() {
            self.follow(self.answer, number, desk);
        }
    }

    /// Whether there is nothing found yet, or about to be, by one of the models.
    fn lacks(&self, side: Side, is_compared: bool) -> bool {
        let is_found = if is_compared { self.run_of(side).is_some() } else { self.found().is_some() };
        self.picture.is_ok() && !is_found && !self.work_of(side).is_going_on()
    }
}

impl Pictures {
    /// The model that the one in use is compared with.
    pub(in super::super) fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }

    /// Compares the model in use with another from now on: what has been found stays beside what the other will find. The
    /// picture looked at is located with it, and with the model in use where its answer is not by that one.
    pub(in super::super) fn compare(&mut self, source: ModelSource, in_use: Option<&str>, desk: &mut Desk) {
        if self.comparison.as_ref().is_none_or(|comparison| comparison.source != source) {
            self.begin_comparison(source, in_use, desk);
        }
        let Some(selected) = self.selection else { return };
        self.try_again(Some(selected));
        self.locate_lacking(selected);
    }

    fn begin_comparison(&mut self, source: ModelSource, in_use: Option<&str>, desk: &mut Desk) {
        self.leave_comparison(desk);
        self.comparison = Some(Comparison { source, model: None, is_open: false, takes_turns: false });
        for entry in self.entries.iter_mut().chain(&mut self.removed) {
            let answer =
                entry.answer().filter(|(_, run)| in_use.is_none_or(|name| run.found.finding.model.name == name));
            entry.compared.in_use = answer.map(|(number, _)| number);
        }
    }

    /// Ends the comparison: the answers stay, and the other model's memory is given back.
    pub(in super::super) fn leave_comparison(&mut self, desk: &mut Desk) {
        let Some(comparison) = self.comparison.take() else { return };
        if let Some((job, ..)) = self.running.take_if(|(_, _, side)| *side == Side::Other) {
            desk.cancel(job);
        }
        self.queue.retain(|(_, side)| *side == Side::InUse);
        for entry in self.entries.iter_mut().chain(&mut self.removed) {
            entry.compared = Compared::default();
        }
        // Where it was chosen in the place of the one in use, it stays.
        if comparison.source != desk.settings.model {
            let job = desk.job_for(Room::Model);
            desk.send(Command::Unload { job, only: Some(comparison.source) });
        }
    }

    /// Puts a picture at the end of the queue for each of the models with which it is wanted.
    pub(super) fn locate_with(&mut self, key: PictureKey, is_wanted: impl Fn(&Entry, Side) -> bool) {
        for side in self.sides() {
            let Some(entry) = self.entry_mut(key) else { return };
            if entry.picture.is_ok() && !entry.work_of(*side).is_going_on() && is_wanted(entry, *side) {
                *entry.work_mut(*side) = Work::Waiting;
                self.queue.push_back((key, *side));
            }
        }
    }

    /// The models that pictures are located with.
    fn sides(&self) -> &'static [Side] {
        if self.comparison.is_some() { &Side::BOTH } else { &[Side::InUse] }
    }

    /// Puts a picture at the end of the queue for the models that have not found it.
    pub(super) fn locate_lacking(&mut self, key: PictureKey) {
        let is_compared = self.comparison.is_some();
        self.locate_with(key, |entry, side| entry.lacks(side, is_compared));
    }

    /// Pictures that could be located, and with one of the models neither were nor are about to be.
    pub(in super::super) fn unlocated(&self) -> impl Iterator<Item = &Entry> {
        let (sides, is_compared) = (self.sides(), self.comparison.is_some());
        self.entries.iter().filter(move |entry| sides.iter().any(|side| entry.lacks(*side, is_compared)))
    }

    /// The place in the queue of what is located next: where the models take turns in memory, what waits for the one that is
    /// open goes first.
    pub(super) fn next_in_queue(&self) -> Option<(usize, (PictureKey, Side))> {
        let takes_turns = self.comparison.as_ref().is_some_and(|comparison| comparison.takes_turns);
        let same = self.queue.iter().position(|(_, side)| takes_turns && *side == self.last_side);
        let at = same.unwrap_or(0);
        Some((at, *self.queue.get(at)?))
    }

    /// The other model of the comparison, where a job locates with it.
    pub(in super::super) fn other_of(&self, job: JobId) -> Option<&Comparison> {
        let is_others = self.running.is_some_and(|(running, _, side)| running == job && side == Side::Other);
        self.comparison.as_ref().filter(|_| is_others)
    }

    /// A model that is not the one in use is open; it may be none of a comparison any more.
    pub(in super::super) fn other_ready(&mut self, model: ModelSummary) {
        if let Some(other) = self.comparison.as_mut().filter(|other| other.source == model.source) {
            (other.model, other.is_open) = (Some(model), true);
        }
    }

    /// Both models do not fit into memory; whether the model in use has given its own back, and else the other has.
    pub(in super::super) fn gave_way(&mut self, job: JobId) -> bool {
        let is_others = self.other_of(job).is_some();
        if let Some(comparison) = &mut self.comparison {
            (comparison.is_open, comparison.takes_turns) = (is_others, true);
        }
        is_others
    }

    /// All models give their memory back.
    pub(in super::super) fn unload_other(&mut self) {
        if let Some(comparison) = &mut self.comparison {
            comparison.is_open = false;
        }
    }
}
