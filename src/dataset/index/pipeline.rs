//! Indexing: several threads open and reduce pictures, the calling one scores them and writes.

use std::{
    iter,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::sync_channel,
    },
    thread,
    time::Instant,
};

use super::{
    desk::Desk,
    error::IndexError,
    meter::Meter,
    plan,
    progress::{IndexObserver, IndexOptions, IndexSummary, Scorer},
    reader::Reader,
    source::IndexSource,
    store::Index,
    write,
};

/// More threads than this open pictures only if asked to.
const MAX_THREADS: usize = 16;

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
    let source = index.with_table_options(source)?;
    let root = index.adopt_root(&source.base()?)?;
    let listing = source.list(&root, options.shard, options.read_records, &mut meter)?;
    index.keep_table_options(&source)?;
    let folder = listing.folder.clone();
    let (left_out, bad_rows, notes) = (listing.left_out, listing.bad_rows, listing.notes.clone());
    let name = scorer.as_ref().map(|scorer| scorer.name().to_owned());
    let mut plan = plan::plan(index, &root, listing, options, name.as_deref(), &mut meter)?;
    write::write(index, &plan.news)?;
    // The cast lets the reference live no longer than the others that the desk holds.
    let scorer = scorer.map(|scorer| scorer as &mut dyn Scorer);
    let elsewhere = std::mem::take(&mut plan.elsewhere);
    let mut desk = Desk::new(index, &root, &plan.tasks, elsewhere, folder.as_deref(), scorer, meter);

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

    let done = desk.close();
    Ok(IndexSummary {
        found: done.progress.found,
        done: done.progress.done,
        skipped: done.progress.skipped,
        failed: done.progress.failed,
        unscored: done.progress.unscored,
        gone: plan.gone.saturating_sub(done.n_vanished_moved),
        moved: done.n_moved,
        left_out,
        bad_rows,
        notes,
        seconds: started.elapsed().as_secs_f64(),
        cancelled: done.is_cancelled,
    })
}

fn n_threads(options: &IndexOptions) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    options.threads.unwrap_or_else(cores).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_threads_read_as_were_asked_for_and_at_least_one() {
        let threads = |threads| n_threads(&IndexOptions { threads, ..IndexOptions::default() });
        assert_eq!((threads(Some(0)), threads(Some(3))), (1, 3));
        assert!((1..=MAX_THREADS).contains(&threads(None)));
    }
}
