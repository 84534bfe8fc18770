//! Reads country, city and reasons out of whatever a model wrote: JSON, a Python dictionary, lines of `country: [..]`,
//! sentences, in fences or tags or cut off. Reading never fails and never panics; what was odd about the text comes back as
//! problems.

use std::ops::Range;

use super::{
    Answer, Problem,
    conclusion::Firmness,
    draft::{Draft, Key, confidence_in, is_alternative, key_named},
    lines,
    loose::{self, Value},
    names::{self, countries},
    prose,
};
use crate::geo::country_named;

/// The most of a text that is read, in bytes; the answer stands at its end.
const MOST_BYTES: usize = 64 * 1024;

/// What was read out of a model's text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// The answer.
    pub answer: Answer,
    /// What was odd about it.
    pub problems: Vec<Problem>,
    /// Where in the text, in bytes, the name of the country stands that the answer gives as the only one, in whatever form but a
    /// sentence: what else could stand there is what else the model might have answered.
    pub country_at: Option<Range<usize>>,
}

/// The answer in a model's text that has its end, and what was odd about it.
pub fn parse(text: &str) -> (Answer, Vec<Problem>) {
    let Parsed { answer, problems, .. } = parsed(text, true);
    (answer, problems)
}

/// Reads a model's text; one without its end (`is_whole`) names nothing at the place where it breaks off, and nothing at all in
/// sentences, which might have gone on otherwise.
pub fn parsed(text: &str, is_whole: bool) -> Parsed {
    let mut problems = Vec::new();
    let read = end_of(text, &mut problems);
    if read.trim().is_empty() {
        return Parsed { problems: vec![Problem::Empty], ..Parsed::default() };
    }
    let (aloud, is_thinking) = aloud(read);
    let parts = [answer_part(aloud), aloud];
    let structured = parts.iter().find_map(|part| structured(Draft::of(text), part, is_whole));
    let (draft, form) = structured.unwrap_or_else(|| in_sentences(Draft::of(text), parts, is_whole && !is_thinking));
    let Draft { mut answer, mut country_at, .. } = draft;
    if answer.country.is_none() {
        country_behind_city(&mut answer);
    }
    let is_several = answer.country.as_deref().is_some_and(|country| countries(country).len() > 1);
    country_at = country_at.filter(|_| !is_several);
    problems.extend(match form {
        Form::Whole => None,
        Form::Cut => Some(Problem::CutOff),
        Form::Prose => Some(Problem::Prose),
        Form::Described => Some(Problem::Described),
        Form::Undecided => Some(Problem::Undecided),
    });
    problems.extend(is_several.then_some(Problem::Several));
    problems.extend(answer.country.is_none().then_some(Problem::NoCountry));
    problems.extend(answer.city.is_none().then_some(Problem::NoCity));
    problems.extend(answer.reasons.is_empty().then_some(Problem::NoReasons));
    Parsed { answer, problems, country_at }
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
    /// Sentences that name a place only as what the picture shows.
    Described,
    /// Sentences that name countries and conclude on none.
    Undecided,
}

fn end_of<'a>(text: &'a str, problems: &mut Vec<Problem>) -> &'a str {
    if text.len() <= MOST_BYTES {
        return text;
    }
    problems.push(Problem::TooLong);
    &text[text.ceil_char_boundary(text.len() - MOST_BYTES)..]
}

/// What a model says outside of its thoughts, and whether it came to no end of them. What it says in the last `<answer>` it says
/// aloud wherever that stands.
fn aloud(text: &str) -> (&str, bool) {
    let behind = text.rfind("</think>").map_or(0, |at| at + "</think>".len());
    let answer = text.rfind("<answer>");
    match text[behind..].split_once("<think>") {
        Some((before, _)) if answer.is_none_or(|at| at < behind + before.len()) => (before, true),
        None if !text[behind..].trim().is_empty() => (&text[behind..], false),
        _ => (answer.map_or("", |at| &text[at..]), false),
    }
}

/// What stands in the last `<answer>` or box, else everything.
fn answer_part(text: &str) -> &str {
    let inside = |open: &str, close: &str| {
        let inside = &text[text.rfind(open)? + open.len()..];
        Some(inside.split(close).next().unwrap_or(inside)).filter(|inside| !inside.trim().is_empty())
    };
    inside("<answer>", "</answer>").or_else(|| inside("\\boxed{", "}")).unwrap_or(text)
}

fn structured<'t>(draft: Draft<'t>, part: &str, is_whole: bool) -> Option<(Draft<'t>, Form)> {
    let (draft, is_closed) = from_objects(draft.text, part).or_else(|| lines::read(draft, part, is_whole))?;
    Some((draft, if is_closed { Form::Whole } else { Form::Cut }))
}

/// What the sentences of the first part say that names a country.
fn in_sentences<'t>(mut draft: Draft<'t>, parts: [&str; 2], is_whole: bool) -> (Draft<'t>, Form) {
    let mut firmness;
    (draft.answer, firmness) = prose::read(parts[0]);
    if draft.answer.country.is_none() && parts[0] != parts[1] {
        (draft.answer, firmness) = prose::read(parts[1]);
    }
    if !is_whole {
        (draft.answer.country, draft.answer.city) = (None, None);
        return (draft, Form::Cut);
    }
    let is_undecided = draft.answer.country.is_none() && prose::mentions_country(parts[1]);
    let form = match firmness {
        _ if is_undecided => Form::Undecided,
        Firmness::Described => Form::Described,
        Firmness::Mild | Firmness::Firm => Form::Prose,
    };
    (draft, form)
}

/// The last object that names a place; a template that the model echoed with empty fields comes second, and one that has
/// reasons alone last. Of a list it is the one that is called the likeliest, else the first; what the text calls an alternative is none.
fn from_objects<'t>(text: &'t str, part: &str) -> Option<(Draft<'t>, bool)> {
    let mut best: Option<(Draft<'t>, bool)> = None;
    let mut confidence = None;
    for found in loose::objects(part) {
        let mut draft = Draft::of(text);
        let is_known = draft.take_all(&found.fields, part, 0);
        let Some((before, _)) = best.as_ref().filter(|_| is_known) else {
            if is_known {
                confidence = confidence_in(&found.fields);
                best = Some((draft, found.whole));
            }
            continue;
        };
        let is_listed = found.lead.chars().all(|c| c.is_whitespace() || c == ',');
        let is_choice = before.answer.country.is_some() && draft.answer.country.is_some();
        let goes_before = match is_choice {
            true if is_listed => confidence.is_some() && confidence_in(&found.fields) > confidence,
            true if is_alternative(&found.lead) => false,
            _ => draft.told() >= before.told(),
        };
        if goes_before {
            confidence = confidence_in(&found.fields);
            best = Some((draft, found.whole));
        }
    }
    best
}

/// `{'city': 'Lyon, France'}` names a country after all.
fn country_behind_city(answer: &mut Answer) {
    let Some((city, last)) = answer.city.as_deref().and_then(|city| city.rsplit_once(',')) else { return };
    // "Lyon, France or Turin, Italy" leaves the choice.
    if city.contains('/') || city.contains(" or ") {
        return;
    }
    if let (Some(country), Some(city)) = (country_named(last), names::name(city)) {
        answer.country = Some(country.name.clone());
        answer.city = Some(city);
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
