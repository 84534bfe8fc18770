//! Turns what a model said and what a file tells into pieces of evidence: what each says to the user, and how it bears on
//! the world.
//!
//! Two choices are made here. A model is heard once: where its probability of every country's name is known, the country
//! named in its text is only listed, because it is the same judgement again. And metadata does not mix into what the
//! picture itself shows: a position in the file has its own marker and its own piece, and enters the candidates only
//! with the weight it is given, which is none by default; so a forged or stale position can never look like a
//! prediction, and a contradiction stays visible.

use serde::{Deserialize, Serialize};

use super::{
    answer::{Answer, countries, unhedged},
    finding::{Evidence, EvidenceKind},
    problem::FindingProblem,
    statement::{CountryShare, Source, Statement, Town, Whereabouts},
};
use crate::geo::{
    Country, CountryCode, LatLon, PlaceMatch, Region, countries_of_division, country, country_at, is_division_of,
    places_named, town_at,
};

/// How much a full country distribution is believed; the rest goes to the prior, so that a country that was not scored
/// stays possible.
pub(super) const DISTRIBUTION_WEIGHT: f64 = 0.99;

/// So much of a model's probability the names of countries have together where it is sure that one of them comes; what it leaves to other
/// spellings and to what else might follow a name is no doubt of its own.
const SURELY_SAID: f64 = 0.9;

/// A model that gives the names of countries less than this of its probability, all together, has not said where it was.
const LEAST_SAID: f64 = 0.5;

/// How much a country named in the text alone is believed. Not calibrated.
const NAMED_COUNTRY_WEIGHT: f64 = 0.6;

/// How much of its country's probability a named city draws to itself, without a calibration.
pub(super) const NAMED_CITY_WEIGHT: f64 = 0.5;

/// The same for a city that lies in another country than the one named with it.
const STRAY_CITY_WEIGHT: f64 = 0.25;

/// A town in another country than the one named with it must have so many people to be meant all the same, and not a region or a place
/// that is not known. Judged.
const LEAST_STRAY: u32 = 100_000;

/// How much of its weight a name keeps that the model only supposes ("possibly Cusco"), or gives in a description. Judged.
const SUPPOSED: f64 = 0.5;

/// The width of the bell around a named city: the reach of a town and its surroundings.
const CITY_SIGMA_KM: f64 = 20.0;

/// The width of the bell around a position in the metadata; no finer than the cells can show.
const GPS_SIGMA_KM: f64 = 10.0;

/// A road is longer than the line between its ends: a sign that stands 100 km away by road stands some 60 to 100 km away. Judged.
const LINE_OF_ROAD: f64 = 0.8;
const SIGMA_OF_ROAD: f64 = 0.15;
const LEAST_SIGMA_KM: f64 = 5.0;

/// No road is longer.
const MOST_AWAY_KM: f64 = 20_000.0;

/// Nearer by road the bell around the town holds the place anyway.
const NEAR_BY_ROAD_KM: f64 = 25.0;

/// Nearer than this a town says where a position lies.
const NEAR_KM: f64 = 100.0;

/// The longest name of the model's that is repeated, in characters.
const LONGEST_NAME: usize = 60;

/// Names of the country's towns less alike than this are not taken for the city named; elsewhere only the same name is, for with all the
/// world's towns to choose from there is one that is like any word.
const LEAST_LIKENESS: f64 = 0.9;
const SAME_NAME: f64 = 1.0;

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
    /// The other facts: time, camera, heading.
    pub facts: Vec<Statement>,
}

/// One piece of evidence with its bearing on the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// What the user reads.
    pub evidence: Evidence,
    /// How it bears on the world.
    pub likelihood: Likelihood,
    /// Pieces of one group are not independent of each other: of those that speak for a country the strongest counts whole
    /// and each further one half as much as the one before (in logarithms). None stands by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

impl Piece {
    /// A piece that stands by itself.
    pub fn new(evidence: Evidence, likelihood: Likelihood) -> Self {
        Self { evidence, likelihood, group: None }
    }

    /// Whether it moves belief.
    pub fn counts(&self) -> bool {
        self.evidence.weight() > 0.0 && self.likelihood != Likelihood::Nothing
    }

    /// Whether a model says by it how likely each country is, so that none stands for the prior alone.
    pub fn weighs_countries(&self) -> bool {
        let is_said = self.evidence.kind.is_of_model() && self.evidence.weight() >= LEAST_SAID * DISTRIBUTION_WEIGHT;
        is_said && matches!(self.likelihood, Likelihood::Countries(_))
    }
}

/// How a piece bears on the world. It counts as `1 - s + s l`, where l is the likelihood and s the strength: the share of
/// belief that is given to the piece, the rest being left to what else is known.
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
    /// So likely in these countries and so elsewhere: a sign (20, 1), "not Russia" (0, 1), "in Spain or Portugal" (1, 0).
    Ratio {
        /// The countries.
        countries: Vec<CountryCode>,
        /// How likely there.
        inside: f64,
        /// How likely elsewhere.
        outside: f64,
    },
    /// Places that a text names, whatever their country; their parts sum to 1.
    Places(Vec<Spot>),
    /// Somewhere in a region, or somewhere outside it.
    Region {
        /// The region.
        region: Region,
        /// Whether inside it.
        is_inside: bool,
    },
}

/// A town that a name may mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// The town.
    pub town: PlaceMatch,
    /// How far the name means this town and not another.
    pub part: f64,
    /// How far away by road a sign says that the town is, in kilometres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away_km: Option<f64>,
}

impl Spot {
    /// At the town itself.
    pub fn new(town: PlaceMatch, part: f64) -> Self {
        Self { town, part, away_km: None }
    }

    /// Where the picture may have been taken.
    pub(super) fn ring(&self) -> Ring {
        match self.away_km {
            Some(km) if km > NEAR_BY_ROAD_KM => {
                Ring { km: LINE_OF_ROAD * km, sigma_km: (SIGMA_OF_ROAD * km).max(LEAST_SIGMA_KM) }
            }
            _ => Ring { km: 0.0, sigma_km: CITY_SIGMA_KM },
        }
    }

    /// Whether its numbers can be used, wherever it was read from.
    pub(super) fn is_sound(&self) -> bool {
        (0.0..=1.0).contains(&self.part) && self.away_km.is_none_or(|km| (0.0..=MOST_AWAY_KM).contains(&km))
    }

    /// Whether that is at the town or not far from it.
    pub(super) fn is_near(&self) -> bool {
        self.ring().km == 0.0
    }
}

/// A bell over the distance from a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ring {
    /// The likeliest distance, in kilometres; 0 is a bell around the point itself.
    pub(super) km: f64,
    /// Its width, in kilometres.
    pub(super) sigma_km: f64,
}

impl Ring {
    /// Around a position in the metadata.
    pub(super) const POINT: Self = Self { km: 0.0, sigma_km: GPS_SIGMA_KM };

    /// How high it is at this distance from the point.
    pub(super) fn height(self, km: f64) -> f64 {
        (-0.5 * ((km - self.km) / self.sigma_km).powi(2)).exp()
    }
}

/// What a likelihood comes to at a weight.
pub(super) fn mixed(weight: f64, likelihood: f64) -> f64 {
    1.0 - weight + weight * likelihood
}

/// All pieces, the prior first, and what does not fit together.
pub fn gather(heard: &Heard<'_>) -> (Vec<Piece>, Vec<FindingProblem>) {
    let mut problems = Vec::new();
    let (mut shares, mass) = shares_of(heard.country_scores);
    let mut pieces = vec![prior_piece()];
    if !shares.is_empty() {
        pieces.push(distribution_piece(heard, shares.clone(), mass));
    }
    if mass < LEAST_SAID && !shares.is_empty() {
        problems.push(FindingProblem::FewCountries(mass));
        shares.clear();
    }
    let named = named_countries(heard, &shares, &mut problems);
    if !named.is_empty() {
        pieces.push(country_piece(heard, &named, shares.is_empty()));
    }
    if let Some(city) = &heard.answer.city {
        pieces.extend(city_piece(heard, city, &named, &shares, &mut problems));
    }
    pieces.extend(heard.metadata.gps.map(|point| gps_piece(point, heard.metadata.gps_weight)));
    let listed_fact = |fact: &Statement| listed(EvidenceKind::Metadata, fact.clone(), Source::Metadata);
    pieces.extend(heard.metadata.facts.iter().map(listed_fact));
    give_ids(&mut pieces);
    (pieces, problems)
}

/// Gives what an answer names no more weight than it gives to what is only supposed.
pub(super) fn suppose(pieces: &mut [Piece]) {
    let is_named = |kind| matches!(kind, EvidenceKind::ModelCountry | EvidenceKind::ModelCity);
    for piece in pieces.iter_mut().filter(|piece| is_named(piece.evidence.kind)) {
        piece.evidence.strength *= SUPPOSED;
    }
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
fn heard_as(
    kind: EvidenceKind,
    statement: Statement,
    source: Source,
    strength: f64,
    position: Option<LatLon>,
) -> Evidence {
    Evidence { id: String::new(), kind, statement, source, strength, on: true, region: None, position }
}

/// Probabilities of countries from log-probabilities of names, by falling probability, and what these have of all that the model
/// might have written: where it would rather have said that it does not know, it is little, and what is little is not made much.
fn shares_of(scores: &[(CountryCode, f64)]) -> (Vec<CountryShare>, f64) {
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
    let mass = if shares.is_empty() { 0.0 } else { (sum * top.exp() / SURELY_SAID).min(1.0) };
    (shares, mass)
}

fn prior_piece() -> Piece {
    Piece::new(heard_as(EvidenceKind::Prior, Statement::Prior, Source::Towns, 1.0, None), Likelihood::Nothing)
}

fn distribution_piece(heard: &Heard<'_>, shares: Vec<CountryShare>, mass: f64) -> Piece {
    let said = Statement::ModelCountries { n_countries: shares.len(), first: shares.iter().take(3).copied().collect() };
    let model = Source::Model(heard.model.to_owned());
    Piece::new(
        heard_as(EvidenceKind::ModelCountries, said, model, DISTRIBUTION_WEIGHT * mass, None),
        Likelihood::Countries(shares),
    )
}

/// The country that the text names, or several if it leaves the choice, with a word on a name that is unknown or at odds with the scores.
fn named_countries(
    heard: &Heard<'_>,
    shares: &[CountryShare],
    problems: &mut Vec<FindingProblem>,
) -> Vec<&'static Country> {
    let Answer { country: text, city, .. } = heard.answer;
    let mut named = text.as_deref().map(countries).unwrap_or_default();
    if named.is_empty() {
        // "Bavaria" tells its country, be it given as a country or as a town.
        let part = text.as_deref().or(city.as_deref()).map_or("", |name| unhedged(name).0);
        named = countries_of_division(part).into_iter().filter_map(country).collect();
        problems.extend(match (&named[..], text) {
            ([], Some(text)) => Some(FindingProblem::UnknownCountry(shortened(text))),
            ([], None) => None,
            _ => Some(region_problem(part, &named)),
        });
    }
    let [found] = named[..] else { return named };
    let share = shares.iter().find(|share| share.country_code == found.code).map_or(0.0, |share| share.probability);
    let preferred = shares.first().filter(|top| top.country_code != found.code && share < 0.5 * top.probability);
    if let Some(&preferred) = preferred {
        let named = CountryShare { country_code: found.code, probability: share };
        problems.push(FindingProblem::TextAgainstScores { named, preferred });
    }
    named
}

fn region_problem(name: &str, of: &[&Country]) -> FindingProblem {
    FindingProblem::Region { name: shortened(name), countries: of.iter().map(|country| country.code).collect() }
}

fn country_piece(heard: &Heard<'_>, named: &[&Country], alone: bool) -> Piece {
    let codes: Vec<CountryCode> = named.iter().map(|country| country.code).collect();
    let said =
        if let [code] = codes[..] { Statement::ModelCountry(code) } else { Statement::ModelChoice(codes.clone()) };
    let mut piece = listed(EvidenceKind::ModelCountry, said, Source::Model(heard.model.to_owned()));
    if alone {
        let is_supposed = heard.answer.country.as_deref().is_some_and(|text| unhedged(text).1);
        piece.evidence.strength = NAMED_COUNTRY_WEIGHT * if is_supposed { SUPPOSED } else { 1.0 };
        let probability = 1.0 / codes.len() as f64;
        let share = |country_code| CountryShare { country_code, probability };
        piece.likelihood = Likelihood::Countries(codes.into_iter().map(share).collect());
    }
    piece
}

fn city_piece(
    heard: &Heard<'_>,
    city: &str,
    named: &[&Country],
    shares: &[CountryShare],
    problems: &mut Vec<FindingProblem>,
) -> Option<Piece> {
    let name = shortened(city);
    let (city, is_supposed) = unhedged(city);
    let alike = |towns: Vec<PlaceMatch>, least: f64| -> Vec<PlaceMatch> {
        let best = towns.iter().map(|town| town.score).fold(least, f64::max);
        towns.into_iter().filter(|town| town.score >= least.max(best - 0.02)).take(8).collect()
    };
    let in_division: Vec<&Country> =
        named.iter().copied().filter(|country| is_division_of(city, country.code)).collect();
    if !in_division.is_empty() {
        let is_said = problems.iter().any(|problem| matches!(problem, FindingProblem::Region { .. }));
        problems.extend((!is_said).then(|| region_problem(city, &in_division)));
        return None;
    }
    let mut weight = NAMED_CITY_WEIGHT;
    let mut towns: Vec<PlaceMatch> =
        named.iter().flat_map(|country| alike(places_named(city, Some(country.code)), LEAST_LIKENESS)).collect();
    if named.is_empty() {
        towns = alike(places_named(city, None), SAME_NAME);
    }
    if let (true, Some(country)) = (towns.is_empty(), named.first()) {
        weight = STRAY_CITY_WEIGHT;
        towns = alike(places_named(city, None), SAME_NAME);
        towns.retain(|town| town.population >= LEAST_STRAY);
        problems.push(match towns.first() {
            Some(town) => FindingProblem::CityElsewhere {
                city: name.clone(),
                country: country.code,
                known_in: town.place.country,
            },
            None => FindingProblem::UnknownCity { city: name.clone(), country: Some(country.code) },
        });
    } else if towns.is_empty() {
        problems.push(FindingProblem::UnknownCity { city: name.clone(), country: None });
    }
    // A name alone that only small places have may be that of anything.
    let is_small = named.is_empty() && towns.iter().all(|town| town.population == 0);
    weight *= if is_supposed || is_small { SUPPOSED } else { 1.0 };
    let likely = |code: CountryCode| {
        let share = shares.iter().find(|share| share.country_code == code).map_or(0.0, |share| share.probability);
        if shares.is_empty() { 1.0 } else { share + 1e-3 }
    };
    let worth = |town: &PlaceMatch| town.worth() * likely(town.place.country);
    let sum: f64 = towns.iter().map(worth).sum();
    let mut spots: Vec<Spot> = towns.into_iter().map(|town| Spot::new(town.clone(), worth(&town) / sum)).collect();
    spots.sort_by(|a, b| b.part.total_cmp(&a.part));
    let first = &spots.first()?.town.place;
    let town = Town { name: first.name.clone(), region: first.region.clone(), country: first.country };
    let (position, n_others) = (first.position, spots.len() - 1);
    let said = Statement::ModelCity { name, town, n_others };
    let model = Source::Model(heard.model.to_owned());
    // With nothing said of countries it is the town that says which.
    let is_alone = named.is_empty() && shares.is_empty();
    let likelihood = if is_alone { Likelihood::Places(spots) } else { Likelihood::Towns(spots) };
    Some(Piece::new(heard_as(EvidenceKind::ModelCity, said, model, weight, Some(position)), likelihood))
}

fn gps_piece(point: LatLon, weight: f64) -> Piece {
    // Cameras without a fix write zeros.
    let empty = point.lat.abs() < 1e-6 && point.lon.abs() < 1e-6;
    let said = if empty { Statement::FileZeros } else { Statement::FilePosition(whereabouts(point)) };
    let weight = if empty { 0.0 } else { weight.clamp(0.0, 1.0) };
    Piece::new(
        heard_as(EvidenceKind::MetadataGps, said, Source::Metadata, weight, (!empty).then_some(point)),
        Likelihood::Point(point),
    )
}

fn listed(kind: EvidenceKind, statement: Statement, source: Source) -> Piece {
    Piece::new(heard_as(kind, statement, source, 0.0, None), Likelihood::Nothing)
}

/// What lies at a point.
pub(super) fn whereabouts(position: LatLon) -> Whereabouts {
    let near = town_at(position).filter(|town| town.position.distance_km(position) < NEAR_KM);
    let country = country_at(position).map(|country| country.code);
    Whereabouts { position, near: near.map(|town| town.name), country }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_NAME).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
#[path = "evidence_names_tests.rs"]
mod names_tests;
