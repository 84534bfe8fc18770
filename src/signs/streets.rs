//! Words for streets, alone beside a name ("ulica Długa") or at the end of one ("Lindenstraße"). A word alone is none.

use std::sync::LazyLock;

use super::{
    Text,
    clue::{ClueKind, Found},
    sources,
    tables::{codes, rows},
    tokens::tokens,
};
use crate::geo::CountryCode;

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_streets.csv");

struct StreetWord {
    word: &'static str,
    /// Whether it also ends a longer word.
    ends: bool,
    /// Whether it is one alone: "plein" and "gata" are words of other languages too, and only end Dutch and Nordic names.
    is_alone: bool,
    countries: Vec<CountryCode>,
    source: String,
}

static WORDS: LazyLock<Vec<StreetWord>> = LazyLock::new(|| {
    let word = |[word, ends, _, countries, keys]: [&'static str; 5]| StreetWord {
        word,
        ends: ends != "no",
        is_alone: ends != "only",
        countries: codes(countries),
        source: sources::described(keys),
    };
    rows::<5>(TABLE).into_iter().map(word).collect()
});

/// A name has at least so many letters.
const LEAST_NAME: usize = 3;

/// Words that end as streets do and are none: a ship, a terrace.
const NO_STREETS: [&str; 2] = ["fragata", "terre-plein"];

/// The words for streets in a reading.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let tokens: Vec<&str> = tokens(reading.text).collect();
    let mut found = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let folded = token.to_lowercase();
        let has_name = || tokens.iter().enumerate().any(|(other, name)| other != place && is_name(name));
        let fits = |word: &&StreetWord| match folded.strip_suffix(word.word) {
            Some("") => word.is_alone && has_name(),
            Some(name) => word.ends && is_name(name) && !NO_STREETS.contains(&folded.as_str()),
            None => false,
        };
        let street =
            |word: &'static StreetWord| Found::new(ClueKind::Street, *token, &word.countries).source(&word.source);
        found.extend(WORDS.iter().find(fits).map(street));
    }
    found
}

/// Whether a word is one for a street, so that the name beside it is a street's.
pub(super) fn is_word(token: &str) -> bool {
    let folded = token.to_lowercase();
    WORDS.iter().any(|word| word.is_alone && folded == word.word)
}

fn is_name(word: &str) -> bool {
    word.chars().filter(|c| c.is_alphabetic()).count() >= LEAST_NAME
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::{sources::tests::check_sources, tables::tests::check_table, tests::check};

    #[test]
    fn words_for_streets_tell_where_they_stand_with_a_name() {
        let german = "AT BE CH DE LI LU";
        check(find, "Lindenstraße 12", &[("Lindenstraße", german)]);
        check(find, "BERLINER STRASSE", &[("STRASSE", german)]);
        check(find, "ulica Długa", &[("ulica", "BA HR ME PL RS SI SK XK")]);
        check(find, "Atatürk Caddesi", &[("Caddesi", "CY TR")]);
        check(find, "вулиця Шевченка", &[("вулиця", "UA")]);
        check(find, "Václavské náměstí", &[("náměstí", "CZ")]);
        check(find, "đường Lê Lợi", &[("đường", "VN")]);
        check(find, "Kossuth Lajos körút", &[("körút", "HU")]);
        for plain in ["Rue", "rue 5", "CALLE", "brigade", "Strasse", "corso", "true story"] {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn words_that_other_languages_have_tell_only_at_the_end_of_a_name() {
        check(find, "Stationsplein 4", &[("Stationsplein", "AW BE BQ CW NL SR SX")]);
        check(find, "Storgata 12", &[("Storgata", "IS NO SJ")]);
        for plain in
            ["Cabo de Gata", "La Fragata", "Plein Soleil", "Plein Tarif", "Terre-plein central", "Cesta de Navidad"]
        {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn the_table_is_sound() {
        check_table(TABLE, 5, 3);
        check_sources(TABLE, 4);
    }
}
