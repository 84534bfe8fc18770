//! Pieces of evidence of what a hint says.

use super::{
    globe::{Cap, CapBy},
    land::Lands,
    place::{Named, Nearness},
};
use crate::{
    geo::{LatLon, Region},
    knowledge::clues::{ClueRecord, Clues, Feature, plain_words},
    predict::{
        evidence::{Likelihood, Piece, Spot},
        finding::{Evidence, EvidenceKind},
        sign::Sign,
        sign_pieces,
        statement::{Said, Source, Statement, Town},
    },
    signs::ClueKind,
};

/// "Not near" a town leaves out so much around it, in kilometres.
const NOT_NEAR_KM: f64 = 50.0;
/// The longest id, in bytes.
const LONGEST_ID: usize = 100;

fn piece(id: &str, said: Said, likelihood: Likelihood, strength: f64, position: Option<LatLon>) -> Piece {
    let mut id = format!("hint-{}", id.to_lowercase());
    id.truncate(id.floor_char_boundary(LONGEST_ID));
    let facts = match &said {
        Said::Clue { facts, .. } => Some(facts.clone()),
        _ => None,
    };
    let evidence = Evidence {
        id,
        kind: EvidenceKind::Hint,
        statement: Statement::Said(said),
        source: facts.map_or(Source::User, |facts| Source::Told { facts }),
        strength: (strength * 1e4).round() / 1e4,
        on: true,
        region: None,
        position,
    };
    Piece::new(evidence, likelihood)
}

fn not(is_so: bool) -> &'static str {
    if is_so { "" } else { "not-" }
}

pub(super) fn of_lands(lands: &Lands, is_so: bool, strength: f64) -> Piece {
    let Lands { countries, area } = lands;
    let codes = || countries.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
    let id = format!("{}{}", not(is_so), area.clone().unwrap_or_else(codes));
    let said = Said::Countries { countries: countries.clone(), area: area.clone(), is_so };
    let (inside, outside) = if is_so { (1.0, 0.0) } else { (0.0, 1.0) };
    piece(&id, said, Likelihood::Ratio { countries: countries.clone(), inside, outside }, strength, None)
}

pub(super) fn of_clue(record: &ClueRecord, is_so: bool, strength: f64) -> Piece {
    let (countries, inside) = (record.countries.clone(), record.factor(is_so));
    let said = Said::Clue {
        record: record.id.clone(),
        feature: record.feature,
        value: record.value.clone(),
        countries: countries.clone(),
        is_so,
        facts: record.source.name.clone(),
    };
    let id = format!("{}{}", not(is_so), record.id);
    let piece = piece(&id, said, Likelihood::Ratio { countries, inside, outside: 1.0 }, strength, None);
    Piece { group: group_of(record.feature).map(str::to_owned), ..piece }
}

/// What is written on signs is not independent of what was read there, nor of what else the user says of it.
fn group_of(feature: Feature) -> Option<&'static str> {
    use Feature::*;
    match feature {
        Script => Some(sign_pieces::SCRIPTS),
        Letter | Language | Domain | Phone | Currency | Postcode | Brand => Some(sign_pieces::GROUP),
        _ => None,
    }
}

pub(super) fn of_cap(cap: &Cap, is_so: bool, strength: f64) -> Option<Piece> {
    let Cap { latitude, is_north, by, share } = *cap;
    let half = if is_north { "north" } else { "south" };
    let (id, said) = match by {
        CapBy::Half => (format!("{half}ern-half"), Said::Half { is_north, is_so }),
        CapBy::Latitude => (format!("{half}-of-{latitude}"), Said::Latitude { degrees: latitude, is_north, is_so }),
        CapBy::Season(month, is_winter) => {
            (format!("season-{month}-{is_winter}"), Said::Season { month, is_winter, is_so })
        }
    };
    let likelihood = Likelihood::Region { region: cap.region()?, is_inside: is_so };
    Some(piece(&format!("{}{id}", not(is_so)), said, likelihood, strength * share, None))
}

/// A season without a month bears on nothing until it is held against a date.
pub(super) fn of_season(is_winter: bool, is_so: bool, strength: f64) -> Piece {
    let id = format!("{}{}", not(is_so), if is_winter { "winter" } else { "summer" });
    piece(&id, Said::SeasonAlone { is_winter, is_so }, Likelihood::Nothing, strength, None)
}

pub(super) fn of_town(named: &Named, is_so: bool, strength: f64) -> Option<Piece> {
    let first = &named.spots.first()?.town.place;
    let (town, n_others) = (Town::from(first), named.spots.len() - 1);
    let position = is_so.then_some(first.position);
    let km = match named.nearness {
        Nearness::Near => None,
        Nearness::Within(km) => Some(km),
    };
    let how = km.map_or_else(|| "near".to_owned(), |km| format!("{km}-km"));
    let id = format!("{}{how}-{}", not(is_so), named.name);
    let said = Said::Town { name: named.name.clone(), town, n_others, within_km: km, is_so };
    let likelihood = match km {
        None if is_so => Likelihood::Places(named.spots.clone()),
        _ => {
            let circle = |spot: &Spot| Region::around(spot.town.place.position, km.unwrap_or(NOT_NEAR_KM)).ok();
            let circles: Vec<Region> = named.spots.iter().filter_map(circle).collect();
            let shapes = circles.iter().flat_map(|region| region.shapes().to_vec()).collect();
            Likelihood::Region { region: Region::new(shapes).ok()?, is_inside: is_so }
        }
    };
    Some(piece(&id, said, likelihood, strength, position))
}

/// What a sign's text tells, as the reader's texts do, and the records that it names outright.
pub(super) fn of_sign(text: &str, strength: f64, clues: &Clues) -> Vec<Piece> {
    let on_signs = |feature| matches!(feature, Feature::Brand | Feature::StopSign);
    let named = clues.named_in(&plain_words(text));
    let records = named.into_iter().map(|(record, _)| record).filter(|record| on_signs(record.feature));
    let from_records = records.map(|record| of_clue(record, true, strength));
    from_text(text, strength).into_iter().chain(from_records).collect()
}

/// What a sentence tells that a sign may have said, though the user does not say so: a user writes in some language, so that
/// language and letters are no evidence here, nor are places that it may name.
pub(super) fn of_copied(text: &str, strength: f64) -> Vec<Piece> {
    let is_fact = |piece: &Piece| match &piece.evidence.statement {
        Statement::Sign { clue, .. } => {
            matches!(clue, ClueKind::Domain | ClueKind::Dialling | ClueKind::Currency | ClueKind::Street)
        }
        _ => false,
    };
    from_text(text, strength).into_iter().filter(is_fact).collect()
}

fn from_text(text: &str, strength: f64) -> Vec<Piece> {
    let sign = Sign {
        id: "hint".to_owned(),
        quad: [[0.0; 2]; 4],
        text: text.to_owned(),
        script: None,
        score: 1.0,
        on: true,
        read_as: None,
        is_added: true,
    };
    let by_the_user = |mut piece: Piece| {
        let evidence = &mut piece.evidence;
        evidence.id = format!("hint-{}", evidence.id);
        evidence.kind = EvidenceKind::Hint;
        evidence.region = None;
        evidence.strength = (evidence.strength * strength * 1e4).round() / 1e4;
        if let Source::Signs { facts, .. } = &evidence.source {
            evidence.source = Source::Told { facts: facts.clone() };
        }
        piece
    };
    sign_pieces::told(&[sign]).into_iter().map(by_the_user).collect()
}
