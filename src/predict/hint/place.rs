//! Towns: "near Lyon", "within 50 km of Lyon", "we were in Lyon".

use std::ops::Range;

use super::{sentence::Segment, tone};
use crate::{
    geo::{PlaceMatch, countries_of_division, places_named},
    predict::evidence::Spot,
};

/// Names less alike than this name no town.
const LEAST_LIKENESS: f64 = 0.95;
/// The same for one with a slip in it, of a town whose size is known.
const LEAST_FORGIVEN: f64 = 0.85;
/// The most words of a town's name.
const LONGEST: usize = 5;
/// The most towns that a name may mean.
const MOST_TOWNS: usize = 8;
/// A mile, in kilometres.
const MILE_KM: f64 = 1.609_344;
/// Half way around the Earth, in kilometres.
const FARTHEST_KM: f64 = 20_000.0;

/// What is said of a town.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Nearness {
    /// Somewhere about it, or in it.
    Near,
    /// At most so many kilometres from it.
    Within(f64),
}

/// A town as a hint names it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    /// As the user wrote it.
    pub(super) name: String,
    /// What it may mean, the likeliest first.
    pub(super) spots: Vec<Spot>,
    /// What is said of it.
    pub(super) nearness: Nearness,
    /// Whether it is the opposite that is said: "more than 50 km from Lyon".
    pub(super) is_beyond: bool,
}

/// The town that a segment speaks of; what names it is marked as understood.
pub(super) fn town(segment: &mut Segment, text: &str) -> Option<Named> {
    let Spoken { nearness, is_beyond, words, is_known_alone } = spoken_of(&segment.plain())?;
    let from = words.end;
    let behind_article = || {
        let is_article = segment.words.get(from).is_some_and(|word| word.plain == "the");
        is_article.then(|| named_behind(segment, text, from + 1, is_known_alone)).flatten()
    };
    let (range, towns) = named_behind(segment, text, from, is_known_alone).or_else(behind_article)?;
    let name = segment.written(text, range.clone()).trim_matches(|c: char| c.is_ascii_punctuation()).to_owned();
    segment.take(words.start..range.end);
    Some(Named { name, spots: spots(towns), nearness, is_beyond })
}

/// What is said of a town, before its name.
struct Spoken {
    nearness: Nearness,
    is_beyond: bool,
    /// The words that say it; the name begins behind them.
    words: Range<usize>,
    /// Whether nothing but the name says that it is a town.
    is_known_alone: bool,
}

fn spoken_of(words: &[&str]) -> Option<Spoken> {
    let near = |words, is_known_alone| Spoken { nearness: Nearness::Near, is_beyond: false, words, is_known_alone };
    distance(words)
        .or_else(|| tone::find(words, "near").map(|range| near(range, false)))
        .or_else(|| tone::find(words, "in_a_town").map(|range| near(range, true)))
}

/// "within 50 km of", "30 miles from", "at least 100 km from".
fn distance(words: &[&str]) -> Option<Spoken> {
    let number_at = words.iter().position(|word| word.parse::<f64>().is_ok())?;
    let unit = match *words.get(number_at + 1)? {
        "km" | "kilometre" | "kilometres" | "kilometer" | "kilometers" | "kms" => 1.0,
        "mile" | "miles" | "mi" | "meilen" | "milles" => MILE_KM,
        "m" | "metres" | "meters" => 1e-3,
        _ => return None,
    };
    let km = words[number_at].parse::<f64>().ok()? * unit;
    let behind = number_at + 2;
    let end = behind + usize::from(words.get(behind).is_some_and(|word| tone::is_word(word, "from")));
    // "more than about 50 km", but not "over the hills 50 km".
    let before = &words[..number_at];
    let beyond = tone::find(before, "beyond").filter(|range| range.end + 1 >= number_at);
    let within = tone::find(before, "within");
    let start = beyond.as_ref().or(within.as_ref()).map_or(number_at, |range| range.start);
    let is_said = km > 0.0 && km < FARTHEST_KM && end > behind;
    is_said.then_some(Spoken {
        nearness: Nearness::Within(km),
        is_beyond: beyond.is_some(),
        words: start..end,
        is_known_alone: false,
    })
}

/// The town whose name begins behind a word.
fn named_behind(segment: &Segment, text: &str, from: usize, alone: bool) -> Option<(Range<usize>, Vec<PlaceMatch>)> {
    let first =
        segment.words.get(from).filter(|word| !segment.taken[from] && !tone::is_word(&word.plain, "no_towns"))?;
    if tone::is_word(&first.plain, "months") {
        return None;
    }
    let most = (segment.words.len() - from).min(LONGEST);
    (1..=most)
        .rev()
        .find_map(|length| {
            let range = from..from + length;
            let name = segment.written(text, range.clone());
            let towns = alike(places_named(name, None), LEAST_LIKENESS);
            if !countries_of_division(name).is_empty() {
                return None;
            }
            let is_great = towns.iter().any(|town| town.population > 0);
            let is_town = if alone { first.is_capital && is_great } else { first.is_capital || is_great };
            (!towns.is_empty() && is_town).then_some((range, towns))
        })
        .or_else(|| {
            let towns = alike(places_named(segment.written(text, from..from + 1), None), LEAST_FORGIVEN);
            let is_great = towns.iter().any(|town| town.population > 0);
            (!alone && first.is_capital && first.plain.len() >= 5 && is_great).then_some((from..from + 1, towns))
        })
}

/// Those as much like the name as the best.
fn alike(towns: Vec<PlaceMatch>, least: f64) -> Vec<PlaceMatch> {
    let best = towns.iter().map(|town| town.score).fold(least, f64::max);
    towns.into_iter().filter(|town| town.score >= best - 0.02).take(MOST_TOWNS).collect()
}

/// How far the name means each, by the root of its people.
fn spots(towns: Vec<PlaceMatch>) -> Vec<Spot> {
    let sum: f64 = towns.iter().map(PlaceMatch::worth).sum();
    let mut spots: Vec<Spot> = towns.into_iter().map(|town| Spot::new(town.clone(), town.worth() / sum)).collect();
    spots.sort_by(|a, b| b.part.total_cmp(&a.part));
    spots
}

#[cfg(test)]
mod tests {
    use super::{super::sentence::sentences, *};

    #[track_caller]
    fn check(text: &str, right: Option<(&str, &str, Nearness)>) {
        let sentence = &sentences(text)[0];
        let found = town(&mut sentence.segments()[0], sentence.text);
        let found = found.as_ref().map(|named| {
            let place = &named.spots[0].town.place;
            (place.name.as_str(), named.name.as_str(), named.nearness.clone())
        });
        assert_eq!(Vec::from_iter(found), Vec::from_iter(right), "{text}");
    }

    #[test]
    fn towns_as_people_speak_of_them() {
        use Nearness::*;
        check("near Lyon", Some(("Lyon", "Lyon", Near)));
        check("it is close to lyon", Some(("Lyon", "lyon", Near)));
        check("within 50 km of Lyon", Some(("Lyon", "Lyon", Within(50.0))));
        check("less than 10 miles from New York City", Some(("New York City", "New York City", Within(16.093_44))));
        check("not far from the Hague", Some(("The Hague", "the Hague", Near)));
        check("we were in Kraków", Some(("Kraków", "Kraków", Near)));
        check("bei München", Some(("Munich", "München", Near)));
        check("near Guadalajarra", Some(("Guadalajara", "Guadalajarra", Near)));
    }

    #[test]
    fn how_far_from_a_town_at_most_or_at_least() {
        let is_beyond = |text: &str| {
            let sentence = &sentences(text)[0];
            town(&mut sentence.segments()[0], sentence.text).map(|named| (named.nearness, named.is_beyond))
        };
        for (words, right) in [
            ("within", false),
            ("less than", false),
            ("", false),
            ("more than", true),
            ("at least", true),
            ("over", true),
            ("more than about", true),
            ("farther than", true),
            ("mehr als", true),
            ("über", true),
            ("à plus de", true),
            ("más de", true),
            ("over the hills", false),
            ("over the hills within", false),
            (">", true),
        ] {
            let found = is_beyond(&format!("it is {words} 50 km from Lyon"));
            assert_eq!(found, Some((Nearness::Within(50.0), right)), "{words}");
        }
    }

    #[test]
    fn what_is_no_town() {
        for text in [
            "near the coast",
            "not near the sea",
            "in July",
            "in the picture",
            "within 50 km",
            "within x km of Lyon",
            "in a way",
            "near",
            "near Qwxzzkyvb",
            "near Normandy",
            "within 1e999 km of Lyon",
            "in front of a house",
            "around",
        ] {
            check(text, None);
        }
    }
}
