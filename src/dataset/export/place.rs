//! Whether an export may be written where it is to be.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{error::ExportError, form::ExportForm};
use crate::dataset::Index;

/// What SQLite keeps beside an index.
const BESIDE_INDEX: &[&str] = &["", "-wal", "-shm", "-journal"];

/// Refuses a place where something lies that an export must not replace: the index and its pictures whatever is said, and
/// anything else unless it is said.
pub(super) fn check(index: &Index, out: &Path, form: ExportForm, replaces: bool) -> Result<(), ExportError> {
    if fs::symlink_metadata(out).is_err() || matches!(form, ExportForm::Folder(_)) {
        return Ok(()); // a folder that is not empty is refused whatever is said
    }
    let source = |what| Err(ExportError::Source { out: out.to_owned(), what });
    // The name as it stands, and where it leads.
    let places: Vec<PathBuf> = [std::path::absolute(out), fs::canonicalize(out)].into_iter().flatten().collect();
    if let Ok(file) = fs::canonicalize(index.path()) {
        let is_index = |place: &PathBuf| {
            BESIDE_INDEX.iter().any(|ending| {
                let mut beside = file.clone().into_os_string();
                beside.push(ending);
                *place == *beside
            })
        };
        if places.iter().any(is_index) {
            return source("the index");
        }
    }
    for place in &places {
        if index.holds(place)? {
            return source("a picture of the index");
        }
    }
    if replaces { Ok(()) } else { Err(ExportError::Exists(out.to_owned())) }
}
