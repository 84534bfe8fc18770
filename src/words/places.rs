//! Places, as they are known.

use super::{
    coordinates, count,
    grammar::{capital, listed},
    kilometres, percent,
};
use crate::{
    geo::{CountryCode, country},
    predict::{
        finding::{Candidate, CredibleKm, Finding, ProbabilityKind},
        statement::{CountryShare, Town, Whereabouts},
    },
};

/// A place from the smallest part to the country: "Lyon, Auvergne-Rhône-Alpes, France"; where nothing is known of it, its
/// coordinates.
pub fn place(candidate: &Candidate) -> String {
    let known = parts([&candidate.city, &candidate.region, &candidate.country]);
    if known.is_empty() { coordinates(candidate.lat, candidate.lon) } else { known }
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

/// The same in all its parts: "around Lyon, Auvergne-Rhône-Alpes, France".
pub fn around_in_full(candidate: &Candidate) -> String {
    let place = place(candidate);
    if candidate.city.is_empty() && !candidate.country.is_empty() { place } else { format!("around {place}") }
}

/// Below this the likeliest place is only one of many.
const LEAST_CLEAR: f64 = 0.1;

/// So many countries are named in one line.
const MOST_COUNTRIES: usize = 3;

/// The countries that a finding leaves, where it spans too much for a place: "United States or Mexico".
fn countries_left(finding: &Finding) -> String {
    let shares = finding.countries_of_half();
    let mut names: Vec<String> =
        shares.iter().take(MOST_COUNTRIES).map(|share| country_name(share.country_code)).collect();
    if shares.len() > MOST_COUNTRIES {
        names.push("elsewhere".to_owned());
    }
    listed(&names, "or")
}

/// The likeliest place as a headline, which claims no more than it may; none where no place is given. Where half of the
/// probability spans thousands of kilometres, it names countries and no town.
pub fn headline(finding: &Finding) -> Option<String> {
    let first = finding.candidates.first()?;
    let place = if finding.is_wide() { countries_left(finding) } else { around(first) };
    Some(if is_faint(finding, first) { format!("Perhaps {place}") } else { capital(&place) })
}

/// The same in as few words as there may be, beside a small picture: "Lyon, France", and with a question mark where it is faint.
pub(super) fn headline_in_short(finding: &Finding) -> Option<String> {
    let first = finding.candidates.first()?;
    let place = if finding.is_wide() { countries_left(finding) } else { place_in_short(first) };
    Some(if is_faint(finding, first) { format!("{place}?") } else { place })
}

/// Whether the likeliest place is only one of many.
fn is_faint(finding: &Finding, first: &Candidate) -> bool {
    first.probability < LEAST_CLEAR || !finding.is_located()
}

/// How likely the countries of the headline are, the number that is calibrated first: "Kenya: > 99 %". Where the likeliest place lies in
/// another country than the likeliest one, both are said; where nothing is calibrated, that it is a score.
pub fn likelihood(finding: &Finding) -> Option<String> {
    let first = finding.candidates.first()?;
    let shares: Vec<&CountryShare> = if finding.is_wide() {
        finding.countries_of_half().iter().take(MOST_COUNTRIES).collect()
    } else {
        let of_first = finding.countries.iter().skip(1).find(|share| Some(share.country_code) == first.country_code);
        finding.countries.iter().take(1).chain(of_first).collect()
    };
    let said =
        shares.iter().map(|share| format!("{}: {}", country_name(share.country_code), percent(share.probability)));
    let said = said.collect::<Vec<_>>().join(" · ");
    let label = match (finding.probability_kind, shares.len()) {
        (_, 0) => return None,
        (ProbabilityKind::Calibrated, _) => "",
        (_, 1) => " (score)",
        _ => " (scores)",
    };
    Some(said + label)
}

/// How far the belief reaches around the likeliest place: "Nairobi is the likeliest town: 29 % within 100 km; half of the belief lies
/// within 208 km, nine tenths within 419 km".
pub fn reach(finding: &Finding) -> Option<String> {
    let first = finding.candidates.first()?;
    let CredibleKm { p50, p90 } = finding.credible_km;
    let reach = format!("half of the belief lies within {}, nine tenths within {}", kilometres(p50), kilometres(p90));
    let near = percent(first.within_100_km);
    Some(match first.city.as_str() {
        _ if finding.is_wide() => capital(&reach),
        "" => format!("{near} within 100 km; {reach}"),
        city => format!("{city} is the likeliest town: {near} within 100 km; {reach}"),
    })
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

pub(super) fn others(n: usize) -> String {
    match n {
        0 => String::new(),
        1 => ", or another of that name".to_owned(),
        n => format!(", or one of {n} others of that name"),
    }
}

/// "Germany, Austria and 4 other countries".
pub(super) fn some_countries(codes: &[CountryCode]) -> String {
    countries_joined(codes, "and")
}

/// "Germany, Austria or 4 other countries".
pub(super) fn any_country(codes: &[CountryCode]) -> String {
    countries_joined(codes, "or")
}

fn countries_joined(codes: &[CountryCode], joint: &str) -> String {
    const NAMED: usize = 4;
    let mut names: Vec<String> = codes.iter().take(NAMED).map(|code| country_name(*code)).collect();
    match codes.len() - names.len() {
        0 => {}
        1 => names.push("1 other country".to_owned()),
        n => names.push(format!("{} other countries", count(n))),
    }
    if names.is_empty() { "no country".to_owned() } else { listed(&names, joint) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LatLon;

    fn candidate(city: &str, country: &str, probability: f64) -> Candidate {
        Candidate {
            within_100_km: 0.0,
            rank: 1,
            lat: -33.45,
            lon: -70.66,
            probability,
            country: country.to_owned(),
            country_code: None,
            region: String::new(),
            city: city.to_owned(),
            carried_by: Vec::new(),
            carriers: Vec::new(),
            change: None,
        }
    }

    #[test]
    fn a_faint_guess_is_called_one() {
        let of = |city: &str, probability: f64| {
            let candidates = vec![candidate(city, "France", probability)];
            headline(&Finding { candidates, ..Finding::default() }).unwrap()
        };
        assert_eq!(of("Lyon", 0.3), "Around Lyon, France");
        assert_eq!(of("", 0.3), "France");
        assert_eq!(of("Lyon", 0.04), "Perhaps around Lyon, France");
        assert_eq!(headline(&Finding::default()), None);
        assert_eq!(place_in_short(&candidate("Singapore", "Singapore", 0.3)), "Singapore");
        assert_eq!(place(&candidate("", "", 0.3)), "33.4500° S, 70.6600° W");
    }

    #[test]
    fn the_country_is_believed_by_its_own_number_and_the_town_by_what_lies_near_it() {
        let share = |code: &str, probability| CountryShare { country_code: code.parse().unwrap(), probability };
        let nairobi =
            Candidate { within_100_km: 0.29, country_code: "KE".parse().ok(), ..candidate("Nairobi", "Kenya", 0.46) };
        let mut finding = Finding {
            candidates: vec![nairobi],
            countries: vec![share("KE", 0.998), share("TZ", 0.001)],
            credible_km: CredibleKm { p50: 208.0, p90: 419.0 },
            ..Finding::default()
        };
        assert_eq!(likelihood(&finding).as_deref(), Some("Kenya: > 99 % (score)"));
        finding.probability_kind = ProbabilityKind::Calibrated;
        assert_eq!(likelihood(&finding).as_deref(), Some("Kenya: > 99 %"));
        assert_eq!(
            reach(&finding).as_deref(),
            Some(
                "Nairobi is the likeliest town: 29 % within 100 km; half of the belief lies within 208 km, nine tenths \
                 within 419 km"
            )
        );
        finding.countries = vec![share("TZ", 0.5), share("KE", 0.4)];
        assert_eq!(likelihood(&finding).as_deref(), Some("Tanzania: 50 % · Kenya: 40 %"));
        finding.countries.clear();
        assert_eq!(likelihood(&finding), None);
    }

    #[test]
    fn where_half_spans_thousands_of_kilometres_countries_are_named_and_no_town() {
        let of = |shares: &[(&str, f64)]| {
            let share = |(code, probability): &(&str, f64)| CountryShare {
                country_code: code.parse().unwrap(),
                probability: *probability,
            };
            let mut finding = Finding { countries: shares.iter().map(share).collect(), ..Finding::default() };
            finding.candidates = vec![candidate("Chicago", "United States", 0.2)];
            finding.credible_km.p50 = 2967.0;
            finding
        };
        let senor = of(&[("US", 0.41), ("MX", 0.1), ("ES", 0.09)]);
        assert_eq!(headline(&senor).as_deref(), Some("Perhaps United States or Mexico"));
        assert_eq!(headline_in_short(&senor).as_deref(), Some("United States or Mexico?"));
        assert_eq!(likelihood(&senor).as_deref(), Some("United States: 41 % · Mexico: 10 % (scores)"));
        assert!(!senor.is_located(), "several countries are no place");
        let many = of(&[("US", 0.15), ("MX", 0.1), ("ES", 0.09), ("AR", 0.09), ("CL", 0.09)]);
        assert_eq!(headline(&many).as_deref(), Some("Perhaps United States, Mexico, Spain or elsewhere"));
        let one = of(&[("RU", 0.7), ("KZ", 0.2)]);
        assert_eq!(headline(&one).as_deref(), Some("Russia"));
        assert!(one.is_located());
        let near = Finding { credible_km: CredibleKm { p50: 1400.0, p90: 3000.0 }, ..senor };
        assert_eq!(headline(&near).as_deref(), Some("Around Chicago, United States"));
    }

    #[test]
    fn places_are_named_by_what_is_known_and_each_part_once() {
        assert_eq!(parts(["Lyon", "Rhône", "France"]), "Lyon, Rhône, France");
        assert_eq!(parts(["Singapore", "", "Singapore"]), "Singapore");
        assert_eq!(parts(["", "", ""]), "");
    }

    #[test]
    fn countries_are_joined_by_a_word_that_is_not_in_their_names() {
        let codes = |codes: &str| codes.split(' ').map(|code| code.parse().unwrap()).collect::<Vec<CountryCode>>();
        assert_eq!(any_country(&codes("BA")), "Bosnia and Herzegovina");
        assert_eq!(any_country(&codes("BA TT")), "Bosnia and Herzegovina or Trinidad and Tobago");
        assert_eq!(some_countries(&codes("FR ES IT PT DE")), "France, Spain, Italy, Portugal and 1 other country");
        assert_eq!(any_country(&codes("FR ES IT PT DE AT")), "France, Spain, Italy, Portugal or 2 other countries");
        assert_eq!(some_countries(&[]), "no country");
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
