//! The town that an international phone number belongs to, by its first digits.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Text,
    clue::{Bearing, Clue, ClueKind, NamedPlace},
    dialling::numbers,
    tables::rows,
};
use crate::geo::{CountryCode, places_called};

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_phone_places.csv");

/// Town and country by prefix, the country's dialling code included.
static TOWNS: LazyLock<HashMap<&str, (&str, CountryCode)>> = LazyLock::new(|| {
    let town = |[prefix, town, code]: [&'static str; 3]| Some((prefix, (town, code.parse().ok()?)));
    rows::<3>(TABLE).into_iter().filter_map(town).collect()
});

/// How much belief moves to the town: a sign may name a firm's head office. Judged.
const SHARE: f64 = 0.4;

/// The longest prefix of the table.
const LONGEST_PREFIX: usize = 6;

/// The towns of the numbers in the readings, each once.
pub(super) fn find(readings: &[Text<'_>]) -> Vec<Clue> {
    let mut towns: Vec<(&str, CountryCode)> = Vec::new();
    let mut clues: Vec<Clue> = Vec::new();
    for (place, reading) in readings.iter().enumerate() {
        for (text, digits) in numbers(reading.text) {
            let Some(town) = town_of(&digits) else { continue };
            if let Some(known) = towns.iter().position(|other| *other == town) {
                clues[known].readings.push(place);
                clues[known].readings.dedup();
            } else if let Some(clue) = clue(text, place, town) {
                towns.push(town);
                clues.push(clue);
            }
        }
    }
    clues
}

fn town_of(digits: &str) -> Option<(&'static str, CountryCode)> {
    (1..=LONGEST_PREFIX).rev().find_map(|count| TOWNS.get(digits.get(..count)?).copied())
}

fn clue(text: &str, place: usize, (town, country): (&str, CountryCode)) -> Option<Clue> {
    let found = places_called(town).into_iter().find(|found| found.place.country == country)?;
    Some(Clue {
        kind: ClueKind::PhonePlace,
        text: text.to_owned(),
        readings: vec![place],
        bearing: Bearing::Places { places: vec![NamedPlace { place: found, part: 1.0, away_km: None }], share: SHARE },
        source: ClueKind::PhonePlace.source(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::tables::tests::check_table;

    fn towns(readings: &[&str]) -> Vec<(String, Vec<usize>)> {
        let texts: Vec<Text<'_>> = readings.iter().map(|text| Text::typed(text)).collect();
        let town = |clue: Clue| match clue.bearing {
            Bearing::Places { places, .. } => (places[0].place.place.name.clone(), clue.readings),
            Bearing::Countries { .. } => (String::new(), clue.readings),
        };
        find(&texts).into_iter().map(town).collect()
    }

    #[test]
    fn the_first_digits_tell_the_town() {
        for (number, town) in [
            ("Tel. +49 30 123456", "Berlin"),
            ("+44 20 7946 0958", "London"),
            ("+48 (22) 123 45 67", "Warsaw"),
            ("+49 (0)30 123456", "Berlin"),
            ("+1 212 555 0123", "New York City"),
        ] {
            assert_eq!(towns(&[number]), [(town.to_owned(), vec![0])], "{number}");
        }
        for plain in ["030 123456", "+49 170 1234567", "+800 1234 5678", "+49 30", "12 34 56 78", "+"] {
            assert_eq!(towns(&[plain]), [], "{plain}");
        }
    }

    #[test]
    fn two_numbers_of_one_town_are_one_clue() {
        assert_eq!(towns(&["+49 30 123456", "Pizza", "+49 30 654321"]), [("Berlin".to_owned(), vec![0, 2])]);
    }

    #[test]
    fn every_prefix_has_its_town() {
        check_table(TABLE, 3, 2);
        for (prefix, (town, country)) in TOWNS.iter() {
            assert!(prefix.len() <= LONGEST_PREFIX);
            assert!(places_called(town).iter().any(|found| found.place.country == *country), "{prefix} {town}");
        }
    }
}
