//! The question that a stage asks of a picture, and the answer that the model is to learn.
//!
//! Answers have the form of GeoReasoner's: a Python dictionary in one line, which `predict::answer` reads back.

use std::fmt::Write as _;

use super::config::Stage;

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

/// The question of a stage. `full` is what inference asks of this model.
pub fn question(stage: Stage, full: &str) -> String {
    match stage {
        Stage::Reasoning => "Which country is the image located? Explain the reason.".to_owned(),
        Stage::Location => "Which country and city is the image located?".to_owned(),
        Stage::Full => full.to_owned(),
    }
}

/// The answer of a stage. An unknown city is an empty text, as in the question's example.
pub fn answer(stage: Stage, truth: &Truth) -> String {
    let mut text = format!("{{'country': {}", quoted(&truth.country));
    // A String takes what is written to it, so these results say nothing.
    if matches!(stage, Stage::Location | Stage::Full) {
        let _ = write!(text, ", 'city': {}", quoted(truth.city.as_deref().unwrap_or("")));
    }
    if matches!(stage, Stage::Reasoning | Stage::Full) {
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
    fn what_is_learned_is_what_is_read() {
        let (read, problems) = parse(&answer(Stage::Full, &truth()));
        assert_eq!(read.country.as_deref(), Some("Côte d'Ivoire"));
        assert_eq!(read.city.as_deref(), Some("Man"));
        assert_eq!(read.reasons, truth().reasons);
        assert!(problems.is_empty(), "{problems:?}");
    }
}
