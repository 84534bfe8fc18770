//! Pictures are calibrated among their like, by what is known of them before any answer: what their signs say, and how
//! locatable they are. What the groups promise holds in each (Mondrian conformal prediction: Vovk, Gammerman and Shafer,
//! "Algorithmic Learning in a Random World", 2005, section 4.5).

use serde::{Deserialize, Serialize};

use super::{Levels, Near};
use crate::predict::{evidence::Piece, sign::Sign, sign_pieces};

/// What the signs of a picture say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignsSay {
    /// Nobody read them.
    NotRead,
    /// There is no word: no three letters in a row, and no script.
    NoWord,
    /// There are words, and they tell nothing of the place.
    Nothing,
    /// They speak for some countries or places.
    Something,
}

/// A word has so many letters.
const LETTERS: usize = 3;

impl SignsSay {
    /// What there is to be said where signs are read.
    pub const READ: [Self; 3] = [Self::NoWord, Self::Nothing, Self::Something];

    /// Of the signs of a picture; none where nobody read them.
    pub fn of(signs: Option<&[Sign]>) -> Self {
        let Some(signs) = signs else { return Self::NotRead };
        if sign_pieces::pieces(signs).iter().any(Piece::counts) {
            Self::Something
        } else if signs.iter().any(is_word) {
            Self::Nothing
        } else {
            Self::NoWord
        }
    }
}

fn is_word(sign: &Sign) -> bool {
    let mut in_a_row = 0;
    let has_letters = sign.text.chars().any(|c| {
        in_a_row = if c.is_alphabetic() { in_a_row + 1 } else { 0 };
        in_a_row == LETTERS
    });
    sign.script.is_some() || has_letters
}

/// How far what is said of a picture counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// Of the model's probabilities of countries.
    pub temperature: f64,
    /// The power to which what signs say of countries is raised: below 1 where the model has seen them too.
    #[serde(default = "whole")]
    pub sign_exponent: f64,
    /// The strength of a city that the answer names in its country; elsewhere it is less in proportion.
    pub city_strength: f64,
    /// What "within 100 km" of a candidate is worth.
    #[serde(default = "same")]
    pub near: Near,
}

fn whole() -> f64 {
    1.0
}

fn same() -> Near {
    Near::SAME
}

/// What was learned of the pictures of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// What their signs say.
    pub signs: Vec<SignsSay>,
    /// How many the weights were fitted on.
    pub n_temperatures: usize,
    /// How many others the levels were taken from.
    pub n_levels: usize,
    /// How far what is said of them counts.
    pub weights: Weights,
    /// The levels for a picture of no known locatability.
    pub levels: Levels,
    /// The levels by locatability, where there were enough cases.
    pub bands: Vec<Band>,
}

/// The levels for pictures of a band of locatability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The least locatability of the band.
    pub from: f64,
    /// Where the next band begins.
    pub below: f64,
    /// How many cases.
    pub n: usize,
    /// Its levels.
    pub levels: Levels,
}

impl Group {
    /// Whether its numbers can be what they are called; else what is wrong.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let Weights { temperature, sign_exponent, city_strength, near } = self.weights;
        let mut levels = self.bands.iter().map(|band| band.levels).chain([self.levels]);
        if !(temperature.is_finite() && temperature > 0.0) {
            Err("a temperature is no number above 0")
        } else if !(sign_exponent.is_finite() && sign_exponent >= 0.0) {
            Err("an exponent of signs is no number from 0 on")
        } else if !(0.0..=1.0).contains(&city_strength) {
            Err("a strength of a city is not between 0 and 1")
        } else if !near.is_sound() {
            Err("what is near is no line that rises")
        } else if !levels.all(Levels::are_sound) {
            Err("one of its levels is not between 0 and 1")
        } else {
            Ok(())
        }
    }

    /// The band that holds a picture of this locatability.
    pub fn band(&self, locatability: Option<f64>) -> Option<&Band> {
        let holds = |at: f64| self.bands.iter().find(|band| (band.from..band.below).contains(&at));
        locatability.and_then(holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Script;

    #[test]
    fn what_signs_say_is_known_before_any_answer() {
        let sign = |text: &str| Sign::added([0.0, 0.0, 1.0, 1.0], text);
        let say = |signs: &[Sign]| SignsSay::of(Some(signs));
        assert_eq!(SignsSay::of(None), SignsSay::NotRead);
        assert_eq!(say(&[]), SignsSay::NoWord);
        assert_eq!(say(&[sign("30"), sign("AB3462")]), SignsSay::NoWord, "a limit and a plate are no words");
        assert_eq!(say(&[sign("30"), sign("GARDEN")]), SignsSay::Nothing);
        assert_eq!(say(&[sign("GARDEN"), sign("Łódź ulica")]), SignsSay::Something);
        let unread = Sign { script: Some(Script::Thai), is_added: false, ..sign("") };
        assert_eq!(say(std::slice::from_ref(&unread)), SignsSay::Something);
        assert_eq!(say(&[Sign { on: false, ..unread }]), SignsSay::Nothing);
    }
}
