//! The signs of a picture as a finding keeps them, and the pieces of evidence that follow from what they say. The pieces are
//! a function of the signs alone, so that a reading which the user corrects tells what the corrected text tells.

use serde::{Deserialize, Serialize};

use super::{
    evidence::{Likelihood, Piece, Spot},
    finding::{Evidence, EvidenceKind},
    statement::{Source, Statement, Town},
};
use crate::{
    knowledge::Script,
    model::reader::Reading,
    signs::{Bearing, Clue, Text, clues},
};

/// No more signs than this are kept of one picture.
pub const MOST_SIGNS: usize = 5000;

/// Signs of one picture are not independent: a German restaurant has a German name, address and menu.
const GROUP: &str = "signs";

/// The longest id of a piece, in bytes.
const LONGEST_ID: usize = 100;

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
    /// How sure the reading is, 0 to 1: a raw score; 1 where the user has typed it.
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
            text: reading.text,
            script: None,
            score: reading.score,
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

/// What the signs that are on tell, as pieces of evidence.
pub fn pieces(signs: &[Sign]) -> Vec<Piece> {
    let on: Vec<&Sign> = signs.iter().filter(|sign| sign.on).take(MOST_SIGNS).collect();
    let texts: Vec<Text<'_>> = on.iter().map(|sign| Text { text: &sign.text, script: sign.script }).collect();
    clues(&texts).into_iter().filter_map(|clue| piece(clue, &on)).collect()
}

fn piece(clue: Clue, signs: &[&Sign]) -> Option<Piece> {
    let signs = || clue.readings.iter().filter_map(|reading| signs.get(*reading));
    let surest = signs().map(|sign| f64::from(sign.score)).fold(0.0, f64::max);
    let mut id = format!("sign-{}-{}", clue.kind, clue.text.to_lowercase());
    id.truncate(id.floor_char_boundary(LONGEST_ID));
    let numbers: Vec<String> = signs().map(|sign| sign.id.clone()).collect();
    let region = signs().next().map(|sign| sign.region());
    let evidence = |statement, strength: f64, position| Evidence {
        id,
        kind: EvidenceKind::Sign,
        statement,
        source: Source::Signs { signs: numbers, facts: clue.source.to_owned() },
        strength: (strength * 1e4).round() / 1e4,
        on: true,
        region,
        position,
    };
    match clue.bearing {
        Bearing::Countries { countries, inside, outside } => {
            let said = Statement::Sign { clue: clue.kind, text: clue.text.clone(), countries: countries.clone() };
            let likelihood = Likelihood::Ratio { countries, inside, outside };
            Some(Piece { group: Some(GROUP.to_owned()), ..Piece::new(evidence(said, surest, None), likelihood) })
        }
        Bearing::Places { places, share } => {
            let spots: Vec<Spot> =
                places.into_iter().map(|named| Spot { town: named.place, part: named.part }).collect();
            let first = &spots.first()?.town.place;
            let (position, n_others) = (Some(first.position), spots.len() - 1);
            let said = Statement::SignPlace { text: clue.text.clone(), town: Town::from(first), n_others };
            Some(Piece::new(evidence(said, surest * share, position), Likelihood::Places(spots)))
        }
    }
}
