//! Things of which one is chosen, or which are on or off. What is on has a bar under its name, so that nobody needs to tell
//! its colour apart.

use egui::{Button, Color32, CornerRadius, Rect, Response, Stroke, StrokeKind, Ui, WidgetText, pos2};

use super::{CORNER, palette};

/// Draws one; it says whether it was pressed.
fn choice(ui: &mut Ui, is_chosen: bool, name: impl Into<WidgetText>) -> Response {
    let response = ui.add(Button::selectable(is_chosen, name.into()));
    bar(ui, &response, is_chosen);
    response
}

/// Draws one of the values that something can have.
pub fn choice_value<T: PartialEq>(ui: &mut Ui, value: &mut T, this: T, name: impl Into<WidgetText>) -> Response {
    let mut response = choice(ui, *value == this, name);
    if response.clicked() && *value != this {
        *value = this;
        response.mark_changed();
    }
    response
}

/// Draws something that is on or off.
pub fn toggle(ui: &mut Ui, is_on: &mut bool, button: Button<'_>) -> Response {
    let response = ui.add(button.selected(*is_on));
    if response.clicked() {
        *is_on = !*is_on;
    }
    bar(ui, &response, *is_on);
    response
}

/// Draws the ground of a picture's cell: one of those that are chosen, the one under the pointer, or neither.
pub fn cell(ui: &Ui, response: &Response, rect: Rect, is_chosen: bool) {
    let palette = palette(ui);
    let (fill, line) = match (is_chosen, response.hovered()) {
        (true, _) => (palette.accent_faint, palette.accent),
        (false, true) => (palette.button_hovered, Color32::TRANSPARENT),
        (false, false) => (Color32::TRANSPARENT, Color32::TRANSPARENT),
    };
    ui.painter().rect(rect, CornerRadius::same(CORNER), fill, Stroke::new(1.5, line), StrokeKind::Inside);
}

fn bar(ui: &Ui, response: &Response, is_on: bool) {
    if is_on {
        let rect = response.rect;
        let bar =
            Rect::from_min_max(pos2(rect.min.x + 6.0, rect.max.y - 3.0), pos2(rect.max.x - 6.0, rect.max.y - 1.0));
        ui.painter().rect_filled(bar, 1.0, palette(ui).accent);
    }
}
