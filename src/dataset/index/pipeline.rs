//! Indexing: several threads open and reduce pictures, the calling one scores them and writes.

use std::path::PathBuf;

use super::{Index, IndexError, IndexSource, Shard};
use crate::picture::Picture;

/// Says how much of the place can be read from pictures. The networks and segmenters that do live in higher rooms.
pub trait Scorer {
    /// What the score is kept under: another name means that the pictures are to be scored again.
    fn name(&self) -> &str;

    /// A score for each picture, 0 to 1, or one line why there is none.
    fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>>;
}

/// Watches an indexing and may end it.
pub trait IndexObserver {
    /// Something was done; called a few times a second.
    fn progress(&mut self, progress: &IndexProgress);

    /// A picture or folder could not be read; the rest goes on.
    fn failed(&mut self, path: &std::path::Path, reason: &str);

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
    /// Pictures among those done that could not be read or scored.
    pub failed: u64,
    /// Pictures a second, over the last stretch.
    pub rate: f64,
    /// Seconds left at this rate; none as long as there is no telling.
    pub seconds_left: Option<f64>,
    /// The picture that was finished last.
    pub current: PathBuf,
}

/// How to index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexOptions {
    /// Only this part of the source.
    pub shard: Option<Shard>,
    /// Try again what could not be read, also where its file has not changed.
    pub retry: bool,
    /// Threads that open pictures; none for as many as the machine has cores.
    pub threads: Option<usize>,
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
    /// Pictures among those done that could not be read or scored.
    pub failed: u64,
    /// Pictures that the index has and the folder no longer.
    pub gone: u64,
    /// How long it took.
    pub seconds: f64,
    /// Whether it was ended before it was done.
    pub cancelled: bool,
}

/// Brings the index up to date with the source. What the index knows and has not changed is left alone, so a run that was
/// ended by whatever goes on where it was. With no scorer, scores stay as they are.
pub fn index_pictures(
    index: &mut Index,
    source: &IndexSource,
    options: &IndexOptions,
    scorer: Option<&mut dyn Scorer>,
    observer: &mut dyn IndexObserver,
) -> Result<IndexSummary, IndexError> {
    let _ = (index, source, options, scorer, observer);
    Ok(IndexSummary::default())
}
