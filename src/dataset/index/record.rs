//! What was found out about a picture, on its way into the index.

use std::{fs::Metadata, time::UNIX_EPOCH};

use super::trouble::Trouble;
use crate::{dataset::label::Label, geo::LatLon};

/// What [`Scored::scorer`] says where the score is the manifest's own.
pub(super) const MANIFEST: &str = "manifest";

/// A picture's news.
#[derive(Debug)]
pub(super) struct Record {
    /// What the index calls it.
    pub key: String,
    /// What the index called it before, where it was found in another place.
    pub moved_from: Option<String>,
    /// The file as it was before it was read.
    pub stamp: Stamp,
    /// What a table says of it, as JSON.
    pub label: Option<String>,
    /// What was found out.
    pub content: Content,
}

impl Record {
    /// News of a picture that lies where it was.
    pub fn of(key: String, stamp: Stamp, label: Option<String>, content: Content) -> Self {
        Self { key, moved_from: None, stamp, label, content }
    }
}

/// What was found out about a picture.
#[derive(Debug)]
pub(super) enum Content {
    /// Everything.
    Read(Box<Facts>, Scored),
    /// Its score alone.
    Rescored(Scored),
    /// That it cannot be read, and why.
    Unreadable(Trouble),
    /// That it is not there.
    Missing,
    /// That it is there again, as it was.
    Back,
}

/// What a picture's file says.
#[derive(Debug)]
pub(super) struct Facts {
    pub sha256: String,
    pub width: u32,
    pub height: u32,
    pub taken: Option<String>,
    /// Where its metadata say that it was taken.
    pub gps: Option<LatLon>,
    pub hash: u64,
    /// A JPEG.
    pub thumbnail: Vec<u8>,
}

/// A score, or why there is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Scored {
    pub locatability: Option<f64>,
    pub scorer: Option<String>,
    pub error: Option<Trouble>,
}

impl Scored {
    /// What a scorer says. A score outside 0 to 1 is a fault of the scorer's and not kept.
    pub fn new(scorer: &str, score: Result<f64, String>) -> Self {
        let in_range = |score: f64| match score {
            score if (0.0..=1.0).contains(&score) => Ok(score),
            wrong => Err(format!("the score {wrong} lies outside 0 to 1")),
        };
        let (locatability, error) = match score.and_then(in_range) {
            Ok(score) => (Some(score), None),
            Err(reason) => (None, Some(Trouble::Unscored(reason))),
        };
        Self { locatability, scorer: Some(scorer.to_owned()), error }
    }

    /// Whether this scorer gave it.
    pub fn is_by(&self, scorer: &str) -> bool {
        self.scorer.as_deref() == Some(scorer)
    }

    /// The score that the manifest gives, if it does.
    pub fn by_label(label: Option<&str>) -> Self {
        let locatability = Label::from_json(label).locatability;
        Self { locatability, scorer: locatability.map(|_| MANIFEST.to_owned()), error: None }
    }
}

/// By what a change of a file is noticed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Size in bytes.
    pub bytes: u64,
    /// Time of the last change, in nanoseconds since 1970.
    pub modified: i64,
}

impl Stamp {
    pub fn of(about: &Metadata) -> Self {
        let modified = about.modified().ok().map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |since| -since),
        });
        Self { bytes: about.len(), modified }
    }
}
