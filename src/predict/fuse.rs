//! Weighs the evidence into one probability over the world.
//!
//! Its numbers are scores, unless a calibration says what they are worth.

use super::{
    belief::{Belief, PassedOver, weigh},
    calibration::{Calibrated, Levels},
    candidates::{self, Basis, First, countries_for_towns, is_named, is_raised_in, is_told, ranked},
    evidence::{Piece, whereabouts},
    finding::{Candidate, CredibleKm, Evidence, EvidenceKind, ProbabilityKind, WIDE_KM},
    problem::FindingProblem,
    statement::{CountryShare, Statement},
};
use crate::geo::{CountryCode, LatLon, Surface};

/// Countries below this share are left out of the list.
const LEAST_SHARE: f64 = 1e-4;

/// Where no model was asked and the evidence raises countries that hold less than this together, none of them is named.
const LEAST_SPOKEN_FOR: f64 = 0.1;

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
    /// The levels at which areas are drawn.
    pub levels: Levels,
    /// Contradictions, and names and pieces that could not be used.
    pub problems: Vec<FindingProblem>,
}

/// Weighs pieces that were gathered before; after one is struck (switched off), switched on or added, this ranks anew. It
/// needs no device and no model. `is_trusted` is [`super::evidence::Heard::is_trusted`]. Without a model only
/// countries that the evidence has raised are named. Where the pieces are such as the cases of the calibration had, areas are
/// drawn at its levels; else the numbers are scores.
pub fn weigh_up(pieces: &[Piece], is_trusted: bool, calibrated: Option<&Calibrated>) -> Fused {
    let calibrated = calibrated.filter(|calibrated| calibrated.covers(pieces));
    let levels = calibrated.map_or(Levels::NOMINAL, |calibrated| calibrated.levels);
    let gps = pieces.iter().find(|piece| piece.evidence.kind == EvidenceKind::MetadataGps);
    let weighed = concluded(pieces, is_trusted, levels);
    let against_file = gps.and_then(|piece| piece.evidence.position).and_then(|position| {
        let is_seen = |piece: &Piece| is_seen(piece, is_trusted);
        if pieces.iter().all(|piece| is_seen(piece) || !piece.counts()) {
            return contradiction(position, &weighed);
        }
        let seen: Vec<Piece> = pieces.iter().filter(|piece| is_seen(piece)).cloned().collect();
        contradiction(position, &concluded(&seen, is_trusted, levels))
    });
    let mut problems: Vec<_> = against_file.into_iter().collect();
    problems.extend(weighed.passed_over.iter().filter_map(|left_out| clash(left_out, pieces)));
    let mut candidates = weighed.candidates;
    if let Some(near) = calibrated.map(Calibrated::near) {
        let six_places = |p: f64| (1e6 * p).round() / 1e6;
        candidates.iter_mut().for_each(|found| found.within_100_km = six_places(near.probability(found.within_100_km)));
    }
    Fused {
        surface: weighed.surface,
        candidates,
        credible_km: weighed.credible_km,
        countries: weighed.countries,
        evidence: pieces.iter().map(|piece| piece.evidence.clone()).collect(),
        probability_kind: if calibrated.is_some() { ProbabilityKind::Calibrated } else { ProbabilityKind::Raw },
        levels,
        problems,
    }
}

/// The first candidate of [`weigh_up`] alone, which takes less than all that it says.
pub(super) fn first(pieces: &[Piece], is_trusted: bool) -> Option<First> {
    if !pieces.iter().any(Piece::counts) {
        return None;
    }
    let belief = weigh(pieces);
    let basis = basis(pieces, is_trusted, &belief);
    let mut first = candidates::first(&basis)?;
    let at = (first.town.country, first.position);
    let is_wide = is_wide_around(first.position, &belief);
    if is_wide && !is_named(pieces, at.0, at.1) || basis.only_raised && !is_told(&basis, at.0, at.1) {
        (first.town.name, first.town.region) = (String::new(), String::new());
    }
    Some(first)
}

/// Whether a model that knows such pictures has weighed the whole world by this one.
fn is_weighed_by_model(pieces: &[Piece], is_trusted: bool) -> bool {
    is_trusted && pieces.iter().any(Piece::weighs_countries)
}

/// What candidates may be taken from.
fn basis<'a>(pieces: &'a [Piece], is_trusted: bool, belief: &'a Belief) -> Basis<'a> {
    let shares = spoken_for(pieces, is_trusted, belief);
    Basis { pieces, belief, shares, only_raised: !is_weighed_by_model(pieces, is_trusted) }
}

/// The countries for which more than the prior speaks, by falling share: all where a model has weighed them; else those that the
/// evidence has raised, and none where these hold too little to be worth naming.
pub(super) fn spoken_for(pieces: &[Piece], is_trusted: bool, belief: &Belief) -> Vec<CountryShare> {
    let mut shares = country_shares(belief);
    if is_weighed_by_model(pieces, is_trusted) {
        return shares;
    }
    shares.retain(|share| is_raised_in(share.country_code, belief));
    let sum: f64 = shares.iter().map(|share| share.probability).sum();
    if sum < LEAST_SPOKEN_FOR { Vec::new() } else { shares }
}

/// Whether less than half of the belief lies so near that a town can be named.
fn is_wide_around(position: LatLon, belief: &Belief) -> bool {
    let near = belief.world.near(position, WIDE_KM);
    near.iter().map(|at| belief.probabilities[*at]).sum::<f64>() < 0.5
}

/// What is said of a piece that leaves nothing of what the others leave.
fn clash(left_out: &PassedOver, pieces: &[Piece]) -> Option<FindingProblem> {
    let said = |id: &str| {
        let piece = pieces.iter().find(|piece| piece.evidence.id == id);
        piece.map(|piece| piece.evidence.statement.clone())
    };
    let left_out_said = said(&left_out.id)?;
    let counted: Vec<Statement> = left_out.against.iter().filter_map(|id| said(id)).collect();
    Some(match counted.is_empty() {
        true => FindingProblem::PassedOver(left_out_said),
        false => FindingProblem::Clash { counted, left_out: left_out_said },
    })
}

#[derive(Default)]
struct Concluded {
    surface: Surface,
    candidates: Vec<Candidate>,
    credible_km: CredibleKm,
    countries: Vec<CountryShare>,
    passed_over: Vec<PassedOver>,
}

fn concluded(pieces: &[Piece], is_trusted: bool, levels: Levels) -> Concluded {
    if !pieces.iter().any(Piece::counts) {
        return Concluded::default();
    }
    let belief = weigh(pieces);
    let cells = belief.world.atoms.iter().map(|atom| atom.cell);
    let surface = Surface::from_weights(cells.zip(belief.probabilities.iter().copied()));
    let basis = basis(pieces, is_trusted, &belief);
    let mut candidates = ranked(&basis, &surface);
    if candidates.is_empty() {
        return Concluded { passed_over: belief.passed_over, ..Concluded::default() };
    }
    let around_first = |candidates: &[Candidate]| {
        let first = candidates.first().and_then(Candidate::position).or_else(|| surface.peak());
        first.map(|first| surface.around(first)).unwrap_or_default()
    };
    let mut around = around_first(&candidates);
    if around.radius_km(levels.p50.circle) > WIDE_KM {
        candidates = countries_for_towns(candidates, &basis.shares, |country, at| is_named(pieces, country, at));
        around = around_first(&candidates);
    } else if basis.only_raised {
        // "In Japan" tells of no town: Tokyo would be named because people live there.
        candidates = countries_for_towns(candidates, &basis.shares, |country, at| is_told(&basis, country, at));
        around = around_first(&candidates);
    }
    let [p50, p90] = [levels.p50, levels.p90].map(|level| (10.0 * around.radius_km(level.circle)).round() / 10.0);
    let credible_km = CredibleKm { p50, p90 };
    let countries = basis.shares.into_iter().filter(|share| share.probability >= LEAST_SHARE).collect();
    Concluded { surface, candidates, credible_km, countries, passed_over: belief.passed_over }
}

/// Countries by falling share of the belief.
fn country_shares(belief: &Belief) -> Vec<CountryShare> {
    let share = |country_code: CountryCode| {
        let probability: f64 = belief.probabilities[belief.world.of_country(country_code)].iter().sum();
        CountryShare { country_code, probability: (probability * 1e6).round() / 1e6 }
    };
    let mut shares: Vec<CountryShare> = belief.world.countries().map(share).collect();
    shares.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    shares
}

/// Whether a piece is the picture's own: not of its file, nor of the user, nor what a model makes up of a picture that it does not
/// know.
fn is_seen(piece: &Piece, is_trusted: bool) -> bool {
    let kind = piece.evidence.kind;
    kind != EvidenceKind::MetadataGps && !kind.is_of_user() && (is_trusted || !kind.is_of_model())
}

/// Where the file's position does not fit what the picture itself shows: it lies outside the circle that holds nine tenths
/// of the probability, or in none of the countries that hold nine tenths together.
fn contradiction(gps: LatLon, seen: &Concluded) -> Option<FindingProblem> {
    let first = seen.candidates.first()?;
    let km = first.position()?.distance_km(gps);
    let mut sum = 0.0;
    let likely = seen.countries.iter().take_while(|share| {
        let before = sum;
        sum += share.probability;
        before < 0.9
    });
    let file = whereabouts(gps);
    let in_likely_country = likely.into_iter().any(|share| Some(share.country_code) == file.country);
    let (city, country) = (first.city.clone(), first.country.clone());
    let contradicts = km > seen.credible_km.p90 || !in_likely_country;
    contradicts.then_some(FindingProblem::Contradiction { file, km, city, country })
}

#[cfg(test)]
#[path = "fuse_tests.rs"]
mod tests;
