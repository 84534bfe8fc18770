//! Finding records by the words that name them: "they drive on the left" holds "drive on left".

use std::collections::HashMap;

use crate::geo::fold;

/// Words that change nothing: articles, forms of "to be".
const PASSED_OVER: [&str; 16] =
    ["the", "a", "an", "is", "are", "was", "were", "be", "of", "its", "their", "has", "have", "had", "der", "die"];

/// Spellings that mean the same.
const SAME: [(&str, &str); 7] = [
    ("center", "centre"),
    ("middle", "centre"),
    ("gray", "grey"),
    ("licence", "number"),
    ("license", "number"),
    ("registration", "number"),
    ("buses", "bus"),
];

/// As many words may stand between two words of a name.
const GAP: usize = 1;

/// The words of a text as names are looked for in it: folded, without articles and without the s of plurals.
pub fn plain_words(text: &str) -> Vec<String> {
    fold(text).split(' ').filter_map(plain_word).collect()
}

/// A folded word as names are looked for; none for one that is passed over.
pub fn plain_word(word: &str) -> Option<String> {
    if word.is_empty() || PASSED_OVER.contains(&word) {
        return None;
    }
    let word = SAME.iter().find(|(from, _)| *from == word).map_or(word, |(_, to)| to);
    let is_plural = word.len() > 3 && word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    Some(if is_plural { word[..word.len() - 1].to_owned() } else { word.to_owned() })
}

/// A record found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its number in the list that the wording was made of.
    pub at: usize,
    /// The first of the text's plain words that name it.
    pub from: usize,
    /// The word behind the last.
    pub to: usize,
}

/// The names of a list of records, by their first words.
#[derive(Debug, Clone, Default)]
pub struct Wording {
    names: HashMap<String, Vec<(usize, Vec<String>)>>,
}

impl Wording {
    /// Of a list of records' names.
    pub fn of<'a>(names_of_each: impl Iterator<Item = &'a [String]>) -> Self {
        let mut names: HashMap<String, Vec<(usize, Vec<String>)>> = HashMap::new();
        for (at, of_one) in names_of_each.enumerate() {
            for name in of_one {
                let words = plain_words(name);
                if let Some(first) = words.first() {
                    names.entry(first.clone()).or_default().push((at, words));
                }
            }
        }
        Self { names }
    }

    /// What a text names, in its order: its words are [`plain_words`]. Of names that overlap the one of more words is meant;
    /// of equal ones each.
    pub fn named_in(&self, words: &[String]) -> Vec<Named> {
        let mut found: Vec<(usize, Named)> = Vec::new();
        for (from, first) in words.iter().enumerate() {
            for (at, name) in self.names.get(first).into_iter().flatten() {
                if let Some(to) = end_of(&words[from..], name) {
                    found.push((name.len(), Named { at: *at, from, to: from + to }));
                }
            }
        }
        let is_within = |named: &Named, other: &Named| named.from < other.to && other.from < named.to;
        let mut meant: Vec<Named> = Vec::new();
        for (length, named) in &found {
            let outdone = found.iter().any(|(other_length, other)| other_length > length && is_within(named, other));
            if !outdone && !meant.iter().any(|other| other.at == named.at) {
                meant.push(named.clone());
            }
        }
        meant
    }
}

/// Where a name ends in a text that begins with its first word; none where its other words do not follow closely.
fn end_of(words: &[String], name: &[String]) -> Option<usize> {
    let mut to = 1;
    for word in &name[1..] {
        let near = &words[to..words.len().min(to + GAP + 1)];
        to += near.iter().position(|other| other == word)? + 1;
    }
    Some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording() -> Wording {
        let names: Vec<Vec<String>> = [
            vec!["drive on left", "left-hand traffic"],
            vec!["yellow centre line", "centre line yellow"],
            vec!["yellow plate"],
            vec!["yellow rear plate"],
            vec!["ß"],
        ]
        .iter()
        .map(|names| names.iter().map(|name| (*name).to_owned()).collect())
        .collect();
        Wording::of(names.iter().map(Vec::as_slice))
    }

    #[track_caller]
    fn check(text: &str, right: &[usize]) {
        let found: Vec<usize> = wording().named_in(&plain_words(text)).into_iter().map(|named| named.at).collect();
        assert_eq!(found, right, "{text}");
    }

    #[test]
    fn articles_case_accents_plurals_and_one_word_between_do_not_matter() {
        check("They drive on the left.", &[0]);
        check("LEFT-HAND traffic", &[0]);
        check("The center line is clearly yellow", &[1]);
        check("yellow licence plates", &[2]);
        check("yellow plates, and they drive on the left", &[2, 0]);
    }

    #[test]
    fn words_that_lie_apart_or_in_another_order_name_nothing() {
        check("a line of yellow in the centre", &[]);
        check("drive up and then on the left", &[]);
        check("left on drive", &[]);
        check("", &[]);
    }

    #[test]
    fn the_longer_name_is_meant() {
        check("a yellow rear plate", &[3]);
        check("a yellow plate", &[2]);
    }
}
