//! A sentence as words, and where in it countries stand.

use crate::geo::{Country, country_called};

/// The longest country name in words ("South Georgia and the South Sandwich Islands").
const LONGEST_NAME: usize = 7;

/// A word without the punctuation around it.
pub(super) struct Word<'a> {
    /// As it is written, without a possessive's end.
    pub(super) text: &'a str,
    /// In small letters.
    pub(super) low: String,
    /// Whether it begins as a name does.
    pub(super) capital: bool,
    /// A comma or other stop stands behind it, so that no name goes on past it.
    pub(super) stop: bool,
    /// The stop is a comma.
    pub(super) comma: bool,
    /// The stop is a colon.
    pub(super) colon: bool,
    /// The stop is a question mark.
    pub(super) question: bool,
}

/// The name of a country in a sentence.
#[derive(Clone, Copy)]
pub(super) struct Name {
    /// Its first word.
    pub(super) start: usize,
    /// The word behind its last one.
    pub(super) end: usize,
    /// The country.
    pub(super) country: &'static Country,
}

/// The sentences of a text.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['\n', '!', '?', '。']).flat_map(split_at_stops).filter(|sentence| !sentence.trim().is_empty())
}

/// A full stop ends a sentence only before a space, and not behind "St." or "U.S.".
fn split_at_stops(line: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let (mut start, mut word) = (0, 0);
    for (at, _) in line.match_indices(' ') {
        let is_abbreviation = |stopped: &str| {
            matches!(stopped, "St" | "Ste" | "Mt" | "Ft" | "Dr" | "Mr" | "No")
                || stopped.rsplit('.').next().is_some_and(|last| last.len() == 1)
        };
        if line[word..at].strip_suffix('.').is_some_and(|stopped| !is_abbreviation(stopped)) {
            sentences.push(&line[start..=at]);
            start = at + 1;
        }
        word = at + 1;
    }
    sentences.push(&line[start..]);
    sentences
}

/// The words of a sentence.
pub(super) fn words(sentence: &str) -> Vec<Word<'_>> {
    let outside = |c: char| !c.is_alphanumeric();
    sentence
        .split_whitespace()
        .filter_map(|raw| {
            let inner = raw.trim_matches(outside);
            let text = inner.strip_suffix("'s").or_else(|| inner.strip_suffix("’s")).unwrap_or(inner);
            let behind = raw.trim_end_matches(['*', '_', '"', '\'']).chars().next_back()?;
            (!text.is_empty()).then(|| Word {
                text,
                low: inner.to_lowercase().replace('’', "'"),
                capital: text
                    .chars()
                    .next()
                    .is_some_and(|c| c.is_uppercase() || (c.is_alphabetic() && !c.is_lowercase())),
                stop: matches!(behind, ',' | ';' | ':' | '!' | '?' | ')'),
                comma: behind == ',',
                colon: behind == ':',
                question: behind == '?',
            })
        })
        .collect()
}

/// Where country names stand; longer names before shorter ones.
pub(super) fn countries_in(words: &[Word<'_>]) -> Vec<Name> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < words.len() {
        let hit = if words[start].capital {
            (1..=LONGEST_NAME.min(words.len() - start))
                .rev()
                .find_map(|n| Some((start + n, country_in(&words[start..start + n])?)))
        } else {
            None
        };
        match hit {
            Some((end, country)) => {
                found.push(Name { start, end, country });
                start = end;
            }
            None => start += 1,
        }
    }
    found
}

fn country_in(words: &[Word<'_>]) -> Option<&'static Country> {
    let (last, before) = words.split_last()?;
    if before.iter().any(|word| word.stop) || !last.capital {
        return None;
    }
    if before.is_empty() && last.text.len() < 4 && !last.text.chars().all(char::is_uppercase) && last.text.is_ascii() {
        return None; // "Us" and "Lao" are hardly ever the country
    }
    if before.is_empty() && last.text == "US" {
        return country_called("USA");
    }
    country_called(&joined(words))
}

/// Where the name begins whose last word this is.
pub(super) fn phrase_start(words: &[Word<'_>], last: usize) -> usize {
    let mut start = last;
    while start > 0 && last - start < 4 && part_of_name(&words[start - 1]) && !words[start - 1].stop {
        start -= 1;
    }
    while start < last && !words[start].capital {
        start += 1;
    }
    start
}

/// The last word of the name that begins here.
pub(super) fn phrase_end(words: &[Word<'_>], first: usize) -> usize {
    let mut end = first;
    while end + 1 < words.len() && end - first < 4 && !words[end].stop && part_of_name(&words[end + 1]) {
        end += 1;
    }
    while end > first && !words[end].capital {
        end -= 1;
    }
    end
}

/// Small words, which are no part of a name even where all is written in capitals.
pub(super) const SMALL: [&str; 24] = [
    "a", "an", "and", "answer", "at", "based", "by", "either", "for", "from", "i", "in", "is", "it", "most", "my",
    "not", "of", "or", "so", "the", "this", "unlike", "was",
];

/// Words that say how sure somebody is.
const SURENESS: [&str; 8] =
    ["certainly", "clearly", "definitely", "likely", "maybe", "perhaps", "possibly", "probably"];

/// Whether a word may be one of a name's.
pub(super) fn part_of_name(word: &Word<'_>) -> bool {
    const WITHIN: [&str; 12] = ["de", "la", "del", "do", "da", "di", "am", "an", "der", "sur", "upon", "le"];
    let low = word.low.as_str();
    (word.capital && !SMALL.contains(&low) && !SURENESS.contains(&low)) || WITHIN.contains(&low)
}

/// Words with single spaces between them.
pub(super) fn joined(words: &[Word<'_>]) -> String {
    words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
}
