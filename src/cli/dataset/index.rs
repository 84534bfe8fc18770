//! `terrasight dataset index`: what can be found out about pictures, once for each.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use clap::Args;

use super::Failure;
use crate::{
    assets,
    cli::{
        interrupt::stop_asked,
        means::Means,
        output::{complain, deliver},
        progress::Progress,
        table::TableArgs,
    },
    dataset::{
        Index, IndexObserver, IndexOptions, IndexProgress, IndexSource, IndexSummary, Scorer, Shard, SourceNote,
        Unused, index_pictures, table::TableOptions,
    },
    train::data::recorded,
    words,
};

/// Find out about pictures and write it to an index. What the index knows already and has not changed is left alone; how a
/// table was to be read it knows too.
#[derive(Debug, Args)]
pub(super) struct IndexPictures {
    /// A folder, a table (CSV, however it is separated), records (JSON, JSONL, Parquet), or a text file with a path a line
    #[arg(value_name = "DIR|FILE.csv|RECORDS|LIST.txt")]
    source: PathBuf,
    #[command(flatten)]
    table: TableArgs,
    /// The index, which is made if it is not there [default: one for this source in indexes/ of TERRASIGHT_HOME]
    #[arg(long, value_name = "INDEX.sqlite")]
    into: Option<PathBuf>,
    /// Only part i of n (i from 0), so that many machines can share the work; 'dataset merge' puts the parts together
    #[arg(long, value_name = "i/n")]
    shard: Option<Shard>,
    /// Leave out the locatability
    #[arg(long)]
    no_score: bool,
    #[command(flatten)]
    means: Means,
    /// Try again what could not be read
    #[arg(long)]
    retry: bool,
    /// How many pictures are opened at once [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

impl IndexPictures {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let stop = stop_asked()?;
        let options = self.table.options();
        let is_plain = options == TableOptions::default();
        let source = IndexSource::with(self.source.clone(), options);
        if !is_plain && !matches!(source, IndexSource::Table(..) | IndexSource::Records(..)) {
            let source = self.source.display();
            return Err(Failure::new(format!(
                "{source}: it is neither table nor records, so --columns and --root mean nothing for it"
            )));
        }
        let into = self.into.clone().map_or_else(|| assets::index_place(&self.source), Ok).map_err(Failure::new)?;
        let no_place =
            |error| Failure::new(format!("{}: cannot be made ({error}); name one by --into", into.display()));
        assets::make_index_place(&into).map_err(no_place)?;
        let mut index = Index::create_or_open(&into).map_err(Failure::new)?;
        let options = IndexOptions {
            shard: self.shard,
            retry: self.retry,
            threads: self.threads.map(usize::from),
            read_records: Some(recorded),
        };
        let mut rater = if self.no_score { None } else { Some(self.means.open()?) };
        let scorer = rater.as_mut().map(|rater| rater as &mut dyn Scorer);
        let mut watcher = Watcher { progress: Progress::new(0), stop };
        let outcome = index_pictures(&mut index, &source, &options, scorer, &mut watcher);
        drop(watcher);
        let done = outcome.map_err(Failure::new)?;
        let total = index.summary().map_err(Failure::new)?;
        done.notes.iter().map(words_for).for_each(complain);
        let mut text = indexed(&done);
        text.push_str(&format!(
            "{}: {} pictures, {} with a position, {} with a locatability, {} with an error ({} gone)\n",
            into.display(),
            total.rows,
            total.located,
            total.scored,
            total.errors,
            total.gone
        ));
        deliver(&text, None)?;
        if done.cancelled {
            return Err(Failure::new("ended before it was done; the same command goes on"));
        }
        Ok(())
    }
}

/// What the user should know of the source.
fn words_for(note: &SourceNote) -> String {
    match note {
        SourceNote::UnusedPosition { table, column } => format!(
            "{}: the column '{column}' looks like a position and is not used; --columns says which are",
            table.display()
        ),
        SourceNote::TableInFolder(table) => {
            format!("{}: says where pictures of this folder were taken; index it to take that in", table.display())
        }
    }
}

fn indexed(done: &IndexSummary) -> String {
    let rate = if done.seconds > 0.0 { done.done as f64 / done.seconds } else { 0.0 };
    let mut text = format!(
        "{} pictures found: {} read ({} failed), {} as before, {} gone",
        done.found, done.done, done.failed, done.skipped, done.gone
    );
    for (count, words) in [
        (done.unscored, "without a score"),
        (done.moved, "known from another place, with their marks"),
        (done.left_out, "left out (labels, thumbnails)"),
        (done.bad_rows, "rows or records that cannot be used"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {words}"));
        }
    }
    text + &format!("; {:.1} s, {rate:.1} pictures/s\n", done.seconds)
}

/// Shows how far it is, and says what could not be read.
struct Watcher<'a> {
    progress: Progress,
    stop: &'a AtomicBool,
}

impl IndexObserver for Watcher<'_> {
    fn progress(&mut self, progress: &IndexProgress) {
        self.progress.expect(progress.found);
        self.progress.set(progress.done + progress.skipped);
        let left =
            progress.seconds_left.map(|seconds| format!(", {} left", words::duration(seconds))).unwrap_or_default();
        self.progress.say(format!("{:.1}/s{left}  {}", progress.rate, progress.current.display()));
    }

    fn failed(&mut self, path: &Path, why: &Unused) {
        self.progress.aside(|| complain(format!("{}: {why}", path.display())));
    }

    fn is_cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn is_paused(&self) -> bool {
        false
    }
}
