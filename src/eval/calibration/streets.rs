//! The drawn streets that a calibration is taken on and tried on: three ranges of seeds that no starter has learned from.

use std::ops::Range;

use super::{super::Pictures, set::RecordSet};
use crate::street::FIRST_EVALUATION_SEED;

/// The quality of the JPEG that the model sees, as in evaluations.
const JPEG_QUALITY: u8 = 90;

/// Temperatures are fitted on these.
const TEMPERATURES: Range<u64> = 700_000..703_600;
/// Levels are taken from these.
const LEVELS: Range<u64> = 710_000..713_600;
/// It is tried on streets from this one on.
const FIRST_TRIED: u64 = FIRST_EVALUATION_SEED + 100_000;

/// One of the three sets, with the name of its file of records.
#[derive(Debug)]
pub struct StreetSet {
    /// `temperatures`, `levels` or `test`.
    pub name: &'static str,
    /// The seeds.
    pub seeds: Range<u64>,
}

impl StreetSet {
    /// The sets, the last with so many streets.
    pub fn all(n_tried: u64) -> [Self; 3] {
        [
            Self { name: "temperatures", seeds: TEMPERATURES },
            Self { name: "levels", seeds: LEVELS },
            Self { name: "test", seeds: FIRST_TRIED..FIRST_TRIED + n_tried },
        ]
    }

    /// Its pictures as a model sees them, to be recorded.
    pub fn recorded(&self) -> RecordSet {
        RecordSet::of(self.name, Pictures::drawn(self.seeds.clone(), JPEG_QUALITY))
    }
}

/// Where the cases come from, in words.
pub fn source() -> String {
    format!(
        "drawn streets of seeds {} to {} and {} to {}, JPEG quality {JPEG_QUALITY}",
        TEMPERATURES.start,
        TEMPERATURES.end - 1,
        LEVELS.start,
        LEVELS.end - 1
    )
}
