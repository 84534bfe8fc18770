//! A calibration from records: the temperatures from one set of them, the levels from another.

use rayon::prelude::*;

use super::{
    Band, Calibration, Kind, Level, Levels, Record,
    conformal::{least_cases, quantile},
    temperature::{fitted, least},
};
use crate::predict::{
    evidence::NAMED_CITY_WEIGHT,
    finding::{Candidate, EvidenceKind},
};

/// The bands of locatability: thirds of the cases that the temperatures were fitted on.
const BANDS: usize = 3;

/// A band has levels of its own from so many cases on: their coverage then differs from what they promise by two points
/// (one standard deviation at nine tenths).
const ENOUGH_IN_BAND: usize = 225;

/// A cell that the truth lies in is never taken for less likely than this, a square kilometre.
const LEAST_DENSITY: f64 = 1e-12;

/// Temperatures are fitted on so many cases at least.
const ENOUGH_FOR_TEMPERATURES: usize = 50;

/// There are not enough cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{there} labelled pictures that the model knows are too few to calibrate on: {needed} are needed")]
pub struct TooFew {
    /// How many there are.
    pub there: usize,
    /// How many it takes.
    pub needed: usize,
}

/// Which model was asked, and about which pictures.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The model's name.
    pub model: String,
    /// The SHA-256 of its files.
    pub model_sha256: String,
    /// The segmenter that was asked, if one was.
    pub segmenter: Option<String>,
    /// What the pictures were.
    pub kind: Kind,
    /// Where they came from, in words.
    pub source: String,
}

/// Fits temperatures on the first records and takes levels from the second, which must be others.
pub fn fit(subject: Subject, temperatures: &[Record], levels: &[Record]) -> Result<Calibration, TooFew> {
    let temperatures = usable(temperatures);
    let levels = usable(levels);
    let needed_levels = least_cases(0.9);
    if temperatures.len() < ENOUGH_FOR_TEMPERATURES || levels.len() < needed_levels {
        let there = temperatures.len() + levels.len();
        // Half go to each, so that twice the greater need is enough.
        return Err(TooFew { there, needed: 2 * ENOUGH_FOR_TEMPERATURES.max(needed_levels) });
    }
    let Subject { model, model_sha256, segmenter, kind, source } = subject;
    let mut calibration = Calibration {
        model,
        model_sha256,
        program: concat!("terrasight ", env!("CARGO_PKG_VERSION")).to_owned(),
        kind,
        source,
        segmenter,
        n_temperatures: temperatures.len(),
        n_levels: levels.len(),
        temperature: country_temperature(&temperatures),
        city_strength: NAMED_CITY_WEIGHT,
        levels: Levels::NOMINAL,
        bands: Vec::new(),
    };
    calibration.city_strength = city_strength(&calibration, &temperatures);
    let scores: Vec<Score> = levels.par_iter().map(|record| Score::of(record, &calibration)).collect();
    calibration.levels = levels_of(&scores.iter().collect::<Vec<_>>());
    let edges = edges(&temperatures);
    calibration.bands = edges.windows(2).filter_map(|edges| band(edges[0], edges[1], &scores)).collect();
    Ok(calibration)
}

/// Pictures of a kind that the model knows, in a country: a model that does not know them says nothing, and its numbers
/// are never given.
fn usable(records: &[Record]) -> Vec<&Record> {
    records.iter().filter(|record| record.is_trusted && record.country.is_some()).collect()
}

/// The temperature at which the true countries were likeliest, with what the prior leaves possible.
fn country_temperature(records: &[&Record]) -> f64 {
    fitted(|temperature| {
        let loss = |record: &&Record| -record.share_of_truth(temperature).max(f64::MIN_POSITIVE).ln();
        records.par_iter().map(loss).sum::<f64>()
    })
}

/// The strength of the named city at which the true places were likeliest, by density. That of a place is a line over the
/// strength, so two points of it are enough.
fn city_strength(calibration: &Calibration, records: &[&Record]) -> f64 {
    let density = |record: &Record, city_strength: f64| {
        let calibration = Calibration { city_strength, ..calibration.clone() };
        record.weighed(Some(&calibration)).surface.density_at(record.position)
    };
    let names_a_city =
        |record: &&&Record| record.pieces(None).iter().any(|p| p.evidence.kind == EvidenceKind::ModelCity);
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

/// What one case says about the levels.
struct Score {
    locatability: Option<f64>,
    /// The probability that an area of the likeliest cells leaves behind before it reaches the truth's.
    cells: f64,
    /// The probability within a circle around the first candidate that reaches the truth.
    circle: f64,
}

impl Score {
    fn of(record: &Record, calibration: &Calibration) -> Self {
        let weighed = record.weighed(Some(calibration));
        let first = weighed.candidates.first().and_then(Candidate::position);
        let circle =
            first.map_or(1.0, |first| weighed.surface.share_within_km(first, first.distance_km(record.position)));
        let cells = weighed.surface.before(record.position).unwrap_or(1.0);
        Self { locatability: record.locatability, cells, circle }
    }
}

fn levels_of(scores: &[&Score]) -> Levels {
    let level = |p: f64| {
        // An area takes in cells until what they hold reaches its level, so a level stands just above its score.
        let of = |score: fn(&Score) -> f64| {
            let scores: Vec<f64> = scores.iter().map(|case| score(case)).collect();
            quantile(&scores, p).unwrap_or(1.0).next_up()
        };
        Level { cells: of(|case| case.cells), circle: of(|case| case.circle) }
    };
    Levels { p50: level(0.5), p90: level(0.9) }
}

/// The ends of the bands, from the cases whose locatability is known; the first and the last band are open.
fn edges(records: &[&Record]) -> Vec<f64> {
    let mut known: Vec<f64> = records.iter().filter_map(|record| record.locatability).collect();
    known.sort_by(f64::total_cmp);
    let inner = (1..BANDS).filter_map(|at| known.get(known.len() * at / BANDS).copied());
    // Six places are more than a score is worth, and are read back the same.
    let inner = inner.map(|edge| (1e6 * edge).round() / 1e6);
    std::iter::once(0.0).chain(inner).chain([2.0]).collect()
}

fn band(from: f64, below: f64, scores: &[Score]) -> Option<Band> {
    let inside = |case: &&Score| case.locatability.is_some_and(|at| (from..below).contains(&at));
    let inside: Vec<&Score> = scores.iter().filter(inside).collect();
    (inside.len() >= ENOUGH_IN_BAND).then(|| Band { from, below, n: inside.len(), levels: levels_of(&inside) })
}
