//! One clue record.

use serde::{Deserialize, Serialize};

use crate::geo::CountryCode;

/// A judged likelihood is at most so many times as great inside as outside, and the other way round.
pub const MOST_FACTOR: f64 = 20.0;

macro_rules! features {
    ($($feature:ident $doc:literal),* $(,)?) => {
        /// What a clue is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Feature {
            $(#[doc = $doc] $feature,)*
        }

        impl Feature {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$feature),*];
        }
    };
}

features![
    DrivingSide "The side that traffic keeps to.",
    CentreLine "The line between the two directions.",
    EdgeLine "The line at the edge of the carriageway.",
    WarningSign "Shape and colours of warning signs.",
    DirectionSign "The ground of direction signs.",
    StopSign "Shape and word of stop signs.",
    SpeedSign "The look of speed limits.",
    NoEntrySign "The look of no-entry signs.",
    ParkingSign "The look of no-parking signs.",
    SpeedUnit "The unit of speed limits.",
    Script "The letters of signs.",
    Letter "Letters that few languages have.",
    Language "The language of signs.",
    Domain "The end of web addresses.",
    Phone "The country code of phone numbers.",
    Plate "The look of number plates.",
    Currency "Money in which prices are given.",
    Postcode "The form of postcodes.",
    Pole "Poles of power and telephone lines.",
    RoadsidePost "Posts beside the road, called bollards by players.",
    Climate "The climate.",
    Plant "What grows there.",
    Soil "The colour of the ground.",
    Sun "The side of the sky in which the sun stands at noon.",
    Hemisphere "The half of the globe, as satellite dishes tell it.",
    Roof "The shape and cover of roofs.",
    Brand "Shops, banks and filling stations of one country.",
    PostBox "The look of post boxes.",
    Vehicle "Vehicles of the street.",
    Other "Anything else, for a user's own records.",
];

/// How a likelihood is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// By someone's judgement, within [`MOST_FACTOR`].
    Judged,
    /// By counting.
    Counted {
        /// What was counted.
        data: String,
        /// Over how many cases.
        n: u64,
    },
}

/// Who can tell a clue from a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detector {
    /// What reads signs.
    Reader,
    /// What divides a picture into ADE20K's classes.
    Segmenter,
    /// A vision-language model, which is not always right.
    Model,
    /// Only the user.
    User,
}

/// Where a fact is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClueSource {
    /// What it is called.
    pub name: String,
    /// Where it can be read.
    #[serde(default)]
    pub address: String,
    /// Under what terms.
    #[serde(default)]
    pub licence: String,
}

/// Something that is seen on streets, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClueRecord {
    /// Its own name, such as `driving_side-left`.
    pub id: String,
    /// What it is about.
    pub feature: Feature,
    /// What is so, for reading.
    pub value: String,
    /// The countries where it is so.
    pub countries: Vec<CountryCode>,
    /// How likely it is in a picture from one of them; above 0, at most 1.
    pub inside: f64,
    /// How likely elsewhere; above 0, at most 1.
    pub outside: f64,
    /// How that is known.
    pub basis: Basis,
    /// Who can tell it from a picture.
    pub seen_by: Detector,
    /// Where the fact is from.
    pub source: ClueSource,
    /// Words by which a text names it.
    pub words: Vec<String>,
    /// What ADE20K calls the thing, or what it stands on; empty where it has no word for it.
    pub classes: Vec<String>,
}

impl ClueRecord {
    /// How many times as likely it is to be seen inside as outside; where it is known not to be so, how many times as likely
    /// that is. A judged one is at most [`MOST_FACTOR`] either way.
    pub fn factor(&self, is_so: bool) -> f64 {
        let not = |likelihood: f64| (1.0 - likelihood).max(1e-6);
        let factor = if is_so { self.inside / self.outside } else { not(self.inside) / not(self.outside) };
        match self.basis {
            Basis::Judged => factor.clamp(1.0 / MOST_FACTOR, MOST_FACTOR),
            // What was seen in every case of a count is not therefore certain.
            Basis::Counted { .. } => factor.clamp(1e-3, 1e3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(inside: f64, outside: f64, basis: Basis) -> ClueRecord {
        ClueRecord {
            id: "x".into(),
            feature: Feature::Other,
            value: "x".into(),
            countries: vec!["FR".parse().unwrap()],
            inside,
            outside,
            basis,
            seen_by: Detector::User,
            source: ClueSource { name: "me".into(), address: String::new(), licence: String::new() },
            words: vec![],
            classes: vec![],
        }
    }

    #[test]
    fn what_is_not_there_says_less_than_what_is() {
        let palms = record(0.5, 0.05, Basis::Judged);
        assert!((palms.factor(true) - 10.0).abs() < 1e-12);
        assert!((palms.factor(false) - 0.5 / 0.95).abs() < 1e-12);
    }

    #[test]
    fn a_judged_factor_is_bounded_either_way_and_a_counted_one_is_finite() {
        assert_eq!(record(1.0, 0.01, Basis::Judged).factor(true), MOST_FACTOR);
        assert_eq!(record(1.0, 0.01, Basis::Judged).factor(false), 1.0 / MOST_FACTOR);
        let counted = Basis::Counted { data: "streets".into(), n: 9 };
        assert!((record(0.9, 0.01, counted.clone()).factor(true) - 90.0).abs() < 1e-9);
        assert_eq!(record(1.0, 0.5, counted.clone()).factor(false), 1e-3);
        assert_eq!(record(1.0, 1.0, counted).factor(false), 1.0);
    }
}
