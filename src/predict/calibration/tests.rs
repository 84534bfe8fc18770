//! What a calibration promises, on made-up models whose faults are known.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    geo::{Cell, CountryCode, LatLon, Surface, chief_places},
    predict::{
        evidence::Likelihood,
        finding::{EvidenceKind, ProbabilityKind},
        fuse::{Fused, weigh_up},
        statement::Statement,
    },
};

const COUNTRIES: [&str; 5] = ["LU", "NL", "SI", "IL", "LK"];

fn code(code: &str) -> CountryCode {
    code.parse().unwrap()
}

/// Records of a model that is too sure of its countries by a known temperature, and right about three cities in ten.
fn records(n: usize, seed: u64, temperature: f64) -> Vec<Record> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let record = |at: usize| {
        let raw: Vec<f64> = COUNTRIES.iter().map(|_| rng.random::<f64>().powi(4) + 1e-3).collect();
        let sum: f64 = raw.iter().sum();
        let sure: f64 = raw.iter().map(|p| (p / sum).powf(temperature)).sum();
        let mut left = rng.random::<f64>() * sum;
        let truth = raw.iter().position(|p| {
            left -= p;
            left < 0.0
        });
        let country = code(COUNTRIES[truth.unwrap_or(0)]);
        let cities = chief_places(country, 6);
        let city = &cities[rng.random_range(0..cities.len())].place;
        let named = &cities[if rng.random_bool(0.3) { 0 } else { rng.random_range(0..cities.len()) }].place;
        let locatability = rng.random::<f64>();
        Record {
            picture: at.to_string(),
            sha256: None,
            position: city.position,
            country: Some(country),
            locatability: Some(locatability),
            has_words: None,
            signs: None,
            ideal: None,
            ideal_of_words: None,
            is_trusted: true,
            answer_country: Some(country.to_string()),
            answer_city: Some(named.name.clone()),
            log_shares: COUNTRIES
                .iter()
                .zip(&raw)
                .map(|(name, p)| (code(name), temperature * (p / sum).ln() - sure.ln()))
                .collect(),
        }
    };
    (0..n).map(record).collect()
}

fn subject() -> Subject {
    Subject {
        model: "m".to_owned(),
        model_sha256: "ab".to_owned(),
        segmenter: None,
        kind: Kind::DrawnStreets,
        source: "made up".to_owned(),
    }
}

fn fitted() -> (Calibration, Vec<Record>) {
    let levels = records(60, 2, 3.0);
    (fit(subject(), &records(60, 1, 3.0), &levels).unwrap(), levels)
}

/// How many of the cases the areas hold: the cells and the circle for one half, and those for nine tenths.
fn covered(records: &[Record], calibration: &Calibration) -> [usize; 4] {
    let mut covered = [0; 4];
    for record in records {
        let Fused { surface, levels, candidates, .. } = record.weighed(record.calibrated(calibration).as_ref());
        let first = candidates[0].position().unwrap();
        let home = |area: &[(Cell, f32)]| {
            let holds = |cell: &Cell| Surface::of(vec![(*cell, 1.0)]).before(record.position).is_some();
            area.iter().any(|(cell, _)| holds(cell))
        };
        let in_circle =
            |level: f64| first.distance_km(record.position) <= surface.around(first).radius_km(level) + 1e-3;
        let Levels { p50, p90 } = levels;
        let holds = [
            home(surface.cells_covering(p50.cells)),
            in_circle(p50.circle),
            home(surface.cells_covering(p90.cells)),
            in_circle(p90.circle),
        ];
        covered.iter_mut().zip(holds).for_each(|(n, holds)| *n += usize::from(holds));
    }
    covered
}

#[test]
fn a_model_that_is_too_sure_is_tempered_and_areas_reach_as_far_as_they_say() {
    let (calibration, levels) = fitted();
    let [Group { weights, n_temperatures: 60, n_levels: 60, .. }] = calibration.groups[..] else {
        panic!("no sign was read: {calibration:?}")
    };
    assert!((2.0..5.0).contains(&weights.temperature), "{}", weights.temperature);
    assert!((0.05..0.9).contains(&weights.city_strength), "{}", weights.city_strength);
    assert_eq!(weights.sign_exponent, 1.0);
    assert!(calibration.check().is_ok() && calibration.groups[0].bands.is_empty(), "{calibration:?}");
    // The case of rank ceil(61 p) lies just inside: 31 and 55 of the 60 that the levels were taken from.
    let [cells, circles, more_cells, more_circles] = covered(&levels, &calibration);
    assert!((31..=33).contains(&cells) && (31..=33).contains(&circles), "{cells} {circles}");
    assert!((55..=57).contains(&more_cells) && (55..=57).contains(&more_circles), "{more_cells} {more_circles}");
}

#[test]
fn too_few_cases_are_told_with_the_number_that_is_needed() {
    let few = records(30, 3, 1.0);
    let error = fit(subject(), &few, &few).unwrap_err();
    assert_eq!((error.for_weights, error.for_levels, error.needed), (30, 30, 50));
    let mut unknown = records(60, 3, 1.0);
    unknown.iter_mut().for_each(|record| record.is_trusted = false);
    assert_eq!(fit(subject(), &unknown, &few).unwrap_err().for_weights, 0, "what the model does not know is no case");
}

/// A calibration by hand, with levels of its own for pictures of little locatability whose signs were not read.
fn by_hand() -> Calibration {
    let level = |cells| Level { cells, circle: cells };
    let levels = |p50, p90| Levels { p50: level(p50), p90: level(p90) };
    let near = Near { offset: 0.0, slope: 0.5 };
    let unread = Group {
        signs: vec![SignsSay::NotRead],
        n_temperatures: 50,
        n_levels: 950,
        weights: Weights { temperature: 2.0, sign_exponent: 1.0, city_strength: 0.1, near },
        levels: levels(0.4, 0.8),
        bands: vec![Band { from: 0.0, below: 0.3, n: 300, levels: levels(0.6, 0.95) }],
    };
    let read = Group {
        signs: SignsSay::READ.to_vec(),
        n_levels: 1950,
        weights: Weights { sign_exponent: 0.5, ..unread.weights },
        levels: levels(0.3, 0.7),
        bands: Vec::new(),
        ..unread.clone()
    };
    Calibration {
        model: "m".to_owned(),
        model_sha256: "ab".to_owned(),
        program: "p".to_owned(),
        kind: Kind::DrawnStreets,
        source: "made up".to_owned(),
        n_temperatures: 50,
        n_levels: 950,
        segmenter: None,
        groups: vec![unread, read],
    }
}

#[test]
fn a_band_has_its_own_levels_and_what_lies_in_none_has_those_of_all() {
    let of = |locatability, signs| by_hand().for_picture(locatability, signs).unwrap();
    let unread = |locatability| of(locatability, SignsSay::NotRead).levels.p90.cells;
    assert_eq!([unread(Some(0.1)), unread(Some(0.3)), unread(None)], [0.95, 0.8, 0.8]);
    let (unread, read) = (of(None, SignsSay::NotRead), of(Some(0.1), SignsSay::Nothing));
    assert_eq!((unread.n_cases, unread.with_signs), (1000, false));
    assert_eq!((read.n_cases, read.with_signs, read.levels.p90.cells), (2000, true, 0.7));
    let no_such_cases = Calibration { groups: by_hand().groups[..1].to_vec(), ..by_hand() };
    assert_eq!(no_such_cases.for_picture(None, SignsSay::Something), None);
}

#[test]
fn what_the_cases_did_not_have_makes_the_numbers_scores_again() {
    let record = &records(1, 4, 1.0)[0];
    let calibrated = record.calibrated(&by_hand()).unwrap();
    let pieces = record.pieces(Some(&calibrated.weights));
    let raw = weigh_up(&pieces, true, None);
    let weighed = weigh_up(&pieces, true, Some(&calibrated));
    assert_eq!((weighed.probability_kind, weighed.levels), (ProbabilityKind::Calibrated, calibrated.levels));
    // Half the log odds: 0.1 lies at ln(1 / 9), and the root of 1 / 9 is 1 / 3, odds of a quarter.
    let near = |weighed: &Fused| weighed.candidates[0].within_100_km;
    let (share, probability) = (near(&raw), near(&weighed));
    assert!(
        ((probability / (1.0 - probability)).powi(2) - share / (1.0 - share)).abs() < 1e-3,
        "{share} {probability}"
    );

    let with = |kind: EvidenceKind, on: bool| {
        let mut more = pieces[1].clone();
        (more.evidence.kind, more.evidence.id, more.evidence.on) = (kind, "more".to_owned(), on);
        [pieces.clone(), vec![more]].concat()
    };
    let signs_read = Calibrated { with_signs: true, ..calibrated };
    for (kind, on, calibrated, right) in [
        (EvidenceKind::Sign, true, calibrated, ProbabilityKind::Raw),
        (EvidenceKind::Sign, false, calibrated, ProbabilityKind::Calibrated),
        (EvidenceKind::Sign, true, signs_read, ProbabilityKind::Calibrated),
        (EvidenceKind::Hint, true, signs_read, ProbabilityKind::Raw),
    ] {
        let weighed = weigh_up(&with(kind, on), true, Some(&calibrated));
        assert_eq!(weighed.probability_kind, right, "{kind:?} {on}");
        let is_raw = right == ProbabilityKind::Raw;
        assert_eq!(weighed.levels, if is_raw { Levels::NOMINAL } else { calibrated.levels });
    }
}

#[test]
fn signs_count_with_their_exponent_and_what_they_say_has_its_own_group() {
    let read = |text: &str| TextRead { text: text.to_owned(), script: None, score: 0.9 };
    let with = |signs| Record { signs, ..records(1, 4, 1.0)[0].clone() };
    let record = with(Some(vec![read("Łódź ulica"), read("30")]));
    assert_eq!(record.signs_say(), SignsSay::Something);
    assert_eq!((with(None).signs_say(), with(Some(vec![])).signs_say()), (SignsSay::NotRead, SignsSay::NoWord));
    let calibrated = record.calibrated(&by_hand()).unwrap();
    assert!(calibrated.with_signs && record.weighed(Some(&calibrated)).probability_kind == ProbabilityKind::Calibrated);
    let inside = |weights: Option<&Weights>| -> Vec<f64> {
        let pieces = record.pieces(weights);
        let of_signs = pieces.iter().filter_map(|piece| match &piece.likelihood {
            Likelihood::Ratio { inside, .. } => Some(*inside),
            _ => None,
        });
        of_signs.collect()
    };
    let (raw, tempered) = (inside(None), inside(Some(&calibrated.weights)));
    assert!(!raw.is_empty() && raw.len() == tempered.len());
    assert!(
        raw.iter().zip(&tempered).all(|(raw, tempered)| (raw.sqrt() - tempered).abs() < 1e-9),
        "{raw:?} {tempered:?}"
    );
    assert_eq!(record.without_signs().pieces(None).len() + raw.len(), record.pieces(None).len());
    let alone = record.signs_alone().pieces(None);
    assert!(alone.iter().all(|piece| matches!(piece.evidence.kind, EvidenceKind::Prior | EvidenceKind::Sign)));
}

#[test]
fn tempering_changes_what_the_model_said_and_how_it_reads() {
    let record = Record {
        log_shares: vec![(code("LU"), 0.8f64.ln()), (code("NL"), 0.2f64.ln())],
        ..records(1, 4, 1.0)[0].clone()
    };
    let pieces = record.pieces(Some(&by_hand().groups[0].weights));
    let Likelihood::Countries(shares) = &pieces[1].likelihood else { panic!("the model's countries come second") };
    assert!((shares[0].probability - 2.0 / 3.0).abs() < 1e-9);
    assert!(matches!(&pieces[1].evidence.statement, Statement::ModelCountries { first, .. } if first == shares));
    let city = pieces.iter().find(|piece| piece.evidence.kind == EvidenceKind::ModelCity).unwrap();
    assert!((city.evidence.strength - 0.1).abs() < 1e-12);
}

#[test]
fn an_area_may_lie_in_two_parts() {
    let record = Record {
        log_shares: vec![(code("LU"), 0.5f64.ln()), (code("LK"), 0.5f64.ln())],
        answer_city: None,
        ..records(1, 4, 1.0)[0].clone()
    };
    let surface = record.weighed(None).surface;
    let area = surface.cells_covering(0.9);
    let near = |lat, lon| {
        let point = LatLon::new(lat, lon).unwrap();
        area.iter().any(|(cell, _)| cell.centre().distance_km(point) < 300.0)
    };
    assert!(near(49.6, 6.1) && near(7.0, 80.0), "Luxembourg and Sri Lanka");
    assert!(!near(35.0, 45.0), "and nothing between them");
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    let with = |change: &dyn Fn(&mut Group)| {
        let mut calibration = by_hand();
        change(&mut calibration.groups[0]);
        calibration.check()
    };
    assert!(by_hand().check().is_ok());
    assert!(with(&|group| group.weights.temperature = 0.0).is_err());
    assert!(with(&|group| group.weights.sign_exponent = -1.0).is_err());
    assert!(with(&|group| group.weights.city_strength = f64::NAN).is_err());
    assert!(with(&|group| group.weights.near.slope = f64::INFINITY).is_err());
    assert!(with(&|group| group.bands[0].levels.p50.circle = 2.0).is_err());
}

#[test]
fn a_record_keeps_what_locating_gathers() {
    let read = TextRead { text: "ΨΩMI".to_owned(), script: Some(crate::knowledge::Script::Greek), score: 0.9512 };
    let record = &Record { signs: Some(vec![read]), ideal: Some(0.5), ..records(1, 4, 1.0)[0].clone() };
    let line = serde_json::to_string(record).unwrap();
    assert_eq!(&serde_json::from_str::<Record>(&line).unwrap(), record);
}
