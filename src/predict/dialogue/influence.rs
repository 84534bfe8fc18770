//! What each piece of evidence does to the answer: the belief is weighed once, and a piece is taken out of it again by
//! dividing by its factor.

use crate::{
    geo::{CountryCode, prior},
    predict::{
        belief::{Belief, weigh},
        evidence::{Likelihood, Piece},
        finding::EvidenceKind,
        fuse::spoken_for,
        statement::{CountryShare, Source, Statement},
    },
};

/// The odds of the prior alone are not said to be greater than e to this power.
const MOST_LOG: f64 = 14.0;

/// Pieces of evidence and what they come to.
pub(super) struct Weighed<'a> {
    pieces: &'a [Piece],
    belief: Belief,
    /// Countries by falling probability.
    pub(super) shares: Vec<CountryShare>,
    /// Those among them for which more than the prior speaks.
    pub(super) spoken_for: Vec<CountryShare>,
}

/// What a piece of evidence does to a country.
#[derive(Debug, Clone, PartialEq)]
pub struct Influence {
    /// The piece's id; `prior` for what was believed before.
    pub id: String,
    /// What it says.
    pub statement: Statement,
    /// Where it comes from.
    pub source: Source,
    /// The natural logarithm of the factor by which it multiplies the odds: of a country against another, or against all
    /// others. Infinite where it leaves one side nothing.
    pub log_odds: f64,
}

impl<'a> Weighed<'a> {
    pub(super) fn new(pieces: &'a [Piece]) -> Self {
        let belief = weigh(pieces);
        let shares = shares_of(&belief, |_| 1.0);
        let spoken_for = if pieces.iter().any(Piece::counts) { spoken_for(pieces, true, &belief) } else { Vec::new() };
        Self { pieces, belief, shares, spoken_for }
    }

    /// A country's share of the belief.
    pub(super) fn share(&self, code: CountryCode) -> CountryShare {
        let share = self.shares.iter().find(|share| share.country_code == code);
        share.copied().unwrap_or(CountryShare { country_code: code, probability: 0.0 })
    }

    /// What each piece that counts does to the odds of one country against another, strongest first; what was believed
    /// before is among them.
    pub(super) fn between(&self, one: CountryCode, other: CountryCode) -> Vec<Influence> {
        let odds = |shares: &[CountryShare]| log_ratio(probability(shares, one), probability(shares, other));
        self.influences(odds)
    }

    /// What each does to the odds of a country against all others, strongest first.
    pub(super) fn on(&self, code: CountryCode) -> Vec<Influence> {
        let odds = |shares: &[CountryShare]| {
            let share = probability(shares, code);
            log_ratio(share, 1.0 - share)
        };
        self.influences(odds)
    }

    /// The countries by falling probability without a piece, weighed anew.
    pub(super) fn without(&self, id: &str) -> Vec<CountryShare> {
        shares_of(&self.weighed_without(&[id]), |_| 1.0)
    }

    fn weighed_without(&self, ids: &[&str]) -> Belief {
        let is_left = |piece: &&Piece| !ids.contains(&piece.evidence.id.as_str());
        weigh(&self.pieces.iter().filter(is_left).cloned().collect::<Vec<_>>())
    }

    fn influences(&self, odds: impl Fn(&[CountryShare]) -> f64) -> Vec<Influence> {
        let with = odds(&self.shares);
        let rule_out = self.belief.factors.iter().filter(|(_, factor)| factor.rules_out_some());
        let rule_out: Vec<&str> = rule_out.map(|(id, _)| id.as_str()).collect();
        // Where one side has nothing, what the other pieces do is seen without those that leave it nothing.
        let open = (!with.is_finite()).then(|| self.weighed_without(&rule_out));
        let open = open.as_ref().unwrap_or(&self.belief);
        let with_open = odds(&shares_of(open, |_| 1.0));
        let mut all: Vec<Influence> = Vec::new();
        for piece in self.pieces {
            let id = piece.evidence.id.as_str();
            let log_odds = if rule_out.contains(&id) {
                with - odds(&self.without(id))
            } else if let Some((_, factor)) = open.factors.iter().find(|(of, _)| of == id) {
                let atoms = &open.world.atoms;
                with_open - odds(&shares_of(open, |atom| factor.at(atom, atoms[atom].country).recip()))
            } else {
                continue;
            };
            // What others rule out as well is infinite both with the piece and without it.
            all.push(influence(piece, if log_odds.is_nan() { 0.0 } else { log_odds }));
        }
        let before = odds(&prior_shares()).clamp(-MOST_LOG, MOST_LOG);
        match self.in_place_of_prior().and_then(|id| all.iter_mut().find(|piece| piece.id == id)) {
            Some(judgement) => judgement.log_odds += before,
            None => {
                let prior = self.pieces.iter().find(|piece| piece.evidence.kind == EvidenceKind::Prior);
                all.extend(prior.map(|piece| influence(piece, before)));
            }
        }
        all.sort_by(|a, b| b.log_odds.abs().total_cmp(&a.log_odds.abs()).then_with(|| a.id.cmp(&b.id)));
        all
    }

    /// A model's probabilities of all countries are its whole judgement, divided by the prior that they take the place of: so
    /// what was believed before is said with them and not beside them.
    fn in_place_of_prior(&self) -> Option<&str> {
        let judges = |piece: &&Piece| piece.counts() && matches!(piece.likelihood, Likelihood::Countries(_));
        self.pieces.iter().find(judges).map(|piece| piece.evidence.id.as_str())
    }
}

fn influence(piece: &Piece, log_odds: f64) -> Influence {
    let evidence = &piece.evidence;
    Influence {
        id: evidence.id.clone(),
        statement: evidence.statement.clone(),
        source: evidence.source.clone(),
        log_odds,
    }
}

/// Countries by falling share of the belief, each atom of which is multiplied by something first.
fn shares_of(belief: &Belief, times: impl Fn(usize) -> f64) -> Vec<CountryShare> {
    let of_country = |country_code: CountryCode| {
        let atoms = belief.world.of_country(country_code);
        CountryShare { country_code, probability: atoms.map(|atom| belief.probabilities[atom] * times(atom)).sum() }
    };
    by_share(belief.world.countries().map(of_country).collect())
}

fn prior_shares() -> Vec<CountryShare> {
    let prior = prior();
    let of_country = |country_code| CountryShare { country_code, probability: prior.share_of(country_code) };
    by_share(prior.countries().map(of_country).collect())
}

fn by_share(mut shares: Vec<CountryShare>) -> Vec<CountryShare> {
    let sum: f64 = shares.iter().map(|share| share.probability).sum();
    shares.iter_mut().for_each(|share| share.probability /= sum.max(f64::MIN_POSITIVE));
    shares.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.country_code.cmp(&b.country_code)));
    shares
}

fn probability(shares: &[CountryShare], code: CountryCode) -> f64 {
    shares.iter().find(|share| share.country_code == code).map_or(0.0, |share| share.probability)
}

/// Infinite where one of them has nothing; no number where neither has.
fn log_ratio(one: f64, other: f64) -> f64 {
    one.ln() - other.ln()
}
