//! Words as outlines: shaped by HarfBuzz's rules, drawn from the shipped fonts.

use std::{collections::BTreeMap, sync::OnceLock};

use harfrust::{ShapeOptions, ShaperData, UnicodeBuffer};
use skrifa::{
    MetadataProvider,
    instance::{LocationRef, Size},
    outline::{DrawSettings, OutlinePen},
};

use super::canvas::Point;

/// A word as filled contours (non-zero winding), the em being 1, y up from the baseline.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lettering {
    pub contours: Vec<Vec<Point>>,
    /// Least x and y, greatest x and y of the ink.
    pub ink: [f32; 4],
}

impl Lettering {
    /// Width and height of the ink in ems.
    pub fn size(&self) -> [f32; 2] {
        [self.ink[2] - self.ink[0], self.ink[3] - self.ink[1]]
    }
}

macro_rules! fonts {
    ($($name:literal . $suffix:literal),* $(,)?) => {
        /// The shipped fonts by name.
        const FONTS: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../../assets/fonts/", $name, ".", $suffix)))),*];
    };
}

fonts![
    "arabic"."ttf",
    "armenian"."ttf",
    "bengali"."ttf",
    "chinese-simplified"."otf",
    "chinese-traditional"."otf",
    "devanagari"."ttf",
    "ethiopic"."ttf",
    "georgian"."ttf",
    "hebrew"."ttf",
    "japanese"."otf",
    "khmer"."ttf",
    "korean"."otf",
    "lao"."ttf",
    "latin"."ttf",
    "sinhala"."ttf",
    "tamil"."ttf",
    "thai"."ttf",
];

/// The outline of a word in one of the shipped fonts; empty where the font is not shipped.
pub fn lettering(font: &str, text: &str) -> Lettering {
    let Some(font) = FONTS.iter().find(|(name, _)| *name == font).and_then(|(_, bytes)| parsed(bytes)) else {
        return Lettering::default();
    };
    outline(&font, text)
}

/// The outline of a word that is drawn again and again: worked out once, kept for good. For the closed lists of words.
pub fn kept_lettering(font: &'static str, text: &'static str) -> &'static Lettering {
    type Kept = BTreeMap<(&'static str, &'static str), Lettering>;
    static KEPT: OnceLock<Kept> = OnceLock::new();
    static EMPTY: OnceLock<Lettering> = OnceLock::new();
    let kept = KEPT.get_or_init(|| {
        let mut kept = Kept::new();
        for language in crate::knowledge::languages() {
            for word in &language.words {
                kept.insert((&language.font, word), lettering(&language.font, word));
            }
        }
        for country in crate::knowledge::countries() {
            let word = country.stop_word.value.as_str();
            let font = stop_font(country);
            kept.insert((font, word), lettering(font, word));
        }
        kept
    });
    kept.get(&(font, text)).unwrap_or_else(|| EMPTY.get_or_init(Lettering::default))
}

/// The font that holds a country's stop word.
pub fn stop_font(country: &'static crate::knowledge::CountryFacts) -> &'static str {
    let first = country.languages.value.first().and_then(|part| crate::knowledge::language(&part.code));
    match first {
        Some(language) if !country.stop_word.value.is_ascii() => &language.font,
        _ => "latin",
    }
}

fn parsed(bytes: &'static [u8]) -> Option<harfrust::FontRef<'static>> {
    harfrust::FontRef::new(bytes).ok()
}

fn outline(font: &harfrust::FontRef<'static>, text: &str) -> Lettering {
    let data = ShaperData::new(font);
    let shaper = data.shaper(font).build();
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    let shaped = shaper.shape(buffer, ShapeOptions::new());

    let em = shaper.units_per_em().max(1) as f32;
    let glyphs = font.outline_glyphs();
    let mut pen = Pen { scale: 1.0 / em, ..Pen::default() };
    let mut at = [0.0f32, 0.0];
    for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
        pen.origin = [at[0] + position.x_offset as f32, at[1] + position.y_offset as f32];
        if let Some(glyph) = glyphs.get(skrifa::GlyphId::new(info.glyph_id)) {
            let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
            // A glyph that cannot be drawn leaves a gap, as it does on a screen.
            let _ = glyph.draw(settings, &mut pen);
        }
        at = [at[0] + position.x_advance as f32, at[1] + position.y_advance as f32];
    }
    pen.finish()
}

/// Collects outlines as polygons, curves cut into short straight pieces.
#[derive(Default)]
struct Pen {
    scale: f32,
    origin: [f32; 2],
    contours: Vec<Vec<Point>>,
    last: [f32; 2],
}

/// Straight pieces a curve is cut into; letters are at most 40 pixels high.
const PIECES: usize = 4;

impl Pen {
    fn push(&mut self, [x, y]: [f32; 2]) {
        let point = [(self.origin[0] + x) * self.scale, (self.origin[1] + y) * self.scale];
        if let Some(contour) = self.contours.last_mut() {
            contour.push(point);
        }
        self.last = [x, y];
    }

    fn finish(self) -> Lettering {
        let points = self.contours.iter().flatten();
        let ink = points.fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |[x0, y0, x1, y1], &[x, y]| {
            [x0.min(x), y0.min(y), x1.max(x), y1.max(y)]
        });
        if self.contours.iter().all(Vec::is_empty) {
            return Lettering::default();
        }
        Lettering { contours: self.contours, ink }
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.contours.push(Vec::new());
        self.push([x, y]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.push([x, y]);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let from = self.last;
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            let mix = |a: f32, b: f32, c: f32| (1.0 - t) * (1.0 - t) * a + 2.0 * t * (1.0 - t) * b + t * t * c;
            self.push([mix(from[0], cx, x), mix(from[1], cy, y)]);
        }
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let from = self.last;
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            let s = 1.0 - t;
            let mix = |a: f32, b: f32, c: f32, d: f32| {
                s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
            };
            self.push([mix(from[0], ax, bx, x), mix(from[1], ay, by, y)]);
        }
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{countries, languages};

    #[test]
    fn every_word_has_ink() {
        for language in languages() {
            for word in &language.words {
                let letters = kept_lettering(&language.font, word);
                let [width, height] = letters.size();
                assert!(width > 0.4 && height > 0.3, "{}: {word} is {width} x {height}", language.name);
            }
        }
    }

    /// A missing letter would be drawn as the font's empty box, which is glyph 0.
    #[test]
    fn every_letter_is_in_its_font() {
        let mut texts: Vec<(&str, &str)> = Vec::new();
        for language in languages() {
            texts.extend(language.words.iter().map(|word| (language.font.as_str(), word.as_str())));
        }
        texts.extend(countries().iter().map(|country| (stop_font(country), country.stop_word.value.as_str())));
        texts.push(("latin", "ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789"));
        for (font, text) in texts {
            let bytes = FONTS.iter().find(|(name, _)| *name == font).map(|(_, bytes)| *bytes).unwrap();
            let map = harfrust::FontRef::new(bytes).unwrap();
            for letter in text.chars() {
                assert!(map.charmap().map(letter).is_some(), "{font} has no {letter} of {text}");
            }
        }
    }

    /// Arabic joins its letters: shaped, the word is narrower than its letters one by one.
    #[test]
    fn arabic_is_joined() {
        let whole = lettering("arabic", "سوق").size()[0];
        let apart: f32 = "سوق".chars().map(|letter| lettering("arabic", &letter.to_string()).size()[0]).sum();
        assert!(whole < apart, "{whole} {apart}");
    }
}
