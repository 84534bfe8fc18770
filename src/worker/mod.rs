//! The engine thread, which alone touches a compute device, and the messages it takes and gives.
//!
//! ```text
//! let mut worker = Worker::start(wake)?;  wake: Fn() + Send + Sync, called after every event (ctx.request_repaint)
//! worker.send(command)?;                  never blocks: Err(Busy) when too much waits
//! worker.cancel(job);                     asked at every token and stage; the job closes with Event::Cancelled
//! while let Some(event) = worker.try_next() { state.apply(event) }
//! ```

mod engine;
mod job;
mod message;
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

pub use engine::{LocatingEngine, OpenModel};
pub use job::{Cancel, Engine, Job, Stopped, words_of};
pub use message::{Busy, Command, Event, JobId, ModelSource, ModelSummary, PictureSource, Stage};
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

/// The two threads and the channels to them. Dropping it cancels what runs.
pub struct Worker {
    engine: Option<SyncSender<(Command, Cancel)>>,
    pictures: Option<SyncSender<(Command, Cancel)>>,
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
        let (engine, engine_queue) = sync_channel(COMMANDS);
        let (pictures, picture_queue) = sync_channel(COMMANDS);
        let (say_too, wake) = (say.clone(), Arc::new(wake));
        let wake_too = Arc::clone(&wake);
        let threads = vec![
            Builder::new().name("terrasight-engine".to_owned()).stack_size(ENGINE_STACK_BYTES).spawn(move || {
                let mut engine = make_engine();
                job::do_jobs(&mut engine, &engine_queue, &say, &*wake);
            })?,
            Builder::new().name("terrasight-pictures".to_owned()).spawn(move || {
                job::do_jobs(&mut pictures::PictureOpener, &picture_queue, &say_too, &*wake_too);
            })?,
        ];
        Ok(Self {
            engine: Some(engine),
            pictures: Some(pictures),
            events: Some(events),
            flags: BTreeMap::new(),
            threads,
        })
    }

    /// Hands a command over without waiting.
    pub fn send(&mut self, command: Command) -> Result<(), Busy> {
        let queue = match command {
            Command::OpenPictures { .. } => &self.pictures,
            Command::LoadModel { .. } | Command::Locate { .. } => &self.engine,
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
        self.engine = None;
        self.pictures = None;
        self.events = None;
        let deadline = Instant::now() + FAREWELL;
        while self.threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[cfg(test)]
mod tests;
