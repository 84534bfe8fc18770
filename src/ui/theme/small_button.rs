//! A button among small words.

use egui::{Button, Response, Ui, WidgetText, vec2};

/// Its height, which leaves its letters some room to the frame.
const HEIGHT: f32 = 20.0;

/// Draws a button as small as the words beside it.
pub fn small_button(ui: &mut Ui, text: impl Into<WidgetText>) -> Response {
    ui.add(small(text))
}

/// Draws one that is on or off; it says whether it was pressed.
pub fn small_toggle(ui: &mut Ui, is_on: bool, text: impl Into<WidgetText>) -> Response {
    ui.add(small(text).selected(is_on))
}

fn small<'t>(text: impl Into<WidgetText>) -> Button<'t> {
    Button::new(text.into()).small().min_size(vec2(0.0, HEIGHT))
}
