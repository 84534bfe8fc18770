//! Web and mail addresses that end in a country's domain. Domains that are sold to the whole world (.tv, .io, .me) are
//! not in the table.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Text,
    clue::{ClueKind, Found},
    tables::rows,
    tokens::tokens,
};
use crate::geo::CountryCode;

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_domains.csv");

static COUNTRIES: LazyLock<HashMap<&str, CountryCode>> = LazyLock::new(|| {
    rows::<2>(TABLE).into_iter().filter_map(|[code, domain]| Some((domain, code.parse().ok()?))).collect()
});

/// Short addresses of services that the whole world writes, whatever country their domain is.
const EVERYWHERE: [&str; 18] = [
    "discord.gg",
    "flic.kr",
    "goo.gl",
    "instagr.am",
    "is.gd",
    "linktr.ee",
    "lnkd.in",
    "pin.it",
    "qr.ae",
    "rb.gy",
    "redd.it",
    "reut.rs",
    "shorturl.at",
    "spoti.fi",
    "telegra.ph",
    "trib.al",
    "wapo.st",
    "youtu.be",
];

/// The name before a domain has at least so many letters, which abbreviations ("St.", "Dr.") have not.
const LEAST_NAME: usize = 3;

/// The addresses in a reading.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let tokens: Vec<&str> = tokens(reading.text).collect();
    // Among words "offen.es" may be two whose blank was not seen.
    let is_address =
        |token: &str| tokens.len() == 1 || token.contains(['@', '/']) || token.to_lowercase().starts_with("www.");
    let found = |token: &&str| {
        let (domain, country) = domain_of(token).filter(|_| is_address(token))?;
        Some(Found::new(ClueKind::Domain, *token, &[country]).counted("domain", domain))
    };
    tokens.iter().filter_map(found).collect()
}

/// The country's domain at the end of an address.
fn domain_of(address: &str) -> Option<(&'static str, CountryCode)> {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.split(['/', ':']).next()?.rsplit('@').next()?;
    // "end.Of" is the end of a sentence and the beginning of the next.
    if !(host.chars().all(|c| !c.is_uppercase()) || host.chars().all(|c| !c.is_lowercase())) {
        return None;
    }
    let host = host.to_lowercase();
    if EVERYWHERE.contains(&host.strip_prefix("www.").unwrap_or(&host)) {
        return None;
    }
    let (name, domain) = host.rsplit_once('.')?;
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let is_name = name.split('.').all(is_label) && name.split('.').any(|label| label.chars().count() >= LEAST_NAME);
    is_name.then(|| COUNTRIES.get_key_value(domain)).flatten().map(|(domain, country)| (*domain, *country))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::{tables::tests::check_table, tests::check};

    #[test]
    fn domains_of_countries_tell() {
        check(find, "www.apotheke.de", &[("www.apotheke.de", "DE")]);
        check(find, "INFO@SHOP.CO.UK", &[("INFO@SHOP.CO.UK", "GB")]);
        check(find, "see piekarnia.pl/menu,", &[("piekarnia.pl/menu", "PL")]);
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
            "youtu.be/dQw4",
            "www.pin.it",
        ] {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn the_table_is_sound() {
        check_table(TABLE, 2, 0);
    }
}
