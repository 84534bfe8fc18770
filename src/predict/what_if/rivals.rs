//! The places that stand first or may come to, and about how far each would lead without some of the pieces.

use std::collections::BTreeMap;

use crate::{
    geo::{CountryCode, LatLon, prior},
    predict::{
        belief::{Belief, weigh},
        candidates::nearest_atom,
        evidence::Piece,
        finding::Candidate,
    },
};

/// The candidates, in their order, and after them the countries that have none.
pub(super) struct Rivals {
    rivals: Vec<Rival>,
    n_candidates: usize,
    /// Of each piece that counts, by its place among all, the logarithm of its factor for each rival.
    effects: BTreeMap<usize, Vec<f64>>,
}

struct Rival {
    country: CountryCode,
    /// The logarithm of its probability; where pieces rule it out, of what it would be without those.
    log: f64,
    /// How many pieces rule it out.
    n_against: usize,
}

impl Rivals {
    /// None where a candidate, as it was read from a file, lies nowhere.
    pub(super) fn of(pieces: &[Piece], candidates: &[Candidate]) -> Option<Self> {
        let belief = weigh(pieces);
        let place = |candidate: &Candidate| candidate.country_code.zip(candidate.position());
        let places: Vec<(CountryCode, LatLon)> = candidates.iter().map(place).collect::<Option<_>>()?;
        let has_candidate = |code: &CountryCode| places.iter().any(|(country, _)| country == code);
        let others: Vec<CountryCode> = belief.world.countries().filter(|code| !has_candidate(code)).collect();
        let countries: Vec<CountryCode> = places.iter().map(|(code, _)| *code).chain(others.iter().copied()).collect();
        let homes: Vec<Option<usize>> = places.iter().map(|place| home(&belief, *place)).collect();

        let place_of = |id: &str| pieces.iter().position(|piece| piece.evidence.id == id);
        let mut effects: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for (id, factor) in &belief.factors {
            let of = |(at, country): (usize, &CountryCode)| match homes.get(at).copied().flatten() {
                Some(home) => factor.at(home, *country).ln(),
                None => factor.of_country(*country).ln(),
            };
            effects.extend(place_of(id).map(|piece| (piece, countries.iter().enumerate().map(of).collect())));
        }
        let log_sum = log_sum(&belief);
        let share = |code: &CountryCode| belief.probabilities[belief.world.of_country(*code)].iter().sum::<f64>();
        let probabilities = candidates.iter().map(|one| one.probability).chain(others.iter().map(share));
        let rival = |(at, probability): (usize, f64)| {
            let country = countries[at];
            if probability > 0.0 {
                return Rival { country, log: probability.ln(), n_against: 0 };
            }
            let (finite, infinite): (Vec<f64>, Vec<f64>) =
                effects.values().map(|effect| effect[at]).partition(|log| log.is_finite());
            Rival {
                country,
                log: prior().share_of(country).ln() + finite.iter().sum::<f64>() - log_sum,
                n_against: infinite.len(),
            }
        };
        let rivals = probabilities.enumerate().map(rival).collect();
        Some(Self { rivals, n_candidates: candidates.len(), effects })
    }

    /// The pieces that count, by their places among all.
    pub(super) fn pieces(&self) -> impl Iterator<Item = usize> {
        self.effects.keys().copied()
    }

    pub(super) fn country(&self, at: usize) -> CountryCode {
        self.rivals[at].country
    }

    /// The likeliest country beside that of the first candidate, and how many times likelier the first one's is.
    pub(super) fn second_country(&self) -> Option<(CountryCode, f64)> {
        let first = self.rivals.first()?.country;
        let others = self.rivals.iter().filter(|rival| rival.country != first && rival.n_against == 0);
        let second = others.max_by(|a, b| a.log.total_cmp(&b.log))?.country;
        let share = |country: CountryCode| -> f64 {
            let of_country = self.rivals.iter().filter(|rival| rival.country == country && rival.n_against == 0);
            of_country.map(|rival| rival.log.exp()).sum()
        };
        Some((second, share(first) / share(second)))
    }

    /// By how much a candidate would be ahead of all others without these pieces, in natural logarithms; below 0 where it would
    /// not be. The first one lies in the likeliest country, so whole countries are held against each other; towns of one country
    /// are only where the first one lies, since those that stand for another are chosen anew when it comes to the front.
    pub(super) fn lead(&self, at: usize, struck: &[usize]) -> f64 {
        let effects: Vec<&Vec<f64>> = struck.iter().filter_map(|piece| self.effects.get(piece)).collect();
        let without = |(at, rival): (usize, &Rival)| {
            let (mut log, mut n_against) = (rival.log, rival.n_against);
            for effect in &effects {
                if effect[at].is_finite() {
                    log -= effect[at];
                } else {
                    n_against = n_against.saturating_sub(1);
                }
            }
            if n_against == 0 { log.exp() } else { 0.0 }
        };
        let left: Vec<f64> = self.rivals.iter().enumerate().map(without).collect();
        let (candidates, others) = left.split_at(self.n_candidates);
        let is_of = |at: usize, country: CountryCode| self.rivals[at].country == country;
        let of_country = |country: CountryCode| -> f64 {
            candidates.iter().enumerate().filter(|(at, _)| is_of(*at, country)).map(|(_, left)| left).sum()
        };
        let here = self.rivals[at].country;
        let elsewhere = (0..self.n_candidates).filter(|other| !is_of(*other, here));
        let elsewhere = elsewhere.map(|other| of_country(self.rivals[other].country)).chain(others.iter().copied());
        let of_countries = log_ratio(of_country(here), elsewhere.fold(0.0, f64::max));
        if !is_of(0, here) {
            return of_countries;
        }
        let beside = (0..self.n_candidates).filter(|other| *other != at && is_of(*other, here));
        of_countries.min(log_ratio(left[at], beside.map(|other| left[other]).fold(0.0, f64::max)))
    }
}

fn log_ratio(one: f64, other: f64) -> f64 {
    one.max(f64::MIN_POSITIVE).ln() - other.max(f64::MIN_POSITIVE).ln()
}

/// The logarithm of what belief came to before it was made to sum to 1, as any atom tells that some of it lies on.
fn log_sum(belief: &Belief) -> f64 {
    let likeliest = belief.probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    let Some((at, probability)) = likeliest else { return 0.0 };
    let atom = &belief.world.atoms[at];
    let factors = belief.factors.iter().map(|(_, factor)| factor.at(at, atom.country).ln());
    atom.probability.ln() + factors.sum::<f64>() - probability.ln()
}

/// The atom of a place.
fn home(belief: &Belief, (country, position): (CountryCode, LatLon)) -> Option<usize> {
    let atoms = belief.world.of_country(country);
    (!atoms.is_empty()).then(|| nearest_atom(&belief.world.atoms, atoms, position))
}
