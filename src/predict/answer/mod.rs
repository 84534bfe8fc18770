//! What a model answered, read out of whatever it wrote.

mod loose;
mod parse;
mod pointed;
mod prose;

use serde::{Deserialize, Serialize};

pub use parse::{Dictionary, dictionary, parse};
pub use pointed::{Pointed, pointed, rescaled};

/// What a model answered, as it wrote it: names are not yet looked up in any gazetteer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// None where it named none.
    pub country: Option<String>,
    /// None where it named none.
    pub city: Option<String>,
    /// One sentence each.
    pub reasons: Vec<String>,
}

/// Something that a reader of the answer should know.
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
    /// It named no country.
    NoCountry,
    /// It named no city.
    NoCity,
    /// It gave no reasons.
    NoReasons,
}
