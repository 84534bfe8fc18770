//! What a user relies on when the model's reasons are checked.

use super::*;
use crate::knowledge::clues::shipped_clues;

/// The signs read in a picture and the classes seen in it.
#[derive(Clone, Copy, Default)]
struct Looked<'a> {
    signs: Option<&'a [Sign]>,
    classes: Option<&'a [&'a str]>,
}

const BOX: [f32; 4] = [0.1, 0.2, 0.3, 0.4];

fn sign(id: &str, text: &str) -> Sign {
    Sign { id: id.to_owned(), score: 0.9, is_added: false, ..Sign::added(BOX, text) }
}

fn of(reasons: &[&str], country: &str, pointed: &[Pointed], looked: Looked<'_>) -> Reasons {
    let answer = Answer {
        country: Some(country.to_owned()),
        reasons: reasons.iter().map(|&reason| reason.to_owned()).collect(),
        ..Answer::default()
    };
    let thing = |class: &&str| Thing { class: (*class).to_owned(), share: 0.1, boxes: vec![[0.0, 0.5, 1.0, 1.0]] };
    let things = looked.classes.map(|classes| classes.iter().map(thing).collect());
    Reasons::of(&answer, pointed, looked.signs, things, shipped_clues())
}

#[track_caller]
fn check(reason: &str, country: &str, looked: Looked<'_>, right: &[(Option<&str>, Verdict)]) {
    let found = of(&[reason], country, &[], looked).claims;
    let found: Vec<_> =
        found.iter().map(|claim| (claim.record().map(|record| record.id.as_str()), claim.verdict.clone())).collect();
    assert_eq!(found, right, "{reason}");
}

#[test]
fn a_reason_is_held_against_the_picture_and_the_knowledge() {
    use Verdict::*;
    let signs = [sign("1", "www.sklep.pl")];
    let nothing = Looked::default();
    let looked = Looked { signs: Some(&signs), classes: Some(&["road", "palm"]) };
    let palm = Some("plant-palm");
    check("palm trees", "Brazil", looked, &[(palm, Shown(vec!["palm".into()]))]);
    check("palm trees", "Brazil", Looked { classes: Some(&["road"]), ..looked }, &[(palm, NotFound)]);
    check("palm trees", "Brazil", nothing, &[(palm, NotChecked)]);
    check("palm trees", "Norway", looked, &[(palm, Contradicts("NO".parse().unwrap()))]);
    check("a web address ending in .pl", "Poland", looked, &[(Some("domain-pl"), OnSigns(vec!["1".into()]))]);
    check("a web address ending in .de", "Germany", looked, &[(Some("domain-de"), NotFound)]);
    check("a web address ending in .de", "Germany", nothing, &[(Some("domain-de"), NotChecked)]);
    check("the sign says SKLEP", "Poland", looked, &[(None, OnSigns(vec!["1".into()]))]);
    check("the sign says Apotheke", "Germany", looked, &[(None, NotFound)]);
}

#[test]
fn a_claim_has_its_own_words_in_every_sentence_of_a_reason() {
    let found = of(&["The signs are in Polish. Traffic keeps left."], "Poland", &[], Looked::default()).claims;
    assert_eq!(
        found.iter().map(|claim| claim.text.as_str()).collect::<Vec<_>>(),
        ["The signs are in Polish", "Traffic keeps left"]
    );
}

#[test]
fn what_no_class_stands_for_is_not_checked_but_needs_its_ground() {
    let line = Some("centre_line-yellow");
    let on = |classes| Looked { classes: Some(classes), signs: None };
    check("yellow centre line", "Brazil", on(&["road"]), &[(line, Verdict::NotChecked)]);
    check("yellow centre line", "Brazil", on(&["sky"]), &[(line, Verdict::NotFound)]);
}

#[test]
fn what_contradicts_the_knowledge_is_marked_with_its_record() {
    let against = |code: &str| Verdict::Contradicts(code.parse().unwrap());
    let nothing = Looked::default();
    let left = Some("driving_side-left");
    check("traffic keeps left", "France", nothing, &[(left, against("FR"))]);
    check("they don't drive on the left", "United Kingdom", nothing, &[(left, against("GB"))]);
    check("traffic keeps left", "United Kingdom", nothing, &[(left, Verdict::NotChecked)]);
    check("a pleasant street", "United Kingdom", nothing, &[(None, Verdict::NotChecked)]);
}

#[test]
fn a_sign_that_speaks_for_many_countries_leaves_a_claim_of_one_open() {
    let signs = [sign("1", "BRÖD")];
    let looked = Looked { signs: Some(&signs), classes: None };
    check("Finnish on a sign", "Finland", looked, &[(Some("language-fi"), Verdict::NotChecked)]);
    check("Thai on a sign", "Thailand", looked, &[(Some("language-th"), Verdict::NotFound)]);
    // A word that tells no language by itself may be of any.
    let signs = [sign("1", "MERCATO")];
    let looked = Looked { signs: Some(&signs), classes: None };
    check("Italian on a sign", "Italy", looked, &[(Some("language-it"), Verdict::NotChecked)]);
}

/// A postcode is no English, and a plate no Spanish; miles on a sign are what "mph" claims.
#[test]
fn a_sign_is_held_against_what_it_is_about_and_nothing_else() {
    let held = |reason: &str, country: &str, text: &str| {
        let signs = [sign("1", text)];
        of(&[reason], country, &[], Looked { signs: Some(&signs), classes: None }).claims[0].verdict.clone()
    };
    let on_sign = Verdict::OnSigns(vec!["1".to_owned()]);
    assert_eq!(held("the sign is in English", "United Kingdom", "SW1A 1AA"), Verdict::NotFound);
    assert_eq!(held("the sign is in Spanish", "Spain", "1234 BCD"), Verdict::NotFound);
    assert_eq!(held("speed limits in mph", "United Kingdom", "30 mph"), on_sign);
    assert_eq!(held("Spanish on a sign", "Mexico", "SALIDA"), on_sign, "a road sign's word is of a language");
    assert_ne!(held("Portuguese on a sign", "Brazil", "SALIDA"), on_sign);
    assert_eq!(held("a british postcode", "United Kingdom", "SW1A 1AA"), on_sign);
    assert_eq!(held("speed limits in mph", "United Kingdom", "Umleitung"), Verdict::NotFound);
}

#[test]
fn a_sign_that_could_not_be_read_may_say_so() {
    let signs = [sign("1", "")];
    let looked = Looked { signs: Some(&signs), classes: None };
    check("the sign says Apotheke", "Germany", looked, &[(None, Verdict::NotChecked)]);
}

#[test]
fn a_claim_has_its_place_where_it_was_found_or_where_it_would_be() {
    let signs = [sign("1", "www.sklep.pl")];
    let looked = Looked { signs: Some(&signs), classes: Some(&["road", "palm"]) };
    let place = |reason: &str| of(&[reason], "Brazil", &[], looked).claims[0].places.clone();
    let ground = [0.0, 0.5, 1.0, 1.0];
    assert_eq!(place("the sign says sklep"), [BOX]);
    assert_eq!(place("palm trees"), [ground]);
    assert_eq!(place("yellow centre line"), [ground], "where to look for it");
    assert!(place("wooden poles").is_empty() && place("a pleasant street").is_empty());
}

#[test]
fn where_the_model_points_is_the_place_of_its_own_reason_alone() {
    let pointed = [Pointed { reason: 1, thousandths: [100, 200, 300, 400] }];
    let found = of(&["a pleasant street", "palm trees"], "Brazil", &pointed, Looked::default()).claims;
    assert_eq!((found[0].places.as_slice(), found[1].places.as_slice()), (&[][..], &[BOX][..]));
    assert_eq!(found[1].verdict, Verdict::NotChecked, "that it points there proves nothing");
}

#[test]
fn a_corrected_sign_is_held_against_the_same_claims() {
    let signs = [sign("1", "Apotheko")];
    let before = of(&["the sign says Apotheke"], "Germany", &[], Looked { signs: Some(&signs), classes: None });
    assert_eq!(before.claims[0].verdict, Verdict::NotFound);
    let after = before.held(&[signs[0].corrected("Apotheke")]);
    assert_eq!(after.claims[0].verdict, Verdict::OnSigns(vec!["1".into()]));
    assert_eq!(after.held(&signs), before);
    let unread = of(&["the sign says Apotheke"], "Germany", &[], Looked::default());
    assert_eq!(unread.held(&signs), unread, "nobody has looked");
}

#[test]
fn reasons_stay_bounded_and_come_back_from_a_file() {
    let many = "palm trees, yellow centre line. ".repeat(1000);
    let reasons = of(&[many.as_str(); 50], "Norway", &[], Looked::default());
    assert_eq!(reasons.claims.len(), MOST_CLAIMS);
    let text = serde_json::to_string(&reasons).unwrap();
    assert_eq!(serde_json::from_str::<Reasons>(&text).unwrap(), reasons);
}
