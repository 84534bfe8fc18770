//! What a model's reasons claim of a picture, as a finding keeps it: plain data.

use serde::{Deserialize, Serialize};

use crate::{geo::CountryCode, knowledge::clues::ClueRecord};

/// What the reasons of an answer claim, and what was looked for in the picture to check it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reasons {
    /// The country that the answer names.
    pub country: Option<CountryCode>,
    /// What a segmenter saw; none where none has looked that knows pictures of this kind.
    pub things: Option<Vec<Thing>>,
    /// Whether a reader has looked for signs.
    pub are_signs_read: bool,
    /// What is claimed, in its order.
    pub claims: Vec<Claim>,
}

/// A clue that a reason names, or a reason that names none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The reason's number in the answer, from 0.
    pub reason: usize,
    /// The part of it.
    pub text: String,
    /// What it is about.
    pub about: About,
    /// Where the model itself says that it is: edges as shares of the picture's width and height.
    #[serde(default)]
    pub pointed: Vec<[f32; 4]>,
    /// What was found of it.
    pub verdict: Verdict,
    /// Where in the picture: where it was found, else where such a thing would be. Edges as shares of width and height.
    #[serde(default)]
    pub places: Vec<[f32; 4]>,
}

/// What a claim is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A clue of the knowledge.
    Clue {
        /// Its record, as it was when the picture was located.
        record: Box<ClueRecord>,
        /// Whether it is said to be so.
        is_so: bool,
        /// How alike what is said and a name of the record are, at most 1, where it is meant and not named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cosine: Option<f32>,
    },
    /// A text on a sign.
    Sign(String),
    /// Nothing that is known.
    Unknown,
}

/// What was found of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Signs say so, by their ids.
    OnSigns(Vec<String>),
    /// The picture shows such things, by ADE20K's names; of what kind they are was not checked.
    Shown(Vec<String>),
    /// Whatever knows such things has looked and found none.
    NotFound,
    /// Nothing at hand knows such things.
    NotChecked,
    /// By the clue knowledge it speaks against the country that the answer names.
    Contradicts(CountryCode),
}

impl Verdict {
    /// As it stands in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OnSigns(_) | Self::Shown(_) => "supported",
            Self::NotFound => "not_found",
            Self::NotChecked => "not_checked",
            Self::Contradicts(_) => "contradicts_knowledge",
        }
    }
}

impl Claim {
    /// The record of the clue that it is about, and whether that is said to be so.
    pub fn clue(&self) -> Option<(&ClueRecord, bool)> {
        match &self.about {
            About::Clue { record, is_so, .. } => Some((record, *is_so)),
            About::Sign(_) | About::Unknown => None,
        }
    }

    /// The record of the clue that it is about.
    pub fn record(&self) -> Option<&ClueRecord> {
        self.clue().map(|(record, _)| record)
    }

    /// How alike what is said and a name of its record are, where that was matched by meaning.
    pub fn cosine(&self) -> Option<f32> {
        if let About::Clue { cosine, .. } = &self.about { *cosine } else { None }
    }
}

impl Reasons {
    /// The claims of one reason of the answer, with their places among all.
    pub fn of_reason(&self, reason: usize) -> impl Iterator<Item = (usize, &Claim)> {
        self.claims.iter().enumerate().filter(move |(_, claim)| claim.reason == reason)
    }
}

/// A class of things that a picture shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thing {
    /// ADE20K's name, without its synonyms.
    pub class: String,
    /// How much of the picture it covers, 0 to 1.
    pub share: f64,
    /// Around its largest pieces: left, top, right and bottom edge as shares of the picture's width and height.
    pub boxes: Vec<[f32; 4]>,
}
