//! A page and its figures in a folder of documents.

use std::{fs, path::Path};

use crate::assets::write_whole;

use super::Failure;

/// Writes files into a folder by their names, each whole or not at all; folders are made where they are missing.
pub(super) fn write_report(folder: &Path, files: [(&str, &str); 2]) -> Result<(), Failure> {
    files.into_iter().try_for_each(|(name, text)| write_file(&folder.join(name), text))
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
