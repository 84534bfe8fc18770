//! Towns of the world: GeoNames' places of 1,000 people and more, with Natural Earth's sizes and the names that the greater
//! ones have in other languages. Names are found whatever their accents, case and script, and with a slip or two.

use std::{cmp::Reverse, collections::HashMap, sync::OnceLock};

use serde::{Deserialize, Serialize};

use super::{
    CountryCode, LatLon,
    fold::{fold, fold_with_digraphs},
    place_index::{Likeness, PlaceIndex, Record},
};

/// The most matches that a name brings.
const MOST_MATCHES: usize = 20;

/// So many people live on a square kilometre of a dense town.
const PEOPLE_ON_A_KM2: f64 = 10_000.0;
/// Natural Earth counts the people of whole agglomerations, whose other towns have names of their own: no town reaches farther
/// than this from its middle, in kilometres.
const MOST_REACH_KM: f64 = 12.0;

/// A town.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The English name, or the local one with its accents.
    pub name: String,
    /// The first-level division it lies in; may be empty.
    pub region: String,
    /// The country it lies in.
    pub country: CountryCode,
    /// Its middle.
    pub position: LatLon,
}

/// A town that a name may mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlaceMatch {
    /// The town.
    pub place: Place,
    /// How alike the names are, 0 to 1; 1 is the same but for accents and case.
    pub score: f64,
    /// 0 where it is not known, as for most towns of under 50,000.
    pub population: u32,
}

impl PlaceMatch {
    /// How much speaks for this town among others of its name: the root of its people, since names are said, and pictures taken, less
    /// than in proportion to them; and those of whom nothing is known count as some.
    pub fn worth(&self) -> f64 {
        f64::from(self.population.saturating_add(1000)).sqrt()
    }
}

/// The towns that a text may name, the likeliest first: by likeness of the name, and of equal ones the greater town. A
/// part after a comma (`Springfield, Illinois`) is taken as a region or country and moves towns there to the front.
pub fn places_named(text: &str, within: Option<CountryCode>) -> Vec<PlaceMatch> {
    if text.len() > 200 {
        return Vec::new();
    }
    let whole = matches_of(text, within);
    let Some((name, rest)) = text.split_once([',', '(']) else { return whole };
    if whole.first().is_some_and(|first| first.score >= 1.0) {
        return whole; // "Washington, D.C." is a name
    }
    let area = fold(rest);
    let country = super::country_spelled(rest).map(|country| country.code);
    let mut matches = matches_of(name, within);
    let in_area = |found: &PlaceMatch| {
        country == Some(found.place.country) || (!area.is_empty() && area.contains(&fold(&found.place.region)))
    };
    matches.sort_by_key(|found| !in_area(found));
    matches
}

/// The towns of exactly this name but for accents and case, the greatest first; slips are not forgiven.
pub fn places_called(name: &str) -> Vec<PlaceMatch> {
    let index = index();
    let keys = fold_with_digraphs(name).into_iter().chain(std::iter::once(fold(name))).filter(|key| !key.is_empty());
    let mut records: Vec<usize> = keys.flat_map(|key| index.same(&key).collect::<Vec<_>>()).collect();
    records.sort_unstable_by_key(|at| (Reverse(index.records[*at].population), *at));
    records.dedup();
    let town = |at: usize| PlaceMatch {
        place: place(&index.records[at]),
        score: 1.0,
        population: index.records[at].population,
    };
    records.into_iter().map(town).collect()
}

fn matches_of(name: &str, within: Option<CountryCode>) -> Vec<PlaceMatch> {
    let index = index();
    let mut best: HashMap<usize, f64> = HashMap::new();
    for (key, worth) in spellings(name) {
        let same = index.same(&key).map(|record| Likeness { record, score: 1.0 });
        for Likeness { record, score } in same.chain(index.like(&key, within)) {
            if within.is_none_or(|country| index.records[record].country == country) {
                let kept = best.entry(record).or_insert(0.0);
                *kept = kept.max(score * worth);
            }
        }
    }
    let mut matches: Vec<(usize, f64)> = best.into_iter().collect();
    matches
        .sort_by(|a, b| rank(&index.records[b.0], b.1).total_cmp(&rank(&index.records[a.0], a.1)).then(a.0.cmp(&b.0)));
    matches.truncate(MOST_MATCHES);
    matches
        .into_iter()
        .map(|(at, score)| PlaceMatch {
            place: place(&index.records[at]),
            score,
            population: index.records[at].population,
        })
        .collect()
}

/// Folded ways to read a name, each with what a match by it is worth.
fn spellings(name: &str) -> Vec<(String, f64)> {
    let key = fold(name);
    let mut ways = Vec::new();
    for start in ["city of ", "town of ", "the city of ", "ciudad de ", "greater ", "downtown ", "near "] {
        ways.extend(key.strip_prefix(start).map(|rest| (rest.to_owned(), 0.99)));
    }
    for end in [" city", " town", " area", " metropolitan area", " district", " province", " region", " oblast", " shi"]
    {
        ways.extend(key.strip_suffix(end).map(|rest| (rest.to_owned(), 0.97)));
    }
    ways.extend(fold_with_digraphs(name).map(|other| (other, 1.0)));
    ways.push((key, 1.0));
    ways.retain(|(way, _)| !way.is_empty());
    ways
}

/// Ten times the people outweigh 0.03 of likeness: a great town with a slip in its name goes before a hamlet without, but
/// a hamlet of the very name goes before a town that only begins with it.
fn rank(record: &Record, score: f64) -> f64 {
    score + 0.03 * (f64::from(record.population.max(1000)) / 1000.0).log10()
}

/// The town nearest to a point.
pub fn nearest_place(point: LatLon) -> Option<Place> {
    let index = index();
    index.nearest(point).map(|(at, _)| place(&index.records[at]))
}

/// The town that people would say a point lies in: the one whose reach it lies deepest in, of those of the country of
/// the nearest one, which it is where none reaches so far. The Eiffel Tower is nearer to the middle of Neuilly than
/// to that of Paris.
pub fn town_at(point: LatLon) -> Option<Place> {
    let index = index();
    let nearest = index.nearest(point).map(|(at, _)| &index.records[at])?;
    let lat = MOST_REACH_KM / super::EARTH_RADIUS_KM.to_radians();
    let lon = (lat / point.lat.to_radians().cos().max(1e-3)).min(179.0);
    let corner = |lat: f64, lon: f64| LatLon {
        lat: (point.lat + lat).clamp(-90.0, 90.0),
        lon: (point.lon + lon + 540.0).rem_euclid(360.0) - 180.0,
    };
    let depth = |record: &&Record| record.position.distance_km(point) / reach_km(record);
    let is_akin = |record: &&Record| record.country == nearest.country;
    let reaching = index
        .between(corner(-lat, -lon), corner(lat, lon))
        .filter(is_akin)
        .filter(|record| record.population > 0 && depth(record) <= 1.0);
    Some(place(reaching.min_by(|a, b| depth(a).total_cmp(&depth(b))).unwrap_or(nearest)))
}

/// How far a town reaches from its middle, in kilometres: a disc of its people.
fn reach_km(record: &Record) -> f64 {
    (f64::from(record.population) / PEOPLE_ON_A_KM2 / std::f64::consts::PI).sqrt().min(MOST_REACH_KM)
}

/// The greatest towns of a country, at most `count`; where no size is known, those first in the gazetteer.
pub fn chief_places(country: CountryCode, count: usize) -> Vec<PlaceMatch> {
    let index = index();
    let records = &index.records[index.of_country(country)];
    let mut greatest: Vec<usize> = (0..records.len()).collect();
    let rank = |at: &usize| (Reverse(records[*at].population), *at);
    if count < greatest.len() {
        greatest.select_nth_unstable_by_key(count, rank);
        greatest.truncate(count);
    }
    greatest.sort_unstable_by_key(rank);
    let matched = |at: usize| PlaceMatch { place: place(&records[at]), score: 1.0, population: records[at].population };
    greatest.into_iter().map(matched).collect()
}

/// The smaller towns (those that the map's [`labels`](super::borders::labels) leave out, so that their size is not known)
/// in the square degrees that a box touches. One whose west is greater than its east runs over the antimeridian.
pub fn small_places_between(low: LatLon, high: LatLon) -> Vec<Place> {
    index().between(low, high).filter(|record| record.population == 0).map(place).collect()
}

/// All first-level divisions that have towns, each once: its name, its country and the people of its greater towns.
pub(super) fn all_divisions() -> impl Iterator<Item = (&'static str, CountryCode, u64)> {
    let mut divisions: HashMap<(CountryCode, &'static str), u64> = HashMap::new();
    for record in index().records.iter().filter(|record| !record.region.is_empty()) {
        *divisions.entry((record.country, record.region)).or_default() += u64::from(record.population);
    }
    divisions.into_iter().map(|((country, name), people)| (name, country, people))
}

/// Where all towns lie and in which country.
pub(super) fn all_positions() -> impl Iterator<Item = (CountryCode, LatLon)> {
    index().records.iter().map(|record| (record.country, record.position))
}

fn place(record: &Record) -> Place {
    Place {
        name: record.name.to_owned(),
        region: record.region.to_owned(),
        country: record.country,
        position: record.position,
    }
}

fn index() -> &'static PlaceIndex {
    static INDEX: OnceLock<PlaceIndex> = OnceLock::new();
    INDEX.get_or_init(|| PlaceIndex::read(include_str!("../../assets/geo/places.txt")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::country;

    #[track_caller]
    fn named(text: &str, within: Option<&str>, name: &str, code: &str) {
        let found = places_named(text, within.map(|code| code.parse().unwrap()));
        let first = found.first().map(|found| (found.place.name.as_str(), found.place.country.to_string()));
        assert_eq!(first, Some((name, code.to_owned())), "{text}");
    }

    #[test]
    fn towns_by_their_names_in_any_spelling() {
        named("Lyon", None, "Lyon", "FR");
        named("lyons", Some("FR"), "Lyon", "FR");
        named("München", None, "Munich", "DE");
        named("MUNICH", None, "Munich", "DE");
        named("Zurich", None, "Zürich", "CH");
        named("Düsseldorf", None, "Düsseldorf", "DE");
        named("City of London", None, "London", "GB");
        named("Москва", None, "Moscow", "RU");
        named("東京", None, "Tokyo", "JP");
        named("Kiev", None, "Kyiv", "UA");
        named("Wien", None, "Vienna", "AT");
        named("São Paulo", None, "São Paulo", "BR");
        named("sao paulo city", None, "São Paulo", "BR");
        named("N'Djamena", None, "Ndjamena", "TD");
        named("Saint Petersburg", None, "St. Petersburg", "RU");
        named("Saint Petersburg", Some("US"), "St. Petersburg", "US");
        named("Washington, D.C.", None, "Washington", "US");
        named("New York", None, "New York City", "US");
        named("Bombay", None, "Mumbai", "IN");
    }

    #[test]
    fn a_slip_is_forgiven_and_a_comma_understood() {
        named("Guadalajarra", Some("MX"), "Guadalajara", "MX");
        named("Reykjavk", None, "Reykjavík", "IS");
        named("Pittsburg, Pennsylvania", None, "Pittsburgh", "US");
        named("Springfield, Illinois", None, "Springfield", "US");
        assert_eq!(places_named("Springfield, Illinois", None)[0].place.region, "Illinois");
        named("Paris, France", None, "Paris", "FR");
        named("Paris, Texas", None, "Paris", "US");
        named("Frankfurt", Some("DE"), "Frankfurt", "DE");
    }

    #[test]
    fn names_without_slips() {
        let first = |name| places_called(name).first().map(|found| found.place.country.to_string());
        assert_eq!(first("LYON").as_deref(), Some("FR"));
        assert_eq!(first("Düsseldorf").as_deref(), Some("DE"));
        assert_eq!((first("Lion"), first("")), (None, None));
        assert!(places_called("Springfield").len() > 8);
    }

    #[test]
    fn what_is_no_town_brings_nothing() {
        for text in ["", "   ", "Qwxzzkyvb", "...", "🙂", &"x".repeat(10_000)] {
            assert_eq!(places_named(text, None), vec![], "{text}");
        }
        assert!(places_named("Lyon", Some("JP".parse().unwrap())).iter().all(|found| found.score < 1.0));
    }

    #[test]
    fn every_town_has_a_country_and_is_its_own_nearest_name() {
        let mut n_places = 0;
        for (code, position) in all_positions() {
            assert!(country(code).is_some(), "{code}");
            assert!(position.lat.abs() <= 90.0);
            n_places += 1;
        }
        assert!(n_places > 140_000);
        let brooklyn = nearest_place(LatLon::new(40.65, -73.95).unwrap()).unwrap();
        assert_eq!(brooklyn.country.as_str(), "US");
        let paris = nearest_place(LatLon::new(48.85, 2.35).unwrap()).unwrap();
        assert_eq!(paris.name, "Paris");
    }

    #[test]
    fn a_point_within_the_reach_of_a_great_town_is_said_to_lie_there() {
        let at = |lat, lon| town_at(LatLon::new(lat, lon).unwrap()).unwrap().name;
        assert_eq!(at(48.8584, 2.2945), "Paris", "the Eiffel Tower, nearer to the middle of Neuilly-sur-Seine");
        assert_eq!(at(48.8049, 2.1204), "Versailles", "a palace beyond the reach of Paris");
        assert_eq!(at(40.7580, -73.9855), "New York City");
        assert_eq!(at(-4.267, 15.283), "Brazzaville", "Kinshasa, across the river, is another country's");
        assert_eq!(at(45.748, 4.847), "Lyon");
        let nearest = |lat, lon| nearest_place(LatLon::new(lat, lon).unwrap()).unwrap().name;
        assert_eq!(at(65.0, 180.0), nearest(65.0, 180.0), "none reaches into the wild");
        assert_eq!(at(89.9, 10.0), nearest(89.9, 10.0));
    }

    #[test]
    fn the_nearest_town_is_found_across_the_antimeridian_the_pole_and_the_sea() {
        let brute = |point: LatLon| {
            let least = all_positions().map(|(_, position)| position.distance_km(point)).fold(f64::MAX, f64::min);
            let found = nearest_place(point).unwrap().position.distance_km(point);
            assert!((found - least).abs() < 1e-6, "{point:?}: {found} and {least}");
        };
        for (lat, lon) in
            [(-17.5, 179.9), (-17.5, -179.9), (89.9, 10.0), (-90.0, 0.0), (0.0, -30.0), (-50.0, -120.0), (65.0, 180.0)]
        {
            brute(LatLon::new(lat, lon).unwrap());
        }
    }

    #[test]
    fn small_towns_of_a_box_over_the_antimeridian_too() {
        let at = |lat, lon| LatLon { lat, lon };
        let names = |low, high| -> Vec<String> {
            small_places_between(low, high).into_iter().map(|place| place.name).collect()
        };
        let tyrol = names(at(47.1, 10.2), at(47.9, 11.8));
        assert!(tyrol.iter().any(|name| name == "Imst"), "{tyrol:?}");
        assert!(!tyrol.iter().any(|name| name == "Innsbruck"), "its size is known: {tyrol:?}");
        let brute = |west: f64, east: f64| {
            let inside = |at: &LatLon| (-23.0..-12.0).contains(&at.lat) && (at.lon >= west || at.lon < east);
            index().records.iter().filter(|record| record.population == 0 && inside(&record.position)).count()
        };
        assert_eq!(names(at(-22.5, 176.5), at(-12.5, -170.5)).len(), brute(176.0, -170.0));
        assert!(brute(176.0, -170.0) > 3);
    }

    #[test]
    fn chief_places_are_the_great_towns() {
        let chief = chief_places("FR".parse().unwrap(), 3);
        assert_eq!(chief.len(), 3);
        assert_eq!(chief[0].place.name, "Paris");
        assert!(chief_places("HM".parse().unwrap(), 3).is_empty());
    }
}
