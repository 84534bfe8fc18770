//! A calibration from records: the weights from one set of them, the levels from another.

use rayon::prelude::*;

use super::{
    Band, Calibration, Group, Kind, Level, Levels, Record, SignsSay, Weights,
    conformal::{least_cases, rank_quantile},
};
use crate::predict::finding::Candidate;

/// The bands of locatability: thirds of the cases that the weights were fitted on.
const BANDS: usize = 3;

/// Groups and bands stand by themselves from so many cases on: their coverage then differs from what they promise by two
/// points (one standard deviation at nine tenths).
const ENOUGH: usize = 225;

/// Weights are fitted on so many cases at least.
const ENOUGH_FOR_WEIGHTS: usize = 50;

/// There are not enough cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{for_weights} and {for_levels} labelled pictures that the model knows, which must be of different places, are too few to \
     calibrate on: {needed} and as many others are needed"
)]
pub struct TooFew {
    /// How many there are to fit the weights on.
    pub for_weights: usize,
    /// How many others there are to take the levels from.
    pub for_levels: usize,
    /// How many it takes of each.
    pub needed: usize,
}

impl TooFew {
    /// Of so many for the weights and for the levels.
    fn of(for_weights: usize, for_levels: usize) -> Self {
        Self { for_weights, for_levels, needed: ENOUGH_FOR_WEIGHTS.max(least_cases(0.9)) }
    }

    /// Whether so many pictures can be enough for the weights and for the levels.
    pub fn check(for_weights: usize, for_levels: usize) -> Result<(), Self> {
        let few = Self::of(for_weights, for_levels);
        if for_weights.min(for_levels) < few.needed { Err(few) } else { Ok(()) }
    }
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

/// Fits weights on the first records and takes levels from the second, which must be others.
pub fn fit(subject: Subject, temperatures: &[Record], levels: &[Record]) -> Result<Calibration, TooFew> {
    let cases = Cases { temperatures: usable(temperatures), levels: usable(levels) };
    if !cases.are_enough(ENOUGH_FOR_WEIGHTS, least_cases(0.9)) {
        return Err(TooFew::of(cases.temperatures.len(), cases.levels.len()));
    }
    let Subject { model, model_sha256, segmenter, kind, source } = subject;
    let without_signs = |records: &[&Record]| -> Vec<Record> { records.iter().map(|r| r.without_signs()).collect() };
    let (temperatures, levels) = (without_signs(&cases.temperatures), without_signs(&cases.levels));
    let unread = Cases { temperatures: temperatures.iter().collect(), levels: levels.iter().collect() };
    Ok(Calibration {
        model,
        model_sha256,
        program: concat!("terrasight ", env!("CARGO_PKG_VERSION")).to_owned(),
        kind,
        source,
        segmenter,
        n_temperatures: cases.temperatures.len(),
        n_levels: cases.levels.len(),
        groups: std::iter::once((vec![SignsSay::NotRead], unread))
            .chain(cases.by_signs())
            .map(|(signs, cases)| cases.group(signs))
            .collect(),
    })
}

/// Pictures of a kind that the model knows, in a country: a model that does not know them says nothing, and its numbers
/// are never given.
fn usable(records: &[Record]) -> Vec<&Record> {
    let mut usable: Vec<&Record> =
        records.iter().filter(|record| record.is_trusted && record.country.is_some()).collect();
    usable.sort_by_key(|record| record.world());
    usable
}

/// Records for the weights, and others for the levels.
struct Cases<'r> {
    temperatures: Vec<&'r Record>,
    levels: Vec<&'r Record>,
}

impl<'r> Cases<'r> {
    fn are_enough(&self, for_weights: usize, for_levels: usize) -> bool {
        self.temperatures.len() >= for_weights && self.levels.len() >= for_levels
    }

    /// The cases whose signs were read, by what they say where there are enough of each, and otherwise together.
    fn by_signs(&self) -> Vec<(Vec<SignsSay>, Cases<'r>)> {
        let say = |records: &[&'r Record]| -> Vec<(SignsSay, &'r Record)> {
            records.par_iter().map(|record| (record.signs_say(), *record)).collect()
        };
        let (temperatures, levels) = (say(&self.temperatures), say(&self.levels));
        let part = |signs: &[SignsSay]| {
            let of = |all: &[(SignsSay, &'r Record)]| {
                all.iter().filter(|(say, _)| signs.contains(say)).map(|(_, record)| *record).collect()
            };
            (signs.to_vec(), Cases { temperatures: of(&temperatures), levels: of(&levels) })
        };
        let apart: Vec<_> = SignsSay::READ.iter().map(|signs| part(&[*signs])).collect();
        if apart.iter().all(|(_, cases)| cases.are_enough(ENOUGH, ENOUGH)) {
            return apart;
        }
        let together = part(&SignsSay::READ);
        Vec::from_iter(together.1.are_enough(ENOUGH_FOR_WEIGHTS, least_cases(0.9)).then_some(together))
    }

    fn group(&self, signs: Vec<SignsSay>) -> Group {
        let weights = Weights::fitted(&self.temperatures);
        let scores: Vec<Score> = self.levels.par_iter().map(|record| Score::of(record, &weights)).collect();
        let edges = edges(&self.temperatures);
        Group {
            signs,
            n_temperatures: self.temperatures.len(),
            n_levels: self.levels.len(),
            weights,
            levels: levels_of(&scores.iter().collect::<Vec<_>>()),
            bands: edges.windows(2).filter_map(|edges| band(edges[0], edges[1], &scores)).collect(),
        }
    }
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
    fn of(record: &Record, weights: &Weights) -> Self {
        let weighed = record.weighed_by(weights);
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
            rank_quantile(&scores, p).unwrap_or(1.0).next_up()
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
    (inside.len() >= ENOUGH).then(|| Band { from, below, n: inside.len(), levels: levels_of(&inside) })
}
