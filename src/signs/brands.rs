//! Brands of one country or a few: shops, banks and filling stations whose names are met by chance nowhere else.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Text,
    clue::{ClueKind, Found},
    tables::{codes, rows},
    tokens::tokens,
};
use crate::geo::fold;

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_brands.csv");

/// The countries' cell by folded name.
static COUNTRIES: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| rows::<2>(TABLE).into_iter().map(|[name, countries]| (name, countries)).collect());

/// The most words of a brand.
const MOST_WORDS: usize = 5;
/// A sign of more words is a text in which a brand is named.
const MOST_TOKENS: usize = 8;

/// The brands in a reading, the longest names first.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let words: Vec<&str> = tokens(reading.text).collect();
    if words.len() > MOST_TOKENS {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let longest = MOST_WORDS.min(words.len() - at);
        let brand = (1..=longest).rev().find_map(|count| {
            let name = words[at..at + count].join(" ");
            Some((count, *COUNTRIES.get(fold(&name).as_str())?, name))
        });
        let Some((count, countries, name)) = brand else {
            at += 1;
            continue;
        };
        found.push(Found::new(ClueKind::Brand, name, &codes(countries)));
        at += count;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geo::places_called,
        signs::{tables::tests::check_table, tests::check},
    };

    #[test]
    fn brands_of_few_countries_tell() {
        check(find, "BODEGA AURRERA", &[("BODEGA AURRERA", "MX")]);
        check(find, "ビックカメラ", &[("ビックカメラ", "JP")]);
        check(find, "Jessops", &[("Jessops", "GB")]);
        for plain in
            ["McDonald's", "Nike", "Paris", "Apple", "Market", "Best", "Shell", "Total", "Bank", "Coca-Cola", ""]
        {
            check(find, plain, &[]);
        }
    }

    /// No brand is called like a town: that would be told twice, and wrongly.
    #[test]
    fn the_table_is_sound() {
        check_table(TABLE, 2, 1);
        for [name, countries] in rows::<2>(TABLE) {
            assert!(fold(name) == name && countries.split(' ').count() <= 4, "{name}");
            assert!(name.chars().count() >= 3 && name.split(' ').count() <= MOST_WORDS, "{name}");
            assert!(places_called(name).is_empty(), "{name}");
        }
    }
}
