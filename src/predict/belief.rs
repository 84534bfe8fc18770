//! Multiplies the evidence into the prior.
//!
//! Belief lies on atoms, one country's part of one cell; where a piece knows its place more closely than cells are wide,
//! they are split first. It begins with the prior, and each piece multiplies it by a factor, where w is the weight of the
//! piece (0 leaves it out):
//! - countries with probabilities p(c), where the prior has q(c): w p(c) / q(c) + 1 - w. A model's probabilities are already
//!   its whole judgement, so they are divided by the prior they take the place of;
//! - a ratio: w l + 1 - w, with l as it is inside or elsewhere, and less of it beside others of its group (see `groups`);
//! - towns multiply the atoms of their own country by 1 - w + w b(a) / q(a | c), with b a bell around them, so that naming
//!   a city moves belief within its country and not between countries;
//! - a point, and places that a sign names, do the same over the whole world;
//! - a region: w l + 1 - w, with l the part of the cell that lies in it, or outside it.

use std::{collections::HashMap, sync::Arc};

use super::{
    evidence::{Likelihood, Piece, mixed},
    footprint::{Footprint, World},
    groups,
};
use crate::geo::{CountryCode, Prior};

/// Belief over the atoms of a world.
#[derive(Debug, Clone)]
pub struct Belief {
    /// The prior, split where the pieces need it.
    pub world: Arc<Prior>,
    /// One for each atom of the world; their sum is 1.
    pub probabilities: Vec<f64>,
    /// By how much each weighed piece multiplies each atom.
    pub(super) factors: Vec<(String, Factor)>,
    /// Ids of pieces that leave nothing of what the others leave; they are not counted.
    pub(super) passed_over: Vec<String>,
}

/// By how much a piece multiplies the atoms.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Factor {
    /// By their country: some have one of their own, and all others this.
    Countries { own: HashMap<CountryCode, f64>, others: f64 },
    /// Some atoms have one of their own, and all others this.
    Atoms { own: Arc<[(usize, f64)]>, others: f64 },
    /// Each has its own.
    Dense(Vec<f64>),
}

impl Factor {
    /// What it is for one atom of a country.
    pub(super) fn at(&self, atom: usize, country: CountryCode) -> f64 {
        match self {
            Self::Countries { own, others } => own.get(&country).copied().unwrap_or(*others),
            Self::Atoms { own, others } => {
                own.iter().find(|(at, _)| *at == atom).map_or(*others, |(_, factor)| *factor)
            }
            Self::Dense(factors) => factors[atom],
        }
    }

    fn multiply(&self, probabilities: &[f64], world: &Prior) -> Vec<f64> {
        let all = |others: &f64| probabilities.iter().map(|p| p * others).collect::<Vec<f64>>();
        match self {
            Self::Dense(factors) => probabilities.iter().zip(factors).map(|(p, factor)| p * factor).collect(),
            Self::Atoms { own, others } => {
                let mut multiplied = all(others);
                own.iter().for_each(|(at, factor)| multiplied[*at] = probabilities[*at] * factor);
                multiplied
            }
            Self::Countries { own, others } => {
                let mut multiplied = all(others);
                for (country, factor) in own {
                    world.of_country(*country).for_each(|at| multiplied[at] = probabilities[at] * factor);
                }
                multiplied
            }
        }
    }
}

/// Multiplies the pieces into the prior.
pub fn weigh(pieces: &[Piece]) -> Belief {
    let world = World::of(pieces);
    let counted: Vec<&Piece> = pieces.iter().filter(|piece| piece.counts()).collect();
    let shares = groups::shares(&counted);
    let mut probabilities: Vec<f64> = world.prior.atoms.iter().map(|atom| atom.probability).collect();
    let (mut factors, mut passed_over) = (Vec::new(), Vec::new());
    for (at, piece) in counted.iter().enumerate() {
        let factor = factor_of(piece, &|country| shares.get(&(at, country)).copied(), &world);
        let mut weighed = factor.multiply(&probabilities, &world.prior);
        let sum: f64 = weighed.iter().sum();
        // Weights below 1 leave every atom some belief; a piece of weight 1 may rule out all that the others leave.
        if sum <= 0.0 || !sum.is_finite() {
            passed_over.push(piece.evidence.id.clone());
            continue;
        }
        weighed.iter_mut().for_each(|p| *p /= sum);
        probabilities = weighed;
        factors.push((piece.evidence.id.clone(), factor));
    }
    Belief { world: world.prior, probabilities, factors, passed_over }
}

fn factor_of(piece: &Piece, share_in_group: &dyn Fn(CountryCode) -> Option<f64>, world: &World) -> Factor {
    let weight = piece.evidence.weight();
    match &piece.likelihood {
        Likelihood::Countries(shares) => {
            let before = |code| prior_share(&world.prior, code).max(f64::MIN_POSITIVE);
            let factor = |p: f64, code| weight * p / before(code) + 1.0 - weight;
            let own = shares.iter().map(|share| (share.country_code, factor(share.probability, share.country_code)));
            Factor::Countries { own: own.collect(), others: 1.0 - weight }
        }
        Likelihood::Ratio { countries, inside, outside } => {
            let (inside, outside) = (mixed(weight, *inside), mixed(weight, *outside));
            let beside_others = |code: &CountryCode| match share_in_group(*code) {
                Some(share) if outside > 0.0 => outside * (inside / outside).powf(share),
                _ => inside,
            };
            let own = countries.iter().map(|code| (*code, beside_others(code))).collect();
            Factor::Countries { own, others: outside }
        }
        likelihood => match world.footprint(likelihood) {
            None => Factor::Countries { own: HashMap::new(), others: 1.0 },
            Some(Footprint::Region(parts)) => {
                let is_inside = matches!(likelihood, Likelihood::Region { is_inside: true, .. });
                let factor = |part: f64| mixed(weight, if is_inside { part } else { 1.0 - part });
                let own = parts.iter().map(|(at, part)| (*at, factor(*part))).collect();
                Factor::Atoms { own, others: factor(0.0) }
            }
            Some(Footprint::Bells(bells)) => {
                let mut factors = vec![1.0; world.prior.atoms.len()];
                for bell in bells.iter() {
                    // The share of the belief among these atoms moves to where the bell lies.
                    let moved = weight * bell.part;
                    let among = &world.prior.atoms[bell.among.clone()];
                    let sum: f64 = among.iter().map(|atom| atom.probability).sum();
                    factors[bell.among.clone()].iter_mut().for_each(|factor| *factor -= moved);
                    for (at, share) in &bell.shares {
                        factors[*at] += moved * share * sum / world.prior.atoms[*at].probability;
                    }
                }
                Factor::Dense(factors)
            }
        },
    }
}

/// A country's share of the prior.
fn prior_share(world: &Prior, code: CountryCode) -> f64 {
    world.atoms[world.of_country(code)].iter().map(|atom| atom.probability).sum()
}

#[cfg(test)]
#[path = "belief_tests.rs"]
mod tests;
