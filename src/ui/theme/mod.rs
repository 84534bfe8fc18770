//! Every colour, distance and text size of the window, light and dark, in one place. Panels name what they mean
//! ([`Palette::caution_fill`]) and never a colour of their own.

mod choice;
mod elided;
mod list_row;
mod menu;
mod number_fields;
mod palette;
mod ramp;
mod slider;
mod small_button;

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Ui, Visuals, vec2,
};

pub use choice::{cell, choice_value, toggle};
pub use elided::{elided, elided_name};
pub use list_row::{list_row, row_text};
pub use menu::{FOR_ARROW, menu, menu_arrow};
pub use number_fields::{counting, number_fields};
use palette::{DARK, LIGHT};
pub use palette::{MapPalette, ON_SIGN, Palette, SIGN, SIGN_GROUND, SIGN_LIT, SIGN_STRUCK};
pub use ramp::ramp;
pub use slider::slider;
pub use small_button::{small, small_button, small_toggle};

/// Between things that belong together.
pub const GAP: f32 = 6.0;
/// Between things that do not.
pub const GAP_WIDE: f32 = 12.0;
/// Inside a panel, at its edges.
pub const PADDING: i8 = 12;
/// Corners of buttons, cards and fields.
pub const CORNER: u8 = 4;
/// Height of a row that can be clicked.
pub const ROW: f32 = 28.0;
/// The name of the place, the largest words in the window.
pub const PLACE_SIZE: f32 = 22.0;
/// Small letters: units, captions, labels on the map.
pub const SMALL_SIZE: f32 = 12.0;

/// The palette of the theme in use.
pub fn palette(ui: &Ui) -> &'static Palette {
    palette_of(ui.visuals().dark_mode)
}

/// The palette of one of the two themes.
pub fn palette_of(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// Sets text sizes, distances and the colours of both themes.
pub fn install(ctx: &Context) {
    for (theme, palette, visuals) in [(Theme::Light, &LIGHT, Visuals::light()), (Theme::Dark, &DARK, Visuals::dark())] {
        ctx.style_mut_of(theme, |style| {
            style.text_styles = text_styles();
            let spacing = &mut style.spacing;
            spacing.item_spacing = vec2(8.0, 6.0);
            spacing.button_padding = vec2(10.0, 4.0);
            spacing.interact_size.y = 26.0;
            spacing.menu_margin = Margin::same(8);
            spacing.window_margin = Margin::same(14);
            spacing.icon_width = 16.0;
            spacing.icon_width_inner = 9.0;
            // Room beside what is scrolled, so that the bar never lies on a field.
            spacing.scroll.floating_allocated_width = spacing.scroll.bar_width + 2.0;
            // A strip that scrolls sideways only does so by the wheel that people have.
            style.always_scroll_the_only_direction = true;
            style.visuals = dress(visuals, palette);
        });
    }
}

fn text_styles() -> std::collections::BTreeMap<TextStyle, FontId> {
    let size = |size| FontId::new(size, FontFamily::Proportional);
    [
        (TextStyle::Small, size(SMALL_SIZE)),
        (TextStyle::Body, size(14.0)),
        (TextStyle::Button, size(14.0)),
        (TextStyle::Heading, size(17.0)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
    ]
    .into()
}

fn dress(mut visuals: Visuals, palette: &Palette) -> Visuals {
    visuals.panel_fill = palette.ground;
    visuals.window_fill = palette.raised;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.extreme_bg_color = palette.sunken;
    // White on a light page: grey would look like a button that is switched off.
    let field = if visuals.dark_mode { palette.sunken } else { palette.raised };
    visuals.text_edit_bg_color = Some(field);
    visuals.faint_bg_color = palette.sunken;
    visuals.code_bg_color = palette.sunken;
    visuals.weak_text_color = Some(palette.text_weak);
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.caution_text;
    visuals.error_fg_color = palette.error;
    visuals.selection.bg_fill = palette.accent_faint;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    visuals.popup_shadow = Shadow { offset: [0, 4], blur: 12, spread: 0, color: Color32::from_black_alpha(48) };
    visuals.window_shadow = Shadow { offset: [0, 8], blur: 24, spread: 0, color: Color32::from_black_alpha(64) };

    let corner = CornerRadius::same(CORNER);
    visuals.window_corner_radius = corner;
    visuals.menu_corner_radius = corner;
    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.line);
    widgets.noninteractive.fg_stroke = Stroke::new(1.0, palette.text);
    widgets.noninteractive.bg_fill = palette.ground;
    for (look, fill, stroke) in [
        (&mut widgets.inactive, palette.button, palette.outline),
        (&mut widgets.hovered, palette.button_hovered, palette.accent),
        (&mut widgets.active, palette.accent_faint, palette.accent),
        (&mut widgets.open, palette.button_hovered, palette.accent),
    ] {
        look.bg_fill = fill;
        look.weak_bg_fill = fill;
        look.bg_stroke = Stroke::new(1.0, stroke);
        look.fg_stroke = Stroke::new(1.0, palette.text);
        look.expansion = 0.0;
    }
    // What is ticked is a field as well.
    widgets.inactive.bg_fill = field;
    for look in [&mut widgets.noninteractive, &mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
        look.corner_radius = corner;
    }
    widgets.open.corner_radius = corner;
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2's contrast ratio of two opaque colours.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |c: Color32| {
            let [r, g, b, _] = egui::Rgba::from(c).to_array();
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        if a > b { a / b } else { b / a }
    }

    #[test]
    fn what_can_be_written_in_ticked_or_pressed_can_be_seen_on_what_it_stands_on() {
        let ctx = Context::default();
        install(&ctx);
        for (theme, p) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
            let visuals = &ctx.style_of(theme).visuals;
            let widgets = &visuals.widgets;
            for look in [&widgets.inactive, &widgets.hovered, &widgets.active] {
                // The outline against what is around a text box, a tick or a radio, and against what is in it.
                for ground in [p.ground, p.raised, look.bg_fill, visuals.text_edit_bg_color()] {
                    let seen = contrast(look.bg_stroke.color, ground);
                    assert!(seen >= 3.0, "{theme:?}: {:?} on {ground:?}: {seen}", look.bg_stroke.color);
                }
                // The tick in its box.
                assert!(contrast(look.fg_stroke.color, look.bg_fill) >= 4.5);
            }
            let mut style = (*ctx.style_of(theme)).clone();
            menu::dress(&mut style);
            let outline = style.visuals.widgets.inactive.bg_stroke;
            let seen = contrast(outline.color, p.raised);
            assert!(outline.width > 0.0 && seen >= 3.0, "{theme:?}: a box of a menu that is not ticked: {seen}");
            for ground in [p.ground, p.raised, p.sunken, p.accent_faint] {
                assert!(contrast(p.accent, ground) >= 3.0, "{theme:?}: the ring of the focus on {ground:?}");
            }
        }
    }

    #[test]
    fn fields_and_boxes_look_alike_and_no_bar_lies_on_them() {
        let ctx = Context::default();
        install(&ctx);
        for theme in [Theme::Light, Theme::Dark] {
            let style = ctx.style_of(theme);
            let visuals = &style.visuals;
            assert_eq!(visuals.widgets.inactive.bg_fill, visuals.text_edit_bg_color());
            assert_ne!(visuals.widgets.inactive.bg_fill, visuals.widgets.inactive.weak_bg_fill, "a button is none");
            assert!(style.spacing.scroll.allocated_width() > style.spacing.scroll.bar_width);
        }
    }

    #[test]
    fn words_can_be_read_on_what_they_stand_on() {
        for p in [&LIGHT, &DARK] {
            for (text, ground) in [
                (p.text, p.ground),
                (p.text_weak, p.ground),
                (p.text_weak, p.raised),
                (p.text, p.accent_faint),
                (p.on_accent, p.accent),
                (p.caution_text, p.caution_fill),
                (p.error, p.ground),
                (p.map.country, p.map.land),
                (p.map.on_candidate, p.map.candidate),
                (p.on_accent, p.map.gps),
            ] {
                assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
            }
        }
    }
}
