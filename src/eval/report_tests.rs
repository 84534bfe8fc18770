//! Reports of a few pictures whose measures are worked out by hand.

use super::{
    Answered, Answerer, EvalConfig, EvalModel, Measure, Report, ResultRow,
    metrics::{Share, geo_score},
};
use crate::{geo::CountryCode, predict::calibration::SignsSay};

fn code(text: &str) -> Option<CountryCode> {
    text.parse().ok()
}

/// Of a picture whose place is known.
fn placed() -> ResultRow {
    ResultRow { true_latitude: Some(45.76), true_longitude: Some(4.84), ..ResultRow::default() }
}

/// Four pictures of France and one of Japan: right and near, right and far, wrong, failed, and one that names nothing.
fn rows() -> Vec<ResultRow> {
    let row = |country: &str, likeliest: &str, probability, distance_km, locatability| ResultRow {
        picture: "p".to_owned(),
        true_country: code("FR"),
        true_region: Some("Auvergne-Rhône-Alpes".to_owned()),
        true_city: Some("Lyon".to_owned()),
        country: code(country),
        city: (country == "FR").then(|| "lyon".to_owned()),
        first_country: code(likeliest),
        first_region: Some("Auvergne-Rhone-Alpes".to_owned()),
        first_city: Some("Lyon".to_owned()),
        likeliest_country: code(likeliest),
        probability: Some(probability),
        near_probability: Some(probability),
        signs: Some(SignsSay::NotRead),
        country_log_loss: Some(1.0),
        country_brier: Some(0.5),
        place_log_loss: Some(3.0),
        p50_in_cells: Some(likeliest == "FR"),
        p50_cells_km2: Some(10.0),
        p50_km: Some(350.0),
        p90_in_cells: Some(true),
        p90_cells_km2: Some(100.0),
        p90_km: Some(500.0),
        distance_km: Some(distance_km),
        locatability: Some(locatability),
        ideal: Some(0.5),
        thumbnail_country: code("BE"),
        seconds: Some(1.0),
        ..placed()
    };
    let failed = ResultRow {
        picture: "broken.jpg".to_owned(),
        true_country: code("FR"),
        true_city: Some("Lyon".to_owned()),
        error: Some("not a picture".to_owned()),
        ..placed()
    };
    let silent = ResultRow { true_country: code("JP"), likeliest_country: code("JP"), seconds: Some(3.0), ..placed() };
    vec![
        row("FR", "FR", 0.9, 0.5, 0.6),
        row("FR", "BE", 0.6, 400.0, 0.45),
        row("BE", "BE", 0.5, 300.0, 0.1),
        failed,
        silent,
    ]
}

fn answered(rows: Vec<ResultRow>) -> Answered {
    Answered { answerer: Answerer::default(), rows }
}

fn report(models: &[Answered]) -> Report {
    let mut config: EvalConfig =
        toml::from_str("out = \"o\"\n[data]\nstreets = { seed = 1000000, count = 5 }").unwrap();
    config.models = vec![EvalModel::default(); models.len()];
    Report::new(config, None, String::new(), models)
}

/// GeoReasoner's own test form has names alone.
#[test]
fn pictures_without_a_place_count_where_countries_are_measured_and_nowhere_in_kilometres() {
    let of_placed = |n_placed: usize| {
        let mut rows: Vec<ResultRow> = (0..4).map(|_| rows().remove(0)).collect();
        for row in &mut rows[n_placed..] {
            (row.true_latitude, row.true_longitude, row.distance_km) = (None, None, None);
        }
        report(&[answered(rows)])
    };
    let value = |report: &Report, measure| report.models[0].figures.get(&measure).map(|figure| figure.value);
    let half = of_placed(2);
    assert_eq!((value(&half, Measure::Within1), value(&half, Measure::Country)), (Some(1.0), Some(1.0)));
    let names = of_placed(0);
    assert_eq!((value(&names, Measure::Within1), value(&names, Measure::GeoScore)), (None, None));
    assert_eq!((value(&names, Measure::Country), value(&names, Measure::CountryF1)), (Some(1.0), Some(1.0)));
}

#[test]
fn measures_by_hand() {
    let report = report(&[answered(rows())]);
    let model = &report.models[0];
    let check = |measure: Measure, expected: f64| {
        let figure = model.figures[&measure];
        assert!((figure.value - expected).abs() < 1e-9, "{measure:?}: {} is not {expected}", figure.value);
        assert!(figure.low <= expected && expected <= figure.high, "{measure:?}: {figure:?}");
    };
    // Of five pictures three have a place: at 0.5, 400 and 300 km.
    check(Measure::Within1, 0.2);
    check(Measure::Within200, 0.2);
    check(Measure::Within750, 0.6);
    check(Measure::Within2500, 0.6);
    check(Measure::MedianKm, 300.0);
    check(Measure::MeanKm, 700.5 / 3.0);
    check(Measure::GeoScore, (geo_score(0.5) + geo_score(400.0) + geo_score(300.0)) / 5.0);
    check(Measure::Country, 2.0 / 5.0);
    // The accents are written otherwise; two of the three places lie in Belgium.
    check(Measure::Region, 1.0 / 3.0);
    check(Measure::City, 1.0 / 4.0);
    check(Measure::CountryAccuracy, 2.0 / 3.0);
    check(Measure::CountryRecall, 3.0 / 5.0);
    check(Measure::CountryF1, 2.0 * (2.0 / 3.0) * 0.6 / (2.0 / 3.0 + 0.6));
    check(Measure::CityAccuracy, 1.0);
    check(Measure::CityRecall, 2.0 / 4.0);
    check(Measure::CityF1, 2.0 * 0.5 / 1.5);
    assert_eq!(model.failed[0].picture, "broken.jpg");
    assert_eq!((model.ideal_observer, model.seconds_per_picture), (Some(0.5), Some(1.0)));
    assert_eq!(model.thumbnail_classifier, Some(Share::new(0, 3)));
}

#[test]
fn probabilities_and_areas_by_hand() {
    let report = report(&[answered(rows())]);
    let measures = report.models[0].calibration.as_ref().unwrap();
    // Three gave a place. 0.9 stated and right, 0.6 and 0.5 stated and wrong; one lies within 100 km.
    assert!((measures.calibration_error - (0.1 + 0.6 + 0.5) / 3.0).abs() < 1e-9);
    assert_eq!((measures.p50.cells, measures.p50.circle), (Share::new(1, 3), Share::new(2, 3)));
    assert_eq!((measures.p90.cells, measures.p90.circle), (Share::new(3, 3), Share::new(3, 3)));
    assert_eq!((measures.country_log_loss, measures.country_brier, measures.place_log_loss), (1.0, 0.5, 3.0));
}

#[test]
fn groups_by_hand() {
    let report = report(&[answered(rows())]);
    let model = &report.models[0];
    let bands: Vec<_> = model.by_locatability.iter().map(|band| (band.from, band.country, band.median_km)).collect();
    let one = |hits: usize, km: f64| (Share::new(hits, 1), Some(km));
    let [low, middle, high] =
        [(0.0, one(0, 300.0)), (0.4, one(0, 400.0)), (0.5, one(1, 0.5))].map(|(from, (a, b))| (from, a, b));
    assert_eq!(bands, [low, middle, high]);
    let lands: Vec<_> =
        model.by_continent.iter().map(|land| (land.name.as_str(), land.country, land.median_km)).collect();
    assert_eq!(lands, [("Asia", Share::new(1, 1), None), ("Europe", Share::new(1, 4), Some(300.0))]);
}

#[test]
fn a_model_does_not_differ_from_itself_and_does_from_a_better_one() {
    let right = ResultRow { distance_km: Some(0.1), ..rows().remove(0) };
    let wrong = ResultRow { distance_km: Some(5000.0), likeliest_country: code("BE"), ..right.clone() };
    // Ten of a hundred pictures are right for the one, thirty for the other, the same ten among them.
    let of = |n: usize| answered((0..100).map(|at| if at < n { right.clone() } else { wrong.clone() }).collect());
    let report = report(&[of(10), of(10), of(30)]);
    let pairs: Vec<_> = report.differences.iter().map(|difference| (difference.first, difference.second)).collect();
    assert_eq!(pairs, [(0, 1), (0, 2), (1, 2)]);
    let same = report.differences[0].figures[&Measure::Country];
    assert_eq!((same.value, same.low, same.high, same.spans_zero()), (0.0, 0.0, 0.0, true));
    let better = report.differences[1].figures[&Measure::Country];
    // Paired, only the twenty that differ count: 0.2 and 1.96 sqrt(0.2 x 0.8 / 100) = 0.078 to either side.
    assert!((better.value - 0.2).abs() < 1e-9 && !better.spans_zero());
    assert!((better.low - 0.122).abs() < 0.012 && (better.high - 0.278).abs() < 0.012, "{better:?}");
    assert!(report.differences[1].figures[&Measure::MeanKm].high < 0.0);
    let names: Vec<&str> = report.models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["starter", "starter (2)", "starter (3)"]);
}

#[test]
fn the_same_seed_draws_the_same_intervals() {
    let row = |at: i32| ResultRow { distance_km: Some(f64::from(at).powi(2)), ..rows().remove(0) };
    let models = [answered((0..40).map(row).collect())];
    assert_eq!(report(&models), report(&models));
    let mut other = report(&models).config;
    other.bootstrap.seed = 1;
    let other = Report::new(other, None, String::new(), &models);
    assert_ne!(other.models[0].figures[&Measure::MeanKm], report(&models).models[0].figures[&Measure::MeanKm]);
}

#[test]
fn a_report_comes_back_from_its_file() {
    let report = report(&[answered(rows()), answered(rows())]);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["models"][0]["figures"]["within_750_km"]["value"], 0.6);
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
}

#[test]
fn nothing_answered_gives_a_report_too() {
    let report = report(&[answered(Vec::new())]);
    assert!(report.models[0].figures.is_empty() && report.models[0].calibration.is_none());
}
