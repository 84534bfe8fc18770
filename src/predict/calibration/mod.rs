//! How far to believe the numbers: temperatures and levels of areas, taken from pictures whose place is known.
//!
//! A model's probabilities of countries are drawn together or apart by a temperature, what signs say of countries counts with
//! an exponent, and the city that the model names with a strength: all fitted on one set of cases, so that what is seen twice
//! (the model has seen the signs too) is not counted twice. On another set it is seen how much of the probability an area
//! must hold to reach the truth, and from that come the levels at which areas are drawn (see `conformal`). All of it is taken
//! by groups of like pictures (`group`), and holds for pictures of the kind that the cases were, and for the evidence that
//! the cases had: nothing that a user adds.

mod calibrated;
pub mod conformal;
mod fit;
mod group;
mod levels;
mod near;
mod record;
mod temperature;
mod weights;

use serde::{Deserialize, Serialize};

pub use calibrated::Calibrated;
pub use fit::{Subject, TooFew, fit};
pub use group::{Band, Group, SignsSay, Weights};
pub use levels::{CalibratedOn, Kind, Level, Levels};
pub use near::Near;
pub use record::{Record, TextRead};

/// A model's calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The model's name.
    pub model: String,
    /// The SHA-256 of the model's files; the calibration is of no other.
    pub model_sha256: String,
    /// The program that took it.
    pub program: String,
    /// What the pictures were.
    pub kind: Kind,
    /// Where they came from, in words.
    pub source: String,
    /// How many the temperatures were fitted on.
    pub n_temperatures: usize,
    /// How many others the levels were taken from.
    pub n_levels: usize,
    /// The segmenter that said how locatable they were; none where none did.
    pub segmenter: Option<String>,
    /// What was learned, by what the signs say.
    pub groups: Vec<Group>,
}

impl Calibration {
    /// Whether its numbers can be what they are called, wherever they were read from; else what is wrong.
    pub fn check(&self) -> Result<(), &'static str> {
        self.groups.iter().try_for_each(Group::check)
    }

    /// The group of a picture whose signs say this; none where there were no such cases.
    pub fn group(&self, signs: SignsSay) -> Option<&Group> {
        self.groups.iter().find(|group| group.signs.contains(&signs))
    }

    /// What holds for a picture of this locatability, by the segmenter of the cases (none where it is not known), whose signs
    /// say this; none where there were no such cases.
    pub fn for_picture(&self, locatability: Option<f64>, signs: SignsSay) -> Option<Calibrated> {
        let group = self.group(signs)?;
        Some(Calibrated {
            weights: group.weights,
            levels: group.band(locatability).map_or(group.levels, |band| band.levels),
            n_cases: group.n_temperatures + group.n_levels,
            kind: self.kind,
            with_signs: signs != SignsSay::NotRead,
        })
    }
}

#[cfg(test)]
mod tests;
