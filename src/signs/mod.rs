//! What the text on signs tells: languages, scripts and letters, places, domains, phone numbers, postcodes, number plates,
//! prices, brands, words for streets and on road signs become clues, each with what it says of the world, how strongly, and
//! its source.
//!
//! A file here is a finder: it looks for one kind of fact in a reading. The tables lie in `assets/knowledge/signs_*.csv`, made
//! by the scripts there. How strongly a clue speaks is counted where brands tell it (letters, scripts, domains), at most
//! [`MOST_COUNTED`] times for its countries, and else judged, at most [`MOST_FACTOR`] times.

mod alphabets;
mod beside;
mod brands;
mod clue;
mod counts;
mod currencies;
mod dialling;
mod domains;
mod forms;
mod gathered;
mod han;
mod languages;
mod letters;
mod phone_places;
mod places;
mod roads;
mod scripts;
mod sources;
mod streets;
mod tables;
mod tokens;

pub use clue::{Bearing, Clue, ClueKind, MOST_FACTOR, NamedPlace};
pub use counts::MOST_COUNTED;
pub use places::is_ambiguous;
pub use roads::{RoadText, road_text};

use clue::Found;
use gathered::Gathered;

use crate::knowledge::Script;

/// What one box says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Text<'a> {
    /// The text; empty where the reader does not know the script.
    pub text: &'a str,
    /// What the reader saw of its script; none where somebody typed the text, who knows the letters.
    pub seen: Option<SeenScript>,
}

/// What the reader saw of the script of a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeenScript {
    /// The script; none where that is unsure.
    pub script: Option<Script>,
    /// How surely it is that script, 0 to 1, where nothing was read.
    pub certainty: f64,
}

impl<'a> Text<'a> {
    /// As somebody typed it.
    pub fn typed(text: &'a str) -> Self {
        Self { text, seen: None }
    }

    /// As it was read in a box; `certainty` is that of the script where the text is empty.
    pub fn read(text: &'a str, script: Option<Script>, certainty: f64) -> Self {
        Self { text, seen: Some(SeenScript { script, certainty }) }
    }
}

/// What looks for clues in a reading.
const FINDERS: [fn(&Text<'_>) -> Vec<Found>; 10] = [
    domains::find,
    dialling::find,
    forms::find,
    currencies::find,
    streets::find,
    roads::find,
    brands::find,
    scripts::find,
    letters::find,
    han::find,
];

/// Readings beyond these are not looked at.
const MOST_READINGS: usize = 5000;

/// No sign says more in one line, in bytes; the rest is not looked at.
const LONGEST_READING: usize = 400;

/// The clues in these readings, in the order in which they are met; each says which readings it comes from. What depends on
/// each other is one clue: readings that tell the same, and a wide clue beside a narrower one of its kind.
pub fn clues(readings: &[Text<'_>]) -> Vec<Clue> {
    let readings: Vec<Text<'_>> = readings.iter().take(MOST_READINGS).map(bounded).collect();
    let mut gathered = Gathered::default();
    for (place, reading) in readings.iter().enumerate() {
        for found in FINDERS.iter().flat_map(|find| find(reading)) {
            gathered.add(&[place], found);
        }
    }
    for (places, found) in languages::find(&readings) {
        gathered.add(&places, found);
    }
    let places = places::find(&readings).into_iter().chain(phone_places::find(&readings));
    places.for_each(|clue| gathered.push(clue));
    gathered.finish()
}

fn bounded<'a>(reading: &Text<'a>) -> Text<'a> {
    Text { text: &reading.text[..reading.text.floor_char_boundary(LONGEST_READING)], ..*reading }
}

#[cfg(test)]
mod tests;
