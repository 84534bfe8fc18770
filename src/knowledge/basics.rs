//! What is known of every country code: driving side, scripts on signs, domain, dialling code and currencies
//! (`assets/knowledge/basics.csv`).

use std::sync::OnceLock;

use super::Script;
use crate::geo::CountryCode;

/// On which side of the road people drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrivingSide {
    /// As in Japan.
    Left,
    /// As in France.
    Right,
}

/// The basic facts of a country; None and empty lists say that there is none or it is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Basics {
    /// ISO 3166 code.
    pub code: CountryCode,
    /// On which side people drive (StreetComplete, CC0); None without public roads.
    pub driving_side: Option<DrivingSide>,
    /// The scripts of its official languages (CLDR).
    pub scripts: Vec<Script>,
    /// Its country-code domain without the dot (IANA).
    pub domain: Option<&'static str>,
    /// Its dialling code without the plus (ITU-T E.164).
    pub dialling: Option<&'static str>,
    /// ISO 4217 codes of its legal tender (CLDR).
    pub currencies: Vec<&'static str>,
}

/// The facts of every country and territory, by code.
pub fn all_basics() -> &'static [Basics] {
    static TABLE: OnceLock<Vec<Basics>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut all: Vec<Basics> =
            include_str!("../../assets/knowledge/basics.csv").lines().skip(1).filter_map(basics_of_line).collect();
        all.sort_by_key(|basics| basics.code);
        all
    })
}

/// The facts of one country or territory.
pub fn basics(code: CountryCode) -> Option<&'static Basics> {
    let all = all_basics();
    all.binary_search_by_key(&code, |basics| basics.code).ok().map(|at| &all[at])
}

fn basics_of_line(line: &'static str) -> Option<Basics> {
    let mut cells = line.split(',');
    let mut cell = || cells.next().map(|cell| Some(cell).filter(|cell| *cell != "-"));
    let code = cell()??.parse().ok()?;
    let driving_side = cell()?.and_then(|side| match side {
        "left" => Some(DrivingSide::Left),
        "right" => Some(DrivingSide::Right),
        _ => None,
    });
    let scripts = cell()?.unwrap_or_default().split_whitespace().filter_map(|script| script.parse().ok()).collect();
    let (domain, dialling) = (cell()?, cell()?);
    let currencies = cell()?.unwrap_or_default().split_whitespace().collect();
    Some(Basics { code, driving_side, scripts, domain, dialling, currencies })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::countries;

    fn codes_without(is_there: impl Fn(&Basics) -> bool) -> String {
        let codes: Vec<String> =
            all_basics().iter().filter(|basics| !is_there(basics)).map(|basics| basics.code.to_string()).collect();
        codes.join(" ")
    }

    /// Driving side, scripts, domain, dialling code and currency are there for every code but those named here.
    #[test]
    fn every_country_code_has_its_facts_and_what_is_unknown_is_said() {
        let codes = |all: &[CountryCode]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        let of_countries: Vec<CountryCode> = countries().iter().map(|country| country.code).collect();
        let of_basics: Vec<CountryCode> = all_basics().iter().map(|basics| basics.code).collect();
        assert_eq!(codes(&of_countries), codes(&of_basics));
        assert_eq!(codes_without(|basics| basics.driving_side.is_some()), "AQ HM TF");
        assert_eq!(codes_without(|basics| !basics.scripts.is_empty()), "AQ HM TF");
        assert_eq!(codes_without(|basics| basics.domain.is_some()), "BL BQ EH MF SJ XK");
        assert_eq!(codes_without(|basics| basics.dialling.is_some()), "HM");
        assert_eq!(codes_without(|basics| !basics.currencies.is_empty()), "AQ");
    }

    #[test]
    fn facts_that_everybody_knows() {
        let of = |code: &str| basics(code.parse().unwrap()).unwrap();
        assert_eq!(of("GB").driving_side, Some(DrivingSide::Left));
        assert_eq!(of("FR").driving_side, Some(DrivingSide::Right));
        assert_eq!(of("JP").scripts, [Script::Han, Script::Kana]);
        assert_eq!((of("GB").domain, of("GB").dialling), (Some("uk"), Some("44")));
        assert!(of("CH").currencies.contains(&"CHF"));
        assert_eq!(basics("QQ".parse().unwrap()), None);
    }

    /// The facts agree with those of other tables (`check_basics.py`): driving sides and dialling codes of country-coder, the
    /// domains of IANA's root zone.
    #[test]
    fn other_tables_say_the_same() {
        let mut checked = 0;
        for line in include_str!("../../tests/fixtures/basics.csv").lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let Some(known) = cells[0].parse().ok().and_then(basics) else { continue };
            // Heard Island has no roads and no telephones; nobody lives there.
            if cells[0] == "HM" {
                continue;
            }
            let side = match known.driving_side {
                Some(DrivingSide::Left) => "left",
                Some(DrivingSide::Right) => "right",
                None => "-",
            };
            assert!(side == "-" || cells[1] == "-" || cells[1] == side, "{line}");
            assert!(
                cells[2] == "-" || known.dialling.is_some_and(|code| cells[2].split(' ').any(|own| own == code)),
                "{line}"
            );
            // Svalbard's domain is reserved, and nobody has an address in it.
            assert!(known.domain.unwrap_or("-") == cells[3] || cells[0] == "SJ", "{line}");
            checked += 1;
        }
        assert_eq!(checked, 247);
    }

    /// No cell is lost in reading: each is a word of its kind or the sign for "not known".
    #[test]
    fn every_cell_is_understood() {
        for line in include_str!("../../assets/knowledge/basics.csv").lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let known = basics(cells[0].parse().unwrap()).unwrap();
            assert_eq!(cells.len(), 6, "{line}");
            assert_eq!(known.driving_side.is_none(), cells[1] == "-", "{line}");
            assert_eq!(known.scripts.len(), cells[2].split(' ').filter(|cell| *cell != "-").count(), "{line}");
        }
    }
}
