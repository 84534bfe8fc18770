//! Whether the answers of examples can be learned and read back.

use std::collections::HashMap;

use super::{
    fault::{About, Fault, Report},
    placed::{names_place, texts},
};
use crate::{
    dataset::{Example, Turn},
    geo::{country, country_named},
    predict::answer::{Problem, parse},
    train::{
        answer::{Truth, answer},
        config::Stage,
    },
};

/// Counts the tokens of an answer.
pub type CountTokens<'a> = dyn Fn(&str) -> usize + 'a;

/// Notes what is wrong with the texts of examples: their conversations, or the answers that are made of what is known.
pub(super) fn check(
    examples: &[Example],
    tokens: Option<(&CountTokens<'_>, usize)>,
    (wants_places_named, wants_reasons): (bool, bool),
    report: &mut Report,
) {
    let mut seen: HashMap<(&std::path::Path, &[Turn]), &str> = HashMap::new();
    for (number, example) in examples.iter().enumerate() {
        let mut note = |fault, about| report.note(fault, number, &example.name, about);
        if wants_reasons && gives_no_reasons(example) {
            note(Fault::NoReasons, About::Nothing);
        }
        if let Some(first) = seen.insert((&example.path, &example.turns), &example.name) {
            note(Fault::Twice, About::Like(first.to_owned()));
        }
        if !example.turns.is_empty() {
            read(example, &mut note);
        }
        if let Some((count, most)) = tokens {
            let made = example.turns.is_empty().then(|| made_answer(example)).flatten();
            let answers = example.turns.iter().map(|turn| turn.answered.as_str()).chain(made.as_deref());
            let longest = answers.map(count).max().unwrap_or(0);
            if longest > most {
                note(Fault::LongAnswer, About::Tokens(longest));
            }
        }
        if wants_places_named && texts(example).next().is_some() && !texts(example).any(names_place) {
            note(Fault::NoPlaceNamed, About::Said(texts(example).next().unwrap_or_default().to_owned()));
        }
    }
}

/// Whether an answer that is made of what is known of the example has no reasons to give.
pub fn gives_no_reasons(example: &Example) -> bool {
    example.turns.is_empty() && example.label.told_reasons().is_empty()
}

fn read(example: &Example, note: &mut impl FnMut(Fault, About)) {
    let mut last = None;
    for turn in &example.turns {
        let (answer, problems) = parse(&turn.answered);
        if problems.contains(&Problem::CutOff) {
            note(Fault::CutAnswer, About::Said(shortened(&turn.answered)));
        }
        match answer.country.as_deref().and_then(country_named) {
            Some(country) => last = Some(country.code),
            None => note(Fault::NoAnswer, About::Said(shortened(&turn.answered))),
        }
    }
    if let (Some(said), Some(named)) = (last, example.label.country)
        && said != named
    {
        note(Fault::OtherAnswer, About::Countries { named, lies_in: Some(said) });
    }
}

/// The whole answer that a run would make of what is known.
fn made_answer(example: &Example) -> Option<String> {
    let label = &example.label;
    let country = country(label.country?)?.name.clone();
    Some(answer(Stage::Full, &Truth { country, city: label.city.clone(), reasons: label.told_reasons() }))
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
