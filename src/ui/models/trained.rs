//! The models that runs of this machine have left, among those that lie here: each by its own name, to be used or compared.

use egui::{Response, RichText, Role, Ui, WidgetInfo};

use super::super::{View, theme, words};
use crate::state::{Action, Choice, Page};

/// Draws them, where there are any.
pub(super) fn trained_ui(view: &mut View<'_>, ui: &mut Ui) {
    let trained = view.state.trained();
    if trained.is_empty() {
        return;
    }
    ui.add_space(theme::GAP);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Trained here").strong());
        if ui.link("See the Training page").on_hover_text("Their curves, and what each has learned from").clicked() {
            view.actions.push(Action::Show(Page::TRAINING));
        }
    });
    trained.iter().for_each(|choice| choice_ui(view, ui, choice));
}

fn choice_ui(view: &mut View<'_>, ui: &mut Ui, choice: &Choice) {
    let name = words::choice(choice, "");
    ui.horizontal_wrapped(|ui| {
        let label = ui.label(&name);
        if let Some(more) = words::choice_in_full(choice) {
            label.on_hover_text(more);
        }
        let in_use = &view.state.settings().model;
        if choice.source == *in_use {
            ui.label(RichText::new("in use").weak());
            return;
        }
        if named_button(ui, "Use", &name).clicked() {
            view.actions.push(Action::ChooseModel(choice.source.clone()));
        }
        if view.state.comparison().is_some_and(|comparison| comparison.source == choice.source) {
            ui.label(RichText::new("compared").weak());
        } else if named_button(ui, "Compare", &name).clicked() {
            view.actions.push(Action::Compare(choice.source.clone()));
        }
    });
}

/// A button that says of which model it is to those who do not see the row.
fn named_button(ui: &mut Ui, text: &str, model: &str) -> Response {
    let button = theme::small_button(ui, text);
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{text} {model}")));
    button
}
