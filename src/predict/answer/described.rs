//! What a picture is said to show: "The image shows a street in Nairobi, Kenya." names a place, though less firmly than a conclusion does.
//! What is shown may itself tell of other places (a sign, a flag, a poster, "houses that resemble those in Kenya"): from there on a
//! sentence names none.

use super::sentence::{Word, part_of_name};

const PICTURES: [&str; 14] = [
    "bild",
    "foto",
    "fotografía",
    "image",
    "imagem",
    "imagen",
    "immagine",
    "l'image",
    "photo",
    "photograph",
    "picture",
    "scene",
    "shot",
    "view",
];

const SHOWING: [&str; 16] = [
    "capture",
    "captures",
    "depict",
    "depicts",
    "displays",
    "features",
    "montre",
    "mostra",
    "muestra",
    "portrays",
    "presents",
    "representa",
    "show",
    "showcases",
    "shows",
    "zeigt",
];

/// A verb of showing stands so near behind its picture, in words.
const NEAR: usize = 6;

/// Words before the place that is shown.
const IN: [&str; 12] =
    ["across", "around", "at", "em", "en", "in", "inside", "near", "outside", "through", "within", "à"];

/// What a picture is of that is "of" a place, or "is" (or "is set") in one; in the singular.
const SCENES: [&str; 49] = [
    "alley",
    "area",
    "avenue",
    "bay",
    "beach",
    "bridge",
    "building",
    "capital",
    "castle",
    "cathedral",
    "center",
    "centre",
    "church",
    "city",
    "cityscape",
    "coast",
    "countryside",
    "district",
    "harbor",
    "harbour",
    "highway",
    "hill",
    "house",
    "island",
    "lake",
    "landscape",
    "market",
    "mosque",
    "mountain",
    "neighborhood",
    "neighbourhood",
    "outskirt",
    "palace",
    "part",
    "photo",
    "photograph",
    "picture",
    "port",
    "region",
    "river",
    "road",
    "scene",
    "set",
    "skyline",
    "square",
    "street",
    "temple",
    "town",
    "view",
];

/// Words that may stand between "in" and the name.
const PASSED: [&str; 17] = [
    "central",
    "coastal",
    "downtown",
    "east",
    "eastern",
    "far",
    "historic",
    "modern-day",
    "north",
    "northern",
    "present-day",
    "rural",
    "south",
    "southern",
    "the",
    "west",
    "western",
];

/// Behind these a sentence no longer says where the shown things are, but what they bear, are like, or where they come from.
const LEADING_AWAY: [&str; 90] = [
    "ad",
    "advertisement",
    "although",
    "as",
    "banknote",
    "banner",
    "because",
    "billboard",
    "book",
    "born",
    "brand",
    "brochure",
    "built",
    "common",
    "commonly",
    "could",
    "eaten",
    "embassy",
    "film",
    "flag",
    "flags",
    "found",
    "game",
    "globe",
    "grown",
    "if",
    "imported",
    "inspired",
    "jersey",
    "label",
    "language",
    "like",
    "logo",
    "made",
    "magazine",
    "manufactured",
    "map",
    "maps",
    "may",
    "maybe",
    "menu",
    "might",
    "model",
    "movie",
    "mural",
    "native",
    "newspaper",
    "or",
    "other",
    "painting",
    "perhaps",
    "plate",
    "plates",
    "possibly",
    "postcard",
    "poster",
    "posters",
    "produced",
    "reading",
    "reads",
    "registered",
    "reminiscent",
    "replica",
    "resemble",
    "resembles",
    "resembling",
    "says",
    "screen",
    "seen",
    "shirt",
    "sign",
    "signboard",
    "signs",
    "similar",
    "sold",
    "spoken",
    "stamp",
    "sticker",
    "style",
    "such",
    "t-shirt",
    "television",
    "than",
    "that",
    "those",
    "typical",
    "typically",
    "used",
    "which",
    "worn",
];

/// What a sentence has said so far of what a picture shows.
#[derive(Default)]
pub(super) struct Description {
    /// Where what is shown begins.
    from: Option<usize>,
    /// "It is a street in": a thing that is a place must be named, since much else can be said with these words.
    must_be_scene: bool,
    /// It has been led away.
    is_over: bool,
}

impl Description {
    /// Hears the word at this place.
    pub(super) fn hear(&mut self, words: &[Word<'_>], at: usize) {
        let low = words[at].low.as_str();
        self.is_over |= LEADING_AWAY.contains(&low) && (self.from.is_some() || !matches!(low, "that" | "which"));
        let is_picture = |word: &Word<'_>| PICTURES.contains(&word.low.as_str());
        let before = &words[at.saturating_sub(NEAR)..at];
        if SHOWING.contains(&low) && before.iter().any(is_picture) {
            (self.from, self.must_be_scene) = (Some(at + 1), false);
        } else if self.from.is_none() && is_said(before.last(), low) {
            (self.from, self.must_be_scene) = (Some(at + 1), true);
        }
    }

    /// Whether the country whose name begins here is where the shown things are.
    pub(super) fn is_in(&self, words: &[Word<'_>], name: usize) -> bool {
        let Some(from) = self.from.filter(|_| !self.is_over) else { return false };
        let is_led = |word: &Word<'_>| part_of_name(word) || PASSED.contains(&word.low.as_str());
        let led = words[from..name].iter().rev().take_while(|word| is_led(word)).count();
        let Some((leading, shown)) = words[from..name - led].split_last() else { return false };
        let is_scene = |word: &Word<'_>| {
            let one = word.low.strip_suffix('s').unwrap_or(&word.low);
            SCENES.contains(&one) || SCENES.contains(&word.low.as_str())
        };
        let is_led_in = IN.contains(&leading.low.as_str()) && !shown.is_empty();
        // "The medina of Fez, Morocco", but not "the president of France".
        let is_town_first = words[name - 1].comma && words[name - 1].capital;
        let is_of = leading.low == "of" && (is_town_first || shown.last().is_some_and(is_scene));
        (is_led_in || is_of) && (!self.must_be_scene || shown.iter().any(is_scene))
    }
}

/// Whether what follows is said of the picture: "this is", "the image is".
fn is_said(before: Option<&Word<'_>>, low: &str) -> bool {
    let is_subject = |word: &Word<'_>| PICTURES.contains(&word.low.as_str()) || matches!(&*word.low, "it" | "this");
    low == "it's" || (low == "is" && before.is_some_and(is_subject))
}
