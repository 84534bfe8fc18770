//! How far to believe the numbers: temperatures and levels of areas, taken from pictures whose place is known.
//!
//! A model's probabilities of countries are drawn together or apart by a temperature, and the city that it names counts for
//! as much as was best; both are fitted on one set of cases. On another set it is seen how much of the probability an
//! area must hold to reach the truth, and from that come the levels at which areas are drawn (see `conformal`). They hold
//! for pictures of the kind that the cases were, and for the evidence that the cases had: nothing that a user adds.

mod calibrated;
pub mod conformal;
mod fit;
mod levels;
mod record;
mod temperature;

use serde::{Deserialize, Serialize};

pub use calibrated::Calibrated;
pub use fit::{Subject, TooFew, fit};
pub use levels::{CalibratedOn, Kind, Level, Levels};
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
    /// Of the model's probabilities of countries.
    pub temperature: f64,
    /// The strength of a city that the answer names in its country; elsewhere it is less in proportion.
    pub city_strength: f64,
    /// The levels for a picture of no known locatability.
    pub levels: Levels,
    /// The levels by locatability, where there were enough cases.
    pub bands: Vec<Band>,
}

/// The levels for pictures of a band of locatability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The least locatability of the band.
    pub from: f64,
    /// Where the next band begins.
    pub below: f64,
    /// How many cases.
    pub n: usize,
    /// Its levels.
    pub levels: Levels,
}

impl Calibration {
    /// Whether its numbers can be what they are called, wherever they were read from; else what is wrong.
    pub fn check(&self) -> Result<(), &'static str> {
        let mut levels = self.bands.iter().map(|band| band.levels).chain([self.levels]);
        if !(self.temperature.is_finite() && self.temperature > 0.0) {
            Err("its temperature is no number above 0")
        } else if !(0.0..=1.0).contains(&self.city_strength) {
            Err("its strength of a city is not between 0 and 1")
        } else if !levels.all(Levels::are_sound) {
            Err("one of its levels is not between 0 and 1")
        } else {
            Ok(())
        }
    }

    /// The levels for a picture of this locatability, by the segmenter of the cases.
    fn levels(&self, locatability: Option<f64>) -> Levels {
        let band = |at: f64| self.bands.iter().find(|band| (band.from..band.below).contains(&at));
        locatability.and_then(band).map_or(self.levels, |band| band.levels)
    }

    /// What holds for a picture of this locatability, by the segmenter of the cases; none where it is not known.
    pub fn for_picture(&self, locatability: Option<f64>) -> Calibrated {
        Calibrated {
            temperature: self.temperature,
            city_strength: self.city_strength,
            levels: self.levels(locatability),
            n_cases: self.n_temperatures + self.n_levels,
            kind: self.kind,
        }
    }
}

#[cfg(test)]
mod tests;
