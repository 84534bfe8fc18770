//! What the program ships inside itself (the starter models and their calibration, the reader and six drawn samples) and the folder where it keeps things.
//!
//! A starter is unpacked once, because checkpoints are read from a folder and mapped into memory; so the program works
//! wherever its single file lies.

mod calibrations;
mod evaluations;
mod fingerprint;
mod indexes;
mod own_clues;
mod packed;

use std::{fs, io, path::PathBuf};

use sha2::{Digest, Sha256};

use crate::picture::hexadecimal;

pub use crate::files::{HomeError, home, write_new, write_secret, write_whole};
pub use calibrations::{CalibrationNotRead, calibration_of, calibration_place};
pub use evaluations::{evaluation_place, evaluations_folder};
pub use fingerprint::Fingerprint;
pub use indexes::{index_name, index_place, make_index_place};
pub use own_clues::{OwnCluesError, keep_clue, own_clues, remove_clue};
pub use packed::{packing, packing_in};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A file inside the program.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedFile {
    /// Its name.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// A starter could not be laid out.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// This build holds none.
    #[error("this build of terrasight holds no {0}; name a folder that does")]
    NoStarter(&'static str),
    /// There is no place for it.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// It could not be written.
    #[error("{path}: a starter model cannot be unpacked here ({source}); free some space or set TERRASIGHT_HOME")]
    Write {
        /// Where.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// The drawn samples, by name.
pub fn samples() -> &'static [EmbeddedFile] {
    SAMPLES
}

/// What the starter is called in the window and in reports.
pub const STARTER_NAME: &str = "terrasight-starter";

/// The folder of the starter, which answers where a picture was taken.
pub fn starter_folder() -> Result<PathBuf, AssetError> {
    unpacked(STARTER_NAME, STARTER)
}

/// The folder of the starter segmenter, which divides a picture into ADE20K's classes.
pub fn segmenter_folder() -> Result<PathBuf, AssetError> {
    unpacked("terrasight-segmenter", SEGMENTER)
}

/// The folder of the starter network, which says at a glance how locatable a picture is.
pub fn network_folder() -> Result<PathBuf, AssetError> {
    unpacked("terrasight-network", NETWORK)
}

/// The folder of the reader, which finds and reads signs.
pub fn reader_folder() -> Result<PathBuf, AssetError> {
    unpacked("terrasight-reader", READER)
}

/// A folder that holds these files. It bears a model's name, since a model is called after its folder; it is written on
/// first use, under a name that its contents decide, and mended where a file in it is missing or differs.
fn unpacked(name: &'static str, files: &[EmbeddedFile]) -> Result<PathBuf, AssetError> {
    if files.is_empty() {
        return Err(AssetError::NoStarter(name));
    }
    let folder = home()?.join("models").join(&digest(files)[..16]).join(name);
    let failed = |source| AssetError::Write { path: folder.display().to_string(), source };
    fs::create_dir_all(&folder).map_err(failed)?;
    for file in files {
        let path = folder.join(file.name);
        if !holds(&path, file.bytes) {
            write_whole(&path, file.bytes).map_err(failed)?;
        }
    }
    Ok(folder)
}

/// Whether a file is there with exactly these bytes.
fn holds(path: &std::path::Path, bytes: &[u8]) -> bool {
    let same_size = fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes.len() as u64);
    same_size && fs::read(path).is_ok_and(|found| found == bytes)
}

/// SHA-256 over names and contents, in hexadecimal.
fn digest(files: &[EmbeddedFile]) -> String {
    let mut sha = Sha256::new();
    for file in files {
        sha.update(file.name.as_bytes());
        sha.update([0]);
        sha.update((file.bytes.len() as u64).to_le_bytes());
        sha.update(file.bytes);
    }
    hexadecimal(&sha.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_tells_names_and_contents_apart() {
        let one = digest(&[EmbeddedFile { name: "a", bytes: b"xy" }]);
        assert_eq!(one.len(), 64);
        assert_ne!(one, digest(&[EmbeddedFile { name: "ax", bytes: b"y" }]));
        assert_ne!(one, digest(&[EmbeddedFile { name: "a", bytes: b"xz" }]));
    }

    #[test]
    fn a_damaged_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        assert!(!holds(&path, b"abc"));
        write_whole(&path, b"abc").unwrap();
        assert!(holds(&path, b"abc"));
        fs::write(&path, b"abd").unwrap();
        assert!(!holds(&path, b"abc"));
    }
}
