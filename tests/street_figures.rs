//! The figures that are given beside every model: what the ideal observer reaches on drawn streets, and how little their
//! colours alone give away. Run with `--ignored --nocapture` to see them.

use std::{collections::BTreeMap, convert::Infallible};

use terrasight::street::{
    FIRST_EVALUATION_SEED, draw_many,
    observer::chance_of_being_right,
    thumbnail::{LinearClassifier, thumbnail},
};

#[test]
#[ignore = "slow: run by .ci/run"]
fn the_ideal_observer_is_neither_blind_nor_sure() {
    let count = 2000;
    let (mut right, mut kinds) = (0.0, BTreeMap::new());
    let Ok(()) = draw_many(
        FIRST_EVALUATION_SEED,
        count,
        |street| (street.clues, street.country),
        |_, (clues, truth)| {
            right += chance_of_being_right(&clues, truth);
            let seen: std::collections::BTreeSet<_> = clues.iter().map(|clue| clue.kind).collect();
            seen.into_iter().for_each(|kind| *kinds.entry(kind).or_insert(0) += 1);
            Ok::<(), Infallible>(())
        },
    );
    let accuracy = right / count as f64;
    println!("ideal observer on {count} streets: {:.1} % of countries right", accuracy * 100.0);
    for (kind, pictures) in kinds {
        println!("  {kind:?} can be read in {:.1} %", f64::from(pictures) * 100.0 / count as f64);
    }
    assert!((0.75..=0.92).contains(&accuracy), "{accuracy}");
}

#[test]
#[ignore = "slow: run by .ci/run"]
fn colours_alone_give_little_away() {
    let sample = |first: u64, count: u64| {
        let mut samples = Vec::new();
        let Ok(()) = draw_many(
            first,
            count,
            |street| (thumbnail(&street.pixels), street.country),
            |_, sample| {
                samples.push(sample);
                Ok::<(), Infallible>(())
            },
        );
        samples
    };
    let (training, test) = (sample(0, 6000), sample(FIRST_EVALUATION_SEED, 1500));
    let model = LinearClassifier::fit(&training, 12);
    let accuracy = model.accuracy(&test);
    println!(
        "linear classifier on 16 x 16 thumbnails, {} streets to learn from: {:.1} % of {} unseen ones ({:.1} % of its own)",
        training.len(),
        accuracy * 100.0,
        test.len(),
        model.accuracy(&training) * 100.0
    );
    assert!(accuracy < 0.25, "{accuracy}");
}
