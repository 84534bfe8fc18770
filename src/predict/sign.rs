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
    /// How sure the reading is, 0 to 1: a raw score; where its script cannot be read, how sure that script is; 1 where the user
    /// has typed it.
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

    /// Whether its numbers can be used, wherever it was read from.
    pub fn is_sound(&self) -> bool {
        self.quad.as_flattened().iter().all(|at| at.is_finite()) && (0.0..=1.0).contains(&self.score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_cannot_be_read_is_as_sure_as_its_script() {
        let quad = [[0.0, 0.0], [10.0, 0.0], [10.0, 5.0], [0.0, 5.0]];
        let script = Some(Script::Cyrillic);
        let unread = Reading { text: String::new(), score: 0.0, script, certainty: 0.9, quad };
        let read = Reading { text: "Apotheke".to_owned(), score: 0.7, script: Some(Script::Latin), ..unread.clone() };
        let signs = Sign::of(vec![unread, read], 20, 10);
        assert_eq!(signs.iter().map(|sign| sign.score).collect::<Vec<_>>(), [0.9, 0.7]);
        assert_eq!(signs[0].script, script);
        assert_eq!(signs[0].region(), [0.0, 0.0, 0.5, 0.5]);
    }
}
