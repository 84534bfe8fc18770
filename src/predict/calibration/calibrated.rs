//! What a calibration says about one picture, and what it does to what was said of it.

use serde::{Deserialize, Serialize};

use super::{
    Near, Weights,
    levels::{CalibratedOn, Kind, Levels},
    temperature,
};
use crate::predict::{
    evidence::{Likelihood, NAMED_CITY_WEIGHT, Piece},
    finding::EvidenceKind,
    statement::Statement,
};

/// What a calibration says about one picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// How far what is said of it counts.
    #[serde(flatten)]
    pub weights: Weights,
    /// The levels at which its areas are drawn.
    pub levels: Levels,
    /// How many cases of its like there were.
    pub n_cases: usize,
    /// What they were.
    pub kind: Kind,
    /// Whether their signs were read.
    #[serde(default)]
    pub with_signs: bool,
}

impl Calibrated {
    /// What it was taken on.
    pub fn on(&self) -> CalibratedOn {
        CalibratedOn { n_cases: self.n_cases, kind: self.kind, with_signs: self.with_signs, levels: self.levels }
    }

    /// What lies within 100 km of a candidate, as a probability.
    pub(in crate::predict) fn near(&self) -> Near {
        self.weights.near
    }

    /// Whether these pieces are such as the cases had: what the model said of the picture and what its signs tell where
    /// theirs were read, and nothing else that counts.
    pub fn covers(&self, pieces: &[Piece]) -> bool {
        use EvidenceKind::{ModelCity, ModelCountries, ModelCountry, Prior, Sign};
        let counts = pieces.iter().filter(|piece| piece.evidence.weight() > 0.0);
        counts.map(|piece| piece.evidence.kind).all(|kind| match kind {
            Prior | ModelCountries | ModelCountry | ModelCity => true,
            Sign => self.with_signs,
            _ => false,
        })
    }
}

impl Weights {
    /// Makes what the model and the signs said as sure as it has been right.
    pub fn temper<'p>(&self, pieces: impl IntoIterator<Item = &'p mut Piece>) {
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
                (EvidenceKind::Sign, Likelihood::Ratio { inside, outside, .. }) => {
                    for likelihood in [inside, outside] {
                        *likelihood = likelihood.powf(self.sign_exponent);
                    }
                }
                _ => {}
            }
        }
    }
}
