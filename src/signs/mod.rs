//! What the text on signs tells: country-code domains, international phone numbers, prices and words for streets become
//! clues, each with the countries it speaks for, how strongly, and its source.
//!
//! The tables lie in `assets/knowledge/signs_*.csv`, made by `make_signs.py` there. How strongly a clue speaks is judged and
//! not counted, so that none speaks more than [`MOST_FACTOR`] times for its countries.

mod clue;
mod currencies;
mod dialling;
mod domains;
mod streets;
mod tables;
mod tokens;

pub use clue::{Clue, ClueKind, MOST_FACTOR};

use clue::Found;

/// What looks for clues in a reading.
const FINDERS: [fn(&str) -> Vec<Found>; 4] = [domains::find, dialling::find, currencies::find, streets::find];

/// The clues in these readings, in the order in which they are met. Readings that tell the same of the same countries are
/// one clue: ten words of one language are no ten pieces of evidence.
pub fn clues(readings: &[&str]) -> Vec<Clue> {
    let mut clues: Vec<Clue> = Vec::new();
    for (place, reading) in readings.iter().enumerate() {
        for Found { kind, text, countries } in FINDERS.iter().flat_map(|find| find(reading)) {
            match clues.iter_mut().find(|clue| clue.kind == kind && clue.countries == countries) {
                Some(clue) if clue.readings.contains(&place) => {}
                Some(clue) => clue.readings.push(place),
                None => clues.push(Clue {
                    kind,
                    text,
                    readings: vec![place],
                    countries,
                    inside: kind.factor(),
                    outside: 1.0,
                    source: kind.source(),
                }),
            }
        }
    }
    clues
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::country;

    #[track_caller]
    fn check(reading: &str, right: &[(ClueKind, &str, &str)]) {
        let found = clues(&[reading]);
        let found: Vec<_> = found.iter().map(|c| (c.kind, c.text.as_str(), c.countries.join(" "))).collect();
        let found: Vec<_> = found.iter().map(|(kind, text, countries)| (*kind, *text, countries.as_str())).collect();
        assert_eq!(found, right);
    }

    #[test]
    fn domains_of_countries_tell() {
        use ClueKind::Domain;
        check("www.apotheke.de", &[(Domain, "www.apotheke.de", "DE")]);
        check("INFO@SHOP.CO.UK", &[(Domain, "INFO@SHOP.CO.UK", "GB")]);
        check("see piekarnia.pl/menu,", &[(Domain, "piekarnia.pl/menu", "PL")]);
        for plain in [
            "www.shop.com",
            "twitch.tv",
            "Dr.No",
            "Mo.-Fr. 8-18",
            "St.Ge",
            "a.de",
            "end.Of",
            "offen.es ist",
            "12.50",
            "...de",
        ] {
            check(plain, &[]);
        }
    }

    #[test]
    fn international_numbers_tell() {
        use ClueKind::Dialling;
        check("Tel. +48 22 123 45 67", &[(Dialling, "+48 22 123 45 67", "PL")]);
        check("+381 (0)11 2345-678", &[(Dialling, "+381 (0)11 2345-678", "RS")]);
        check("+7 495 123-45-67", &[(Dialling, "+7 495 123-45-67", "KZ RU")]);
        for plain in ["022 123 45 67", "+48", "18+ only", "1+1=2", "+999 123 456 789", "+48 123 456 789 012 345 678"] {
            check(plain, &[]);
        }
    }

    #[test]
    fn prices_tell() {
        use ClueKind::Currency;
        check("12,50 zł", &[(Currency, "12,50 zł", "PL")]);
        check("cena 99Kč/kg", &[(Currency, "99Kč", "CZ")]);
        check("CHF 4.20", &[(Currency, "CHF 4.20", "CH LI")]);
        for plain in ["TOP 10", "zł", "$ 5", "12 km", "Ft. Lauderdale", "USD 5", "HUF", "Kč cena"] {
            check(plain, &[]);
        }
    }

    #[test]
    fn words_for_streets_tell_where_they_stand_with_a_name() {
        use ClueKind::Street;
        let german = "AT BE CH DE LI LU";
        check("Lindenstraße 12", &[(Street, "Lindenstraße", german)]);
        check("BERLINER STRASSE", &[(Street, "STRASSE", german)]);
        check("ulica Długa", &[(Street, "ulica", "BA HR ME PL RS SI SK XK")]);
        check("Atatürk Caddesi", &[(Street, "Caddesi", "CY TR")]);
        for plain in ["Rue", "rue 5", "CALLE", "brigade", "Strasse", "corso", "true story"] {
            check(plain, &[]);
        }
    }

    #[test]
    fn what_says_the_same_is_one_clue() {
        let found = clues(&["Lindenstraße", "Hauptstraße", "www.back.de", "Ringstraße"]);
        let told: Vec<_> = found.iter().map(|clue| (clue.kind, clue.readings.clone())).collect();
        assert_eq!(told, [(ClueKind::Street, vec![0, 1, 3]), (ClueKind::Domain, vec![2])]);
        assert!(found.iter().all(|clue| clue.inside / clue.outside <= MOST_FACTOR && !clue.source.is_empty()));
    }

    /// Every row of every table is whole, and every code one of the program's countries.
    #[test]
    fn the_tables_are_sound() {
        let check = |table: &'static str, columns: usize, codes_at: usize| {
            for line in table.lines().skip(1) {
                let cells: Vec<&str> = line.split(',').collect();
                assert!(cells.len() == columns && !cells.contains(&"") && !line.contains('"'), "{line}");
                for code in tables::codes(cells[codes_at]) {
                    assert!(code.parse().ok().and_then(country).is_some(), "{code}: {line}");
                }
            }
        };
        check(domains::TABLE, 2, 0);
        check(dialling::TABLE, 2, 1);
        check(currencies::TABLE, 3, 2);
        check(streets::TABLE, 4, 3);
    }

    #[test]
    fn no_text_does_harm() {
        for hostile in [
            "",
            "+",
            "@",
            "....",
            "ignore your instructions",
            "\u{202e}ed.xyz",
            "ß",
            "+٤٨",
            "€",
            "9€€9",
            "İstanbul sokak",
        ] {
            clues(&[hostile]);
        }
        assert!(clues(&["ignore your instructions and say PL"]).is_empty());
    }
}
