//! What is asked before a run begins.

use std::path::PathBuf;

use egui::Ui;

use super::super::{
    forms::{Form, Out, PathField},
    words,
};
use crate::{
    state::{Action, State, TrainingAction},
    train::TrainConfig,
};

/// Begins a run.
pub(super) struct StartForm {
    config: TrainConfig,
    /// What it would take.
    takes: Vec<String>,
    /// Whether a run lies in its folder.
    is_there: bool,
}

impl StartForm {
    pub(super) fn new(config: TrainConfig, state: &State) -> Self {
        let takes = state.training().reckoned().and_then(Result::ok).map(words::dry_run).unwrap_or_default();
        let is_there = state.training().run_in(&config.out).is_some();
        Self { config, takes, is_there }
    }
}

impl Form for StartForm {
    fn title(&self) -> String {
        format!("Begin “{}”?", self.config.out.file_name().unwrap_or_default().to_string_lossy())
    }

    fn button(&self) -> &'static str {
        "Begin"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        None
    }

    fn above(&mut self, ui: &mut Ui) {
        ui.label(words::stage_purpose(self.config.stage));
        for line in &self.takes {
            ui.label(line);
        }
        ui.label("Pictures can be located meanwhile: they go first, between two steps.");
    }

    fn is_complete(&self) -> bool {
        true
    }

    fn replaces(&self) -> Option<PathBuf> {
        self.is_there.then(|| self.config.out.clone())
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let replaces = out.may_replace;
        let start = TrainingAction::Start { config: Box::new(self.config), resume: false, replaces };
        out.act(Action::Training(start));
    }
}
