//! A comparison of two models, as far as it concerns more than the pictures.

use super::{Comparison, Edit, Page, PicturesEdit, Remark, Side, State};
use crate::worker::{JobId, ModelSource, ModelSummary};

impl State {
    /// The model that the one in use is compared with, while it is.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.pictures.comparison()
    }

    /// Compares the model in use with another one of this machine.
    pub(super) fn compare(&mut self, source: ModelSource) {
        if source.is_elsewhere() || source == self.desk.settings.model {
            self.desk.tell(Remark::NotCompared);
            return;
        }
        self.desk.settings.page = Page::PICTURES;
        let in_use = self.model.state().summary().map(|model| model.name.as_str());
        self.pictures.compare(source, in_use, &mut self.desk);
        self.mend_model();
    }

    /// A model is not compared with itself: where the other was chosen, the comparison ends.
    pub(super) fn end_comparison_with_itself(&mut self) {
        if self.comparison().is_some_and(|other| other.source == self.desk.settings.model) {
            self.pictures.leave_comparison(&mut self.desk);
        }
    }

    /// A model is open, or more is known of it. A job that was stopped may have opened it all the same, so that its source says which
    /// one it is.
    pub(super) fn model_ready(&mut self, job: JobId, model: ModelSummary) {
        if model.source == self.desk.settings.model {
            self.model.ready(job, model);
        } else {
            self.pictures.other_ready(model);
        }
    }

    /// Both models do not fit: the one that this job did not ask has given its memory back.
    pub(super) fn gave_way(&mut self, job: JobId) {
        if self.pictures.gave_way(job) {
            self.model.give_way();
        }
    }

    /// Lets what one of the models has found stand as the selected picture's answer.
    pub(super) fn take_answer(&mut self, side: Side) {
        let selected = self.pictures.selected();
        let taken = selected.and_then(|entry| Some((entry.key, entry.run_of(side)?.0)));
        if let Some((key, run)) = taken {
            self.edit(Edit::Pictures(PicturesEdit::Answer { key, run }));
        }
    }

    /// Whether a job that locates asks the starter.
    pub(super) fn is_by_starter(&self, job: JobId) -> bool {
        match self.pictures.other_of(job) {
            Some(other) => other.source == ModelSource::Starter,
            None => self.model.is_starter(),
        }
    }
}
