//! What users of the drawn streets rely on: the same seed gives the same street, the picture shows the facts and nothing
//! else, clues and reasons tell what can be seen, and a set on disk is as documented.

use std::{collections::BTreeSet, sync::OnceLock};

use sha2::{Digest, Sha256};
use terrasight::{
    geo::LatLon,
    knowledge::{self, City, CountryFacts, ade20k},
    street::{self, ClueKind, SceneFacts, StreetError, StreetPicture, clue, draw, draw_scene, write_set},
};

fn some_streets() -> &'static [StreetPicture] {
    static STREETS: OnceLock<Vec<StreetPicture>> = OnceLock::new();
    STREETS.get_or_init(|| (1_000_000..1_000_040).map(draw).collect())
}

fn country(code: &str) -> &'static CountryFacts {
    let code = code.parse().expect("a country code");
    knowledge::country(code).expect("a country of the drawn world")
}

fn first_city(code: &str) -> &'static City {
    &knowledge::cities_of(code.parse().expect("a country code"))[0]
}

#[test]
fn countries_with_equal_facts_are_drawn_alike() {
    let (here, city) = (country("FR"), first_city("FR"));
    let twin = CountryFacts { code: "ZZ".parse().unwrap(), name: "Elsewhere".to_owned(), ..here.clone() };
    let far = City {
        country: twin.code,
        name: "Nowhere".to_owned(),
        position: LatLon::new(12.0, 140.0).unwrap(),
        climate: city.climate,
    };
    let twin: &'static CountryFacts = Box::leak(Box::new(twin));
    for seed in [3, 4, 5] {
        let (a, b) = (draw_scene(&SceneFacts::of(here, city), seed), draw_scene(&SceneFacts::of(twin, &far), seed));
        assert_eq!(a.pixels.as_raw(), b.pixels.as_raw());
        assert_eq!(a.labels.as_raw(), b.labels.as_raw());
        assert_eq!(a.clues, b.clues);
    }
}

#[test]
fn another_fact_makes_another_picture() {
    let facts = SceneFacts::of(country("FR"), first_city("FR"));
    let left = SceneFacts { drives_left: true, ..facts.clone() };
    let yellow = SceneFacts { centre_line: "yellow", ..facts.clone() };
    let drawn = draw_scene(&facts, 8).pixels;
    assert_ne!(drawn.as_raw(), draw_scene(&left, 8).pixels.as_raw());
    assert_ne!(drawn.as_raw(), draw_scene(&yellow, 8).pixels.as_raw());
}

/// The starter has learned from these very pictures: if this fails, what streets look like has changed, and the starter
/// must be trained anew (or the change undone).
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_seed_gives_the_same_bytes_as_ever() {
    let mut all = Sha256::new();
    for seed in [1, 2, 1_000_000, 1_000_001] {
        let street = draw(seed);
        all.update(street.pixels.as_raw());
        all.update(street.labels.as_raw());
    }
    let sum: String = all.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sum, "7d21de26218933a382e5f4e83a3b0fe9690f13d34ec0bcb7a28a7e53d594d287");
}

#[test]
fn labels_are_classes_and_make_the_locatability() {
    for street in some_streets() {
        let labels = street.labels.as_raw();
        assert!(labels.iter().all(|&label| usize::from(label) <= ade20k::CLASSES));
        let shares = ade20k::shares(labels);
        assert!(shares[6] > 0.02, "seed {} shows hardly any road", street.seed);
        assert!(shares.iter().sum::<f64>() > 0.999, "seed {} has pixels without a class", street.seed);
        assert_eq!(street.locatability, knowledge::locatability(&shares, &ade20k::ClassWeights::default()));
    }
}

#[test]
fn clues_tell_the_truth_and_lie_in_the_picture() {
    let mut kinds = BTreeSet::new();
    for street in some_streets() {
        let facts = knowledge::country(street.country).unwrap();
        for clue in &street.clues {
            let [x, y, width, height] = clue.bbox;
            assert!(width > 4 && height > 4 && x + width <= street::WIDTH && y + height <= street::HEIGHT, "{clue:?}");
            assert!(street::observer::likelihood(clue, facts) > 0.0, "{} does not have {clue:?}", facts.name);
            kinds.insert(clue.kind);
        }
    }
    assert!(kinds.len() >= 10, "only {kinds:?}");
}

#[test]
fn reasons_are_few_and_from_a_closed_list() {
    let known: BTreeSet<String> = clue::all_sentences().into_iter().collect();
    for street in some_streets() {
        assert!(street.reasons.len() <= 3);
        assert_eq!(street.reasons.is_empty(), street.clues.is_empty());
        assert!(street.reasons.iter().all(|reason| known.contains(reason)), "{:?}", street.reasons);
    }
}

#[test]
fn a_word_that_tells_most_comes_first() {
    let street = (0..)
        .map(draw)
        .find(|street| street.clues.iter().any(|clue| clue.kind == ClueKind::Word && clue.value == "th"));
    assert_eq!(street.unwrap().reasons[0], "Thai script on a sign");
}

/// Nothing that is written on signs is a country's name or an internet domain.
#[test]
fn no_word_names_a_country() {
    let names: BTreeSet<String> = knowledge::countries().iter().map(|country| country.name.to_lowercase()).collect();
    for language in knowledge::languages() {
        for word in &language.words {
            assert!(!names.contains(&word.to_lowercase()) && !word.contains('.'), "{word}");
        }
    }
}

#[test]
fn a_set_on_disk_is_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    let mut heard = Vec::new();
    write_set(3, 1_000_010, folder.path(), &mut |done| heard.push(done)).unwrap();
    assert_eq!(heard, [1, 2, 3]);
    let mut manifest = csv::Reader::from_path(folder.path().join("manifest.csv")).unwrap();
    let columns = "path,latitude,longitude,country_code,city,locatability,clues,reasons";
    assert_eq!(manifest.headers().unwrap().iter().collect::<Vec<_>>().join(","), columns);
    let rows: Vec<csv::StringRecord> = manifest.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 3);
    for (at, row) in rows.iter().enumerate() {
        let street = draw(1_000_010 + at as u64);
        assert_eq!(&row[0], format!("pictures/{at:06}.png"));
        assert_eq!(row[3], street.country.to_string());
        let picture = image::open(folder.path().join(&row[0])).unwrap().to_rgb8();
        assert_eq!(picture.as_raw(), street.pixels.as_raw());
        let labels = image::open(folder.path().join(format!("labels/{at:06}.png"))).unwrap();
        assert_eq!(labels.as_luma8().unwrap().as_raw(), street.labels.as_raw());
        let clues: Vec<serde_json::Value> = serde_json::from_str(&row[6]).unwrap();
        assert_eq!(clues.len(), street.clues.len());
        assert!(clues.iter().all(|clue| clue["kind"].is_string() && clue["box"].as_array().unwrap().len() == 4));
        let reasons: Vec<String> = serde_json::from_str(&row[7]).unwrap();
        assert_eq!(reasons, street.reasons);
    }
    let names: Vec<_> =
        std::fs::read_dir(folder.path().join("pictures")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn training_and_evaluation_seeds_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let error = write_set(10, 999_995, folder.path(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, StreetError::SeedsCross { .. }));
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is written for a refused range");
}
