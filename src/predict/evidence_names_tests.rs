//! What becomes of the names that an answer gives.

use super::*;

/// The pieces that a text alone comes to, and what is said of them.
fn heard(country: &str, city: &str) -> (Vec<Piece>, Vec<FindingProblem>) {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let answer = Answer { country: some(country), city: some(city), reasons: Vec::new() };
    let metadata = MetadataHeard::default();
    gather(&Heard { model: "m", answer: &answer, country_scores: &[], metadata: &metadata, is_trusted: true })
}

fn of_kind(pieces: &[Piece], kind: EvidenceKind) -> Option<&Piece> {
    pieces.iter().find(|piece| piece.evidence.kind == kind)
}

fn towns(pieces: &[Piece]) -> Vec<(String, &str)> {
    match of_kind(pieces, EvidenceKind::ModelCity).map(|piece| &piece.likelihood) {
        Some(Likelihood::Towns(spots)) => {
            spots.iter().map(|spot| (spot.town.place.name.clone(), spot.town.place.country.as_str())).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn a_choice_between_countries_is_shared_and_said() {
    let (pieces, problems) = heard("Austria/Germany", "Salzburg");
    let piece = of_kind(&pieces, EvidenceKind::ModelCountry).unwrap();
    let codes = ["AT", "DE"].map(|code| code.parse().unwrap());
    assert_eq!(piece.evidence.statement, Statement::ModelChoice(codes.to_vec()));
    let half = |country_code| CountryShare { country_code, probability: 0.5 };
    assert_eq!(piece.likelihood, Likelihood::Countries(codes.map(half).to_vec()));
    assert_eq!(towns(&pieces)[0], ("Salzburg".to_owned(), "AT"));
    assert_eq!(problems, []);
    let (pieces, problems) = heard("Spain or somewhere else", "");
    assert!(of_kind(&pieces, EvidenceKind::ModelCountry).is_none());
    assert_eq!(problems, [FindingProblem::UnknownCountry("Spain or somewhere else".to_owned())]);
}

#[test]
fn what_is_only_supposed_counts_for_less() {
    let strength = |country: &str, city: &str, kind| of_kind(&heard(country, city).0, kind).unwrap().evidence.strength;
    for kind in [EvidenceKind::ModelCountry, EvidenceKind::ModelCity] {
        let (sure, supposed) = (strength("Peru", "Cusco", kind), strength("Possibly Peru", "Likely Cusco", kind));
        assert!(supposed > 0.0 && supposed < 0.6 * sure, "{sure} {supposed}");
    }
}

#[test]
fn a_part_of_a_country_tells_the_country_and_no_town_is_taken_for_it() {
    let codes_in = |statement: &Statement| match statement {
        Statement::ModelCountry(code) => Some(code.to_string()),
        Statement::ModelChoice(codes) => Some(codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
        _ => None,
    };
    let named = |country: &str, city: &str| {
        let (pieces, _) = heard(country, city);
        pieces.iter().find_map(|piece| codes_in(&piece.evidence.statement)).unwrap_or_default()
    };
    for (country, city, codes) in [
        ("", "Bavaria", "DE"),
        ("Bavaria", "", "DE"),
        ("", "Tuscany", "IT"),
        ("", "Andalusia", "ES"),
        ("", "Ontario", "CA"),
        ("", "Queensland", "AU"),
        ("", "Normandy", "FR"),
        ("", "Provence", "FR"),
        ("", "Punjab", "IN PK"),
        ("", "Crimea", "RU UA"),
        ("India", "Punjab", "IN"),
        ("United States", "Georgia", "US"),
        ("Georgia", "", "GE"),
        ("Scotland", "", "GB"),
        ("France", "Normandy", "FR"),
        ("United Kingdom", "Cornwall", "GB"),
        ("Iraq", "Kurdistan", "IQ"),
    ] {
        assert_eq!(named(country, city), codes, "{country} {city}");
        assert_eq!(towns(&heard(country, city).0), [], "{country} {city}");
    }
    let [of] = ["DE"].map(|code| code.parse().unwrap());
    let (_, problems) = heard("", "Bavaria");
    assert_eq!(problems, [FindingProblem::Region { name: "Bavaria".to_owned(), countries: vec![of] }]);
    assert_eq!(towns(&heard("Spain", "Valencia").0)[0].1, "ES", "a town and its region");
    assert_eq!(towns(&heard("United States", "New York").0)[0].0, "New York City");
}

#[test]
fn a_word_that_is_merely_like_a_town_names_none() {
    for (country, city) in [
        ("United States", "Urban area"),
        ("Chile", "Coastal city"),
        ("United Kingdom", "Suburban"),
        ("France", "Provence"),
        ("", "Mountain town"),
    ] {
        let (pieces, problems) = heard(country, city);
        assert!(towns(&pieces).is_empty(), "{city}: {:?}", towns(&pieces));
        assert!(matches!(problems[..], [FindingProblem::UnknownCity { .. }]), "{city}: {problems:?}");
    }
    assert_eq!(towns(&heard("Kenya", "Nairobi").0)[0], ("Nairobi".to_owned(), "KE"));
    assert_eq!(towns(&heard("Kenya", "Arequipa").0)[0].1, "PE", "the very name elsewhere");
}
