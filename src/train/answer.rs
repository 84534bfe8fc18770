//! What a stage asks of a picture, and the answers that the model is to learn.
//!
//! Answers have the form of GeoReasoner's: a Python dictionary in one line, which `predict::answer` reads back.

use std::fmt::Write as _;

use rand::Rng;

use super::config::Stage;
use crate::{
    dataset::export,
    geo::{self, CountryCode},
    knowledge,
    predict::answer::{Answer, Dictionary, dictionary},
};

/// What is known of a picture, as far as an answer can say it.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// The country's English name.
    pub country: String,
    /// The city, where it is known.
    pub city: Option<String>,
    /// Why it is this place, a sentence each.
    pub reasons: Vec<String>,
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// What is asked, or said.
    pub asked: String,
    /// What is answered.
    pub answer: String,
    /// Whether this answer is learned; one that is not is only read.
    pub is_learned: bool,
}

/// What people say of a place that they think they know; `{}` is a country's name.
const HINTS: [&str; 5] = [
    "It is in {}.",
    "I think this is in {}. Which country and city is it?",
    "It looks like {} to me. Which country and city is it?",
    "Someone told me that this is {}. Which country and city is it?",
    "Could it be {}? Which country and city is it?",
];

/// The conversation that a stage has about a picture. `full` is the question that inference asks of this model. Where the
/// stage leaves anything to chance, `chance` decides it.
pub fn rounds(stage: Stage, full: &str, truth: &Truth, chance: &mut impl Rng) -> Vec<Round> {
    if stage == Stage::Correction {
        let other = one_like(&truth.country, chance);
        return corrected(full, truth, other, chance);
    }
    vec![Round { asked: question(stage, full).to_owned(), answer: answer(stage, truth), is_learned: true }]
}

/// What a stage asks first.
pub fn question(stage: Stage, full: &str) -> &str {
    match stage {
        Stage::Reasoning => export::Stage::Reasoning.question(),
        Stage::Location => export::Stage::Location.question(),
        Stage::Full | Stage::Correction => full,
    }
}

/// What a user says who thinks that the picture was taken in this country.
pub fn hint(country: &str, chance: &mut impl Rng) -> String {
    HINTS[chance.random_range(0..HINTS.len())].replace("{}", country)
}

/// So many of the countries that have the most in common with one are taken for it.
const ALIKE: usize = 8;

/// One picture in so many of the correction stage is not shown. Where every picture is, one that says where it was taken leaves a hint
/// nothing to add, and a model that has not learned yet to listen goes on without (docs/LOG.md, 2026-11-27).
pub const ONE_UNSEEN_IN: u32 = 8;

/// An answer and then a hint, after which country and city are said once more. `other` is a country for which the picture could be
/// taken. Three hints of eight are wrong and follow a right answer, which holds against them; one of six of these names `other`, the
/// rest any country, as somebody does who has not seen the picture. Of the right hints a fifth follow a right answer, and the rest a
/// wrong one, which is read and not learned: it names `other` and has all that a right answer has, so that the picture alone tells it
/// from one. What is learned of a hint that contradicts an answer is thus to look again for which of the two the picture speaks.
/// GaGA's dialogues are of this kind; their shares are not published, so these are this program's own. Were half of the wrong hints
/// to name `other`, as once they did, even an ideal listener would follow a right hint in 44 of 100 wrong answers, and not in 87.
pub fn corrected(full: &str, truth: &Truth, other: CountryCode, chance: &mut impl Rng) -> Vec<Round> {
    let right = Round { asked: full.to_owned(), answer: answer(Stage::Full, truth), is_learned: true };
    let (first, hinted) = match chance.random_range(0..16) {
        0 => (right, name(other)),
        1..=5 => (right, name(any_other(&truth.country, chance))),
        6 | 7 => (right, truth.country.as_str()),
        _ => (wrong(full, truth, other, chance), truth.country.as_str()),
    };
    hinted_after(first, hinted, truth, chance)
}

/// The same about a picture that is not shown: any country is answered, and what the right hint says is all there is to go by.
pub fn corrected_unseen(full: &str, truth: &Truth, chance: &mut impl Rng) -> Vec<Round> {
    let other = any_other(&truth.country, chance);
    let first = wrong(full, truth, other, chance);
    hinted_after(first, &truth.country, truth, chance)
}

/// A wrong answer, which is not learned.
fn wrong(full: &str, truth: &Truth, other: CountryCode, chance: &mut impl Rng) -> Round {
    let answer = answer(Stage::Full, &mistaken(truth, other, chance));
    Round { asked: full.to_owned(), answer, is_learned: false }
}

/// A first answer, a hint of this country, and the truth.
fn hinted_after(first: Round, hinted: &str, truth: &Truth, chance: &mut impl Rng) -> Vec<Round> {
    vec![first, Round { asked: hint(hinted, chance), answer: answer(Stage::Location, truth), is_learned: true }]
}

/// What somebody says who takes a picture's country for another one, for the same reasons.
fn mistaken(truth: &Truth, other: CountryCode, chance: &mut impl Rng) -> Truth {
    let cities = knowledge::cities_of(other);
    let city = truth.city.as_ref().filter(|_| !cities.is_empty());
    let city = city.map(|_| cities[chance.random_range(0..cities.len())].name.clone());
    Truth { country: name(other).to_owned(), city, reasons: truth.reasons.clone() }
}

/// A country that is easily taken for this one; any other, where nothing is known of its streets.
fn one_like(than: &str, chance: &mut impl Rng) -> CountryCode {
    let known = geo::country_named(than).and_then(|country| knowledge::country(country.code));
    match known {
        Some(facts) => knowledge::resembling(facts)[chance.random_range(0..ALIKE)].code,
        None => any_other(than, chance),
    }
}

/// Another country of which there are street views.
fn any_other(than: &str, chance: &mut impl Rng) -> CountryCode {
    let known = knowledge::countries().iter().map(|facts| facts.code);
    let others: Vec<CountryCode> = known.filter(|code| name(*code) != than).collect();
    others[chance.random_range(0..others.len())]
}

fn name(code: CountryCode) -> &'static str {
    geo::country(code).map_or("", |country| country.name.as_str())
}

/// The answer of a stage. An unknown city is an empty text, as in the question's example.
pub(super) fn answer(stage: Stage, truth: &Truth) -> String {
    let mut text = format!("{{'country': {}", quoted(&truth.country));
    // A String takes what is written to it, so these results say nothing.
    if matches!(stage, Stage::Location | Stage::Full | Stage::Correction) {
        let _ = write!(text, ", 'city': {}", quoted(truth.city.as_deref().unwrap_or("")));
    }
    if matches!(stage, Stage::Reasoning | Stage::Full | Stage::Correction) {
        let reasons: Vec<String> = truth.reasons.iter().map(|reason| quoted(reason)).collect();
        let _ = write!(text, ", 'reasons': [{}]", reasons.join(", "));
    }
    text.push('}');
    text
}

/// An answer of a conversation without the reasons that are not to be kept, where it can be written again; the reasons that it had, and
/// those that it has.
pub(super) fn keep_reasons(answered: &mut String, keep: impl Fn(&str) -> bool) -> Option<(usize, usize)> {
    let Dictionary { answer: Answer { country, city, mut reasons }, has_city } = dictionary(answered)?;
    let before = reasons.len();
    reasons.retain(|reason| keep(reason));
    let left = reasons.len();
    if left < before {
        let stage = if has_city { Stage::Full } else { Stage::Reasoning };
        *answered = answer(stage, &Truth { country: country?, city, reasons });
    }
    Some((before, left))
}

/// A text in single quotes. An apostrophe inside stays as it is: a model writes `'Xi'an'` more readily than it changes
/// its quotes for a few names, every name is scored after the same opening, and the reader takes a quote for the end
/// only where the dictionary goes on after it.
fn quoted(text: &str) -> String {
    format!("'{text}'")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::predict::answer::parse;

    fn truth() -> Truth {
        Truth {
            country: "Côte d'Ivoire".to_owned(),
            city: Some("Man".to_owned()),
            reasons: vec!["A sign says \"l'école\".".to_owned(), "The soil is red.".to_owned()],
        }
    }

    #[test]
    fn stages_say_their_part() {
        assert_eq!(answer(Stage::Location, &truth()), "{'country': 'Côte d'Ivoire', 'city': 'Man'}");
        let reasoning = answer(Stage::Reasoning, &Truth { reasons: vec!["Red soil.".to_owned()], ..truth() });
        assert_eq!(reasoning, "{'country': 'Côte d'Ivoire', 'reasons': ['Red soil.']}");
        let nothing = answer(Stage::Full, &Truth { city: None, reasons: Vec::new(), ..truth() });
        assert_eq!(nothing, "{'country': 'Côte d'Ivoire', 'city': '', 'reasons': []}");
    }

    #[test]
    fn the_truth_is_answered_whatever_the_hint_and_wrong_answers_are_not_learned() {
        for truth in [truth(), Truth { country: "Argentina".to_owned(), ..truth() }] {
            let (mut wrong, mut after_wrong) = (0, 0);
            for seed in 0..400 {
                let rounds = rounds(Stage::Correction, "Where?", &truth, &mut ChaCha8Rng::seed_from_u64(seed));
                let [first, last] = &rounds[..] else { panic!("{rounds:?}") };
                assert_eq!((first.asked.as_str(), &last.answer), ("Where?", &answer(Stage::Location, &truth)));
                assert!(last.is_learned);
                assert_eq!(first.is_learned, first.answer == answer(Stage::Full, &truth));
                let is_right = last.asked.contains(&truth.country);
                wrong += usize::from(!is_right);
                after_wrong += usize::from(!first.is_learned);
                assert!(is_right || first.is_learned, "a wrong hint follows a right answer");
            }
            assert!((120..180).contains(&wrong) && (170..230).contains(&after_wrong), "{wrong} {after_wrong}");
        }
    }

    #[test]
    fn of_a_picture_that_is_not_shown_any_country_is_answered_and_the_hint_is_right() {
        let mut answered = std::collections::BTreeSet::new();
        for seed in 0..300 {
            let rounds = corrected_unseen("Where?", &truth(), &mut ChaCha8Rng::seed_from_u64(seed));
            let [first, last] = &rounds[..] else { panic!("{rounds:?}") };
            let (read, _) = parse(&first.answer);
            assert!(!first.is_learned && read.country.as_deref() != Some("Côte d'Ivoire"), "{first:?}");
            assert!(last.is_learned && last.asked.contains("Côte d'Ivoire"), "{last:?}");
            assert_eq!(last.answer, answer(Stage::Location, &truth()));
            answered.extend(read.country);
        }
        assert!(answered.len() > 40, "{answered:?}");
    }

    /// An answer that is wrong and shows it would be told from a right one without a look at the picture.
    #[test]
    fn a_wrong_answer_says_as_much_as_a_right_one() {
        let wrong = |seed, truth: &Truth| {
            let chance = &mut ChaCha8Rng::seed_from_u64(seed);
            corrected("Where?", truth, "MX".parse().unwrap(), chance).swap_remove(0)
        };
        let all: Vec<Round> = (0..400).map(|seed| wrong(seed, &truth())).filter(|first| !first.is_learned).collect();
        let cities = knowledge::cities_of("MX".parse().unwrap());
        let mut named = std::collections::BTreeSet::new();
        for first in &all {
            let (read, _) = parse(&first.answer);
            assert_eq!((read.country.as_deref(), &read.reasons), (Some("Mexico"), &truth().reasons));
            assert!(cities.iter().any(|city| Some(&city.name) == read.city.as_ref()), "{:?}", read.city);
            named.extend(read.city);
        }
        assert!(all.len() > 100 && named.len() > 3, "{} {named:?}", all.len());
        let nowhere =
            (0..400).map(|seed| wrong(seed, &Truth { city: None, ..truth() })).find(|first| !first.is_learned);
        assert!(nowhere.unwrap().answer.contains("'city': ''"));
    }

    #[test]
    fn before_the_model_is_asked_a_country_like_the_true_one_is_the_other() {
        let facts = knowledge::countries().iter().find(|facts| facts.name == "Argentina").unwrap();
        let alike: Vec<CountryCode> = knowledge::resembling(facts)[..ALIKE].iter().map(|facts| facts.code).collect();
        let mut chance = ChaCha8Rng::seed_from_u64(1);
        let drawn: std::collections::BTreeSet<CountryCode> =
            (0..400).map(|_| one_like("Argentina", &mut chance)).collect();
        assert!(drawn.len() == ALIKE && drawn.iter().all(|code| alike.contains(code)), "{drawn:?}");
    }

    #[test]
    fn what_is_learned_is_what_is_read() {
        let (read, problems) = parse(&answer(Stage::Full, &truth()));
        assert_eq!(read.country.as_deref(), Some("Côte d'Ivoire"));
        assert_eq!(read.city.as_deref(), Some("Man"));
        assert_eq!(read.reasons, truth().reasons);
        assert!(problems.is_empty(), "{problems:?}");
    }
}
