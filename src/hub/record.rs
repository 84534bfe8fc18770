//! The record in a model's folder: where it is from and what its files are, by which it is checked at any later time.

use std::{fs, ops::ControlFlow, path::Path};

use serde::{Deserialize, Serialize};

use super::{HubError, Offer, OfferedFile, inside::inside, sum::sha256};
use crate::{assets::write_whole, model::FETCHED_FROM};

/// The record's file in a model's folder.
pub(super) const NAME: &str = FETCHED_FROM;

/// Where a model is from, and its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The repository on the hub; none for one that was imported.
    pub repository: Option<String>,
    /// The commit.
    pub revision: Option<String>,
    /// The files.
    pub files: Vec<RecordedFile>,
    /// What the catalogue asked for when a fetch of them was planned; none where all of them are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

/// What a catalogue's entry says of the files that are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    revision: String,
    files: Vec<OfferedFile>,
}

impl Asked {
    pub(super) fn by(offer: &Offer) -> Self {
        Self { revision: offer.revision.clone(), files: offer.files.clone() }
    }
}

/// A file as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordedFile {
    /// Its path in the folder, with `/`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256; none until it is known.
    pub sha256: Option<String>,
}

impl Record {
    /// The record in this folder, if there is one that can be read.
    pub(super) fn of(folder: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(folder.join(NAME)).ok()?).ok()
    }

    /// Writes it.
    pub(super) fn write(&self, folder: &Path) -> Result<(), HubError> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        let file = folder.join(NAME);
        write_whole(&file, text.as_bytes()).map_err(HubError::disk(&file))
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// How a check of a model's files came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// All files are as they were published, so many of them.
    Sound(usize),
    /// These are not, or are gone.
    Damaged(Vec<String>),
    /// It was stopped.
    Stopped,
}

/// Reads all files of a model again and compares them with its record. `read` is told how many bytes are done of how many, and may
/// stop it.
pub fn verify(name: &str, folder: &Path, read: &mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Result<Check, HubError> {
    let record = Record::of(folder).ok_or_else(|| HubError::NoRecord(name.to_owned()))?;
    let (mut done, all, mut damaged) = (0, record.bytes(), Vec::new());
    for file in &record.files {
        let path = inside(folder, &file.path)?;
        if fs::metadata(&path).map(|metadata| metadata.len()).ok() != Some(file.bytes) {
            damaged.push(file.path.clone());
            continue;
        }
        let summed = sha256(&path, &mut |n| {
            done += n;
            read(done, all)
        });
        match summed.map_err(HubError::disk(&path))? {
            None => return Ok(Check::Stopped),
            Some(sum) if file.sha256.as_ref().is_some_and(|expected| *expected != sum) => {
                damaged.push(file.path.clone());
            }
            Some(_) => {}
        }
    }
    Ok(if damaged.is_empty() { Check::Sound(record.files.len()) } else { Check::Damaged(damaged) })
}
