//! Letters that only some Latin alphabets have: ß, ł, ő, ğ. Those that other languages borrow with words (é in café) are not
//! in the table.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Text,
    clue::{ClueKind, Found},
    tables::{codes, rows},
    tokens::tokens,
};
use crate::geo::CountryCode;

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_letters.csv");

static USERS: LazyLock<HashMap<char, Vec<CountryCode>>> = LazyLock::new(|| {
    let user = |[letter, countries]: [&'static str; 2]| Some((letter.chars().next()?, codes(countries)));
    rows::<2>(TABLE).into_iter().filter_map(user).collect()
});

/// A word that tells has at least so many letters: fewer are abbreviations and slips of the reader.
const LEAST_WORD: usize = 3;

/// How strongly several different letters speak at least; judged.
const SEVERAL_TIMES: f64 = 10.0;

/// Names of goods that are sold everywhere.
const WORLDWIDE: [&str; 4] = ["škoda", "häagen", "häagen-dazs", "jägermeister"];

/// The countries in whose alphabets all the special letters of a reading stand.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let words = tokens(reading.text).filter(|word| {
        word.chars().filter(|c| c.is_alphabetic()).count() >= LEAST_WORD
            && !WORLDWIDE.contains(&word.to_lowercase().as_str())
    });
    let mut letters: Vec<char> = Vec::new();
    for letter in words.flat_map(str::chars) {
        let small = if letter == 'İ' { letter } else { letter.to_lowercase().next().unwrap_or(letter) };
        if USERS.contains_key(&small) && !letters.contains(&small) {
            letters.push(small);
        }
    }
    let Some((first, rest)) = letters.split_first() else { return Vec::new() };
    let mut countries = USERS[first].clone();
    for letter in rest {
        countries.retain(|code| USERS[letter].contains(code));
    }
    // Letters of no one alphabet: two languages, or a slip of the reader's.
    if countries.is_empty() {
        return Vec::new();
    }
    let text: String = letters.iter().collect();
    let of_one =
        |letter: &char| Found::new(ClueKind::Letters, &text, &countries).counted("letter", &letter.to_string());
    // The rarest letter says most; several different ones together at least so much.
    let found = rest.iter().fold(of_one(first), |best, letter| {
        let next = of_one(letter);
        if next.times > best.times { next } else { best }
    });
    vec![if rest.is_empty() || found.times > SEVERAL_TIMES { found } else { found.times(SEVERAL_TIMES) }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::{tables::tests::check_table, tests::check};

    #[test]
    fn letters_of_few_alphabets_tell() {
        check(find, "Łódź Fabryczna", &[("łź", "PL")]);
        check(find, "Weißbier", &[("ß", "AT BE DE LU")]);
        check(find, "ŘEZNICTVÍ", &[("ř", "CZ")]);
        check(find, "Kőszeg Művelődési Ház", &[("őű", "HU")]);
        check(find, "DİĞER", &[("İğ", "AZ CY TR")]);
        check(find, "Ólafur Þór", &[("þ", "IS")]);
        check(find, "Việt Phở", &[("ệở", "VN")]);
        for plain in ["café", "Crème brûlée", "Häagen-Dazs", "ŠKODA", "5 ł", "Plain words", "þř", "Ëë", "ßorđþ"]
        {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn the_table_is_sound() {
        check_table(TABLE, 2, 1);
        assert!(TABLE.lines().skip(1).all(|line| line.chars().nth(1) == Some(',')));
    }
}
