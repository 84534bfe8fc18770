//! What is said aloud, and what is not, when things said of a picture do not fit together.

use super::*;
use crate::geo::LatLon;
use crate::knowledge::clues::{Clues, shipped_clues};
use crate::predict::{
    answer::Answer,
    finding::{Candidate, Evidence},
    hint::{Understood, understand},
    reason::Reasons,
    sign::Sign,
    sign_pieces,
    statement::Source,
};

const OSLO: (f64, f64, &str) = (59.91, 10.75, "NO");
const SYDNEY: (f64, f64, &str) = (-33.87, 151.21, "AU");
const SINGAPORE: (f64, f64, &str) = (1.35, 103.82, "SG");

/// A finding whose first place this is, with these reasons.
fn finding(at: (f64, f64, &str), reasons: &[&str]) -> Finding {
    finding_by(at, reasons, shipped_clues())
}

/// The same, where these clues are known.
fn finding_by((lat, lon, code): (f64, f64, &str), reasons: &[&str], clues: &Clues) -> Finding {
    let reasons = reasons.iter().map(|&reason| reason.to_owned()).collect();
    let answer = Answer { reasons, ..Answer::default() };
    let reasons = Reasons::of(&answer, &[], None, None, clues);
    let mut finding = Finding { answer: Some(answer), reasons, ..Finding::default() };
    finding.candidates = vec![Candidate {
        rank: 1,
        lat,
        lon,
        probability: 0.5,
        within_100_km: 0.4,
        country: String::new(),
        country_code: code.parse().ok(),
        region: String::new(),
        city: String::new(),
        carried_by: Vec::new(),
        carriers: Vec::new(),
        change: None,
    }];
    finding
}

fn metadata(kind: EvidenceKind, statement: Statement, position: Option<LatLon>) -> Piece {
    let id = kind.name().to_owned();
    let strength = 0.0;
    let evidence =
        Evidence { id, kind, statement, source: Source::Metadata, strength, on: true, region: None, position };
    Piece::new(evidence, Likelihood::Nothing)
}

fn taken(date: &str) -> Piece {
    metadata(EvidenceKind::Metadata, Statement::FileTaken(date.to_owned()), None)
}

fn file_at((lat, lon, _): (f64, f64, &str)) -> Piece {
    let position = LatLon::new(lat, lon).unwrap();
    metadata(EvidenceKind::MetadataGps, Statement::FilePosition(whereabouts(position)), Some(position))
}

fn said(text: &str) -> Vec<Piece> {
    let piece = |part| if let Understood::Evidence(piece) = part { Some(*piece) } else { None };
    understand(text, shipped_clues()).into_iter().filter_map(piece).collect()
}

/// What is at odds, as "hemisphere file", "driving side first", "sign".
fn told(pieces: &[Piece], finding: &Finding) -> Vec<String> {
    let place = |place: &Place| if matches!(place, Place::File(_)) { "file" } else { "first" };
    let name = |contradiction: &Contradiction| match contradiction {
        Contradiction::Position { .. } => "sign".to_owned(),
        Contradiction::SaidAgainstFile { .. } => "user file".to_owned(),
        Contradiction::SaidAgainstFirst { .. } => "user first".to_owned(),
        Contradiction::SaidTwice { .. } => "user user".to_owned(),
        Contradiction::Hemisphere { is_north, against, .. } => {
            format!("{} {}", if *is_north { "north" } else { "south" }, place(against))
        }
        Contradiction::DrivingSide { is_left, against, .. } => {
            format!("{} {}", if *is_left { "left" } else { "right" }, place(against))
        }
    };
    found(pieces, true, finding).iter().map(name).filter(|name| name != "user first").collect()
}

#[test]
fn a_sign_is_at_odds_with_a_file_elsewhere() {
    let signs = [Sign { id: "1".into(), ..Sign::added([0.1, 0.1, 0.2, 0.2], "www.sklep.pl") }];
    let mut pieces = sign_pieces::told(&signs);
    assert!(!pieces.is_empty());
    let with_file = |at, pieces: &[Piece]| [pieces, &[file_at(at)]].concat();
    let warsaw = (52.23, 21.01, "PL");
    assert_eq!(told(&with_file(OSLO, &pieces), &finding(warsaw, &[])), ["sign"]);
    assert!(told(&with_file(warsaw, &pieces), &finding(warsaw, &[])).is_empty());
    pieces.iter_mut().for_each(|piece| piece.evidence.on = false);
    assert!(told(&with_file(OSLO, &pieces), &finding(warsaw, &[])).is_empty(), "a struck sign says nothing");
}

#[test]
fn what_the_user_says_is_held_against_the_file() {
    let paris = (48.86, 2.35, "FR");
    let odds = |text: &str| told(&[said(text), vec![file_at(paris)]].concat(), &finding(paris, &[]));
    for text in ["it is in Germany", "near Lyon", "not in France", "not near Paris", "within 50 km of Lyon"] {
        assert_eq!(odds(text), ["user file"], "{text}");
    }
    for text in ["it is in France", "near Paris", "near Versailles", "not in Germany", "not near Lyon", "in Europe"] {
        assert!(odds(text).is_empty(), "{text}");
    }
    let mut struck = said("near Lyon");
    struck[0].evidence.on = false;
    assert!(told(&[struck, vec![file_at(paris)]].concat(), &finding(paris, &[])).is_empty());
}

#[test]
fn what_the_user_says_is_held_against_the_answer() {
    let is_said = |text: &str| {
        let found = found(&said(text), true, &finding(OSLO, &[]));
        found.iter().any(|what| matches!(what, Contradiction::SaidAgainstFirst { .. }))
    };
    for text in ["not in Norway", "it is in Sweden", "near Lyon", "not near Oslo"] {
        assert!(is_said(text), "{text}");
    }
    for text in ["it is in Norway", "not in Sweden", "near Oslo", "in Europe"] {
        assert!(!is_said(text), "{text}");
    }
}

#[test]
fn what_the_user_says_is_held_against_what_else_the_user_says() {
    let odds = |texts: &[&str]| {
        let pieces: Vec<Piece> = texts.iter().flat_map(|text| said(text)).collect();
        told(&pieces, &finding(OSLO, &[]))
    };
    assert_eq!(odds(&["near Lyon", "not in France"]), ["user user"]);
    assert_eq!(odds(&["near Mombasa", "it is in Russia", "not in Africa"]), ["user user"; 2]);
    assert_eq!(odds(&["it is in Germany", "it is in Poland"]), ["user user"]);
    assert_eq!(odds(&["near Lyon", "near Warsaw"]), ["user user"]);
    assert!(odds(&["near Lyon", "it is in France", "not in Germany", "in Europe"]).is_empty());
    assert!(odds(&["near Strasbourg", "it is in Germany"]).is_empty(), "across the border is near as well");
    assert_eq!(odds(&["near Lyon", "they drive on the left"]), ["left first"], "a clue rules nothing out");
}

#[test]
fn a_season_in_the_files_month_is_at_odds_with_the_other_half_of_the_globe() {
    let july = |text: &str| [said(text), vec![taken("2026-07-01 12:00:00")]].concat();
    assert_eq!(told(&july("it was winter"), &finding(OSLO, &[])), ["south first"]);
    assert!(told(&july("it was winter"), &finding(SYDNEY, &[])).is_empty());
    assert_eq!(told(&july("it was summer"), &finding(SYDNEY, &[])), ["north first"]);
    assert!(told(&july("it was summer"), &finding(SINGAPORE, &[])).is_empty(), "no winter between the tropics");
    let april = [said("it was winter"), vec![taken("2026-04-01")]].concat();
    assert!(
        told(&april, &finding(OSLO, &[])).is_empty() && told(&said("it was winter"), &finding(OSLO, &[])).is_empty()
    );
    assert_eq!(told(&said("it was winter in July"), &finding(OSLO, &[])), ["south first"]);
    let reason = ["The bare trees speak for winter."];
    assert_eq!(told(&[taken("2026-07-01 12:00:00")], &finding(OSLO, &reason)), ["south first"]);
}

#[test]
fn the_suns_side_and_a_named_half_are_held_against_file_and_first_place() {
    let sun = said("the noon sun stood in the north");
    assert_eq!(told(&sun, &finding(OSLO, &[])), ["south first"]);
    assert!(told(&sun, &finding(SYDNEY, &[])).is_empty() && told(&sun, &finding(SINGAPORE, &[])).is_empty());
    let with_file = [sun, vec![file_at(OSLO)]].concat();
    assert_eq!(told(&with_file, &finding(SYDNEY, &[])), ["south file"]);
    let half = said("we were in the southern hemisphere");
    assert_eq!(told(&half, &finding(SINGAPORE, &[])), ["south first"]);
    assert!(told(&said("we were in the northern hemisphere"), &finding(SINGAPORE, &[])).is_empty());
}

#[test]
fn a_driving_side_is_held_against_the_country() {
    assert_eq!(told(&said("they drive on the left"), &finding(OSLO, &[])), ["left first"]);
    assert!(told(&said("they drive on the left"), &finding(SYDNEY, &[])).is_empty());
    assert_eq!(told(&said("they don't drive on the left"), &finding(SYDNEY, &[])), ["right first"]);
    assert_eq!(told(&[], &finding(OSLO, &["Traffic keeps left."])), ["left first"]);
    let unknown = finding(OSLO, &["Traffic keeps left."]);
    assert!(found(&[], false, &unknown).is_empty(), "what is made up is at odds with nothing");
    let mut struck = said("they drive on the left");
    struck[0].evidence.on = false;
    assert!(told(&struck, &finding(OSLO, &[])).is_empty());
}

#[test]
fn a_users_own_clue_is_held_against_the_country_as_a_shipped_one_is() {
    let own = |feature, value: &str| ClueRecord {
        id: "own-passing".to_owned(),
        feature,
        value: value.to_owned(),
        words: vec!["mirrored passing place".to_owned()],
        ..shipped_clues().record("driving_side-left").unwrap().clone()
    };
    let odds = |record: ClueRecord, at| {
        let reason = ["A mirrored passing place."];
        told(&[], &finding_by(at, &reason, &Clues::with_own(&[record])))
    };
    assert_eq!(odds(own(Feature::DrivingSide, "Left"), OSLO), ["left first"]);
    assert!(odds(own(Feature::DrivingSide, "left"), SYDNEY).is_empty());
    assert!(odds(own(Feature::DrivingSide, "either side"), SYDNEY).is_empty(), "what is no side is not the right");
    assert_eq!(odds(own(Feature::Sun, "north"), OSLO), ["south first"]);
    assert!(told(&[], &finding(OSLO, &["A mirrored passing place."])).is_empty(), "without the record it says nothing");
}

#[test]
fn a_month_is_that_of_a_time_as_it_was_read_from_a_file() {
    for (date, month) in [
        ("2026-07-01 12:00:00", Some(7)),
        ("2026-12-01 12:00:00 +02:00", Some(12)),
        ("2026-02-03", Some(2)),
        ("2026-02-30 12:00:00", None),
        ("2026-13-01 12:00:00", None),
        ("07/2026", None),
        ("2026-07-€1", None),
        ("yesterday", None),
    ] {
        assert_eq!(month_of(&[taken(date)]), month, "{date}");
    }
}
