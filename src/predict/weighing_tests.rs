//! What a user relies on when evidence is struck, weakened and taken back.

use serde_json::json;

use super::*;
use crate::{
    geo::CountryCode,
    predict::{
        FindingProblem,
        answer::{Answer, Problem},
        evidence::{Heard, MetadataHeard, gather},
        finding::EvidenceKind,
        statement::{CountryShare, Statement},
    },
};

/// A picture that the model places in Lyon and its file in Warsaw, weighed as `locate` does it, with two problems that do not come of it.
fn lyon() -> (Finding, Surface, Weighing) {
    let answer = Answer { country: Some("France".to_owned()), city: Some("Lyon".to_owned()), reasons: Vec::new() };
    let code = |code: &str| code.parse::<CountryCode>().unwrap();
    let country_scores = [("FR", 0.63f64), ("PL", 0.23), ("ES", 0.14)].map(|(name, p)| (code(name), p.ln()));
    let metadata = MetadataHeard { gps: LatLon::new(52.23, 21.01), ..MetadataHeard::default() };
    let heard =
        Heard { model: "m", answer: &answer, country_scores: &country_scores, metadata: &metadata, is_trusted: true };
    let (pieces, _) = gather(&heard);
    let weighed = weigh_up(&pieces, true, None);
    assert!(matches!(weighed.problems[..], [FindingProblem::Contradiction { .. }]), "{:?}", weighed.problems);
    let mut finding = Finding::default();
    let others = [FindingProblem::Caution("beside".to_owned()), FindingProblem::Answer(Problem::NoReasons)];
    finding.problems = [weighed.problems.as_slice(), &others].concat();
    (finding.candidates, finding.credible_km) = (weighed.candidates, weighed.credible_km);
    (finding.countries, finding.evidence) = (weighed.countries, weighed.evidence);
    let weighing = Weighing { pieces, signs: Vec::new(), own: Vec::new(), is_trusted: true, calibrated: None };
    finding.credible_cells = weighing.ranked(&finding).0.credible_cells;
    (finding, weighed.surface, weighing)
}

fn set(finding: &Finding, kind: EvidenceKind, on: bool, strength: f64) -> Finding {
    let mut finding = finding.clone();
    let piece = finding.evidence.iter_mut().find(|evidence| evidence.kind == kind).unwrap();
    (piece.on, piece.strength) = (on, strength);
    finding
}

#[test]
fn with_all_pieces_on_it_is_what_was_found_to_the_bit_and_so_it_is_after_a_strike_is_taken_back() {
    let (finding, surface, weighing) = lyon();
    assert_eq!(finding.problems.len(), 3, "{:?}", finding.problems);
    assert_eq!(weighing.ranked(&finding), (finding.clone(), surface.clone()));

    let strength = weighing.own_strength("model_city").unwrap();
    let (struck, other) = weighing.ranked(&set(&finding, EvidenceKind::ModelCity, false, strength));
    assert_ne!(other, surface);
    assert_eq!(weighing.ranked(&set(&struck, EvidenceKind::ModelCity, true, strength)), (finding, surface));
}

#[test]
fn a_struck_piece_stays_listed_and_counts_for_nothing() {
    let (finding, _, weighing) = lyon();
    assert_eq!(finding.candidates[0].city, "Lyon");
    let (struck, _) = weighing.ranked(&set(&finding, EvidenceKind::ModelCity, false, 0.5));
    assert_eq!(struck.candidates[0].city, "Paris");
    assert!(struck.candidates[0].carried_by.iter().all(|kind| *kind != EvidenceKind::ModelCity));
    assert!(struck.credible_km.p50 > finding.credible_km.p50);
    assert_eq!(struck.evidence.len(), finding.evidence.len());
    assert_eq!(struck.probability_kind, ProbabilityKind::Edited, "nobody has measured how often that is right");
    let city = |finding: &Finding| match &finding.problems[0] {
        FindingProblem::Contradiction { city, .. } => city.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((city(&finding), city(&struck)), ("Lyon".to_owned(), "Paris".to_owned()));
    assert_eq!(struck.problems[1..], finding.problems[1..], "what does not come of the weighing stays");
}

#[test]
fn a_weakened_piece_counts_for_less_and_the_files_position_for_more_when_the_user_says_so() {
    let (finding, surface, weighing) = lyon();
    let near = |surface: &Surface, lat, lon| surface.share_within_km(LatLon::new(lat, lon).unwrap(), 100.0);
    let (_, weak) = weighing.ranked(&set(&finding, EvidenceKind::ModelCity, true, 0.1));
    assert!(near(&weak, 45.76, 4.84) < 0.5 * near(&surface, 45.76, 4.84));
    let (in_warsaw, strong) = weighing.ranked(&set(&finding, EvidenceKind::MetadataGps, true, 0.95));
    assert!(near(&strong, 52.23, 21.01) > 0.5, "{}", near(&strong, 52.23, 21.01));
    assert_eq!(in_warsaw.candidates[0].city, "Warsaw");
}

#[test]
fn two_hundred_pieces_are_ranked_without_a_model() {
    let (finding, surface, mut weighing) = lyon();
    let shares = |code: &str| vec![CountryShare { country_code: code.parse().unwrap(), probability: 1.0 }];
    let hints = (0..200).map(|number| {
        let mut piece = weighing.pieces[1].clone();
        piece.evidence.id = format!("hint-{number}");
        piece.evidence.strength = 0.2;
        piece.likelihood = Likelihood::Countries(shares(if number % 10 == 0 { "FR" } else { "PL" }));
        piece
    });
    let hints: Vec<Piece> = hints.collect();
    weighing.pieces.extend(hints);
    let (all, _) = weighing.ranked(&finding);
    assert_eq!((all.evidence.len(), all.candidates[0].country.as_str()), (weighing.pieces.len(), "Poland"));
    let mut without = all;
    without.evidence.iter_mut().filter(|hint| hint.id.starts_with("hint-")).for_each(|hint| hint.on = false);
    let (without, back) = weighing.ranked(&without);
    assert_eq!((without.candidates, back), (finding.candidates, surface));
}

#[test]
fn only_what_bears_on_the_world_can_be_struck() {
    let (_, _, weighing) = lyon();
    let can = ["prior", "model_countries", "model_country", "model_city", "metadata_gps", "nobody"];
    assert_eq!(can.map(|id| weighing.can_strike(id)), [false, true, false, true, true, false]);
}

#[test]
fn it_is_kept_as_text_and_what_a_file_says_wrongly_is_not_weighed() {
    let (finding, surface, weighing) = lyon();
    let text = serde_json::to_string(&weighing).unwrap();
    let back: Weighing = serde_json::from_str(&text).unwrap();
    assert!(back.is_sound());
    // The last bit of a number read from a text may differ.
    let (ranked, again) = back.ranked(&finding);
    assert_eq!((&ranked.candidates, again.cells.len()), (&finding.candidates, surface.cells.len()));

    // As earlier versions kept it: with sentences, and with the places of those that came of the weighing.
    let mut earlier = serde_json::to_value(&weighing).unwrap();
    (earlier["n_before"], earlier["n_after"]) = (json!(1), json!(1));
    for piece in earlier["pieces"].as_array_mut().unwrap() {
        let evidence = piece["evidence"].as_object_mut().unwrap();
        evidence.remove("statement");
        evidence.extend([("text".to_owned(), json!("Said.")), ("source".to_owned(), json!("m"))]);
    }
    let back: Weighing = serde_json::from_value(earlier).unwrap();
    assert_eq!(back.pieces[1].evidence.statement, Statement::Quoted("Said.".to_owned()));
    assert_eq!(back.ranked(&finding).1.cells.len(), surface.cells.len());

    let wrong = |likelihood: Likelihood, strength: f64| {
        let mut wrong = weighing.clone();
        (wrong.pieces[1].likelihood, wrong.pieces[1].evidence.strength) = (likelihood, strength);
        wrong.is_sound()
    };
    assert!(!wrong(Likelihood::Point(LatLon { lat: 4e9, lon: 0.0 }), 0.5));
    assert!(!wrong(Likelihood::Nothing, 7.0));
    let share = CountryShare { country_code: "FR".parse().unwrap(), probability: 1.0 };
    assert!(!wrong(Likelihood::Countries(vec![share; MOST_PARTS + 1]), 0.5));
    let many = Weighing { pieces: vec![weighing.pieces[0].clone(); MOST_PIECES + 1], ..weighing.clone() };
    assert!(!many.is_sound());
}
