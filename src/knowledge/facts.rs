//! Facts about the countries of the drawn street world, each with its source (`assets/knowledge/countries.toml`), and
//! their cities with the climate there (`assets/knowledge/cities.csv`).

use std::{str::FromStr, sync::OnceLock};

use serde::{Deserialize, Deserializer};

use crate::geo::{CountryCode, LatLon};

/// A value and where it is from; the source `default` marks a value that is not known for this country.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Fact<T> {
    /// What is so.
    pub value: T,
    /// Who says so.
    pub source: String,
}

/// How large a part of a country's signs is in a language.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LanguageShare {
    /// A code of `words.toml`.
    pub code: String,
    /// 0 to 1; a country's shares sum to 1.
    pub share: f64,
}

/// What streets look like in a country. The values are the words of the tables they come from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CountryFacts {
    /// ISO 3166 code.
    pub code: CountryCode,
    /// English name.
    pub name: String,
    /// `left` or `right`.
    pub driving_side: Fact<String>,
    /// `white` or `yellow`.
    pub centre_line: Fact<String>,
    /// `white`, `yellow`, `short white dashes`, `yellow dashes` and the like.
    pub edge_line: Fact<String>,
    /// Languages on signs.
    pub languages: Fact<Vec<LanguageShare>>,
    /// Number plates at the front: `white`, `white-blue-band`, `yellow`, `blue` and the like; bands are at the left.
    pub plate_front: Fact<String>,
    /// Number plates at the back.
    pub plate_rear: Fact<String>,
    /// `long` or `tall`.
    pub plate_shape: Fact<String>,
    /// `white-triangle`, `yellow-triangle`, `black-yellow-triangle` or `yellow-diamond`.
    pub warning_sign: Fact<String>,
    /// Ground colour of direction signs on ordinary roads.
    pub direction_sign: Fact<String>,
    /// What stands on a stop sign.
    pub stop_word: Fact<String>,
    /// `octagon`, or `triangle` standing on its tip.
    pub stop_shape: Fact<String>,
    /// `red-ring`, `yellow-ring` (red ring on yellow) or `white-rectangle`.
    pub speed_sign: Fact<String>,
    /// `km/h` or `mph`.
    pub speed_unit: Fact<String>,
    /// `default`, `yellow`, `arrow` or `words`.
    pub no_entry_sign: Fact<String>,
    /// Utility poles: `wood`, `concrete` or `metal`.
    pub pole: Fact<String>,
    /// Roadside posts: `black-band`, `red-band`, `black-white` or `grey`.
    pub roadside_post: Fact<String>,
    /// `flat` or `pitched`.
    pub roof: Fact<String>,
}

/// The first letter of the Köppen-Geiger class, the warm and cold halves of the dry climates joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Climate {
    /// A: every month warm.
    Tropical,
    /// B: little rain, hot or cold.
    Dry,
    /// C: mild winters.
    Temperate,
    /// D and E: cold winters.
    Continental,
}

impl Climate {
    /// All of them.
    pub const ALL: [Climate; 4] = [Climate::Tropical, Climate::Dry, Climate::Temperate, Climate::Continental];
}

impl<'de> Deserialize<'de> for Climate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.chars().next() {
            Some('A') => Ok(Climate::Tropical),
            Some('B') => Ok(Climate::Dry),
            Some('C') => Ok(Climate::Temperate),
            Some('D' | 'E') => Ok(Climate::Continental),
            _ => Err(serde::de::Error::custom("no Köppen-Geiger class")),
        }
    }
}

/// A city of the drawn world.
#[derive(Debug, Clone, PartialEq)]
pub struct City {
    /// Its country.
    pub country: CountryCode,
    /// Name in ASCII.
    pub name: String,
    /// Where it lies.
    pub position: LatLon,
    /// Its climate.
    pub climate: Climate,
}

#[derive(Deserialize)]
struct CityRow {
    country_code: String,
    city: String,
    latitude: f64,
    longitude: f64,
    climate: Climate,
}

/// All countries of the drawn world, sorted by code.
pub fn countries() -> &'static [CountryFacts] {
    #[derive(Deserialize)]
    struct Table {
        country: Vec<CountryFacts>,
    }
    static TABLE: OnceLock<Vec<CountryFacts>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let table: Table = toml::from_str(include_str!("../../assets/knowledge/countries.toml"))
            .expect("the shipped facts are read in a test");
        table.country
    })
}

/// The facts of one country, if the drawn world has it.
pub fn country(code: CountryCode) -> Option<&'static CountryFacts> {
    countries().iter().find(|country| country.code == code)
}

/// All cities of the drawn world, sorted by country.
pub fn cities() -> &'static [City] {
    static TABLE: OnceLock<Vec<City>> = OnceLock::new();
    TABLE.get_or_init(|| {
        csv::Reader::from_reader(include_bytes!("../../assets/knowledge/cities.csv").as_slice())
            .deserialize()
            .map(|row: Result<CityRow, _>| row.ok().and_then(city))
            .collect::<Option<Vec<City>>>()
            .expect("the shipped cities are read in a test")
    })
}

fn city(row: CityRow) -> Option<City> {
    Some(City {
        country: CountryCode::from_str(&row.country_code).ok()?,
        name: row.city,
        position: LatLon::new(row.latitude, row.longitude)?,
        climate: row.climate,
    })
}

/// The cities of one country; none where the drawn world does not have it.
pub fn cities_of(code: CountryCode) -> &'static [City] {
    let all = cities();
    let start = all.partition_point(|city| city.country < code);
    let end = all.partition_point(|city| city.country <= code);
    &all[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::language;

    #[test]
    fn every_country_has_cities_and_known_languages() {
        assert!((40..=60).contains(&countries().len()));
        for country in countries() {
            assert!(cities_of(country.code).len() >= 5, "{}", country.name);
            let shares = &country.languages.value;
            assert!((shares.iter().map(|part| part.share).sum::<f64>() - 1.0).abs() < 1e-9, "{}", country.name);
            assert!(shares.iter().all(|part| language(&part.code).is_some()), "{}", country.name);
        }
    }

    #[test]
    fn facts_that_everybody_knows() {
        let facts = |code: &str| country(code.parse().unwrap()).unwrap();
        assert_eq!(facts("GB").driving_side.value, "left");
        assert_eq!(facts("FR").driving_side.value, "right");
        assert_eq!(facts("US").centre_line.value, "yellow");
        assert_eq!(facts("ZA").edge_line.value, "yellow");
        assert_eq!(facts("US").speed_unit.value, "mph");
    }

    /// Driving side and lines never rest on hand-made entries; everything says what it rests on.
    #[test]
    fn every_fact_names_its_source() {
        let table: toml::Table = include_str!("../../assets/knowledge/countries.toml").parse().unwrap();
        for country in table["country"].as_array().unwrap() {
            let facts = country.as_table().unwrap();
            for (key, fact) in facts.iter().filter(|(key, _)| !matches!(key.as_str(), "code" | "name")) {
                let source = fact["source"].as_str().unwrap();
                let known = ["StreetComplete", "general knowledge", "default"];
                assert!(known.iter().any(|start| source.starts_with(start)), "{key}: {source}");
                let by_table = matches!(key.as_str(), "driving_side" | "centre_line" | "edge_line" | "roof");
                assert!(!by_table || source.starts_with("StreetComplete"), "{}: {key}", facts["name"]);
            }
        }
    }
}
