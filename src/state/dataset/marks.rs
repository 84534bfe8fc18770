//! Marks: shown at once, written by a job, and taken back where that fails.

use std::path::PathBuf;

use super::{DatasetState, Extend, send};
use crate::{
    dataset::RowId,
    state::{DatasetEdit, Desk},
    worker::{DatasetTask, JobId},
};

/// Marks on their way into the index.
#[derive(Debug)]
pub(super) struct Marking {
    pub job: JobId,
    pub file: PathBuf,
    pub ids: Vec<RowId>,
    pub checked: bool,
}

impl DatasetState {
    pub(super) fn toggle_checked(&mut self, desk: &mut Desk) -> Option<DatasetEdit> {
        let file = self.file.clone()?;
        let shown = self.listing.shown();
        let selected: Vec<u32> = shown.iter().copied().filter(|row| self.selection.holds(*row)).collect();
        let checked = selected.iter().any(|row| !self.rows[*row as usize].checked);
        let turned = selected.iter().map(|row| &self.rows[*row as usize]).filter(|row| row.checked != checked);
        let ids: Vec<RowId> = turned.map(|row| row.id).collect();
        if ids.is_empty() { None } else { Some(self.carry_out(DatasetEdit::Check { file, ids, checked }, desk)) }
    }

    /// Does an edit; its inverse comes back.
    pub(in crate::state) fn carry_out(&mut self, edit: DatasetEdit, desk: &mut Desk) -> DatasetEdit {
        let DatasetEdit::Check { file, ids, checked } = edit;
        if self.file.as_ref() == Some(&file) {
            let shown = self.listing.shown();
            let place = self.selection.cursor().and_then(|cursor| shown.iter().position(|row| *row == cursor));
            self.mark(&ids, checked);
            // Where only unchecked pictures are shown the marked ones are gone; the next one takes their place.
            if let (true, Some(place)) = (self.selection.is_empty(), place) {
                let last = self.listing.shown().len().saturating_sub(1);
                self.select(|selection, shown| selection.go_to(shown, place.min(last), Extend::No));
            }
        }
        let job = send(file.clone(), DatasetTask::Check { ids: ids.clone(), checked }, desk);
        self.marking.push(Marking { job, file: file.clone(), ids: ids.clone(), checked });
        DatasetEdit::Check { file, ids, checked: !checked }
    }

    pub(super) fn mark(&mut self, ids: &[RowId], checked: bool) {
        for id in ids {
            if let Some(&place) = self.places.get(id) {
                self.rows[place as usize].checked = checked;
            }
        }
        self.refresh();
    }
}
