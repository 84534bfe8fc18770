//! Finds what would change where a candidate stands: pieces which, struck, would put another place before the first one or any
//! other first, and clues that would tell the two apart. It needs neither model nor device.
//!
//! Which pieces to strike is estimated, by taking their factors out of the belief; whatever is said was then tried, by weighing all
//! the others anew.

mod rivals;
mod unseen;

use std::collections::HashMap;

use super::{
    candidates::First,
    change::{Change, Struck},
    evidence::Piece,
    finding::{Candidate, Finding},
    fuse::first,
    weighing::Weighing,
};
use crate::knowledge::clues::Clues;
use rivals::Rivals;

/// So many single pieces are tried.
const MOST_TRIED: usize = 5;
/// So many of those that would change it are named.
const MOST_NAMED: usize = 3;
/// No more pieces than this are struck together.
const MOST_TOGETHER: usize = 3;
/// A strike is tried where by the estimate, in natural logarithms, it lacks no more than this. Factors are taken out too
/// roughly where the pieces of a group count for more without it, and where towns share a country.
const SLACK: f64 = 1.0;
/// Candidates of one country stand farther apart.
const SAME_KM: f64 = 100.0;

/// What is asked of a finding's candidates; what was tried for one is remembered for the next.
pub struct WhatIf<'a> {
    finding: &'a Finding,
    pieces: Vec<Piece>,
    is_trusted: bool,
    clues: &'a Clues,
    rivals: Rivals,
    tried: HashMap<Vec<usize>, Option<First>>,
}

impl<'a> WhatIf<'a> {
    /// Of a finding that was weighed from this, with its evidence as it stands in it; none where a candidate lies nowhere, which
    /// only a file can say.
    pub fn new(weighing: &Weighing, finding: &'a Finding, clues: &'a Clues) -> Option<Self> {
        let pieces = weighing.as_set(&finding.evidence);
        let rivals = Rivals::of(&pieces, &finding.candidates)?;
        Some(Self { finding, pieces, is_trusted: weighing.is_trusted, clues, rivals, tried: HashMap::new() })
    }

    /// What would change where each candidate stands.
    pub fn changes(mut self) -> Vec<Change> {
        (0..self.finding.candidates.len()).filter_map(|at| self.change(at, &|| false)).collect()
    }

    /// What would change where the candidate at this place in the list, from 0, stands. `is_stopped` is asked before each
    /// trial, which takes as long as a ranking; none where it says so.
    pub fn change(&mut self, at: usize, is_stopped: &dyn Fn() -> bool) -> Option<Change> {
        let mut struck = self.alone(at, is_stopped)?;
        if struck.is_empty() {
            struck = self.together(at, is_stopped)?;
        }
        let unseen = unseen::between(&self.rivals, at, &self.pieces, self.clues);
        Some(Change { struck, unseen })
    }

    /// The single pieces that would change it, first those that would most.
    fn alone(&mut self, at: usize, is_stopped: &dyn Fn() -> bool) -> Option<Vec<Struck>> {
        let estimate = |piece| (self.estimate(at, &[piece]), piece);
        let mut likely: Vec<(f64, usize)> = self.rivals.pieces().map(estimate).collect();
        likely.sort_by(|a, b| b.0.total_cmp(&a.0));
        // Without the one that does most there may be no place at all, which no estimate foresees.
        let n_likely = likely.iter().filter(|(estimate, _)| *estimate > -SLACK).count().max(1);
        let mut struck = Vec::new();
        for (_, piece) in likely.into_iter().take(n_likely.min(MOST_TRIED)) {
            if is_stopped() {
                return None;
            }
            struck.extend(self.without(at, &[piece]));
        }
        struck.truncate(MOST_NAMED);
        Some(struck)
    }

    /// The fewest pieces that would change it together, each the one that does most beside those before it; none where no few
    /// do.
    fn together(&mut self, at: usize, is_stopped: &dyn Fn() -> bool) -> Option<Vec<Struck>> {
        let mut pieces: Vec<usize> = Vec::new();
        while pieces.len() < MOST_TOGETHER {
            let others = self.rivals.pieces().filter(|piece| !pieces.contains(piece));
            let with = others.map(|piece| [pieces.as_slice(), &[piece]].concat());
            let estimated = with.map(|pieces| (self.estimate(at, &pieces), pieces));
            let Some((estimate, best)) = estimated.max_by(|a, b| a.0.total_cmp(&b.0)) else { break };
            pieces = best;
            if is_stopped() {
                return None;
            }
            let is_likely = pieces.len() > 1 && estimate > -SLACK;
            if let Some(struck) = is_likely.then(|| self.without(at, &pieces)).flatten() {
                return Some(vec![struck]);
            }
        }
        Some(Vec::new())
    }

    /// How far a strike is estimated to go beyond what changes it, in natural logarithms.
    fn estimate(&self, at: usize, struck: &[usize]) -> f64 {
        let lead = self.rivals.lead(at, struck);
        if at == 0 { -lead } else { lead }
    }

    /// Strikes pieces and looks; none where that does not change it.
    fn without(&mut self, at: usize, struck: &[usize]) -> Option<Struck> {
        let first = self.first_without(struck);
        let is_changed = match &first {
            Some(first) if at == 0 => !is_same(self.finding.candidates.first()?, first),
            Some(first) => self.is_put_first(at, first),
            None => at == 0,
        };
        let ids = struck.iter().map(|piece| self.pieces[*piece].evidence.id.clone()).collect();
        is_changed.then(|| Struck { pieces: ids, first: first.map(|first| first.town) })
    }

    /// What comes first without these pieces; none where nothing is left that speaks.
    fn first_without(&mut self, struck: &[usize]) -> Option<First> {
        let mut key = struck.to_vec();
        key.sort_unstable();
        if let Some(known) = self.tried.get(&key) {
            return known.clone();
        }
        self.set(&key, false);
        let first = first(&self.pieces, self.is_trusted);
        self.set(&key, true);
        self.tried.insert(key, first.clone());
        first
    }

    fn set(&mut self, pieces: &[usize], on: bool) {
        pieces.iter().for_each(|piece| self.pieces[*piece].evidence.on = on);
    }

    /// Whether that puts a candidate first, or its country where that is another than the first one's: which of its towns stands
    /// for it then is chosen anew.
    fn is_put_first(&self, at: usize, first: &First) -> bool {
        let candidates = &self.finding.candidates;
        let country = candidates[at].country_code;
        let is_elsewhere = country != candidates[0].country_code;
        if is_elsewhere { country == Some(first.town.country) } else { is_same(&candidates[at], first) }
    }
}

fn is_same(candidate: &Candidate, first: &First) -> bool {
    let is_near = candidate.position().is_some_and(|position| position.distance_km(first.position) < SAME_KM);
    candidate.country_code == Some(first.town.country) && is_near
}

#[cfg(test)]
mod tests;
