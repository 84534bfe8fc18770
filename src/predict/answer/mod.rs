//! What a model answered, read out of whatever it wrote.

mod conclusion;
mod described;
mod draft;
mod lines;
mod listed;
mod loose;
mod names;
mod parse;
mod pointed;
mod prose;
mod sentence;

use serde::{Deserialize, Serialize};

use crate::geo::Country;

pub use names::{countries, unhedged};
pub use parse::{Dictionary, Parsed, dictionary, parse, parsed};
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

impl Answer {
    /// The one country that it names; none where it leaves a choice or names none that is known.
    pub fn country(&self) -> Option<&'static Country> {
        let named = countries(self.country.as_deref()?);
        if let [country] = named[..] { Some(country) } else { None }
    }
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
    /// It does not say where the picture was taken, but what it shows, and there names a place.
    Described,
    /// The text was longer than what is read.
    TooLong,
    /// Its sentences speak of countries and conclude on none: what is mentioned, denied or only possible is no answer.
    Undecided,
    /// It named several countries and chose none.
    Several,
    /// It named no country.
    NoCountry,
    /// It named no city.
    NoCity,
    /// It gave no reasons.
    NoReasons,
}
