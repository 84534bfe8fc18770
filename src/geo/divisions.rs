//! First-level divisions of countries (states, provinces, regions) by name, as the gazetteer's towns tell of them: "Bavaria" is a part
//! of Germany, and not the hamlet of that name.

use std::{collections::HashMap, sync::OnceLock};

use super::{
    CountryCode,
    fold::fold,
    gazetteer::{all_divisions, places_called},
};

/// Words that tell no division by themselves, though some are called so.
const GENERAL: [&str; 36] = [
    "and", "area", "capital", "center", "central", "centre", "city", "coast", "coastal", "de", "del", "district",
    "east", "eastern", "in", "island", "islands", "la", "lower", "new", "north", "northern", "of", "province",
    "region", "rural", "san", "santa", "south", "southern", "state", "the", "upper", "urban", "west", "western",
];

/// A division that is called by a part of its name ("Normandy", "Provence") is known by no shorter part, in letters.
const LEAST_LETTERS: usize = 5;

/// More countries than this that have divisions of one name, and the name says nothing.
const MOST_COUNTRIES: usize = 4;

/// A division of a country.
#[derive(Debug, Clone, Copy)]
struct Division {
    /// Its name.
    name: &'static str,
    /// The country that it is a part of.
    country: CountryCode,
    /// The people of its greater towns.
    people: u64,
}

/// The countries that have a division of this name, or one whose name holds it ("Normandy"), where that is what people mean by it: not
/// where a town of the name lies in such a division, as Kyoto does, or is greater.
pub fn countries_of_division(name: &str) -> Vec<CountryCode> {
    let key = bare(&fold(name)).to_owned();
    let found = called(&key);
    let towns = places_called(name);
    let people: u64 = found.iter().map(|division| division.people).sum();
    let is_town = towns.iter().any(|town| {
        let holds = |division: &Division| {
            town.place.country == division.country && town.population > 0 && town.place.region == division.name
        };
        u64::from(town.population) >= people.max(1) || found.iter().any(holds)
    });
    let mut countries: Vec<CountryCode> = found.iter().map(|division| division.country).collect();
    countries.sort_unstable();
    countries.dedup();
    if is_town || countries.len() > MOST_COUNTRIES { Vec::new() } else { countries }
}

/// Whether a country has a division of exactly this name, and no greater town that is called so.
pub fn is_division_of(name: &str, country: CountryCode) -> bool {
    let key = fold(name);
    let is_exact = called(bare(&key))
        .iter()
        .any(|division| division.country == country && bare(&fold(division.name)) == bare(&key));
    let is_town =
        |name: &str| places_called(name).iter().any(|town| town.place.country == country && town.population > 0);
    is_exact && !is_town(name)
}

fn called(key: &str) -> Vec<Division> {
    let is_general = |text: &str| text.split(' ').all(|word| GENERAL.contains(&word));
    if key.is_empty() || is_general(key) {
        return Vec::new();
    }
    let exact: Vec<Division> = by_name().get(key).cloned().unwrap_or_default();
    if !exact.is_empty() || key.len() < LEAST_LETTERS {
        return exact;
    }
    let within = |name: &str| format!(" {name} ").contains(&format!(" {key} "));
    let holding = by_name().iter().filter(|(name, _)| within(name));
    holding.flat_map(|(_, divisions)| divisions.iter().copied()).collect()
}

/// A folded name without what says that it is a division.
fn bare(key: &str) -> &str {
    let key = ["the ", "state of ", "province of ", "region of "]
        .iter()
        .find_map(|start| key.strip_prefix(start))
        .unwrap_or(key);
    let ends = [" region", " province", " state", " prefecture", " oblast"];
    ends.iter().find_map(|end| key.strip_suffix(end)).unwrap_or(key)
}

fn by_name() -> &'static HashMap<String, Vec<Division>> {
    static BY_NAME: OnceLock<HashMap<String, Vec<Division>>> = OnceLock::new();
    BY_NAME.get_or_init(|| {
        let mut names: HashMap<String, Vec<Division>> = HashMap::new();
        for (name, country, people) in all_divisions() {
            names.entry(bare(&fold(name)).to_owned()).or_default().push(Division { name, country, people });
        }
        names.remove("");
        names
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_is_known_by_its_name_or_a_part_of_it_and_a_great_town_goes_before_it() {
        for (name, codes) in [
            ("Bavaria", "DE"),
            ("Tuscany", "IT"),
            ("Provence", "FR"),
            ("Andalusia", "ES"),
            ("Ontario", "CA"),
            ("Queensland", "AU"),
            ("Punjab", "IN PK"),
            ("Normandy", "FR"),
            ("Crimea", "RU UA"),
            ("California", "US"),
            ("Rio Grande do Sul", "BR"),
            ("Kyoto", ""),
            ("New York", ""),
            ("Valencia", ""),
            ("Manchester", ""),
            ("York", ""),
            ("Lima", ""),
            ("Cornwall", ""),
            ("Kurdistan", ""),
            ("Central", ""),
            ("the centre", ""),
            ("North", ""),
            ("", ""),
        ] {
            let found: Vec<String> = countries_of_division(name).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), codes, "{name}");
        }
        let is = |name, code: &str| is_division_of(name, code.parse().unwrap());
        assert!(is("Georgia", "US") && is("Ontario", "CA") && is("State of Georgia", "US"));
        assert!(!is("Georgia", "GE") && !is("New York", "US") && !is("Normandy", "FR"));
    }
}
