//! Which countries are most easily taken for one another: those whose streets have the most in common.

use super::facts::{CountryFacts, LanguageShare, countries};

/// Common languages weigh as much as so many other facts: words tell the most, where there are any.
const WORDS: f64 = 3.0;

/// The other countries of the drawn world, those first whose streets have the most in common with this one's.
pub fn resembling(country: &CountryFacts) -> Vec<&'static CountryFacts> {
    let mut others: Vec<(f64, &CountryFacts)> = countries()
        .iter()
        .filter(|other| other.code != country.code)
        .map(|other| (in_common(country, other), other))
        .collect();
    others.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    others.into_iter().map(|(_, other)| other).collect()
}

/// How many facts two countries share, the languages by how much of their signs is in the same ones.
fn in_common(one: &CountryFacts, other: &CountryFacts) -> f64 {
    let same = facts(one).iter().zip(facts(other)).filter(|(a, b)| **a == *b).count();
    same as f64 + WORDS * common_words(&one.languages.value, &other.languages.value)
}

/// What streets look like, but for their languages.
fn facts(country: &CountryFacts) -> [&str; 16] {
    [
        &country.driving_side,
        &country.centre_line,
        &country.edge_line,
        &country.plate_front,
        &country.plate_rear,
        &country.plate_shape,
        &country.warning_sign,
        &country.direction_sign,
        &country.stop_word,
        &country.stop_shape,
        &country.speed_sign,
        &country.speed_unit,
        &country.no_entry_sign,
        &country.pole,
        &country.roadside_post,
        &country.roof,
    ]
    .map(|fact| fact.value.as_str())
}

/// The part of the signs that is in the same languages, 0 to 1.
fn common_words(one: &[LanguageShare], other: &[LanguageShare]) -> f64 {
    let share = |of: &[LanguageShare], code: &str| of.iter().filter(|l| l.code == code).map(|l| l.share).sum::<f64>();
    one.iter().map(|language| language.share.min(share(other, &language.code))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::country;

    fn nearest(code: &str) -> Vec<String> {
        let country = country(code.parse().unwrap()).unwrap();
        resembling(country).iter().take(8).map(|other| other.code.to_string()).collect()
    }

    #[test]
    fn countries_that_people_confuse_come_first() {
        assert!(nearest("AU").contains(&"GB".to_owned()), "{:?}", nearest("AU"));
        assert!(nearest("AR").contains(&"MX".to_owned()), "{:?}", nearest("AR"));
        assert!(nearest("BG").contains(&"RO".to_owned()), "{:?}", nearest("BG"));
        assert!(!nearest("TH").contains(&"US".to_owned()), "{:?}", nearest("TH"));
    }

    #[test]
    fn every_other_country_is_named_once() {
        for one in countries() {
            let mut others: Vec<String> = resembling(one).iter().map(|other| other.code.to_string()).collect();
            others.sort();
            others.dedup();
            assert_eq!(others.len(), countries().len() - 1);
            assert!(!others.contains(&one.code.to_string()));
        }
    }
}
