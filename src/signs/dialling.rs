//! Phone numbers with a plus and their country's code.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Text,
    clue::{ClueKind, Found},
    tables::{codes, rows},
};
use crate::geo::CountryCode;

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_dialling.csv");

static COUNTRIES: LazyLock<HashMap<&str, Vec<CountryCode>>> =
    LazyLock::new(|| rows::<2>(TABLE).into_iter().map(|[prefix, countries]| (prefix, codes(countries))).collect());

/// How many digits an international number has, its country's code included (ITU-T E.164: 15 at most).
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// The international numbers in a reading.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let found = |(text, digits): (&str, String)| {
        // No code is the beginning of another.
        let countries = (1..=3).find_map(|length| COUNTRIES.get(&digits[..length]))?;
        Some(Found::new(ClueKind::Dialling, text, countries))
    };
    numbers(reading.text).into_iter().filter_map(found).collect()
}

/// Every number with a plus, and its digits: the country's code and the rest, without a `(0)` that is dialled at home.
pub(super) fn numbers(text: &str) -> Vec<(&str, String)> {
    let is_free = |at: usize| !text[..at].ends_with(char::is_alphanumeric);
    let pluses = text.match_indices('+').filter(|(at, _)| is_free(*at));
    pluses.filter_map(|(at, _)| number_at(&text[at..])).collect()
}

/// The number that begins with this plus, which stands right before it.
fn number_at(text: &str) -> Option<(&str, String)> {
    if !text[1..].starts_with(|c: char| c.is_ascii_digit() || c == '(') || begins_with_date(&text[1..]) {
        return None;
    }
    let belongs = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '/' | '(' | ')');
    let end = text[1..].find(|c| !belongs(c)).map_or(text.len(), |end| end + 1);
    let text = text[..end].trim_end_matches(|c: char| !c.is_ascii_digit());
    let digits: String = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    DIGITS.contains(&digits.len()).then_some((text, digits))
}

/// Whether a text begins with a day, a month and a year, in this order or turned.
fn begins_with_date(text: &str) -> bool {
    let is_around = |c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '/'));
    let first = text.split(is_around).next().unwrap_or_default();
    let numbers: Vec<&str> = first.split(['.', '-', '/']).collect();
    let is_year = |number: &str| number.len() == 4 && (number.starts_with("19") || number.starts_with("20"));
    let is_up_to = |number: &str, most: u32| number.len() <= 2 && number.parse().is_ok_and(|n| (1..=most).contains(&n));
    let is_date = |day, month, year| is_up_to(day, 31) && is_up_to(month, 12) && is_year(year);
    matches!(numbers[..], [one, two, three, ..] if is_date(one, two, three) || is_date(three, two, one) || is_date(two, one, three))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::{tables::tests::check_table, tests::check};

    #[test]
    fn international_numbers_tell() {
        check(find, "Tel. +48 22 123 45 67", &[("+48 22 123 45 67", "PL")]);
        check(find, "+381 (0)11 2345-678", &[("+381 (0)11 2345-678", "RS")]);
        check(find, "+7 495 123-45-67", &[("+7 495 123-45-67", "KZ RU")]);
        for plain in ["022 123 45 67", "+48", "18+ only", "1+1=2", "+999 123 456 789", "+48 123 456 789 012 345 678"] {
            check(find, plain, &[]);
        }
    }

    /// "18+" is an age, "A+" a mark; a date that follows is no number.
    #[test]
    fn a_plus_behind_a_sign_or_before_a_date_begins_no_number() {
        for plain in [
            "18+ 20.12.2024",
            "16+ 31.12.2024 23:00",
            "Ü30+ 30.11.2024",
            "A+ 2024-2025",
            "65+ 12.05.2024",
            "+20.12.2024",
            "+ 20 12 2024",
            "18+48 22 123 45 67",
        ] {
            check(find, plain, &[]);
        }
        check(find, "(+48) 22 123 45 67", &[("+48) 22 123 45 67", "PL")]);
        check(find, "Tel.+(48)22 123 45 67", &[("+(48)22 123 45 67", "PL")]);
        check(find, "+48.22.123.45.67", &[("+48.22.123.45.67", "PL")]);
    }

    #[test]
    fn the_table_is_sound() {
        check_table(TABLE, 2, 1);
    }
}
