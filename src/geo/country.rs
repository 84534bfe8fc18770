//! Countries and territories with an ISO code: their names in many spellings, and which one a point lies in.

use std::{collections::HashMap, sync::OnceLock};

use super::{CountryCode, CountryCodeError, LatLon, fold::fold};

/// No name of a country is longer, in bytes.
pub(super) const MOST_BYTES: usize = 100;

/// A country, or a territory with an ISO 3166 code of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Country {
    /// ISO 3166 alpha-2.
    pub code: CountryCode,
    /// ISO 3166 alpha-3.
    pub iso3: String,
    /// The common English name.
    pub name: String,
    /// Other English names and names in the country's own languages.
    pub aliases: Vec<String>,
    /// Africa, Antarctica, Asia, Europe, North America, Oceania or South America.
    pub continent: String,
    /// Where its name stands on a map: inside its greatest piece of land, far from the edge.
    pub centre: LatLon,
}

/// All countries and territories, by code.
pub fn countries() -> &'static [Country] {
    static COUNTRIES: OnceLock<Vec<Country>> = OnceLock::new();
    COUNTRIES.get_or_init(|| {
        let mut rows = csv::Reader::from_reader(include_bytes!("../../assets/geo/countries.csv").as_slice());
        let mut all: Vec<Country> = rows.records().filter_map(|row| country_of_row(&row.ok()?)).collect();
        all.sort_by_key(|country| country.code);
        all
    })
}

fn country_of_row(row: &csv::StringRecord) -> Option<Country> {
    Some(Country {
        code: row.get(0)?.parse().ok()?,
        iso3: row.get(1)?.to_owned(),
        name: row.get(2)?.to_owned(),
        continent: row.get(3)?.to_owned(),
        centre: LatLon::new(row.get(4)?.parse().ok()?, row.get(5)?.parse().ok()?)?,
        aliases: row.get(6)?.split('|').filter(|alias| !alias.is_empty()).map(str::to_owned).collect(),
    })
}

/// The country with this code.
pub fn country(code: CountryCode) -> Option<&'static Country> {
    let all = countries();
    all.binary_search_by_key(&code, |country| country.code).ok().map(|at| &all[at])
}

/// The countries of codes parted by commas, semicolons or spaces ("FR, ES"), each once.
pub fn country_codes(text: &str) -> Result<Vec<CountryCode>, CountryCodeError> {
    let mut codes = Vec::new();
    for part in text.split([',', ';', ' ']).filter(|part| !part.is_empty()) {
        let code: CountryCode = part.parse()?;
        country(code).ok_or(CountryCodeError::Unknown(code))?;
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    if codes.is_empty() { Err(CountryCodeError::Empty) } else { Ok(codes) }
}

/// The country that a text names without a slip: a code in capitals (`FR`, `FRA`), or a name or alias in any spelling. What stands
/// in brackets may be about it, but not another country: `Georgia (USA)` is none.
pub fn country_spelled(text: &str) -> Option<&'static Country> {
    let text = text.trim().trim_matches(|c: char| c.is_ascii_punctuation() && c != '.' && c != ')');
    if text.len() > MOST_BYTES {
        return None;
    }
    let whole = by_code(text).or_else(|| spoken(&fold(text)));
    whole.or_else(|| {
        let (name, beside) = text.split_once('(')?;
        let found = spoken(&fold(name))?;
        country_spelled(beside).is_none_or(|other| other.code == found.code).then_some(found)
    })
}

/// The country with this folded name, as it is or with what is said before it.
fn spoken(key: &str) -> Option<&'static Country> {
    let names = names();
    let starts = ["the ", "republic of ", "the republic of ", "kingdom of ", "the kingdom of ", "state of "];
    let at = names.get(key).or_else(|| starts.iter().find_map(|start| names.get(key.strip_prefix(start)?)))?;
    Some(&countries()[*at])
}

/// The country with exactly this name or alias, but for case, accents and punctuation; neither codes nor slips.
pub fn country_called(text: &str) -> Option<&'static Country> {
    names().get(&fold(text)).map(|at| &countries()[*at])
}

fn by_code(text: &str) -> Option<&'static Country> {
    if !text.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    match text.len() {
        2 => country(text.parse().ok()?),
        3 => countries().iter().find(|country| country.iso3 == text),
        _ => None,
    }
}

/// Every name and alias, folded. A country's own name goes before another's alias.
pub(super) fn names() -> &'static HashMap<String, usize> {
    static NAMES: OnceLock<HashMap<String, usize>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names = HashMap::new();
        for (at, country) in countries().iter().enumerate() {
            names.insert(fold(&country.name), at);
        }
        for (at, country) in countries().iter().enumerate() {
            for alias in &country.aliases {
                names.entry(fold(alias)).or_insert(at);
            }
        }
        names.remove("");
        names
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn named(text: &str, code: &str) {
        assert_eq!(country_spelled(text).map(|c| c.code.to_string()).as_deref(), Some(code), "{text}");
    }

    #[test]
    fn countries_by_their_common_names() {
        for (text, code) in [
            ("France", "FR"),
            ("norway", "NO"),
            ("USA", "US"),
            ("U.S.A.", "US"),
            ("UK", "GB"),
            ("England", "GB"),
            ("The Netherlands", "NL"),
            ("Holland", "NL"),
            ("Czechia", "CZ"),
            ("Czech Republic", "CZ"),
            ("Türkiye", "TR"),
            ("Turkey", "TR"),
            ("Ivory Coast", "CI"),
            ("Côte d'Ivoire", "CI"),
            ("Deutschland", "DE"),
            ("日本", "JP"),
            ("Россия", "RU"),
            ("Russian Federation", "RU"),
            ("South Korea", "KR"),
            ("Republic of Korea", "KR"),
            ("Burma", "MM"),
            ("Swaziland", "SZ"),
            ("Eswatini", "SZ"),
            ("Macedonia", "MK"),
            ("DR Congo", "CD"),
            ("Viet Nam", "VN"),
            ("Réunion", "RE"),
            ("Kosovo", "XK"),
            ("Bosnia & Herzegovina", "BA"),
            ("FRA", "FR"),
            ("GB", "GB"),
            ("Palestine", "PS"),
            ("Hong Kong", "HK"),
            ("Taiwan", "TW"),
            ("Republic of Poland", "PL"),
            ("Georgia", "GE"),
            ("Niger", "NE"),
            ("Guinea-Bissau", "GW"),
            ("Somaliland", "SO"),
            ("'Spain'", "ES"),
        ] {
            named(text, code);
        }
    }

    #[test]
    fn every_country_is_found_under_all_it_is_called() {
        assert!(countries().len() >= 245);
        for country in countries() {
            assert_eq!(country_spelled(&country.name).map(|c| c.code), Some(country.code), "{}", country.name);
            assert_eq!(country_spelled(country.code.as_str()).map(|c| c.code), Some(country.code));
            assert!(country.iso3.len() == 3 && !country.continent.is_empty(), "{country:?}");
        }
    }

    #[test]
    fn no_name_means_two_countries() {
        let mut meant: HashMap<String, CountryCode> = HashMap::new();
        for country in countries() {
            for name in std::iter::once(&country.name).chain(&country.aliases) {
                let before = meant.insert(fold(name), country.code);
                assert!(before.is_none_or(|code| code == country.code), "{name}: {before:?} and {}", country.code);
            }
        }
        for (text, code) in
            [("Korea", "KR"), ("ROK", "KR"), ("DPRK", "KP"), ("Congo", "CG"), ("Formosa", "TW"), ("한국", "KR")]
        {
            named(text, code);
        }
    }
}
