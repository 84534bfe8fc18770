//! Places that the signs of a picture name, as far as they are not independent. Each speaks for its country as a ratio does
//! (`groups`), and within the country it draws its share of belief to itself, as a town does that the model names. Of several
//! that speak for one atom only the strongest counts: a second sign of the same town is no second reason for it.
//!
//! So a country that is known otherwise leaves the rest of itself possible: a van from Berlin is seen in Hamburg too.

use std::collections::{BTreeMap, HashMap};

use super::{
    evidence::{Likelihood, Piece},
    factor::Factor,
    footprint::{Bell, Footprint, World},
    groups::{log_ratio, weight_of_places},
};
use crate::geo::CountryCode;

/// Where the places of a piece lie.
pub(super) struct Named(Vec<Country>);

/// What a piece says of a country.
struct Country {
    code: CountryCode,
    /// The country's share of the prior.
    prior: f64,
    /// The logarithm of the ratio by which the places speak for it.
    log_ratio: f64,
    /// By how much more than all other atoms of the country these are raised, in order.
    raises: Vec<(usize, f64)>,
}

impl Named {
    /// The places of a piece that belongs to a group.
    pub(super) fn of(piece: &Piece, world: &World) -> Option<Self> {
        if piece.group.is_none() || !matches!(piece.likelihood, Likelihood::Places(_)) {
            return None;
        }
        let Some(Footprint::Bells(bells)) = world.footprint(&piece.likelihood) else { return None };
        let weight = weight_of_places(piece);
        let mut countries: BTreeMap<CountryCode, Drawn> = BTreeMap::new();
        for bell in &bells {
            for (code, drawn) in drawn_by(bell, world) {
                let known = countries.entry(code).or_default();
                known.part += drawn.part;
                known.within += drawn.within;
                known.atoms.extend(drawn.atoms);
            }
        }
        let of_country = |(code, drawn): (CountryCode, Drawn)| {
            let prior = world.prior.share_of(code);
            let mut raised: BTreeMap<usize, f64> = BTreeMap::new();
            for (at, share) in drawn.atoms {
                let before = world.prior.atoms[at].probability / prior;
                *raised.entry(at).or_default() += weight * share / before / (1.0 - weight * drawn.within);
            }
            Country {
                code,
                prior,
                log_ratio: log_ratio(weight, drawn.part, prior),
                raises: raised.into_iter().collect(),
            }
        };
        Some(Self(countries.into_iter().map(of_country).collect()))
    }

    /// The logarithms of the ratios by which they speak for countries.
    pub(super) fn log_ratios(&self) -> Vec<(CountryCode, f64)> {
        self.0.iter().map(|country| (country.code, country.log_ratio)).collect()
    }
}

/// What bells draw to themselves of a country, as parts of the weight of their piece.
#[derive(Default)]
struct Drawn {
    /// How much of the bells lies in it.
    part: f64,
    /// Of the country's own belief.
    within: f64,
    /// How that lies on atoms.
    atoms: Vec<(usize, f64)>,
}

/// What a bell draws of each country that it reaches; of that which has most of it the bell's whole part.
fn drawn_by(bell: &Bell, world: &World) -> BTreeMap<CountryCode, Drawn> {
    let mut countries: BTreeMap<CountryCode, Drawn> = BTreeMap::new();
    for (at, share) in &bell.shares {
        let drawn = countries.entry(world.prior.atoms[*at].country).or_default();
        drawn.part += bell.part * share;
        drawn.atoms.push((*at, bell.part * share));
    }
    let most = countries.values().map(|drawn| drawn.part).fold(f64::MIN_POSITIVE, f64::max);
    for drawn in countries.values_mut() {
        drawn.within = bell.part * drawn.part / most;
        drawn.atoms.iter_mut().for_each(|(_, share)| *share *= bell.part / most);
    }
    countries
}

/// What the places of a group have said so far.
#[derive(Default)]
pub(super) struct Told {
    /// By how much atoms are raised.
    raised: HashMap<usize, f64>,
    /// What that comes to in each country, of which the others then have so much less.
    sums: HashMap<CountryCode, f64>,
}

impl Told {
    /// The factor of one more piece of the group. `share` of the logarithm of its ratio counts for a country.
    pub(super) fn factor(&mut self, named: &Named, share: &dyn Fn(CountryCode) -> f64, world: &World) -> Factor {
        let mut factor = Factor { others: 1.0, ..Factor::default() };
        let mut sum = 1.0;
        for Country { code, prior, log_ratio, raises } in &named.0 {
            let ratio = (share(*code) * log_ratio).exp();
            sum += prior * (ratio - 1.0);
            let of_country = self.sums.entry(*code).or_insert(1.0);
            let before = *of_country;
            let mut own = Vec::with_capacity(raises.len());
            for (at, raise) in raises {
                let known = self.raised.entry(*at).or_default();
                let (was, is) = (*known, known.max(*raise));
                *known = is;
                *of_country += world.prior.atoms[*at].probability / prior * (is - was);
                own.push((*at, (1.0 + is) / (1.0 + was)));
            }
            let usual = ratio * before / *of_country;
            factor.countries.insert(*code, usual);
            factor.atoms.extend(own.into_iter().map(|(at, raise)| (at, usual * raise)));
        }
        // All of it together leaves the prior's sum as it is.
        let scaled = 1.0 / sum;
        factor.others *= scaled;
        factor.countries.values_mut().for_each(|factor| *factor *= scaled);
        factor.atoms.iter_mut().for_each(|(_, factor)| *factor *= scaled);
        factor.atoms.sort_by_key(|(at, _)| *at);
        factor
    }
}
