//! Why an index cannot be used, a line each.

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::ErrorCode;

use crate::dataset::table::ManifestError;

/// Why pictures cannot be indexed, or an index cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is no such file.
    #[error("{}: there is no such index; 'terrasight dataset index' makes one", .0.display())]
    Missing(PathBuf),
    /// The folder that is to hold the index is not there.
    #[error("{}: the folder that is to hold the index does not exist; make it or name another file", .0.display())]
    NoFolder(PathBuf),
    /// It is something else.
    #[error("{}: it is no index of terrasight (but {what}); name another file", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// It was made by a later version.
    #[error("{}: the index was made by a newer terrasight (form {found}); use that one", file.display())]
    Newer {
        /// The index.
        file: PathBuf,
        /// The number of its form.
        found: i64,
    },
    /// It is broken within.
    #[error("{}: the index is damaged ({reason}); restore a copy, or delete it and index again", file.display())]
    Damaged {
        /// The index.
        file: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// Another program writes to it.
    #[error("{}: the index is in use by another program; wait until that is done", .0.display())]
    Locked(PathBuf),
    /// There is no room for more.
    #[error("{}: the disk is full; what was done is kept, so free some space and go on", .0.display())]
    Full(PathBuf),
    /// The system does not let it be written.
    #[error("{}: the index can be read but not written; copy it to a folder that can be, or check its permissions", .0.display())]
    ReadOnly(PathBuf),
    /// Anything else that SQLite says.
    #[error("{}: the index cannot be used ({reason})", file.display())]
    Database {
        /// The index.
        file: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// It cannot be written, nor copied to be read.
    #[error("{}: the index cannot be written where it lies, nor copied to be read ({cause}); free some space", file.display())]
    NoCopy {
        /// The index.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// It was to be merged into itself.
    #[error("{}: it is the index that the others are to be merged into; name it once", .0.display())]
    Itself(PathBuf),
    /// The folder or list of pictures cannot be read.
    #[error("{}: cannot be read ({cause}); check that it exists and that you may read it", path.display())]
    Source {
        /// The folder or list.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The table of pictures cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The list is something else.
    #[error("{}: neither a folder, nor a CSV with a column 'path', nor records, nor a text file with a path a line; name one of these", .0.display())]
    NoList(PathBuf),
    /// It is records, and nobody is there to read them.
    #[error("{}: these are records, which are not read here; name a folder, a CSV or a text file with a path a line", .0.display())]
    Records(PathBuf),
    /// Its records cannot be used.
    #[error("{0}")]
    NotRecorded(String),
    /// The folder's name has no form in text.
    #[error("{}: the folder's name is not Unicode; rename it", .0.display())]
    NoUnicode(PathBuf),
    /// There is nothing to index.
    #[error("{}: none of the files that it lists is there; check where its paths start", .0.display())]
    NoPictures(PathBuf),
    /// The folder went away while it was read.
    #[error("{}: the folder is no longer there; what was done is kept, so bring it back and go on", .0.display())]
    SourceGone(PathBuf),
    /// No thread could be started.
    #[error("no thread can be started ({0}); end other programs")]
    Thread(io::Error),
}

impl IndexError {
    /// What an error of SQLite means for this index.
    pub(super) fn of(file: &Path, error: &rusqlite::Error) -> Self {
        let file = file.to_owned();
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(file),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { file, reason },
            Some(ErrorCode::DiskFull) => Self::Full(file),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly(file),
            _ => Self::Database { file, reason },
        }
    }
}
