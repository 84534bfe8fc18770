//! How an indexing or another long task goes on, over the page, with what can be done about it.

use egui::{Button, Label, RichText, Ui, vec2};

use super::super::{View, underway::underway_ui, words};
use crate::{
    dataset::IndexProgress,
    state::{Action, DatasetAction, Indexing, Task},
};

/// Draws the line for an indexing.
pub fn indexing_ui(view: &mut View<'_>, ui: &mut Ui, indexing: &Indexing) {
    let path = indexing.source.path();
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let doing = if indexing.is_paused { "Paused" } else { "Indexing" };
    let progress = indexing.progress.as_ref().filter(|progress| progress.found > 0);
    let buttons = |ui: &mut Ui| {
        if ui.button("Stop").on_hover_text("End the indexing; what is done is kept").clicked() {
            view.actions.push(Action::Dataset(DatasetAction::StopIndexing));
        }
        let pause = if indexing.is_paused { "Resume" } else { "Pause" };
        if ui.add(Button::new(pause).min_size(vec2(72.0, 0.0))).clicked() {
            view.actions.push(Action::Dataset(DatasetAction::Pause(!indexing.is_paused)));
        }
    };
    underway_ui(ui, Some(progress.map_or(0.0, fraction)), buttons, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(format!("{doing} {name}")).strong());
            let text = progress
                .map_or_else(|| "looking for pictures …".to_owned(), |at| words::indexing(at, indexing.is_paused));
            ui.label(text);
            if let Some(at) = progress.filter(|_| !indexing.is_paused) {
                let current = at.current.file_name().unwrap_or_default().to_string_lossy();
                ui.add(Label::new(RichText::new(current).weak()).truncate());
            }
        });
    });
}

/// Draws the line for a search or an export.
pub fn task_ui(view: &mut View<'_>, ui: &mut Ui, task: &Task) {
    let stop = |ui: &mut Ui| {
        if ui.button("Stop").clicked() {
            view.actions.push(Action::Dataset(DatasetAction::StopTask));
        }
    };
    underway_ui(ui, task.fraction, stop, |ui| {
        ui.label(RichText::new(format!("{} …", words::dataset_work(task.work))).strong());
    });
}

fn fraction(progress: &IndexProgress) -> f32 {
    ((progress.done + progress.skipped) as f32 / progress.found.max(1) as f32).min(1.0)
}
