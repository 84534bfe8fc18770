//! What an evaluation found: the measures of each model's answers with their intervals, and how the models differ; plain data
//! that is kept as JSON and says all that is needed to repeat it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Answerer, EvalConfig, Figure, Measure, Outcome,
    bootstrap::Resampled,
    calibration::{Measures, Trial},
    groups::{Band, Continent, bands, continents},
    metrics::{Share, mean, median},
    offered::Offered,
    results::ResultRow,
};
use crate::geo::CountryCode;

/// An evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The program and its version.
    pub program: String,
    /// When it was finished, in UTC (RFC 3339, to the second).
    pub made_at: String,
    /// What was asked for: models, pictures, settings, and how intervals were drawn.
    pub config: EvalConfig,
    /// The SHA-256 of the list of pictures with their places; none of drawn streets, which their seeds decide.
    pub data_sha256: Option<String>,
    /// How many pictures.
    pub pictures: usize,
    /// How many more its sources have that say neither place nor country, or cannot be read.
    #[serde(default)]
    pub left_out: usize,
    /// What was found of each model, in the order of the file.
    pub models: Vec<ModelReport>,
    /// How every two of them differ.
    pub differences: Vec<Difference>,
}

/// What was found of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelReport {
    /// What it is called.
    pub name: String,
    /// Who that is, and how it was asked; nothing where no picture was answered.
    pub answerer: Answerer,
    /// The pictures for which there is no answer at all, and why.
    pub failed: Vec<FailedRow>,
    /// For how many pictures it gives a place at all, and a right one; none in reports of before this was kept.
    #[serde(default)]
    pub offered: Option<Offered>,
    /// Its measures; those that there is nothing to be of are left out.
    pub figures: BTreeMap<Measure, Figure>,
    /// Country accuracy by how much of the place can be read from the picture.
    pub by_locatability: Vec<Band>,
    /// Country accuracy by continent.
    pub by_continent: Vec<Continent>,
    /// Whether its probabilities and areas mean what they say; none where it gave none.
    pub calibration: Option<Measures>,
    /// How many of the answers came with calibrated probabilities.
    pub calibrated: usize,
    /// Country accuracy to be expected of the ideal observer, who reads every visible clue without error: the ceiling.
    pub ideal_observer: Option<f64>,
    /// Country accuracy of a linear classifier on thumbnails: what colours alone give away.
    pub thumbnail_classifier: Option<Share>,
    /// The median time for an answer.
    pub seconds_per_picture: Option<f64>,
}

/// A picture without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRow {
    /// Its name.
    pub picture: String,
    /// Why.
    pub error: String,
}

/// How two models differ on the same pictures, of one evaluation or of two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The one, by its place in its report.
    pub first: usize,
    /// The other, by its place in its own.
    pub second: usize,
    /// By how much the other's measures lie above; where the interval spans zero, there is no difference to be seen.
    pub figures: BTreeMap<Measure, Figure>,
}

/// What one model came to, as a report is made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// Who answered.
    pub answerer: Answerer,
    /// A row a picture, in the order of the pictures.
    pub rows: Vec<ResultRow>,
}

impl Report {
    /// Of what each model came to on the same pictures. `made_at` is when, in UTC.
    pub fn new(config: EvalConfig, data_sha256: Option<String>, made_at: String, answered: &[Answered]) -> Self {
        let outcomes: Vec<Vec<Outcome>> =
            answered.iter().map(|model| model.rows.iter().map(Outcome::of).collect()).collect();
        let resampled = config.bootstrap.resample(&outcomes);
        let models = answered.iter().enumerate().map(|(at, model)| {
            let name = config.models[at].name.clone();
            let own = Some(model.answerer.model.name.clone()).filter(|name| !name.is_empty());
            let name = name.or(own).unwrap_or_else(|| EvalConfig::label(&config.models[at]));
            ModelReport::new(name, model, figures(|measure| resampled.figure(at, measure)))
        });
        Self {
            program: concat!("terrasight ", env!("CARGO_PKG_VERSION")).to_owned(),
            made_at,
            data_sha256,
            pictures: outcomes.first().map_or(0, Vec::len),
            left_out: 0,
            models: told_apart(models.collect()),
            differences: differences(&resampled, answered.len()),
            config,
        }
    }
}

/// Every two models.
fn differences(resampled: &Resampled, n_models: usize) -> Vec<Difference> {
    let pairs = (0..n_models).flat_map(|first| (first + 1..n_models).map(move |second| (first, second)));
    let difference = |(first, second)| Difference {
        first,
        second,
        figures: figures(|measure| resampled.difference(first, second, measure)),
    };
    pairs.map(difference).collect()
}

pub(super) fn figures(of: impl Fn(Measure) -> Option<Figure>) -> BTreeMap<Measure, Figure> {
    Measure::ALL.into_iter().filter_map(|measure| Some((measure, of(measure)?))).collect()
}

/// Models of one name are numbered.
fn told_apart(mut models: Vec<ModelReport>) -> Vec<ModelReport> {
    for at in (0..models.len()).rev() {
        let n_before = models[..at].iter().filter(|before| before.name == models[at].name).count();
        if n_before > 0 {
            models[at].name += &format!(" ({})", n_before + 1);
        }
    }
    models
}

impl ModelReport {
    fn new(name: String, Answered { answerer, rows }: &Answered, figures: BTreeMap<Measure, Figure>) -> Self {
        let trials: Vec<Trial> = rows.iter().filter_map(Trial::of_row).collect();
        Self {
            name,
            answerer: answerer.clone(),
            failed: rows.iter().filter_map(failure).collect(),
            offered: Offered::of(rows),
            figures,
            by_locatability: bands(rows),
            by_continent: continents(rows),
            calibration: Measures::of(&trials.iter().collect::<Vec<_>>()),
            calibrated: rows.iter().filter(|row| row.is_calibrated).count(),
            ideal_observer: mean(&rows.iter().filter_map(|row| row.ideal).collect::<Vec<_>>()),
            thumbnail_classifier: thumbnail_share(rows),
            seconds_per_picture: median(&rows.iter().filter_map(|row| row.seconds).collect::<Vec<_>>()),
        }
    }
}

fn failure(row: &ResultRow) -> Option<FailedRow> {
    row.error.clone().map(|error| FailedRow { picture: row.picture.clone(), error })
}

/// Country accuracy of the thumbnail classifier, over the pictures that it looked at, if there are any.
fn thumbnail_share(rows: &[ResultRow]) -> Option<Share> {
    let is_right = |guess: CountryCode, row: &ResultRow| Some(guess) == row.true_country;
    let share = Share::of(rows.iter().filter_map(|row| Some(is_right(row.thumbnail_country?, row))));
    (share.of > 0).then_some(share)
}
