//! Prices: a number beside the sign or code of a currency. Signs that several currencies share ($, £) and codes that are
//! words or quoted everywhere (TOP, USD) are not in the table.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    clue::{ClueKind, Found},
    tables::{codes, rows},
    tokens::tokens,
};

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_currencies.csv");

static COUNTRIES: LazyLock<HashMap<&str, Vec<&str>>> =
    LazyLock::new(|| rows::<3>(TABLE).into_iter().map(|[sign, _, countries]| (sign, codes(countries))).collect());

/// The prices in a reading.
pub(super) fn find(reading: &str) -> Vec<Found> {
    let tokens: Vec<&str> = tokens(reading).collect();
    let found = |text: String, countries: &Vec<&'static str>| Found {
        kind: ClueKind::Currency,
        text,
        countries: countries.clone(),
    };
    let together = tokens.iter().filter_map(|token| {
        let (text, sign) = split(token)?;
        Some(found(text.to_owned(), COUNTRIES.get(sign)?))
    });
    let beside = tokens.windows(2).filter_map(|pair| {
        let sign = match (is_number(pair[0]), is_number(pair[1])) {
            (true, false) => pair[1],
            (false, true) => pair[0],
            _ => return None,
        };
        Some(found(format!("{} {}", pair[0], pair[1]), COUNTRIES.get(without_unit(sign))?))
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

/// "99Kč/kg" without what it is the price of.
fn without_unit(token: &str) -> &str {
    token.split('/').next().unwrap_or(token)
}

fn is_number(token: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-');
    token.starts_with(|c: char| c.is_ascii_digit()) && token.chars().all(is_part)
}
