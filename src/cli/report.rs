//! A page and its figures in a folder of documents.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::assets::write_whole;

use super::{
    Failure,
    output::{claim, write_result},
};

/// A page and its figures, whose places in a folder are free or may be taken.
pub(super) struct Report {
    places: [PathBuf; 2],
    may_replace: bool,
}

impl Report {
    /// Files of these names, if they may be written: they are none of the inputs and, without `--force`, not there yet. To be
    /// asked before the work begins.
    pub(super) fn claim(folder: &Path, names: [&str; 2], inputs: &[PathBuf], force: bool) -> Result<Self, Failure> {
        let places = names.map(|name| folder.join(name));
        places.iter().try_for_each(|place| claim(place, inputs, force)).map_err(Failure::Unsaid)?;
        Ok(Self { places, may_replace: force })
    }

    /// Writes them, each whole or not at all; folders are made where they are missing.
    pub(super) fn write(&self, texts: [&str; 2]) -> Result<(), Failure> {
        self.places.iter().zip(texts).try_for_each(|(place, text)| {
            make_folder_of(place)?;
            write_result(place, text.as_bytes(), self.may_replace).map_err(Failure::Unsaid)
        })
    }
}

/// Writes one file, and its folder where it is missing.
pub(super) fn write_file(file: &Path, text: &str) -> Result<(), Failure> {
    make_folder_of(file)?;
    write_whole(file, text.as_bytes()).map_err(|cause| not_written(file, &cause))
}

/// Makes the folder of a file where it is missing.
pub(super) fn make_folder_of(file: &Path) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|cause| not_written(folder, &cause))
}

fn not_written(path: &Path, cause: &std::io::Error) -> Failure {
    Failure::new(format!("{}: cannot be written ({cause}); choose another place", path.display()))
}
