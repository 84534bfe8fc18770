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
//! - a point, and places that the user names, do the same over the whole world; those that signs name see `named`;
//! - a region: w l + 1 - w, with l the part of the cell that lies in it, or outside it.
//!
//! Where no model weighs the countries, only the prior stands against what the user says of the place, and it has not seen the picture. So
//! what the user says is then given the share w of the belief, as a town that they name is: w l / q + 1 - w, with q the prior's
//! own share of l.

use std::{collections::HashMap, ops::Range, sync::Arc};

use super::{
    clash,
    evidence::{Likelihood, Piece, mixed},
    factor::Factor,
    footprint::{Bell, Footprint, World},
    groups,
    named::{Named, Told},
};
use crate::geo::{Atom, CountryCode, Prior};

/// Belief over the atoms of a world.
#[derive(Debug, Clone)]
pub struct Belief {
    /// The prior, split where the pieces need it.
    pub world: Arc<Prior>,
    /// One for each atom of the world; their sum is 1.
    pub probabilities: Vec<f64>,
    /// By how much each weighed piece multiplies each atom.
    pub(super) factors: Vec<(String, Factor)>,
    /// Pieces that leave nothing of what the others leave; they are not counted.
    pub(super) passed_over: Vec<PassedOver>,
}

/// A piece that is not counted, since it rules out all that those before it leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PassedOver {
    /// The piece.
    pub(super) id: String,
    /// The fewest pieces that rule out all that this one allows; none where it allows nothing by itself.
    pub(super) against: Vec<String>,
}

/// Multiplies the pieces into the prior.
pub fn weigh(pieces: &[Piece]) -> Belief {
    let world = World::of(pieces);
    let counted: Vec<&Piece> = pieces.iter().filter(|piece| piece.counts()).collect();
    let named: Vec<Option<Named>> = counted.iter().map(|piece| Named::of(piece, &world)).collect();
    let shares = groups::shares(&counted, &|at| named[at].as_ref().map_or_else(Vec::new, Named::log_ratios));
    let is_weighed_by_model = counted.iter().any(|piece| piece.weighs_countries());
    let mut told: HashMap<&Option<String>, Told> = HashMap::new();
    let mut product = Product::of(&world.prior);
    let mut factors: Vec<(String, Factor)> = Vec::new();
    let mut passed_over = Vec::new();
    for (at, piece) in counted.iter().enumerate() {
        let share = |country| shares.get(&(at, country)).copied().unwrap_or(1.0);
        let factor = match &named[at] {
            Some(named) => told.entry(&piece.group).or_default().factor(named, &share, &world),
            None if !is_weighed_by_model && places_by_the_user(piece) => {
                in_place_of_prior(factor_of(piece, &share, &world), &world.prior)
            }
            None => factor_of(piece, &share, &world),
        };
        let id = piece.evidence.id.clone();
        // Weights below 1 leave every atom some belief; a piece of weight 1 may rule out all that the others leave.
        if product.multiply(&factor) {
            factors.push((id, factor));
        } else {
            let counted: Vec<&Factor> = factors.iter().map(|(_, factor)| factor).collect();
            let against = clash::against(&factor, &counted, &world.prior);
            let against = against.into_iter().map(|at| factors[at].0.clone()).collect();
            passed_over.push(PassedOver { id, against });
        }
    }
    let probabilities = product.probabilities();
    Belief { world: world.prior, probabilities, factors, passed_over }
}

/// The pairs among these pieces, by their numbers, that leave no place together.
pub(super) fn exclusive_pairs(pieces: &[Piece]) -> Vec<(usize, usize)> {
    // The cells are not asked where there is no pair.
    if pieces.len() < 2 {
        return Vec::new();
    }
    let world = World::of(pieces);
    let factors: Vec<Factor> = pieces.iter().map(|piece| factor_of(piece, &|_| 1.0, &world)).collect();
    let pairs = (0..pieces.len()).flat_map(|one| (one + 1..pieces.len()).map(move |other| (one, other)));
    pairs.filter(|(one, other)| clash::are_exclusive(&factors[*one], &factors[*other], &world.prior)).collect()
}

/// The prior with factors multiplied into it. Factors of whole countries, as most are, wait at the country until one comes
/// that tells its atoms apart.
struct Product {
    atoms: Vec<f64>,
    countries: Vec<OfCountry>,
    next: Vec<f64>,
}

/// A country's part of a product.
#[derive(Clone)]
struct OfCountry {
    country: CountryCode,
    atoms: Range<usize>,
    /// Its atoms are still to be multiplied by this.
    waiting: f64,
    /// The sum of its atoms, so multiplied; of all countries it is 1.
    share: f64,
}

impl Product {
    fn of(world: &Prior) -> Self {
        let atoms: Vec<f64> = world.atoms.iter().map(|atom| atom.probability).collect();
        let of_country = |country: CountryCode| {
            let range = world.of_country(country);
            OfCountry { country, share: atoms[range.clone()].iter().sum(), atoms: range, waiting: 1.0 }
        };
        Self { countries: world.countries().map(of_country).collect(), next: vec![0.0; atoms.len()], atoms }
    }

    /// Multiplies by a factor, unless nothing would be left; whether it has.
    fn multiply(&mut self, factor: &Factor) -> bool {
        let mut countries = self.countries.clone();
        let is_of_countries = factor.atoms.is_empty();
        for part in &mut countries {
            let usual = factor.of_country(part.country);
            if is_of_countries {
                (part.share, part.waiting) = (part.share * usual, part.waiting * usual);
                continue;
            }
            let before = &self.atoms[part.atoms.clone()];
            let after = &mut self.next[part.atoms.clone()];
            let multiplied = part.waiting * usual;
            before.iter().zip(&mut *after).for_each(|(before, after)| *after = before * multiplied);
            for (at, own) in factor.own_among(&part.atoms) {
                let at = at - part.atoms.start;
                after[at] = before[at] * part.waiting * own;
            }
            (part.share, part.waiting) = (after.iter().sum(), 1.0);
        }
        let sum: f64 = countries.iter().map(|part| part.share).sum();
        if sum <= 0.0 || !sum.is_finite() {
            return false;
        }
        for part in &mut countries {
            (part.share, part.waiting) = (part.share / sum, part.waiting / sum);
        }
        self.countries = countries;
        if !is_of_countries {
            std::mem::swap(&mut self.atoms, &mut self.next);
        }
        true
    }

    fn probabilities(mut self) -> Vec<f64> {
        for part in &self.countries {
            self.atoms[part.atoms.clone()].iter_mut().for_each(|p| *p *= part.waiting);
        }
        self.atoms
    }
}

fn factor_of(piece: &Piece, share_in_group: &dyn Fn(CountryCode) -> f64, world: &World) -> Factor {
    let weight = piece.evidence.weight();
    match &piece.likelihood {
        Likelihood::Countries(shares) => {
            let before = |code| world.prior.share_of(code).max(f64::MIN_POSITIVE);
            let factor = |p: f64, code| weight * p / before(code) + 1.0 - weight;
            let own = shares.iter().map(|share| (share.country_code, factor(share.probability, share.country_code)));
            Factor { countries: own.collect(), others: 1.0 - weight, ..Factor::default() }
        }
        Likelihood::Ratio { countries, inside, outside } => {
            let (inside, outside) = (mixed(weight, *inside), mixed(weight, *outside));
            let beside_others = |code: &CountryCode| match share_in_group(*code) {
                share if outside > 0.0 && share < 1.0 => outside * (inside / outside).powf(share),
                _ => inside,
            };
            let countries = countries.iter().map(|code| (*code, beside_others(code))).collect();
            Factor { countries, others: outside, ..Factor::default() }
        }
        likelihood => match world.footprint(likelihood) {
            None => Factor { others: 1.0, ..Factor::default() },
            Some(Footprint::Region(parts)) => {
                let is_inside = matches!(likelihood, Likelihood::Region { is_inside: true, .. });
                let factor = |part: f64| mixed(weight, if is_inside { part } else { 1.0 - part });
                let atoms = parts.iter().map(|(at, part)| (*at, factor(*part))).collect();
                Factor { atoms, others: factor(0.0), ..Factor::default() }
            }
            Some(Footprint::Bells(bells)) => of_bells(&bells, weight, world),
        },
    }
}

/// Whether a piece is the user's word that it was in some countries or in a region.
fn places_by_the_user(piece: &Piece) -> bool {
    let is_place = match &piece.likelihood {
        Likelihood::Ratio { inside, outside, .. } => *inside > 0.0 && *outside <= 0.0,
        Likelihood::Region { is_inside, .. } => *is_inside,
        _ => false,
    };
    is_place && piece.evidence.kind.is_of_user()
}

/// The factor that gives what it raises its share of all belief, however little of the prior lies there.
fn in_place_of_prior(mut factor: Factor, world: &Prior) -> Factor {
    let least = factor.others;
    let of_atom = |(at, atom): (usize, &Atom)| atom.probability * (factor.at(at, atom.country) - least);
    let raised: f64 = world.atoms.iter().enumerate().map(of_atom).sum();
    let share = raised / (1.0 - least);
    if share > 0.0 && share.is_finite() {
        let own = factor.atoms.iter_mut().map(|(_, own)| own).chain(factor.countries.values_mut());
        own.for_each(|own| *own = least + (*own - least) / share);
    }
    factor
}

/// The factor of bells. Of the belief among the atoms of each, a share moves to where the bell lies.
fn of_bells(bells: &[Bell], weight: f64, world: &World) -> Factor {
    let mut factor = Factor { others: 1.0, ..Factor::default() };
    let mut raised: Vec<(usize, f64)> = Vec::new();
    for bell in bells {
        let moved = weight * bell.part;
        match bell.among {
            Some(country) => *factor.countries.entry(country).or_insert(0.0) -= moved,
            None => factor.others -= moved,
        }
        let among = &world.prior.atoms[world.atoms_of(bell.among)];
        let sum: f64 = among.iter().map(|atom| atom.probability).sum();
        let raise = |(at, share): &(usize, f64)| (*at, moved * share * sum / world.prior.atoms[*at].probability);
        raised.extend(bell.shares.iter().map(raise));
    }
    let others = factor.others;
    factor.countries.values_mut().for_each(|of_country| *of_country += others);
    raised.sort_by_key(|(at, _)| *at);
    for of_atom in raised.chunk_by(|(a, _), (b, _)| a == b) {
        let at = of_atom[0].0;
        let raise: f64 = of_atom.iter().map(|(_, raise)| raise).sum();
        factor.atoms.push((at, factor.of_country(world.prior.atoms[at].country) + raise));
    }
    factor
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod plain;
#[cfg(test)]
#[path = "belief_tests.rs"]
mod tests;
