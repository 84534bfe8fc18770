//! Reads country, city and reasons out of whatever a model wrote. Reading never fails and never panics; what was odd
//! about the text comes back as problems.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a model answered, as it wrote it: names are not yet looked up in any gazetteer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub country: Option<String>,
    pub city: Option<String>,
    pub reasons: Vec<String>,
}

/// Something that a reader of the answer should know; its `Display` is one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// No text at all.
    Empty,
    /// The text broke off inside its answer.
    CutOff,
    /// There was no answer in the form asked for; names were looked for in the sentences.
    Prose,
    /// The text was longer than what is read.
    TooLong,
    NoCountry,
    NoCity,
    NoReasons,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "The model wrote nothing.",
            Self::CutOff => "The model's answer breaks off; what was written before was read.",
            Self::Prose => {
                "The model did not answer in the form asked for; country and city were read from its sentences."
            }
            Self::TooLong => "The model's text was very long; only its end was read.",
            Self::NoCountry => "The model named no country.",
            Self::NoCity => "The model named no city.",
            Self::NoReasons => "The model gave no reasons.",
        })
    }
}
