//! Why a source of examples, or one of them, cannot be used, a line each.

use std::{io, path::PathBuf};

use crate::dataset::{
    IndexError, ManifestError, ration,
    table::{BadRow, RowProblem},
};

/// Why a source cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It is a table that cannot be used.
    #[error(transparent)]
    Table(#[from] ManifestError),
    /// It is an index, or a folder, that cannot be used.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// It cannot be read.
    #[error("cannot read {}: {cause}; check the name and its permissions", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// It is not whole JSON, or not a list of objects.
    #[error("{}, {reason}; get the file again, or mend it there", file.display())]
    Json {
        /// The file.
        file: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// It is no Parquet file, or one that cannot be read here.
    #[error("{} cannot be read as Parquet ({reason}); save it as JSONL or CSV", file.display())]
    Parquet {
        /// The file.
        file: PathBuf,
        /// What its reader says.
        reason: String,
    },
    /// Columns or a root were given for something without columns.
    #[error("{}: it has no columns and no paths of its own, so 'columns' and 'root' mean nothing for it", .0.display())]
    NoColumns(PathBuf),
    /// It has no examples at all.
    #[error("{} holds no examples", .0.display())]
    Empty(PathBuf),
    /// None of its examples can be used.
    #[error("{}, {first}; none of its {n} examples can be used", file.display())]
    NoneGood {
        /// The file.
        file: PathBuf,
        /// What is wrong with the first.
        first: BadExample,
        /// How many there are.
        n: usize,
    },
}

/// An example that cannot be used; the others are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadExample {
    /// A row of a table.
    #[error(transparent)]
    Row(#[from] BadRow),
    /// A record.
    #[error("record {number}: {problem}")]
    Record {
        /// Its place in the file, from 1; in JSONL, its line.
        number: u64,
        /// What is wrong.
        problem: RecordProblem,
    },
    /// A picture whose metadata cannot be read.
    #[error("{0}")]
    Picture(String),
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordProblem {
    /// It is no JSON.
    #[error("it is no JSON ({0})")]
    NotRead(String),
    /// It is longer than any record is.
    #[error("{}", ration::TOO_LONG)]
    TooLong,
    /// It is no object.
    #[error("it is no object with named fields")]
    NotObject,
    /// It names no picture.
    #[error("it names no picture")]
    NoPicture,
    /// It is about several pictures, and training takes one at a time.
    #[error("it is about {0} pictures; only records about one are used")]
    ManyPictures(usize),
    /// The picture is a part of the file.
    #[error("its picture lies inside the file; write the pictures to a folder and name their paths")]
    PictureInside,
    /// A field that the user named is not there.
    #[error("it has no field '{0}'")]
    NoField(String),
    /// A field cannot be read.
    #[error("field '{field}': {problem}")]
    Field {
        /// Its name.
        field: String,
        /// What is wrong with it.
        problem: RowProblem,
    },
    /// Its conversation has no answer.
    #[error("its conversation has no answer")]
    NoAnswer,
    /// A question has an empty answer, or an answer no question.
    #[error("question and answer do not alternate in its conversation")]
    OutOfTurn,
    /// Nobody can tell who says a part of the conversation.
    #[error("'{0}' is neither user nor assistant")]
    Speaker(String),
    /// A part of the conversation has no text.
    #[error("a part of its conversation has no text")]
    NoText,
}
