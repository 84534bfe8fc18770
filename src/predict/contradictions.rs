//! Finds what is said of a picture and does not fit together, though neither side rules the other out.

use jiff::civil::Date;

use super::{
    belief::exclusive_pairs,
    contradiction::{Contradiction, Ground, Place},
    evidence::{Likelihood, Piece, Spot, whereabouts},
    finding::{EvidenceKind, Finding},
    hint::{is_north_in, season_in},
    statement::{Said, Statement, Whereabouts},
};
use crate::{
    geo::{CountryCode, Region},
    knowledge::{
        DrivingSide, basics,
        clues::{ClueRecord, Feature},
    },
};

/// A sign that speaks less for its countries is at odds with no other.
const LEAST_FACTOR: f64 = 4.0;
/// Nor is one that is believed less.
const LEAST_STRENGTH: f64 = 0.4;
/// A sign may name a place that lies so far from where it stands, in kilometres.
const NEAR_KM: f64 = 300.0;
/// A town that the user says it was near to lies no farther from the file's position, in kilometres.
const NEAR_TOWN_KM: f64 = 100.0;
/// Taken at its word, "near" a town is no farther from it than "not near" leaves out, in kilometres.
const AROUND_KM: f64 = 50.0;
/// A town that a name means less likely than this is not what the user meant.
const LEAST_PART: f64 = 0.05;
/// So many things that the user says are held against each other: all of their cells are looked at in each ranking.
const MOST_OF_USER: usize = 8;
/// Between the tropics the noon sun stands on either side, and seasons are not winter and summer, in degrees.
const TROPIC: f64 = 23.44;
/// So near to the equator a place may lie on either side by its name alone, in degrees.
const EQUATOR: f64 = 0.5;
/// No more are said of one picture.
const MOST: usize = 12;

/// A reason of the model's and the clues that it claims, each with whether it is said to be so.
type Reason<'a> = (&'a String, Vec<(&'a ClueRecord, bool)>);

/// What is at odds in a finding that was weighed from these pieces; a model that does not know such pictures says nothing.
pub fn found(pieces: &[Piece], is_trusted: bool, finding: &Finding) -> Vec<Contradiction> {
    let counted: Vec<&Piece> =
        pieces.iter().filter(|piece| piece.evidence.on && piece.evidence.strength >= LEAST_STRENGTH).collect();
    let gps = pieces.iter().find(|piece| piece.evidence.on && piece.evidence.kind == EvidenceKind::MetadataGps);
    let file = gps.and_then(|piece| piece.evidence.position).map(whereabouts);
    let reasons = if is_trusted { reasons(finding) } else { Vec::new() };
    let places = places(file.as_ref(), finding);
    let of_user: Vec<&Piece> = counted.iter().copied().filter(|piece| names_places(piece)).collect();
    let mut all: Vec<Contradiction> = places.iter().flat_map(|place| against_user(place, &of_user)).collect();
    all.extend(among_user(&of_user));
    all.extend(file.iter().flat_map(|file| against_signs(file, &counted)));
    for (is_north, holds_in_tropics, by) in hemispheres(&counted, &reasons, month_of(pieces)) {
        let least = if holds_in_tropics { EQUATOR } else { TROPIC };
        let is_other = |place: &&Place| {
            if is_north { place.latitude() < -least } else { place.latitude() > least }
        };
        let against = places.iter().find(is_other).cloned();
        all.extend(against.map(|against| Contradiction::Hemisphere { is_north, by, against }));
    }
    for (is_left, by) in driving_sides(&counted, &reasons) {
        let is_other = |place: &&Place| place.whereabouts().country.and_then(keeps_left) == Some(!is_left);
        let against = places.iter().find(is_other).cloned();
        all.extend(against.map(|against| Contradiction::DrivingSide { is_left, by, against }));
    }
    all.truncate(MOST);
    all
}

/// The reasons of the answer; the records of their clues are those of the finding, a user's own among them.
fn reasons(finding: &Finding) -> Vec<Reason<'_>> {
    let clues = |number: usize| finding.reasons.of_reason(number).filter_map(|(_, claim)| claim.clue()).collect();
    let texts = finding.answer.iter().flat_map(|answer| &answer.reasons).enumerate();
    texts.map(|(number, text)| (text, clues(number))).collect()
}

/// Where the picture may have been taken, by the file and by the evidence.
fn places(file: Option<&Whereabouts>, finding: &Finding) -> Vec<Place> {
    let first = finding.candidates.first().and_then(|first| {
        let near = Some(first.city.clone()).filter(|city| !city.is_empty());
        Some(Place::First(Whereabouts { position: first.position()?, near, country: first.country_code }))
    });
    file.cloned().map(Place::File).into_iter().chain(first).collect()
}

/// Signs that speak for countries other than the file's, or name places far from it.
fn against_signs(file: &Whereabouts, counted: &[&Piece]) -> Vec<Contradiction> {
    let is_against = |piece: &&&Piece| match (&piece.evidence.statement, &piece.likelihood) {
        (Statement::Sign { .. }, Likelihood::Ratio { countries, inside, outside }) => {
            file.country.is_some_and(|code| !countries.contains(&code)) && *inside >= LEAST_FACTOR * outside
        }
        (Statement::SignPlace { .. }, Likelihood::Places(spots)) => {
            let away_km = |spot: &Spot| spot.town.place.position.distance_km(file.position);
            spots.iter().all(|spot| away_km(spot) > NEAR_KM + spot.away_km.unwrap_or(0.0))
        }
        _ => false,
    };
    let sign = |piece: &&Piece| Contradiction::Position { file: file.clone(), sign: piece.evidence.statement.clone() };
    counted.iter().filter(is_against).map(sign).collect()
}

/// Whether a piece is the user's word on where it was. Halves of the globe and seasons are held against places by themselves.
fn names_places(piece: &Piece) -> bool {
    match &piece.evidence.statement {
        Statement::Area { .. } => true,
        Statement::Said(said) => matches!(said, Said::Countries { .. } | Said::Town { .. } | Said::Latitude { .. }),
        _ => false,
    }
}

/// What the user says that does not hold at a place.
fn against_user(place: &Place, of_user: &[&Piece]) -> Vec<Contradiction> {
    let there = place.whereabouts();
    let holds = |piece: &Piece| match &piece.likelihood {
        Likelihood::Ratio { countries, inside, outside } => {
            there.country.is_none_or(|code| if countries.contains(&code) { *inside > 0.0 } else { *outside > 0.0 })
        }
        Likelihood::Places(spots) => {
            meant(spots).any(|spot| spot.town.place.position.distance_km(there.position) <= NEAR_TOWN_KM)
        }
        Likelihood::Region { region, is_inside } => region.contains(there.position) == *is_inside,
        _ => true,
    };
    let contradiction = |piece: &&Piece| {
        let said = piece.evidence.statement.clone();
        match place {
            Place::File(file) => Contradiction::SaidAgainstFile { said, file: file.clone() },
            Place::First(first) => Contradiction::SaidAgainstFirst { said, first: first.clone() },
        }
    };
    of_user.iter().filter(|piece| !holds(piece)).map(contradiction).collect()
}

/// The towns that a name may well mean.
fn meant(spots: &[Spot]) -> impl Iterator<Item = &Spot> {
    spots.iter().filter(|spot| spot.part >= LEAST_PART)
}

/// Two things that the user says and that leave no place together, taken at their word. Of what is certain a clash is said.
fn among_user(of_user: &[&Piece]) -> Vec<Contradiction> {
    let at_its_word = |piece: &Piece| {
        let mut piece = piece.clone();
        piece.evidence.strength = 1.0;
        if let Likelihood::Places(spots) = &piece.likelihood {
            let circles = meant(spots).filter_map(|spot| Region::around(spot.town.place.position, AROUND_KM).ok());
            let shapes = circles.flat_map(|circle| circle.shapes().to_vec()).collect();
            if let Ok(region) = Region::new(shapes) {
                piece.likelihood = Likelihood::Region { region, is_inside: true };
            }
        }
        piece
    };
    let of_user = &of_user[..of_user.len().min(MOST_OF_USER)];
    let at_their_word: Vec<Piece> = of_user.iter().copied().map(at_its_word).collect();
    let pairs = exclusive_pairs(&at_their_word).into_iter().map(|(one, other)| (of_user[one], of_user[other]));
    let is_certain = |piece: &Piece| piece.evidence.strength >= 1.0;
    let is_clash = |(one, other): &(&Piece, &Piece)| is_certain(one) && is_certain(other);
    let said = |piece: &Piece| piece.evidence.statement.clone();
    let contradiction = |(one, other)| Contradiction::SaidTwice { one: said(one), other: said(other) };
    pairs.filter(|pair| !is_clash(pair)).map(contradiction).collect()
}

/// The halves of the globe that follow from what was said and seen; whether that holds between the tropics too.
fn hemispheres(counted: &[&Piece], reasons: &[Reason<'_>], month: Option<u8>) -> Vec<(bool, bool, Ground)> {
    let in_season = |is_winter: bool, by: Ground| {
        let month = month?;
        Some((is_north_in(month, is_winter)?, false, Ground::Season { month, is_winter, by: Box::new(by) }))
    };
    let said = counted.iter().filter_map(|piece| {
        let statement = &piece.evidence.statement;
        let by = || Ground::Evidence(statement.clone());
        match statement {
            Statement::Said(Said::Half { is_north, is_so }) => Some((is_north == is_so, true, by())),
            Statement::Said(Said::Season { month, is_winter, is_so }) => {
                Some((is_north_in(*month, is_winter == is_so)?, false, by()))
            }
            Statement::Said(Said::SeasonAlone { is_winter, is_so }) => in_season(is_winter == is_so, by()),
            Statement::Said(Said::Clue { feature, value, is_so, .. }) => {
                Some((half_of(*feature, value)? == *is_so, *feature == Feature::Hemisphere, by()))
            }
            _ => None,
        }
    });
    let of_model = reasons.iter().filter_map(|(reason, clues)| {
        let by = || Ground::Reason((*reason).clone());
        let named = clues.iter().find_map(|(record, is_so)| {
            let feature = record.feature;
            Some((half_of(feature, &record.value)? == *is_so, feature == Feature::Hemisphere, by()))
        });
        named.or_else(|| in_season(season_in(reason)?, by()))
    });
    said.chain(of_model).collect()
}

/// Whether a clue speaks for the northern half: the noon sun in the south does.
fn half_of(feature: Feature, value: &str) -> Option<bool> {
    match (feature, value) {
        (Feature::Sun, "south") | (Feature::Hemisphere, "northern hemisphere") => Some(true),
        (Feature::Sun, "north") | (Feature::Hemisphere, "southern hemisphere") => Some(false),
        _ => None,
    }
}

/// The sides that traffic is said to keep to, and whether that is the left.
fn driving_sides(counted: &[&Piece], reasons: &[Reason<'_>]) -> Vec<(bool, Ground)> {
    let said = counted.iter().filter_map(|piece| match &piece.evidence.statement {
        statement @ Statement::Said(Said::Clue { feature: Feature::DrivingSide, value, is_so, .. }) => {
            Some((is_left(value)? == *is_so, Ground::Evidence(statement.clone())))
        }
        _ => None,
    });
    let of_model = reasons.iter().filter_map(|(reason, clues)| {
        let is_side = |record: &ClueRecord| record.feature == Feature::DrivingSide;
        let named = clues.iter().filter(|(record, _)| is_side(record));
        let mut sides = named.filter_map(|(record, is_so)| Some(is_left(&record.value)? == *is_so));
        Some((sides.next()?, Ground::Reason((*reason).clone())))
    });
    said.chain(of_model).collect()
}

/// Which side a clue's value is; a user's own may say anything.
fn is_left(value: &str) -> Option<bool> {
    match value.trim().to_lowercase().as_str() {
        "left" => Some(true),
        "right" => Some(false),
        _ => None,
    }
}

fn keeps_left(country: CountryCode) -> Option<bool> {
    basics(country)?.driving_side.map(|side| side == DrivingSide::Left)
}

/// The month of the file's date, which stands at the head of its time: "2026-07-01 12:00:00".
fn month_of(pieces: &[Piece]) -> Option<u8> {
    let taken = pieces.iter().find_map(|piece| match &piece.evidence.statement {
        Statement::FileTaken(taken) => Some(taken),
        _ => None,
    })?;
    let date: Date = taken.get(..10)?.parse().ok()?;
    u8::try_from(date.month()).ok()
}

#[cfg(test)]
#[path = "contradictions_tests.rs"]
mod tests;
