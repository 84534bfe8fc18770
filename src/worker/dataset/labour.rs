//! The thread that does what takes long with an index.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    message::{DatasetNews, DatasetTask},
    reader::say,
    scoring::EngineScorer,
};
use crate::{
    assets,
    dataset::{
        Index, IndexError, IndexObserver, IndexOptions, IndexProgress, IndexSource, NEAR, Row, RowId, Unused,
        duplicates,
        export::{ExportError, ExportForm, export},
        index_pictures,
    },
    train::data::recorded,
    worker::{
        Command, Failure, JobId, ModelSource,
        job::{Engine, Job, Stopped},
        queue::Queue,
    },
};

/// How often an export says how far it is.
const EXPORT_SAYS_EVERY: Duration = Duration::from_millis(100);

/// Does long work; pictures are scored by the engine thread, which alone touches a compute device. An indexing gives way to
/// what is shorter, and while it is paused: an index knows what it has, so the indexing goes on where it was.
pub(in crate::worker) struct DatasetLabour {
    engine: Queue,
    so_far: Option<SoFar>,
}

/// What an indexing that gave way has done.
struct SoFar {
    job: JobId,
    revision: i64,
    done: u64,
    failed: u64,
    unscored: u64,
    seconds: f64,
}

impl DatasetLabour {
    pub(in crate::worker) fn new(engine: Queue) -> Self {
        Self { engine, so_far: None }
    }

    fn index(
        &mut self,
        file: PathBuf,
        source: IndexSource,
        segmenter: ModelSource,
        job: &Job<'_>,
    ) -> Result<(), Stopped> {
        let no_place = |cause| Failure::IndexPlace { file: file.clone(), cause };
        assets::make_index_place(&file).map_err(no_place)?;
        let mut index = Index::create_or_open(&file)?;
        // What one connection writes another reads: the window is to see rows as they come.
        let reader = Index::open(&file)?;
        let mut so_far = match self.so_far.take_if(|so_far| so_far.job == job.id()) {
            Some(so_far) => so_far,
            None => {
                let (root, rows) = (reader.root()?, reader.rows()?);
                let revision = rows.iter().map(|row| row.revision).max().unwrap_or(0);
                say(job, DatasetNews::All { root, rows });
                SoFar { job: job.id(), revision, done: 0, failed: 0, unscored: 0, seconds: 0.0 }
            }
        };
        let scorer = EngineScorer::open(self.engine.clone(), segmenter.clone(), job)?;
        let mut scorer = scorer.ok_or(Stopped::Cancelled)?;
        let mut telling = Telling { job, reader, revision: so_far.revision, latest: IndexProgress::default() };
        let options = IndexOptions { read_records: Some(recorded), ..IndexOptions::default() };
        let done = index_pictures(&mut index, &source, &options, Some(&mut scorer), &mut telling);
        telling.say_rows()?;
        let mut summary = done?;
        so_far.revision = telling.revision;
        so_far.done += summary.done;
        so_far.failed += summary.failed;
        so_far.unscored += summary.unscored;
        so_far.seconds += summary.seconds;
        if summary.cancelled && !job.is_cancelled() {
            say(job, DatasetNews::Progress(IndexProgress { is_waiting: true, ..telling.latest }));
            self.so_far = Some(so_far);
            let task = DatasetTask::Index { source, segmenter };
            return Err(Stopped::GaveWay(Box::new(Command::Dataset { job: job.id(), file, task })));
        }
        // What an earlier stretch has done the last one has found done.
        summary.skipped = summary.skipped.saturating_sub(so_far.done - summary.done);
        (summary.done, summary.failed, summary.unscored) = (so_far.done, so_far.failed, so_far.unscored);
        summary.seconds = so_far.seconds;
        let cancelled = summary.cancelled;
        say(job, DatasetNews::Indexed(summary));
        if cancelled { Err(Stopped::Cancelled) } else { Ok(()) }
    }
}

impl Engine for DatasetLabour {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let Command::Dataset { file, task, .. } = command else {
            return Err(Failure::Misdirected.into());
        };
        match task {
            DatasetTask::Index { source, segmenter } => self.index(file, source, segmenter, job),
            DatasetTask::FindDuplicates => {
                let rows = Index::open(&file).and_then(|index| index.rows())?;
                let groups = duplicates(&rows, NEAR);
                job.check()?;
                say(job, DatasetNews::Duplicates(groups));
                Ok(())
            }
            DatasetTask::Export { ids, form, out, replaces } => write(&file, &ids, form, (&out, replaces), job),
            _short => Err(Failure::Misdirected.into()),
        }
    }
}

/// Writes these rows of an index, in the order given, to a place where something may or may not be replaced.
fn write(
    file: &Path,
    ids: &[RowId],
    form: ExportForm,
    (out, replaces): (&Path, bool),
    job: &Job<'_>,
) -> Result<(), Stopped> {
    let index = Index::open(file)?;
    let mut by_id: HashMap<RowId, Row> = index.rows()?.into_iter().map(|row| (row.id, row)).collect();
    let rows: Vec<Row> = ids.iter().filter_map(|id| by_id.remove(id)).collect();
    let mut said = Instant::now();
    let mut go_on = |done: u64| {
        if said.elapsed() > EXPORT_SAYS_EVERY {
            said = Instant::now();
            say(job, DatasetNews::Fraction(done as f32 / rows.len() as f32));
        }
        !job.is_cancelled()
    };
    match export(&index, &rows, form, out, replaces, &mut go_on) {
        Ok(summary) => {
            say(job, DatasetNews::Exported(summary, out.to_owned()));
            Ok(())
        }
        Err(ExportError::Ended(_)) => Err(Stopped::Cancelled),
        Err(error) => Err(error.into()),
    }
}

/// Passes on how an indexing goes, and the rows it has written.
struct Telling<'a> {
    job: &'a Job<'a>,
    reader: Index,
    revision: i64,
    latest: IndexProgress,
}

impl Telling<'_> {
    fn say_rows(&mut self) -> Result<(), IndexError> {
        let rows = self.reader.rows_since(self.revision)?;
        if let Some(latest) = rows.iter().map(|row| row.revision).max() {
            self.revision = latest;
            say(self.job, DatasetNews::Changed { root: self.reader.root()?, rows });
        }
        Ok(())
    }
}

impl IndexObserver for Telling<'_> {
    fn progress(&mut self, progress: &IndexProgress) {
        if let Err(error) = self.say_rows() {
            tracing::warn!("{error}"); // the rows come with the next progress, or the indexing itself fails
        }
        self.latest = progress.clone();
        say(self.job, DatasetNews::Progress(progress.clone()));
    }

    fn failed(&mut self, path: &Path, why: &Unused) {
        tracing::info!("{}: {why}", path.display()); // the row says it in the window
    }

    fn is_cancelled(&self) -> bool {
        self.job.is_cancelled() || self.job.shall_give_way()
    }

    fn is_paused(&self) -> bool {
        false // it gives way instead, so that its thread is free
    }
}
