//! The clue knowledge as the window has it: the shipped records, and the user's own beside them, which are edited here and
//! written by the window's program.

use std::sync::{Arc, OnceLock};

use super::{Desk, KnowledgeEdit, Remark, Request};
use crate::{
    assets::OwnCluesError,
    knowledge::clues::{ClueRecord, Clues, problem_of},
};

/// What is known of clues.
#[derive(Debug)]
pub(super) struct Knowledge {
    own: Vec<ClueRecord>,
    /// Made of them when it is first asked for: reading the shipped records takes a while that a start need not wait.
    clues: OnceLock<Arc<Clues>>,
    /// Why the user's own are left out.
    problem: Option<Arc<OwnCluesError>>,
}

impl Knowledge {
    /// The shipped records alone.
    pub(super) fn new() -> Self {
        Self { own: Vec::new(), clues: OnceLock::new(), problem: None }
    }

    pub(super) fn clues(&self) -> &Arc<Clues> {
        self.clues.get_or_init(|| Clues::with_own(&self.own))
    }

    pub(super) fn own(&self) -> &[ClueRecord] {
        &self.own
    }

    pub(super) fn problem(&self) -> Option<&OwnCluesError> {
        self.problem.as_deref()
    }

    /// Takes in what stands in the user's file.
    pub(super) fn read(&mut self, own: Result<Vec<ClueRecord>, Arc<OwnCluesError>>) {
        match own {
            Ok(own) => {
                self.problem = None;
                self.put(own);
            }
            Err(problem) => {
                self.problem = Some(problem);
                self.put(Vec::new());
            }
        }
    }

    /// Does an edit; its inverse comes back, unless nothing changed. A file that is damaged stays as it is.
    pub(super) fn carry_out(&mut self, edit: KnowledgeEdit, desk: &mut Desk) -> Option<KnowledgeEdit> {
        if let Some(problem) = &self.problem {
            desk.tell(Remark::CluesNotKept(Arc::clone(problem)));
            return None;
        }
        let mut own = self.own.clone();
        let inverse = match &edit {
            KnowledgeEdit::Put(record) => {
                if let Some(problem) = problem_of(record) {
                    desk.tell(Remark::CluesNotKept(Arc::new(OwnCluesError::Unsound(problem))));
                    return None;
                }
                match own.iter_mut().find(|other| other.id == record.id) {
                    Some(other) if *other == **record => return None,
                    Some(other) => KnowledgeEdit::Put(Box::new(std::mem::replace(other, ClueRecord::clone(record)))),
                    None => {
                        own.push(ClueRecord::clone(record));
                        KnowledgeEdit::Drop(record.id.clone())
                    }
                }
            }
            KnowledgeEdit::Drop(id) => {
                let at = own.iter().position(|record| record.id == *id)?;
                KnowledgeEdit::Put(Box::new(own.remove(at)))
            }
        };
        self.put(own);
        desk.ask([Request::KeepClue(edit)]);
        Some(inverse)
    }

    fn put(&mut self, own: Vec<ClueRecord>) {
        if own != self.own {
            (self.own, self.clues) = (own, OnceLock::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        knowledge::clues::{Basis, shipped},
        state::{Action, Settings, State},
    };

    fn record(id: &str, value: &str) -> ClueRecord {
        ClueRecord {
            id: id.to_owned(),
            value: value.to_owned(),
            inside: 0.5,
            outside: 0.1,
            basis: Basis::Judged,
            ..shipped()[0].clone()
        }
    }

    fn kept(requests: Vec<Request>) -> Vec<KnowledgeEdit> {
        let edit = |request| if let Request::KeepClue(edit) = request { Some(edit) } else { None };
        requests.into_iter().filter_map(edit).collect()
    }

    #[test]
    fn own_clues_are_put_dropped_undone_and_done_again() {
        let mut state = State::new(Settings::default());
        let put = |record: &ClueRecord| KnowledgeEdit::Put(Box::new(record.clone()));
        let (one, changed) = (record("own-kiosk", "yellow kiosks"), record("own-kiosk", "green kiosks"));
        assert_eq!(kept(state.perform(Action::PutClue(Box::new(one.clone())))), [put(&one)]);
        assert!(kept(state.perform(Action::PutClue(Box::new(one.clone())))).is_empty(), "nothing changes");
        assert_eq!(kept(state.perform(Action::PutClue(Box::new(changed.clone())))), [put(&changed)]);
        assert_eq!(state.clues().record("own-kiosk"), Some(&changed));
        assert_eq!(kept(state.perform(Action::Undo)), [put(&one)]);
        assert_eq!(kept(state.perform(Action::Undo)), [KnowledgeEdit::Drop("own-kiosk".into())]);
        assert!(state.own_clues().is_empty() && state.clues().record("own-kiosk").is_none());
        assert_eq!(kept(state.perform(Action::Redo)), [put(&one)]);
        assert_eq!(
            kept(state.perform(Action::DropClue("own-kiosk".into()))),
            [KnowledgeEdit::Drop("own-kiosk".into())]
        );
        state.perform(Action::Undo);
        assert_eq!(state.own_clues(), [one]);
    }

    #[test]
    fn what_is_no_record_is_refused_and_a_damaged_file_is_left_alone() {
        let mut state = State::new(Settings::default());
        let unsound = ClueRecord { inside: 2.0, ..record("own-kiosk", "x") };
        assert!(kept(state.perform(Action::PutClue(Box::new(unsound)))).is_empty());
        assert!(matches!(state.notices()[0].remark, Remark::CluesNotKept(_)) && state.own_clues().is_empty());
        state.perform(Action::KnowOwn(Ok(vec![record("own-kiosk", "x")])));
        let damaged = Arc::new(OwnCluesError::Unsound("damaged".into()));
        state.perform(Action::KnowOwn(Err(damaged)));
        assert!(state.own_clues_problem().is_some() && state.own_clues().is_empty());
        assert_eq!(state.clues().records(), shipped());
        assert!(kept(state.perform(Action::PutClue(Box::new(record("own-lamp", "x"))))).is_empty());
        assert!(!state.can_undo());
        state.perform(Action::KnowOwn(Ok(Vec::new())));
        assert!(state.own_clues_problem().is_none());
    }
}
