//! A button among small words.

use egui::{Button, Response, TextWrapMode, Ui, WidgetText, vec2};

/// Its height, which leaves its letters some room to the frame.
const HEIGHT: f32 = 20.0;

/// Draws a button as small as the words beside it. Where the line has no room left for it, it begins the next.
pub fn small_button(ui: &mut Ui, text: impl Into<WidgetText>) -> Response {
    ui.add(small(text))
}

/// Draws one that is on or off; it says whether it was pressed.
pub fn small_toggle(ui: &mut Ui, is_on: bool, text: impl Into<WidgetText>) -> Response {
    ui.add(small(text).selected(is_on))
}

/// The button, to be added by whoever switches it off at times: in a scope of its own it could not go to the next line.
pub fn small<'t>(text: impl Into<WidgetText>) -> Button<'t> {
    Button::new(text.into()).small().min_size(vec2(0.0, HEIGHT)).wrap_mode(TextWrapMode::Extend)
}
