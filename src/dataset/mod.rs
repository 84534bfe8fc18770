//! Labelled pictures on disk: where each was taken and what speaks for it.
//!
//! A manifest is the form that `terrasight streets` writes and that any table with `path,latitude,longitude` has. An
//! [`Index`] is what was found out about a folder of pictures, kept in an SQLite file, however many they are.

mod index;
mod manifest;

pub use index::{
    GONE, Index, IndexError, IndexObserver, IndexOptions, IndexProgress, IndexSource, IndexSummary, PositionSource,
    Row, RowId, Scorer, Shard, Summary, index_pictures,
};
pub use manifest::{Manifest, ManifestError, Sample};
