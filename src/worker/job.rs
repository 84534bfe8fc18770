//! One job on its way: its cancel flag, what it says, and the loop in which a thread does one job after another.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc::SyncSender},
};

use super::{
    Command, Event, Failure, JobId, JobStage, PictureNews,
    cancel::Cancel,
    latest::Latest,
    queue::{Queue, Waiting},
};

/// Why a job closed without being done.
#[derive(Debug)]
pub enum Stopped {
    /// It was cancelled, or nobody listens any more.
    Cancelled,
    /// It could not be done.
    Failed(Failure),
    /// It stepped aside for what came since, or was paused; this is what goes on with it.
    GaveWay(Box<Command>),
}

/// The job at hand, as the one who does it sees it.
pub struct Job<'a> {
    id: JobId,
    cancel: &'a Cancel,
    is_part: bool,
    queue: &'a Queue,
    says: &'a Says,
}

/// Where what is said goes to.
#[derive(Clone)]
pub(super) struct Says {
    pub(super) events: SyncSender<Event>,
    pub(super) latest: Latest,
    pub(super) wake: Arc<dyn Fn() + Send + Sync>,
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

    /// Its flags, for what it has others do.
    pub(super) fn flags(&self) -> Cancel {
        self.cancel.clone()
    }

    /// Whether what is being done shall end now: the job is to stop, or this is a part of it, which can be begun anew, and the
    /// user waits for something else.
    pub fn shall_end(&self) -> bool {
        self.is_cancelled() || (self.is_part && self.shall_give_way())
    }

    /// Lets something come to the job's thread that the user waits for.
    #[cfg(test)]
    pub(super) fn want_for_test(&self) {
        let unload = Command::Unload { job: JobId(u64::MAX), only: None };
        self.queue.put(unload, Cancel::default()).expect("the queue takes it");
    }

    /// Whether the job shall wait.
    pub fn is_paused(&self) -> bool {
        self.cancel.is_paused()
    }

    /// Whether a job that can go on later shall step aside now: it is paused, or its thread is wanted for something that
    /// the user waits for.
    pub fn shall_give_way(&self) -> bool {
        self.is_paused() || self.queue.is_wanted()
    }

    /// [`Stopped::Cancelled`] where what is being done shall end.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.shall_end() { Err(Stopped::Cancelled) } else { Ok(()) }
    }

    /// Says something. It waits while the listener has too much unread, which slows the job and never the window; of what
    /// only says how far the job is, the listener finds the latest.
    pub fn say(&self, event: Event) {
        let Some(event) = self.says.latest.put(event) else { return };
        if self.says.events.send(event).is_err() {
            self.cancel.cancel(); // the listener is gone: nobody needs the result
        }
        (self.says.wake)();
    }

    /// Says something of a picture; one that only a part of a job is about is nobody's news.
    pub fn tell(&self, news: PictureNews) {
        if !self.is_part {
            self.say(Event::Pictures { job: self.id, news });
        }
    }

    /// Says where the job stands; of a part, its job says so itself.
    pub fn stage(&self, stage: JobStage, fraction: Option<f32>) {
        if !self.is_part {
            self.say(Event::Stage { job: self.id, stage, fraction });
        }
    }
}

impl<F: Into<Failure>> From<F> for Stopped {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

/// Something that does jobs on a thread of its own.
pub trait Engine {
    /// Does what the command asks; results are said through the job.
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped>;

    /// Brings the engine back into order after a panic inside a job; most keep nothing that one could harm.
    fn recover(&mut self) {}
}

/// Does the jobs of a queue one after another until it is closed. A panic closes its job alone.
pub(super) fn do_jobs(engine: &mut dyn Engine, queue: &Queue, says: &Says) {
    while let Some(Waiting { command, cancel }) = queue.take() {
        let (id, is_part) = (command.job(), command.is_part());
        let job = Job { id, cancel: &cancel, is_part, queue, says };
        let begins = command.ends_itself() || !job.is_cancelled();
        let outcome = match begins {
            true => catch_unwind(AssertUnwindSafe(|| engine.perform(command, &job))).unwrap_or_else(|panic| {
                if catch_unwind(AssertUnwindSafe(|| engine.recover())).is_err() {
                    tracing::error!("the engine did not come back into order after a panic");
                }
                Err(Stopped::Failed(Failure::Inside(words_of(panic.as_ref()).to_owned())))
            }),
            false => Err(Stopped::Cancelled),
        };
        match outcome {
            Err(Stopped::GaveWay(command)) => queue.put_back(Waiting { command: *command, cancel }),
            // The job goes on elsewhere and closes there, without these words.
            Err(Stopped::Failed(failure)) if is_part => tracing::warn!("{failure}"),
            _ if is_part => {}
            Ok(()) => job.say(Event::Done { job: id }),
            Err(Stopped::Cancelled) => job.say(Event::Cancelled { job: id }),
            Err(Stopped::Failed(failure)) => job.say(Event::Failed { job: id, failure: Arc::new(failure) }),
        }
    }
}

/// The first line of what a panic said.
pub fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.and_then(|text| text.lines().next()).unwrap_or("a panic without words")
}
