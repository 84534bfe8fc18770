//! How far to believe the numbers: temperatures and levels of areas, taken from pictures whose place is known.
//!
//! A model's probabilities of countries are drawn together or apart by a temperature, and the city that it names counts for
//! as much as was best; both are fitted on one set of cases. On another set it is seen how much of the probability an
//! area must hold to reach the truth, and from that come the levels at which areas are drawn (see `conformal`). They hold
//! for pictures of the kind that the cases were, and for the evidence that the cases had: nothing that a user adds.

pub mod conformal;
mod fit;
mod record;
mod temperature;

use serde::{Deserialize, Serialize};

use super::{
    evidence::{Likelihood, NAMED_CITY_WEIGHT, Piece},
    finding::EvidenceKind,
    statement::Statement,
};

pub use fit::{Subject, TooFew, fit};
pub use record::Record;

/// What the pictures of the cases were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Drawn streets: it says nothing about photographs.
    DrawnStreets,
    /// Photographs.
    Photographs,
}

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

/// The shares of the probability at which areas are to be drawn so that they hold the truth as often as they promise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// For one half.
    pub p50: Level,
    /// For nine tenths.
    pub p90: Level,
}

/// The levels of the two forms in which an area is given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Of the likeliest cells, wherever they lie.
    pub cells: f64,
    /// Of a circle around the first candidate.
    pub circle: f64,
}

impl Levels {
    /// Whether each is a share, or a hair above the whole.
    pub fn are_sound(self) -> bool {
        let each = [self.p50, self.p90].into_iter().flat_map(|level| [level.cells, level.circle]);
        each.into_iter().all(|level| (0.0..=1.0f64.next_up()).contains(&level))
    }

    /// Areas drawn at what the numbers themselves say, as without a calibration.
    pub const NOMINAL: Self = Self { p50: Level { cells: 0.5, circle: 0.5 }, p90: Level { cells: 0.9, circle: 0.9 } };
}

/// What a calibration says about one picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// As in [`Calibration`].
    pub temperature: f64,
    /// As in [`Calibration`].
    pub city_strength: f64,
    /// The levels at which its areas are drawn.
    pub levels: Levels,
    /// How many cases there were.
    pub n_cases: usize,
    /// What they were.
    pub kind: Kind,
}

/// What numbers were calibrated on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibratedOn {
    /// So many cases.
    pub n_cases: usize,
    /// What they were.
    pub kind: Kind,
    /// The levels at which the areas are drawn.
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

impl Calibrated {
    /// What it was taken on.
    pub fn on(&self) -> CalibratedOn {
        CalibratedOn { n_cases: self.n_cases, kind: self.kind, levels: self.levels }
    }

    /// Makes what the model said as sure as it has been right.
    pub fn temper(&self, pieces: &mut [Piece]) {
        for Piece { evidence, likelihood, .. } in pieces {
            match (evidence.kind, likelihood) {
                (EvidenceKind::ModelCountries, Likelihood::Countries(shares)) => {
                    temperature::temper(shares, self.temperature);
                    let first = shares.iter().take(3).copied().collect();
                    evidence.statement = Statement::ModelCountries { n_countries: shares.len(), first };
                }
                (EvidenceKind::ModelCity, _) => {
                    evidence.strength = (evidence.strength * self.city_strength / NAMED_CITY_WEIGHT).clamp(0.0, 1.0);
                }
                _ => {}
            }
        }
    }

    /// Whether these pieces are such as the cases had: what the model said of the picture, and nothing else that counts.
    pub fn covers(pieces: &[Piece]) -> bool {
        use EvidenceKind::{ModelCity, ModelCountries, ModelCountry, Prior};
        let counts = pieces.iter().filter(|piece| piece.evidence.weight() > 0.0);
        counts
            .map(|piece| piece.evidence.kind)
            .all(|kind| matches!(kind, Prior | ModelCountries | ModelCountry | ModelCity))
    }
}

#[cfg(test)]
mod tests;
