//! What stands beside names on a sign: distances, digits of a postcode, routes, and words that say that a town is meant.

use std::sync::LazyLock;

use super::tables::{codes, rows};
use crate::geo::{CountryCode, fold};

/// The countries whose postcodes are nothing but so many digits.
pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_postcodes.csv");

struct Digits {
    count: usize,
    /// Whether they stand only before the town.
    only_before: bool,
    countries: Vec<CountryCode>,
}

static DIGITS: LazyLock<Vec<Digits>> = LazyLock::new(|| {
    let row = |[count, side, countries]: [&'static str; 3]| {
        Some(Digits { count: count.parse().ok()?, only_before: side == "before", countries: codes(countries) })
    };
    rows::<3>(TABLE).into_iter().filter_map(row).collect()
});

/// Words that say that a town is meant, folded: what stands on town halls, stations and signs at the border of a town.
const OFFICE: [&str; 37] = [
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
const BETWEEN: [&str; 20] = [
    "de", "di", "do", "da", "del", "der", "of", "to", "via", "par", "nach", "nad", "am", "an", "centre", "zentrum",
    "centrum", "centro", "sud", "nord",
];

/// A mile, in kilometres.
pub(super) const MILE_KM: f64 = 1.609_344;
/// No road sign counts farther, in kilometres.
const MOST_KM: f64 = 5000.0;
/// Longer numbers without a unit are no distances.
const MOST_DIGITS_OF_DISTANCE: usize = 3;

/// What a word beside a name is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Word<'r> {
    /// A distance, in kilometres.
    Distance(f64),
    /// A number that may be a distance, in the unit of the country.
    Number(f64),
    /// Four to six digits: a postcode, a year, or neither.
    Digits(&'r str),
    /// A word that says that a town is meant.
    Office,
    /// It says nothing: a route, a word between names.
    Filler,
    /// A word like any other.
    Other,
}

/// What these words begin with, and how many of them it takes.
pub(super) fn word_at<'r>(words: &[&'r str]) -> (Word<'r>, usize) {
    match distance_at(words) {
        Some((km, taken)) if km <= MOST_KM => (Word::Distance(km), taken),
        Some((_, taken)) => (Word::Other, taken),
        None => (word(words[0]), 1),
    }
}

/// A number with its unit, in one word or two, in kilometres.
fn distance_at(words: &[&str]) -> Option<(f64, usize)> {
    let (first, next) = (words[0], words.get(1));
    let end = first.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(first.len());
    let (unit, taken) = if end == first.len() { (*next?, 2) } else { (&first[end..], 1) };
    Some((number(&first[..end])? * km_of(&fold(unit))?, taken))
}

/// A unit of distances, folded, in kilometres.
fn km_of(unit: &str) -> Option<f64> {
    match unit {
        "km" => Some(1.0),
        "m" => Some(0.001),
        "mi" | "mile" | "miles" => Some(MILE_KM),
        _ => None,
    }
}

/// "1.200" and "1,200" are thousands, "2,5" is no whole number.
fn number(text: &str) -> Option<f64> {
    let is_of_thousands = text.split(['.', ',']).skip(1).all(|group| group.len() == 3);
    let plain = if is_of_thousands { text.replace(['.', ','], "") } else { text.replace(',', ".") };
    plain.parse().ok()
}

fn word(word: &str) -> Word<'_> {
    let n_digits = word.chars().filter(char::is_ascii_digit).count();
    if n_digits > 0 && n_digits == word.len() {
        return match n_digits {
            ..=MOST_DIGITS_OF_DISTANCE => word.parse().map_or(Word::Other, Word::Number),
            4..=6 => Word::Digits(word),
            _ => Word::Other,
        };
    }
    // Routes: A6, B 27, E40, D906.
    let is_route = (1..=4).contains(&n_digits) && n_digits + 1 == word.len();
    let folded = fold(word);
    if OFFICE.contains(&folded.as_str()) {
        Word::Office
    } else if folded.is_empty()
        || km_of(&folded).is_some()
        || BETWEEN.contains(&folded.as_str())
        || (is_route && word.starts_with(|c: char| c.is_ascii_uppercase()))
    {
        Word::Filler
    } else {
        Word::Other
    }
}

/// Whether digits may be a year, in which a house was built or something is held.
pub(super) fn may_be_year(digits: &str) -> bool {
    digits.parse().is_ok_and(|number: u32| (1000..=2100).contains(&number))
}

/// Whether digits beside a town are a postcode of its country. "1010 Wien" is one, and "Wien 1529" and "2024" are years.
pub(super) fn is_postcode(digits: &str, country: CountryCode, is_before_name: bool) -> bool {
    let of_country = |row: &&Digits| row.count == digits.len() && row.countries.contains(&country);
    let Some(row) = DIGITS.iter().find(of_country) else { return false };
    !may_be_year(digits) || (digits < "1900" && row.only_before && is_before_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::tables::tests::check_table;

    #[test]
    fn a_distance_is_in_kilometres_whatever_its_unit() {
        assert_eq!(word_at(&["12", "km"]), (Word::Distance(12.0), 2));
        assert_eq!(word_at(&["12km"]), (Word::Distance(12.0), 1));
        assert_eq!(word_at(&["1200", "км"]), (Word::Distance(1200.0), 2));
        assert_eq!(word_at(&["1.200", "km"]), (Word::Distance(1200.0), 2));
        assert_eq!(word_at(&["2,5", "km"]), (Word::Distance(2.5), 2));
        assert_eq!(word_at(&["500", "m"]), (Word::Distance(0.5), 2));
        assert_eq!(word_at(&["10", "MILES"]), (Word::Distance(10.0 * MILE_KM), 2));
        assert_eq!(word_at(&["123456", "km"]), (Word::Other, 2));
        assert_eq!(word_at(&["km"]).0, Word::Filler);
        assert_eq!(word_at(&["12", "Lyon"]), (Word::Number(12.0), 1));
    }

    #[test]
    fn digits_are_a_postcode_only_of_a_country_that_has_such_ones_and_where_they_are_no_year() {
        let is = |digits, code: &str, is_before| is_postcode(digits, code.parse().unwrap(), is_before);
        assert!(is("10115", "DE", true) && is("69001", "FR", true) && is("6000", "AU", false));
        assert!(is("1010", "AT", true) && !is("1529", "AT", false), "no country writes it behind the town");
        for (digits, code) in
            [("1990", "NL"), ("2024", "FR"), ("2024", "AU"), ("1432", "AU"), ("2100", "DK"), ("69001", "GB")]
        {
            assert!(!is(digits, code, true), "{digits} {code}");
        }
    }

    #[test]
    fn the_table_is_sound() {
        check_table(TABLE, 3, 2);
        assert_eq!(DIGITS.len(), TABLE.lines().count() - 1);
    }
}
