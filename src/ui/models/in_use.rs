//! The model in use: what it is, where it lies, how fast it is, and when its memory is given back.

use egui::{ComboBox, Label, RichText, Ui};

use super::super::{View, theme, words};
use crate::state::{Action, ModelState, UnloadAfter};

/// What is said of the time after which the memory is given back.
const WHY: &str = "A model that is not needed gives its memory back to other programs. It is read again by itself when a picture is \
                   located or a question is asked, which takes as long as opening it did. 15 minutes is usual: time to look at a \
                   finding without waiting for the next.";

/// Draws it.
pub(super) fn in_use_ui(view: &mut View<'_>, ui: &mut Ui) {
    let state = view.state;
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("In use:").strong());
        match state.model() {
            ModelState::Ready(model) => ui.label(format!("{} {}", model.name, words::placed(model))),
            ModelState::Unloaded { model, why } => {
                let unloaded = words::unloaded(*why);
                ui.label(format!("{}, {unloaded}; it is opened again when it is needed", model.name))
            }
            other => ui.label(words::model(other, &state.settings().model)),
        };
        if let Some(pace) = state.model().summary().and_then(|model| words::pace(&model.measured)) {
            ui.add(Label::new(RichText::new(pace).weak()).wrap());
        }
    });
    if let Some(other) = state.comparison() {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Compared with:").strong());
            let name =
                other.model.as_ref().map_or_else(|| words::model_source(&other.source), |model| model.name.clone());
            ui.label(match other.model.as_ref().filter(|_| other.is_open) {
                Some(model) => format!("{name} {}", words::placed(model)),
                None => format!("{name}, not loaded; it is opened when it is needed"),
            });
            if theme::small_button(ui, "Leave comparison").clicked() {
                view.actions.push(Action::LeaveComparison);
            }
        });
    }
    ui.horizontal_wrapped(|ui| {
        let label = ui.label(RichText::new("Memory is given back").weak()).on_hover_text(WHY);
        let chosen = state.settings().unload_after;
        let mut choice = chosen;
        let choices = ComboBox::from_id_salt("unload after").selected_text(words::unload_after(chosen)).width(210.0);
        let choices = choices.show_ui(ui, |ui| {
            for after in UnloadAfter::CHOICES {
                ui.selectable_value(&mut choice, after, words::unload_after(after));
            }
        });
        choices.response.labelled_by(label.id).on_hover_text(WHY);
        if choice != chosen {
            view.actions.push(Action::UnloadAfter(choice));
        }
        let unload = ui.add_enabled(state.is_idle(), egui::Button::new("Unload now"));
        if unload.on_hover_text("Gives the memory back; the next picture opens the model again").clicked() {
            view.actions.push(Action::Unload(None));
        }
    });
    ui.add_space(theme::GAP);
}
