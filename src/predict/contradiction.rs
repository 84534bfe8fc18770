//! What is said of a picture and does not fit together, though neither side rules the other out: the file's position and a
//! sign or the user's word, the user's word and the answer, two things that the user says, a season or the sun and the hemisphere, the driving side and the
//! country. Plain data.

use serde::{Deserialize, Serialize};

use super::statement::{Statement, Whereabouts};

/// Two things that do not fit together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contradiction {
    /// The file's position and a sign.
    Position {
        /// What the file says.
        file: Whereabouts,
        /// What the sign tells.
        sign: Statement,
    },
    /// The file's position and what the user says.
    SaidAgainstFile {
        /// What the user says.
        said: Statement,
        /// What the file says.
        file: Whereabouts,
    },
    /// What the user says, and what comes first all the same.
    SaidAgainstFirst {
        /// What the user says.
        said: Statement,
        /// The first of the candidates.
        first: Whereabouts,
    },
    /// Two things that the user says, which leave no place together.
    SaidTwice {
        /// The first of them.
        one: Statement,
        /// The other.
        other: Statement,
    },
    /// A half of the globe that was said or follows from what was seen, and a place on the other.
    Hemisphere {
        /// Whether it is the northern.
        is_north: bool,
        /// From what it follows.
        by: Ground,
        /// What lies on the other half.
        against: Place,
    },
    /// The side that traffic keeps to, and a country where it keeps to the other.
    DrivingSide {
        /// Whether it is the left.
        is_left: bool,
        /// Who says so.
        by: Ground,
        /// What lies where it is not so.
        against: Place,
    },
}

impl Contradiction {
    /// Whether it is the user's own word that does not fit.
    pub fn is_of_user(&self) -> bool {
        matches!(self, Self::SaidAgainstFile { .. } | Self::SaidAgainstFirst { .. } | Self::SaidTwice { .. })
    }

    /// Whether it is the file's position that does not fit the picture.
    pub fn is_of_file(&self) -> bool {
        matches!(self, Self::Position { .. })
    }
}

/// What something follows from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A piece of evidence.
    Evidence(Statement),
    /// A reason of the model's.
    Reason(String),
    /// A season, and the month of the file's date, from 1.
    Season {
        /// The month.
        month: u8,
        /// Winter or summer.
        is_winter: bool,
        /// Who names the season.
        by: Box<Self>,
    },
}

/// Where the picture may have been taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The file's position.
    File(Whereabouts),
    /// The first of the candidates.
    First(Whereabouts),
}

impl Place {
    /// The position and what lies there.
    pub fn whereabouts(&self) -> &Whereabouts {
        match self {
            Self::File(place) | Self::First(place) => place,
        }
    }

    /// Degrees north.
    pub fn latitude(&self) -> f64 {
        self.whereabouts().position.lat
    }
}
