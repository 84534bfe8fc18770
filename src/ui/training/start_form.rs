//! What is asked before a run begins.

use std::path::{Path, PathBuf};

use egui::Ui;

use super::super::{
    forms::{Form, Out, PathField, Question},
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
    /// Whether what that run has trained is the model in use.
    is_used: bool,
}

impl StartForm {
    pub(super) fn new(config: TrainConfig, state: &State) -> Self {
        let takes = state.training().reckoned().and_then(Result::ok).map(words::dry_run).unwrap_or_default();
        let is_there = state.training().run_in(&config.out).is_some();
        let is_used = state.settings().model_here().lies_in(&config.out);
        Self { config, takes, is_there, is_used }
    }

    fn name(&self) -> String {
        self.config.out.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Form for StartForm {
    fn title(&self) -> String {
        format!("Begin “{}”?", self.name())
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

    fn question(&self, _folder: &Path) -> Question {
        let mut loses =
            format!("“{}” is there already. Its curves, checkpoints and trained models would be lost", self.name());
        loses += if self.is_used { ", the model in use among them." } else { "." };
        Question { heading: "Replace this run?", loses }
    }

    fn is_done_by_enter(&self) -> bool {
        true
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let replaces = out.may_replace;
        let start = TrainingAction::Start { config: Box::new(self.config), resume: false, replaces };
        out.act(Action::Training(start));
    }
}
