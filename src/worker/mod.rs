//! The engine thread, which alone touches a compute device, the threads beside it that need none, and the messages that
//! they take and give.
//!
//! ```text
//! let mut worker = Worker::start(wake)?;  wake: Fn() + Send + Sync, called after every event (ctx.request_repaint)
//! worker.send(command)?;                  never blocks: Err(Busy) when too much waits
//! worker.cancel(job);                     asked at every token and stage; the job closes with Event::Cancelled
//! while let Some(event) = worker.try_next() { state.apply(event) }
//! ```

mod cancel;
mod dataset;
mod elsewhere;
mod engine;
mod evaluation;
mod failure;
mod hub;
mod job;
mod latest;
mod matching;
mod measured;
mod message;
mod news;
mod open_model;
mod open_models;
mod pasted;
mod pictures;
mod pixels;
mod queue;
mod ranking;
mod reading;
mod segmenting;
mod source;
mod telling;
mod training;

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, sync_channel},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

pub use cancel::Cancel;
use dataset::{DatasetLabour, DatasetReader, Pace};
pub use dataset::{DatasetNews, DatasetTask, Scores, Thumbnail};
pub use engine::LocatingEngine;
use evaluation::{Archivist, Examiner};
pub use evaluation::{
    Comparison, ErrorLine, Evaluated, EvaluationNews, EvaluationProgress, EvaluationTask, KeptEvaluation,
};
pub use failure::{Busy, Failure};
pub use hub::{HubNews, HubProgress, HubTask, Stock};
use hub::{Librarian, Porter};
use job::Says;
pub use job::{Engine, Job, Stopped, words_of};
use latest::Latest;
pub use measured::Measured;
pub use message::{Command, Event, JobId, JobStage, ModelNote, ModelSummary, PictureSource};
pub use news::PictureNews;
pub use open_model::OpenModel;
use pasted::Pasted;
pub use pictures::picture_files;
use pixels::PixelReader;
pub use pixels::read as read_pixels;
use queue::Queue;
pub use segmenting::{open_judge, open_network};
pub use source::ModelSource;
use training::Registrar;
pub use training::{DryRun, OpenedRun, RunRecord, TrainingNews, TrainingTask, dry_run, runs};

/// How many events wait at most; beyond that the engine waits for the listener.
const EVENTS: usize = 1024;
/// Deep call chains of tensor code need more than the usual two mebibytes.
const ENGINE_STACK_BYTES: usize = 32 << 20;
/// How long closing waits for a job that was asked to stop, before it is left to end with the program.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a thread does with its queue until that closes.
type Work = Box<dyn FnOnce(&Queue, &Says) + Send>;

/// The threads and the channels to them. Dropping it cancels what runs.
pub struct Worker {
    engine: Queue,
    pictures: Queue,
    pixels: Queue,
    ranking: Queue,
    reader: Queue,
    labour: Queue,
    librarian: Queue,
    porter: Queue,
    registrar: Queue,
    examiner: Queue,
    archivist: Queue,
    events: Option<Receiver<Event>>,
    latest: Latest,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// Jobs that were stopped before they began.
    stopped: VecDeque<JobId>,
    flags: BTreeMap<JobId, Cancel>,
    threads: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts the engine with the program's models; `wake` is called after every event, from the engine's threads.
    pub fn start(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        Self::start_with(wake, LocatingEngine::in_a_team)
    }

    /// The same; pictures that come without a file are given one in this folder, and not only while the program runs.
    pub fn start_keeping(wake: impl Fn() + Send + Sync + 'static, pasted: Option<PathBuf>) -> std::io::Result<Self> {
        Self::start_all(wake, LocatingEngine::in_a_team, pasted)
    }

    /// Starts with another engine, made on its own thread.
    pub fn start_with<E: Engine>(
        wake: impl Fn() + Send + Sync + 'static,
        make_engine: impl FnOnce() -> E + Send + 'static,
    ) -> std::io::Result<Self> {
        Self::start_all(wake, make_engine, None)
    }

    pub(crate) fn start_all<E: Engine>(
        wake: impl Fn() + Send + Sync + 'static,
        make_engine: impl FnOnce() -> E + Send + 'static,
        pasted: Option<PathBuf>,
    ) -> std::io::Result<Self> {
        let pasted = pasted.map_or(Pasted::Here(None), Pasted::In);
        let (say, events) = sync_channel(EVENTS);
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        let says = Says { events: say, latest: Latest::default(), wake: Arc::clone(&wake) };
        let mut threads = Vec::new();
        let mut start = |thread: Builder, work: Work| -> std::io::Result<Queue> {
            let queue = Queue::default();
            let (commands, says) = (queue.clone(), says.clone());
            threads.push(thread.spawn(move || work(&commands, &says))?);
            Ok(queue)
        };
        let thread = |name: &str| Builder::new().name(format!("terrasight-{name}"));
        let engine = start(
            thread("engine").stack_size(ENGINE_STACK_BYTES),
            Box::new(|commands, says| job::do_jobs(&mut make_engine(), commands, says)),
        )?;
        let pictures = start(
            thread("pictures"),
            Box::new(|commands, says| job::do_jobs(&mut pictures::PictureOpener { pasted }, commands, says)),
        )?;
        let pixels =
            start(thread("pixels"), Box::new(|commands, says| job::do_jobs(&mut PixelReader, commands, says)))?;
        let ranking =
            start(thread("ranking"), Box::new(|commands, says| job::do_jobs(&mut ranking::Ranker, commands, says)))?;
        let reader = start(
            thread("reader"),
            Box::new(|commands, says| job::do_jobs(&mut DatasetReader::default(), commands, says)),
        )?;
        let for_scores = engine.clone();
        let labour = start(
            thread("dataset"),
            Box::new(|commands, says| job::do_jobs(&mut DatasetLabour::new(for_scores), commands, says)),
        )?;
        let librarian =
            start(thread("models"), Box::new(|commands, says| job::do_jobs(&mut Librarian, commands, says)))?;
        let porter = start(thread("fetching"), Box::new(|commands, says| job::do_jobs(&mut Porter, commands, says)))?;
        let registrar = start(thread("runs"), Box::new(|commands, says| job::do_jobs(&mut Registrar, commands, says)))?;
        let for_answers = engine.clone();
        let examiner = start(
            thread("evaluation"),
            Box::new(|commands, says| job::do_jobs(&mut Examiner::new(for_answers), commands, says)),
        )?;
        let archivist =
            start(thread("archive"), Box::new(|commands, says| job::do_jobs(&mut Archivist, commands, says)))?;
        Ok(Self {
            engine,
            pictures,
            pixels,
            ranking,
            reader,
            labour,
            librarian,
            porter,
            registrar,
            examiner,
            archivist,
            events: Some(events),
            latest: says.latest,
            wake,
            stopped: VecDeque::new(),
            flags: BTreeMap::new(),
            threads,
        })
    }

    fn queues(&self) -> [&Queue; 11] {
        let Self { engine, pictures, pixels, ranking, reader, labour, librarian, porter, .. } = self;
        let Self { registrar, examiner, archivist, .. } = self;
        [engine, pictures, pixels, ranking, reader, labour, librarian, porter, registrar, examiner, archivist]
    }

    /// Hands a command over without waiting.
    pub fn send(&mut self, command: Command) -> Result<(), Busy> {
        let queue = match command {
            Command::OpenPictures { .. } => &self.pictures,
            Command::ReadPixels { .. } => &self.pixels,
            Command::Rank { .. } | Command::Change { .. } => &self.ranking,
            Command::LoadModel { .. }
            | Command::Unload { .. }
            | Command::Locate { .. }
            | Command::Converse { .. }
            | Command::Answer { .. }
            | Command::Score { .. } => &self.engine,
            Command::Training { ref task, .. } if task.is_for_engine() => &self.engine,
            Command::Training { .. } => &self.registrar,
            Command::Dataset { ref task, .. } if task.pace() == Pace::Short => &self.reader,
            Command::Dataset { .. } => &self.labour,
            Command::Hub { ref task, .. } if task.is_short() => &self.librarian,
            Command::Hub { .. } => &self.porter,
            Command::Evaluation { ref task, .. } if task.is_short() => &self.archivist,
            Command::Evaluation { .. } => &self.examiner,
        };
        let (id, flag) = (command.job(), Cancel::default());
        queue.put(command, flag.clone())?;
        self.flags.insert(id, flag);
        Ok(())
    }

    /// Asks a job to stop; one that has closed already is left alone, and one that has not begun closes at once.
    pub fn cancel(&mut self, job: JobId) {
        let Some(flag) = self.flags.get(&job) else { return };
        flag.cancel();
        if self.queues().map(|queue| queue.remove(job)).contains(&true) {
            self.stopped.push_back(job);
            (self.wake)();
        }
        // What has something to save waits no longer, though it was paused.
        self.queues().into_iter().for_each(Queue::wake);
    }

    /// Asks a job to wait, or to go on.
    pub fn pause(&mut self, job: JobId, yes: bool) {
        if let Some(flag) = self.flags.get(&job) {
            flag.pause(yes);
            self.queues().into_iter().for_each(Queue::wake);
        }
    }

    /// Whether anything was sent that has not closed yet.
    pub fn is_busy(&self) -> bool {
        !self.flags.is_empty()
    }

    /// The next event, if one is there.
    pub fn try_next(&mut self) -> Option<Event> {
        if let Some(closed) = self.next_stopped() {
            return Some(closed);
        }
        let event = self.events.as_ref()?.try_recv().ok()?;
        Some(self.heard(event))
    }

    /// The next event, waiting for it (for the commands, which have nothing else to do); `None` when the threads are gone.
    pub fn next_event(&mut self) -> Option<Event> {
        if let Some(closed) = self.next_stopped() {
            return Some(closed);
        }
        let event = self.events.as_ref()?.recv().ok()?;
        Some(self.heard(event))
    }

    fn next_stopped(&mut self) -> Option<Event> {
        let job = self.stopped.pop_front()?;
        Some(self.heard(Event::Cancelled { job }))
    }

    fn heard(&mut self, event: Event) -> Event {
        if event.closes_job() {
            self.flags.remove(&event.job());
        }
        self.latest.take(event)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        for flag in self.flags.values() {
            flag.cancel();
        }
        self.queues().into_iter().for_each(Queue::close);
        self.events = None;
        let deadline = Instant::now() + FAREWELL;
        while self.threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[cfg(test)]
mod tests;
