//! What is kept of the window when it closes, so that it comes back: the pictures by path and hash, and what was found. It is
//! text with a version and room for more; what a later version has added is carried along.

use std::{path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Entry, Found, Run, State};
use crate::{
    geo::{Cell, LatLon, Surface},
    predict::Finding,
};

/// The form that this program writes and reads.
pub const SESSION_VERSION: u32 = 1;
/// So many cells of a surface are kept, the likeliest first; the rest is too faint to be seen.
const MOST_CELLS: usize = 1000;

/// A session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Of the form.
    pub version: u32,
    /// In the order of the strip.
    pub pictures: Vec<KeptPicture>,
    /// Which of them is looked at.
    #[serde(default)]
    pub selected: Option<usize>,
    /// What another version has written.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A picture in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptPicture {
    /// What it is called.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// Of the file's bytes, in hexadecimal; none where it was never opened.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The candidate that was looked at.
    pub chosen_rank: usize,
    /// What was found, the latest last.
    pub runs: Vec<KeptRun>,
    /// What another version has written.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A run in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptRun {
    /// Where, why, and how far to believe it.
    pub finding: Finding,
    /// Whether the starter answered.
    pub by_starter: bool,
    /// Latitude, longitude and probability of the likeliest cells.
    #[serde(default)]
    pub cells: Vec<[f64; 3]>,
}

impl KeptRun {
    fn of(run: &Run) -> Self {
        let Found { finding, surface, by_starter } = &run.found;
        let rounded = |number: f64| (number * 1e4).round() / 1e4;
        let kept = |(cell, share): &(Cell, f32)| {
            let centre = cell.centre();
            [rounded(centre.lat), rounded(centre.lon), f64::from(*share)]
        };
        let cells = surface.cells.iter().take(MOST_CELLS).map(kept).collect();
        Self { finding: Finding::clone(finding), by_starter: *by_starter, cells }
    }

    pub(super) fn run(self) -> Run {
        let cell = |[lat, lon, share]: [f64; 3]| Some((Cell::containing(LatLon::new(lat, lon)?)?, share));
        let surface = Surface::from_weights(self.cells.into_iter().filter_map(cell));
        let by_starter = self.by_starter;
        Run { found: Found { finding: Arc::new(self.finding), surface: Arc::new(surface), by_starter } }
    }
}

impl State {
    /// What is to be kept of it. A picture that came without a file is not.
    pub fn session(&self) -> Session {
        let with_files = || self.entries().iter().filter(|entry| entry.path.is_some());
        let kept = |entry: &Entry| {
            Some(KeptPicture {
                name: entry.name.clone(),
                path: entry.path.clone()?,
                sha256: entry.sha256.clone(),
                chosen_rank: entry.chosen_rank,
                runs: entry.runs.iter().map(KeptRun::of).collect(),
                rest: Map::new(),
            })
        };
        let looked_at = self.selected().map(|entry| entry.key);
        Session {
            version: SESSION_VERSION,
            pictures: with_files().filter_map(kept).collect(),
            selected: with_files().position(|entry| Some(entry.key) == looked_at),
            rest: Map::new(),
        }
    }
}
