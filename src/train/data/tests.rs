//! Checks of data with a known number of each fault.

use std::fs;

use image::{Rgb, RgbImage};
use tempfile::TempDir;

use super::*;
use crate::{dataset::Turn, geo::LatLon};

/// A folder of pictures that look like nothing else.
struct Set(TempDir);

impl Set {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn picture(&self, name: &str, seed: u32) {
        let block = |x: u32, y: u32| {
            (seed.wrapping_mul(0x9E37_79B1) ^ (x * 8 + y).wrapping_mul(0x85EB_CA6B)).wrapping_mul(0xC2B2_AE35)
        };
        let pixels = RgbImage::from_fn(64, 48, |x, y| Rgb([(block(x / 8, y / 6) >> 24) as u8; 3]));
        pixels.save(self.0.path().join(name)).unwrap();
    }

    fn example(&self, name: &str) -> Example {
        Example { path: self.0.path().join(name), name: name.to_owned(), ..Example::default() }
    }

    fn placed(&self, name: &str, country: &str, lat: f64, lon: f64) -> Example {
        let label = Label { position: LatLon::new(lat, lon), country: country.parse().ok(), ..Label::default() };
        Example { label, ..self.example(name) }
    }

    fn told(&self, name: &str, answers: &[&str]) -> Example {
        let turn = |answer: &&str| Turn { asked: "Where?".to_owned(), answered: (*answer).to_owned() };
        told(Example { turns: answers.iter().map(turn).collect(), ..self.example(name) })
    }
}

/// What was found, without the positions that most examples here lack.
fn counts(report: &Report) -> Vec<(Fault, usize)> {
    let found = report.found.iter().filter(|(fault, _)| **fault != Fault::NoPosition);
    found.map(|(fault, found)| (*fault, found.count)).collect()
}

fn checked(examples: Vec<Example>, checks: &Checks<'_>) -> Report {
    check(&Data { examples, bad: Vec::new() }, checks, &|_| true)
}

#[test]
fn pictures_are_opened_and_held_against_one_another() {
    let set = Set::new();
    for (name, seed) in [("a.png", 1), ("b.png", 2), ("c.png", 3), ("t.png", 4)] {
        set.picture(name, seed);
    }
    let file = |name: &str| set.0.path().join(name);
    fs::copy(file("a.png"), file("a again.png")).unwrap();
    fs::copy(file("c.png"), file("u.png")).unwrap();
    image::open(file("b.png"))
        .unwrap()
        .resize_exact(128, 96, image::imageops::FilterType::Nearest)
        .save(file("b large.png"))
        .unwrap();
    fs::write(file("none.jpg"), b"").unwrap();
    fs::write(file("text.jpg"), b"no picture").unwrap();
    let large = RgbImage::from_fn(512, 512, |x, y| Rgb([(x * y % 251) as u8, (x % 256) as u8, (y % 256) as u8]));
    large.save(file("whole.jpg")).unwrap();
    let whole = fs::read(file("whole.jpg")).unwrap();
    fs::write(file("cut.jpg"), &whole[..whole.len() / 2]).unwrap();
    let names =
        ["a.png", "b.png", "c.png", "a again.png", "b large.png", "none.jpg", "text.jpg", "cut.jpg", "gone.jpg"];
    let examples: Vec<Example> = names.iter().map(|name| set.placed(name, "FR", 48.85, 2.35)).collect();
    let test = ["t.png", "u.png"].map(|name| set.placed(name, "IT", 41.9, 12.5));
    let checks = Checks { opens_pictures: true, test: &test, ..Checks::default() };
    let report = checked(examples.clone(), &checks);
    let expected = [
        (Fault::MissingPicture, 1),
        (Fault::UnreadPicture, 2),
        (Fault::CutPicture, 1),
        (Fault::SameBytes, 1),
        (Fault::LooksAlike, 1),
        (Fault::TestPicture, 1),
    ];
    assert_eq!(counts(&report), expected, "{report:?}");
    assert_eq!((report.examples, report.test, report.opened, report.unusable()), (9, 2, 8, 3));
    let case = |fault: Fault| report.found[&fault].first[0].clone();
    assert_eq!(case(Fault::SameBytes), Case { name: "a again.png".to_owned(), about: About::Like("a.png".to_owned()) });
    assert_eq!(
        case(Fault::LooksAlike),
        Case { name: "b large.png".to_owned(), about: About::Like("b.png".to_owned()) }
    );
    assert_eq!(case(Fault::TestPicture), Case { name: "c.png".to_owned(), about: About::Like("u.png".to_owned()) });
    // Without opening them no more is known than that one is not there.
    assert_eq!(counts(&checked(examples.clone(), &Checks::default())), [(Fault::MissingPicture, 1)]);
    let ended = check(&Data { examples, bad: Vec::new() }, &checks, &|_| false);
    assert!(ended.is_cut && ended.opened == 0);
}

#[test]
fn places_are_held_against_the_countries_that_are_named() {
    let set = Set::new();
    set.picture("a.png", 1);
    let examples = vec![
        set.placed("a.png", "FR", 48.85, 2.35),
        set.placed("a.png", "KE", 36.82, -1.29), // Nairobi the wrong way round
        set.placed("a.png", "AU", 33.87, 151.2), // Sydney without its minus
        set.placed("a.png", "DE", 40.4, -3.7),   // Madrid
        set.placed("a.png", "DE", 48.57, 7.76),  // Strasbourg, a stone's throw from Germany
        set.placed("a.png", "GH", 0.0, 0.0),
        set.placed("a.png", "", 30.0, -40.0), // the Atlantic
        set.placed("a.png", "PT", 30.0, -40.0),
        set.example("a.png"),
    ];
    let report = checked(examples, &Checks::default());
    let expected = [
        (Fault::NoCountry, 2),
        (Fault::Exchanged, 1),
        (Fault::WrongSide, 1),
        (Fault::OtherCountry, 1),
        (Fault::Zeros, 1),
        (Fault::AtSea, 2),
        (Fault::Twice, 8),
    ];
    assert_eq!(counts(&report), expected, "{report:?}");
    assert_eq!(report.unusable(), 2);
    let countries = About::Countries { named: "DE".parse().unwrap(), lies_in: "ES".parse().ok() };
    assert_eq!(report.found[&Fault::OtherCountry].first[0].about, countries);
}

#[test]
fn examples_without_a_position_are_counted_and_cost_nothing() {
    let set = Set::new();
    set.picture("a.png", 1);
    let named = Label { country: "FR".parse().ok(), ..Label::default() };
    let examples = vec![
        set.placed("a.png", "FR", 48.85, 2.35),
        Example { label: named, ..set.example("a.png") },
        set.example("a.png"), // of no use already, for want of a country
    ];
    let report = checked(examples, &Checks::default());
    assert_eq!((report.found[&Fault::NoPosition].count, report.found[&Fault::NoCountry].count), (1, 1));
    assert!(report.is_usable(1) && !report.is_usable(2));
}

#[test]
fn what_was_taken_near_the_test_is_told_with_its_distance() {
    let set = Set::new();
    set.picture("a.png", 1);
    let examples = vec![set.placed("a.png", "FR", 48.85, 2.35), set.placed("a.png", "FR", 48.95, 2.35)];
    let test = [set.placed("far", "FR", 48.8512, 2.35), set.placed("near", "FR", 48.8505, 2.35)];
    let near = |apart_km: f64| checked(examples.clone(), &Checks { test: &test, apart_km, ..Checks::default() });
    let found = near(0.15).found[&Fault::NearTest].clone();
    assert_eq!((found.count, found.first.len()), (1, 1));
    let About::Near { other, km } = &found.first[0].about else { panic!("{found:?}") };
    assert!(other == "near" && (km - 0.0556).abs() < 1e-3, "{km}");
    assert_eq!(near(0.03).found.get(&Fault::NearTest), None);
    assert_eq!(near(20.0).found[&Fault::NearTest].count, 2);
}

#[test]
fn answers_must_be_readable_and_fit() {
    let set = Set::new();
    set.picture("a.png", 1);
    let kenya = Label { country: "KE".parse().ok(), ..Label::default() };
    let examples = vec![
        set.told("a.png", &["{'country': 'India', 'reasons': 'Indian signboard'}"]),
        set.told("a.png", &["I cannot say.", "{'country': 'India', 'city': 'Agra'}"]),
        set.told("a.png", &["{'country': 'Peru', 'city': 'Li"]),
        Example { label: kenya, ..set.told("a.png", &["{'country': 'Chad'}"]) },
        set.told("a.png", &["Somewhere."]),
    ];
    assert_eq!(examples[0].label.reasons, ["Indian signboard"]);
    assert_eq!(examples[1].label.city.as_deref(), Some("Agra"));
    let count = |text: &str| text.split_whitespace().count();
    let report = checked(examples, &Checks { tokens: Some((&count, 4)), ..Checks::default() });
    let expected = [
        (Fault::NoCountry, 1),
        (Fault::NoAnswer, 2),
        (Fault::CutAnswer, 1),
        (Fault::OtherAnswer, 1),
        (Fault::LongAnswer, 1),
    ];
    assert_eq!(counts(&report), expected, "{report:?}");
    assert_eq!(report.found[&Fault::LongAnswer].first[0].about, About::Tokens(5));
}

#[test]
fn examples_without_reasons_are_told_where_reasons_are_learned_and_clues_in_words_are_reasons() {
    let set = Set::new();
    for name in ["a.png", "b.png", "c.png"] {
        set.picture(name, 1);
    }
    let mut by_clue = set.placed("b.png", "GE", 41.7, 44.8);
    by_clue.label.clues = vec!["Georgian script on a sign.".into()];
    let examples = vec![set.placed("a.png", "FR", 48.85, 2.35), by_clue, set.told("c.png", &["{'country': 'Peru'}"])];
    let found = |wants_reasons| counts(&checked(examples.clone(), &Checks { wants_reasons, ..Checks::default() }));
    assert_eq!((found(true), found(false)), (vec![(Fault::NoReasons, 1)], vec![]));
}

#[test]
fn a_conversation_is_cleaned_in_the_answers_that_are_learned() {
    let set = Set::new();
    let cleaned = |answers: &[&str]| {
        let mut examples = vec![set.told("a.png", answers)];
        let cleaned = keep_placed(&mut examples);
        let said = |example: Example| example.turns.into_iter().map(|turn| turn.answered).collect::<Vec<_>>();
        ((cleaned.texts, cleaned.kept, cleaned.dropped), examples.pop().map(said))
    };
    let (counted, said) =
        cleaned(&["{'country': 'Georgia', 'reasons': ['Georgian script on a sign', 'blue sign', 'white triangle']}"]);
    let kept = vec!["{'country': 'Georgia', 'reasons': ['Georgian script on a sign']}".to_owned()];
    assert_eq!((counted, said), ((3, 1, 0), Some(kept)));
    // Nothing to take out: the answer stays as it was written, and a city that is not known keeps its place.
    let whole = r#"{"country": "India", "city": "", "reason": "Indian signboard"}"#;
    assert_eq!(cleaned(&[whole]), ((1, 1, 0), Some(vec![whole.to_owned()])));
    let (_, said) = cleaned(&["{'country': 'India', 'city': '', 'reasons': ['Indian signboard', 'a bus']}"]);
    assert_eq!(said.unwrap(), ["{'country': 'India', 'city': '', 'reasons': ['Indian signboard']}"]);
    // An answer without a reason left goes with its question; what had none stays.
    let place = "{'country': 'India', 'city': 'Agra'}";
    let (counted, said) = cleaned(&[
        "{'country': 'India', 'reasons': ['a bus']}",
        place,
        "{'country': 'India', 'reasons': ['Indian bus']}",
    ]);
    assert_eq!((counted, said.unwrap().len()), ((2, 1, 0), 2));
    assert_eq!(cleaned(&["{'country': 'India', 'reasons': ['a bus']}", place]), ((1, 0, 1), None));
    // More than country, city and reasons is not written again.
    let more = "{'country': 'India', 'continent': 'Asia', 'reasons': ['Indian signboard', 'a bus']}";
    assert_eq!(cleaned(&[more]), ((2, 2, 0), Some(vec![more.to_owned()])));
}

#[test]
fn a_run_is_refused_where_most_of_the_data_is_of_no_use() {
    let set = Set::new();
    set.picture("a.png", 1);
    let good = |n: usize| (0..n).map(|_| set.placed("a.png", "FR", 48.85, 2.35));
    let gone = |n: usize| (0..n).map(|i| set.placed(&format!("{i}.png"), "FR", 48.85, 2.35));
    let half = checked(good(3).chain(gone(3)).collect(), &Checks::default());
    assert_eq!((half.unusable(), half.refusal()), (3, None));
    let most = checked(good(3).chain(gone(4)).collect(), &Checks::default());
    let (worst, found) = most.refusal().unwrap();
    assert_eq!((worst, found.count, found.first.len()), (Fault::MissingPicture, 4, 4));
}

#[test]
fn rows_that_cannot_be_read_are_counted_by_what_is_wrong() {
    let set = Set::new();
    let file = set.0.path().join("t.csv");
    fs::write(&file, "path,lat,lon\na.png,48.85,2.35\nb.png,151.2,-33.9\nc.png,x,1\n,1,2\n").unwrap();
    set.picture("a.png", 1);
    let data = Data::read(&[Source::at(&file)]).unwrap();
    let report = check(&data, &Checks::default(), &|_| true);
    assert_eq!(counts(&report), [(Fault::Unread, 2), (Fault::OffEarth, 1)]);
    assert_eq!((report.examples, report.unusable()), (4, 3));
    let About::Said(said) = &report.found[&Fault::OffEarth].first[0].about else { panic!("{report:?}") };
    assert_eq!(said, "line 3, column 'lat': 151.2 lies outside -90 to 90");
}

#[test]
fn texts_that_name_a_place_are_kept() {
    for (text, names) in [
        ("Kenya has red soil and cars with a snorkel.", true),
        ("Indian signboard", true),
        ("The bollards of Switzerland have a thin strip.", true),
        ("In the Balkans roofs are red.", true),
        ("Street signs in São Paulo are blue.", true),
        ("Number plates in Buenos Aires are dark.", true),
        ("The Swiss bollard.", true),
        ("北京的路牌是蓝色的", false),
        ("Yellow plates at the rear.", false),
        ("Look for wooden poles. Most have a transformer.", false),
        ("Red soil tells us little.", false),
        ("turkey and china on the table", false),
        ("A sign in the US.", true),
        ("Salzburg has yellow signs.", true),
        ("Signs in Paris are blue.", true),
        ("Phoenix has cacti.", false),
        ("The cacti of Phoenix are tall.", true),
        ("", false),
    ] {
        assert_eq!(names_place(text), names, "{text}");
    }
    let set = Set::new();
    let with = |reasons: &[&str]| {
        let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        Example { label: Label { reasons, ..Label::default() }, ..set.example("a.png") }
    };
    let mut examples = vec![with(&["Yellow plates.", "Kenya has red soil."]), with(&["Yellow plates."]), with(&[])];
    assert_eq!(keep_placed(&mut examples), Cleaned { texts: 3, kept: 1, dropped: 1 });
    assert_eq!(examples.iter().map(|example| example.label.reasons.len()).collect::<Vec<_>>(), [1, 0]);
}
