//! A folder with a model in it that comes to its place whole or not at all.

use std::fs;
use std::path::Path;

use super::error::ModelError;

/// Refuses a place where something is already.
pub(super) fn check_free(out: &Path) -> Result<(), ModelError> {
    match out.exists() {
        true => Err(failed(out, "it is there already; name a new folder".to_owned())),
        false => Ok(()),
    }
}

/// Lets `fill` write the files of the new folder `out`, which are there once all are.
pub(super) fn in_new_folder<T>(out: &Path, fill: impl FnOnce(&Path) -> Result<T, ModelError>) -> Result<T, ModelError> {
    let beside = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = tempfile::Builder::new().prefix(".merging-").tempdir_in(beside);
    let made = made.map_err(|error| failed(beside, error.to_string()))?;
    // A folder within has the rights that a new folder has; the outer one is the user's alone.
    let folder = made.path().join("model");
    fs::create_dir(&folder).map_err(|error| failed(&folder, error.to_string()))?;
    let filled = fill(&folder)?;
    fs::rename(&folder, out).map_err(|error| failed(out, error.to_string()))?;
    Ok(filled)
}

fn failed(path: &Path, reason: String) -> ModelError {
    ModelError::Write { path: path.to_path_buf(), reason }
}
