//! Words for streets, alone beside a name ("ulica Długa") or at the end of one ("Lindenstraße"). A word alone is none.

use std::sync::LazyLock;

use super::{
    clue::{ClueKind, Found},
    tables::{codes, rows},
    tokens::tokens,
};

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_streets.csv");

struct StreetWord {
    word: &'static str,
    /// Whether it also ends a longer word.
    ends: bool,
    countries: Vec<&'static str>,
}

static WORDS: LazyLock<Vec<StreetWord>> = LazyLock::new(|| {
    let word = |[word, ends, _, countries]: [&'static str; 4]| StreetWord {
        word,
        ends: ends == "yes",
        countries: codes(countries),
    };
    rows::<4>(TABLE).into_iter().map(word).collect()
});

/// A name has at least so many letters.
const LEAST_NAME: usize = 3;

/// The words for streets in a reading.
pub(super) fn find(reading: &str) -> Vec<Found> {
    let tokens: Vec<&str> = tokens(reading).collect();
    let mut found = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let folded = token.to_lowercase();
        let has_name = || tokens.iter().enumerate().any(|(other, name)| other != place && is_name(name));
        let fits = |word: &&StreetWord| match folded.strip_suffix(word.word) {
            Some("") => has_name(),
            Some(name) => word.ends && is_name(name),
            None => false,
        };
        found.extend(WORDS.iter().find(fits).map(|word| Found {
            kind: ClueKind::Street,
            text: (*token).to_owned(),
            countries: word.countries.clone(),
        }));
    }
    found
}

fn is_name(word: &str) -> bool {
    word.chars().filter(|c| c.is_alphabetic()).count() >= LEAST_NAME
}
