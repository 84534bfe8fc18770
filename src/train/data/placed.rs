//! Which clue texts name a place. GeoReasoner's clues were cleaned so: a text in which a recogniser of names found no
//! place was dropped, since nothing can be learned from it of any place. Here the gazetteer, the names of countries and
//! their peoples, and those of parts of the world stand in for the recogniser.

use std::{collections::HashSet, sync::LazyLock};

use crate::{
    dataset::Example,
    geo::{country_called, fold, places_called},
    knowledge::world_region,
    signs::is_ambiguous,
    train::answer::keep_reasons,
};

/// No name has more words.
const LONGEST: usize = 5;

/// A town's name has so many letters.
const LEAST_LETTERS: usize = 4;

/// A town whose name is a word or a person's too is meant from so many people on.
const KNOWN_PEOPLE: u32 = 500_000;

/// Countries that are called by their first letters.
const ABBREVIATIONS: &[&str] = &["US", "USA", "UK", "UAE"];

/// Names of peoples and their languages, folded.
static PEOPLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("../../../assets/knowledge/peoples.txt").lines().filter(|line| !line.starts_with('#')).collect()
});

/// What cleaning did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Texts that there were.
    pub texts: usize,
    /// Texts that name a place and were kept.
    pub kept: usize,
    /// Examples that had texts and have none left, and were dropped.
    pub dropped: usize,
}

/// Drops texts that name no place, and the examples that have no other.
pub fn keep_placed(examples: &mut Vec<Example>) -> Cleaned {
    let mut cleaned = Cleaned::default();
    examples.retain_mut(|example| {
        let (before, left) = if example.turns.is_empty() { clean_label(example) } else { clean_turns(example) };
        cleaned.texts += before;
        cleaned.kept += left;
        let is_kept = left > 0 || before == 0;
        cleaned.dropped += usize::from(!is_kept);
        is_kept
    });
    cleaned
}

/// Cleans what is known of an example; the texts that there were, and those that are left.
fn clean_label(example: &mut Example) -> (usize, usize) {
    let before = texts(example).count();
    example.label.reasons.retain(|reason| names_place(reason));
    example.label.clues.retain(|clue| clue.as_str().is_none_or(names_place));
    (before, texts(example).count())
}

/// Cleans the answers of a conversation, which is what is learned of it. One that is left without a reason goes with its question;
/// one in prose cannot be taken apart: a conversation of such stays as it is if any of its texts names a place.
fn clean_turns(example: &mut Example) -> (usize, usize) {
    let whole = clean_label(&mut example.clone());
    let (mut before, mut left) = (0, 0);
    example.turns.retain_mut(|turn| {
        let (had, has) = keep_reasons(&mut turn.answered, names_place).unwrap_or_default();
        (before, left) = (before + had, left + has);
        had == 0 || has > 0
    });
    match (before, whole) {
        (0, (_, 0)) => whole,
        (0, (texts, _)) => (texts, texts),
        _ => {
            clean_label(example);
            (before, left)
        }
    }
}

/// The texts that say why it is this place.
pub(super) fn texts(example: &Example) -> impl Iterator<Item = &str> {
    let clues = example.label.clues.iter().filter_map(serde_json::Value::as_str);
    example.label.reasons.iter().map(String::as_str).chain(clues)
}

/// Whether a text names a place: a country or its people, a part of the world, or a town whose name is no word besides.
pub fn names_place(text: &str) -> bool {
    text.split(['.', '!', '?', ';', '\n']).any(|sentence| {
        let words: Vec<&str> = sentence
            .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '-')))
            .filter(|word| !word.is_empty())
            .collect();
        (0..words.len()).any(|at| begins_name(&words, at))
    })
}

fn begins_name(words: &[&str], at: usize) -> bool {
    // Scripts without capitals write names as they write words.
    if words[at].starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit()) {
        return false;
    }
    let most = LONGEST.min(words.len() - at);
    (1..=most).any(|length| {
        let name = words[at..at + length].join(" ");
        let name = name.strip_suffix("'s").or_else(|| name.strip_suffix("’s")).unwrap_or(&name);
        is_land(name) || is_town(name, length, at == 0)
    })
}

fn is_land(name: &str) -> bool {
    let is_called =
        || country_called(name).is_some() || world_region(name).is_some() || PEOPLES.contains(fold(name).as_str());
    // "us" is no country, and few of the two-letter codes are spoken.
    if name.len() <= 3 { ABBREVIATIONS.contains(&name) } else { is_called() }
}

fn is_town(name: &str, n_words: usize, is_first: bool) -> bool {
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    if letters < LEAST_LETTERS && name.is_ascii() {
        return false;
    }
    let people = places_called(name).iter().map(|town| town.population).max();
    // The first word of a sentence has a capital whatever it is.
    match n_words {
        _ if is_ambiguous(name) => !is_first && people >= Some(KNOWN_PEOPLE),
        1 => people > Some(0),
        _ => people.is_some(),
    }
}
