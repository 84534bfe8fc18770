//! Labelled pictures on disk: where each was taken and what speaks for it.
//!
//! A [`Manifest`] is a [`table`] with a picture a line: the form that `terrasight streets` writes, or whatever people have.
//! An [`Index`] is what was found out about a folder of pictures, kept in an SQLite file, however many they are; rows of it
//! go to other programs by [`export`]. An [`Example`] is what can be learned from, out of any [`Source`] of such pictures and
//! of conversations about them.

mod duplicates;
mod example;
pub mod export;
mod groups;
mod index;
mod label;
mod left_out;
mod manifest;
mod ration;
mod rows;
mod scored;
mod split;
pub mod table;
mod understood;

pub use duplicates::{MAX_DISTANCE, NEAR, duplicates, without_duplicates};
pub use example::{BadExample, Example, Examples, RecordProblem, Source, SourceError, SourceKind, Turn, Unpacking};
pub use index::{
    Index, IndexError, IndexObserver, IndexOptions, IndexProgress, IndexSource, IndexSummary, Look, MergeSummary,
    PositionSource, ReadRecords, Recorded, Row, RowId, SCORED_SIDE, Scorer, Shard, SourceNote, Summary, Trouble,
    Unused, for_scorer, index_pictures, look_at, manifest_in, merge, reduced_for_scorer,
};
pub use label::Label;
pub use manifest::Manifest;
pub use scored::{ScoredPicture, read_scored};
pub use split::{APART_KM, Split};
pub use table::ManifestError;
pub use understood::{TableLook, Understood};
