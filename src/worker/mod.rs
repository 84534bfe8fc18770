//! The engine thread, which alone touches a compute device, the threads beside it that need none, and the messages that
//! they take and give.
//!
//! ```text
//! let mut worker = Worker::start(wake)?;  wake: Fn() + Send + Sync, called after every event (ctx.request_repaint)
//! worker.send(command)?;                  never blocks: Err(Busy) when too much waits
//! worker.cancel(job);                     asked at every token and stage; the job closes with Event::Cancelled
//! while let Some(event) = worker.try_next() { state.apply(event) }
//! ```

mod dataset;
mod engine;
mod job;
mod message;
mod news;
mod pictures;
mod segmenting;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use dataset::{DatasetLabour, DatasetReader};
pub use dataset::{DatasetNews, DatasetTask, Scores, Thumbnail};
pub use engine::{LocatingEngine, OpenModel};
pub use job::{Cancel, Engine, Job, Stopped, words_of};
pub use message::{Busy, Command, Event, JobId, ModelSource, ModelSummary, PictureSource, Stage};
pub use news::PictureNews;
pub use pictures::picture_files;
pub use segmenting::{open_judge, open_network};

/// How many commands wait at most, for each thread.
const COMMANDS: usize = 256;
/// How many events wait at most; beyond that the engine waits for the listener.
const EVENTS: usize = 1024;
/// Deep call chains of tensor code need more than the usual two mebibytes.
const ENGINE_STACK_BYTES: usize = 32 << 20;
/// How long closing waits for a job that was asked to stop, before it is left to end with the program.
const FAREWELL: Duration = Duration::from_secs(2);

/// A thread's commands, each with the flags of its job.
type Queue = SyncSender<(Command, Cancel)>;

/// What a thread does with its queue until that closes.
type Work = Box<dyn FnOnce(&Receiver<(Command, Cancel)>, &SyncSender<Event>, &dyn Fn()) + Send>;

/// The threads and the channels to them. Dropping it cancels what runs.
pub struct Worker {
    engine: Option<Queue>,
    pictures: Option<Queue>,
    reader: Option<Queue>,
    labour: Option<Queue>,
    events: Option<Receiver<Event>>,
    flags: BTreeMap<JobId, Cancel>,
    threads: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts the engine with the program's models; `wake` is called after every event, from the engine's threads.
    pub fn start(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        Self::start_with(wake, LocatingEngine::default)
    }

    /// Starts with another engine, made on its own thread.
    pub fn start_with<E: Engine>(
        wake: impl Fn() + Send + Sync + 'static,
        make_engine: impl FnOnce() -> E + Send + 'static,
    ) -> std::io::Result<Self> {
        let (say, events) = sync_channel(EVENTS);
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        let mut threads = Vec::new();
        let mut start = |thread: Builder, work: Work| -> std::io::Result<Queue> {
            let (queue, commands) = sync_channel(COMMANDS);
            let (say, wake) = (say.clone(), Arc::clone(&wake));
            threads.push(thread.spawn(move || work(&commands, &say, &*wake))?);
            Ok(queue)
        };
        let thread = |name: &str| Builder::new().name(format!("terrasight-{name}"));
        let engine = start(
            thread("engine").stack_size(ENGINE_STACK_BYTES),
            Box::new(|commands, say, wake| job::do_jobs(&mut make_engine(), commands, say, wake)),
        )?;
        let pictures = start(
            thread("pictures"),
            Box::new(|commands, say, wake| job::do_jobs(&mut pictures::PictureOpener, commands, say, wake)),
        )?;
        let reader = start(
            thread("reader"),
            Box::new(|commands, say, wake| job::do_jobs(&mut DatasetReader::default(), commands, say, wake)),
        )?;
        let for_scores = engine.clone();
        let labour = start(
            thread("dataset"),
            Box::new(|commands, say, wake| job::do_jobs(&mut DatasetLabour::new(for_scores), commands, say, wake)),
        )?;
        Ok(Self {
            engine: Some(engine),
            pictures: Some(pictures),
            reader: Some(reader),
            labour: Some(labour),
            events: Some(events),
            flags: BTreeMap::new(),
            threads,
        })
    }

    /// Hands a command over without waiting.
    pub fn send(&mut self, command: Command) -> Result<(), Busy> {
        let queue = match command {
            Command::OpenPictures { .. } => &self.pictures,
            Command::LoadModel { .. } | Command::Locate { .. } | Command::Score { .. } => &self.engine,
            Command::Dataset { ref task, .. } => {
                if task.is_long() {
                    &self.labour
                } else {
                    &self.reader
                }
            }
        };
        let (id, flag) = (command.job(), Cancel::default());
        queue.as_ref().ok_or(Busy)?.try_send((command, flag.clone())).map_err(|_full| Busy)?;
        self.flags.insert(id, flag);
        Ok(())
    }

    /// Asks a job to stop; one that has closed already is left alone.
    pub fn cancel(&mut self, job: JobId) {
        if let Some(flag) = self.flags.get(&job) {
            flag.cancel();
        }
    }

    /// Asks a job to wait, or to go on.
    pub fn pause(&mut self, job: JobId, yes: bool) {
        if let Some(flag) = self.flags.get(&job) {
            flag.pause(yes);
        }
    }

    /// Whether anything was sent that has not closed yet.
    pub fn is_busy(&self) -> bool {
        !self.flags.is_empty()
    }

    /// The next event, if one is there.
    pub fn try_next(&mut self) -> Option<Event> {
        let event = self.events.as_ref()?.try_recv().ok()?;
        self.forget_closed(&event);
        Some(event)
    }

    /// The next event, waiting for it (for the commands, which have nothing else to do); `None` when the threads are gone.
    pub fn next_event(&mut self) -> Option<Event> {
        let event = self.events.as_ref()?.recv().ok()?;
        self.forget_closed(&event);
        Some(event)
    }

    fn forget_closed(&mut self, event: &Event) {
        if event.closes_job() {
            self.flags.remove(&event.job());
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        for flag in self.flags.values() {
            flag.cancel();
        }
        (self.engine, self.pictures, self.reader, self.labour) = (None, None, None, None);
        self.events = None;
        let deadline = Instant::now() + FAREWELL;
        while self.threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[cfg(test)]
mod tests;
