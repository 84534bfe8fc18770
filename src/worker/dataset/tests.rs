//! A data set's life on its threads: indexed, opened, looked at, marked, searched and written, with real files.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

use super::*;
use crate::{
    dataset::{IndexError, IndexSource, Row, RowId, export::ExportForm},
    model::{DeviceChoice, Precision},
    street,
    worker::{
        Command, Event, Failure, JobId, ModelSource, Worker,
        job::{Engine, Job, Stopped},
    },
};

/// A folder with twelve drawn streets of which two look the same, and a file that is none.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..12u64 {
        let seed = if number == 11 { 10 } else { number };
        street::draw(seed).pixels.save(folder.path().join(format!("{number:02}.png"))).unwrap();
    }
    std::fs::write(folder.path().join("broken.jpg"), b"nothing").unwrap();
    folder
}

struct Story {
    worker: Worker,
    file: PathBuf,
    n_jobs: u64,
}

impl Story {
    fn begin(folder: &Path) -> Self {
        Self { worker: Worker::start(|| {}).unwrap(), file: folder.join("index.sqlite"), n_jobs: 0 }
    }

    /// Puts an engine in place that waits for the test.
    fn gate(&mut self) -> Gate {
        let ((asks, asked), (go, goes)) = (sync_channel(64), sync_channel(64));
        self.worker = Worker::start_with(|| {}, || GatedEngine { asked: asks, go: goes }).unwrap();
        Gate { asked, go }
    }

    /// Has a folder indexed.
    fn index(&mut self, folder: &Path) -> JobId {
        let source = IndexSource::Folder(folder.to_owned());
        self.send(DatasetTask::Index { source, segmenter: ModelSource::Starter })
    }

    fn send(&mut self, task: DatasetTask) -> JobId {
        self.n_jobs += 1;
        let job = JobId(self.n_jobs);
        self.worker.send(Command::Dataset { job, file: self.file.clone(), task }).unwrap();
        job
    }

    /// What a job says, and how it ends.
    fn heard(&mut self, job: JobId) -> (Vec<DatasetNews>, Event) {
        let mut heard = Vec::new();
        loop {
            match self.worker.next_event().expect("the threads run") {
                Event::Dataset { job: of, news } if of == job => heard.push(news),
                event if event.job() == job && event.closes_job() => return (heard, event),
                _ => {}
            }
        }
    }

    fn rows(&mut self) -> Vec<Row> {
        let job = self.send(DatasetTask::Open);
        let (heard, _) = self.heard(job);
        let [DatasetNews::All { rows, .. }] = &heard[..] else { panic!("{heard:?}") };
        rows.clone()
    }
}

#[test]
fn a_folder_is_indexed_and_its_index_read_while_and_after() {
    let folder = folder();
    let mut story = Story::begin(folder.path());
    let job = story.index(folder.path());
    let (heard, end) = story.heard(job);
    assert!(matches!(end, Event::Done { .. }), "{end:?}");
    assert!(matches!(&heard[0], DatasetNews::All { rows, .. } if rows.is_empty()));
    let came = heard.iter().map(|news| if let DatasetNews::Changed { rows, .. } = news { rows.len() } else { 0 });
    assert_eq!(came.sum::<usize>(), 13, "each row is said once");
    let Some(DatasetNews::Indexed(summary)) = heard.last() else { panic!("{heard:?}") };
    assert_eq!((summary.done, summary.failed), (13, 1));

    let rows = story.rows();
    assert_eq!(rows.len(), 13);
    let ids: Vec<RowId> = rows.iter().map(|row| row.id).collect();
    let job = story.send(DatasetTask::Thumbnails(ids.clone()));
    let (heard, _) = story.heard(job);
    let [DatasetNews::Thumbnails(thumbnails)] = &heard[..] else { panic!("{heard:?}") };
    for (row, thumbnail) in rows.iter().zip(thumbnails) {
        let size = thumbnail.pixels.as_ref().map(|pixels| pixels.dimensions());
        assert_eq!((thumbnail.id, size), (row.id, row.error.is_none().then_some((128, 96))));
    }

    let job = story.send(DatasetTask::Check { ids: ids[..2].to_vec(), checked: true });
    story.heard(job);
    assert_eq!(story.rows().iter().filter(|row| row.checked).count(), 2);

    let job = story.send(DatasetTask::FindDuplicates);
    let (heard, _) = story.heard(job);
    let [DatasetNews::Duplicates(groups)] = &heard[..] else { panic!("{heard:?}") };
    let name = |id: &RowId| rows.iter().find(|row| row.id == *id).unwrap().path.display().to_string();
    assert!(groups.iter().any(|group| group.iter().map(name).eq(["10.png", "11.png"])), "{groups:?}");

    let out = folder.path().join("out.csv");
    let job = story.send(DatasetTask::Export {
        ids: ids[..5].to_vec(),
        form: ExportForm::Csv,
        out: out.clone(),
        replaces: false,
    });
    let (heard, _) = story.heard(job);
    assert!(matches!(heard.last(), Some(DatasetNews::Exported(done, _)) if done.written == 5), "{heard:?}");
    assert_eq!(std::fs::read_to_string(out).unwrap().lines().count(), 6);
}

#[test]
fn an_indexing_waits_goes_on_and_is_read_meanwhile() {
    let folder = folder();
    let mut story = Story::begin(folder.path());
    let gate = story.gate();
    let job = story.index(folder.path());
    gate.let_pass(0);
    assert_eq!(gate.asked.recv(), Ok(2), "it is in the middle");
    story.worker.pause(job, true);
    gate.go.send(()).unwrap();
    let waits = |event: &Event| match event {
        Event::Dataset { news: DatasetNews::Progress(progress), .. } => progress.is_waiting,
        event => {
            assert!(!event.closes_job(), "it was to wait");
            false
        }
    };
    while !story.worker.next_event().is_some_and(|event| waits(&event)) {}
    assert!((2..13).contains(&story.rows().len()), "what is done can be seen");
    assert!(gate.asked.try_recv().is_err(), "nothing is scored meanwhile");
    story.worker.pause(job, false);
    drop(gate);
    assert!(matches!(story.heard(job).1, Event::Done { .. }));
    assert_eq!(story.rows().len(), 13);
}

#[test]
fn what_is_no_index_is_said_in_a_line() {
    let folder = folder();
    let mut story = Story::begin(folder.path());
    story.file = folder.path().join("broken.jpg");
    let job = story.send(DatasetTask::Open);
    let (_, end) = story.heard(job);
    let Event::Failed { failure, .. } = &end else { panic!("{end:?}") };
    assert!(
        matches!(&**failure, Failure::Index(IndexError::Foreign { file, .. }) if *file == story.file),
        "{failure:?}"
    );
}

/// Gives every picture the same score, and waits at every batch until the test lets it go on.
struct GatedEngine {
    asked: SyncSender<usize>,
    go: Receiver<()>,
}

impl Engine for GatedEngine {
    fn perform(&mut self, command: Command, _job: &Job<'_>) -> Result<(), Stopped> {
        if let Command::Score { pictures, answer, .. } = command {
            let _nobody_asks = self.asked.send(pictures.len());
            let _gate_is_gone = self.go.recv();
            let scores = pictures.iter().map(|_| Ok(0.25)).collect();
            let _unwanted = answer.send(Ok(Scores { scorer: "always a quarter".to_owned(), batch_size: 2, scores }));
        }
        Ok(())
    }
}

/// Goes to pieces over every batch.
struct BrokenEngine;

impl Engine for BrokenEngine {
    fn perform(&mut self, _command: Command, _job: &Job<'_>) -> Result<(), Stopped> {
        panic!("the matrix does not fit")
    }

    fn recover(&mut self) {}
}

#[test]
fn an_indexing_whose_scorer_goes_to_pieces_says_so() {
    let folder = folder();
    let mut story = Story::begin(folder.path());
    story.worker = Worker::start_with(|| {}, || BrokenEngine).unwrap();
    let job = story.index(folder.path());
    let (_, end) = story.heard(job);
    assert!(matches!(&end, Event::Failed { failure, .. } if matches!(**failure, Failure::Inside(_))), "{end:?}");
}

/// The test's end of a [`GatedEngine`]; dropped, it leaves the way open.
struct Gate {
    /// The sizes of the batches that the engine was asked to score.
    asked: Receiver<usize>,
    go: SyncSender<()>,
}

impl Gate {
    /// Waits for a batch of so many pictures, and lets it pass.
    fn let_pass(&self, n_pictures: usize) {
        assert_eq!(self.asked.recv(), Ok(n_pictures));
        self.go.send(()).unwrap();
    }
}

#[test]
fn the_engine_scores_batch_by_batch_and_does_other_jobs_between() {
    let folder = folder();
    let mut story = Story::begin(folder.path());
    let gate = story.gate();
    let job = story.index(folder.path());
    gate.let_pass(0);
    assert_eq!(gate.asked.recv(), Ok(2), "it is in the middle");
    let other = JobId(99);
    let load = Command::LoadModel {
        job: other,
        source: ModelSource::Starter,
        device: DeviceChoice::Cpu,
        precision: Precision::Full,
    };
    story.worker.send(load).unwrap();
    drop(gate);
    let mut order = Vec::new();
    while order.len() < 2 {
        let event = story.worker.next_event().expect("the threads run");
        order.extend(event.closes_job().then_some(event.job()));
    }
    assert_eq!(order, [other, job], "the other job waits for a batch and not for the folder");
    let rows = story.rows();
    let scored =
        rows.iter().filter(|row| row.locatability == Some(0.25) && row.scorer.as_deref() == Some("always a quarter"));
    assert_eq!((scored.count(), rows.len()), (12, 13));
}

#[test]
fn an_export_does_not_wait_for_an_indexing_that_goes_on() {
    let folder = folder();
    let mut story = Story::begin(folder.path());
    let gate = story.gate();
    let indexing = story.index(folder.path());
    gate.let_pass(0);
    assert_eq!(gate.asked.recv(), Ok(2), "it is in the middle");
    let out = folder.path().join("out.csv");
    let export = story.send(DatasetTask::Export { ids: Vec::new(), form: ExportForm::Csv, out, replaces: false });
    drop(gate);
    let mut order = Vec::new();
    while order.len() < 2 {
        let event = story.worker.next_event().expect("the threads run");
        order.extend(event.closes_job().then_some(event.job()));
    }
    assert_eq!(order, [export, indexing]);
    assert_eq!(story.rows().len(), 13, "and the indexing goes on to its end");
}
