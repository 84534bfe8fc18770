//! Chinese characters that one country writes in a way of its own: 药 in China, 藥 in Taiwan, 薬 in Japan. One such character
//! is enough among others that agree; characters of two ways are a slip of the reader's.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Text,
    clue::{ClueKind, Found},
    tables::{codes, rows},
};
use crate::geo::CountryCode;

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_han.csv");

/// A way of writing, and where it is used.
type Way = (&'static str, Vec<CountryCode>);

static WAYS: LazyLock<Vec<Way>> =
    LazyLock::new(|| rows::<3>(TABLE).into_iter().map(|[way, countries, _]| (way, codes(countries))).collect());

/// The way of each character, as a place in [`WAYS`].
static WAY_OF: LazyLock<HashMap<char, usize>> = LazyLock::new(|| {
    let letters = |(way, [_, _, letters]): (usize, [&'static str; 3])| letters.chars().map(move |letter| (letter, way));
    rows::<3>(TABLE).into_iter().enumerate().flat_map(letters).collect()
});

/// The countries that write as a reading does.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let mut telling: Vec<char> = reading.text.chars().filter(|letter| WAY_OF.contains_key(letter)).collect();
    telling.dedup();
    let Some(way) = telling.first().map(|letter| WAY_OF[letter]) else { return Vec::new() };
    if telling.iter().any(|letter| WAY_OF[letter] != way) {
        return Vec::new();
    }
    let (name, countries) = &WAYS[way];
    vec![Found::new(ClueKind::Letters, telling.iter().collect::<String>(), countries).counted("han", name)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::{tables::tests::check_table, tests::check};

    #[test]
    fn characters_of_one_way_tell() {
        check(find, "药店", &[("药", "CN MY SG")]);
        check(find, "藥局", &[("藥", "HK MO TW")]);
        check(find, "薬局 駅前", &[("薬駅", "JP")]);
        for plain in ["東京", "国立公園", "中山", "药薬", "Apotheke", ""] {
            check(find, plain, &[]);
        }
    }

    /// No character is of two ways.
    #[test]
    fn the_table_is_sound() {
        check_table(TABLE, 3, 1);
        let all: usize = rows::<3>(TABLE).into_iter().map(|[_, _, letters]| letters.chars().count()).sum();
        assert_eq!(all, WAY_OF.len());
        assert!(WAYS.iter().all(|(way, _)| super::super::counts::of("han", way).is_some()));
    }
}
