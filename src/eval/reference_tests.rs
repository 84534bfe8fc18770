//! The measures held against what scikit-learn and SciPy make of the same answers (`tests/reference/evaluation.py`).

use std::{fs, path::Path, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Bootstrap, Figure, Measure, Outcome, ResultRow, Values, metrics::mean, protocol::fill};

#[derive(Deserialize)]
struct Rows {
    countries: Vec<String>,
    truth: Vec<Truth>,
    models: Vec<Vec<Said>>,
}

#[derive(Deserialize)]
struct Truth {
    place: [f64; 2],
    country: String,
    city: String,
}

#[derive(Deserialize)]
struct Said {
    place: Option<[f64; 2]>,
    shares: Vec<f64>,
    country: Option<String>,
    city: Option<String>,
}

fn read<T: for<'de> Deserialize<'de>>(name: &str) -> T {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/evaluation");
    serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

/// The rows of each model, as its findings fill them.
fn rows() -> Vec<Vec<ResultRow>> {
    let Rows { countries, truth, models } = read("rows.json");
    let row = |(truth, said): (&Truth, &Said)| {
        let candidates: Vec<Value> = said
            .place
            .iter()
            .map(|[lat, lon]| json!({ "rank": 1, "lat": lat, "lon": lon, "probability": 1.0, "country": "", "country_code": null, "region": "", "city": "" }))
            .collect();
        let shares = countries.iter().zip(&said.shares);
        let shares = shares.map(|(code, share)| json!({ "country_code": code, "probability": share }));
        let finding = serde_json::from_value(json!({
            "picture": { "path": "p", "sha256": "", "width": 1, "height": 1 },
            "model": { "name": "m", "adapters": [], "device": "CPU", "seed": 0 },
            "settings": { "max_new_tokens": 1, "temperature": 0.0, "top_p": 1.0 },
            "answer": { "country": said.country, "city": said.city, "reasons": [] },
            "reasoning": "", "candidates": candidates, "credible_km": { "p50": 1.0, "p90": 2.0 }, "probability_kind": "raw",
            "countries": shares.collect::<Vec<_>>(), "evidence": [], "locatability": null, "problems": [],
        }));
        let mut row = ResultRow {
            true_latitude: Some(truth.place[0]),
            true_longitude: Some(truth.place[1]),
            true_country: truth.country.parse().ok(),
            true_city: Some(truth.city.clone()),
            ..ResultRow::default()
        };
        let finding = Box::new(finding.unwrap());
        fill(&mut row, &Answer { finding, surface: Arc::default(), with_signs: false, seconds: 1.0 });
        row
    };
    models.iter().map(|said| truth.iter().zip(said).map(row).collect()).collect()
}

fn outcomes() -> Vec<Vec<Outcome>> {
    rows().iter().map(|rows| rows.iter().map(Outcome::of).collect()).collect()
}

#[track_caller]
fn near(value: Option<f64>, expected: &Value, within: f64) {
    let (value, expected) = (value.unwrap(), expected.as_f64().unwrap());
    assert!((value - expected).abs() <= within * expected.abs().max(1.0), "{value} is not {expected}");
}

#[test]
fn every_measure_is_what_scikit_learn_says() {
    let expected: Value = read("expected.json");
    for (outcomes, expected) in outcomes().iter().zip(expected["measures"].as_array().unwrap()) {
        let values = Values::of(&outcomes.iter().collect::<Vec<_>>());
        let check = |measure: Measure, expected: &Value| near(values[measure], expected, 1e-9);
        for (at, measure) in Measure::ALL.into_iter().take(5).enumerate() {
            check(measure, &expected["within"][at]);
        }
        check(Measure::MeanKm, &expected["mean_km"]);
        check(Measure::MedianKm, &expected["median_km"]);
        check(Measure::GeoScore, &expected["geo_score"]);
        check(Measure::Country, &expected["country"]);
        check(Measure::CountryAccuracy, &expected["named_country"]["accuracy"]);
        check(Measure::CountryRecall, &expected["named_country"]["recall"]);
        check(Measure::CountryF1, &expected["named_country"]["f1"]);
        check(Measure::CityAccuracy, &expected["named_city"]["accuracy"]);
        check(Measure::CityRecall, &expected["named_city"]["recall"]);
        check(Measure::CityF1, &expected["named_city"]["f1"]);
        // None of them says a division, and none is known.
        assert_eq!((values[Measure::Region], values[Measure::City]), (None, Some(0.0)));
    }
}

#[test]
fn losses_are_what_scikit_learn_says() {
    let expected: Value = read("expected.json");
    for (rows, expected) in rows().iter().zip(expected["measures"].as_array().unwrap()) {
        let mean_of = |of: fn(&ResultRow) -> Option<f64>| mean(&rows.iter().filter_map(of).collect::<Vec<_>>());
        near(mean_of(|row| row.country_log_loss), &expected["log_loss"], 1e-9);
        near(mean_of(|row| row.country_brier), &expected["brier"], 1e-9);
    }
}

#[test]
fn intervals_are_scipys_as_far_as_chance_goes() {
    let expected: Value = read("expected.json");
    let resampled = Bootstrap { draws: 20_000, seed: 5 }.resample(&outcomes());
    let check = |figure: Option<Figure>, expected: &Value| {
        let Figure { low, high, .. } = figure.unwrap();
        // The ends of two intervals of 20,000 sets each differ by about a hundredth of their width.
        let width = expected[1].as_f64().unwrap() - expected[0].as_f64().unwrap();
        for (end, expected) in [low, high].into_iter().zip(expected.as_array().unwrap()) {
            assert!((end - expected.as_f64().unwrap()).abs() < 0.03 * width, "{end} is not {expected}");
        }
    };
    check(resampled.figure(0, Measure::GeoScore), &expected["geo_score_interval"]);
    check(resampled.difference(0, 1, Measure::GeoScore), &expected["geo_score_difference"]);
}
