//! The levels at which areas are drawn, and on what they were taken.

use serde::{Deserialize, Serialize};

/// What the pictures of the cases were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Drawn streets: it says nothing about photographs.
    DrawnStreets,
    /// Photographs.
    Photographs,
}

/// The shares of the probability at which areas are to be drawn so that they hold the truth as often as they promise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// For one half.
    pub p50: Level,
    /// For nine tenths.
    pub p90: Level,
}

/// The levels of the two forms in which an area is given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Of the likeliest cells, wherever they lie.
    pub cells: f64,
    /// Of a circle around the first candidate.
    pub circle: f64,
}

impl Levels {
    /// Whether each is a share, or a hair above the whole.
    pub fn are_sound(self) -> bool {
        let each = [self.p50, self.p90].into_iter().flat_map(|level| [level.cells, level.circle]);
        each.into_iter().all(|level| (0.0..=1.0f64.next_up()).contains(&level))
    }

    /// Areas drawn at what the numbers themselves say, as without a calibration.
    pub const NOMINAL: Self = Self { p50: Level { cells: 0.5, circle: 0.5 }, p90: Level { cells: 0.9, circle: 0.9 } };
}

/// What numbers were calibrated on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibratedOn {
    /// So many cases.
    pub n_cases: usize,
    /// What they were.
    pub kind: Kind,
    /// Whether what their signs said was counted.
    #[serde(default)]
    pub with_signs: bool,
    /// The levels at which the areas are drawn.
    pub levels: Levels,
}
