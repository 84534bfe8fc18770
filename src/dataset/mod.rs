//! Labelled pictures on disk: where each was taken and what speaks for it.
//!
//! So far this room reads manifests, the form that `terrasight streets` writes and that any table with
//! `path,latitude,longitude` has, and tables of pictures with their locatability.

mod manifest;
mod scored;

pub use manifest::{Manifest, ManifestError, Sample};
pub use scored::{ScoredPicture, read_scored};
