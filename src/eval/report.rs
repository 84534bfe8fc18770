//! What an evaluation found: the measures of all its rows, as JSON and as a table to read.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::{
    metrics::{Share, THRESHOLDS_KM, calibration_error, f1, geo_score, mean, median},
    results::ResultRow,
};
use crate::geo::CountryCode;

/// The edges of the bands by locatability. GeoReasoner trains on pictures above 0.4.
const LOCATABILITY_EDGES: [f64; 6] = [0.0, 0.2, 0.3, 0.4, 0.5, 1.0];

/// The measures of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The model and the pictures, for whoever finds the report later.
    pub subject: Subject,
    /// How many pictures.
    pub pictures: usize,
    /// The pictures for which there is no answer at all, and why.
    pub failed: Vec<FailedRow>,
    /// Is the named country right?
    pub country: Naming,
    /// Is the named city right? None where no picture's city is known.
    pub city: Option<Naming>,
    /// Is the likeliest country of the distribution right?
    pub likeliest_country: Share,
    /// How far off the first place offered is.
    pub distance: Distance,
    /// The expected calibration error of the likeliest country's probability; none without probabilities.
    pub calibration_error: Option<f64>,
    /// Country accuracy by how much of the place can be read from the picture.
    pub by_locatability: Vec<Band>,
    /// Country accuracy to be expected of the ideal observer, who reads every visible clue without error: the ceiling.
    pub ideal_observer: Option<f64>,
    /// Country accuracy of a linear classifier on thumbnails: what colours alone give away.
    pub thumbnail_classifier: Option<Share>,
    /// The median time for an answer.
    pub seconds_per_picture: Option<f64>,
}

/// What was evaluated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// The model's name.
    pub model: String,
    /// The device it ran on.
    pub device: String,
    /// The pictures, in words.
    pub data: String,
}

/// A picture without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRow {
    /// Its name.
    pub picture: String,
    /// Why.
    pub error: String,
}

/// How well a name was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Naming {
    /// Right among all; no answer is a wrong answer.
    pub accuracy: Share,
    /// Right among the answered: what GeoReasoner's tables call accuracy.
    pub precision: Share,
    /// Answered among all: what its tables call recall.
    pub answered: Share,
    /// The harmonic mean of the last two.
    pub f1: f64,
}

/// How far off the first place offered is. Shares are of all pictures; means are of those with a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distance {
    /// The share within each of the field's thresholds.
    pub within: Vec<Within>,
    /// Pictures with a place.
    pub located: usize,
    /// The median distance.
    pub median_km: Option<f64>,
    /// The mean distance.
    pub mean_km: Option<f64>,
    /// The mean score, 0 to 5000; a picture without a place scores 0.
    pub geo_score: f64,
}

/// The share of pictures located within a distance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Within {
    /// The distance.
    pub km: f64,
    /// The share.
    #[serde(flatten)]
    pub share: Share,
}

/// A band of locatability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// From here on.
    pub from: f64,
    /// Up to here (the last band includes it).
    pub to: f64,
    /// Country accuracy within it.
    pub country: Share,
}

impl Report {
    /// The measures of these rows.
    pub fn new(subject: Subject, rows: &[ResultRow]) -> Self {
        Self {
            subject,
            pictures: rows.len(),
            failed: rows.iter().filter_map(failure).collect(),
            country: Naming::of(rows, |row| row.country.is_some(), country_is_right),
            city: rows
                .iter()
                .any(|row| row.true_city.is_some())
                .then(|| Naming::of(rows, |row| row.city.is_some(), city_is_right)),
            likeliest_country: Share::of(rows.iter().map(|row| is_true(row, row.likeliest_country))),
            distance: Distance::of(rows),
            calibration_error: calibration_error(&stated_probabilities(rows)),
            by_locatability: bands(rows),
            ideal_observer: mean(&rows.iter().filter_map(|row| row.ideal).collect::<Vec<_>>()),
            thumbnail_classifier: thumbnail_share(rows),
            seconds_per_picture: median(&rows.iter().map(|row| row.seconds).collect::<Vec<_>>()),
        }
    }
}

fn failure(row: &ResultRow) -> Option<FailedRow> {
    row.error.clone().map(|error| FailedRow { picture: row.picture.clone(), error })
}

fn is_true(row: &ResultRow, country: Option<CountryCode>) -> bool {
    country.is_some() && country == row.true_country
}

fn country_is_right(row: &ResultRow) -> bool {
    is_true(row, row.country)
}

fn city_is_right(row: &ResultRow) -> bool {
    let plain = |name: &str| name.trim().to_lowercase();
    match (&row.city, &row.true_city) {
        // The same name in another country is another city.
        (Some(city), Some(true_city)) => country_is_right(row) && plain(city) == plain(true_city),
        _ => false,
    }
}

fn stated_probabilities(rows: &[ResultRow]) -> Vec<(f64, bool)> {
    rows.iter().filter_map(|row| Some((row.probability?, is_true(row, row.likeliest_country)))).collect()
}

fn bands(rows: &[ResultRow]) -> Vec<Band> {
    let last = LOCATABILITY_EDGES[LOCATABILITY_EDGES.len() - 1];
    LOCATABILITY_EDGES
        .windows(2)
        .map(|edge| {
            let (from, to) = (edge[0], edge[1]);
            let inside = |value: f64| value >= from && (value < to || (to == last && value <= to));
            let of_band = rows.iter().filter(|row| row.locatability.is_some_and(inside));
            Band { from, to, country: Share::of(of_band.map(country_is_right)) }
        })
        .filter(|band| band.country.of > 0)
        .collect()
}

/// Country accuracy of the thumbnail classifier, over the pictures that it looked at, if there are any.
fn thumbnail_share(rows: &[ResultRow]) -> Option<Share> {
    let looked_at = rows.iter().filter(|row| row.thumbnail_country.is_some());
    let share = Share::of(looked_at.map(|row| is_true(row, row.thumbnail_country)));
    (share.of > 0).then_some(share)
}

impl Naming {
    fn of(rows: &[ResultRow], answered: impl Fn(&ResultRow) -> bool, right: impl Fn(&ResultRow) -> bool) -> Self {
        let accuracy = Share::of(rows.iter().map(&right));
        let answered = Share::of(rows.iter().map(answered));
        let precision = Share::new(accuracy.hits, answered.hits);
        Self { accuracy, precision, answered, f1: f1(precision.share, answered.share) }
    }
}

impl Distance {
    fn of(rows: &[ResultRow]) -> Self {
        let distances: Vec<f64> = rows.iter().filter_map(|row| row.distance_km).collect();
        let within = THRESHOLDS_KM.map(|km| {
            let hits = distances.iter().filter(|&&distance| distance <= km).count();
            Within { km, share: Share::new(hits, rows.len()) }
        });
        let score: f64 = distances.iter().map(|&distance| geo_score(distance)).sum();
        Self {
            within: within.to_vec(),
            located: distances.len(),
            median_km: median(&distances),
            mean_km: mean(&distances),
            geo_score: if rows.is_empty() { 0.0 } else { score / rows.len() as f64 },
        }
    }
}

/// The table to read.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject { model, device, data } = &self.subject;
        writeln!(f, "{model} on {device}: {data}, {} pictures, {} failed", self.pictures, self.failed.len())?;
        writeln!(f)?;
        line(f, "country", &share(&self.country.accuracy))?;
        line(f, "  ideal observer", &number(self.ideal_observer.map(|chance| 100.0 * chance), 1, " %"))?;
        line(f, "  thumbnail classifier", &self.thumbnail_classifier.as_ref().map_or("not known".to_owned(), share))?;
        line(f, "  likeliest country", &share(&self.likeliest_country))?;
        line(f, "  answered", &share(&self.country.answered))?;
        line(f, "  right of answered", &share(&self.country.precision))?;
        line(f, "  F1", &format!("{:.4}", self.country.f1))?;
        line(f, "  calibration error", &number(self.calibration_error, 3, ""))?;
        if let Some(city) = &self.city {
            line(f, "city", &share(&city.accuracy))?;
        }
        for within in &self.distance.within {
            line(f, &format!("within {} km", within.km), &share(&within.share))?;
        }
        line(f, "median distance", &number(self.distance.median_km, 0, " km"))?;
        line(f, "mean distance", &number(self.distance.mean_km, 0, " km"))?;
        line(f, "mean score of 5000", &format!("{:.0}", self.distance.geo_score))?;
        for band in &self.by_locatability {
            line(f, &format!("locatability {:.1} to {:.1}", band.from, band.to), &share(&band.country))?;
        }
        line(f, "median time", &number(self.seconds_per_picture, 2, " s"))?;
        for failed in &self.failed {
            writeln!(f, "failed: {}: {}", failed.picture, failed.error)?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    writeln!(f, "{name:<24} {value}")
}

fn share(share: &Share) -> String {
    let percent = |part: f64| format!("{:.1}", 100.0 * part);
    let mut text = format!("{:>5} %", percent(share.share));
    // A String takes what is written to it.
    let _ = write!(text, "  ({} to {}; {} of {})", percent(share.low), percent(share.high), share.hits, share.of);
    text
}

fn number(value: Option<f64>, digits: usize, unit: &str) -> String {
    value.map_or("not known".to_owned(), |value| format!("{value:.digits$}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<CountryCode> {
        text.parse().ok()
    }

    /// Four pictures of France: right and near, right and far, wrong, failed.
    fn rows() -> Vec<ResultRow> {
        let row = |country: &str, likeliest: &str, probability, distance_km, locatability| ResultRow {
            picture: "p".to_owned(),
            true_country: code("FR"),
            true_city: Some("Lyon".to_owned()),
            country: code(country),
            city: (country == "FR").then(|| "lyon".to_owned()),
            likeliest_country: code(likeliest),
            probability: Some(probability),
            distance_km: Some(distance_km),
            locatability: Some(locatability),
            ideal: Some(0.5),
            thumbnail_country: code("BE"),
            seconds: 1.0,
            ..ResultRow::default()
        };
        let failed = ResultRow {
            picture: "broken.jpg".to_owned(),
            true_country: code("FR"),
            error: Some("not a picture".to_owned()),
            seconds: 3.0,
            ..ResultRow::default()
        };
        vec![
            row("FR", "FR", 0.9, 0.5, 0.6),
            row("FR", "BE", 0.6, 400.0, 0.45),
            row("BE", "BE", 0.5, 300.0, 0.1),
            failed,
        ]
    }

    #[test]
    fn measures_by_hand() {
        let report = Report::new(Subject::default(), &rows());
        assert_eq!((report.country.accuracy.hits, report.country.accuracy.of), (2, 4));
        assert_eq!((report.country.precision.hits, report.country.precision.of), (2, 3));
        assert_eq!(report.country.answered.share, 0.75);
        assert!((report.country.f1 - 2.0 * (2.0 / 3.0) * 0.75 / (2.0 / 3.0 + 0.75)).abs() < 1e-12);
        assert_eq!(report.city.as_ref().unwrap().accuracy.hits, 2);
        assert_eq!(report.likeliest_country.hits, 1);
        let within: Vec<usize> = report.distance.within.iter().map(|within| within.share.hits).collect();
        assert_eq!(within, [1, 1, 1, 3, 3]);
        assert_eq!(report.distance.median_km, Some(300.0));
        assert!((report.distance.mean_km.unwrap() - 700.5 / 3.0).abs() < 1e-9);
        let score = (geo_score(0.5) + geo_score(400.0) + geo_score(300.0)) / 4.0;
        assert!((report.distance.geo_score - score).abs() < 1e-9);
        // 0.9 stated and right, 0.6 and 0.5 stated and wrong.
        assert!((report.calibration_error.unwrap() - (0.1 + 0.6 + 0.5) / 3.0).abs() < 1e-9);
        let bands: Vec<(f64, usize, usize)> =
            report.by_locatability.iter().map(|band| (band.from, band.country.hits, band.country.of)).collect();
        assert_eq!(bands, [(0.0, 0, 1), (0.4, 1, 1), (0.5, 1, 1)]);
        assert_eq!(report.ideal_observer, Some(0.5));
        assert_eq!(report.thumbnail_classifier.as_ref().unwrap().hits, 0);
        assert_eq!(report.seconds_per_picture, Some(1.0));
        assert_eq!(report.failed[0].picture, "broken.jpg");
    }

    #[test]
    fn the_table_names_what_failed_and_the_json_comes_back() {
        let report = Report::new(Subject::default(), &rows());
        let table = report.to_string();
        assert!(table.contains("failed: broken.jpg: not a picture"), "{table}");
        assert!(table.contains("50.0 %  (15.0 to 85.0; 2 of 4)"), "{table}");
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["country"]["accuracy"]["hits"], 2);
        assert_eq!(json["distance"]["within"][4]["km"], 2500.0);
        assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    }

    #[test]
    fn no_rows_give_a_report_too() {
        let report = Report::new(Subject::default(), &[]);
        assert_eq!(report.country.accuracy.of, 0);
        assert!(report.to_string().contains("not known"));
    }
}
