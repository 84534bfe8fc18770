//! Fields of a recipe: a name with an explanation, and what can be set.

use egui::{DragValue, Grid, RichText, TextEdit, Ui};

use super::super::theme;

/// Draws fields under each other, names at the left.
pub fn fields(ui: &mut Ui, id: &str, contents: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        theme::number_fields(ui);
        Grid::new(id).num_columns(2).spacing([10.0, 5.0]).min_col_width(96.0).show(ui, contents);
    });
}

/// A name, over which stands what it means.
pub fn name(ui: &mut Ui, name: &str, means: &str) -> egui::Response {
    ui.label(name).on_hover_text(means)
}

/// A number.
pub fn number(ui: &mut Ui, (named, means): (&str, &str), value: DragValue<'_>) {
    let label = name(ui, named, means);
    ui.add(value).labelled_by(label.id).on_hover_text(means);
    ui.end_row();
}

/// A line of text.
pub fn text(ui: &mut Ui, (named, means): (&str, &str), value: &mut String, hint: &str) {
    let label = name(ui, named, means);
    let line = TextEdit::singleline(value).hint_text(hint).desired_width(f32::INFINITY);
    ui.add(line).labelled_by(label.id).on_hover_text(means);
    ui.end_row();
}

/// A heading over fields.
pub fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(theme::GAP);
    ui.label(RichText::new(text).strong());
}
