//! GaGA's experiment: what a hint does to an answer, right and wrong ones (Dou et al., "GaGA: Towards Interactive Global
//! Geolocation Assistant", 2024, <https://arxiv.org/abs/2412.08907>). By evidence, the hint is a piece of it beside what the
//! model has said, and no model runs; by conversation, the model hears it and answers anew; by both, the hint is evidence beside
//! the new answer.

mod converse;
mod heard;
mod page;

use std::collections::HashMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::metrics::{Share, THRESHOLDS_KM};
use crate::{
    geo::CountryCode,
    knowledge,
    predict::{
        calibration::{Calibration, Record},
        evidence::Piece,
        finding::Candidate,
        fuse::{Fused, weigh_up},
    },
};

pub use converse::{Conversed, ask_again, conversed_in};
pub use heard::hear;
pub use page::Page;

/// Which hint is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// None.
    None,
    /// The country that it is.
    Right,
    /// Any other country of the drawn world.
    Wrong,
    /// The wrong country that the model holds likeliest.
    WrongAndPlausible,
}

impl Hint {
    const GIVEN: [Self; 3] = [Self::Right, Self::Wrong, Self::WrongAndPlausible];
}

/// What came of the experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// The model.
    pub model: String,
    /// The pictures, in words.
    pub pictures: String,
    /// How many of them.
    pub n: usize,
    /// What a hint says, with `{country}` for the country.
    pub says: String,
    /// The strength of the hint's piece of evidence.
    pub strength: f64,
    /// By evidence alone: the answer is what the pieces come to.
    pub by_evidence: Vec<Row>,
    /// By conversation alone: the model answers anew. None where it was not asked.
    pub by_conversation: Option<Vec<Row>>,
    /// By both. None likewise.
    pub by_both: Option<Vec<Row>>,
}

/// The answers under one hint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The hint.
    pub hint: Hint,
    /// Is the likeliest country right?
    pub country: Share,
    /// Is the first candidate near enough?
    pub within: Vec<Near>,
    /// Of the countries that were wrong without the hint: how many are right with it?
    pub to_right: Option<Share>,
    /// Of those that were right without it: how many are wrong with it?
    pub to_wrong: Option<Share>,
}

/// Answers within a distance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Near {
    /// The distance.
    pub km: f64,
    /// How many.
    pub share: Share,
}

/// Makes the pieces of evidence of a sentence.
pub type Hear<'a> = dyn Fn(&str) -> Vec<Piece> + Sync + 'a;

/// What a hint says.
const SAYS: &str = "It is in {country}.";

/// Gives every record each hint and weighs it; `hear` makes pieces of a hint, `conversed` holds what the model answers after the
/// hints, where it was asked, and `wrong` countries come from a fixed seed.
pub fn experiment(
    (model, pictures): (&str, &str),
    records: &[Record],
    conversed: &HashMap<String, Conversed>,
    calibration: Option<&Calibration>,
    hear: &Hear<'_>,
) -> Experiment {
    let known: Vec<&Record> = known(records).collect();
    let answers = |(at, record): (usize, &&Record)| {
        let told = told(at, record)?;
        let conversed = conversed.get(&record.picture).filter(|conversed| conversed.is_after(told));
        Answers::of(record, told, conversed, calibration, hear)
    };
    let asked: Vec<Answers> = known.par_iter().enumerate().filter_map(answers).collect();
    let strength = hear(&says_name("France")).iter().map(|piece| piece.evidence.strength).fold(0.0, f64::max);
    Experiment {
        model: model.to_owned(),
        pictures: pictures.to_owned(),
        n: asked.len(),
        says: SAYS.to_owned(),
        strength,
        by_evidence: rows(&asked, |answers| Some(answers.by_evidence)).unwrap_or_default(),
        by_conversation: rows(&asked, |answers| answers.by_conversation),
        by_both: rows(&asked, |answers| answers.by_both),
    }
}

/// The records that can be asked about.
fn known(records: &[Record]) -> impl Iterator<Item = &Record> {
    records.iter().filter(|record| record.is_trusted && record.country.is_some())
}

/// The countries of the hints in the order of [`Hint::GIVEN`], for the record at this place of [`known`].
fn told(at: usize, record: &Record) -> Option<[CountryCode; 3]> {
    let truth = record.country?;
    let plausible = record.log_shares.iter().map(|(code, _)| *code).find(|code| *code != truth)?;
    Some([truth, another(truth, at as u64), plausible])
}

/// What a hint for a country says.
fn says(code: CountryCode) -> String {
    says_name(crate::geo::country(code).map_or("", |country| country.name.as_str()))
}

fn says_name(country: &str) -> String {
    SAYS.replace("{country}", country)
}

/// One answer, held against the truth.
#[derive(Debug, Clone, Copy)]
struct Answered {
    is_right: bool,
    km: f64,
}

/// The answers for one record, without a hint and with each of the three, in each of the ways.
struct Answers {
    without: Answered,
    by_evidence: [Answered; 3],
    by_conversation: Option<[Answered; 3]>,
    by_both: Option<[Answered; 3]>,
}

impl Answers {
    fn of(
        record: &Record,
        told: [CountryCode; 3],
        conversed: Option<&Conversed>,
        calibration: Option<&Calibration>,
        hear: &Hear<'_>,
    ) -> Option<Self> {
        let calibrated = calibration.and_then(|calibration| record.calibrated(calibration));
        let weights = calibrated.as_ref().map(|calibrated| &calibrated.weights);
        let answered = |record: &Record, hint: Option<CountryCode>| {
            let heard = hint.map_or_else(Vec::new, |code| hear(&says(code)));
            let pieces: Vec<Piece> = record.pieces(weights).into_iter().chain(heard).collect();
            Answered::of(&weigh_up(&pieces, true, None), record)
        };
        let each = |of: &dyn Fn(usize) -> Option<Answered>| Some([of(0)?, of(1)?, of(2)?]);
        let again = |at: usize| conversed.map(|conversed| conversed.answers[at].on(record));
        Some(Self {
            without: answered(record, None)?,
            by_evidence: each(&|at| answered(record, Some(told[at])))?,
            by_conversation: each(&|at| answered(&again(at)?, None)),
            by_both: each(&|at| answered(&again(at)?, Some(told[at]))),
        })
    }
}

impl Answered {
    fn of(weighed: &Fused, record: &Record) -> Option<Self> {
        let first = weighed.candidates.first().and_then(Candidate::position)?;
        let likeliest = weighed.countries.first()?.country_code;
        Some(Self { is_right: Some(likeliest) == record.country, km: first.distance_km(record.position) })
    }
}

/// Another country of the drawn world, each as likely.
pub(super) fn another(truth: CountryCode, seed: u64) -> CountryCode {
    let others: Vec<CountryCode> =
        knowledge::countries().iter().map(|country| country.code).filter(|code| *code != truth).collect();
    others[ChaCha8Rng::seed_from_u64(seed).random_range(0..others.len())]
}

/// A row without a hint and one a hint, where there is an answer to every picture.
fn rows(asked: &[Answers], after: fn(&Answers) -> Option<[Answered; 3]>) -> Option<Vec<Row>> {
    let after: Vec<[Answered; 3]> = asked.iter().map(after).collect::<Option<_>>()?;
    let without: Vec<(Answered, Answered)> = asked.iter().map(|answers| (answers.without, answers.without)).collect();
    let hinted = Hint::GIVEN.into_iter().enumerate().map(|(at, hint)| {
        let pairs: Vec<(Answered, Answered)> =
            without.iter().zip(&after).map(|((without, _), with)| (*without, with[at])).collect();
        row(hint, &pairs, true)
    });
    Some(std::iter::once(row(Hint::None, &without, false)).chain(hinted).collect())
}

/// The row of pairs of answers, without the hint and with it.
fn row(hint: Hint, pairs: &[(Answered, Answered)], has_hint: bool) -> Row {
    let near = |km: f64| Near { km, share: Share::of(pairs.iter().map(|(_, with)| with.km <= km)) };
    let flips = |from: bool| {
        let before = pairs.iter().filter(|(without, _)| without.is_right == from);
        has_hint.then(|| Share::of(before.map(|(_, with)| with.is_right != from)))
    };
    Row {
        hint,
        country: Share::of(pairs.iter().map(|(_, with)| with.is_right)),
        within: THRESHOLDS_KM.map(near).to_vec(),
        to_right: flips(false),
        to_wrong: flips(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(is_right: bool, km: f64) -> Answered {
        Answered { is_right, km }
    }

    #[test]
    fn flips_are_counted_both_ways_among_those_that_could_flip() {
        let pairs = [
            (answered(false, 900.0), answered(true, 10.0)),
            (answered(false, 900.0), answered(false, 900.0)),
            (answered(true, 10.0), answered(false, 3000.0)),
            (answered(true, 10.0), answered(true, 10.0)),
            (answered(true, 10.0), answered(true, 10.0)),
        ];
        let row = row(Hint::Right, &pairs, true);
        assert_eq!((row.country.hits, row.country.of), (3, 5));
        assert_eq!(row.to_right, Some(Share::new(1, 2)));
        assert_eq!(row.to_wrong, Some(Share::new(1, 3)));
        assert_eq!(row.within.iter().map(|near| near.share.hits).collect::<Vec<_>>(), [0, 3, 3, 3, 4]);
    }

    #[test]
    fn a_hint_speaks_for_the_country_that_it_names() {
        use crate::predict::evidence::Likelihood;
        for country in knowledge::countries() {
            let name = &crate::geo::country(country.code).unwrap().name;
            let pieces = hear(&says(country.code));
            assert_eq!(pieces.len(), 1, "{name}");
            let Likelihood::Ratio { countries, inside, outside } = &pieces[0].likelihood else { panic!("{name}") };
            assert!(countries == &[country.code] && inside > outside, "{name}: {countries:?}");
        }
    }

    #[test]
    fn a_wrong_country_is_never_the_right_one_and_always_the_same() {
        let truth = knowledge::countries()[3].code;
        for seed in 0..200 {
            assert_ne!(another(truth, seed), truth);
            assert_eq!(another(truth, seed), another(truth, seed));
        }
    }
}
