//! Labelled pictures on disk: where each was taken and what speaks for it.
//!
//! So far this room reads manifests, the form that `terrasight streets` writes and that any table with
//! `path,latitude,longitude` has, and tables of pictures with their locatability.
//! A manifest is the form that `terrasight streets` writes and that any table with `path,latitude,longitude` has. An
//! [`Index`] is what was found out about a folder of pictures, kept in an SQLite file, however many they are.

mod duplicates;
pub mod export;
mod index;
mod manifest;
mod scored;

pub use duplicates::{MAX_DISTANCE, NEAR, duplicates, without_duplicates};
pub use index::{
    GONE, Index, IndexError, IndexObserver, IndexOptions, IndexProgress, IndexSource, IndexSummary, MergeSummary,
    PositionSource, Row, RowId, SCORED_SIDE, Scorer, Shard, Summary, for_scorer, index_pictures, merge,
    reduced_for_scorer,
};
pub use manifest::{Manifest, ManifestError, Sample};
pub use scored::{ScoredPicture, read_scored};
