//! What a user relies on when evidence is weighed.

use super::*;
use crate::knowledge::clues::shipped_clues;
use crate::predict::{
    answer::Answer,
    evidence::{Heard, Likelihood, MetadataHeard, gather},
    hint::{Understood, understand},
    statement::{Source, Statement},
};

fn code(code: &str) -> CountryCode {
    code.parse().unwrap()
}

fn said(country: &str, city: &str) -> Answer {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Answer { country: some(country), city: some(city), reasons: vec![] }
}

fn scores(shares: &[(&str, f64)]) -> Vec<(CountryCode, f64)> {
    shares.iter().map(|(name, p)| (code(name), p.ln())).collect()
}

/// What everything that was heard of a picture comes to.
fn fuse(heard: &Heard<'_>) -> Fused {
    let (pieces, problems) = gather(heard);
    let mut fused = weigh_up(&pieces, heard.is_trusted, None);
    fused.problems.extend(problems);
    fused
}

fn fused(answer: &Answer, shares: &[(&str, f64)], metadata: &MetadataHeard) -> Fused {
    fuse(&Heard { model: "m", answer, country_scores: &scores(shares), metadata, is_trusted: true })
}

fn facts(cameras: &[&str]) -> Vec<Statement> {
    cameras.iter().map(|name| Statement::FileCamera((*name).to_owned())).collect()
}

fn contradicts(problems: &[FindingProblem]) -> bool {
    problems.iter().any(|problem| matches!(problem, FindingProblem::Contradiction { .. }))
}

fn at(lat: f64, lon: f64) -> LatLon {
    LatLon::new(lat, lon).unwrap()
}

#[test]
fn countries_keep_the_models_probabilities_and_the_surface_sums_to_one() {
    let found = fused(&said("", ""), &[("LU", 0.5), ("FR", 0.3), ("JP", 0.2)], &MetadataHeard::default());
    let share = |name| found.countries.iter().find(|share| share.country_code == code(name)).unwrap().probability;
    assert!((share("LU") - 0.495).abs() < 0.01 && (share("FR") - 0.3).abs() < 0.01 && (share("JP") - 0.2).abs() < 0.01);
    let sum: f64 = found.surface.cells.iter().map(|(_, p)| f64::from(*p)).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    assert_eq!(found.candidates[0].country, "Luxembourg");
    assert_eq!(found.probability_kind, ProbabilityKind::Raw);
    assert!(found.candidates.iter().map(|candidate| candidate.probability).sum::<f64>() <= 1.0 + 1e-6);
    assert!(found.candidates.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
    assert!(found.candidates.iter().zip(1..).all(|(candidate, rank)| candidate.rank == rank));
}

#[test]
fn a_named_city_comes_first_in_its_country_and_does_not_move_countries() {
    let shares = [("FR", 0.7), ("ES", 0.3)];
    let without = fused(&said("France", ""), &shares, &MetadataHeard::default());
    let with = fused(&said("France", "Lyon"), &shares, &MetadataHeard::default());
    assert_eq!(without.candidates[0].city, "Paris");
    let first = &with.candidates[0];
    assert_eq!((first.city.as_str(), first.country_code), ("Lyon", Some(code("FR"))));
    assert!(first.probability > 0.35 && first.carried_by.contains(&EvidenceKind::ModelCity), "{first:?}");
    assert!(first.position().unwrap().distance_km(at(45.76, 4.84)) < 5.0);
    assert!((with.countries[0].probability - without.countries[0].probability).abs() < 1e-5);
    assert!(with.credible_km.p50 < without.credible_km.p50 && with.credible_km.p50 < with.credible_km.p90);
}

#[test]
fn the_first_candidate_lies_in_the_likeliest_country() {
    let found = fused(&said("France", "Lyon"), &[("FR", 0.4), ("DE", 0.35), ("IT", 0.25)], &MetadataHeard::default());
    assert_eq!((found.candidates[0].city.as_str(), found.countries[0].country_code), ("Lyon", code("FR")));
    assert!(found.candidates[0].probability > 0.35);
}

#[test]
fn without_scores_the_text_speaks() {
    let found = fused(&said("Peru", "Cuzco"), &[], &MetadataHeard::default());
    assert_eq!((found.candidates[0].country.as_str(), found.candidates[0].city.as_str()), ("Peru", "Cusco"));
    assert!(found.countries[0].probability > 0.5 && found.countries[0].probability < 0.8);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

#[test]
fn nothing_at_all_gives_no_place_and_odd_numbers_none_that_is_not_finite() {
    let found = fused(&Answer::default(), &[], &MetadataHeard::default());
    assert!(found.candidates.is_empty() && found.countries.is_empty());
    let odd = [(code("FR"), f64::NAN), (code("ES"), f64::NEG_INFINITY), (code("QQ"), 0.0)];
    let found = fuse(&Heard {
        model: "",
        answer: &said("Atlantis", "Nowhereville-on-Sea"),
        country_scores: &odd,
        metadata: &MetadataHeard { gps: Some(at(90.0, 0.0)), gps_weight: f64::NAN, facts: vec![] },
        is_trusted: true,
    });
    assert!(found.candidates.iter().all(|candidate| candidate.probability.is_finite()));
    let unknown = [
        FindingProblem::UnknownCountry("Atlantis".to_owned()),
        FindingProblem::UnknownCity { city: "Nowhereville-on-Sea".to_owned(), country: None },
    ];
    assert!(unknown.iter().all(|problem| found.problems.contains(problem)), "{:?}", found.problems);
}

#[test]
fn text_against_scores_and_city_against_country_are_said_aloud() {
    let found = fused(&said("Spain", "Geneva"), &[("PT", 0.8), ("ES", 0.2)], &MetadataHeard::default());
    let [FindingProblem::TextAgainstScores { named, preferred }, elsewhere] = &found.problems[..] else {
        panic!("{:?}", found.problems)
    };
    assert_eq!((named.country_code, preferred.country_code), (code("ES"), code("PT")));
    let geneva = "Geneva".to_owned();
    let expected = FindingProblem::CityElsewhere { city: geneva, country: code("ES"), known_in: code("CH") };
    assert_eq!(elsewhere, &expected);
    assert_eq!(found.candidates[0].country, "Portugal");
}

#[test]
fn metadata_is_listed_and_contradicts_aloud_but_does_not_move_the_candidates() {
    let answer = said("France", "Lyon");
    let shares = [("FR", 0.97), ("ES", 0.03)];
    let plain = fused(&answer, &shares, &MetadataHeard::default());
    let warsaw = MetadataHeard { gps: Some(at(52.23, 21.01)), facts: facts(&["2024"]), ..Default::default() };
    let with = fused(&answer, &shares, &warsaw);
    assert_eq!(with.candidates, plain.candidates);
    let gps = with.evidence.iter().find(|evidence| evidence.kind == EvidenceKind::MetadataGps).unwrap();
    let Statement::FilePosition(whereabouts) = &gps.statement else { panic!("{gps:?}") };
    assert_eq!((whereabouts.near.as_deref(), whereabouts.country), (Some("Warsaw"), Some(code("PL"))));
    assert!(gps.position.is_some() && gps.strength == 0.0, "{gps:?}");
    let [FindingProblem::Contradiction { file, km, city, country }] = &with.problems[..] else {
        panic!("{:?}", with.problems)
    };
    assert_eq!((file, city.as_str(), country.as_str()), (whereabouts, "Lyon", "France"));
    assert!((1300.0..1500.0).contains(km), "{km}");
    let agreeing = MetadataHeard { gps: Some(at(45.75, 4.85)), ..Default::default() };
    assert!(fused(&answer, &shares, &agreeing).problems.is_empty());
    let zeros = MetadataHeard { gps: Some(at(0.0, 0.0)), ..Default::default() };
    assert!(fused(&answer, &shares, &zeros).problems.is_empty());
}

#[test]
fn metadata_moves_the_candidates_when_it_is_given_weight_and_still_contradicts() {
    let warsaw = MetadataHeard { gps: Some(at(52.23, 21.01)), gps_weight: 0.95, facts: vec![] };
    let found = fused(&said("France", "Lyon"), &[("FR", 0.9), ("PL", 0.1)], &warsaw);
    assert_eq!(found.candidates[0].city, "Warsaw");
    assert!(found.candidates[0].carried_by.contains(&EvidenceKind::MetadataGps));
    assert!(contradicts(&found.problems));
}

#[test]
fn a_position_contradicts_by_its_country_or_by_its_distance() {
    let problems = |answer: &Answer, country: &str, lat: f64, lon: f64| {
        let metadata = MetadataHeard { gps: Some(at(lat, lon)), ..Default::default() };
        let found = fused(answer, &[(country, 1.0)], &metadata);
        let km = found.candidates[0].position().unwrap().distance_km(at(lat, lon));
        (found.problems.len(), km > found.credible_km.p90)
    };
    // Geneva is near Lyon and in another country; Vladivostok is in Moscow's country and far from it.
    assert_eq!(problems(&said("France", "Lyon"), "FR", 46.2, 6.14), (1, false));
    assert_eq!(problems(&said("Russia", "Moscow"), "RU", 43.12, 131.89), (1, true));
    assert_eq!(problems(&said("Russia", "Moscow"), "RU", 54.2, 37.62), (0, false));
}

#[test]
fn a_struck_piece_is_as_if_it_had_not_been_said() {
    let answer = said("France", "Lyon");
    let shares = scores(&[("FR", 0.7), ("ES", 0.3)]);
    let metadata = MetadataHeard::default();
    let (mut pieces, _) =
        gather(&Heard { model: "m", answer: &answer, country_scores: &shares, metadata: &metadata, is_trusted: true });
    for piece in &mut pieces {
        if piece.evidence.kind == EvidenceKind::ModelCity {
            piece.evidence.on = false;
        }
    }
    let silent = said("France", "");
    let without =
        fuse(&Heard { model: "m", answer: &silent, country_scores: &shares, metadata: &metadata, is_trusted: true });
    assert_eq!(weigh_up(&pieces, true, None).surface, without.surface);
}

#[test]
fn a_piece_that_rules_out_everything_is_passed_over_and_the_earlier_ones_stay() {
    let (france, surely_spain) = ([("FR", 1.0)], [("ES", 1.0)]);
    let piece = |shares: &[(&str, f64)], id: &str| {
        let shares: Vec<CountryShare> =
            shares.iter().map(|(name, p)| CountryShare { country_code: code(name), probability: *p }).collect();
        let evidence = Evidence {
            id: id.to_owned(),
            kind: EvidenceKind::ModelCountry,
            statement: Statement::ModelCountry(shares[0].country_code),
            source: Source::Model("m".to_owned()),
            strength: 1.0,
            on: true,
            region: None,
            position: None,
        };
        Piece::new(evidence, Likelihood::Countries(shares))
    };
    let (first, second) = (piece(&france, "the first"), piece(&surely_spain, "the second"));
    let alone = weigh_up(std::slice::from_ref(&first), true, None);
    let both = weigh_up(&[first, second], true, None);
    assert_eq!(both.surface, alone.surface);
    assert_eq!(both.countries[0].country_code, code("FR"));
    let [counted, left_out] = ["FR", "ES"].map(|name| Statement::ModelCountry(code(name)));
    assert_eq!(both.problems, [FindingProblem::Clash { counted: vec![counted], left_out }]);
}

#[test]
fn what_lies_within_100_km_is_no_more_than_what_lies_around() {
    let shares = [("FR", 0.7), ("ES", 0.3)];
    let found = fused(&said("France", "Lyon"), &shares, &MetadataHeard::default());
    let lyon = &found.candidates[0];
    let far: f64 = found.surface.share_within_km(lyon.position().unwrap(), 100.0);
    assert!((lyon.within_100_km - far).abs() < 1e-6);
    // The bell of the named city draws half of the country's 0.7 to itself, some of it beyond 100 km since cells are wide.
    assert!(lyon.within_100_km > 0.2 && lyon.within_100_km < lyon.probability, "{lyon:?}");
    assert!(found.surface.share_within_km(lyon.position().unwrap(), 25_000.0) > 0.999);
}

#[test]
fn pieces_have_names_of_their_own_that_stay() {
    let metadata = MetadataHeard { facts: facts(&["a", "b"]), ..Default::default() };
    let ids = || -> Vec<String> {
        let found = fused(&said("France", "Lyon"), &[("FR", 1.0)], &metadata);
        found.evidence.into_iter().map(|evidence| evidence.id).collect()
    };
    assert_eq!(ids(), ["prior", "model_countries", "model_country", "model_city", "metadata", "metadata-2"]);
    assert_eq!(ids(), ids());
}

#[test]
fn a_model_that_does_not_know_such_pictures_contradicts_nothing() {
    let metadata = MetadataHeard { gps: Some(at(52.23, 21.01)), ..Default::default() };
    let problems = |is_trusted| {
        let (answer, scores) = (said("France", "Lyon"), scores(&[("FR", 1.0)]));
        fuse(&Heard { model: "m", answer: &answer, country_scores: &scores, metadata: &metadata, is_trusted }).problems
    };
    assert!(contradicts(&problems(true)));
    assert_eq!(problems(false), []);
}

/// A sign that speaks for these countries, as strongly as the letter ñ does.
fn letter(countries: &[&str], inside: f64) -> Piece {
    let countries = countries.iter().map(|name| code(name)).collect();
    let evidence = Evidence::quoted("sign", EvidenceKind::Sign, 0.9);
    Piece::new(evidence, Likelihood::Ratio { countries, inside, outside: 1.0 })
}

#[test]
fn a_place_that_rests_on_the_prior_alone_is_not_given() {
    let faint = weigh_up(&[letter(&["MA", "DZ"], 5.0)], false, None);
    assert!(faint.candidates.is_empty() && faint.countries.is_empty() && faint.surface == Surface::default());
    let strong = weigh_up(&[letter(&["MA", "DZ"], 500.0)], false, None);
    assert!(strong.candidates[0].country_code.is_some_and(|first| [code("MA"), code("DZ")].contains(&first)));
    assert!(weigh_up(&[], true, None).candidates.is_empty(), "a model that has said nothing gives no place");
    let elsewhere = letter(&["FR"], 0.0);
    assert!(weigh_up(&[elsewhere], false, None).candidates.is_empty(), "where it was not is no place");
    let silent = fused(&said("France", ""), &[("US", 0.12), ("CN", 0.1), ("FR", 0.08)], &MetadataHeard::default());
    assert!(!silent.candidates.is_empty(), "a model that was asked has weighed all countries");
}

#[test]
fn where_half_spans_thousands_of_kilometres_no_town_is_given_that_nothing_names() {
    let spanish = letter(&["US", "MX", "ES", "AR", "PE", "CO"], 40.0);
    let found = weigh_up(std::slice::from_ref(&spanish), false, None);
    assert!(found.credible_km.p50 > WIDE_KM, "{:?}", found.credible_km);
    assert!(found.candidates.iter().all(|candidate| candidate.city.is_empty() && candidate.region.is_empty()));
    let mut countries: Vec<_> = found.candidates.iter().map(|candidate| candidate.country_code).collect();
    let first = &found.candidates[0];
    assert_eq!(first.country_code, Some(found.countries[0].country_code));
    assert!((first.probability - found.countries[0].probability).abs() < 1e-4);
    countries.dedup();
    countries.sort_unstable();
    countries.dedup();
    assert_eq!(countries.len(), found.candidates.len(), "one for each country");
    let shares = [("US", 0.3), ("JP", 0.3), ("FR", 0.4)];
    let named = fused(&said("France", "Lyon"), &shares, &MetadataHeard::default());
    assert!(named.credible_km.p50 > WIDE_KM, "{:?}", named.credible_km);
    assert!(named.candidates.iter().any(|candidate| candidate.city == "Lyon"), "the model names it");
    assert!(named.candidates.iter().all(|candidate| ["", "Lyon"].contains(&candidate.city.as_str())));
}

/// What the user says in these words.
fn hinted(text: &str) -> Vec<Piece> {
    let piece = |part| if let Understood::Evidence(piece) = part { Some(*piece) } else { None };
    understand(text, shipped_clues()).into_iter().filter_map(piece).collect()
}

#[test]
fn a_country_that_the_user_names_is_given_however_few_pictures_are_taken_there() {
    for (name, country) in [("Japan", "JP"), ("Kenya", "KE"), ("Slovenia", "SI"), ("Fiji", "FJ"), ("Monaco", "MC")] {
        let found = weigh_up(&hinted(&format!("it is in {name}")), false, None);
        assert_eq!(found.countries[0].country_code, code(country), "{name}");
        assert_eq!(found.candidates[0].country_code, Some(code(country)), "{name}");
        assert!((found.countries[0].probability - 0.9).abs() < 0.05, "{name}: {}", found.countries[0].probability);
        assert!(found.candidates.iter().all(|candidate| candidate.city.is_empty()), "no town of {name} was said");
    }
    let near = weigh_up(&hinted("it is in Japan. Near Nagoya"), false, None);
    assert_eq!(near.candidates[0].city, "Nagoya");
    let within = weigh_up(&hinted("within 60 km of Nagoya"), false, None);
    assert!(within.candidates[0].city.len() > 1, "an area tells of the town in it: {:?}", within.candidates[0]);
    let german = weigh_up(&hinted("the sign says Apotheke"), false, None);
    assert_eq!(german.countries[0].country_code, code("DE"));
    assert!(
        german.candidates.iter().all(|candidate| candidate.country_code != Some(code("US"))),
        "nothing speaks for it"
    );
}

#[test]
fn what_only_the_user_says_is_not_the_pictures_contradiction() {
    let metadata = MetadataHeard { gps: Some(at(43.467, 11.885)), ..Default::default() };
    let heard =
        Heard { model: "m", answer: &Answer::default(), country_scores: &[], metadata: &metadata, is_trusted: false };
    let (pieces, _) = gather(&heard);
    for text in ["near Lyon", "they drive on the left", "it is in Norway"] {
        let found = weigh_up(&[pieces.clone(), hinted(text)].concat(), false, None);
        assert!(!found.candidates.is_empty() && !contradicts(&found.problems), "{text}: {:?}", found.problems);
    }
    let (answer, scores) = (said("France", "Lyon"), scores(&[("FR", 1.0)]));
    let (pieces, _) = gather(&Heard { answer: &answer, country_scores: &scores, is_trusted: true, ..heard });
    let found = weigh_up(&[pieces, hinted("near Arezzo")].concat(), true, None);
    assert!(contradicts(&found.problems), "the picture still points to Lyon, whatever the user says");
}

#[test]
fn a_country_in_the_place_of_its_towns_has_the_share_of_the_country() {
    let found = weigh_up(&hinted("they drive on the left"), false, None);
    assert!(found.credible_km.p50 > WIDE_KM, "{:?}", found.credible_km);
    for candidate in &found.candidates {
        let of_country =
            found.countries.iter().find(|share| Some(share.country_code) == candidate.country_code).unwrap();
        assert!((candidate.probability - of_country.probability).abs() < 1e-5, "{candidate:?}");
    }
}

#[test]
fn a_model_that_does_not_know_gives_no_place() {
    // "Unknown" would have been likely; what is left to names of countries is not made a whole.
    let faint = [("JP", 0.02), ("CN", 0.01)];
    let found = fused(&said("", ""), &faint, &MetadataHeard::default());
    assert!(found.candidates.is_empty() && found.countries.is_empty(), "{:?}", found.candidates);
    let told = |found: &Fused| found.problems.iter().any(|problem| matches!(problem, FindingProblem::FewCountries(_)));
    assert!(told(&found));
    let half_sure = fused(&said("Japan", ""), &[("JP", 0.5), ("CN", 0.2)], &MetadataHeard::default());
    let share = half_sure.countries[0].probability;
    // 0.7 of the 0.9 that a sure model gives: 5 in 7 of 0.77.
    assert!(
        (0.54..0.57).contains(&share) && !told(&half_sure),
        "what it left to other words goes to the prior: {share}"
    );
}

#[test]
fn a_town_without_a_country_says_the_country() {
    let found = fused(&said("", "Kyoto"), &[], &MetadataHeard::default());
    let first = &found.candidates[0];
    assert_eq!((first.city.as_str(), first.country_code), ("Kyoto", Some(code("JP"))));
    assert!(
        found.candidates.iter().all(|candidate| candidate.country_code == Some(code("JP"))),
        "nothing speaks for others"
    );
}
