//! What can be done with a data set, in the line at the top.

use egui::{Button, Ui};

use super::{
    super::{Ask, View, shortcuts::hint},
    forms::{ExportSetForm, IndexForm, OpenForm},
    keys,
};

/// Draws the buttons.
pub fn tools_ui(view: &mut View<'_>, ui: &mut Ui) {
    let index = hint(ui.ctx(), "Index the pictures in a folder, or of a CSV table or list", keys::INDEX);
    if ui.button("Index a folder…").on_hover_text(index).clicked() {
        view.asks.push(Ask::Browse(Box::new(IndexForm::new())));
    }
    let open = hint(ui.ctx(), "Open an index made before", keys::OPEN);
    if ui.button("Open an index…").on_hover_text(open).clicked() {
        view.asks.push(Ask::Browse(Box::new(OpenForm::new())));
    }
    ui.separator();
    let has_rows = !view.state.dataset().listing().shown().is_empty();
    let text = "Write what is shown or selected to a folder or file";
    let export = ui.add_enabled(has_rows, Button::new("Export…"));
    if export.on_hover_text(hint(ui.ctx(), text, keys::EXPORT)).clicked() {
        view.asks.push(Ask::Show(Box::new(ExportSetForm::of(view.state))));
    }
}
