//! What a user relies on when signs name places.

use super::*;

/// The first place of each name in a reading, how many towns it may mean, and the share of belief.
#[track_caller]
fn check(reading: &str, right: &[(&str, &str, f64)]) {
    let clues = find(&[Text::typed(reading)]);
    let first = |clue: &Clue| match &clue.bearing {
        Bearing::Places { places, share } => {
            let sum: f64 = places.iter().map(|named| named.part).sum();
            assert!((sum - 1.0).abs() < 1e-9 && places.len() <= MOST_NAMESAKES, "{reading}");
            let town = &places[0].place.place;
            (town.name.clone(), town.country.to_string(), *share)
        }
        Bearing::Countries { .. } => panic!("{reading}: a place has no countries"),
    };
    let found: Vec<_> = clues.iter().map(first).collect();
    let found: Vec<_> = found.iter().map(|(name, code, share)| (name.as_str(), code.as_str(), *share)).collect();
    assert_eq!(found, right, "{reading}");
}

#[test]
fn towns_on_signs_tell() {
    check("Lyon 12", &[("Lyon", "FR", BESIDE_NUMBER)]);
    check("LYON 12 km", &[("Lyon", "FR", BESIDE_DISTANCE)]);
    check("69001 Lyon", &[("Lyon", "FR", BESIDE_POSTCODE)]);
    check("A6 Lyon Marseille", &[("Lyon", "FR", BESIDE_OTHERS), ("Marseille", "FR", BESIDE_OTHERS)]);
    check("Gemeinde Murnau", &[("Murnau am Staffelsee", "DE", SLIP * BESIDE_OFFICE)]);
    check("D-82418 Murnau", &[("Murnau am Staffelsee", "DE", SLIP * BESIDE_POSTCODE)]);
    check("Innsbruck", &[("Innsbruck", "AT", ALONE)]);
    check("WARSZAWA", &[("Warsaw", "PL", KNOWN_ALONE)]);
    check("東京", &[("Tokyo", "JP", KNOWN_ALONE)]);
    check("Москва 120", &[("Moscow", "RU", BESIDE_NUMBER)]);
}

/// A year, a date stone and a distance have as many digits as a postcode.
#[test]
fn digits_are_a_postcode_only_where_the_towns_country_has_such_ones() {
    for plain in [
        "BEST 1990",
        "NICE 2024",
        "READING 2024",
        "06000 NICE",
        "CHAPEL 1860",
        "SUMMER 2024",
        "SUMMER 12345",
        "Wien 123456",
        "Lyon 1234567",
    ] {
        check(plain, &[]);
    }
    check("Paris 2024", &[("Paris", "FR", KNOWN_ALONE)]);
    check("2100 København", &[("Copenhagen", "DK", KNOWN_ALONE)]);
    check("1010 Wien", &[("Vienna", "AT", BESIDE_POSTCODE)]);
    check("Salzburg 1756", &[("Salzburg", "AT", ALONE)]);
    check("Москва 1200 км", &[("Moscow", "RU", BESIDE_DISTANCE)]);
    check("Perth 1432 km", &[("Perth", "AU", BESIDE_DISTANCE)]);
    check("5683 AB Best", &[("Best", "NL", BESIDE_POSTCODE)]);
    check("London SW1A 1AA", &[("London", "GB", BESIDE_POSTCODE)]);
}

#[test]
fn a_distance_says_how_far_away_the_town_is() {
    let away = |reading: &str| -> Vec<Option<f64>> {
        let clues = find(&[Text::typed(reading)]);
        let first = |clue: &Clue| match &clue.bearing {
            Bearing::Places { places, .. } => places[0].away_km,
            Bearing::Countries { .. } => panic!("{reading}"),
        };
        clues.iter().map(first).collect()
    };
    assert_eq!(away("LYON 120 km"), [Some(120.0)]);
    assert_eq!(away("Москва 120"), [Some(120.0)]);
    assert_eq!(away("120 km Lyon"), [Some(120.0)]);
    assert_eq!(away("Lyon 12 Marseille 320"), [Some(12.0), Some(320.0)]);
    assert_eq!(away("Lyon Marseille 320"), [None, Some(320.0)]);
    assert_eq!(away("Birmingham 50"), [Some(50.0 * MILE_KM)], "Britain counts in miles");
    assert_eq!(away("Lyon 4 Marseille 320"), [Some(4.0), Some(320.0)]);
    assert_eq!(away("Barcelona 4 Madrid 2"), [None, None], "a result");
    assert_eq!(away("Barcelona 4 km"), [Some(4.0)]);
    assert_eq!(away("Insbruck 34 km"), [Some(34.0)]);
    for reading in ["Marseille", "69001 Lyon", "Lyon 12 34"] {
        assert_eq!(away(reading), [None], "{reading}");
    }
}

#[test]
fn a_slip_is_forgiven_where_a_place_is_meant() {
    check("Insbruck 34 km", &[("Innsbruck", "AT", SLIP * BESIDE_DISTANCE)]);
    check("Insbruck", &[]);
    check("Zimmer 12", &[]);
}

#[test]
fn false_friends_say_nothing() {
    let told = |plain: &&&str| !find(&[Text::typed(plain)]).is_empty();
    let plain = [
        "Nice",
        "England",
        "Belgium",
        "Flores",
        "Gracias",
        "Namen",
        "Sanchez",
        "Open",
        "Bath",
        "Reading",
        "Police",
        "Sofia",
        "Hotel Paris",
        "Paris Bakery",
        "Rue de Lyon",
        "Pizza Napoli",
        "Victoria",
        "Open 24",
        "Bar 33",
        "lyon",
        "Best",
        "Of",
        "Sale 50",
        "Nice 5",
        "Split",
        "Mobile",
        "Berliner Straße 12",
        "H&M",
        "12",
        "",
        "Banco Santander",
        "Sala",
        "Most",
        "Bus 12",
        "NO PARKING",
        "Hell",
        "STOP",
        "Coca-Cola",
        "Salida 12",
    ];
    assert_eq!(plain.iter().filter(told).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn a_bakery_in_tokyo_that_is_called_paris_moves_little() {
    check("Paris", &[("Paris", "FR", KNOWN_ALONE)]);
}

#[test]
fn namesakes_share_the_belief() {
    let clues = find(&[Text::typed("Springfield 12 mi")]);
    let Bearing::Places { places, share } = &clues[0].bearing else { panic!("a place") };
    assert!(places.len() == MOST_NAMESAKES && places[0].part < 0.5, "{places:?}");
    assert_eq!(*share, 0.5 * BESIDE_DISTANCE);
}

#[test]
fn a_name_on_two_signs_is_one_clue_as_strong_as_the_stronger() {
    let text = |text| Text::typed(text);
    let clues = find(&[text("Innsbruck"), text("Pizza"), text("INNSBRUCK 12 km")]);
    assert_eq!((clues.len(), clues[0].readings.clone()), (1, vec![0, 2]));
    assert!(matches!(clues[0].bearing, Bearing::Places { share: BESIDE_DISTANCE, .. }));
}

#[test]
fn slips_are_looked_for_in_few_readings() {
    let texts: Vec<String> = (0..200).map(|at| format!("Qwrtzbklm {at} km")).collect();
    let texts: Vec<Text<'_>> = texts.iter().map(|text| Text::typed(text)).collect();
    assert!(find(&texts).is_empty());
    let mut left = MOST_SLIPS;
    texts.iter().for_each(|text| drop(told(text, &mut left)));
    assert_eq!(left, 0);
}
