//! What is kept of the window when it closes, so that it comes back: the pictures by path and hash, what was found
//! and what was said. It is
//! text with a version and room for more; what a later version has added is carried along.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Early, Turn};
use crate::predict::{Finding, Weighing};

/// The form that this program writes and reads.
pub const SESSION_VERSION: u32 = 1;

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
    /// Which of the runs stands as the answer, from 0; none for the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<usize>,
    /// What was said about it; none in the files of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub talk: Vec<Turn>,
    /// What the user has said of it before anything was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early: Option<Early>,
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
    /// The sizes of these cells, as H3 numbers them; none in the files of earlier versions, whose cells come back wide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<u8>,
    /// What it was weighed from; of a picture's latest runs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighing: Option<Weighing>,
    /// How many seconds the model took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}
