//! A thread's commands. What the user waits for goes before work that steps, what is paused stays where it is, and what is
//! stopped before it began is gone at once.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Busy, Cancel, Command, JobId, TrainingTask, dataset::Pace};

/// How many commands wait at most, for each thread.
pub(super) const COMMANDS: usize = 256;

/// A command with the flags of its job.
pub(super) struct Waiting {
    pub(super) command: Command,
    pub(super) cancel: Cancel,
}

impl Waiting {
    fn is_ready(&self) -> bool {
        !self.cancel.is_paused() || self.cancel.is_cancelled()
    }

    /// Whether others go first, whenever they came.
    fn steps(&self) -> bool {
        match &self.command {
            Command::Score { .. } | Command::Answer { .. } | Command::Change { .. } => true,
            Command::Training { task: TrainingTask::Train { .. }, .. } => true,
            Command::Dataset { task, .. } => task.pace() == Pace::Steps,
            _at_once => false,
        }
    }
}

#[derive(Default)]
struct Commands {
    waiting: Vec<Waiting>,
    is_closed: bool,
}

/// Both ends of a queue; copies share it.
#[derive(Clone, Default)]
pub(super) struct Queue {
    shared: Arc<(Mutex<Commands>, Condvar)>,
}

impl Queue {
    fn commands(&self) -> MutexGuard<'_, Commands> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a command at the end, unless too many wait.
    pub(super) fn put(&self, command: Command, cancel: Cancel) -> Result<(), Busy> {
        let mut commands = self.commands();
        if commands.is_closed || commands.waiting.len() >= COMMANDS {
            return Err(Busy);
        }
        commands.waiting.push(Waiting { command, cancel });
        self.shared.1.notify_all();
        Ok(())
    }

    /// Adds the rest of a job that gave way.
    pub(super) fn put_back(&self, rest: Waiting) {
        self.commands().waiting.push(rest);
    }

    /// The next command, waiting for it; none when the queue is closed and empty of what can begin.
    pub(super) fn take(&self) -> Option<Waiting> {
        let mut commands = self.commands();
        loop {
            let first = |steps: bool| {
                commands.waiting.iter().position(|waiting| waiting.is_ready() && waiting.steps() == steps)
            };
            if let Some(place) = first(false).or_else(|| first(true)) {
                return Some(commands.waiting.remove(place));
            }
            if commands.is_closed {
                return None;
            }
            commands = self.shared.1.wait(commands).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether something waits that a job which steps should let go first.
    pub(super) fn is_wanted(&self) -> bool {
        self.commands().waiting.iter().any(|waiting| waiting.is_ready() && !waiting.steps())
    }

    /// Takes out what waits of a job, unless it has something to save; whether the job was among it that closes here.
    pub(super) fn remove(&self, job: JobId) -> bool {
        let mut removed = false;
        self.commands().waiting.retain(|waiting| {
            let is_of_job = waiting.command.job() == job && !waiting.command.ends_itself();
            removed |= is_of_job && !waiting.command.is_part();
            !is_of_job
        });
        removed
    }

    /// A job may go on, or the queue is to be looked at anew.
    pub(super) fn wake(&self) {
        let _commands = self.commands();
        self.shared.1.notify_all();
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        self.commands().is_closed = true;
        self.shared.1.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dataset::IndexSource,
        knowledge::clues::Clues,
        worker::{DatasetTask, ModelSource, PictureSource},
    };

    fn short(job: u64) -> Command {
        Command::OpenPictures { job: JobId(job), sources: vec![PictureSource::Path("a.jpg".into())], pixel_bytes: 0 }
    }

    fn long(job: u64) -> Command {
        let source = IndexSource::Folder("a".into());
        let task = DatasetTask::Index { source, segmenter: ModelSource::Starter };
        Command::Dataset { job: JobId(job), file: "a.sqlite".into(), task }
    }

    fn next(queue: &Queue) -> JobId {
        queue.take().map(|waiting| waiting.command.job()).expect("something waits")
    }

    #[test]
    fn what_steps_lets_others_go_first_and_what_is_paused_stays() {
        let queue = Queue::default();
        let paused = Cancel::default();
        paused.pause(true);
        queue.put(long(1), paused.clone()).unwrap();
        queue.put(long(2), Cancel::default()).unwrap();
        assert!(!queue.is_wanted());
        queue.put(short(3), Cancel::default()).unwrap();
        queue.put(short(4), Cancel::default()).unwrap();
        assert!(queue.is_wanted());
        assert_eq!([next(&queue), next(&queue), next(&queue)], [JobId(3), JobId(4), JobId(2)]);
        paused.pause(false);
        assert_eq!(next(&queue), JobId(1));
    }

    #[test]
    fn a_ranking_goes_before_what_would_change_places() {
        let (queue, clues) = (Queue::default(), Clues::with_own(&[]));
        let change = |job| Command::Change {
            job: JobId(job),
            finding: Arc::default(),
            weighing: Arc::default(),
            clues: Arc::clone(&clues),
        };
        let rank = |job| Command::Rank { job: JobId(job), finding: Arc::default(), weighing: Arc::default() };
        queue.put(change(1), Cancel::default()).unwrap();
        queue.put(rank(2), Cancel::default()).unwrap();
        assert_eq!([next(&queue), next(&queue)], [JobId(2), JobId(1)]);
    }

    #[test]
    fn what_is_stopped_before_it_began_is_gone() {
        let queue = Queue::default();
        queue.put(short(1), Cancel::default()).unwrap();
        queue.put(short(2), Cancel::default()).unwrap();
        assert!(queue.remove(JobId(1)) && !queue.remove(JobId(1)));
        queue.close();
        assert_eq!(next(&queue), JobId(2));
        assert!(queue.take().is_none());
    }
}
