//! Prices: a number beside the sign or code of a currency. Signs that several currencies share ($, £) and codes that are
//! words or quoted everywhere (TOP, USD) are not in the table.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Text,
    clue::{ClueKind, Found},
    tables::{codes, rows},
    tokens::tokens,
};
use crate::geo::CountryCode;

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_currencies.csv");

static COUNTRIES: LazyLock<HashMap<&str, Vec<CountryCode>>> =
    LazyLock::new(|| rows::<3>(TABLE).into_iter().map(|[sign, _, countries]| (sign, codes(countries))).collect());

/// The same of signs that are written in small and capital letters as one likes, in small ones: KSh, KSH, Ksh.
static IN_SMALL: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
    let is_mixed = |sign: &&&str| sign.len() > 2 && sign.is_ascii() && sign.contains(|c: char| c.is_ascii_lowercase());
    COUNTRIES.keys().filter(is_mixed).map(|sign| (sign.to_lowercase(), *sign)).collect()
});

fn countries_of(sign: &str) -> Option<&'static Vec<CountryCode>> {
    COUNTRIES.get(sign).or_else(|| COUNTRIES.get(IN_SMALL.get(&sign.to_lowercase())?))
}

/// The prices in a reading.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let tokens: Vec<&str> = tokens(reading.text).collect();
    let found = |text: String, countries: &Vec<CountryCode>| Found::new(ClueKind::Currency, text, countries);
    let together = tokens.iter().filter_map(|token| {
        let (text, sign) = split(token).filter(|(text, sign)| !is_feet(text, sign))?;
        Some(found(text.to_owned(), countries_of(sign)?))
    });
    let beside = tokens.windows(2).filter_map(|pair| {
        let sign = match (is_number(pair[0]), is_number(pair[1])) {
            (true, false) => pair[1],
            (false, true) => pair[0],
            _ => return None,
        };
        let text = format!("{} {}", pair[0], pair[1]);
        (!is_feet(&text, sign)).then_some(())?;
        Some(found(text, countries_of(without_unit(sign))?))
    });
    together.chain(beside).collect()
}

/// A number and a sign in one piece: the two, and the sign alone.
fn split(token: &str) -> Option<(&str, &str)> {
    let token = without_unit(token);
    let first = token.find(|c: char| c.is_ascii_digit())?;
    let last = token.rfind(|c: char| c.is_ascii_digit())? + 1;
    let sign = match (first, &token[last..]) {
        (0, sign) => sign,
        (_, "") => &token[..first],
        _ => return None,
    };
    is_number(&token[first..last]).then_some((token, sign))
}

/// "Clearance 12 Ft" speaks of feet: nothing is sold for less than a hundred forints.
fn is_feet(text: &str, sign: &str) -> bool {
    sign == "Ft" && text.chars().filter(char::is_ascii_digit).count() < 3
}

/// "99Kč/kg" without what it is the price of.
fn without_unit(token: &str) -> &str {
    token.split('/').next().unwrap_or(token)
}

fn is_number(token: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-');
    token.starts_with(|c: char| c.is_ascii_digit()) && token.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::{tables::tests::check_table, tests::check};

    #[test]
    fn prices_tell() {
        check(find, "12,50 zł", &[("12,50 zł", "PL")]);
        check(find, "cena 99Kč/kg", &[("99Kč", "CZ")]);
        check(find, "KSH 50", &[("KSH 50", "KE")]);
        check(find, "CHF 4.20", &[("CHF 4.20", "CH LI")]);
        for plain in
            ["TOP 10", "zł", "$ 5", "12 km", "Ft. Lauderdale", "USD 5", "HUF", "Kč cena", "CLEARANCE 12 Ft", "14Ft 6In"]
        {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn the_table_is_sound() {
        check_table(TABLE, 3, 2);
    }
}
