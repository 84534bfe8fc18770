//! A text in a picture, as a finding keeps it.

use serde::{Deserialize, Serialize};

use crate::{knowledge::Script, model::reader::Reading};

/// No more signs than this are kept of one picture.
pub const MOST_SIGNS: usize = 5000;

/// A text in a picture: read, corrected or added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sign {
    /// Tells it from the other signs of its picture.
    pub id: String,
    /// Where it stands, each x and y a share of the picture's width and height; above left is the first letter's corner.
    pub quad: [[f32; 2]; 4],
    /// What it says; empty where its script cannot be read.
    pub text: String,
    /// The script it is written in, where that was seen.
    #[serde(default)]
    pub script: Option<Script>,
    /// How sure the reading is, 0 to 1: a raw score, of the script where nothing was read; 1 where the user has added it.
    pub score: f32,
    /// Whether it is counted; a sign that was struck is off.
    pub on: bool,
    /// What the reader made of it, where the user has typed something else.
    #[serde(default)]
    pub read_as: Option<String>,
    /// Whether the user has added it.
    #[serde(default)]
    pub is_added: bool,
}

impl Sign {
    /// The readings of a picture of so many pixels, numbered from 1.
    pub fn of(readings: Vec<Reading>, width: u32, height: u32) -> Vec<Self> {
        let size = [width.max(1) as f32, height.max(1) as f32];
        let sign = |(number, reading): (usize, Reading)| Self {
            id: number.to_string(),
            quad: reading.quad.map(|corner| [corner[0] / size[0], corner[1] / size[1]]),
            score: if reading.text.is_empty() { reading.certainty } else { reading.score },
            text: reading.text,
            script: reading.script,
            on: true,
            read_as: None,
            is_added: false,
        };
        (1..).zip(readings).take(MOST_SIGNS).map(sign).collect()
    }

    /// The smallest upright box around it: left, top, right and bottom edge.
    pub fn region(&self) -> [f32; 4] {
        let edge = |axis: usize, choose: fn(f32, f32) -> f32| {
            self.quad.iter().map(|corner| corner[axis]).reduce(choose).unwrap_or(0.0).clamp(0.0, 1.0)
        };
        [edge(0, f32::min), edge(1, f32::min), edge(0, f32::max), edge(1, f32::max)]
    }

    /// Whether it stands as it was read.
    pub fn is_as_read(&self) -> bool {
        self.on && self.read_as.is_none() && !self.is_added
    }

    /// How sure what it says is, 0 to 1: the reading's score, and 1 where the user has typed it.
    pub fn certainty(&self) -> f64 {
        if self.read_as.is_some() || self.is_added { 1.0 } else { f64::from(self.score) }
    }

    /// Whether its script was seen and nothing was read, as on a sign in letters that the reader does not know.
    pub(super) fn is_seen_only(&self) -> bool {
        self.text.trim().is_empty() && self.script.is_some() && self.read_as.is_none() && !self.is_added
    }

    /// Its smallest upright box as a share of the picture.
    pub(super) fn share(&self) -> f32 {
        let [left, top, right, bottom] = self.region();
        (right - left) * (bottom - top)
    }

    /// It with another text, which the user has typed.
    pub fn corrected(&self, text: &str) -> Self {
        let read_as = self.read_as.as_ref().unwrap_or(&self.text);
        let is_other = !self.is_added && text != read_as;
        Self { text: text.to_owned(), read_as: is_other.then(|| read_as.clone()), ..self.clone() }
    }

    /// It as the reader read it, and counted.
    pub fn as_it_was_read(&self) -> Self {
        let text = self.read_as.clone().unwrap_or_else(|| self.text.clone());
        Self { text, read_as: None, on: true, ..self.clone() }
    }

    /// A sign that the user adds in a box: left, top, right and bottom edge as shares of the picture's width and height. It
    /// has no id yet.
    pub fn added([left, top, right, bottom]: [f32; 4], text: &str) -> Self {
        let quad = [[left, top], [right, top], [right, bottom], [left, bottom]];
        Self {
            id: String::new(),
            quad,
            text: text.to_owned(),
            script: None,
            score: 1.0,
            on: true,
            read_as: None,
            is_added: true,
        }
    }

    /// Whether its numbers can be used, wherever it was read from.
    pub fn is_sound(&self) -> bool {
        self.quad.as_flattened().iter().all(|at| at.is_finite()) && (0.0..=1.0).contains(&self.score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read() -> Sign {
        Sign { id: "1".into(), is_added: false, score: 0.5, ..Sign::added([0.1, 0.2, 0.3, 0.4], "Apotheko") }
    }

    #[test]
    fn a_sign_in_letters_that_cannot_be_read_is_as_sure_as_its_script() {
        let quad = [[10.0, 20.0], [30.0, 20.0], [30.0, 40.0], [10.0, 40.0]];
        let word = Reading { text: "Café".into(), score: 0.9, script: None, certainty: 0.0, quad };
        let unread =
            Reading { text: String::new(), score: 0.0, script: Some(Script::Thai), certainty: 0.8, ..word.clone() };
        let signs = Sign::of(vec![word, unread], 100, 200);
        assert_eq!(signs.iter().map(|sign| sign.certainty() as f32).collect::<Vec<_>>(), [0.9, 0.8]);
        assert_eq!((signs[1].id.as_str(), signs[1].script), ("2", Some(Script::Thai)));
        assert_eq!(signs[0].region(), [0.1, 0.1, 0.3, 0.2]);
    }

    #[test]
    fn a_correction_is_certain_keeps_what_was_read_and_goes_back_to_it() {
        let corrected = read().corrected("Apotheke");
        assert_eq!((corrected.text.as_str(), corrected.read_as.as_deref()), ("Apotheke", Some("Apotheko")));
        assert_eq!((read().certainty(), corrected.certainty()), (0.5, 1.0));
        let again = corrected.corrected("Pharmacie");
        assert_eq!(again.read_as.as_deref(), Some("Apotheko"), "what was read, not what was typed before");
        assert_eq!(again.corrected("Apotheko"), read());
        let struck = Sign { on: false, ..again };
        assert_eq!(struck.as_it_was_read(), read());
        assert!(struck.as_it_was_read().is_as_read() && !struck.is_as_read());
    }

    #[test]
    fn a_sign_that_was_added_was_never_read() {
        let added = Sign::added([0.1, 0.2, 0.3, 0.4], "Bäckerei").corrected("Bäcker");
        assert_eq!((added.text.as_str(), added.read_as.as_deref(), added.certainty()), ("Bäcker", None, 1.0));
        assert_eq!(added.region(), [0.1, 0.2, 0.3, 0.4]);
    }
}
