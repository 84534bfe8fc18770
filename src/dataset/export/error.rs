//! Why rows cannot be handed on, a line each.

use std::{io, path::PathBuf};

use crate::dataset::IndexError;

/// Why rows cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// No row is meant.
    #[error("no picture of the index is selected; nothing was written")]
    Nothing,
    /// No example to learn from has a conversation, and of none can one be made.
    #[error(
        "none of the examples to learn from has a conversation or the country (and, for reasoning, reasons) to make one of; nothing was written"
    )]
    NothingToLearn,
    /// The folder is there already.
    #[error("{}: it is there already and not empty; name a new folder", .0.display())]
    Taken(PathBuf),
    /// The file is there already.
    #[error("{}: it is there already; name another file, or say that it is to be replaced (--force)", .0.display())]
    Exists(PathBuf),
    /// The place is that of something the export is made from.
    #[error("{}: it is {what}, which no export replaces; name another place", out.display())]
    Source {
        /// The result.
        out: PathBuf,
        /// What lies there.
        what: &'static str,
    },
    /// The folder for the result is missing.
    #[error("{}: the folder {} does not exist; make it or name another place", out.display(), folder.display())]
    NoFolder {
        /// The result.
        out: PathBuf,
        /// Where it was to lie.
        folder: PathBuf,
    },
    /// The result cannot be written.
    #[error("{}: cannot be written ({cause}); name another place", out.display())]
    Write {
        /// The result.
        out: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The result has no such form.
    #[error("{}: cannot be written ({reason})", out.display())]
    Form {
        /// The result.
        out: PathBuf,
        /// What its writer says.
        reason: String,
    },
    /// The user ended it.
    #[error("{}: the export was ended before it was done; nothing was written", .0.display())]
    Ended(PathBuf),
}
