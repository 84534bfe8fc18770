//! Answers to what a user asks or says, from the evidence and the clue knowledge alone: no model is run, and nothing is said
//! that no piece or record holds. Agreeing is no aim: after a hint what speaks against it is named.

mod influence;
mod look;

pub use influence::Influence;
pub use look::Telling;

use influence::Weighed;

use super::{
    evidence::Piece,
    hint::Question,
    statement::{CountryShare, Statement},
};
use crate::{geo::CountryCode, knowledge::clues::Clues};

/// So many pieces are named on a side.
const MOST_NAMED: usize = 4;
/// A piece that changes odds by less, in natural logarithms, is not worth a word.
const LEAST_LOG_ODDS: f64 = 0.02;
/// Of so many pieces it is weighed anew what the answer is without them.
const MOST_LEFT_OUT: usize = 6;

/// What is answered: codes with their arguments, whose sentences stand in `words`.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Nothing speaks for any place yet.
    NoEvidence,
    /// Why one country stands before another.
    Between {
        /// The one that is likelier.
        likelier: CountryShare,
        /// The other.
        other: CountryShare,
        /// What speaks for the likelier against the other, strongest first.
        for_likelier: Vec<Influence>,
        /// What speaks the other way.
        for_other: Vec<Influence>,
        /// What would turn them round.
        turned_by: Option<Turn>,
    },
    /// What matters most.
    Strongest {
        /// The country that stands first.
        first: CountryShare,
        /// The pieces that matter most to it, strongest first, each with what would stand first without it.
        pieces: Vec<(Influence, CountryShare)>,
    },
    /// What speaks against the country that stands first.
    Against {
        /// That country.
        first: CountryShare,
        /// What speaks against it, strongest first.
        pieces: Vec<Influence>,
    },
    /// Where to look.
    Look {
        /// The countries that lead.
        leading: Vec<CountryShare>,
        /// What tells them apart, best first; empty where nothing that is known does.
        tellings: Vec<Telling>,
    },
    /// How sure the answer is.
    HowSure {
        /// The countries that lead.
        leading: Vec<CountryShare>,
        /// How many pieces count.
        n_pieces: usize,
    },
    /// What a hint did where nothing had spoken for any country before.
    Begun {
        /// The countries for which it speaks, by falling share; empty where that is too little to name any.
        now: Vec<CountryShare>,
    },
    /// What a hint did.
    Moved {
        /// What stood first, with its share before.
        before: CountryShare,
        /// Its share now.
        before_now: f64,
        /// What stands first now; none where nothing is spoken for any more.
        now: Option<CountryShare>,
        /// What speaks against what was said, strongest first.
        against: Vec<Influence>,
    },
}

/// What would turn an answer round.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// Striking this piece.
    Strike(Statement),
    /// Seeing this, by the clue knowledge.
    See(Telling),
}

/// The answer to a question about a picture's evidence, whose switches and strengths are as the user has set them.
pub fn answer(question: &Question, pieces: &[Piece], clues: &Clues) -> Reply {
    let weighed = Weighed::new(pieces);
    let Some(first) = weighed.spoken_for.first().copied() else {
        return Reply::NoEvidence;
    };
    match question {
        Question::Country(code) => {
            let second = weighed.spoken_for.iter().find(|share| share.country_code != first.country_code);
            let other = if *code == first.country_code { second.copied() } else { Some(weighed.share(*code)) };
            other.map_or(Reply::NoEvidence, |other| between(&weighed, first, other, clues))
        }
        Question::First => {
            let second = weighed.spoken_for.get(1).copied();
            second.map_or(Reply::NoEvidence, |second| between(&weighed, first, second, clues))
        }
        Question::Strongest => strongest(&weighed, first),
        Question::Against => {
            let pieces = sided(weighed.on(first.country_code), |log_odds| log_odds < 0.0);
            Reply::Against { first, pieces }
        }
        Question::WhereToLook(features) => {
            let leading = look::leading(&weighed.spoken_for);
            let tellings = look::tellings(&leading, features, clues);
            Reply::Look { leading, tellings }
        }
        Question::HowSure => {
            let n_pieces = pieces.iter().filter(|piece| piece.counts()).count();
            Reply::HowSure { leading: look::leading(&weighed.spoken_for), n_pieces }
        }
    }
}

/// What a hint did: `before` are the pieces without it, `after` those with it, `said` the ids of what was understood of it.
pub fn after_hint(said: &[String], before: &[Piece], after: &[Piece]) -> Reply {
    let (was, is) = (Weighed::new(before), Weighed::new(after));
    let Some(before) = was.spoken_for.first().copied() else {
        return Reply::Begun { now: is.spoken_for.into_iter().take(MOST_NAMED).collect() };
    };
    let now = is.spoken_for.first().copied();
    // Whether the hint raised or lowered what stood first decides which side speaks against the hint.
    let influences = is.on(before.country_code);
    let of_hint: f64 = influences.iter().filter(|piece| said.contains(&piece.id)).map(|piece| piece.log_odds).sum();
    let others = influences.into_iter().filter(|piece| !said.contains(&piece.id)).collect();
    let against = sided(others, |log_odds| log_odds * of_hint < 0.0);
    Reply::Moved { before, before_now: is.share(before.country_code).probability, now, against }
}

fn between(weighed: &Weighed<'_>, likelier: CountryShare, other: CountryShare, clues: &Clues) -> Reply {
    let influences = weighed.between(likelier.country_code, other.country_code);
    let gap = (likelier.probability / other.probability).ln();
    let codes = (likelier.country_code, other.country_code);
    let turned_by = struck(weighed, &influences, gap, codes).or_else(|| seen(likelier, other, gap, clues));
    Reply::Between {
        likelier,
        other,
        for_likelier: sided(influences.clone(), |log_odds| log_odds > 0.0),
        for_other: sided(influences, |log_odds| log_odds < 0.0),
        turned_by,
    }
}

/// The weakest piece without which the other is the likelier.
fn struck(
    weighed: &Weighed<'_>,
    influences: &[Influence],
    gap: f64,
    (likelier, other): (CountryCode, CountryCode),
) -> Option<Turn> {
    let share = |shares: &[CountryShare], code: CountryCode| {
        shares.iter().find(|share| share.country_code == code).map_or(0.0, |share| share.probability)
    };
    let turns = |piece: &&Influence| {
        let without = weighed.without(&piece.id);
        piece.log_odds >= gap && share(&without, other) > share(&without, likelier)
    };
    let is_piece = |piece: &&Influence| piece.statement != Statement::Prior;
    let mut strong: Vec<&Influence> = influences.iter().filter(is_piece).take(MOST_LEFT_OUT).collect();
    strong.reverse();
    strong.into_iter().find(turns).map(|piece| Turn::Strike(piece.statement.clone()))
}

/// The record that tells most, of those that speak so strongly for the other that seeing it turns them round.
fn seen(likelier: CountryShare, other: CountryShare, gap: f64, clues: &Clues) -> Option<Turn> {
    let even = [likelier, other].map(|share| CountryShare { probability: 0.5, ..share });
    let turns = |telling: &Telling| {
        let factor = clues.record(&telling.record).map_or(1.0, |record| record.factor(true));
        telling.seen_in == [other.country_code] && factor.ln() > gap
    };
    look::tellings(&even, &[], clues).into_iter().find(turns).map(Turn::See)
}

fn strongest(weighed: &Weighed<'_>, first: CountryShare) -> Reply {
    let is_piece = |piece: &Influence| piece.statement != Statement::Prior && piece.log_odds.abs() >= LEAST_LOG_ODDS;
    let pieces = weighed.on(first.country_code).into_iter().filter(is_piece).take(MOST_NAMED);
    let with_rest = |piece: Influence| {
        let rest = weighed.without(&piece.id).first().copied();
        (piece, rest.unwrap_or(first))
    };
    Reply::Strongest { first, pieces: pieces.map(with_rest).collect() }
}

/// The strongest of one side.
fn sided(influences: Vec<Influence>, is_side: impl Fn(f64) -> bool) -> Vec<Influence> {
    let counts = |piece: &Influence| is_side(piece.log_odds) && piece.log_odds.abs() >= LEAST_LOG_ODDS;
    influences.into_iter().filter(counts).take(MOST_NAMED).collect()
}

#[cfg(test)]
#[path = "dialogue_tests.rs"]
mod tests;
