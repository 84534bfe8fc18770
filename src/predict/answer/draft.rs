//! An answer while it is put together of fields, in whatever form they were written: what their keys mean, and which of their
//! values are names.

use std::{cmp::Ordering, ops::Range};

use super::{
    Answer,
    loose::{Text, Value},
    names,
    pointed::is_box,
    prose,
};
use crate::geo::fold;

const MOST_REASONS: usize = 50;

/// Answers are looked for in objects within objects so deep.
const DEEPEST: usize = 4;

/// The longest reason that is kept, in characters.
const LONGEST: usize = 1000;

/// An answer while it is put together.
pub(super) struct Draft<'t> {
    /// All that the model wrote.
    pub(super) text: &'t str,
    /// What was read so far.
    pub(super) answer: Answer,
    /// As in `Parsed`.
    pub(super) country_at: Option<Range<usize>>,
}

impl<'t> Draft<'t> {
    /// Nothing yet of this text.
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, answer: Answer::default(), country_at: None }
    }

    /// How much of an answer it is.
    pub(super) fn told(&self) -> usize {
        let Answer { country, city, reasons } = &self.answer;
        usize::from(country.is_some()) * 4 + usize::from(city.is_some()) * 2 + usize::from(!reasons.is_empty())
    }

    /// Puts a field into the answer that was read in `part` of the text; whether its key was known.
    pub(super) fn take(&mut self, key: &str, value: &Value, part: &str, depth: usize) -> bool {
        match (key_named(key), value) {
            (Some(Key::Country), _) => {
                if self.answer.country.is_none() {
                    self.answer.country = joined_names(value);
                    self.country_at = self.only_name(value, part);
                }
            }
            (Some(Key::City), _) => self.answer.city = self.answer.city.take().or_else(|| joined_names(value)),
            (Some(Key::Reasons), _) => add_reasons(&mut self.answer, value),
            (Some(Key::Location), Value::Text(place)) => {
                let (said, _) = prose::read(if place.whole { &place.text } else { "" });
                self.answer.country = self.answer.country.take().or(said.country);
                self.answer.city = self.answer.city.take().or(said.city);
            }
            // An answer wrapped in another object, or in a list of guesses, under whatever name but that of another answer.
            (_, value) if depth < DEEPEST && !is_alternative(key) => {
                let Some(fields) = likeliest(value) else { return false };
                let mut inner = Draft::of(self.text);
                let is_known = inner.take_all(fields, part, depth + 1);
                self.join(inner);
                return is_known;
            }
            _ => return false,
        }
        true
    }

    /// Puts in the fields of an object, of guesses among them the likeliest first; whether any of the keys was known.
    pub(super) fn take_all(&mut self, fields: &[(String, Value)], part: &str, depth: usize) -> bool {
        let mut fields: Vec<&(String, Value)> = fields.iter().collect();
        let rank = |value: &Value| match value {
            Value::Object(fields) => confidence_in(fields).unwrap_or(f64::NEG_INFINITY),
            Value::Text(_) | Value::List(_) => f64::INFINITY,
        };
        fields.sort_by(|(_, a), (_, b)| rank(b).total_cmp(&rank(a)));
        fields.into_iter().fold(false, |known, (key, value)| self.take(key, value, part, depth) || known)
    }

    /// Adds what another draft of the same text says, where that is no other answer.
    fn join(&mut self, other: Self) {
        if self.answer.country.is_some() && other.answer.country.is_some() {
            return;
        }
        if other.answer.country.is_some() {
            (self.answer.country, self.country_at) = (other.answer.country, other.country_at);
        }
        self.answer.city = self.answer.city.take().or(other.answer.city);
        self.answer.reasons.extend(other.answer.reasons);
    }

    /// Where in the text the only name stands that a value of `part` gives.
    fn only_name(&self, value: &Value, part: &str) -> Option<Range<usize>> {
        let [text] = whole_texts(value)[..] else { return None };
        let byte = |at: usize| part.char_indices().nth(at).map_or(part.len(), |(byte, _)| byte);
        let name = names::only(&part[byte(text.at.start)..byte(text.at.end)])?;
        let start = offset(self.text, name);
        Some(start..start + name.len())
    }
}

/// An object's fields, or of a list of objects those of the likeliest, else of the first.
fn likeliest(value: &Value) -> Option<&[(String, Value)]> {
    match value {
        Value::Text(_) => None,
        Value::Object(fields) => Some(fields),
        Value::List(items) => {
            let objects = items.iter().rev().filter_map(|item| match item {
                Value::Object(fields) => Some(fields.as_slice()),
                Value::Text(_) | Value::List(_) => None,
            });
            objects.max_by(|a, b| confidence_in(a).partial_cmp(&confidence_in(b)).unwrap_or(Ordering::Equal))
        }
    }
}

/// How sure a model says that it is of an answer, in whatever numbers.
pub(super) fn confidence_in(fields: &[(String, Value)]) -> Option<f64> {
    let is_said = |key: &str| matches!(fold(key).as_str(), "probability" | "confidence" | "likelihood" | "score");
    fields.iter().find_map(|(key, value)| match value {
        Value::Text(number) if is_said(key) => number.text.trim().trim_end_matches(['%', ' ']).parse().ok(),
        _ => None,
    })
}

/// Where a part of a text begins in it, in bytes.
pub(super) fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// What a key means, by its folded name.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Key {
    /// The country alone.
    Country,
    /// The town alone.
    City,
    /// Why it is that place.
    Reasons,
    /// City and country together.
    Location,
}

/// The meaning of a key that is known.
pub(super) fn key_named(key: &str) -> Option<Key> {
    Some(match fold(key).as_str() {
        "country" | "nation" | "country name" | "predicted country" | "country region" | "pays" | "land" | "pais"
        | "国家" => Key::Country,
        "city" | "town" | "city name" | "predicted city" | "city town" | "locality" | "municipality" | "village"
        | "ville" | "ciudad" | "stadt" | "城市" => Key::City,
        "reasons"
        | "reason"
        | "reasoning"
        | "explanation"
        | "explanations"
        | "rationale"
        | "justification"
        | "evidence"
        | "clues"
        | "possible explanations"
        | "most important reason"
        | "because"
        | "razones"
        | "raisons"
        | "grunde"
        | "gruende"
        | "begrundung"
        | "理由" => Key::Reasons,
        "location" | "place" | "predicted location" | "final answer" => Key::Location,
        _ => return None,
    })
}

/// The names in a value, "or" between them: who lists several has not chosen.
fn joined_names(value: &Value) -> Option<String> {
    let names: Vec<String> = whole_texts(value).iter().filter_map(|text| names::name(&text.text)).collect();
    (!names.is_empty()).then(|| names.join(" or "))
}

/// The texts of a value that have their end; of an object the first that says something.
fn whole_texts(value: &Value) -> Vec<&Text> {
    match value {
        Value::Text(text) => Vec::from_iter(text.whole.then_some(text)),
        Value::List(items) => items.iter().flat_map(whole_texts).collect(),
        Value::Object(fields) => {
            let says = |texts: &Vec<&Text>| texts.iter().any(|text| names::name(&text.text).is_some());
            fields.iter().map(|(_, value)| whole_texts(value)).find(says).unwrap_or_default()
        }
    }
}

/// Whether words say that what follows them is not the answer but another one.
pub(super) fn is_alternative(words: &str) -> bool {
    let words = fold(words);
    let has = |some: &[&str]| some.iter().any(|part| words.contains(part));
    has(&["alternativ", "other", "also", "could be", "might be", "less likely", "runner up"])
        && !has(&["final", "correct", "conclu", "best"])
}

/// Adds what a value gives of reasons, a line each.
pub(super) fn add_reasons(answer: &mut Answer, value: &Value) {
    match value {
        Value::Text(text) => {
            let lines = text.text.lines().filter_map(reason).take(MOST_REASONS.saturating_sub(answer.reasons.len()));
            answer.reasons.extend(lines);
        }
        Value::List(items) => items.iter().for_each(|item| add_reasons(answer, item)),
        Value::Object(fields) => {
            let texts = fields.iter().filter(|(key, _)| !is_box(key));
            texts.for_each(|(_, value)| add_reasons(answer, value));
        }
    }
}

/// A reason without its bullet or number.
fn reason(line: &str) -> Option<String> {
    let line = line.trim().trim_start_matches(['-', '*', '•', '>', '#', ' ']);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let line = match line[digits..].strip_prefix(['.', ')']) {
        Some(rest) if (1..=2).contains(&digits) && !rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => line,
    };
    let line: String = line.trim_matches(|c: char| c.is_whitespace() || c == '*').chars().take(LONGEST).collect();
    line.chars().any(char::is_alphanumeric).then_some(line)
}
