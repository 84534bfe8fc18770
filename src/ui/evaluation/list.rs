//! The list of evaluations: on which pictures, of which models, when, and how often the country was right.

use egui::{Modifiers, RichText, ScrollArea, Ui};

use super::super::{View, shortcuts, theme, words};
use crate::{
    eval::Measure,
    state::{Action, EvaluationAction, State},
    worker::KeptEvaluation,
};

/// Height of a row, in points.
const ROW: f32 = 64.0;

/// The first of those that are looked at, whether or not it came to its end.
pub(super) fn looked_at(state: &State) -> Option<&KeptEvaluation> {
    let evaluation = state.evaluation();
    evaluation.looked_at().and_then(|folder| evaluation.kept_in(folder))
}

/// Draws the list.
pub(super) fn list_ui(view: &mut View<'_>, ui: &mut Ui) {
    let kept = view.state.evaluation().kept().unwrap_or_default();
    ScrollArea::vertical().id_salt("evaluations").auto_shrink(false).show(ui, |ui| {
        ui.label(RichText::new("Evaluations").strong());
        for kept in kept {
            let is_chosen = view.state.evaluation().is_chosen(&kept.folder);
            if row_ui(ui, kept, is_chosen) {
                let is_beside = ui.input(|input| input.modifiers.command);
                let folder = kept.folder.clone();
                let action = if is_beside { EvaluationAction::Compare(folder) } else { EvaluationAction::Show(folder) };
                view.actions.push(Action::Evaluation(action));
            }
        }
        let click = shortcuts::with(Modifiers::COMMAND, "click", ui.ctx());
        ui.label(RichText::new(format!("{click} compares two of them.")).small().weak());
    });
}

fn row_ui(ui: &mut Ui, kept: &KeptEvaluation, is_chosen: bool) -> bool {
    let (models, pictures) = (words::evaluated_models(&kept.config), words::evaluated_pictures(&kept.config.data));
    let low = low_line(kept);
    let name = format!("Evaluation of {models} on {pictures}: {low}");
    let response = theme::list_row(ui, ROW, is_chosen, &name);
    theme::row_text(ui, response.rect, 0.0, [(6.0, models), (26.0, pictures), (43.0, low)]);
    response.on_hover_text(kept.folder.display().to_string()).clicked()
}

/// "2026-11-27 05:31, country 70.8 %".
fn low_line(kept: &KeptEvaluation) -> String {
    let Some(report) = &kept.report else { return "broken off".to_owned() };
    let when = words::evaluated_at(report);
    let country = report.models.first().and_then(|model| model.figures.get(&Measure::Country));
    match country {
        Some(country) => format!("{when}, country {}", words::percent(country.value)),
        None => when,
    }
}
