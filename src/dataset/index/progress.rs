//! What an indexing is given, and what it says: the scorer, the observer, the options, how far it is and what it did.

use std::path::{Path, PathBuf};

use super::{
    recorded::ReadRecords,
    shard::Shard,
    trouble::{SourceNote, Unused},
};
use crate::picture::Picture;

/// Says how much of the place can be read from pictures. The networks and segmenters that do live in higher rooms.
pub trait Scorer {
    /// What the score is kept under: another name means that the pictures are to be scored again.
    fn name(&self) -> &str;

    /// How many pictures are best scored at once.
    fn batch_size(&self) -> usize {
        8
    }

    /// A score for each picture, 0 to 1, or one line why there is none. The pictures come as
    /// [`for_scorer`](crate::dataset::for_scorer) reduces them.
    fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>>;
}

/// Watches an indexing and may end it.
pub trait IndexObserver {
    /// Something was done. It is called now and then, not for every picture.
    fn progress(&mut self, progress: &IndexProgress);

    /// A picture, a folder or a row of a table could not be read, or a picture not scored; the rest goes on. The reason does
    /// not name it.
    fn failed(&mut self, path: &Path, why: &Unused);

    /// Whether to stop and keep what is done.
    fn is_cancelled(&self) -> bool;

    /// Whether to wait.
    fn is_paused(&self) -> bool;
}

/// How far an indexing is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IndexProgress {
    /// Pictures found in the source; it grows as long as the source is listed.
    pub found: u64,
    /// Pictures read or found unreadable in this run.
    pub done: u64,
    /// Pictures that were left alone, because the index knows them and they have not changed.
    pub skipped: u64,
    /// Pictures among those done that could not be read.
    pub failed: u64,
    /// Pictures among those done that were read and have no score.
    pub unscored: u64,
    /// Pictures a second, over the last stretch.
    pub rate: f64,
    /// Seconds left at this rate; none as long as there is no telling.
    pub seconds_left: Option<f64>,
    /// The picture that was finished last.
    pub current: PathBuf,
    /// Whether it waits, as the observer wants it to.
    pub is_waiting: bool,
}

/// How to index.
#[derive(Debug, Clone, Default)]
pub struct IndexOptions {
    /// Only this part of the source.
    pub shard: Option<Shard>,
    /// Try again what could not be read, also where its file has not changed.
    pub retry: bool,
    /// Threads that open pictures; none for as many as the machine has cores.
    pub threads: Option<usize>,
    /// What reads records; none where these are not indexed.
    pub read_records: Option<ReadRecords>,
}

/// What an indexing did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IndexSummary {
    /// Pictures found in the source (its shard's).
    pub found: u64,
    /// Pictures read or found unreadable.
    pub done: u64,
    /// Pictures that were left alone.
    pub skipped: u64,
    /// Pictures among those done that could not be read.
    pub failed: u64,
    /// Pictures among those done that were read and have no score.
    pub unscored: u64,
    /// Pictures that the index has and the folder no longer.
    pub gone: u64,
    /// Pictures among those done that the index knew in another place; their marks came along.
    pub moved: u64,
    /// Pictures in the folder that are none of the data set: images of labels, other programs' thumbnails.
    pub left_out: u64,
    /// Rows of the table that cannot be used.
    pub bad_rows: u64,
    /// What the user should know of the source.
    pub notes: Vec<SourceNote>,
    /// How long it took.
    pub seconds: f64,
    /// Whether it was ended before it was done.
    pub cancelled: bool,
}
