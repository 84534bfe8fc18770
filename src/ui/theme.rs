//! Every colour, distance and text size of the window, light and dark, in one place. Panels name what they mean
//! ([`Palette::caution_fill`]) and never a colour of their own.

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Ui, Visuals, vec2,
};

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

const fn rgb(code: u32) -> Color32 {
    let [_, r, g, b] = code.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

/// The colours of one theme.
#[derive(Debug, PartialEq)]
pub struct Palette {
    /// Behind everything.
    pub ground: Color32,
    /// Cards, menus and dialogs.
    pub raised: Color32,
    /// Fields, and what lies behind the picture.
    pub sunken: Color32,
    /// Between panels and around cards.
    pub line: Color32,
    /// Words.
    pub text: Color32,
    /// Words that stand back.
    pub text_weak: Color32,
    /// The one accent: what is chosen, what goes on, what to press.
    pub accent: Color32,
    /// Behind what is chosen.
    pub accent_faint: Color32,
    /// Words upon the accent.
    pub on_accent: Color32,
    /// Buttons at rest.
    pub button: Color32,
    /// Buttons under the pointer.
    pub button_hovered: Color32,
    /// Behind a caution.
    pub caution_fill: Color32,
    /// Around a caution.
    pub caution_line: Color32,
    /// The words of a caution.
    pub caution_text: Color32,
    /// What did not work.
    pub error: Color32,
    /// The colours of the map.
    pub map: MapPalette,
}

/// The colours of the map.
#[derive(Debug, PartialEq)]
pub struct MapPalette {
    /// Water.
    pub sea: Color32,
    /// Land.
    pub land: Color32,
    /// Borders between countries.
    pub border: Color32,
    /// Between land and water.
    pub coast: Color32,
    /// Names of countries.
    pub country: Color32,
    /// Names of towns.
    pub town: Color32,
    /// Around names, so that they can be read on anything.
    pub halo: Color32,
    /// The least of the probability that is drawn.
    pub unlikely: Color32,
    /// The most of it.
    pub likely: Color32,
    /// A candidate that is not chosen.
    pub candidate: Color32,
    /// The number in a candidate's marker.
    pub on_candidate: Color32,
    /// The position in the picture file.
    pub gps: Color32,
}

static LIGHT: Palette = Palette {
    ground: rgb(0xf5f6f8),
    raised: rgb(0xffffff),
    sunken: rgb(0xe9ecf0),
    line: rgb(0xd3d8df),
    text: rgb(0x1a1f26),
    text_weak: rgb(0x59626e),
    accent: rgb(0x1463a5),
    accent_faint: rgb(0xdbe8f5),
    on_accent: rgb(0xffffff),
    button: rgb(0xe3e7ec),
    button_hovered: rgb(0xd6dce4),
    caution_fill: rgb(0xfff3d6),
    caution_line: rgb(0xe2c67c),
    caution_text: rgb(0x5f4300),
    error: rgb(0xb3261e),
    map: MapPalette {
        sea: rgb(0xc9dae6),
        land: rgb(0xf4f1ea),
        border: rgb(0xb4aca0),
        coast: rgb(0x8ba2b4),
        country: rgb(0x5a5247),
        town: rgb(0x35322d),
        halo: rgb(0xf9f7f3),
        unlikely: rgb(0xf2b04c),
        likely: rgb(0xb3123f),
        candidate: rgb(0x36424f),
        on_candidate: rgb(0xffffff),
        gps: rgb(0x1f7a45),
    },
};

static DARK: Palette = Palette {
    ground: rgb(0x1b1e23),
    raised: rgb(0x24282e),
    sunken: rgb(0x121417),
    line: rgb(0x363b43),
    text: rgb(0xe6e9ed),
    text_weak: rgb(0x9aa4b0),
    accent: rgb(0x5cabec),
    accent_faint: rgb(0x213a52),
    on_accent: rgb(0x0b1118),
    button: rgb(0x2f343c),
    button_hovered: rgb(0x3b424c),
    caution_fill: rgb(0x352c15),
    caution_line: rgb(0x6c5a28),
    caution_text: rgb(0xf0d694),
    error: rgb(0xf2827a),
    map: MapPalette {
        sea: rgb(0x141c25),
        land: rgb(0x2a3038),
        border: rgb(0x4b5460),
        coast: rgb(0x52677b),
        country: rgb(0xa9b3be),
        town: rgb(0xd3d9df),
        halo: rgb(0x20262d),
        unlikely: rgb(0xd18f2e),
        likely: rgb(0xff5c6e),
        candidate: rgb(0xd5dbe2),
        on_candidate: rgb(0x14181d),
        gps: rgb(0x57c785),
    },
};

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
    visuals.text_edit_bg_color = Some(palette.sunken);
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
        (&mut widgets.inactive, palette.button, palette.text_weak),
        (&mut widgets.hovered, palette.button_hovered, palette.accent),
        (&mut widgets.active, palette.accent_faint, palette.accent),
        (&mut widgets.open, palette.button_hovered, palette.accent),
    ] {
        look.bg_fill = fill;
        look.weak_bg_fill = fill;
        look.bg_stroke = Stroke::new(1.0, stroke.gamma_multiply(0.5));
        look.fg_stroke = Stroke::new(1.0, palette.text);
        look.expansion = 0.0;
    }
    widgets.inactive.bg_stroke = Stroke::new(1.0, palette.line);
    // Keyboard focus shows in the accent: egui draws a focused widget as an active or hovered one.
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
