//! Turns what a model said and what a file tells into pieces of evidence: a sentence for the user, and how it bears on the
//! world.
//!
//! Two choices are made here. A model is heard once: where its probability of every country's name is known, the country
//! named in its text is only listed, because it is the same judgement again. And metadata does not mix into what the
//! picture itself shows: a position in the file has its own marker and its own sentence, and enters the candidates only
//! with the weight it is given, which is none by default; so a forged or stale position can never look like a
//! prediction, and a contradiction stays visible.

use serde::{Deserialize, Serialize};

use super::{
    answer::Answer,
    finding::{CountryShare, Evidence, EvidenceKind},
};
use crate::geo::{
    Country, CountryCode, LatLon, PlaceMatch, country, country_at, country_named, nearest_place, places_named, prior,
};

/// How much a full country distribution is believed; the rest goes to the prior, so that a country that was not scored
/// stays possible.
const DISTRIBUTION_WEIGHT: f64 = 0.99;

/// How much a country named in the text alone is believed. Not calibrated.
const NAMED_COUNTRY_WEIGHT: f64 = 0.6;

/// How much of its country's probability a named city draws to itself. Not calibrated.
const NAMED_CITY_WEIGHT: f64 = 0.5;

/// The same for a city that lies in another country than the one named with it.
const STRAY_CITY_WEIGHT: f64 = 0.25;

/// The width of the bell around a named city: the reach of a town and its surroundings.
const CITY_SIGMA_KM: f64 = 20.0;

/// The width of the bell around a position in the metadata; no finer than the cells can show.
const GPS_SIGMA_KM: f64 = 10.0;

/// Names less alike than this are not taken for the city named.
const LEAST_LIKENESS: f64 = 0.8;

/// What is known about one picture before it is weighed.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// The model's name, as the source of what it said.
    pub model: &'a str,
    /// What was read out of its text.
    pub answer: &'a Answer,
    /// The log-probability of each country's name under the same prompt, up to one constant; may be empty. A country that
    /// was scored under several names stands there several times.
    pub country_scores: &'a [(CountryCode, f64)],
    /// What the file tells.
    pub metadata: &'a MetadataHeard,
    /// Whether the model knows pictures of this kind; one that does not contradicts nothing.
    pub is_trusted: bool,
}

/// The facts of a picture file that bear on its place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetadataHeard {
    /// The position in the file.
    pub gps: Option<LatLon>,
    /// How much the position enters the candidates: 0, the default, only lists it.
    pub gps_weight: f64,
    /// The other facts as sentences for the user: time, camera, heading.
    pub facts: Vec<String>,
}

/// One piece of evidence with its bearing on the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// What the user reads.
    pub evidence: Evidence,
    /// How it bears on the world.
    pub likelihood: Likelihood,
}

/// How a piece bears on the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likelihood {
    /// It is only listed.
    Nothing,
    /// Probabilities of countries; their sum is 1.
    Countries(Vec<CountryShare>),
    /// Spots, each within its country, whose parts sum to 1.
    Towns(Vec<Spot>),
    /// One point, whatever its country.
    Point(LatLon),
}

/// A town that a name may mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// The town.
    pub town: PlaceMatch,
    /// How far the name means this town and not another.
    pub part: f64,
}

impl Likelihood {
    /// The width of the bells, in kilometres.
    pub(super) fn sigma_km(&self) -> f64 {
        if matches!(self, Self::Point(_)) { GPS_SIGMA_KM } else { CITY_SIGMA_KM }
    }
}

/// All pieces, the prior first, and sentences about what does not fit together.
pub fn gather(heard: &Heard<'_>) -> (Vec<Piece>, Vec<String>) {
    let mut problems = Vec::new();
    let shares = shares_of(heard.country_scores);
    let named = named_country(heard, &shares, &mut problems);
    let mut pieces = vec![prior_piece()];
    if !shares.is_empty() {
        pieces.push(distribution_piece(heard, shares.clone()));
    }
    if let Some(country) = named {
        pieces.push(country_piece(heard, country, shares.is_empty()));
    }
    if let Some(city) = &heard.answer.city {
        pieces.extend(city_piece(heard, city, named, &shares, &mut problems));
    }
    pieces.extend(heard.metadata.gps.map(|point| gps_piece(point, heard.metadata.gps_weight)));
    pieces.extend(heard.metadata.facts.iter().map(|fact| listed(EvidenceKind::Metadata, fact.clone(), METADATA)));
    give_ids(&mut pieces);
    (pieces, problems)
}

/// Names each piece by its kind, and where there are several of a kind by its number among them.
fn give_ids(pieces: &mut [Piece]) {
    for at in 0..pieces.len() {
        let kind = pieces[at].evidence.kind;
        let before = pieces[..at].iter().filter(|piece| piece.evidence.kind == kind).count();
        let name = kind.name();
        pieces[at].evidence.id = if before == 0 { name.to_owned() } else { format!("{name}-{}", before + 1) };
    }
}

/// A piece that was heard; its id is given when all are together.
fn heard_as(kind: EvidenceKind, text: String, source: &str, strength: f64, position: Option<LatLon>) -> Evidence {
    Evidence { id: String::new(), kind, text, source: source.to_owned(), strength, on: true, region: None, position }
}

const METADATA: &str = "the picture file's metadata";

/// Probabilities of countries from log-probabilities of names, by falling probability.
fn shares_of(scores: &[(CountryCode, f64)]) -> Vec<CountryShare> {
    let top =
        scores.iter().map(|(_, score)| *score).filter(|score| score.is_finite()).fold(f64::NEG_INFINITY, f64::max);
    let mut shares: Vec<CountryShare> = Vec::new();
    for (code, score) in scores.iter().filter(|(_, score)| score.is_finite()) {
        let weight = (score - top).exp();
        match shares.iter_mut().find(|share| share.country_code == *code) {
            Some(share) => share.probability += weight,
            None => shares.push(CountryShare { country_code: *code, probability: weight }),
        }
    }
    let sum: f64 = shares.iter().map(|share| share.probability).sum();
    shares.iter_mut().for_each(|share| share.probability /= sum);
    shares.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.country_code.cmp(&b.country_code)));
    shares
}

fn prior_piece() -> Piece {
    Piece {
        evidence: heard_as(
            EvidenceKind::Prior,
            "Before anything is seen: pictures are taken on land, where people live.".to_owned(),
            "towns of GeoNames, counted by cell",
            1.0,
            None,
        ),
        likelihood: Likelihood::Nothing,
    }
}

fn distribution_piece(heard: &Heard<'_>, shares: Vec<CountryShare>) -> Piece {
    let first: Vec<String> = shares
        .iter()
        .take(3)
        .map(|share| format!("{} {}", name_of(share.country_code), percent(share.probability)))
        .collect();
    Piece {
        evidence: heard_as(
            EvidenceKind::ModelCountries,
            format!("Scoring the names of {} countries, the model puts first {}.", shares.len(), first.join(", ")),
            heard.model,
            DISTRIBUTION_WEIGHT,
            None,
        ),
        likelihood: Likelihood::Countries(shares),
    }
}

/// The country that the text names, with a word on a name that is unknown or at odds with the scores.
fn named_country(heard: &Heard<'_>, shares: &[CountryShare], problems: &mut Vec<String>) -> Option<&'static Country> {
    let text = heard.answer.country.as_deref()?;
    let Some(found) = country_named(text) else {
        problems.push(format!("No country is called '{}'; the name was not used.", shortened(text)));
        return None;
    };
    let share = shares.iter().find(|share| share.country_code == found.code).map_or(0.0, |share| share.probability);
    if let Some(top) = shares.first().filter(|top| top.country_code != found.code && share < 0.5 * top.probability) {
        problems.push(format!(
            "The model's text names {} ({}), but scoring every country it prefers {} ({}).",
            found.name,
            percent(share),
            name_of(top.country_code),
            percent(top.probability)
        ));
    }
    Some(found)
}

fn country_piece(heard: &Heard<'_>, named: &Country, alone: bool) -> Piece {
    let text = format!("The model's text names {}.", named.name);
    let mut piece = listed(EvidenceKind::ModelCountry, text, heard.model);
    if alone {
        piece.evidence.strength = NAMED_COUNTRY_WEIGHT;
        piece.likelihood = Likelihood::Countries(vec![CountryShare { country_code: named.code, probability: 1.0 }]);
    }
    piece
}

fn city_piece(
    heard: &Heard<'_>,
    city: &str,
    named: Option<&Country>,
    shares: &[CountryShare],
    problems: &mut Vec<String>,
) -> Option<Piece> {
    let alike = |towns: Vec<PlaceMatch>| -> Vec<PlaceMatch> {
        let best = towns.iter().map(|town| town.score).fold(LEAST_LIKENESS, f64::max);
        towns.into_iter().filter(|town| town.score >= best - 0.02).take(8).collect()
    };
    let mut weight = NAMED_CITY_WEIGHT;
    let mut towns = alike(places_named(city, named.map(|country| country.code)));
    if let (true, Some(country)) = (towns.is_empty(), named) {
        weight = STRAY_CITY_WEIGHT;
        towns = alike(places_named(city, None));
        problems.push(match towns.first() {
            Some(town) => format!(
                "The model names {} together with {}, but a town of that name is known in {} only.",
                shortened(city),
                country.name,
                name_of(town.place.country)
            ),
            None => {
                format!("No town called '{}' is known in {}; the name was not used.", shortened(city), country.name)
            }
        });
    } else if towns.is_empty() {
        problems.push(format!("No town called '{}' is known; the name was not used.", shortened(city)));
    }
    let likely = |code: CountryCode| {
        let share = shares.iter().find(|share| share.country_code == code).map_or(0.0, |share| share.probability);
        if shares.is_empty() { 1.0 } else { share + 1e-3 }
    };
    let worth = |town: &PlaceMatch| f64::from(town.population + 1000).sqrt() * likely(town.place.country);
    let sum: f64 = towns.iter().map(worth).sum();
    let mut spots: Vec<Spot> = towns.into_iter().map(|town| Spot { part: worth(&town) / sum, town }).collect();
    spots.sort_by(|a, b| b.part.total_cmp(&a.part));
    let first = &spots.first()?.town.place;
    let others =
        if spots.len() > 1 { format!(", or one of {} others of that name", spots.len() - 1) } else { String::new() };
    Some(Piece {
        evidence: heard_as(
            EvidenceKind::ModelCity,
            format!("The model's text names {}: {}{others}.", shortened(city), described(first)),
            heard.model,
            weight,
            Some(first.position),
        ),
        likelihood: Likelihood::Towns(spots),
    })
}

fn gps_piece(point: LatLon, weight: f64) -> Piece {
    // Cameras without a fix write zeros.
    let empty = point.lat.abs() < 1e-6 && point.lon.abs() < 1e-6;
    let text = if empty {
        "The file gives the position 0, 0, which cameras write when they do not know it.".to_owned()
    } else {
        format!("The file gives the position {}.", placed(point))
    };
    let weight = if empty { 0.0 } else { weight.clamp(0.0, 1.0) };
    Piece {
        evidence: heard_as(EvidenceKind::MetadataGps, text, METADATA, weight, (!empty).then_some(point)),
        likelihood: Likelihood::Point(point),
    }
}

fn listed(kind: EvidenceKind, text: String, source: &str) -> Piece {
    Piece { evidence: heard_as(kind, text, source, 0.0, None), likelihood: Likelihood::Nothing }
}

/// A point in words: `48.85840, 2.29450 (near Paris, France)`.
pub(super) fn placed(point: LatLon) -> String {
    let near = nearest_place(point).filter(|town| town.position.distance_km(point) < 100.0);
    let land = country_at(point).map(|country| country.name.as_str());
    let words = match (near, land) {
        (Some(town), Some(land)) => format!(" (near {}, {land})", town.name),
        (None, Some(land)) => format!(" ({land})"),
        (Some(town), None) => format!(" (off {})", town.name),
        (None, None) => " (at sea)".to_owned(),
    };
    format!("{:.5}, {:.5}{words}", point.lat, point.lon)
}

/// A town in words: `Lyon, Rhône-Alpes, France`.
pub(super) fn described(town: &crate::geo::Place) -> String {
    let country = name_of(town.country);
    let parts = [town.name.as_str(), &town.region, &country];
    let mut said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    said.dedup();
    said.join(", ")
}

/// A country's name, or its code where it has none.
pub(super) fn name_of(code: CountryCode) -> String {
    country(code).map_or_else(|| code.to_string(), |country| country.name.clone())
}

/// A probability in words: whole percents, `under 1 %` below.
pub(super) fn percent(probability: f64) -> String {
    if probability < 0.01 { "under 1 %".to_owned() } else { format!("{:.0} %", 100.0 * probability) }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Countries' shares of the prior, for whoever turns probabilities into likelihoods.
pub(super) fn prior_share(code: CountryCode) -> f64 {
    let prior = prior();
    prior.atoms[prior.of_country(code)].iter().map(|atom| atom.probability).sum()
}
