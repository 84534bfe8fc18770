//! The colours of both themes.

use egui::Color32;

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
    /// Around what can be pressed, ticked or written in.
    pub outline: Color32,
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

impl Palette {
    /// The colour of the line, or the bars, in this place of a plot.
    pub fn series(&self, place: usize) -> Color32 {
        let map = &self.map;
        [self.accent, map.likely, map.gps, map.compared, map.unlikely][place % 5]
    }
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
    /// What a second model has found.
    pub compared: Color32,
}

/// The frame of a sign on a picture, which is the same in both themes: it lies on the picture.
pub const SIGN: Color32 = rgb(0x7fd6ff);
/// Of one that is chosen or pointed at, or about to be added.
pub const SIGN_LIT: Color32 = rgb(0xffd447);
/// Of one that is struck.
pub const SIGN_STRUCK: Color32 = rgb(0xc3c9d1);
/// Under the frame's line and around its number, so that both can be seen on any picture.
pub const SIGN_GROUND: Color32 = Color32::from_black_alpha(170);
/// A sign's number upon the colour of its frame.
pub const ON_SIGN: Color32 = rgb(0x0b1118);

pub static LIGHT: Palette = Palette {
    ground: rgb(0xf5f6f8),
    raised: rgb(0xffffff),
    sunken: rgb(0xe9ecf0),
    line: rgb(0xd3d8df),
    outline: rgb(0x757f8c),
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
        unlikely: rgb(0xe8962e),
        likely: rgb(0xb3123f),
        candidate: rgb(0x36424f),
        on_candidate: rgb(0xffffff),
        gps: rgb(0x1f7a45),
        compared: rgb(0x7a3ba0),
    },
};

pub static DARK: Palette = Palette {
    ground: rgb(0x1b1e23),
    raised: rgb(0x24282e),
    sunken: rgb(0x121417),
    line: rgb(0x363b43),
    outline: rgb(0x7c8796),
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
        compared: rgb(0xc99af2),
    },
};
