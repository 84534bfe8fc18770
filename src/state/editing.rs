//! Doing edits, undoing them and doing them again: each goes to the room that it is about.

use super::{Edit, Entry, EvidenceEdit, PictureKey, PicturesEdit, State};

impl State {
    /// Does an edit, which can be undone.
    pub(super) fn edit(&mut self, edit: Edit) {
        if let Some(inverse) = self.carry_out(edit) {
            self.history.did(inverse);
        }
    }

    /// Does an edit of a picture's evidence. What was worked out for it may come when another one is looked at, which then goes
    /// on being looked at.
    pub(super) fn change_evidence(&mut self, key: PictureKey, edit: impl FnOnce(&Entry) -> EvidenceEdit) {
        let looked_at = self.selected().map(|entry| entry.key);
        let Some(edit) = self.pictures.entry(key).map(edit) else { return };
        self.edit(Edit::Pictures(PicturesEdit::Evidence { key, edit }));
        looked_at.into_iter().for_each(|key| self.pictures.select(key));
    }

    /// Undoes the last edit.
    pub(super) fn undo(&mut self) {
        let Some((edit, opening)) = self.history.undo() else { return };
        if let Some(job) = opening {
            self.pictures.stop_opening(job, &mut self.desk);
        }
        if let Some(inverse) = self.carry_out(edit) {
            self.history.undid(inverse);
        }
    }

    /// Does again what was undone last.
    pub(super) fn redo(&mut self) {
        let Some(edit) = self.history.redo() else { return };
        if let Some(inverse) = self.carry_out(edit) {
            self.history.redid(inverse);
        }
    }

    /// Does an edit; its inverse comes back, unless nothing changed.
    fn carry_out(&mut self, edit: Edit) -> Option<Edit> {
        match edit {
            Edit::Pictures(edit) => self.pictures.carry_out(edit, &mut self.desk).map(Edit::Pictures),
            Edit::Dataset(edit) => Some(Edit::Dataset(self.dataset.carry_out(edit, &mut self.desk))),
            Edit::Knowledge(edit) => self.knowledge.carry_out(edit, &mut self.desk).map(Edit::Knowledge),
        }
    }
}
