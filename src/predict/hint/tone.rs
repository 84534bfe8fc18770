//! How a sentence is meant: whether it says that something is so or is not, and how sure the user is of it.

use std::{collections::HashMap, ops::Range, sync::OnceLock};

use super::sentence::Segment;

/// How strongly a plain statement of the user's counts. Not calibrated.
pub(super) const PLAIN: f64 = 0.9;
/// One that the user is not sure of.
const PERHAPS: f64 = 0.6;
/// One that the user is sure of.
const SURELY: f64 = 0.97;

/// The phrases of `assets/knowledge/hint_words.toml` under one heading.
pub(super) fn phrases(heading: &str) -> &'static [Vec<String>] {
    static TABLE: OnceLock<HashMap<String, Vec<Vec<String>>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let text = include_str!("../../../assets/knowledge/hint_words.toml");
        let table: HashMap<String, Vec<String>> = toml::from_str(text).expect("the shipped words are read in a test");
        let words = |phrase: String| phrase.split(' ').map(str::to_owned).collect();
        table.into_iter().map(|(heading, list)| (heading, list.into_iter().map(words).collect())).collect()
    });
    table.get(heading).map_or(&[], Vec::as_slice)
}

/// Where the first of a heading's phrases stands in these words; of those that begin there the longest.
pub(super) fn find(words: &[&str], heading: &str) -> Option<Range<usize>> {
    (0..words.len()).find_map(|from| {
        let starts = phrases(heading).iter().filter(|phrase| words[from..].starts_with(&as_words(phrase)));
        starts.map(Vec::len).max().map(|length| from..from + length)
    })
}

fn as_words(phrase: &[String]) -> Vec<&str> {
    phrase.iter().map(String::as_str).collect()
}

/// Whether a word is one of a heading's.
pub(super) fn is_word(word: &str, heading: &str) -> bool {
    phrases(heading).iter().any(|phrase| phrase.len() == 1 && phrase[0] == word)
}

/// How strongly a sentence of these words counts.
pub(super) fn strength(words: &[&str]) -> f64 {
    if find(words, "perhaps").is_some() {
        PERHAPS
    } else if find(words, "surely").is_some() {
        SURELY
    } else {
        PLAIN
    }
}

/// Whether a segment says that something is not so.
pub(super) fn is_negated(segment: &Segment) -> bool {
    let mut words = segment.plain();
    while let Some(range) = find(&words, "not_a_negation") {
        words.drain(range);
    }
    find(&words, "not").is_some()
}

/// Whether a segment only answers what was said before ("No, ...").
pub(super) fn is_answer(segment: &Segment) -> bool {
    let words = segment.plain();
    phrases("answers").iter().any(|phrase| as_words(phrase) == words)
}

/// Whether a word says nothing of the place by itself.
pub(super) fn is_filler(word: &str) -> bool {
    let headings = ["filler", "not", "perhaps", "surely", "beside_a_land", "answers"];
    word.is_empty()
        || headings.iter().any(|heading| phrases(heading).iter().any(|phrase| phrase.iter().any(|w| w == word)))
}

#[cfg(test)]
mod tests {
    use super::{super::sentence::sentences, *};

    #[track_caller]
    fn check(text: &str, is_so: bool, right: f64) {
        let sentence = &sentences(text)[0];
        assert_eq!(!sentence.segments().iter().any(is_negated), is_so, "{text}");
        assert_eq!(strength(&sentence.plain()), right, "{text}");
    }

    #[test]
    fn turned_round_and_sure_or_not() {
        check("in Spain", true, 0.9);
        check("not Russia", false, 0.9);
        check("it isn't in Asia", false, 0.9);
        check("It isn’t in Asia", false, 0.9);
        check("I think it is Spain", true, 0.6);
        check("I don't think it's Spain", false, 0.6);
        check("definitely not Spain", false, 0.97);
        check("no doubt it is Spain", true, 0.97);
        check("in May it was winter", true, 0.9);
        check("vielleicht nicht Deutschland", false, 0.6);
        check("sans doute en France", true, 0.9);
    }
}
