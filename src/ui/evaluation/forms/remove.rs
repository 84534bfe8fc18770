//! Asks before an evaluation is deleted.

use std::path::PathBuf;

use egui::Ui;

use super::super::super::{
    forms::{Form, Out, PathField},
    words,
};
use crate::{
    state::{Action, EvaluationAction},
    worker::KeptEvaluation,
};

/// Asks before an evaluation is deleted.
pub(in crate::ui::evaluation) struct RemoveForm {
    folder: PathBuf,
    what: String,
}

impl RemoveForm {
    pub(in crate::ui::evaluation) fn new(kept: &KeptEvaluation) -> Self {
        let (models, pictures) = (words::evaluated_models(&kept.config), words::evaluated_pictures(&kept.config.data));
        Self { folder: kept.folder.clone(), what: format!("{models} on {pictures}") }
    }
}

impl Form for RemoveForm {
    fn title(&self) -> String {
        "Delete this evaluation?".to_owned()
    }

    fn button(&self) -> &'static str {
        "Delete"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        None
    }

    fn above(&mut self, ui: &mut Ui) {
        ui.label(format!("{}: its answers and its report would be lost.", self.what));
    }

    fn is_complete(&self) -> bool {
        true
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let all = self.folder.parent().map(PathBuf::from).unwrap_or_default();
        out.act(Action::Evaluation(EvaluationAction::Remove { folder: self.folder, all }));
    }
}
