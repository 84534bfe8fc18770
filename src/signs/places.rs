//! Names of towns. A sign that names a town and little else (a distance, a postcode, a route, a word such as "Gemeinde")
//! speaks for its surroundings; a name among other words ("Hotel Paris", "Rue de Lyon") is a brand or a street as often, and
//! says nothing. A name that is a word, a person's or a brand's too says nothing alone.

use std::{collections::HashSet, sync::LazyLock};

use super::{
    Text,
    clue::{Bearing, Clue, ClueKind, NamedPlace},
    forms,
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
/// Slips are looked for in so many readings of a picture: each look goes through the whole gazetteer.
const MOST_SLIPS: usize = 12;
/// So many readings of a picture are looked at.
const MOST_READINGS: usize = 1000;
/// Least likeness of a name with a slip.
const LEAST_LIKENESS: f64 = 0.85;

/// Words that say that a town is meant, folded: what stands on town halls, stations and signs at the border of a town.
const OFFICE: [&str; 38] = [
    "stadt",
    "gemeinde",
    "landkreis",
    "kreis",
    "markt",
    "rathaus",
    "bahnhof",
    "hbf",
    "mairie",
    "ville",
    "commune",
    "gare",
    "comune",
    "municipio",
    "stazione",
    "ayuntamiento",
    "municipalidad",
    "municipio",
    "estacion",
    "prefeitura",
    "camara",
    "gemeente",
    "station",
    "kommun",
    "kommune",
    "gmina",
    "miasto",
    "dworzec",
    "obec",
    "mesto",
    "primaria",
    "gara",
    "belediyesi",
    "city",
    "town",
    "council",
    "welcome",
    "bienvenue",
];
/// Words between names, folded.
const BETWEEN: [&str; 21] = [
    "de", "di", "do", "da", "del", "der", "of", "to", "via", "par", "nach", "nad", "am", "an", "m", "centre",
    "zentrum", "centrum", "centro", "sud", "nord",
];

/// What stands beside a name on its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Beside {
    Nothing,
    OtherPlaces,
    Number,
    Distance,
    Office,
    Postcode,
}

/// The places that the readings name, each once.
pub(super) fn find(readings: &[Text<'_>]) -> Vec<Clue> {
    let mut clues: Vec<Clue> = Vec::new();
    let mut slips_left = MOST_SLIPS;
    for (at, reading) in readings.iter().enumerate().take(MOST_READINGS) {
        for (name, towns, share) in named_in(reading, &mut slips_left) {
            let same = |clue: &&mut Clue| fold(&clue.text) == fold(&name);
            match clues.iter_mut().find(same) {
                Some(clue) => {
                    clue.readings.push(at);
                    clue.readings.dedup();
                    if let Bearing::Places { share: known, .. } = &mut clue.bearing {
                        *known = known.max(share);
                    }
                }
                None => clues.push(Clue {
                    kind: ClueKind::Place,
                    text: name,
                    readings: vec![at],
                    bearing: Bearing::Places { places: with_parts(towns), share },
                    source: ClueKind::Place.source(),
                }),
            }
        }
    }
    clues
}

/// The names in a reading that is made of names and what belongs to them, with the towns and the share of belief.
fn named_in(reading: &Text<'_>, slips_left: &mut usize) -> Vec<(String, Vec<PlaceMatch>, f64)> {
    let words: Vec<&str> = tokens(reading.text).collect();
    if words.is_empty() || words.len() > MOST_TOKENS || words.iter().any(|word| streets::is_word(word)) {
        return Vec::new();
    }
    let postcode = forms::postcode_in(&words);
    let mut names: Vec<(String, Vec<PlaceMatch>)> = Vec::new();
    let mut beside = if postcode.is_empty() { Beside::Nothing } else { Beside::Postcode };
    let mut rest: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if postcode.contains(&at) {
            at += 1;
            continue;
        }
        let end = postcode.iter().copied().find(|word| *word > at).unwrap_or(words.len());
        let longest = LONGEST_NAME.min(end - at);
        let name = (1..=longest).rev().find_map(|count| {
            let text = words[at..at + count].join(" ");
            Some((count, towns_of(&text)?, text))
        });
        if let Some((count, towns, text)) = name {
            names.push((text, towns));
            at += count;
            continue;
        }
        match meaning_of(words[at]) {
            Some(meaning) => beside = beside.max(meaning),
            None => rest.push(words[at]),
        }
        at += 1;
    }
    if names.len() > 1 {
        beside = beside.max(Beside::OtherPlaces);
    }
    if let ([], [slipped]) = (names.as_slice(), rest.as_slice()) {
        return with_slip(slipped, beside, slips_left).into_iter().collect();
    }
    // "Mesa Grande" is furniture as often.
    let is_word = |(name, _): &(String, Vec<PlaceMatch>)| is_ambiguous(name);
    if !rest.is_empty() || (beside < Beside::Number && names.iter().any(is_word)) {
        return Vec::new();
    }
    let with_share =
        |(name, towns): (String, Vec<PlaceMatch>)| share_of(&name, &towns, beside).map(|share| (name, towns, share));
    names.into_iter().filter_map(with_share).collect()
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

/// What a word beside a name says; none where it is a word like any other.
fn meaning_of(word: &str) -> Option<Beside> {
    let folded = fold(word);
    let n_digits = word.chars().filter(char::is_ascii_digit).count();
    if matches!(folded.trim_start_matches(|c: char| c.is_ascii_digit()), "km" | "mi" | "miles") {
        return Some(Beside::Distance);
    }
    if n_digits > 0 && folded.chars().all(|c| c.is_ascii_digit()) {
        return Some(if n_digits <= 3 { Beside::Number } else { Beside::Postcode }).filter(|_| n_digits <= 6);
    }
    // Routes: A6, B 27, E40, D906.
    if n_digits > 0
        && word.len() <= 5
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && n_digits + 1 == word.len()
    {
        return Some(Beside::Nothing);
    }
    // D-12345, 12-345, 110-0005
    if n_digits >= 4 && word.chars().all(|c| c.is_ascii_digit() || c == '-' || c.is_ascii_uppercase()) {
        return Some(Beside::Postcode);
    }
    if OFFICE.contains(&folded.as_str()) {
        return Some(Beside::Office);
    }
    (folded.is_empty() || BETWEEN.contains(&folded.as_str())).then_some(Beside::Nothing)
}

/// How much belief a name moves; none where it may as well be no place.
fn share_of(name: &str, towns: &[PlaceMatch], beside: Beside) -> Option<f64> {
    let is_ambiguous = is_ambiguous(name);
    let greatest = towns.iter().map(|town| town.population).max().unwrap_or(0);
    let share = match beside {
        Beside::Postcode => BESIDE_POSTCODE,
        _ if is_ambiguous => return None,
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

/// A name that is no town's but with a slip, where what stands beside it says that it is one.
fn with_slip(name: &str, beside: Beside, slips_left: &mut usize) -> Option<(String, Vec<PlaceMatch>, f64)> {
    let is_name = name.chars().all(|c| c.is_alphabetic() || c == '-') && name.chars().count() > LEAST_ALONE;
    if !is_name || beside < Beside::Distance || is_ambiguous(name) || *slips_left == 0 {
        return None;
    }
    *slips_left -= 1;
    let mut towns = places_named(name, None);
    let best = towns.first()?.score;
    towns.retain(|town| town.score >= LEAST_LIKENESS.max(best - 0.02));
    let share = SLIP * share_of(&towns.first()?.place.name, &towns, beside)?;
    Some((name.to_owned(), towns, share))
}

/// The greater of the towns of one name, and how far each is meant.
fn with_parts(mut towns: Vec<PlaceMatch>) -> Vec<NamedPlace> {
    towns.sort_by_key(|town| std::cmp::Reverse(town.population));
    towns.truncate(MOST_NAMESAKES);
    let sum: f64 = towns.iter().map(worth).sum();
    towns.into_iter().map(|place| NamedPlace { part: worth(&place) / sum, place }).collect()
}

/// The more people, the more signs.
fn worth(town: &PlaceMatch) -> f64 {
    f64::from(town.population.saturating_add(1000)).sqrt() * town.score
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first place of each name in a reading, how many towns it may mean, and the share of belief.
    #[track_caller]
    fn check(reading: &str, right: &[(&str, &str, f64)]) {
        let clues = find(&[Text::typed(reading)]);
        let first = |clue: &Clue| match &clue.bearing {
            Bearing::Places { places, share } => {
                let sum: f64 = places.iter().map(|named| named.part).sum();
                assert!((sum - 1.0).abs() < 1e-9 && places.len() <= MOST_NAMESAKES, "{reading}");
                let town = &places[0].place.place;
                (town.name.clone(), town.country.to_string(), *share)
            }
            Bearing::Countries { .. } => panic!("{reading}: a place has no countries"),
        };
        let found: Vec<_> = clues.iter().map(first).collect();
        let found: Vec<_> = found.iter().map(|(name, code, share)| (name.as_str(), code.as_str(), *share)).collect();
        assert_eq!(found, right, "{reading}");
    }

    #[test]
    fn towns_on_signs_tell() {
        check("Lyon 12", &[("Lyon", "FR", BESIDE_NUMBER)]);
        check("LYON 12 km", &[("Lyon", "FR", BESIDE_DISTANCE)]);
        check("69001 Lyon", &[("Lyon", "FR", BESIDE_POSTCODE)]);
        check("A6 Lyon Marseille", &[("Lyon", "FR", BESIDE_OTHERS), ("Marseille", "FR", BESIDE_OTHERS)]);
        check("Gemeinde Murnau", &[("Murnau am Staffelsee", "DE", SLIP * BESIDE_OFFICE)]);
        check("D-82418 Murnau", &[("Murnau am Staffelsee", "DE", SLIP * BESIDE_POSTCODE)]);
        check("Innsbruck", &[("Innsbruck", "AT", ALONE)]);
        check("WARSZAWA", &[("Warsaw", "PL", KNOWN_ALONE)]);
        check("東京", &[("Tokyo", "JP", KNOWN_ALONE)]);
        check("Москва 120", &[("Moscow", "RU", BESIDE_NUMBER)]);
    }

    #[test]
    fn a_slip_is_forgiven_where_a_place_is_meant() {
        check("Insbruck 34 km", &[("Innsbruck", "AT", SLIP * BESIDE_DISTANCE)]);
        check("Insbruck", &[]);
        check("Zimmer 12", &[]);
    }

    #[test]
    fn false_friends_say_nothing() {
        let told = |plain: &&&str| !find(&[Text::typed(plain)]).is_empty();
        let plain = [
            "Nice",
            "England",
            "Belgium",
            "Flores",
            "Gracias",
            "Namen",
            "Sanchez",
            "Open",
            "Bath",
            "Reading",
            "Police",
            "Sofia",
            "Hotel Paris",
            "Paris Bakery",
            "Rue de Lyon",
            "Pizza Napoli",
            "Victoria",
            "Open 24",
            "Bar 33",
            "lyon",
            "Best",
            "Of",
            "Sale 50",
            "Nice 5",
            "Split",
            "Mobile",
            "Berliner Straße 12",
            "H&M",
            "12",
            "",
            "Banco Santander",
            "Sala",
            "Most",
            "Bus 12",
            "NO PARKING",
            "Hell",
            "STOP",
            "Coca-Cola",
            "Salida 12",
        ];
        assert_eq!(plain.iter().filter(told).collect::<Vec<_>>(), Vec::<&&str>::new());
    }

    #[test]
    fn a_bakery_in_tokyo_that_is_called_paris_moves_little() {
        check("Paris", &[("Paris", "FR", KNOWN_ALONE)]);
    }

    #[test]
    fn namesakes_share_the_belief() {
        let clues = find(&[Text::typed("Springfield 12 mi")]);
        let Bearing::Places { places, share } = &clues[0].bearing else { panic!("a place") };
        assert!(places.len() == MOST_NAMESAKES && places[0].part < 0.5, "{places:?}");
        assert_eq!(*share, 0.5 * BESIDE_DISTANCE);
    }

    #[test]
    fn a_name_on_two_signs_is_one_clue_as_strong_as_the_stronger() {
        let text = |text| Text::typed(text);
        let clues = find(&[text("Innsbruck"), text("Pizza"), text("INNSBRUCK 12 km")]);
        assert_eq!((clues.len(), clues[0].readings.clone()), (1, vec![0, 2]));
        assert!(matches!(clues[0].bearing, Bearing::Places { share: BESIDE_DISTANCE, .. }));
    }

    #[test]
    fn slips_are_looked_for_in_few_readings() {
        let texts: Vec<String> = (0..200).map(|at| format!("Qwrtzbklm {at} km")).collect();
        let texts: Vec<Text<'_>> = texts.iter().map(|text| Text::typed(text)).collect();
        assert!(find(&texts).is_empty());
        let mut left = MOST_SLIPS;
        texts.iter().for_each(|text| drop(named_in(text, &mut left)));
        assert_eq!(left, 0);
    }
}
