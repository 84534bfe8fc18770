//! What a calibration says about one picture, and what it does to what the model said.

use serde::{Deserialize, Serialize};

use super::{
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
    /// As in `Calibration`.
    pub temperature: f64,
    /// As in `Calibration`.
    pub city_strength: f64,
    /// The levels at which its areas are drawn.
    pub levels: Levels,
    /// How many cases there were.
    pub n_cases: usize,
    /// What they were.
    pub kind: Kind,
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
