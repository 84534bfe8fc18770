//! What is known of a thing: under each other, names at the left and beside each what there is to say.

use egui::{Grid, Label, RichText, Ui};

use super::theme;

/// Where they are written.
pub struct Facts<'u> {
    ui: &'u mut Ui,
    width: f32,
}

/// Lines that are longer are hard to read, in points.
const WIDEST: f32 = 720.0;

/// Draws them in the width that there is.
pub fn facts_ui(ui: &mut Ui, id: &str, contents: impl FnOnce(&mut Facts<'_>)) {
    let width = (ui.available_width() - 130.0).clamp(120.0, WIDEST);
    let grid = Grid::new(id).num_columns(2).min_col_width(90.0).min_row_height(18.0).spacing([theme::GAP_WIDE, 8.0]);
    grid.show(ui, |ui| contents(&mut Facts { ui, width }));
}

impl Facts<'_> {
    /// Draws one.
    pub fn row(&mut self, name: &str, contents: impl FnOnce(&mut Ui)) {
        // At the top of its row, beside the first line of what it names.
        self.ui.vertical(|ui| ui.label(RichText::new(name).weak()));
        self.ui.scope(|ui| {
            ui.set_width(self.width);
            ui.vertical(contents);
        });
        self.ui.end_row();
    }

    /// Writes one.
    pub fn text(&mut self, name: &str, text: &str) {
        self.row(name, |ui| {
            ui.add(Label::new(text).wrap());
        });
    }
}
