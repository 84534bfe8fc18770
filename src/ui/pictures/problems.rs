//! Sentences to keep in mind, which stand out from the others.

use egui::{Frame, Margin, RichText, Stroke, Ui};

use super::super::theme;

/// Draws them one under the other in one box, if there are any.
pub fn problems_ui(ui: &mut Ui, problems: impl IntoIterator<Item = String>) {
    let palette = theme::palette(ui);
    let mut problems = problems.into_iter().peekable();
    if problems.peek().is_none() {
        return;
    }
    let frame = Frame::new().fill(palette.caution_fill).stroke(Stroke::new(1.0, palette.caution_line));
    frame.corner_radius(theme::CORNER).inner_margin(Margin::symmetric(8, 5)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        for problem in problems {
            ui.label(RichText::new(problem).color(palette.caution_text));
        }
    });
    ui.add_space(theme::GAP);
}
