//! Multiplies the evidence into the prior.
//!
//! Belief lies on atoms, one country's part of one cell; where a piece knows its place more closely than cells are wide,
//! they are split first. It begins with the prior, and each piece multiplies it by a factor, where w is the weight of the
//! piece (0 leaves it out):
//! - countries with probabilities p(c), where the prior has q(c): w p(c) / q(c) + 1 - w. A model's probabilities are already
//!   its whole judgement, so they are divided by the prior they take the place of;
//! - a ratio: w l + 1 - w, with l as it is inside or elsewhere. Ratios of one group are not independent: for each country
//!   the strongest for it counts whole, the next with half its logarithm, the next with a quarter, and those against it
//!   likewise;
//! - towns multiply the atoms of their own country by 1 - w + w b(a) / q(a | c), with b a bell around them, so that naming
//!   a city moves belief within its country and not between countries;
//! - a point, and places that a sign names, do the same over the whole world;
//! - a region: w l + 1 - w, with l the part of the cell that lies in it, or outside it.

use std::{borrow::Cow, collections::HashMap};

use super::evidence::{Likelihood, Piece};
use crate::geo::{Atom, Cell, Closely, CountryCode, LatLon, Prior, Region, prior};

/// Cells under a bell are split until they are narrower than this part of its width.
const FINER_THAN_BELL: f64 = 0.35;
/// Cells of a region are split until they are narrower than this part of it.
const FINER_THAN_REGION: f64 = 0.12;
/// And so many widths from its middle.
const BELL_REACH: f64 = 2.5;

/// Belief over the atoms of a world.
#[derive(Debug, Clone)]
pub struct Belief {
    /// The prior, split where the pieces need it.
    pub world: Cow<'static, Prior>,
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
    /// One by one.
    Atoms(Vec<f64>),
}

impl Factor {
    /// What it is for one atom of a country.
    pub(super) fn at(&self, atom: usize, country: CountryCode) -> f64 {
        match self {
            Self::Countries { own, others } => own.get(&country).copied().unwrap_or(*others),
            Self::Atoms(factors) => factors[atom],
        }
    }

    fn multiply(&self, probabilities: &[f64], world: &Prior) -> Vec<f64> {
        match self {
            Self::Atoms(factors) => probabilities.iter().zip(factors).map(|(p, factor)| p * factor).collect(),
            Self::Countries { own, others } => {
                let mut multiplied: Vec<f64> = probabilities.iter().map(|p| p * others).collect();
                for (country, factor) in own {
                    for at in world.of_country(*country) {
                        multiplied[at] = probabilities[at] * factor;
                    }
                }
                multiplied
            }
        }
    }
}

/// Multiplies the pieces into the prior.
pub fn weigh(pieces: &[Piece]) -> Belief {
    let counted: Vec<&Piece> = pieces.iter().filter(|piece| piece.counts()).collect();
    let circles: Vec<Closely> = counted.iter().flat_map(|piece| closely(&piece.likelihood)).collect();
    let world = if circles.is_empty() { Cow::Borrowed(prior()) } else { Cow::Owned(prior().seen_closely(&circles)) };
    let mut probabilities: Vec<f64> = world.atoms.iter().map(|atom| atom.probability).collect();
    let (mut factors, mut passed_over) = (Vec::new(), Vec::new());
    for (at, piece) in counted.iter().enumerate() {
        let factor = factor_of(piece, &shares_of_group(at, &counted), &world);
        let weighed = factor.multiply(&probabilities, &world);
        let sum: f64 = weighed.iter().sum();
        // Weights below 1 leave every atom some belief; a piece of weight 1 may rule out all that the others leave.
        if sum <= 0.0 || !sum.is_finite() {
            passed_over.push(piece.evidence.id.clone());
            continue;
        }
        probabilities = weighed.into_iter().map(|p| p / sum).collect();
        factors.push((piece.evidence.id.clone(), factor));
    }
    Belief { world, probabilities, factors, passed_over }
}

/// Where a piece needs small cells.
fn closely(likelihood: &Likelihood) -> Vec<Closely> {
    let sigma_km = likelihood.sigma_km();
    let bell = |centre: LatLon| Closely { centre, km: BELL_REACH * sigma_km, cell_km: FINER_THAN_BELL * sigma_km };
    match likelihood {
        Likelihood::Point(point) => vec![bell(*point)],
        Likelihood::Towns(spots) | Likelihood::Places(spots) => {
            spots.iter().map(|spot| bell(spot.town.place.position)).collect()
        }
        Likelihood::Region { region, .. } => {
            let (centre, km) = region.bounding_circle();
            vec![Closely { centre, km, cell_km: FINER_THAN_REGION * km }]
        }
        Likelihood::Nothing | Likelihood::Countries(_) | Likelihood::Ratio { .. } => Vec::new(),
    }
}

/// For each country that a ratio names, how much of its logarithm counts beside the others of its group: 1 for the
/// strongest, then a half, a quarter and so on. Countries that have the whole are left out.
fn shares_of_group(at: usize, counted: &[&Piece]) -> HashMap<CountryCode, f64> {
    let piece = counted[at];
    let Likelihood::Ratio { countries, .. } = &piece.likelihood else { return HashMap::new() };
    let mut shares = HashMap::new();
    for country in countries.iter().filter(|_| piece.group.is_some()) {
        let own = log_ratio(piece, *country);
        let is_stronger = |(other_at, other): (usize, &&Piece)| {
            let other_log = log_ratio(other, *country);
            other.group == piece.group
                && other_log.signum() == own.signum()
                && (other_log.abs() > own.abs() || (other_log.abs() == own.abs() && other_at < at))
                && other_log != 0.0
        };
        let n_stronger = counted.iter().enumerate().filter(|other| is_stronger((other.0, other.1))).count();
        if n_stronger > 0 {
            shares.insert(*country, 0.5f64.powi(i32::try_from(n_stronger).unwrap_or(i32::MAX)));
        }
    }
    shares
}

/// The logarithm of what a ratio makes of a country, over what it makes of all that it does not name; 0 where it does not
/// name the country.
fn log_ratio(piece: &Piece, country: CountryCode) -> f64 {
    let weight = piece.evidence.weight();
    match &piece.likelihood {
        Likelihood::Ratio { countries, inside, outside } if countries.contains(&country) => {
            (mixed(weight, *inside).max(f64::MIN_POSITIVE) / mixed(weight, *outside).max(f64::MIN_POSITIVE)).ln()
        }
        _ => 0.0,
    }
}

/// What a likelihood comes to at a weight.
fn mixed(weight: f64, likelihood: f64) -> f64 {
    1.0 - weight + weight * likelihood
}

fn factor_of(piece: &Piece, shares_of_group: &HashMap<CountryCode, f64>, world: &Prior) -> Factor {
    let weight = piece.evidence.weight();
    match &piece.likelihood {
        Likelihood::Nothing => Factor::Countries { own: HashMap::new(), others: 1.0 },
        Likelihood::Countries(shares) => {
            let factor = |p: f64, code| weight * p / prior_share(world, code).max(f64::MIN_POSITIVE) + 1.0 - weight;
            let own = shares.iter().map(|share| (share.country_code, factor(share.probability, share.country_code)));
            Factor::Countries { own: own.collect(), others: 1.0 - weight }
        }
        Likelihood::Ratio { countries, inside, outside } => {
            let (inside, outside) = (mixed(weight, *inside), mixed(weight, *outside));
            let beside_others = |code: &CountryCode| match shares_of_group.get(code) {
                Some(share) if outside > 0.0 => outside * (inside / outside).powf(*share),
                _ => inside,
            };
            let own = countries.iter().map(|code| (*code, beside_others(code))).collect();
            Factor::Countries { own, others: outside }
        }
        Likelihood::Region { region, is_inside } => {
            let inside = coverage(region, world);
            let likelihood = |inside: f64| if *is_inside { inside } else { 1.0 - inside };
            Factor::Atoms(inside.into_iter().map(|inside| mixed(weight, likelihood(inside))).collect())
        }
        Likelihood::Towns(spots) => {
            let parts = spots.iter().map(|spot| (spot, world.of_country(spot.town.place.country)));
            let bells = parts.map(|(spot, atoms)| (atoms, spot.town.place.position, spot.part));
            drawn_to(bells, piece, world)
        }
        Likelihood::Places(spots) => {
            let bells = spots.iter().map(|spot| (0..world.atoms.len(), spot.town.place.position, spot.part));
            drawn_to(bells, piece, world)
        }
        Likelihood::Point(point) => drawn_to(std::iter::once((0..world.atoms.len(), *point, 1.0)), piece, world),
    }
}

/// Moves, of the belief in each range of atoms, this part of the piece's weight to where a bell around the point lies.
fn drawn_to(
    bells: impl Iterator<Item = (std::ops::Range<usize>, LatLon, f64)>,
    piece: &Piece,
    world: &Prior,
) -> Factor {
    let mut factors = vec![1.0; world.atoms.len()];
    for (atoms, centre, part) in bells {
        let bell = world.bell(atoms.clone(), centre, piece.likelihood.sigma_km());
        if bell.is_empty() {
            continue;
        }
        let weight = piece.evidence.weight() * part;
        let sum: f64 = world.atoms[atoms.clone()].iter().map(|atom| atom.probability).sum();
        factors[atoms].iter_mut().for_each(|factor| *factor -= weight);
        for (at, share) in bell {
            factors[at] += weight * share * sum / world.atoms[at].probability;
        }
    }
    Factor::Atoms(factors)
}

/// The part of each atom's cell that lies in a region. A region smaller than the smallest cell takes the one that it lies in.
fn coverage(region: &Region, world: &Prior) -> Vec<f64> {
    let (centre, km) = region.bounding_circle();
    let can_touch = |atom: &Atom| centre.is_within_km(atom.centre, km + 1.3 * atom.cell.radius_km());
    let part = |cell: Cell| cell.share_where(&|point| region.contains(point));
    let mut parts: Vec<f64> =
        world.atoms.iter().map(|atom| if can_touch(atom) { part(atom.cell) } else { 0.0 }).collect();
    if parts.iter().all(|part| *part <= 0.0) {
        let near = (0..parts.len()).filter(|at| can_touch(&world.atoms[*at]));
        let distance = |at: &usize| world.atoms[*at].centre.distance_km(centre);
        if let Some(home) = near.min_by(|a, b| distance(a).total_cmp(&distance(b))) {
            parts[home] = 1.0;
        }
    }
    parts
}

/// A country's share of the prior.
fn prior_share(world: &Prior, code: CountryCode) -> f64 {
    world.atoms[world.of_country(code)].iter().map(|atom| atom.probability).sum()
}

#[cfg(test)]
#[path = "belief_tests.rs"]
mod tests;
