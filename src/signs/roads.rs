//! What is written on road signs: words of one country's traffic law (Umleitung, ALTO, give way), and miles.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Text,
    clue::{ClueKind, Found},
    sources,
    tables::{codes, rows},
    tokens::tokens,
};
use crate::geo::{CountryCode, fold};

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_roads.csv");

struct RoadWords {
    times: f64,
    countries: Vec<CountryCode>,
    source: String,
}

/// By folded words.
static WORDS: LazyLock<HashMap<String, RoadWords>> = LazyLock::new(|| {
    let row = |[words, times, countries, keys]: [&'static str; 4]| {
        let (countries, source) = (codes(countries), sources::described(keys));
        Some((fold(words), RoadWords { times: times.parse().ok()?, countries, source }))
    };
    rows::<4>(TABLE).into_iter().filter_map(row).collect()
});

/// The most words of a row.
const MOST_WORDS: usize = 5;
/// A single word of fewer letters counts only where nothing but numbers stands beside it.
const LEAST_AMONG_OTHERS: usize = 6;
/// So much of a line is looked at.
const MOST_TOKENS: usize = 30;

/// Where distances and speeds stand in miles on road signs (StreetComplete's country metadata, CC0).
const MILES: &str = "AG AI AS BM BS BZ DM FK GB GD GG GI GU IM JE KN KY LC LR MP MS PR SH TC US VC VG VI";
static MILES_COUNTRIES: LazyLock<Vec<CountryCode>> = LazyLock::new(|| codes(MILES));

/// Whether distances stand in miles on the road signs of a country.
pub(super) fn counts_in_miles(country: CountryCode) -> bool {
    MILES_COUNTRIES.contains(&country)
}

/// What stands on stop signs, as their article lists it.
const STOP: [&str; 14] =
    ["alto", "pare", "arrêt", "dur", "berhenti", "dừng lại", "止まれ", "停", "정지", "หยุด", "ឈប់", "ຢຸດ", "قف", "ایست"];

/// What a text on a road sign is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoadText {
    /// To stop.
    Stop,
    /// A speed or a distance in miles.
    Miles,
    /// Words of a language, such as SALIDA.
    Words,
    /// Anything else.
    Other,
}

/// What the text of a clue of road signs is about.
pub fn road_text(text: &str) -> RoadText {
    let folded = fold(text);
    if STOP.iter().any(|word| fold(word) == folded) {
        RoadText::Stop
    } else if ["mph", "mile", "miles", "mi"].iter().any(|unit| folded.ends_with(unit)) && has_digit(text) {
        RoadText::Miles
    } else if !has_digit(text) {
        RoadText::Words
    } else {
        RoadText::Other
    }
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit() || matches!(c, '½' | '¼'))
}

/// The words of road signs in a reading.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let words: Vec<&str> = tokens(reading.text).take(MOST_TOKENS).collect();
    let folded: Vec<String> = words.iter().map(|word| fold(word)).collect();
    let n_named = folded.iter().filter(|word| !is_number(word)).count();
    let mut found = Vec::new();
    for count in 1..=MOST_WORDS.min(words.len()) {
        for at in 0..=words.len() - count {
            let key = folded[at..at + count].join(" ");
            let is_told = count > 1 || n_named == 1 || key.chars().count() >= LEAST_AMONG_OTHERS;
            if let Some(row) = WORDS.get(&key).filter(|_| is_told) {
                let road = Found::new(ClueKind::Road, words[at..at + count].join(" "), &row.countries);
                found.push(road.times(row.times).source(&row.source));
            }
        }
    }
    found.extend(miles(&words, &folded));
    found
}

/// A number of miles, on a sign of few words: "30 mph", "Exit 2 miles".
fn miles(words: &[&str], folded: &[String]) -> Option<Found> {
    let is_mile = |unit: &str| matches!(unit, "mph" | "miles" | "mile" | "mi");
    let in_two = |at: usize| (is_number(&folded[at]) && is_mile(&folded[at + 1])).then(|| words[at..at + 2].join(" "));
    let in_one = |at: usize| {
        let number = folded[at].strip_suffix("mph").or(folded[at].strip_suffix("miles"))?;
        is_number(number).then(|| words[at].to_owned())
    };
    let text = (0..words.len().saturating_sub(1)).find_map(in_two).or_else(|| (0..words.len()).find_map(in_one))?;
    Some(Found::new(ClueKind::Road, text, &MILES_COUNTRIES)).filter(|_| words.len() <= 6)
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '½' | '¼' | '⁄'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geo::country,
        signs::{
            sources::tests::check_sources,
            tables::tests::{check_strengths, check_table},
            tests::check,
        },
    };

    #[test]
    fn words_of_road_signs_tell() {
        check(find, "ALTO", &[("ALTO", "CR GT HN MX NI SV")]);
        check(find, "DUR", &[("DUR", "CY TR")]);
        check(find, "ARRÊT", &[("ARRÊT", "CA")]);
        check(find, "Umleitung", &[("Umleitung", "AT BE CH DE IT LI LU")]);
        check(find, "Ausfahrt 12", &[("Ausfahrt", "AT BE CH DE IT LI LU")]);
        check(find, "Anlieger frei", &[("Anlieger frei", "AT DE")]);
        check(find, "TEMPO 30", &[("TEMPO 30", "AT CH DE")]);
        check(find, "止まれ", &[("止まれ", "JP")]);
        check(find, "Géill Slí", &[("Géill Slí", "IE")]);
        for plain in
            ["STOP", "Palo Alto", "Pare de rir", "alto voltaje", "EXIT", "mimo wszystko", "XING FU", "Taxi", ""]
        {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn miles_tell() {
        for (reading, text) in
            [("30 mph", "30 mph"), ("30MPH", "30MPH"), ("Exit 2 miles", "2 miles"), ("1 ½ miles", "½ miles")]
        {
            check(find, reading, &[(text, MILES)]);
        }
        for plain in ["30 km/h", "miles", "Miles Davis", "5 mi piace questo posto dove non si paga niente", "mph"] {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn words_that_countries_share_tell_of_all_of_them() {
        check(find, "Dilarang berhenti", &[("berhenti", "BN ID MY")]);
        let excepto = &find(&Text::typed("EXCEPTO RESIDENTES"))[0];
        assert!(["PT", "ES", "MX"].iter().all(|code| excepto.countries.contains(&code.parse().unwrap())));
        let stop_of_buses = &find(&Text::typed("ARRÊT"))[0];
        assert!(stop_of_buses.times <= 4.0, "{stop_of_buses:?}");
    }

    #[test]
    fn the_text_of_a_road_sign_is_about_stopping_miles_words_or_something_else() {
        for (text, right) in [
            ("ALTO", RoadText::Stop),
            ("止まれ", RoadText::Stop),
            ("30 mph", RoadText::Miles),
            ("30MPH", RoadText::Miles),
            ("½ miles", RoadText::Miles),
            ("Umleitung", RoadText::Words),
            ("Zone 30", RoadText::Other),
        ] {
            assert_eq!(road_text(text), right, "{text}");
        }
        for [words, _, _, sources] in rows::<4>(TABLE) {
            let is_stop = sources.contains("wikipedia-stop");
            assert_eq!(road_text(words) == RoadText::Stop, is_stop, "{words}");
        }
    }

    #[test]
    fn the_table_is_sound() {
        check_table(TABLE, 4, 2);
        check_strengths(TABLE, 1);
        check_sources(TABLE, 3);
        assert_eq!(WORDS.len(), TABLE.lines().count() - 1);
        assert!(MILES_COUNTRIES.iter().all(|code| country(*code).is_some()));
        assert!(WORDS.keys().all(|words| words.split(' ').count() <= MOST_WORDS));
    }
}
