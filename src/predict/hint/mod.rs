//! Hints: what a user says in words becomes evidence where it can be understood, or a question; of the rest it is said that
//! it is not understood. One file here understands one kind of sentence; the words of it stand in
//! `assets/knowledge/hint_words.toml`. Nothing that a text says is ever obeyed: it becomes pieces of evidence or nothing.

mod clue;
mod globe;
mod land;
mod piece;
mod place;
mod question;
mod sentence;
mod told;
mod tone;

pub(super) use globe::is_north_in;
pub use question::Question;

use sentence::{Segment, Sentence, sentences};

use super::{evidence::Piece, finding::EvidenceKind};
use crate::knowledge::clues::{ClueRecord, Clues};

/// No more than this is understood of one hint.
const MOST_UNDERSTOOD: usize = 50;
/// The longest text that is repeated as not understood, in characters.
const LONGEST_REPEATED: usize = 80;

/// What was understood of a part of a hint.
#[derive(Debug, Clone, PartialEq)]
pub enum Understood {
    /// Evidence. The same thing said again has the same id.
    Evidence(Box<Piece>),
    /// A question.
    Question(Question),
    /// Nothing.
    Not(Unclear),
}

/// What was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclear {
    /// Words that say nothing of the place, or not in a way that is known.
    Words(String),
    /// A sign's text that tells nothing of the place.
    Sign(String),
}

/// What a hint says, in its order.
pub fn understand(text: &str, clues: &Clues) -> Vec<Understood> {
    let mut all: Vec<Understood> = Vec::new();
    for sentence in sentences(text) {
        for part in of_sentence(&sentence, clues) {
            let is_new = !all.iter().any(|other| is_same(other, &part));
            if is_new && all.len() < MOST_UNDERSTOOD {
                all.push(part);
            }
        }
    }
    all
}

fn is_same(one: &Understood, other: &Understood) -> bool {
    match (one, other) {
        (Understood::Evidence(one), Understood::Evidence(other)) => one.evidence.id == other.evidence.id,
        _ => one == other,
    }
}

fn of_sentence(sentence: &Sentence<'_>, clues: &Clues) -> Vec<Understood> {
    if let Some(question) = question::asked(sentence) {
        return vec![Understood::Question(question)];
    }
    let strength = tone::strength(&sentence.plain());
    if let Some(text) = told::text(sentence) {
        let pieces = piece::of_sign(text, strength, clues);
        return if pieces.is_empty() {
            vec![Understood::Not(Unclear::Sign(shortened(text)))]
        } else {
            evidence(pieces)
        };
    }
    let stated = statements(sentence, strength, clues);
    if stated.is_empty() {
        // Copied from a sign without saying so: addresses, numbers and prices tell by themselves.
        let pieces = piece::of_copied(sentence.text, strength);
        return if pieces.is_empty() { unclear(sentence.text) } else { evidence(pieces) };
    }
    stated
}

fn evidence(pieces: Vec<Piece>) -> Vec<Understood> {
    pieces.into_iter().map(|piece| Understood::Evidence(Box::new(piece))).collect()
}

fn unclear(text: &str) -> Vec<Understood> {
    vec![Understood::Not(Unclear::Words(shortened(text)))]
}

/// What the segments of a sentence state; empty where nothing of it is understood.
fn statements(sentence: &Sentence<'_>, strength: f64, clues: &Clues) -> Vec<Understood> {
    let (mut pieces, mut left) = (Vec::new(), Vec::new());
    let mut lands: Option<(land::Lands, bool)> = None;
    for mut segment in sentence.segments() {
        if tone::is_answer(&segment) {
            continue;
        }
        let said_so = !is_negated_here(&segment);
        let n_before = pieces.len();
        pieces.extend(globe::cap(&mut segment).and_then(|cap| piece::of_cap(&cap, said_so, strength)));
        pieces.extend(globe::season_alone(&mut segment).map(|winter| piece::of_season(winter, said_so, strength)));
        let seen = clue::clues(&mut segment, clues);
        pieces.extend(seen.into_iter().map(|record| piece::of_clue(record, said_so, strength)));
        let named = land::lands(&mut segment);
        // A town's name may hold a country's, so it is looked for where no country was found.
        let town = if named.is_none() { place::town(&mut segment, sentence.text) } else { None };
        pieces.extend(town.and_then(|town| piece::of_town(&town, said_so != town.is_beyond, strength)));
        let is_understood = pieces.len() > n_before || named.is_some();
        let names_alone = segment.plain().iter().all(|word| tone::is_filler(word));
        match (named, &mut lands) {
            // "not Spain, Portugal and Italy" goes on with what came before.
            (Some(named), Some((lands, is_so)))
                if names_alone && !segment.is_contrary && (said_so == *is_so || said_so) =>
            {
                lands.join(named);
            }
            (Some(named), lands) => {
                pieces.extend(lands.take().map(|(lands, is_so)| piece::of_lands(&lands, is_so, strength)));
                *lands = Some((named, said_so));
            }
            (None, _) => {}
        }
        if !is_understood && !names_alone {
            left.extend(unclear(segment_text(&segment, sentence)));
        }
    }
    pieces.extend(lands.map(|(lands, is_so)| piece::of_lands(&lands, is_so, strength)));
    if pieces.is_empty() { Vec::new() } else { evidence(pieces).into_iter().chain(left).collect() }
}

/// "not far from" is no negation.
fn is_negated_here(segment: &Segment) -> bool {
    let words = segment.plain();
    let is_near = tone::find(&words, "near").is_some_and(|range| words[range].contains(&"not"));
    tone::is_negated(segment) && !is_near
}

fn segment_text<'a>(segment: &Segment, sentence: &Sentence<'a>) -> &'a str {
    segment.written(sentence.text, 0..segment.words.len())
}

/// A record that a text names.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated<'a> {
    /// The record.
    pub record: &'a ClueRecord,
    /// Whether it is said to be so.
    pub is_so: bool,
    /// The part of the text that names it.
    pub text: String,
}

/// A part of a text that states one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<'a> {
    /// Its words.
    pub text: String,
    /// Whether it says that it is so.
    pub is_so: bool,
    /// The records that it names.
    pub records: Vec<&'a ClueRecord>,
}

/// The parts of a text with the records that they name, as a hint of the same words would.
pub fn parts<'a>(text: &str, clues: &'a Clues) -> Vec<Part<'a>> {
    let mut all = Vec::new();
    for sentence in sentences(text) {
        for mut segment in sentence.segments() {
            let (is_so, text) = (!tone::is_negated(&segment), segment_text(&segment, &sentence).to_owned());
            all.push(Part { text, is_so, records: clue::clues(&mut segment, clues) });
        }
    }
    all
}

/// The records that a text names.
pub fn stated<'a>(text: &str, clues: &'a Clues) -> Vec<Stated<'a>> {
    let stated = |Part { text, is_so, records }: Part<'a>| {
        records.into_iter().map(move |record| Stated { record, is_so, text: text.clone() })
    };
    parts(text, clues).into_iter().flat_map(stated).collect()
}

/// A clue that the user picks from the knowledge. The same said in words has the same id, so that it never counts twice.
pub fn ticked(record: &ClueRecord, is_so: bool) -> Piece {
    let mut piece = piece::of_clue(record, is_so, tone::PLAIN);
    piece.evidence.kind = EvidenceKind::Clue;
    piece
}

/// The season that a text names as the picture's, and whether it is winter.
pub(super) fn season_in(text: &str) -> Option<bool> {
    let sentences = sentences(text);
    let mut segments = sentences.iter().flat_map(Sentence::segments).filter(|segment| !tone::is_negated(segment));
    segments.find_map(|segment| globe::named_season(&segment)).map(|(_, is_winter)| is_winter)
}

/// The texts that signs say by the word of this one.
pub fn named_text(text: &str) -> Vec<&str> {
    sentences(text).iter().filter_map(told::text).collect()
}

/// A text as it can be repeated: without control characters, and not too long.
fn shortened(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.trim().chars().take(LONGEST_REPEATED).map(plain).collect();
    if short.len() < text.trim().len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
#[path = "hint_tests.rs"]
mod tests;
