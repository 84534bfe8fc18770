//! Parts of the world that people name ("the Balkans"), with their countries and where that is from
//! (`assets/knowledge/regions.csv`).

use std::sync::OnceLock;

use crate::geo::{CountryCode, fold};

/// A part of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldRegion {
    /// Its English name, as in a sentence: "the Balkans".
    pub name: String,
    /// All names, folded, without an article.
    keys: Vec<String>,
    /// Its countries, by code.
    pub countries: Vec<CountryCode>,
    /// Where the list is from.
    pub source: String,
}

/// All of them.
pub fn world_regions() -> &'static [WorldRegion] {
    static TABLE: OnceLock<Vec<WorldRegion>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut rows = csv::Reader::from_reader(include_bytes!("../../assets/knowledge/regions.csv").as_slice());
        rows.records().filter_map(|row| region(&row.ok()?)).collect()
    })
}

fn region(row: &csv::StringRecord) -> Option<WorldRegion> {
    let name = row.get(0)?;
    let keys = std::iter::once(name).chain(row.get(1)?.split('|')).map(key).filter(|key| !key.is_empty()).collect();
    let countries = row.get(2)?.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    Some(WorldRegion { name: name.to_owned(), keys, countries, source: row.get(3)?.to_owned() })
}

/// The part of the world that a text names.
pub fn world_region(text: &str) -> Option<&'static WorldRegion> {
    let key = key(text);
    world_regions().iter().find(|region| region.keys.contains(&key))
}

fn key(text: &str) -> String {
    let key = fold(text);
    key.strip_prefix("the ").map(str::to_owned).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{country, country_called};

    #[test]
    fn parts_of_the_world_by_their_names() {
        for (text, inside, outside) in [
            ("Scandinavia", "SE", "FI"),
            ("the Balkans", "RS", "PL"),
            ("Balkans", "RS", "PL"),
            ("the Scandinavia", "SE", "FI"),
            ("south america", "BR", "MX"),
            ("Europe", "GB", "TR"),
            ("Südamerika", "AR", "ES"),
            ("EU", "FR", "GB"),
            ("Asia", "JP", "RU"),
        ] {
            let codes = &world_region(text).unwrap().countries;
            assert!(codes.contains(&inside.parse().unwrap()) && !codes.contains(&outside.parse().unwrap()), "{text}");
        }
        assert_eq!(world_region("Atlantis"), None);
    }

    #[test]
    fn the_table_is_sound() {
        assert!(world_regions().len() > 50);
        for region in world_regions() {
            assert!(
                region.countries.iter().all(|code| country(*code).is_some()) && !region.source.is_empty(),
                "{region:?}"
            );
            assert!(region.keys.iter().all(|key| country_called(key).is_none()), "{region:?}");
        }
    }
}
