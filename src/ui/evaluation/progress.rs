//! How a run goes on, over the page, with what can be done about it.

use egui::{Button, Label, RichText, Ui};

use super::super::{View, underway::underway_ui, words};
use crate::state::{Action, Evaluating, EvaluationAction};

/// Draws the line.
pub(super) fn progress_ui(view: &mut View<'_>, ui: &mut Ui, running: &Evaluating) {
    let models = words::evaluated_models(&running.config);
    let stop = |ui: &mut Ui| {
        let stop = Button::new(if running.is_stopping { "Stopping …" } else { "Stop" });
        let text = "End it; what is done is kept, and it can go on later";
        if ui.add_enabled(!running.is_stopping, stop).on_hover_text(text).clicked() {
            view.actions.push(Action::Evaluation(EvaluationAction::Stop));
        }
    };
    let progress = running.progress.as_ref();
    let done = progress.map_or(0.0, |at| at.done as f32 / at.all.max(1) as f32);
    underway_ui(ui, Some(done), stop, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(format!("Evaluating {models}")).strong());
            let text = progress.map(words::evaluation_progress);
            ui.label(text.unwrap_or_else(|| "waiting for the first answer".to_owned()));
            let picture = progress.map_or("", |progress| progress.picture.as_str());
            ui.add(Label::new(RichText::new(picture).weak()).truncate());
        });
    });
}
