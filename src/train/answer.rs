//! What a stage asks of a picture, and the answers that the model is to learn.
//!
//! Answers have the form of GeoReasoner's: a Python dictionary in one line, which `predict::answer` reads back.

use std::fmt::Write as _;

use rand::Rng;

use super::config::Stage;
use crate::{
    dataset::Turn,
    geo::{self, CountryCode},
    knowledge,
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

impl From<&Turn> for Round {
    fn from(turn: &Turn) -> Self {
        Self { asked: turn.asked.clone(), answer: turn.answered.clone(), is_learned: true }
    }
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
        return corrected(full, truth, chance);
    }
    vec![Round { asked: question(stage, full).to_owned(), answer: answer(stage, truth), is_learned: true }]
}

/// What a stage asks first.
pub fn question(stage: Stage, full: &str) -> &str {
    match stage {
        Stage::Reasoning => "Which country is the image located? Explain the reason.",
        Stage::Location => "Which country and city is the image located?",
        Stage::Full | Stage::Correction => full,
    }
}

/// What a user says who thinks that the picture was taken in this country.
pub fn hint(country: &str, chance: &mut impl Rng) -> String {
    HINTS[chance.random_range(0..HINTS.len())].replace("{}", country)
}

/// So many of the countries that have the most in common with one are taken for it.
const ALIKE: usize = 8;

/// An answer and then a hint. Half of the hints are wrong, and the answer, which was right, holds against them; half of the wrong
/// ones name a country much like the right one. Of the right ones a quarter follow a right answer and the others a wrong one,
/// which is read and not learned: it names a country much like the right one and has all that a right answer has, so that the
/// picture alone tells it from one. What is learned of a hint that contradicts an answer is thus to look again for which of the
/// two the picture speaks. GaGA's dialogues are of this kind; their shares are not published, so these are this program's own.
fn corrected(full: &str, truth: &Truth, chance: &mut impl Rng) -> Vec<Round> {
    let right = answer(Stage::Full, truth);
    let first = |answer: String, is_learned| Round { asked: full.to_owned(), answer, is_learned };
    let (first, hinted) = match chance.random_range(0..8) {
        0 | 1 => (first(right.clone(), true), name(any_other(&truth.country, chance))),
        2 | 3 => (first(right.clone(), true), name(one_like(&truth.country, chance))),
        4 => (first(right.clone(), true), truth.country.as_str()),
        _ => (first(answer(Stage::Full, &mistaken(truth, chance)), false), truth.country.as_str()),
    };
    vec![first, Round { asked: hint(hinted, chance), answer: right, is_learned: true }]
}

/// What somebody says who takes a picture's country for one like it, for the same reasons.
fn mistaken(truth: &Truth, chance: &mut impl Rng) -> Truth {
    let other = one_like(&truth.country, chance);
    let cities = knowledge::cities_of(other);
    let city = truth.city.as_ref().map(|_| cities[chance.random_range(0..cities.len())].name.clone());
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
                assert_eq!((first.asked.as_str(), &last.answer), ("Where?", &answer(Stage::Full, &truth)));
                assert!(last.is_learned);
                assert_eq!(first.is_learned, first.answer == last.answer);
                let is_right = last.asked.contains(&truth.country);
                wrong += usize::from(!is_right);
                after_wrong += usize::from(!first.is_learned);
                assert!(is_right || first.is_learned, "a wrong hint follows a right answer");
            }
            assert!((170..230).contains(&wrong) && (120..180).contains(&after_wrong), "{wrong} {after_wrong}");
        }
    }

    /// An answer that is wrong and shows it would be told from a right one without a look at the picture.
    #[test]
    fn a_wrong_answer_says_as_much_as_a_right_one_of_a_country_like_it() {
        let facts = knowledge::countries().iter().find(|facts| facts.name == "Argentina").unwrap();
        let alike: Vec<&str> = knowledge::resembling(facts)[..ALIKE].iter().map(|facts| name(facts.code)).collect();
        let truth = Truth { country: "Argentina".to_owned(), ..truth() };
        let mut named = std::collections::BTreeSet::new();
        for seed in 0..400 {
            let wrong = mistaken(&truth, &mut ChaCha8Rng::seed_from_u64(seed));
            assert!(alike.contains(&wrong.country.as_str()), "{}", wrong.country);
            let code = geo::country_named(&wrong.country).unwrap().code;
            assert!(knowledge::cities_of(code).iter().any(|city| Some(&city.name) == wrong.city.as_ref()));
            assert_eq!(wrong.reasons, truth.reasons);
            named.insert(wrong.country);
        }
        assert_eq!(named.len(), ALIKE);
        let nowhere = mistaken(&Truth { city: None, ..truth }, &mut ChaCha8Rng::seed_from_u64(1));
        assert_eq!(nowhere.city, None);
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
