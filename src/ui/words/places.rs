//! Places, as they are known.

use super::coordinates;
use crate::predict::finding::Candidate;

/// A place from the smallest part to the country: "Lyon, Auvergne-Rhône-Alpes, France".
pub fn place(candidate: &Candidate) -> String {
    let parts = [&candidate.city, &candidate.region, &candidate.country];
    let mut named: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    named.dedup();
    if named.is_empty() { coordinates(candidate.lat, candidate.lon) } else { named.join(", ") }
}

/// A place in as few words as name it: "Lyon, France".
pub fn place_in_short(candidate: &Candidate) -> String {
    match (candidate.city.as_str(), candidate.country.as_str()) {
        ("", "") => coordinates(candidate.lat, candidate.lon),
        ("", name) | (name, "") => name.to_owned(),
        (city, country) if city == country => country.to_owned(),
        (city, country) => format!("{city}, {country}"),
    }
}

/// A candidate stands for all that lies around it: "around Lyon, France". Of a country alone it is the country.
pub fn around(candidate: &Candidate) -> String {
    let place = place_in_short(candidate);
    if candidate.city.is_empty() && !candidate.country.is_empty() { place } else { format!("around {place}") }
}

/// Below this the likeliest place is only one of many.
const LEAST_CLEAR: f64 = 0.1;

/// Whether the likeliest place is only one of many.
pub(super) fn is_faint(candidate: &Candidate) -> bool {
    candidate.probability < LEAST_CLEAR
}

/// The likeliest place as a headline, which claims no more than it may.
pub fn headline(candidate: &Candidate) -> String {
    let place = around(candidate);
    let mut letters = place.chars();
    let capital = || letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    if is_faint(candidate) { format!("Perhaps {place}") } else { capital() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(city: &str, region: &str, country: &str) -> Candidate {
        Candidate {
            within_100_km: 0.0,
            rank: 1,
            lat: -33.45,
            lon: -70.66,
            probability: 0.3,
            country: country.to_owned(),
            country_code: None,
            region: region.to_owned(),
            city: city.to_owned(),
            carried_by: Vec::new(),
        }
    }

    #[test]
    fn places_are_named_by_what_is_known() {
        assert_eq!(place(&candidate("Lyon", "Rhône", "France")), "Lyon, Rhône, France");
        assert_eq!(place_in_short(&candidate("Singapore", "", "Singapore")), "Singapore");
        assert_eq!(place_in_short(&candidate("", "x", "Chile")), "Chile");
        assert_eq!(place(&candidate("", "", "")), "33.4500° S, 70.6600° W");
    }

    #[test]
    fn a_faint_guess_is_called_one() {
        assert_eq!(headline(&candidate("Lyon", "", "France")), "Around Lyon, France");
        assert_eq!(headline(&candidate("", "", "France")), "France");
        let faint = Candidate { probability: 0.04, ..candidate("Lyon", "", "France") };
        assert_eq!(headline(&faint), "Perhaps around Lyon, France");
    }
}
