//! What would change where a candidate stands: plain data.

use serde::{Deserialize, Serialize};

use super::statement::Town;
use crate::{geo::CountryCode, knowledge::clues::Feature};

/// What would change where a candidate stands: what would put another place before the first one, and any other first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What would have to be struck: single pieces where one does, else a few together; empty where nothing was found that
    /// would change it.
    pub struck: Vec<Struck>,
    /// What to look for: what would speak for the country against the first one, and of the first one what would put another first.
    pub unseen: Vec<Unseen>,
}

/// Pieces of evidence without which another place would stand first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Struck {
    /// The pieces, by their ids.
    pub pieces: Vec<String>,
    /// What would stand first without them; its name is empty where no town is near. None where no place would be given.
    pub first: Option<Town>,
}

/// A clue that is not among the pieces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unseen {
    /// The record's id.
    pub record: String,
    /// What it is about.
    pub feature: Feature,
    /// What is so.
    pub value: String,
    /// The country that it would speak for.
    pub country_code: CountryCode,
    /// The country that it would speak against.
    pub against: CountryCode,
    /// How many times as likely it is to be seen there as here.
    pub factor: f64,
}
