//! A row of a list: a title with small lines under it, which can be chosen.

use egui::{FontId, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{SMALL_SIZE, cell, elided, palette};

/// Makes room for a row so high, which is called something.
pub fn list_row(ui: &mut Ui, height: f32, is_chosen: bool, name: &str) -> Response {
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, name));
    cell(ui, &response, row, is_chosen);
    response
}

/// Writes its lines, each so far below its top, the title first; so much at its right is left free.
pub fn row_text(ui: &Ui, row: Rect, right: f32, lines: impl IntoIterator<Item = (f32, String)>) {
    let (palette, width) = (palette(ui), (row.width() - right - 16.0).max(40.0));
    for (number, (y, text)) in lines.into_iter().enumerate() {
        let (size, color) = if number == 0 { (14.0, palette.text) } else { (SMALL_SIZE, palette.text_weak) };
        let galley = elided(ui, text, FontId::proportional(size), color, width);
        ui.painter().galley(pos2(row.min.x + 8.0, row.min.y + y), galley, color);
    }
}
