//! What a user relies on when it is said what would change an answer.

use super::*;
use crate::{
    geo::{CountryCode, LatLon, Region},
    knowledge::clues::{ClueRecord, Feature, shipped_clues},
    predict::{
        answer::Answer,
        area::area_piece,
        change::Unseen,
        evidence::{Heard, Likelihood, MetadataHeard, gather},
        finding::{Evidence, EvidenceKind},
        fuse::weigh_up,
        hint::{Understood, ticked, understand},
        statement::{Area, Statement},
    },
    signs::ClueKind,
};

fn code(code: &str) -> CountryCode {
    code.parse().unwrap()
}

/// What a model says of a picture that it takes for Lyon, and what the user says of it.
fn weighing(country_scores: &[(&str, f64)], city: &str, hints: &str) -> Weighing {
    let city = (!city.is_empty()).then(|| city.to_owned());
    let answer = Answer { country: Some("France".to_owned()), city, reasons: Vec::new() };
    let scores: Vec<(CountryCode, f64)> = country_scores.iter().map(|(name, share)| (code(name), share.ln())).collect();
    let metadata = MetadataHeard::default();
    let heard = Heard { model: "m", answer: &answer, country_scores: &scores, metadata: &metadata, is_trusted: true };
    let own = understand(hints, shipped_clues()).into_iter().filter_map(|part| match part {
        Understood::Evidence(piece) => Some(*piece),
        _ => None,
    });
    Weighing { pieces: gather(&heard).0, own: own.collect(), is_trusted: true, ..Weighing::default() }
}

fn found(weighing: &Weighing) -> Finding {
    let evidence = weighing.all_pieces().into_iter().map(|piece| piece.evidence).collect();
    weighing.ranked(&Finding { evidence, ..Finding::default() }).0
}

fn changes(weighing: &Weighing, finding: &Finding) -> Vec<Change> {
    let changes = WhatIf::new(weighing, finding, shipped_clues()).unwrap().changes();
    assert_eq!(changes.len(), finding.candidates.len());
    changes
}

fn struck(change: &Change) -> Vec<(Vec<&str>, &str)> {
    let said = change.struck.iter();
    said.map(|one| {
        let first = one.first.as_ref().map_or("no place", |town| town.name.as_str());
        (one.pieces.iter().map(String::as_str).collect(), first)
    })
    .collect()
}

/// Strikes what is said to change a candidate's place and looks whether it does.
#[track_caller]
fn check(weighing: &Weighing) -> usize {
    let finding = found(weighing);
    let mut n_said = 0;
    for (change, candidate) in changes(weighing, &finding).iter().zip(&finding.candidates) {
        for struck in &change.struck {
            let mut pieces = weighing.as_set(&finding.evidence);
            for piece in pieces.iter_mut().filter(|piece| struck.pieces.contains(&piece.evidence.id)) {
                assert!(piece.counts());
                piece.evidence.on = false;
            }
            let now = weigh_up(&pieces, true, None).candidates;
            n_said += 1;
            let (Some(now), Some(first)) = (now.first(), &struck.first) else {
                assert!(now.is_empty() && struck.first.is_none() && candidate.rank == 1, "{struck:?}");
                continue;
            };
            assert_eq!((&now.city, now.country_code), (&first.name, Some(first.country)));
            let is_here = (&now.city, now.country_code) == (&candidate.city, candidate.country_code);
            assert!(is_here != (candidate.rank == 1) || now.country_code == candidate.country_code, "{struck:?}");
        }
    }
    n_said
}

#[test]
fn a_piece_alone_puts_another_place_first_and_that_one_is_told_the_same() {
    let weighing = weighing(&[("FR", 0.6), ("PL", 0.3), ("ES", 0.1)], "Lyon", "not Poland");
    let finding = found(&weighing);
    let places: Vec<&str> = finding.candidates.iter().map(|place| place.city.as_str()).collect();
    let changes = changes(&weighing, &finding);
    assert_eq!(places[..2], ["Lyon", "Paris"]);
    assert_eq!(struck(&changes[0])[0], (vec!["model_city"], "Paris"));
    assert_eq!(struck(&changes[1]), [(vec!["model_city"], "Paris")]);
    assert!(check(&weighing) > 2);
}

#[test]
fn where_no_single_piece_does_the_fewest_that_do_are_named_together() {
    let ratio = |id: &str, country: &str, inside: f64| {
        let likelihood = Likelihood::Ratio { countries: vec![code(country)], inside, outside: 1.0 };
        Piece::new(Evidence::quoted(id, EvidenceKind::Hint, 1.0), likelihood)
    };
    let own = vec![ratio("one", "PL", 0.2), ratio("two", "FR", 5.0), ratio("three", "JP", 2.0)];
    let weighing = Weighing { own, ..weighing(&[("PL", 0.5), ("FR", 0.4), ("ES", 0.1)], "", "") };
    let finding = found(&weighing);
    let warsaw = finding.candidates.iter().position(|place| place.city == "Warsaw").unwrap();
    let changes = changes(&weighing, &finding);
    let [together] = &changes[warsaw].struck[..] else { panic!("{:?}", changes[warsaw]) };
    assert_eq!(
        (together.pieces.len(), together.first.as_ref().map(|town| town.country)),
        (2, Some(code("PL"))),
        "whichever of its towns that is"
    );
    assert!(["one", "two"].iter().all(|id| together.pieces.iter().any(|piece| piece == id)), "{together:?}");
    check(&weighing);
}

#[test]
fn where_nothing_would_put_another_first_none_is_named() {
    let model_alone = weighing(&[("FR", 0.6), ("PL", 0.4)], "", "");
    let finding = found(&model_alone);
    let warsaw = finding.candidates.iter().position(|place| place.city == "Warsaw").unwrap();
    let changes = changes(&model_alone, &finding);
    assert!(changes[warsaw].struck.is_empty(), "without the model's word people live elsewhere: {:?}", changes[warsaw]);
    assert_eq!(
        struck(&changes[0]),
        [(vec!["model_countries"], "no place")],
        "without the model's word there is none at all"
    );
    let silent = Weighing { is_trusted: true, ..Weighing::default() };
    let of_silent = WhatIf::new(&silent, &found(&silent), shipped_clues()).unwrap().changes();
    assert!(of_silent.is_empty());
}

/// Beside certain areas, of which one was left out, the estimate knows nothing of what would come back; the trial does.
#[test]
fn what_rules_out_the_rest_can_be_struck_as_well() {
    let within = |id: &str, lat, lon| {
        let circle = Region::around(LatLon { lat, lon }, 100.0).unwrap();
        let mut piece = area_piece(Area::Drawn(circle), true);
        (piece.evidence.id, piece.evidence.strength) = (id.to_owned(), 1.0);
        piece
    };
    let own = vec![within("warsaw", 52.23, 21.01), within("madrid", 40.42, -3.7)];
    let weighing = Weighing { own, ..weighing(&[("FR", 0.6), ("PL", 0.3), ("ES", 0.1)], "", "") };
    let finding = found(&weighing);
    assert_eq!(finding.candidates[0].country_code, Some(code("PL")), "the later area clashes with the first");
    let changes = changes(&weighing, &finding);
    assert!(struck(&changes[0]).iter().any(|(pieces, _)| pieces == &["warsaw"]), "{:?}", changes[0]);
    check(&weighing);
}

/// Whatever is said of pieces drawn by chance was tried: groups, signs for and against, towns and areas.
#[test]
fn what_is_said_comes_about() {
    let countries = ["FR", "ES", "PT", "IT", "DE", "PL", "JP", "BR"].map(code);
    let mut state = 7u64;
    let mut chance = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut n_said = 0;
    for round in 0..6 {
        let mut weighing = weighing(&[("FR", 0.4), ("ES", 0.3), ("DE", 0.2), ("PL", 0.1)], "Lyon", "near Madrid");
        for n in 0..10 {
            let some = (0..=chance(3)).map(|step| countries[((step * 3 + chance(8)) % 8) as usize]).collect();
            let evidence = Evidence::quoted(&format!("{round}-{n}"), EvidenceKind::Sign, 0.5 + 0.1 * chance(5) as f64);
            let inside = [0.1, 3.0, 8.0, 20.0][chance(4) as usize];
            let mut piece = Piece::new(evidence, Likelihood::Ratio { countries: some, inside, outside: 1.0 });
            piece.group = (n % 2 == 0).then(|| "signs".to_owned());
            weighing.own.push(piece);
        }
        n_said += check(&weighing);
    }
    assert!(n_said > 10, "{n_said}");
}

#[test]
fn what_to_look_for_tells_the_two_apart_and_was_not_said_already() {
    let of = |own: Vec<Piece>| {
        let weighing = Weighing { own, ..weighing(&[("FR", 0.7), ("GB", 0.2), ("ES", 0.1)], "", "") };
        let finding = found(&weighing);
        let of_country = |name: &str, from: usize| {
            let mut places = finding.candidates.iter().skip(from);
            places.position(|place| place.country_code == Some(code(name))).unwrap() + from
        };
        let changes = changes(&weighing, &finding);
        [0, of_country("FR", 1), of_country("GB", 0)].map(|at| changes[at].unseen.clone())
    };
    let [first, second_of_first, british] = of(Vec::new());
    assert_eq!((first.len(), second_of_first.len(), british.len()), (2, 0, 2));
    let tells =
        |record: &&ClueRecord| record.countries.contains(&code("GB")) && !record.countries.contains(&code("FR"));
    let better = |than: f64| shipped_clues().records().iter().filter(tells).filter(move |one| one.factor(true) > than);
    for unseen in &british {
        let record = shipped_clues().record(&unseen.record).unwrap();
        assert!(tells(&record) && unseen.factor == record.factor(true), "{record:?}");
        assert_eq!((unseen.country_code, unseen.against), (code("GB"), code("FR")));
        let is_named = |other: &ClueRecord| british.iter().any(|named| unseen::are_akin(named.feature, other.feature));
        assert!(better(unseen.factor).all(is_named), "{unseen:?}");
    }
    let puts_another_first = |unseen: &Unseen| {
        (unseen.country_code, unseen.against) == (code("GB"), code("FR")) && unseen.factor > 0.7 / 0.2
    };
    assert!(first.iter().all(puts_another_first), "what would confirm it would not change it: {first:?}");
    assert!(!unseen::are_akin(british[0].feature, british[1].feature), "{british:?}");

    let said = ticked(shipped_clues().record(&british[0].record).unwrap(), true);
    let [.., again] = of(vec![said]);
    assert!(again.iter().all(|unseen| unseen.feature != british[0].feature), "{again:?}");
    let read = |countries: &[&str]| {
        let countries: Vec<CountryCode> = countries.iter().map(|name| code(name)).collect();
        let (clue, text) = (ClueKind::Domain, "www.shop".to_owned());
        let statement = Statement::Sign { clue, text, countries: countries.clone() };
        let evidence = Evidence { statement, on: false, ..Evidence::quoted("sign", EvidenceKind::Sign, 0.1) };
        of(vec![Piece::new(evidence, Likelihood::Ratio { countries, inside: 1.1, outside: 1.0 })])
    };
    let asks_for_domains = |[.., british]: [Vec<Unseen>; 3]| british.iter().any(|one| one.feature == Feature::Domain);
    if british.iter().any(|unseen| unseen.feature == Feature::Domain) {
        assert!(!asks_for_domains(read(&["GB", "IE"])), "a struck sign has been looked at as well");
        assert!(asks_for_domains(read(&["ES"])), "an address of elsewhere leaves others to be seen");
    }
}

#[test]
fn who_is_stopped_says_nothing_and_a_place_that_lies_nowhere_is_not_asked_about() {
    let weighing = weighing(&[("FR", 0.6), ("PL", 0.4)], "Lyon", "");
    let mut finding = found(&weighing);
    let mut what_if = WhatIf::new(&weighing, &finding, shipped_clues()).unwrap();
    assert_eq!(what_if.change(0, &|| true), None);
    assert!(what_if.change(0, &|| false).is_some());
    finding.candidates[0].country_code = None;
    assert!(WhatIf::new(&weighing, &finding, shipped_clues()).is_none());
}

#[test]
fn a_place_that_rests_on_one_word_of_the_users_would_not_be_given_without_it() {
    let own = understand("near Stuttgart", shipped_clues()).into_iter().filter_map(|part| match part {
        Understood::Evidence(piece) => Some(*piece),
        _ => None,
    });
    let weighing = Weighing { own: own.collect(), ..Weighing::default() };
    let finding = found(&weighing);
    let id = weighing.own[0].evidence.id.clone();
    assert_eq!(struck(&changes(&weighing, &finding)[0]), [(vec![id.as_str()], "no place")]);
}
