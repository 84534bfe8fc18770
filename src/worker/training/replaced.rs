//! A run that another is to take the place of. Until that other one has begun it can still be refused, for want of memory or
//! for a file that is gone; then the old run lies where it was.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::{Builder, TempDir};

use crate::train::LOG_FILE;

/// Where the model is written in the middle of its training.
pub(super) const TRIED: &str = "tried";
/// What a run leaves in its folder that no other run may find there.
const PARTS: [&str; 4] = ["last", "best", TRIED, LOG_FILE];

/// What was there of a run, set aside within its folder. It comes back when this is dropped.
pub(super) struct Replaced {
    folder: PathBuf,
    /// None where there is no folder yet, or nothing is to come back.
    aside: Option<TempDir>,
}

impl Replaced {
    /// Moves what a run has left in its folder out of the way, and nothing else.
    pub(super) fn set_aside(folder: &Path) -> io::Result<Self> {
        let aside = match Builder::new().prefix(".replaced-").tempdir_in(folder) {
            Ok(aside) => Some(aside),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let replaced = Self { folder: folder.to_owned(), aside };
        if let Some(aside) = &replaced.aside {
            move_parts(folder, aside.path())?; // those moved before one that cannot be come back
        }
        Ok(replaced)
    }

    /// The other run has begun: the old one goes.
    pub(super) fn remove(mut self) {
        if let Some(Err(error)) = self.aside.take().map(TempDir::close) {
            tracing::warn!("{}: what was left of the run before is still there ({error})", self.folder.display());
        }
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        let Some(aside) = self.aside.take() else { return };
        if let Err(error) = move_parts(aside.path(), &self.folder) {
            tracing::error!("{}: the run could not be put back ({error})", aside.keep().display());
        }
    }
}

fn move_parts(from: &Path, to: &Path) -> io::Result<()> {
    for part in PARTS {
        match fs::rename(from.join(part), to.join(part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _moved_or_not_there => {}
        }
    }
    Ok(())
}
