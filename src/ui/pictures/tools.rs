//! What can be done with pictures, in the line at the top.

use egui::{Button, RichText, Ui, vec2};

use super::{
    super::{Ask, View, shortcuts::hint, theme},
    PicturesPage,
    export::{answer_form, copy_answer},
    forms::OpenForm,
    keys,
    model_menu::{device_ui, model_ui},
};
use crate::state::Action;

/// From this width on the menus for model and device say what is chosen in them.
const WIDTH_FOR_MODEL_WORDS: f32 = 1040.0;

impl PicturesPage {
    pub(super) fn tools_ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let in_words = ui.ctx().content_rect().width() >= WIDTH_FOR_MODEL_WORDS;
        let open = hint(ui.ctx(), "Open pictures or a folder of them", keys::OPEN);
        if ui.button("Open…").on_hover_text(open).clicked() {
            view.asks.push(Ask::Browse(Box::new(OpenForm::new())));
        }
        locate_ui(view, ui);
        self.sessions.ui(view, ui);
        ui.separator();
        model_ui(view, ui, in_words);
        device_ui(view, ui, in_words);
        ui.separator();
        let has_answer = view.state.selected().is_some_and(|entry| entry.found().is_some());
        let copy = hint(ui.ctx(), "Copy the answer as text", keys::COPY);
        if ui.add_enabled(has_answer, Button::new("Copy")).on_hover_text(copy).clicked() {
            copy_answer(view);
        }
        let export = hint(ui.ctx(), "Write the answer to a file", keys::EXPORT);
        if ui.add_enabled(has_answer, Button::new("Export…")).on_hover_text(export).clicked() {
            view.asks.extend(answer_form(view.state).map(|form| Ask::Show(Box::new(form))));
        }
        ui.separator();
        let hint = hint(ui.ctx(), "Hide the answer, for a class to find it; then show it clue by clue", keys::HIDE);
        theme::toggle(ui, &mut self.veil.is_on, Button::new("Hide answer")).on_hover_text(hint);
    }
}

/// Locate, or stop: the one button that stands out.
fn locate_ui(view: &mut View<'_>, ui: &mut Ui) {
    let palette = theme::palette(ui);
    let width = vec2(78.0, 0.0);
    if view.state.can_cancel() {
        let stop = ui.add(Button::new("Cancel").min_size(width)).on_hover_text("Stop what runs and what waits (Esc)");
        if stop.clicked() {
            view.actions.push(Action::Cancel);
        }
        return;
    }
    let locatable = view.state.selected().filter(|entry| entry.picture.is_ok());
    let button = match locatable {
        Some(_) => Button::new(RichText::new("Locate").color(palette.on_accent)).fill(palette.accent),
        None => Button::new("Locate"),
    };
    let locate = ui.add_enabled(locatable.is_some(), button.min_size(width));
    if locate.on_hover_text(hint(ui.ctx(), "Say where the selected picture was taken", keys::LOCATE)).clicked()
        && let Some(entry) = locatable
    {
        view.actions.push(Action::Locate(entry.key));
    }
    let n_left = view.state.n_unlocated();
    if n_left > 1
        && ui.button("Locate the rest").on_hover_text(format!("Locate the {n_left} pictures that were not")).clicked()
    {
        view.actions.push(Action::LocateRest);
    }
}
