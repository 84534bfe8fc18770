//! What a file says of itself.

use terrasight::picture::{FileProblem, HeadingReference};

use crate::files::{Value, metadata_of, position};

const LAT: [(u32, u32); 3] = [(48, 1), (53, 1), (20, 1)];
const LON: [(u32, u32); 3] = [(21, 1), (2, 1), (36, 1)];

#[test]
fn the_north_of_a_heading_is_told() {
    let heading = |letter| metadata_of(&[], &[(16, Value::Text(letter)), (17, Value::Rationals(&[(2790, 10)]))]);
    for (letter, reference) in
        [("T", Some(HeadingReference::True)), ("M", Some(HeadingReference::Magnetic)), ("?", None)]
    {
        let metadata = heading(letter);
        assert_eq!((metadata.heading_deg, metadata.heading_reference), (Some(279.0), reference), "{letter}");
    }
    let none = metadata_of(&[], &[(16, Value::Text("M")), (17, Value::Rationals(&[(999, 1)]))]);
    assert_eq!((none.heading_deg, none.heading_reference), (None, None));
    assert_eq!(none.problems, [FileProblem::HeadingImpossible(999.0)]);
}

#[test]
fn altitudes_have_four_references_and_wrapped_ones_are_refused() {
    let altitude = |reference, metres| metadata_of(&[], &[(5, Value::Byte(reference)), (6, Value::Rationals(metres))]);
    for (reference, expected) in [(0, 428.1), (1, -428.1), (2, 428.1), (3, -428.1)] {
        assert_eq!(altitude(reference, &[(4281, 10)]).altitude_m, Some(expected), "{reference}");
    }
    for wrapped in &[[(4_294_967_284, 1)], [(4_294_966_096, 100)], [(u32::MAX - 120_000, 10_000)]] {
        let metadata = altitude(0, wrapped);
        assert_eq!(metadata.altitude_m, None, "{wrapped:?}");
        assert!(matches!(metadata.problems[..], [FileProblem::AltitudeImpossible(_)]), "{:?}", metadata.problems);
    }
    let open = altitude(0, &[(0, 0)]);
    assert_eq!((open.altitude_m, open.problems.len()), (None, 0));
}

#[test]
fn the_time_and_the_datum_of_a_position_are_told() {
    let mut gps = position(&LAT, Some("N"), &LON, Some("E"));
    gps.push((7, Value::Rationals(&[(12, 1), (3, 1), (799, 100)])));
    gps.push((18, Value::Text("WGS-84")));
    gps.push((29, Value::Text("2024:05:31")));
    let metadata = metadata_of(&[(0x9003, Value::Text("2024:05:31 14:03:09")), (0x9011, Value::Text("+02:00"))], &gps);
    assert_eq!(metadata.gps_time.as_deref(), Some("2024-05-31 12:03:07 UTC"));
    assert_eq!(metadata.gps_datum.as_deref(), Some("WGS-84"));
    assert_eq!(metadata.taken.as_deref(), Some("2024-05-31 14:03:09 +02:00"));
    assert!(metadata.problems.is_empty(), "{:?}", metadata.problems);
    gps[5] = (18, Value::Text("TOKYO"));
    gps[6] = (29, Value::Text("2024:15:31"));
    let odd = metadata_of(&[(0x9003, Value::Text("2024:02:31 14:03:09"))], &gps);
    assert_eq!((odd.gps_time, odd.taken), (None, None));
    let told = [
        FileProblem::TakenNoDate("2024:02:31 14:03:09".to_owned()),
        FileProblem::GpsTimeNone("2024:15:31 12:03:07".to_owned()),
        FileProblem::OtherDatum("TOKYO".to_owned()),
    ];
    assert_eq!(odd.problems, told);
}

#[test]
fn seconds_that_are_left_open_do_not_cost_the_position() {
    let (lat, lon) = ([(48, 1), (533_236, 10_000), (0, 0)], [(21, 1), (25_951, 10_000), (0, 0)]);
    let gps = metadata_of(&[], &position(&lat, Some("N"), &lon, Some("E"))).gps.expect("minutes are enough");
    assert!((gps.lat - 48.888_727).abs() < 1e-5 && (gps.lon - 21.043_252).abs() < 1e-5, "{gps:?}");
}
