//! Why a source of examples, or one of them, cannot be used, a line each.

use std::{io, path::PathBuf};

use crate::{
    dataset::{
        IndexError, ManifestError, ration,
        table::{BadRow, RowProblem},
    },
    files::HomeError,
    picture::MAX_FILE_BYTES,
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
    /// The pictures inside it need more room than there is.
    #[error(
        "{}: the pictures inside take {} MB in {} and {} MB are free there; free some space or set TERRASIGHT_HOME",
        file.display(), needed >> 20, folder.display(), free >> 20
    )]
    NoRoom {
        /// The file.
        file: PathBuf,
        /// Where they were to be laid out.
        folder: PathBuf,
        /// Bytes that they take.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The pictures inside it cannot be laid out.
    #[error("{}: the pictures inside {} cannot be laid out here ({cause}); free some space or set TERRASIGHT_HOME", folder.display(), file.display())]
    NotUnpacked {
        /// The file.
        file: PathBuf,
        /// Where they were to be laid out.
        folder: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// There is no folder for what lies inside files.
    #[error(transparent)]
    NoHome(#[from] HomeError),
    /// It was to end while the pictures inside were laid out.
    #[error("{}: ended while the pictures inside were laid out; the same again goes on", .0.display())]
    Ended(PathBuf),
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
    /// Some rows of a Parquet file that lie together.
    #[error("row group {number}: it cannot be read ({reason}); its {rows} records are left out")]
    RowGroup {
        /// Its place in the file, from 1.
        number: usize,
        /// How many records it says it has.
        rows: u64,
        /// What its reader says.
        reason: String,
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
    #[error(
        "its picture lies inside the file, which is read of Parquet alone; write the pictures to a folder and name their paths"
    )]
    PictureInside,
    /// The picture is a part of the file and has more bytes than a picture may have.
    #[error("its picture has {0} MB; at most {max} MB are opened", max = MAX_FILE_BYTES >> 20)]
    TooManyBytes(u64),
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
