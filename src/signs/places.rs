//! Names of towns. A sign that names a town and little else (a distance, a postcode, a route, a word such as "Gemeinde")
//! speaks for its surroundings; a name among other words ("Hotel Paris", "Rue de Lyon") is a brand or a street as often, and
//! says nothing. A name that is a word, a person's or a brand's too says nothing alone.

use std::{collections::HashSet, ops::Range, sync::LazyLock};

use super::{
    Text,
    beside::{self, MILE_KM, Word},
    clue::{Bearing, Clue, ClueKind, NamedPlace},
    forms::{self, Postcode},
    roads,
    scripts::script_of,
    streets,
    tokens::tokens,
};
use crate::{
    geo::{PlaceMatch, country_called, fold, places_called, places_named},
    knowledge::Script,
};

/// Towns whose names are words, names of people or brands too, folded.
pub(super) const AMBIGUOUS: &str = include_str!("../../assets/knowledge/signs_ambiguous.csv");

static IS_AMBIGUOUS: LazyLock<HashSet<&str>> = LazyLock::new(|| AMBIGUOUS.lines().skip(1).collect());

/// How much belief moves to the towns of a name; judged. A distance or a town's own words beside it say that it is meant
/// as a place, and near; a name alone may be a brand, and great towns are known and named everywhere.
const BESIDE_POSTCODE: f64 = 0.6;
const BESIDE_OFFICE: f64 = 0.5;
const BESIDE_DISTANCE: f64 = 0.5;
const BESIDE_NUMBER: f64 = 0.4;
const BESIDE_OTHERS: f64 = 0.35;
const ALONE: f64 = 0.2;
/// The same for a town that everybody knows, which gives its name to restaurants and shops abroad.
const KNOWN_ALONE: f64 = 0.1;
/// A town of so many people is known everywhere.
const KNOWN_TOWN: u32 = 1_000_000;
/// A name with a slip, or the beginning of one, counts for so much less.
const SLIP: f64 = 0.5;

/// A sign with more words than this names no town.
const MOST_TOKENS: usize = 8;
/// No name of a town has more words.
const LONGEST_NAME: usize = 4;
/// A name alone has so many letters.
const LEAST_ALONE: usize = 5;
/// Any name has so many; in scripts whose letters are syllables or words, two.
const LEAST_LETTERS: usize = 3;
/// So many towns of one name are told apart; of more the name says little.
const MOST_NAMESAKES: usize = 8;
/// Numbers without a unit are distances where one of a sign is as great.
const LEAST_DISTANCE: f64 = 10.0;
/// Slips are looked for in so many readings of a picture: each look goes through the whole gazetteer.
const MOST_SLIPS: usize = 12;
/// So many readings of a picture are looked at.
const MOST_READINGS: usize = 1000;
/// Least likeness of a name with a slip.
const LEAST_LIKENESS: f64 = 0.85;

/// What stands beside a name on its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Beside {
    Nothing,
    OtherPlaces,
    Number,
    Distance,
    Office,
    /// Digits that are a postcode in the town's country; they may be anything else as well.
    Digits,
    /// A postcode that only few countries write so, the town's among them.
    Postcode,
}

/// A name with what it says.
struct Told {
    name: String,
    places: Vec<NamedPlace>,
    share: f64,
}

/// The places that the readings name, each once.
pub(super) fn find(readings: &[Text<'_>]) -> Vec<Clue> {
    let mut clues: Vec<Clue> = Vec::new();
    let mut slips_left = MOST_SLIPS;
    for (at, reading) in readings.iter().enumerate().take(MOST_READINGS) {
        for Told { name, places, share } in told(reading, &mut slips_left) {
            match clues.iter_mut().find(|clue| fold(&clue.text) == fold(&name)) {
                Some(clue) => {
                    clue.readings.push(at);
                    clue.readings.dedup();
                    if matches!(&clue.bearing, Bearing::Places { share: known, .. } if share > *known) {
                        clue.bearing = Bearing::Places { places, share };
                    }
                }
                None => clues.push(Clue {
                    kind: ClueKind::Place,
                    text: name,
                    readings: vec![at],
                    bearing: Bearing::Places { places, share },
                    source: ClueKind::Place.source(),
                }),
            }
        }
    }
    clues
}

/// What the names in a reading say that is made of names and what belongs to them.
fn told(reading: &Text<'_>, slips_left: &mut usize) -> Vec<Told> {
    let words: Vec<&str> = tokens(reading.text).collect();
    if words.is_empty() || words.len() > MOST_TOKENS || words.iter().any(|word| streets::is_word(word)) {
        return Vec::new();
    }
    let parts = Parts::of(&words);
    match (parts.names.as_slice(), parts.rest.as_slice()) {
        ([], [slipped]) => parts.with_slip(slipped, slips_left).into_iter().collect(),
        (names, []) if !parts.has_stray_digits() && !parts.may_be_words() => {
            names.iter().filter_map(|name| parts.told(name)).collect()
        }
        _ => Vec::new(),
    }
}

/// A name in a reading, and the towns that have it.
struct Name {
    /// Its words.
    at: Range<usize>,
    text: String,
    towns: Vec<PlaceMatch>,
}

impl Name {
    /// Whether digits at this word are a postcode of the town.
    fn has_postcode(&self, at: usize, digits: &str, town: &PlaceMatch) -> bool {
        beside::is_postcode(digits, town.place.country, at + 1 == self.at.start)
    }
}

/// A reading taken apart.
struct Parts<'r> {
    names: Vec<Name>,
    /// What belongs to names, each with the place of its word.
    beside: Vec<(usize, Word<'r>)>,
    /// Words like any other.
    rest: Vec<&'r str>,
    /// A postcode that only few countries write so.
    postcode: Option<Postcode>,
}

impl<'r> Parts<'r> {
    fn of(words: &[&'r str]) -> Self {
        let postcode = forms::postcode_in(words);
        let is_free = |at: &usize| postcode.as_ref().is_none_or(|postcode| !postcode.at.contains(at));
        let (mut names, mut beside, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        let mut at = 0;
        while at < words.len() {
            let end = (at..words.len()).find(|at| !is_free(at)).unwrap_or(words.len());
            if at == end {
                at += 1;
            } else if let Some(name) = name_at(words, at..end) {
                at = name.at.end;
                names.push(name);
            } else {
                let (word, taken) = beside::word_at(&words[at..end]);
                match word {
                    Word::Other => rest.extend_from_slice(&words[at..at + taken]),
                    word => beside.push((at, word)),
                }
                at += taken;
            }
        }
        // "Barcelona 4 Madrid 2" is a result and "Gouda 8" a price as often as they are on the road.
        if !beside.iter().any(|(_, word)| matches!(word, Word::Number(number) if *number >= LEAST_DISTANCE)) {
            beside.retain(|(_, word)| !matches!(word, Word::Number(_)));
        }
        Self { names, beside, rest, postcode }
    }

    /// The strongest of what stands beside the names, postcodes left out.
    fn level(&self) -> Beside {
        let level = |(_, word): &(usize, Word<'_>)| match word {
            Word::Distance(_) => Beside::Distance,
            Word::Number(_) => Beside::Number,
            Word::Office => Beside::Office,
            Word::Digits(_) | Word::Filler | Word::Other => Beside::Nothing,
        };
        let least = if self.names.len() > 1 { Beside::OtherPlaces } else { Beside::Nothing };
        self.beside.iter().map(level).fold(least, Beside::max)
    }

    /// Whether the names may as well be words: "Mesa Grande" is furniture as often.
    fn may_be_words(&self) -> bool {
        let is_telling = self.level() >= Beside::Number || self.postcode.is_some();
        !is_telling && self.names.iter().any(|name| is_ambiguous(&name.text))
    }

    /// Whether there are digits that are neither a year nor a postcode of any town here.
    fn has_stray_digits(&self) -> bool {
        let is_stray = |(at, word): &(usize, Word<'_>)| {
            let Word::Digits(digits) = word else { return false };
            let is_of = |name: &Name| name.towns.iter().any(|town| name.has_postcode(*at, digits, town));
            !beside::may_be_year(digits) && !self.names.iter().any(is_of)
        };
        self.beside.iter().any(is_stray)
    }

    /// What a name says beside the others and all else; none where it may as well be no place.
    fn told(&self, name: &Name) -> Option<Told> {
        let has_digits = |town: &PlaceMatch| {
            let is_postcode = |(at, word): &(usize, Word<'_>)| match word {
                Word::Digits(digits) => name.has_postcode(*at, digits, town),
                _ => false,
            };
            self.beside.iter().any(is_postcode)
        };
        let has_postcode = |town: &PlaceMatch| {
            self.postcode.as_ref().is_some_and(|postcode| postcode.countries.contains(&town.place.country))
        };
        let those = |is_meant: &dyn Fn(&PlaceMatch) -> bool| -> Vec<PlaceMatch> {
            name.towns.iter().filter(|town| is_meant(town)).cloned().collect()
        };
        let (towns, beside) = match (those(&has_postcode), those(&has_digits)) {
            (towns, _) if !towns.is_empty() => (towns, Beside::Postcode),
            (_, towns) if !towns.is_empty() => (towns, Beside::Digits),
            _ => (name.towns.clone(), self.level()),
        };
        let share = share_of(&name.text, &towns, beside)?;
        let places = with_parts(towns, self.distance_of(name));
        Some(Told { name: name.text.clone(), places, share })
    }

    /// The one distance that stands behind a name and before the next one, or before the only name.
    fn distance_of(&self, name: &Name) -> Option<Word<'r>> {
        let next = self.names.iter().map(|other| other.at.start).find(|start| *start > name.at.start);
        let within = |range: Range<usize>| -> Vec<Word<'r>> {
            let is_distance = |word: &Word<'_>| matches!(word, Word::Distance(_) | Word::Number(_));
            let here = self.beside.iter().filter(|(at, _)| range.contains(at)).map(|(_, word)| *word);
            here.filter(is_distance).collect()
        };
        let behind = within(name.at.end..next.unwrap_or(usize::MAX));
        let before = if self.names.len() == 1 { within(0..name.at.start) } else { Vec::new() };
        match (behind.as_slice(), before.as_slice()) {
            ([distance], []) | ([], [distance]) => Some(*distance),
            _ => None,
        }
    }

    /// A name that is no town's but with a slip, where what stands beside it says that it is one.
    fn with_slip(&self, name: &str, slips_left: &mut usize) -> Option<Told> {
        let is_name = name.chars().all(|c| c.is_alphabetic() || c == '-') && name.chars().count() > LEAST_ALONE;
        let beside = if self.postcode.is_some() { Beside::Postcode } else { self.level() };
        if !is_name || beside < Beside::Distance || is_ambiguous(name) || *slips_left == 0 {
            return None;
        }
        *slips_left -= 1;
        let mut towns = places_named(name, None);
        if let Some(postcode) = &self.postcode {
            towns.retain(|town| postcode.countries.contains(&town.place.country));
        }
        let best = towns.first()?.score;
        towns.retain(|town| town.score >= LEAST_LIKENESS.max(best - 0.02));
        let share = SLIP * share_of(&towns.first()?.place.name, &towns, beside)?;
        let slipped = Name { at: 0..0, text: name.to_owned(), towns };
        let distance = self.distance_of(&slipped);
        Some(Told { name: slipped.text, places: with_parts(slipped.towns, distance), share })
    }
}

/// The longest name that begins these words.
fn name_at(words: &[&str], at: Range<usize>) -> Option<Name> {
    let mut ends = (at.start + 1..=at.end.min(at.start + LONGEST_NAME)).rev();
    ends.find_map(|end| {
        let text = words[at.start..end].join(" ");
        Some(Name { towns: towns_of(&text)?, at: at.start..end, text })
    })
}

/// The towns of exactly this name, if it is long enough for one.
fn towns_of(name: &str) -> Option<Vec<PlaceMatch>> {
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let starts_small = name.chars().next().is_some_and(char::is_lowercase);
    let is_syllabic = matches!(script_of(name), Some(Script::Han | Script::Kana | Script::Hangul));
    if starts_small || letters < if is_syllabic { 2 } else { LEAST_LETTERS } || name.chars().any(|c| c.is_ascii_digit())
    {
        return None;
    }
    // A country's name tells no town; hamlets in Wisconsin are called Belgium.
    Some(places_called(name)).filter(|towns| !towns.is_empty() && country_called(name).is_none())
}

/// How much belief a name moves; none where it may as well be no place.
fn share_of(name: &str, towns: &[PlaceMatch], beside: Beside) -> Option<f64> {
    let is_ambiguous = is_ambiguous(name);
    let greatest = towns.iter().map(|town| town.population).max().unwrap_or(0);
    let share = match beside {
        Beside::Postcode => BESIDE_POSTCODE,
        _ if is_ambiguous => return None,
        Beside::Digits => BESIDE_POSTCODE,
        Beside::Office => BESIDE_OFFICE,
        Beside::Distance => BESIDE_DISTANCE,
        Beside::Number => BESIDE_NUMBER,
        Beside::OtherPlaces => BESIDE_OTHERS,
        Beside::Nothing => {
            let folded = fold(name);
            let is_long = !folded.is_ascii() || folded.chars().filter(|c| c.is_alphabetic()).count() >= LEAST_ALONE;
            let alone = if greatest >= KNOWN_TOWN { KNOWN_ALONE } else { ALONE };
            Some(alone).filter(|_| is_long)?
        }
    };
    // Of many towns of one name, where none is far greater, the name says little.
    let sum: f64 = towns.iter().map(worth).sum();
    let is_spread = towns.len() > MOST_NAMESAKES && towns.iter().all(|town| worth(town) < 0.5 * sum);
    Some(if is_spread { 0.5 * share } else { share })
}

/// Whether a town's name is a word, a person's name or a brand too.
pub fn is_ambiguous(name: &str) -> bool {
    IS_AMBIGUOUS.contains(fold(name).as_str())
}

/// The greater of the towns of one name, how far each is meant, and how far it is away.
fn with_parts(mut towns: Vec<PlaceMatch>, distance: Option<Word<'_>>) -> Vec<NamedPlace> {
    towns.sort_by_key(|town| std::cmp::Reverse(town.population));
    towns.truncate(MOST_NAMESAKES);
    let sum: f64 = towns.iter().map(worth).sum();
    let away_km = |town: &PlaceMatch| match distance {
        Some(Word::Distance(km)) => Some(km),
        Some(Word::Number(miles)) if roads::counts_in_miles(town.place.country) => Some(miles * MILE_KM),
        Some(Word::Number(km)) => Some(km),
        _ => None,
    };
    towns.into_iter().map(|place| NamedPlace { part: worth(&place) / sum, away_km: away_km(&place), place }).collect()
}

/// The more people, the more signs.
fn worth(town: &PlaceMatch) -> f64 {
    town.worth() * town.score
}

#[cfg(test)]
#[path = "places_tests.rs"]
mod tests;
