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
mod hands;
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
    time::{Duration, Instant},
};

pub use cancel::Cancel;
pub use dataset::{DatasetNews, DatasetTask, Scores, Thumbnail};
pub use engine::LocatingEngine;
pub use evaluation::{
    Comparison, ErrorLine, Evaluated, EvaluationNews, EvaluationProgress, EvaluationTask, KeptEvaluation, results_file,
};
pub use failure::{Busy, Failure};
use hands::Hands;
pub use hub::{HubNews, HubProgress, HubTask, Stock};
use job::Says;
pub use job::{Engine, Job, Stopped, words_of};
use latest::Latest;
pub use measured::Measured;
pub use message::{Command, Event, JobId, JobStage, ModelNote, ModelSummary, PictureSource};
pub use news::PictureNews;
pub use open_model::OpenModel;
use pasted::Pasted;
pub use pictures::picture_files;
pub use pixels::read as read_pixels;
use queue::Queue;
pub use segmenting::{open_judge, open_network};
pub use source::ModelSource;
pub use training::{DryRun, OpenedRun, RunRecord, TrainingNews, TrainingTask, dry_run, runs};

/// How many events wait at most; beyond that the engine waits for the listener.
const EVENTS: usize = 1024;
/// How long closing waits for a job that was asked to stop, before it is left to end with the program.
const FAREWELL: Duration = Duration::from_secs(2);

/// The threads and the channels to them. Dropping it cancels what runs.
pub struct Worker {
    hands: Hands,
    events: Option<Receiver<Event>>,
    latest: Latest,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// Jobs that were stopped before they began.
    stopped: VecDeque<JobId>,
    flags: BTreeMap<JobId, Cancel>,
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
        let hands = Hands::start(make_engine, pasted, &says)?;
        Ok(Self {
            hands,
            events: Some(events),
            latest: says.latest,
            wake,
            stopped: VecDeque::new(),
            flags: BTreeMap::new(),
        })
    }

    /// Hands a command over without waiting.
    pub fn send(&mut self, command: Command) -> Result<(), Busy> {
        let (id, flag) = (command.job(), Cancel::default());
        self.hands.queue_for(&command).put(command, flag.clone())?;
        self.flags.insert(id, flag);
        Ok(())
    }

    /// Asks a job to stop; one that has closed already is left alone, and one that has not begun closes at once.
    pub fn cancel(&mut self, job: JobId) {
        let Some(flag) = self.flags.get(&job) else { return };
        flag.cancel();
        if self.hands.queues().filter(|queue| queue.remove(job)).count() > 0 {
            self.stopped.push_back(job);
            (self.wake)();
        }
        // What has something to save waits no longer, though it was paused.
        self.hands.queues().for_each(Queue::wake);
    }

    /// Asks a job to wait, or to go on.
    pub fn pause(&mut self, job: JobId, yes: bool) {
        if let Some(flag) = self.flags.get(&job) {
            flag.pause(yes);
            self.hands.queues().for_each(Queue::wake);
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
        self.hands.queues().for_each(Queue::close);
        self.events = None;
        let deadline = Instant::now() + FAREWELL;
        while !self.hands.have_ended() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[cfg(test)]
mod tests;
