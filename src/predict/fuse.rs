//! Weighs the evidence into one probability over the world.
//!
//! Belief lies on atoms, one country's part of one cell. It begins with the prior, and each piece multiplies it:
//! - countries with probabilities p(c), where the prior has q(c), multiply by w p(c) / q(c) + 1 - w. A model's
//!   probabilities are already its whole judgement, so they are divided by the prior they take the place of;
//! - towns multiply the atoms of their own country by 1 - w + w b(a) / q(a | c), with b a bell around them, so that naming
//!   a city moves belief within its country and not between countries;
//! - a point does the same over the whole world.
//!
//! Here w is the weight of the piece; 0 leaves it out. Nothing here is calibrated yet, so all numbers are raw.

use super::{
    candidates::ranked,
    evidence::{Heard, Likelihood, Piece, gather, placed, prior_share},
    finding::{Candidate, CountryShare, CredibleKm, Evidence, EvidenceKind, ProbabilityKind},
};
use crate::{
    geo::{CountryCode, LatLon, Prior, Surface, country_at, prior},
    words,
};

/// Countries below this share are left out of the list.
const LEAST_SHARE: f64 = 1e-4;

/// What the evidence comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Fused {
    /// Probability over the cells.
    pub surface: Surface,
    /// Places by rank.
    pub candidates: Vec<Candidate>,
    /// Radii around the first candidate.
    pub credible_km: CredibleKm,
    /// Countries by falling probability.
    pub countries: Vec<CountryShare>,
    /// The pieces as the user reads them.
    pub evidence: Vec<Evidence>,
    /// What the numbers are.
    pub probability_kind: ProbabilityKind,
    /// Contradictions and names that could not be used, as sentences.
    pub problems: Vec<String>,
}

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

/// Gathers and weighs everything that was heard about a picture.
pub fn fuse(heard: &Heard<'_>) -> Fused {
    let (pieces, problems) = gather(heard);
    let mut fused = weigh_up(&pieces, heard.is_trusted);
    fused.problems.splice(0..0, problems);
    fused
}

/// Weighs pieces that were gathered before; after one is struck (switched off), switched on or added, this ranks anew. It
/// needs no device and no model. `is_trusted` is [`Heard::is_trusted`].
pub fn weigh_up(pieces: &[Piece], is_trusted: bool) -> Fused {
    let from_picture: Vec<Piece> =
        pieces.iter().filter(|p| p.evidence.kind != EvidenceKind::MetadataGps).cloned().collect();
    let seen = concluded(&from_picture);
    let gps = pieces.iter().find(|piece| piece.evidence.kind == EvidenceKind::MetadataGps);
    let gps_said = gps.filter(|_| is_trusted).and_then(|piece| piece.evidence.position);
    let mut problems: Vec<String> = gps_said.and_then(|position| contradiction(position, &seen)).into_iter().collect();
    let weighed = if gps.is_some_and(|piece| piece.evidence.weight() > 0.0) { concluded(pieces) } else { seen };
    for piece in pieces.iter().filter(|piece| weighed.passed_over.contains(&piece.evidence.id)) {
        problems.push(format!(
            "This was not counted, because it leaves no place that the rest allows: {}",
            piece.evidence.text
        ));
    }
    Fused {
        surface: weighed.surface,
        candidates: weighed.candidates,
        credible_km: weighed.credible_km,
        countries: weighed.countries,
        evidence: pieces.iter().map(|piece| piece.evidence.clone()).collect(),
        probability_kind: ProbabilityKind::Raw,
        problems,
    }
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

struct Concluded {
    surface: Surface,
    candidates: Vec<Candidate>,
    credible_km: CredibleKm,
    countries: Vec<CountryShare>,
    passed_over: Vec<String>,
}

fn concluded(pieces: &[Piece]) -> Concluded {
    let prior = prior();
    let belief = weigh(pieces);
    let surface = Surface::from_weights(prior.atoms.iter().zip(&belief.probabilities).map(|(atom, p)| (atom.cell, *p)));
    let shares = country_shares(&belief, prior);
    let candidates = ranked(pieces, &belief, &shares, &surface);
    let centre = candidates.first().and_then(Candidate::position);
    let radius = |p: f64| {
        let km = centre.map_or_else(|| surface.credible_radius_km(p), |centre| surface.radius_around_km(centre, p));
        (10.0 * km).round() / 10.0
    };
    let credible_km = CredibleKm { p50: radius(0.5), p90: radius(0.9) };
    let countries = shares.into_iter().filter(|share| share.probability >= LEAST_SHARE).collect();
    Concluded { surface, candidates, credible_km, countries, passed_over: belief.passed_over }
}

/// Countries by falling share of the belief.
fn country_shares(belief: &Belief, prior: &Prior) -> Vec<CountryShare> {
    let share = |country_code: CountryCode| {
        let probability: f64 = belief.probabilities[prior.of_country(country_code)].iter().sum();
        CountryShare { country_code, probability: (probability * 1e6).round() / 1e6 }
    };
    let mut shares: Vec<CountryShare> = prior.countries().map(share).collect();
    shares.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    shares
}

/// A sentence where the file's position does not fit what the picture itself shows: it lies outside the circle that holds
/// nine tenths of the probability, or in none of the countries that hold nine tenths together.
fn contradiction(gps: LatLon, seen: &Concluded) -> Option<String> {
    let first = seen.candidates.first()?;
    let km = first.position()?.distance_km(gps);
    let mut sum = 0.0;
    let likely = seen.countries.iter().take_while(|share| {
        let before = sum;
        sum += share.probability;
        before < 0.9
    });
    let land = country_at(gps).map(|country| country.code);
    let in_likely_country = likely.into_iter().any(|share| Some(share.country_code) == land);
    (km > seen.credible_km.p90 || !in_likely_country).then(|| {
        let place: Vec<&str> =
            [first.city.as_str(), &first.country].into_iter().filter(|part| !part.is_empty()).collect();
        format!(
            "The file's position contradicts the picture: it gives {}, {} from where the picture itself points, {}.",
            placed(gps),
            words::kilometres(km),
            place.join(", ")
        )
    })
}

#[cfg(test)]
#[path = "fuse_tests.rs"]
mod tests;
