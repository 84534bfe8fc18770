//! The index of a data set: an SQLite file with a row a picture, made by [`index_pictures`] and read while it is made.

mod desk;
mod error;
mod look;
mod manifest_in;
mod merge;
mod meter;
mod moved;
mod pipeline;
mod plan;
mod progress;
mod reader;
mod record;
mod recorded;
mod row;
mod schema;
mod shard;
mod source;
mod store;
mod tables;
mod thumbnail;
mod trouble;
mod write;

pub use error::IndexError;
pub use look::{Look, look_at};
pub use manifest_in::manifest_in;
pub use merge::{MergeSummary, merge};
pub use pipeline::index_pictures;
pub use progress::{IndexObserver, IndexOptions, IndexProgress, IndexSummary, Scorer};
pub use recorded::{ReadRecords, Recorded};
pub use row::{PositionSource, Row, RowId};
pub use shard::Shard;
pub use source::IndexSource;
pub(super) use source::pictures_in;
pub use store::{Index, Summary};
pub use thumbnail::{SCORED_SIDE, for_scorer, reduced_for_scorer};
pub use trouble::{SourceNote, Trouble, Unused};
