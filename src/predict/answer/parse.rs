//! Reads country, city and reasons out of whatever a model wrote: JSON, a Python dictionary, lines of `country: [..]`,
//! sentences, in fences or tags or cut off. Reading never fails and never panics; what was odd about the text comes back as
//! problems.

use super::{
    Answer, Problem,
    loose::{self, Value},
    pointed::is_box,
    prose,
};
use crate::geo::{country_named, fold};

/// The most of a text that is read, in bytes; the answer stands at its end.
const MOST_BYTES: usize = 64 * 1024;

const MOST_REASONS: usize = 50;

/// The longest country, city or reason that is kept, in characters.
const LONGEST: usize = 1000;

/// The answer in a model's text, and what was odd about it.
pub fn parse(text: &str) -> (Answer, Vec<Problem>) {
    let mut problems = Vec::new();
    let text = end_of(text, &mut problems);
    if text.trim().is_empty() {
        return (Answer::default(), vec![Problem::Empty]);
    }
    let part = answer_part(text);
    let (mut answer, form) = structured(part).or_else(|| structured(text)).unwrap_or_else(|| {
        let said = prose::read(part);
        (if said.country.is_some() { said } else { prose::read(text) }, Form::Prose)
    });
    if answer.country.is_none() {
        country_behind_city(&mut answer);
    }
    problems.extend(match form {
        Form::Whole => None,
        Form::Cut => Some(Problem::CutOff),
        Form::Prose => Some(Problem::Prose),
    });
    problems.extend(answer.country.is_none().then_some(Problem::NoCountry));
    problems.extend(answer.city.is_none().then_some(Problem::NoCity));
    problems.extend(answer.reasons.is_empty().then_some(Problem::NoReasons));
    (answer, problems)
}

/// An answer in the form that is asked for, which can be written again from what was read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dictionary {
    /// What it says.
    pub answer: Answer,
    /// Whether it has a place for the city, be it empty.
    pub has_city: bool,
}

/// The answer in a text that is one whole dictionary of country, city and reasons and nothing besides; none in any other text.
pub fn dictionary(text: &str) -> Option<Dictionary> {
    let text = text.trim();
    let (answer, problems) = parse(text);
    let found = loose::objects(text);
    let [object] = &found[..] else { return None };
    let keys: Option<Vec<Key>> = object.fields.iter().map(|(key, _)| key_named(key)).collect();
    let keys = keys?;
    let is_alone =
        text.starts_with('{') && text.ends_with('}') && object.whole && !problems.contains(&Problem::TooLong);
    // A reason that is an object may say more than its text, such as where it is seen.
    let has_objects = object.fields.iter().any(|(_, value)| holds_object(value));
    let is_plain = !keys.contains(&Key::Location) && !has_objects && answer.country.is_some();
    (is_alone && is_plain).then(|| Dictionary { answer, has_city: keys.contains(&Key::City) })
}

fn holds_object(value: &Value) -> bool {
    match value {
        Value::Text(_) => false,
        Value::List(items) => items.iter().any(holds_object),
        Value::Object(_) => true,
    }
}

enum Form {
    Whole,
    Cut,
    Prose,
}

fn end_of<'a>(text: &'a str, problems: &mut Vec<Problem>) -> &'a str {
    if text.len() <= MOST_BYTES {
        return text;
    }
    problems.push(Problem::TooLong);
    &text[text.ceil_char_boundary(text.len() - MOST_BYTES)..]
}

/// What stands in the last `<answer>`, else behind the last `</think>`, else everything. A thought that never ends is the
/// text as well: nothing better was said.
fn answer_part(text: &str) -> &str {
    let after = |tag: &str| text.rfind(tag).map(|at| &text[at + tag.len()..]);
    let part = match after("<answer>") {
        Some(inside) => inside.split("</answer>").next().unwrap_or(inside),
        None => after("</think>").unwrap_or(text),
    };
    if part.trim().is_empty() { text } else { part }
}

fn structured(text: &str) -> Option<(Answer, Form)> {
    from_objects(text).or_else(|| from_lines(text))
}

/// The last object that names a place; a template that the model echoed with empty fields comes second, and one that has
/// reasons alone last.
fn from_objects(text: &str) -> Option<(Answer, Form)> {
    let mut best: Option<(usize, Answer, Form)> = None;
    for found in loose::objects(text) {
        let mut answer = Answer::default();
        let mut known = false;
        for (key, value) in &found.fields {
            known |= take(&mut answer, key, value, 0);
        }
        let told = usize::from(answer.country.is_some()) * 4
            + usize::from(answer.city.is_some()) * 2
            + usize::from(!answer.reasons.is_empty());
        if known && best.as_ref().is_none_or(|(least, _, _)| told >= *least) {
            best = Some((told, answer, if found.whole { Form::Whole } else { Form::Cut }));
        }
    }
    best.map(|(_, answer, form)| (answer, form))
}

/// What a key means, by its folded name.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    Country,
    City,
    Reasons,
    /// City and country together.
    Location,
}

fn key_named(key: &str) -> Option<Key> {
    Some(match fold(key).as_str() {
        "country" | "nation" | "country name" | "predicted country" | "country region" | "pays" | "land" | "pais" => {
            Key::Country
        }
        "city" | "town" | "city name" | "predicted city" | "city town" | "locality" | "municipality" | "village"
        | "ville" | "ciudad" | "stadt" => Key::City,
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
        | "because" => Key::Reasons,
        "location" | "place" | "predicted location" | "final answer" => Key::Location,
        _ => return None,
    })
}

/// Puts a field into the answer; whether its key was known.
fn take(answer: &mut Answer, key: &str, value: &Value, depth: usize) -> bool {
    match (key_named(key), value) {
        (Some(Key::Country), _) => answer.country = answer.country.take().or_else(|| first_name(value)),
        (Some(Key::City), _) => answer.city = answer.city.take().or_else(|| first_name(value)),
        (Some(Key::Reasons), _) => add_reasons(answer, value),
        (Some(Key::Location), Value::Text(place)) => {
            let said = prose::read(place);
            answer.country = answer.country.take().or(said.country);
            answer.city = answer.city.take().or(said.city);
        }
        // An answer wrapped in another object, under whatever name.
        (_, Value::Object(fields)) if depth < 4 => {
            return fields.iter().fold(false, |known, (key, value)| take(answer, key, value, depth + 1) || known);
        }
        _ => return false,
    }
    true
}

fn first_name(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => name(text),
        Value::List(items) => items.iter().find_map(first_name),
        Value::Object(fields) => fields.iter().find_map(|(_, value)| first_name(value)),
    }
}

/// A name without the quotes, brackets and stars around it; none for the many ways of saying "I do not know".
fn name(text: &str) -> Option<String> {
    let around = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']' | '*' | '`' | '<' | '>' | '_' | ',' | ';' | ':')
    };
    let text: String = text.trim_matches(around).chars().take(LONGEST).collect();
    let text = text.strip_suffix('.').filter(|rest| !rest.contains('.')).unwrap_or(&text).trim();
    let key = fold(text);
    let unknown = matches!(
        key.as_str(),
        "" | "unknown"
            | "n a"
            | "na"
            | "none"
            | "null"
            | "nil"
            | "unsure"
            | "not sure"
            | "uncertain"
            | "unidentified"
            | "undetermined"
            | "not specified"
            | "unspecified"
            | "cannot be determined"
            | "not determined"
            | "city"
            | "country"
            | "city name"
            | "country name"
    );
    (!unknown).then(|| text.to_owned())
}

fn add_reasons(answer: &mut Answer, value: &Value) {
    match value {
        Value::Text(text) => {
            let lines = text.lines().filter_map(reason).take(MOST_REASONS.saturating_sub(answer.reasons.len()));
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

/// Lines such as `country: [France]` or `**City:** Lyon`, reasons also as bullets below their key.
fn from_lines(text: &str) -> Option<(Answer, Form)> {
    let mut answer = Answer::default();
    let mut open = None;
    let mut whole = true;
    for line in text.lines() {
        let bare = line
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '*' | '#' | '>' | '•' | '"' | '\''));
        let split = bare.split_once([':', '：', '=']).and_then(|(key, rest)| Some((key_named(key)?, key, rest)));
        match split {
            Some((kind, key, rest)) => {
                open = Some(kind);
                let rest = rest.trim_matches(|c: char| c.is_whitespace() || c == '*');
                if rest.starts_with('[') {
                    let (value, ended) = loose::value(rest);
                    whole &= ended;
                    take(&mut answer, key, &value, 0);
                } else if !rest.is_empty() {
                    take(&mut answer, key, &Value::Text(unquoted(rest).to_owned()), 0);
                }
            }
            None if open == Some(Key::Reasons) && !bare.starts_with("```") => {
                add_reasons(&mut answer, &Value::Text(bare.to_owned()));
            }
            None => {}
        }
    }
    let names_place = answer.country.is_some() || answer.city.is_some();
    names_place.then_some((answer, if whole { Form::Whole } else { Form::Cut }))
}

fn unquoted(text: &str) -> &str {
    let text = text.trim_end_matches(',');
    let inside = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

/// `{'city': 'Lyon, France'}` names a country after all.
fn country_behind_city(answer: &mut Answer) {
    let Some((city, last)) = answer.city.as_deref().and_then(|city| city.rsplit_once(',')) else { return };
    if let (Some(country), Some(city)) = (country_named(last), name(city)) {
        answer.country = Some(country.name.clone());
        answer.city = Some(city);
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
