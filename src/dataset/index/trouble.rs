//! What can be wrong with a picture of an index, and with what is listed beside the pictures.

use std::{io, path::PathBuf};

use rusqlite::Row;

use crate::dataset::table::BadRow;

/// Why a picture of the index could not be read or scored. As text it is one line, without the picture's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Its file was there once and is no longer. What was found out about it before is kept.
    #[error("the file is gone")]
    Gone,
    /// It is listed and was never there.
    #[error("there is no such file; check the name")]
    Missing,
    /// It cannot be read, for this reason.
    #[error("{0}")]
    Unread(String),
    /// It can be read and has no score, for this reason.
    #[error("it could not be scored ({0})")]
    Unscored(String),
}

impl Trouble {
    /// Whether the picture itself is sound, and only has no score.
    pub fn is_of_score(&self) -> bool {
        matches!(self, Self::Unscored(_))
    }

    /// What the index calls it.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Gone => GONE,
            Self::Missing => "missing",
            Self::Unread(_) => "unread",
            Self::Unscored(_) => "unscored",
        }
    }

    /// The reason that goes with it.
    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Self::Gone | Self::Missing => None,
            Self::Unread(reason) | Self::Unscored(reason) => Some(reason),
        }
    }

    /// What the columns `error` and `reason` of a row say, the first of which stands in this place.
    pub(super) fn kept(row: &Row<'_>, place: usize) -> rusqlite::Result<Option<Self>> {
        let (code, reason): (Option<String>, Option<String>) = (row.get(place)?, row.get(place + 1)?);
        Ok(code.map(|code| Self::of(&code, reason)))
    }

    /// What the index calls so.
    fn of(code: &str, reason: Option<String>) -> Self {
        let reason = reason.unwrap_or_default();
        match code {
            GONE => Self::Gone,
            "missing" => Self::Missing,
            "unscored" => Self::Unscored(reason),
            _ => Self::Unread(reason),
        }
    }
}

/// The code of [`Trouble::Gone`], for questions to the index.
pub(super) const GONE: &str = "gone";

/// Why something of a source is not used, or a picture of it without content or score.
#[derive(Debug, thiserror::Error)]
pub enum Unused {
    /// A picture.
    #[error(transparent)]
    Picture(#[from] Trouble),
    /// A row of a table.
    #[error(transparent)]
    Row(#[from] BadRow),
    /// A record, for this reason.
    #[error("{0}")]
    Record(String),
    /// A name that no index can hold.
    #[error("its name is not Unicode; rename it")]
    NoUnicode,
    /// A folder within the one that is indexed.
    #[error("cannot be read ({0}); check its permissions")]
    Folder(io::Error),
}

/// What the user should know of a source that was indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceNote {
    /// A column of a table looks like a position and is not used.
    UnusedPosition {
        /// The table.
        table: PathBuf,
        /// The column's name.
        column: String,
    },
    /// The folder has a table that says where its pictures were taken, and was indexed without it.
    TableInFolder(PathBuf),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_back_from_the_index_as_it_was() {
        let said = || "is empty".to_owned();
        for trouble in [Trouble::Gone, Trouble::Missing, Trouble::Unread(said()), Trouble::Unscored(said())] {
            assert_eq!(Trouble::of(trouble.code(), trouble.reason().map(str::to_owned)), trouble);
        }
    }
}
