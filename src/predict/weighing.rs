//! Ranking anew when the user has struck, weakened or strengthened evidence: a pure function that needs neither model nor
//! device.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{
    calibration::Calibrated,
    contradictions,
    evidence::{Likelihood, Piece},
    finding::{CellArea, Evidence, Finding, ProbabilityKind},
    fuse::weigh_up,
    problem::FindingProblem,
    sign::{self, Sign},
    sign_pieces,
};
use crate::geo::{LatLon, Surface};

/// More pieces than this are not taken from a file.
const MOST_PIECES: usize = 1000;
/// Nor are more countries or towns than this in one of them.
const MOST_PARTS: usize = 1000;

/// What a finding was weighed from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Weighing {
    /// The pieces as they were gathered, all switched on; those that follow from signs are not among them.
    pub pieces: Vec<Piece>,
    /// The signs, as they were read or as the user has set them since.
    #[serde(default)]
    pub signs: Vec<Sign>,
    /// What the user has added: hints, areas, clues.
    #[serde(default)]
    pub own: Vec<Piece>,
    /// Whether the model knows pictures of this kind; one that does not contradicts nothing.
    pub is_trusted: bool,
    /// What the model's calibration says of such a picture.
    #[serde(default)]
    pub calibrated: Option<Calibrated>,
}

impl Weighing {
    /// All pieces, as they come with the strengths that they have of themselves.
    pub fn all_pieces(&self) -> Vec<Piece> {
        let of_signs = self.of_signs();
        self.pieces.iter().chain(&of_signs).chain(&self.own).cloned().collect()
    }

    /// What the signs tell, counted as far as the calibration says.
    fn of_signs(&self) -> Vec<Piece> {
        let mut pieces = sign_pieces::pieces(&self.signs).to_vec();
        if let Some(calibrated) = &self.calibrated {
            calibrated.weights.temper(&mut pieces);
        }
        pieces
    }

    fn with_piece<T>(&self, id: &str, ask: impl FnOnce(&Piece) -> T) -> Option<T> {
        let of_signs = sign_pieces::pieces(&self.signs);
        let mut all = self.pieces.iter().chain(of_signs.iter()).chain(&self.own);
        all.find(|piece| piece.evidence.id == id).map(ask)
    }

    /// All pieces, with the switches and strengths of the evidence of their names.
    pub fn as_set<'e>(&self, evidence: impl IntoIterator<Item = &'e Evidence>) -> Vec<Piece> {
        let mut pieces = self.all_pieces();
        switch(&mut pieces, evidence);
        pieces
    }

    /// Of some evidence that of the pieces which do not stand as they were gathered: switched, weakened or strengthened.
    pub fn changed<'e>(&self, evidence: &'e [Evidence]) -> Vec<&'e Evidence> {
        let gathered = self.all_pieces();
        let differs = |as_set: &&Evidence| {
            let own = gathered.iter().map(|piece| &piece.evidence).find(|own| own.id == as_set.id);
            own.is_some_and(|own| (own.on, own.strength) != (as_set.on, as_set.strength))
        };
        evidence.iter().filter(differs).collect()
    }

    /// The finding with its evidence weighed anew, by the switches and strengths that stand in the finding. With those that
    /// the pieces were gathered with, it is the same to the bit as the one that was found.
    pub fn ranked(&self, finding: &Finding) -> (Finding, Surface) {
        let mut pieces = self.all_pieces();
        let is_switched = switch(&mut pieces, &finding.evidence);
        let is_as_found = !is_switched && self.own.is_empty() && self.signs.iter().all(Sign::is_as_read);
        // The cases of a calibration were not edited, so that it promises nothing of what is.
        let calibrated = self.calibrated.as_ref().filter(|_| is_as_found);
        let weighed = weigh_up(&pieces, self.is_trusted, calibrated);
        let mut finding = finding.clone();
        finding.problems.retain(|problem| !problem.comes_of_weighing());
        let n_of_weighing = weighed.problems.len();
        finding.problems.splice(0..0, weighed.problems);
        finding.candidates = weighed.candidates;
        finding.credible_km = weighed.credible_km;
        finding.countries = weighed.countries;
        finding.evidence = weighed.evidence;
        finding.signs.clone_from(&self.signs);
        finding.reasons = finding.reasons.held(&self.signs);
        let at_odds = contradictions::found(&pieces, self.is_trusted, &finding);
        finding.problems.splice(n_of_weighing..n_of_weighing, at_odds.into_iter().map(FindingProblem::AtOdds));
        finding.probability_kind = if is_as_found { weighed.probability_kind } else { ProbabilityKind::Edited };
        let holds = finding.probability_kind == ProbabilityKind::Calibrated;
        finding.calibrated_on = calibrated.filter(|_| holds).map(Calibrated::on);
        let levels = finding.levels();
        finding.credible_cells = [levels.p50, levels.p90].map(|level| CellArea::holding(&weighed.surface, level.cells));
        (finding, weighed.surface)
    }

    /// Whether a piece has a bearing on the world, and so can be struck.
    pub fn can_strike(&self, id: &str) -> bool {
        self.with_piece(id, |piece| piece.likelihood != Likelihood::Nothing).unwrap_or(false)
    }

    /// The strength that a piece was gathered with.
    pub fn own_strength(&self, id: &str) -> Option<f64> {
        self.with_piece(id, |piece| piece.evidence.strength)
    }

    /// Whether it can be weighed, wherever it was read from.
    pub fn is_sound(&self) -> bool {
        let on_earth = |at: &LatLon| LatLon::new(at.lat, at.lon).is_some();
        let is_share = |share: f64| (0.0..=1.0).contains(&share);
        let is_sound = |piece: &Piece| {
            is_share(piece.evidence.strength)
                && match &piece.likelihood {
                    // A region is sound from the moment that it is read.
                    Likelihood::Nothing | Likelihood::Region { .. } => true,
                    Likelihood::Countries(shares) => {
                        shares.len() <= MOST_PARTS && shares.iter().all(|share| is_share(share.probability))
                    }
                    Likelihood::Ratio { countries, inside, outside } => {
                        let is_likelihood = |l: &f64| l.is_finite() && *l >= 0.0;
                        countries.len() <= MOST_PARTS && [inside, outside].into_iter().all(is_likelihood)
                    }
                    Likelihood::Towns(spots) | Likelihood::Places(spots) => {
                        spots.len() <= MOST_PARTS
                            && spots.iter().all(|spot| spot.is_sound() && on_earth(&spot.town.place.position))
                    }
                    Likelihood::Point(point) => on_earth(point),
                }
        };
        let pieces = || self.pieces.iter().chain(&self.own);
        let are_signs_sound = self.signs.len() <= sign::MOST_SIGNS && self.signs.iter().all(Sign::is_sound);
        let is_calibration_sound = self.calibrated.is_none_or(|calibrated| calibrated.levels.are_sound());
        is_calibration_sound && are_signs_sound && pieces().count() <= MOST_PIECES && pieces().all(is_sound)
    }
}

/// Gives pieces the switches and the strengths of the evidence of their names; whether any differs from its own.
fn switch<'e>(pieces: &mut [Piece], evidence: impl IntoIterator<Item = &'e Evidence>) -> bool {
    let as_set: HashMap<&str, &Evidence> = evidence.into_iter().map(|as_set| (as_set.id.as_str(), as_set)).collect();
    let mut is_switched = false;
    for Piece { evidence: own, .. } in pieces {
        let Some(as_set) = as_set.get(own.id.as_str()) else { continue };
        let strength = if as_set.strength.is_finite() { as_set.strength.clamp(0.0, 1.0) } else { 0.0 };
        is_switched |= (own.on, own.strength) != (as_set.on, strength);
        (own.on, own.strength) = (as_set.on, strength);
    }
    is_switched
}

#[cfg(test)]
#[path = "weighing_tests.rs"]
mod tests;
