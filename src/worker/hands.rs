//! The threads: who does a command, with what, and the queue in which it waits until then.

use std::{
    collections::BTreeMap,
    io,
    thread::{Builder, JoinHandle},
};

use super::{
    Command,
    dataset::{DatasetLabour, DatasetReader, Pace},
    evaluation::{Archivist, Examiner},
    hub::{Librarian, Porter},
    job::{Engine, Says, do_jobs},
    pasted::Pasted,
    pictures::PictureOpener,
    pixels::PixelReader,
    queue::Queue,
    ranking::Ranker,
    training::Registrar,
};

/// Deep call chains of tensor code need more than the usual two mebibytes.
const ENGINE_STACK_BYTES: usize = 32 << 20;

/// Who does a command, on a thread of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hand {
    Engine,
    PictureOpener,
    PixelReader,
    Ranker,
    DatasetReader,
    DatasetLabour,
    Librarian,
    Porter,
    Registrar,
    Examiner,
    Archivist,
}

impl Hand {
    /// The one that this command is for.
    fn of(command: &Command) -> Self {
        match command {
            Command::OpenPictures { .. } => Self::PictureOpener,
            Command::ReadPixels { .. } => Self::PixelReader,
            Command::Rank { .. } | Command::Change { .. } => Self::Ranker,
            Command::LoadModel { .. }
            | Command::Unload { .. }
            | Command::Locate { .. }
            | Command::Converse { .. }
            | Command::Answer { .. }
            | Command::Score { .. } => Self::Engine,
            Command::Training { task, .. } if task.is_for_engine() => Self::Engine,
            Command::Training { .. } => Self::Registrar,
            Command::Dataset { task, .. } if task.pace() == Pace::Short => Self::DatasetReader,
            Command::Dataset { .. } => Self::DatasetLabour,
            Command::Hub { task, .. } if task.is_short() => Self::Librarian,
            Command::Hub { .. } => Self::Porter,
            Command::Evaluation { task, .. } if task.is_short() => Self::Archivist,
            Command::Evaluation { .. } => Self::Examiner,
        }
    }
}

/// All of them at work.
pub(super) struct Hands {
    queues: BTreeMap<Hand, Queue>,
    threads: Vec<JoinHandle<()>>,
}

impl Hands {
    /// Starts the threads; the engine is made on its own.
    pub(super) fn start<E: Engine>(
        make_engine: impl FnOnce() -> E + Send + 'static,
        pasted: Pasted,
        says: &Says,
    ) -> io::Result<Self> {
        let named = |name: &str| Builder::new().name(format!("terrasight-{name}"));
        let engine = Queue::default();
        let others: [(Hand, &str, Box<dyn Engine + Send>); 10] = [
            (Hand::PictureOpener, "pictures", Box::new(PictureOpener { pasted })),
            (Hand::PixelReader, "pixels", Box::new(PixelReader)),
            (Hand::Ranker, "ranking", Box::new(Ranker)),
            (Hand::DatasetReader, "reader", Box::new(DatasetReader::default())),
            (Hand::DatasetLabour, "dataset", Box::new(DatasetLabour::new(engine.clone()))),
            (Hand::Librarian, "models", Box::new(Librarian)),
            (Hand::Porter, "fetching", Box::new(Porter)),
            (Hand::Registrar, "runs", Box::new(Registrar)),
            (Hand::Examiner, "evaluation", Box::new(Examiner::new(engine.clone()))),
            (Hand::Archivist, "archive", Box::new(Archivist)),
        ];
        let mut hands = Self { queues: BTreeMap::from([(Hand::Engine, engine.clone())]), threads: Vec::new() };
        let for_engine = says.clone();
        let thread = named("engine").stack_size(ENGINE_STACK_BYTES);
        hands.threads.push(thread.spawn(move || do_jobs(&mut make_engine(), &engine, &for_engine))?);
        for (hand, name, mut other) in others {
            let (queue, says) = (Queue::default(), says.clone());
            hands.queues.insert(hand, queue.clone());
            hands.threads.push(named(name).spawn(move || do_jobs(other.as_mut(), &queue, &says))?);
        }
        Ok(hands)
    }

    /// Where this command waits for its thread.
    pub(super) fn queue_for(&self, command: &Command) -> &Queue {
        &self.queues[&Hand::of(command)]
    }

    /// Where commands wait.
    pub(super) fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.queues.values()
    }

    /// Whether all threads have ended.
    pub(super) fn have_ended(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }
}
