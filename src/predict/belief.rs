//! Multiplies the evidence into the prior.
//!
//! Belief lies on atoms, one country's part of one cell. It begins with the prior, and each piece multiplies it:
//! - countries with probabilities p(c), where the prior has q(c), multiply by w p(c) / q(c) + 1 - w. A model's
//!   probabilities are already its whole judgement, so they are divided by the prior they take the place of;
//! - towns multiply the atoms of their own country by 1 - w + w b(a) / q(a | c), with b a bell around them, so that naming
//!   a city moves belief within its country and not between countries;
//! - a point does the same over the whole world.
//!
//! Here w is the weight of the piece; 0 leaves it out.

use super::{
    evidence::{Likelihood, Piece},
    finding::EvidenceKind,
};
use crate::geo::{CountryCode, Prior, prior};

/// Belief over the atoms of the prior.
#[derive(Debug, Clone)]
pub struct Belief {
    /// One for each atom; their sum is 1.
    pub probabilities: Vec<f64>,
    /// By how much each weighed piece multiplied each atom (1 where it says nothing).
    pub(super) factors: Vec<(EvidenceKind, Vec<f64>)>,
    /// Ids of pieces that leave nothing of what the others leave; they are not counted.
    pub(super) passed_over: Vec<String>,
}

/// Multiplies the pieces into the prior.
pub fn weigh(pieces: &[Piece]) -> Belief {
    let prior = prior();
    let mut probabilities: Vec<f64> = prior.atoms.iter().map(|atom| atom.probability).collect();
    let (mut factors, mut passed_over) = (Vec::new(), Vec::new());
    for piece in pieces.iter().filter(|piece| piece.evidence.weight() > 0.0) {
        let Some(factor) = factor_of(piece, prior) else { continue };
        let weighed: Vec<f64> = probabilities.iter().zip(&factor).map(|(p, factor)| p * factor).collect();
        let sum: f64 = weighed.iter().sum();
        // Weights below 1 leave every atom some belief; a piece of weight 1 may rule out all that the others leave.
        if sum <= 0.0 || !sum.is_finite() {
            passed_over.push(piece.evidence.id.clone());
            continue;
        }
        probabilities = weighed.into_iter().map(|p| p / sum).collect();
        factors.push((piece.evidence.kind, factor));
    }
    Belief { probabilities, factors, passed_over }
}

fn factor_of(piece: &Piece, prior: &Prior) -> Option<Vec<f64>> {
    let weight = piece.evidence.weight();
    let mut factor = vec![1.0; prior.atoms.len()];
    match &piece.likelihood {
        Likelihood::Nothing => return None,
        Likelihood::Countries(shares) => {
            factor.fill(1.0 - weight);
            for share in shares {
                let gain = weight * share.probability / prior_share(share.country_code).max(f64::MIN_POSITIVE);
                factor[prior.of_country(share.country_code)].iter_mut().for_each(|factor| *factor += gain);
            }
        }
        Likelihood::Ratio { countries, inside, outside } => {
            factor.fill(1.0 - weight + weight * outside);
            for country in countries {
                factor[prior.of_country(*country)].fill(1.0 - weight + weight * inside);
            }
        }
        Likelihood::Places(spots) => {
            for spot in spots {
                let atoms = 0..prior.atoms.len();
                let bell = prior.bell(atoms.clone(), spot.town.place.position, piece.likelihood.sigma_km());
                draw_to(&mut factor, prior, atoms, &bell, weight * spot.part);
            }
        }
        Likelihood::Towns(spots) => {
            for spot in spots {
                let atoms = prior.of_country(spot.town.place.country);
                let bell = prior.bell(atoms.clone(), spot.town.place.position, piece.likelihood.sigma_km());
                draw_to(&mut factor, prior, atoms, &bell, weight * spot.part);
            }
        }
        Likelihood::Point(point) => {
            let atoms = 0..prior.atoms.len();
            let bell = prior.bell(atoms.clone(), *point, piece.likelihood.sigma_km());
            draw_to(&mut factor, prior, atoms, &bell, weight);
        }
    }
    Some(factor)
}

/// Moves the share `weight` of these atoms' belief to where the bell lies.
fn draw_to(factor: &mut [f64], prior: &Prior, atoms: std::ops::Range<usize>, bell: &[(usize, f64)], weight: f64) {
    if bell.is_empty() {
        return;
    }
    let sum: f64 = prior.atoms[atoms.clone()].iter().map(|atom| atom.probability).sum();
    factor[atoms].iter_mut().for_each(|factor| *factor -= weight);
    for (at, share) in bell {
        factor[*at] += weight * share * sum / prior.atoms[*at].probability;
    }
}

/// A country's share of the prior.
fn prior_share(code: CountryCode) -> f64 {
    let prior = prior();
    prior.atoms[prior.of_country(code)].iter().map(|atom| atom.probability).sum()
}
