//! How a run goes on, over the page, with what can be done about it.

use egui::{Layout, ProgressBar, RichText, Ui};

use super::super::{View, theme, words};
use crate::state::{Action, Evaluating, EvaluationAction};

/// Height of the line.
pub(super) const HEIGHT: f32 = 46.0;

/// Draws the line.
pub(super) fn progress_ui(view: &mut View<'_>, ui: &mut Ui, running: &Evaluating) {
    let models = words::evaluated_models(&running.config);
    ui.horizontal_centered(|ui| {
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            let stop = egui::Button::new(if running.is_stopping { "Stopping …" } else { "Stop" });
            let text = "End it; what is done is kept, and it can go on later";
            if ui.add_enabled(!running.is_stopping, stop).on_hover_text(text).clicked() {
                view.actions.push(Action::Evaluation(EvaluationAction::Stop));
            }
            ui.with_layout(Layout::top_down(egui::Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 3.0;
                ui.horizontal(|ui| {
                    ui.label(RichText::new(format!("Evaluating {models}")).strong());
                    let text = running.progress.as_ref().map(words::evaluation_progress);
                    ui.label(text.unwrap_or_else(|| "waiting for the first answer".to_owned()));
                    let picture = running.progress.iter().map(|progress| progress.picture.as_str()).collect::<String>();
                    ui.add(egui::Label::new(RichText::new(picture).weak()).truncate());
                });
                let done = running.progress.as_ref().map_or(0.0, |at| at.done as f32 / at.all.max(1) as f32);
                let bar = ProgressBar::new(done).desired_width(ui.available_width() - 8.0).desired_height(6.0);
                ui.add(bar.fill(theme::palette(ui).accent));
            });
        });
    });
}
