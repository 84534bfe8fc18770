//! A hint taken apart: sentences, their segments between commas and conjunctions, and words.

use std::ops::Range;

use crate::geo::fold;

/// What of a hint is read, in bytes; the rest is left.
const MOST_BYTES: usize = 4000;
/// No more sentences than this are read.
const MOST_SENTENCES: usize = 50;
/// Nor more words of one.
const MOST_WORDS: usize = 200;

/// Words that end a segment, besides commas.
const CONJUNCTIONS: [&str; 10] = ["and", "but", "und", "aber", "et", "mais", "y", "pero", "also", "while"];
/// Of these, the ones after which a statement turns round.
const CONTRARY: [&str; 4] = ["but", "aber", "mais", "pero"];

/// A word of a hint.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// Folded; one of several that the user wrote as one.
    pub(super) plain: String,
    /// Where it stands in its sentence's text, in bytes.
    pub(super) at: Range<usize>,
    /// Whether it begins with a capital.
    pub(super) is_capital: bool,
    /// Whether it is all in capitals.
    pub(super) is_upper: bool,
}

/// A sentence of a hint.
#[derive(Debug)]
pub(super) struct Sentence<'a> {
    pub(super) text: &'a str,
    pub(super) words: Vec<Word>,
    /// Whether it ends with a question mark.
    pub(super) is_asked: bool,
    /// For each word, whether a comma stands behind it.
    commas: Vec<bool>,
}

/// A part of a sentence that makes one statement or goes on with the one before.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) words: Vec<Word>,
    /// Which words are understood.
    pub(super) taken: Vec<bool>,
    /// Whether it follows a "but".
    pub(super) is_contrary: bool,
}

/// The sentences of a hint.
pub(super) fn sentences(text: &str) -> Vec<Sentence<'_>> {
    let text = &text[..text.floor_char_boundary(MOST_BYTES)];
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let before = text[start..at].rsplit([' ', '.']).next().unwrap_or_default();
        let is_short = before.chars().count() <= 2 && before.starts_with(char::is_uppercase);
        let is_end = match c {
            '\n' | ';' | '。' | '？' | '！' => true,
            '!' | '?' => text[at + 1..].chars().next().is_none_or(char::is_whitespace),
            '.' => text[at + 1..].chars().next().is_none_or(char::is_whitespace) && !is_short,
            _ => false,
        };
        if is_end {
            found.push(sentence(&text[start..at], matches!(c, '?' | '？')));
            start = at + c.len_utf8();
        }
    }
    found.push(sentence(&text[start..], false));
    found.retain(|sentence| !sentence.words.is_empty());
    found.truncate(MOST_SENTENCES);
    found
}

fn sentence(text: &str, is_asked: bool) -> Sentence<'_> {
    // Before any word is counted from its start.
    let text = text.trim();
    let (mut words, mut commas) = (Vec::new(), Vec::new());
    let mut end = 0;
    for raw in text.split_whitespace().take(MOST_WORDS) {
        let start = end + text[end..].find(raw).unwrap_or(0);
        end = start + raw.len();
        let letters = || raw.chars().filter(|c| c.is_alphabetic());
        let is_upper = letters().count() >= 2 && letters().all(char::is_uppercase);
        let is_capital = letters().next().is_some_and(char::is_uppercase);
        // ">50 km" is said as "over 50 km".
        let folded = fold(&raw.replace(['>', '≥'], " over "));
        for plain in folded.split(' ').filter(|word| !word.is_empty()) {
            words.push(Word { plain: plain.to_owned(), at: start..end, is_capital, is_upper });
            commas.push(false);
        }
        if let (Some(last), true) = (commas.last_mut(), raw.ends_with([',', ':'])) {
            *last = true;
        }
    }
    Sentence { text, words, is_asked, commas }
}

impl Sentence<'_> {
    /// Its segments.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let mut all = vec![Segment { words: Vec::new(), taken: Vec::new(), is_contrary: false }];
        for (word, comma) in self.words.iter().zip(&self.commas) {
            let is_conjunction = CONJUNCTIONS.contains(&word.plain.as_str());
            let is_contrary = CONTRARY.contains(&word.plain.as_str());
            if let (Some(last), false) = (all.last_mut(), is_conjunction) {
                last.words.push(word.clone());
                last.taken.push(false);
            }
            if is_conjunction || *comma {
                all.push(Segment { words: Vec::new(), taken: Vec::new(), is_contrary });
            }
        }
        // "spain, but not portugal": the comma's empty segment goes, its conjunction stays.
        let mut kept: Vec<Segment> = Vec::new();
        let mut is_contrary = false;
        for mut segment in all {
            is_contrary |= segment.is_contrary;
            if !segment.words.is_empty() {
                segment.is_contrary = std::mem::take(&mut is_contrary);
                kept.push(segment);
            }
        }
        kept
    }

    /// Its folded words.
    pub(super) fn plain(&self) -> Vec<&str> {
        self.words.iter().map(|word| word.plain.as_str()).collect()
    }
}

impl Segment {
    /// Its folded words; those that are understood already are empty, so that nothing is found in them again.
    pub(super) fn plain(&self) -> Vec<&str> {
        self.words.iter().zip(&self.taken).map(|(word, taken)| if *taken { "" } else { word.plain.as_str() }).collect()
    }

    /// Marks words as understood.
    pub(super) fn take(&mut self, range: Range<usize>) {
        self.taken[range].fill(true);
    }

    /// What the user wrote in these words.
    pub(super) fn written<'a>(&self, text: &'a str, range: Range<usize>) -> &'a str {
        match self.words.get(range).unwrap_or_default() {
            [] => "",
            [first, .., last] => text.get(first.at.start..last.at.end).unwrap_or_default(),
            [one] => text.get(one.at.clone()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, right: &[&str]) {
        let found: Vec<String> = sentences(text)
            .iter()
            .flat_map(Sentence::segments)
            .map(|segment| segment.plain().join(" ") + if segment.is_contrary { " <but>" } else { "" })
            .collect();
        assert_eq!(found, right, "{text}");
    }

    #[test]
    fn sentences_and_segments() {
        check("Not Russia. They drive on the left!", &["not russia", "they drive on the left"]);
        check("yellow centre line and white edges", &["yellow centre line", "white edges"]);
        check("in Spain, but not in Madrid", &["in spain", "not in madrid <but>"]);
        check("near St. Petersburg, 60.5 north", &["near saint petersburg", "60 5 north"]);
        check("it isn't www.shop.de", &["it isnt www shop de"]);
        check("", &[]);
        check(" . ! ?", &[]);
    }

    #[test]
    fn every_sentence_is_written_as_the_user_wrote_it() {
        for text in ["It was hot. We were near Lyon, France.", "  Not Russia!\n\tWe were near  Lyon ; it was  hot "] {
            for sentence in sentences(text) {
                for segment in sentence.segments() {
                    let words: Vec<String> = segment.words.iter().map(|word| word.plain.clone()).collect();
                    let written = segment.written(sentence.text, 0..words.len());
                    assert_eq!(fold(written), words.join(" "), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_long_hint_is_cut() {
        assert!(
            sentences(&"ä ".repeat(60_000)).iter().map(|sentence| sentence.words.len()).sum::<usize>() <= MOST_WORDS
        );
        assert!(sentences(&"a. b? ".repeat(60_000)).len() <= MOST_SENTENCES);
    }
}
