//! One job on its way: its cancel flag, what it says, and the loop in which a thread does one job after another.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender},
    },
};

use super::{Command, Event, JobId, PictureNews, Stage};

/// Asks a job to stop, or to wait; copies share the flags.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    cancelled: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
}

impl Cancel {
    /// Asks for the stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Asks it to wait, or to go on; jobs that cannot wait go on anyway.
    pub fn pause(&self, yes: bool) {
        self.paused.store(yes, Ordering::Relaxed);
    }

    /// Whether it shall wait.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }
}

/// Why a job closed without being done.
#[derive(Debug)]
pub enum Stopped {
    /// It was cancelled, or nobody listens any more.
    Cancelled,
    /// It could not be done: the cause and what to do, one line.
    Failed(String),
}

/// The job at hand, as the one who does it sees it.
pub struct Job<'a> {
    id: JobId,
    cancel: &'a Cancel,
    events: &'a SyncSender<Event>,
    wake: &'a dyn Fn(),
}

impl Job<'_> {
    /// The job's number, for the events it says.
    pub fn id(&self) -> JobId {
        self.id
    }

    /// Whether the job shall stop; to be asked at every token, stage, batch or tile.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Whether the job shall wait.
    pub fn is_paused(&self) -> bool {
        self.cancel.is_paused()
    }

    /// [`Stopped::Cancelled`] where the job shall stop.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.is_cancelled() { Err(Stopped::Cancelled) } else { Ok(()) }
    }

    /// Says something. It waits while the listener has too much unread, which slows the job and never the window.
    pub fn say(&self, event: Event) {
        if self.events.send(event).is_err() {
            self.cancel.cancel(); // the listener is gone: nobody needs the result
        }
        (self.wake)();
    }

    /// Says something of a picture.
    pub fn tell(&self, news: PictureNews) {
        self.say(Event::Pictures { job: self.id, news });
    }

    /// Says where the job stands.
    pub fn stage(&self, stage: Stage, fraction: Option<f32>) {
        self.say(Event::Stage { job: self.id, stage, fraction });
    }
}

/// Something that does jobs on a thread of its own.
pub trait Engine {
    /// Does what the command asks; results are said through the job.
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped>;

    /// Brings the engine back into order after a panic inside a job.
    fn recover(&mut self);
}

/// Does the jobs of a queue one after another until the sender is gone. A panic closes its job alone.
pub(super) fn do_jobs(
    engine: &mut dyn Engine,
    queue: &Receiver<(Command, Cancel)>,
    events: &SyncSender<Event>,
    wake: &dyn Fn(),
) {
    while let Ok((command, cancel)) = queue.recv() {
        let (id, is_part) = (command.job(), matches!(command, Command::Score { .. }));
        let job = Job { id, cancel: &cancel, events, wake };
        let outcome = match job.check() {
            Ok(()) => catch_unwind(AssertUnwindSafe(|| engine.perform(command, &job))).unwrap_or_else(|panic| {
                if catch_unwind(AssertUnwindSafe(|| engine.recover())).is_err() {
                    tracing::error!("the engine did not come back into order after a panic");
                }
                Err(Stopped::Failed(format!(
                    "something went wrong inside ({}); the model will be opened anew at its next use",
                    words_of(panic.as_ref())
                )))
            }),
            Err(stopped) => Err(stopped),
        };
        if is_part {
            continue; // the job goes on elsewhere and closes there
        }
        job.say(match outcome {
            Ok(()) => Event::Done { job: id },
            Err(Stopped::Cancelled) => Event::Cancelled { job: id },
            Err(Stopped::Failed(message)) => Event::Failed { job: id, message },
        });
    }
}

/// The first line of what a panic said.
pub fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.and_then(|text| text.lines().next()).unwrap_or("a panic without words")
}
