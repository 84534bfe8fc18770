//! Indexing: several threads open and reduce pictures, the calling one scores them and writes.

use std::{
    iter,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::sync_channel,
    },
    thread,
    time::Instant,
};

use super::{Index, IndexError, IndexSource, Shard, desk::Desk, meter::Meter, plan, reader::Reader, write};
use crate::picture::Picture;

/// More threads than this open pictures only if asked to.
const MAX_THREADS: usize = 16;

/// Says how much of the place can be read from pictures. The networks and segmenters that do live in higher rooms.
pub trait Scorer {
    /// What the score is kept under: another name means that the pictures are to be scored again.
    fn name(&self) -> &str;

    /// How many pictures are best scored at once.
    fn batch_size(&self) -> usize {
        8
    }

    /// A score for each picture, 0 to 1, or one line why there is none. The pictures come as
    /// [`for_scorer`](super::for_scorer) reduces them.
    fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>>;
}

/// Watches an indexing and may end it.
pub trait IndexObserver {
    /// Something was done. It is called now and then, not for every picture.
    fn progress(&mut self, progress: &IndexProgress);

    /// A picture or folder could not be read, or a picture not scored; the rest goes on. The reason does not name it.
    fn failed(&mut self, path: &Path, reason: &str);

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
    /// Whether it waits, as the observer wants it to.
    pub is_waiting: bool,
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
///
/// Pictures are opened in threads of their own and go on by a channel that holds a few, so that memory does not grow with
/// their number. The calling thread scores and writes, once a second or every few hundred pictures.
pub fn index_pictures(
    index: &mut Index,
    source: &IndexSource,
    options: &IndexOptions,
    scorer: Option<&mut dyn Scorer>,
    observer: &mut dyn IndexObserver,
) -> Result<IndexSummary, IndexError> {
    let started = Instant::now();
    let mut meter = Meter::new(observer);
    let root = index.adopt_root(&source.base()?)?;
    let listing = source.list(&root, options.shard, &mut meter)?;
    let folder = listing.folder.clone();
    let name = scorer.as_ref().map(|scorer| scorer.name().to_owned());
    let plan = plan::plan(index, &root, listing, options, name.as_deref(), &mut meter)?;
    write::write(index, &plan.news)?;
    // The cast lets the reference live no longer than the others that the desk holds.
    let scorer = scorer.map(|scorer| scorer as &mut dyn Scorer);
    let mut desk = Desk::new(index, &plan.tasks, folder.as_deref(), scorer, meter);

    let (next, large) = (AtomicUsize::new(0), Mutex::new(()));
    let n_threads = n_threads(options).min(plan.tasks.len());
    thread::scope(|scope| {
        let (sender, readings) = sync_channel(n_threads);
        for number in 0..n_threads {
            let sender = sender.clone();
            let (root, scoring, large, tasks, next) = (&root, name.is_some(), &large, &plan.tasks, &next);
            let work = move || {
                let reader = Reader::new(root, scoring, large);
                let numbers = iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
                for (number, task) in numbers.map_while(|number| Some((number, tasks.get(number)?))) {
                    if sender.send(reader.read(number, task)).is_err() {
                        break; // the desk takes no more
                    }
                }
            };
            let thread = thread::Builder::new().name(format!("reader {number}"));
            thread.spawn_scoped(scope, work).map_err(IndexError::Thread)?;
        }
        drop(sender);
        // When this returns, the receiving end is dropped, and readers that have more to send end too.
        desk.take_all(&readings)
    })?;

    let (progress, cancelled) = desk.close();
    Ok(IndexSummary {
        found: progress.found,
        done: progress.done,
        skipped: progress.skipped,
        failed: progress.failed,
        gone: plan.gone,
        seconds: started.elapsed().as_secs_f64(),
        cancelled,
    })
}

fn n_threads(options: &IndexOptions) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    options.threads.unwrap_or_else(cores).max(1)
}
