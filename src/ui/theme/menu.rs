//! The look of a menu with words in it.

use egui::{Align, Layout, Popup, Response, Stroke, Style, containers::menu::menu_style, vec2};

use super::palette_of;

/// A menu under a button. Its lines keep their letters together: a menu of the library spreads every label over its width.
pub fn menu(button: &Response) -> Popup<'_> {
    Popup::menu(button).layout(Layout::top_down(Align::Min)).style(dress)
}

/// The library takes the outlines of a menu away, and with them every box that is not ticked; here they stay.
pub(super) fn dress(style: &mut Style) {
    menu_style(style);
    style.spacing.button_padding = vec2(8.0, 2.0);
    style.visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, palette_of(style.visuals.dark_mode).outline);
}
