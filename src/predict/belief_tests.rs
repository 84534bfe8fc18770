//! What a user relies on when signs, hints and areas are weighed: the arithmetic, and how long it takes.

use super::*;
use crate::{
    geo::{LatLon, Region, Shape, Surface, places_named, prior},
    predict::{
        evidence::Spot,
        finding::{Evidence, EvidenceKind},
        statement::CountryShare,
    },
};

fn piece(id: &str, strength: f64, likelihood: Likelihood) -> Piece {
    let evidence = Evidence::quoted(id, EvidenceKind::Hint, strength);
    Piece::new(evidence, likelihood)
}

fn code(code: &str) -> CountryCode {
    code.parse().unwrap()
}

fn ratio(id: &str, strength: f64, countries: &[&str], inside: f64, outside: f64) -> Piece {
    let countries = countries.iter().map(|name| code(name)).collect();
    piece(id, strength, Likelihood::Ratio { countries, inside, outside })
}

fn grouped(piece: Piece) -> Piece {
    Piece { group: Some("signs".to_owned()), ..piece }
}

fn at(lat: f64, lon: f64) -> LatLon {
    LatLon::new(lat, lon).unwrap()
}

/// The odds of two countries, over their odds before anything was seen.
fn odds(belief: &Belief, one: &str, other: &str) -> f64 {
    let share = |name: &str| -> f64 { belief.probabilities[belief.world.of_country(code(name))].iter().sum() };
    let before = |name: &str| prior().share_of(code(name));
    share(one) / share(other) / (before(one) / before(other))
}

#[track_caller]
fn assert_close(value: f64, right: f64) {
    assert!((value / right - 1.0).abs() < 1e-9, "{value}, not {right}");
}

#[test]
fn a_ratio_multiplies_the_odds_as_far_as_its_strength_says() {
    assert_close(odds(&weigh(&[ratio("de", 1.0, &["DE"], 20.0, 1.0)]), "DE", "FR"), 20.0);
    assert_close(odds(&weigh(&[ratio("de", 0.5, &["DE"], 20.0, 1.0)]), "DE", "FR"), 10.5);
    assert_close(odds(&weigh(&[ratio("not", 0.9, &["RU"], 0.0, 1.0)]), "RU", "FR"), 0.1);
    let within = weigh(&[ratio("only", 1.0, &["ES", "PT"], 1.0, 0.0)]);
    assert_close(odds(&within, "ES", "PT"), 1.0);
    assert!(within.probabilities[within.world.of_country(code("FR"))].iter().all(|p| *p == 0.0));
}

#[test]
fn pieces_of_a_group_count_whole_then_half_then_a_quarter() {
    let signs = [("a", 8.0), ("b", 20.0), ("c", 5.0)];
    let pieces = signs.map(|(id, times)| grouped(ratio(id, 1.0, &["DE", "AT"], times, 1.0)));
    let right = 20.0 * 8.0f64.sqrt() * 5.0f64.powf(0.25);
    assert_close(odds(&weigh(&pieces), "DE", "FR"), right);
    // Whatever their order.
    let turned: Vec<Piece> = pieces.iter().rev().cloned().collect();
    assert_close(odds(&weigh(&turned), "DE", "FR"), right);
    // Those that speak for another country lose nothing by it, and those alone stand whole.
    let other = grouped(ratio("fr", 1.0, &["FR"], 5.0, 1.0));
    assert_close(odds(&weigh(&[pieces.as_slice(), &[other]].concat()), "DE", "FR"), right / 5.0);
    let alone = signs.map(|(id, times)| ratio(id, 1.0, &["DE"], times, 1.0));
    assert_close(odds(&weigh(&alone), "DE", "FR"), 800.0);
}

#[test]
fn a_circle_of_five_kilometres_narrows_the_world_to_itself() {
    let geneva = at(46.204, 6.143);
    let region = Region::around(geneva, 5.0).unwrap();
    let belief = weigh(&[piece("here", 1.0, Likelihood::Region { region: region.clone(), is_inside: true })]);
    let cells = belief.world.atoms.iter().map(|atom| atom.cell).zip(belief.probabilities.iter().copied());
    let surface = Surface::from_weights(cells);
    let far = surface.cells.iter().map(|(cell, _)| cell.centre().distance_km(geneva)).fold(0.0, f64::max);
    assert!(far < 7.0 && surface.around(geneva).radius_km(0.9) < 6.0, "{far}");
    let km2: f64 = surface.cells.iter().map(|(cell, _)| cell.area_km2()).sum();
    assert!(km2 < 2.0 * region.area_km2(), "{km2}");

    let outside = weigh(&[piece("not here", 1.0, Likelihood::Region { region, is_inside: false })]);
    let left: f64 = outside
        .world
        .atoms
        .iter()
        .zip(&outside.probabilities)
        .filter(|(atom, _)| atom.centre.distance_km(geneva) < 3.0)
        .map(|(_, p)| p)
        .sum();
    assert!(left == 0.0, "{left}");
    assert_close(outside.probabilities.iter().sum(), 1.0);
}

#[test]
fn a_region_smaller_than_any_cell_and_one_at_sea_are_no_harm() {
    let garden = Region::around(at(48.8566, 2.3522), 0.05).unwrap();
    let belief = weigh(&[piece("garden", 1.0, Likelihood::Region { region: garden, is_inside: true })]);
    assert!(belief.passed_over.is_empty());
    assert_eq!(belief.probabilities.iter().filter(|p| **p > 0.0).count(), 1);
    let sea = Region::around(at(30.0, -40.0), 20.0).unwrap();
    let belief = weigh(&[piece("sea", 1.0, Likelihood::Region { region: sea, is_inside: true })]);
    assert_eq!(belief.passed_over, [PassedOver { id: "sea".to_owned(), against: Vec::new() }]);
}

#[test]
fn a_place_on_a_sign_moves_belief_across_countries_and_no_more_than_its_share() {
    let town = places_named("Geneva", Some(code("CH"))).swap_remove(0);
    let sign = piece("sign", 0.3, Likelihood::Places(vec![Spot::new(town, 1.0)]));
    let belief = weigh(&[sign]);
    let near = |belief: &Belief| -> f64 {
        let atoms = belief.world.atoms.iter().zip(&belief.probabilities);
        atoms.filter(|(atom, _)| atom.centre.distance_km(at(46.2, 6.15)) < 60.0).map(|(_, p)| p).sum()
    };
    assert!((near(&belief) - 0.3).abs() < 0.01, "{}", near(&belief));
    assert!(belief.probabilities[belief.world.of_country(code("FR"))].iter().sum::<f64>() > 0.05, "the other bank");
}

/// The share of belief within so many kilometres of a point.
fn within(belief: &Belief, centre: LatLon, km: f64) -> f64 {
    let atoms = belief.world.atoms.iter().zip(&belief.probabilities);
    atoms.filter(|(atom, _)| atom.centre.distance_km(centre) < km).map(|(_, p)| p).sum()
}

fn named(id: &str, strength: f64, name: &str, country: &str) -> Piece {
    let town = places_named(name, Some(code(country))).swap_remove(0);
    grouped(piece(id, strength, Likelihood::Places(vec![Spot::new(town, 1.0)])))
}

/// A van in Hamburg that reads "10115 Berlin, Tel +49 30 123456" has one address.
#[test]
fn an_address_that_is_told_three_times_is_one_reason_for_its_town() {
    let berlin = at(52.52, 13.405);
    let (address, phone) = (named("address", 0.6, "Berlin", "DE"), named("area code", 0.4, "Berlin", "DE"));
    let dialling = grouped(ratio("dialling", 1.0, &["DE"], 20.0, 1.0));
    let near = |pieces: &[Piece]| within(&weigh(pieces), berlin, 80.0);
    let one = near(std::slice::from_ref(&address));
    assert!((0.3..0.6).contains(&one), "{one}");
    let two = near(&[address.clone(), phone.clone()]);
    assert!((two - one).abs() < 0.01, "the area code repeats the address: {two}, not {one}");
    let all = near(&[address.clone(), phone.clone(), dialling.clone()]);
    assert!(all < 0.62, "{all}");
    let turned = near(&[dialling, phone, address]);
    assert!((all - turned).abs() < 1e-9, "whatever their order: {turned}");
}

#[test]
fn a_town_that_a_sign_names_has_no_more_than_its_share_of_a_country_that_is_certain() {
    let model = CountryShare { country_code: code("DE"), probability: 1.0 };
    let model = piece("model", 0.999, Likelihood::Countries(vec![model]));
    let belief = weigh(&[model, named("name", 0.2, "Murnau", "DE")]);
    let near = within(&belief, at(47.68, 11.2), 60.0);
    assert!((0.18..0.3).contains(&near), "{near}");
}

#[test]
fn towns_of_two_signs_share_the_belief() {
    let (lyon, paris) = (at(45.76, 4.84), at(48.86, 2.35));
    let belief = weigh(&[named("lyon", 0.5, "Lyon", "FR"), named("paris", 0.5, "Paris", "FR")]);
    let [near_lyon, near_paris] = [lyon, paris].map(|at| within(&belief, at, 60.0));
    assert!(near_lyon > 0.1 && near_paris > 0.1 && near_lyon + near_paris < 0.5, "{near_lyon} {near_paris}");
}

/// "LYON 120 km" stands some 70 to 120 km from Lyon as the crow flies, and not in Lyon.
#[test]
fn a_distance_on_a_sign_moves_belief_as_far_from_the_town() {
    let town = places_named("Lyon", Some(code("FR"))).swap_remove(0);
    let spot = Spot { away_km: Some(120.0), ..Spot::new(town, 1.0) };
    let belief = weigh(&[grouped(piece("sign", 0.5, Likelihood::Places(vec![spot])))]);
    let lyon = at(45.76, 4.84);
    let (near, around) = (within(&belief, lyon, 50.0), within(&belief, lyon, 140.0));
    assert!(near < 0.02 && around > 0.2, "{near} {around}");
}

#[test]
fn two_hundred_pieces_are_weighed() {
    let mut pieces: Vec<Piece> =
        (0..150).map(|n| grouped(ratio(&n.to_string(), 0.5, &["DE", "AT", "CH"], 3.0, 1.0))).collect();
    for n in 0..25 {
        let centre = at(f64::from(n), f64::from(n) * 3.0);
        let region = Region::around(centre, 50.0 + 20.0 * f64::from(n)).unwrap();
        pieces.push(piece(&format!("region-{n}"), 0.3, Likelihood::Region { region, is_inside: n % 2 == 0 }));
        pieces.push(piece(&format!("point-{n}"), 0.1, Likelihood::Point(centre)));
    }
    let began = std::time::Instant::now();
    let belief = weigh(&pieces);
    println!("{} pieces in {:?}, {} atoms", pieces.len(), began.elapsed(), belief.probabilities.len());
    assert!((belief.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert_eq!(belief.factors.len(), 200);
}

#[test]
fn a_clash_names_the_fewest_pieces_that_rule_out_the_other() {
    let region = |id: &str, lat, lon| {
        let region = Region::around(at(lat, lon), 300.0).unwrap();
        piece(id, 1.0, Likelihood::Region { region, is_inside: true })
    };
    let belief = weigh(&[ratio("not", 1.0, &["PT"], 0.0, 1.0), region("fr", 47.0, 2.0), region("pl", 52.0, 20.0)]);
    let passed_over = |id: &str, against: &[&str]| PassedOver {
        id: id.to_owned(),
        against: against.iter().map(|&id| id.to_owned()).collect(),
    };
    assert_eq!(belief.passed_over, [passed_over("pl", &["fr"])]);
    // Three that fit together by twos, beside one that has no part in it.
    let among = |id: &str, countries: &[&str]| ratio(id, 1.0, countries, 1.0, 0.0);
    let not_russia = ratio("not", 1.0, &["RU"], 0.0, 1.0);
    let (a, b, c) = (among("a", &["FR", "ES"]), among("b", &["ES", "DE"]), among("c", &["DE", "FR"]));
    assert_eq!(weigh(&[a, not_russia, b, c]).passed_over, [passed_over("c", &["a", "b"])]);
    // An area on a border, one side of which each rules out.
    let not_france = ratio("not france", 1.0, &["FR"], 0.0, 1.0);
    let belief = weigh(&[not_france, among("fr jp", &["FR", "JP"]), region("border", 48.6, 7.9)]);
    assert_eq!(belief.passed_over, [passed_over("border", &["not france", "fr jp"])]);
}

#[test]
fn an_area_narrower_than_its_cells_keeps_all_of_its_length() {
    let (from, to) = ((48.86, 2.35), (43.30, 5.37));
    let along = |part: f64, aside: f64| LatLon {
        lat: from.0 + part * (to.0 - from.0),
        lon: from.1 + part * (to.1 - from.1) + aside,
    };
    // Half a kilometre to either side of the way from Paris to Marseille, and twenty gardens along it.
    let road = Region::within(vec![along(0.0, -0.006), along(1.0, -0.006), along(1.0, 0.006), along(0.0, 0.006)]);
    let gardens = (0..20).map(|at| Shape::Circle { centre: along((f64::from(at) + 0.5) / 20.0, 0.0), km: 0.5 });
    for (name, region, steps) in
        [("road", road.unwrap(), 400), ("gardens", Region::new(gardens.collect()).unwrap(), 20)]
    {
        for strength in [1.0, 0.9] {
            let evidence = Evidence::quoted("area", EvidenceKind::Region, strength);
            let likelihood = Likelihood::Region { region: region.clone(), is_inside: true };
            let belief = weigh(&[Piece::new(evidence, likelihood)]);
            let cells = belief.world.atoms.iter().map(|atom| atom.cell);
            let surface = Surface::from_weights(cells.zip(belief.probabilities.iter().copied()));
            let elsewhere = surface.density_at(LatLon { lat: 47.0, lon: -1.0 });
            for step in 0..steps {
                let point = along((f64::from(step) + 0.5) / f64::from(steps), 0.0);
                assert!(surface.density_at(point) > 3.0 * elsewhere, "{name} {strength} {step}");
            }
        }
    }
}

#[test]
fn what_the_user_says_of_the_place_has_its_strength_where_no_model_was_asked() {
    let japan: CountryCode = "JP".parse().unwrap();
    let piece = |kind, likelihood| Piece::new(Evidence::quoted("said", kind, 0.9), likelihood);
    let ratio = || Likelihood::Ratio { countries: vec![japan], inside: 1.0, outside: 0.0 };
    let share = |pieces: &[Piece]| -> f64 {
        let belief = weigh(pieces);
        belief.probabilities[belief.world.of_country(japan)].iter().sum()
    };
    let said = share(&[piece(EvidenceKind::Hint, ratio())]);
    assert!((said - 0.9).abs() < 0.01, "{said}");
    let around = Region::around(LatLon { lat: 35.7, lon: 139.7 }, 50.0).unwrap();
    let near = share(&[piece(EvidenceKind::Region, Likelihood::Region { region: around, is_inside: true })]);
    assert!((near - 0.9).abs() < 0.01, "{near}");
    let seen = CountryShare { country_code: "KR".parse().unwrap(), probability: 1.0 };
    let of_model = piece(EvidenceKind::ModelCountries, Likelihood::Countries(vec![seen]));
    let beside_a_model = share(&[of_model.clone(), piece(EvidenceKind::Hint, ratio())]) / share(&[of_model]);
    assert!((5.0..10.01).contains(&beside_a_model), "ten to one against a model: {beside_a_model}");
}
