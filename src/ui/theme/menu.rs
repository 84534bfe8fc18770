//! The look of a menu with words in it.

use egui::{Align, Layout, Popup, Response, Shape, Stroke, Style, Ui, containers::menu::menu_style, vec2};

use super::{palette, palette_of};

/// What the name of a button ends in that has [`menu_arrow`].
pub const FOR_ARROW: &str = "     ";

/// A menu under a button. Its lines keep their letters together: a menu of the library spreads every label over its width.
pub fn menu(button: &Response) -> Popup<'_> {
    Popup::menu(button).layout(Layout::top_down(Align::Min)).style(dress)
}

/// The arrow of a button that opens a menu, for which its text ends in [`FOR_ARROW`].
pub fn menu_arrow(ui: &Ui, button: &Response) {
    let at = button.rect.right_center() - vec2(14.0, 0.0);
    let arrow = vec![at + vec2(-4.0, -2.0), at + vec2(4.0, -2.0), at + vec2(0.0, 3.0)];
    ui.painter().add(Shape::convex_polygon(arrow, palette(ui).text_weak, Stroke::NONE));
}

/// The library takes the outlines of a menu away, and with them every box that is not ticked; here they stay.
pub(super) fn dress(style: &mut Style) {
    menu_style(style);
    style.spacing.button_padding = vec2(8.0, 2.0);
    style.visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, palette_of(style.visuals.dark_mode).outline);
}
