//! What the index knows of one picture.

use std::path::{Path, PathBuf};

use super::trouble::Trouble;
use crate::geo::{CountryCode, LatLon};

/// A picture's number within its index; it never changes and is never given to another.
pub type RowId = i64;

/// Who says where a picture was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PositionSource {
    /// The picture's own metadata.
    Exif,
    /// The manifest that it was indexed from, which is believed before the metadata.
    Manifest,
}

impl PositionSource {
    /// The word for it in the index.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Exif => "exif",
            Self::Manifest => "manifest",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Exif, Self::Manifest].into_iter().find(|source| source.name() == name)
    }
}

/// One picture of an index.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Its number.
    pub id: RowId,
    /// Its file, from the index's root where it lies under it ([`Row::file`] gives a path that can be opened).
    pub path: PathBuf,
    /// The file's size.
    pub bytes: u64,
    /// When the file was changed last, in nanoseconds since 1970.
    pub modified: i64,
    /// SHA-256 of the file, in hexadecimal; none as long as it could not be read.
    pub sha256: Option<String>,
    /// Pixels across, upright; zero as long as it could not be read.
    pub width: u32,
    /// Pixels down, upright; zero as long as it could not be read.
    pub height: u32,
    /// When it was taken, `2024-05-31 14:03:09`, as its metadata say.
    pub taken: Option<String>,
    /// Where it was taken.
    pub position: Option<LatLon>,
    /// Who says so.
    pub position_source: Option<PositionSource>,
    /// The country: as the manifest names it, or the one that the position lies in.
    pub country: Option<CountryCode>,
    /// The city, where a manifest names it.
    pub city: Option<String>,
    /// How much of the place can be read from the picture, 0 to 1.
    pub locatability: Option<f64>,
    /// The name of the [`Scorer`](super::Scorer) that said so, or `manifest`.
    pub scorer: Option<String>,
    /// The perceptual hash: pictures that look alike differ in few of its bits.
    pub hash: Option<u64>,
    /// Whether somebody has looked at it and marked it so.
    pub checked: bool,
    /// Why it could not be read or scored.
    pub error: Option<Trouble>,
    /// The index's revision in which this row was written last.
    pub revision: i64,
}

impl Row {
    /// Whether its file is gone, or cannot be read: having no score is no error.
    pub fn is_wrong(&self) -> bool {
        self.error.as_ref().is_some_and(|trouble| !trouble.is_of_score())
    }

    /// The file as it can be opened; `root` is the index's.
    pub fn file(&self, root: &Path) -> PathBuf {
        root.join(&self.path)
    }

    /// Whether the file was there once and is no longer.
    pub fn is_gone(&self) -> bool {
        self.error == Some(Trouble::Gone)
    }
}
