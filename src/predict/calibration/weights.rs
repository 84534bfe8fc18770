//! The weights of what is said of the pictures of a group, by what made the truth likeliest.

use rayon::prelude::*;

use super::{
    Near, Record, Weights,
    temperature::{fitted, least},
};
use crate::predict::{
    by_country,
    evidence::{NAMED_CITY_WEIGHT, Piece},
    finding::EvidenceKind,
};

/// A cell that the truth lies in is never taken for less likely than this, a square kilometre.
const LEAST_DENSITY: f64 = 1e-12;

/// Signs count for no more than the power of this.
const GREATEST_EXPONENT: f64 = 4.0;

/// Temperature and exponent are fitted in turns until neither moves by more than this part, or so many times.
const STILL: f64 = 2e-3;
const MOST_TURNS: usize = 12;

/// A place is near a candidate within so many kilometres.
const NEAR_KM: f64 = 100.0;

impl Weights {
    /// What counts as it says itself.
    pub const NOMINAL: Self =
        Self { temperature: 1.0, sign_exponent: 1.0, city_strength: NAMED_CITY_WEIGHT, near: Near::SAME };

    /// The weights under which what was true of these records was likeliest.
    pub(super) fn fitted(records: &[&Record]) -> Self {
        let (temperature, sign_exponent) = of_countries(records);
        let mut weights = Self { temperature, sign_exponent, ..Self::NOMINAL };
        weights.city_strength = city_strength(weights, records);
        weights.near = near(&weights, records);
        weights
    }
}

/// The temperature and the exponent of signs at which the true countries were likeliest, with what the prior leaves possible.
fn of_countries(records: &[&Record]) -> (f64, f64) {
    let is_of_country = |piece: &Piece| piece.evidence.kind != EvidenceKind::ModelCity;
    let pieces = |record: &&Record| -> Vec<Piece> { record.pieces(None).into_iter().filter(is_of_country).collect() };
    let cases: Vec<(Vec<Piece>, &&Record)> = records.par_iter().map(|record| (pieces(record), record)).collect();
    let loss = |temperature: f64, sign_exponent: f64| {
        let weights = Weights { temperature, sign_exponent, ..Weights::NOMINAL };
        let of = |(pieces, record): &(Vec<Piece>, &&Record)| {
            let mut pieces = pieces.clone();
            weights.temper(&mut pieces);
            record.loss(&by_country::shares(&pieces))
        };
        // A sum in the order in which the threads end would differ from run to run.
        cases.par_iter().map(of).collect::<Vec<f64>>().into_iter().sum()
    };
    let is_of_signs = |(pieces, _): &(Vec<Piece>, &&Record)| {
        pieces.iter().any(|piece| piece.evidence.kind == EvidenceKind::Sign && piece.counts())
    };
    if !cases.iter().any(is_of_signs) {
        return (fitted(|temperature| loss(temperature, 1.0)), 1.0);
    }
    let (mut temperature, mut exponent) = (1.0, 1.0);
    for _ in 0..MOST_TURNS {
        let before = (temperature, exponent);
        temperature = fitted(|temperature| loss(temperature, exponent));
        exponent = least(|exponent| loss(temperature, exponent), 0.0, GREATEST_EXPONENT);
        let has_moved = |now: f64, before: f64| (now - before).abs() > STILL * before.max(0.1);
        if !has_moved(temperature, before.0) && !has_moved(exponent, before.1) {
            break;
        }
    }
    (temperature, exponent)
}

/// The strength of the named city at which the true places were likeliest, by density. That of a place is a line over the
/// strength, so two points of it are enough.
fn city_strength(weights: Weights, records: &[&Record]) -> f64 {
    let density = |record: &Record, city_strength: f64| {
        record.weighed_by(&Weights { city_strength, ..weights }).surface.density_at(record.position)
    };
    let names_a_city = |record: &&&Record| record.answer_city.is_some();
    let named: Vec<&&Record> = records.iter().filter(names_a_city).collect();
    if named.is_empty() {
        return NAMED_CITY_WEIGHT;
    }
    let lines: Vec<(f64, f64)> = named.par_iter().map(|record| (density(record, 0.5), density(record, 1.0))).collect();
    let loss = |strength: f64| {
        let at = |(half, whole): &(f64, f64)| 2.0 * ((1.0 - strength) * half + (strength - 0.5) * whole);
        lines.iter().map(|line| -at(line).max(LEAST_DENSITY).ln()).sum::<f64>()
    };
    least(loss, 0.0, 1.0)
}

/// What the share of the probability near a candidate was worth, over all candidates that were given.
fn near(weights: &Weights, records: &[&Record]) -> Near {
    let cases = |record: &&Record| -> Vec<(f64, bool)> {
        let candidates = record.weighed_by(weights).candidates;
        let case = |at: crate::geo::LatLon, share| (share, at.distance_km(record.position) <= NEAR_KM);
        candidates.iter().filter_map(|found| Some(case(found.position()?, found.within_100_km))).collect()
    };
    let cases: Vec<Vec<(f64, bool)>> = records.par_iter().map(cases).collect();
    Near::fitted(&cases.concat())
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{
        geo::{CountryCode, LatLon},
        knowledge::Script,
        predict::calibration::TextRead,
    };

    /// Streets of three countries, each with a sign in its script, which the model may have read too.
    fn records(has_read: bool) -> Vec<Record> {
        const HOMES: [(&str, Script); 3] = [("TH", Script::Thai), ("GE", Script::Georgian), ("AM", Script::Armenian)];
        let code = |at: usize| HOMES[at].0.parse::<CountryCode>().unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let record = |_| {
            // The model's own view, as likely to be true as it says.
            let view: Vec<f64> = HOMES.iter().map(|_| rng.random::<f64>().powi(3) + 0.02).collect();
            let mut left = rng.random::<f64>() * view.iter().sum::<f64>();
            let truth = view.iter().position(|part| {
                left -= part;
                left < 0.0
            });
            let truth = truth.unwrap_or(0);
            // A sign in four is of another country.
            let sign = if rng.random_bool(0.75) { truth } else { (truth + 1) % 3 };
            let of_sign = |at: usize| if at == sign { 0.75 } else { 0.125 };
            let share = |at: usize| view[at] * if has_read { of_sign(at) } else { 1.0 };
            let sum: f64 = (0..3).map(share).sum();
            let read = TextRead { text: String::new(), script: Some(HOMES[sign].1), score: 0.9 };
            Record {
                picture: String::new(),
                sha256: None,
                position: LatLon::new(0.0, 0.0).unwrap(),
                country: Some(code(truth)),
                locatability: None,
                has_words: None,
                signs: Some(vec![read]),
                ideal: None,
                ideal_of_words: None,
                is_trusted: true,
                answer_country: None,
                answer_city: None,
                log_shares: (0..3).map(|at| (code(at), (share(at) / sum).ln())).collect(),
            }
        };
        (0..120).map(record).collect()
    }

    #[test]
    fn signs_count_for_less_where_the_model_has_read_them_too() {
        let exponent = |has_read| of_countries(&records(has_read).iter().collect::<Vec<_>>()).1;
        let (read_twice, read_once) = (exponent(true), exponent(false));
        assert!(read_twice < 0.25, "{read_twice}");
        // The sign's country is 6 times likelier than another, and a script is said to be 50 times.
        assert!((read_once - 6f64.ln() / 50f64.ln()).abs() < 0.1, "{read_once}");
    }
}
