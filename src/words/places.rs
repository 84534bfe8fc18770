//! Places, as they are known.

use super::coordinates;
use crate::{
    geo::{CountryCode, country},
    predict::{
        finding::Candidate,
        statement::{Town, Whereabouts},
    },
};

/// A place from the smallest part to the country: "Lyon, Auvergne-Rhône-Alpes, France"; where nothing is known of it, its
/// coordinates.
pub fn place(candidate: &Candidate) -> String {
    let known = parts([&candidate.city, &candidate.region, &candidate.country]);
    if known.is_empty() { coordinates(candidate.lat, candidate.lon) } else { known }
}

/// A town in the same words.
pub(super) fn town(town: &Town) -> String {
    parts([&town.name, &town.region, &country_name(town.country)])
}

/// A position: "48.85840, 2.29450 (near Paris, France)". It keeps the digits that people copy into a map.
pub(super) fn whereabouts(whereabouts: &Whereabouts) -> String {
    let Whereabouts { position, near, country } = whereabouts;
    let place = match (near, country.map(country_name)) {
        (Some(town), Some(land)) => format!("near {town}, {land}"),
        (None, Some(land)) => land,
        (Some(town), None) => format!("off {town}"),
        (None, None) => "at sea".to_owned(),
    };
    format!("{:.5}, {:.5} ({place})", position.lat, position.lon)
}

/// A country's name, or its code where it has none.
pub(super) fn country_name(code: CountryCode) -> String {
    country(code).map_or_else(|| code.to_string(), |country| country.name.clone())
}

/// What is known of these, each said once.
pub(super) fn parts<const N: usize>(parts: [&str; N]) -> String {
    let mut known: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    known.dedup();
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LatLon;

    #[test]
    fn places_are_named_by_what_is_known_and_each_part_once() {
        assert_eq!(parts(["Lyon", "Rhône", "France"]), "Lyon, Rhône, France");
        assert_eq!(parts(["Singapore", "", "Singapore"]), "Singapore");
        assert_eq!(parts(["", "", ""]), "");
    }

    #[test]
    fn a_position_says_what_lies_there() {
        let position = LatLon::new(48.8584, 2.2945).unwrap();
        let said = |near: Option<&str>, country: Option<&str>| {
            let country = country.map(|code| code.parse().unwrap());
            whereabouts(&Whereabouts { position, near: near.map(str::to_owned), country })
        };
        assert_eq!(said(Some("Paris"), Some("FR")), "48.85840, 2.29450 (near Paris, France)");
        assert_eq!(said(None, Some("FR")), "48.85840, 2.29450 (France)");
        assert_eq!(said(Some("Brest"), None), "48.85840, 2.29450 (off Brest)");
        assert_eq!(said(None, None), "48.85840, 2.29450 (at sea)");
    }
}
