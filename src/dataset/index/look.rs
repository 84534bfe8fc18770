//! What opening pictures tells of them, where no index is kept.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rayon::prelude::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{reader::is_large, thumbnail::Miniatures};
use crate::picture::{FileProblem, Picture, PictureError};

/// What a picture's file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The perceptual hash: pictures that look alike differ in few of its bits.
    pub hash: u64,
    /// What is missing of the pixels, or may be wrong in them.
    pub damage: Option<FileProblem>,
}

/// Opens each of these files, several at a time and large ones one at a time; the answers are in their order. `go_on` is
/// asked before each and says whether to; where it does not, nothing is known of the file.
pub fn look_at(files: &[PathBuf], go_on: &(dyn Fn() -> bool + Sync)) -> Vec<Option<Result<Look, PictureError>>> {
    let large = Mutex::new(());
    files
        .par_iter()
        .map_init(Miniatures::new, |miniatures, file| go_on().then(|| look(file, &large, miniatures)))
        .collect()
}

fn look(file: &Path, large: &Mutex<()>, miniatures: &Miniatures) -> Result<Look, PictureError> {
    // A pipe would keep whoever asks for its header waiting.
    let is_file = std::fs::metadata(file).is_ok_and(|about| about.is_file());
    let _turn = (is_file && is_large(file)).then(|| large.lock().unwrap_or_else(PoisonError::into_inner));
    let picture = Picture::open(file)?;
    let name = || file.display().to_string();
    let (_, hash) = miniatures
        .of(&picture.pixels)
        .map_err(|reason| PictureError::Read { name: name(), source: std::io::Error::other(reason) })?;
    let damage = picture.metadata.problems.into_iter().find(FileProblem::is_of_pixels);
    Ok(Look { sha256: picture.sha256, hash, damage })
}
