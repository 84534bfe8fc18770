//! The list of evaluations: on which pictures, of which models, when, and how often the country was right.

use egui::{FontId, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::super::{View, theme, words};
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
        ui.label(RichText::new("Ctrl and a click compares two of them.").small().weak());
    });
}

fn row_ui(ui: &mut Ui, kept: &KeptEvaluation, is_chosen: bool) -> bool {
    let palette = theme::palette(ui);
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let (models, pictures) = (words::evaluated_models(&kept.config), words::evaluated_pictures(&kept.config.data));
    let low = low_line(kept);
    let name = format!("Evaluation of {models} on {pictures}: {low}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
    theme::cell(ui, &response, row, is_chosen);
    let line = |y: f32, text: String, size: f32, color| {
        let galley = theme::elided(ui, text, FontId::proportional(size), color, row.width() - 16.0);
        ui.painter().galley(pos2(row.min.x + 8.0, row.min.y + y), galley, color);
    };
    line(6.0, models.clone(), 14.0, palette.text);
    line(26.0, pictures.clone(), theme::SMALL_SIZE, palette.text_weak);
    line(43.0, low, theme::SMALL_SIZE, palette.text_weak);
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
