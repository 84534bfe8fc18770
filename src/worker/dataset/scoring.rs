//! Scoring pictures for the index on the engine thread, batch by batch, so that locating goes on between them.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::Duration,
};

use crate::{
    dataset::Scorer,
    picture::Picture,
    worker::{
        Command, JobId,
        job::{Cancel, Job},
    },
};

/// How often a stop is looked for while the engine is waited for.
const PATIENCE: Duration = Duration::from_millis(100);

/// What the engine thread answers to a batch.
#[derive(Debug, Clone)]
pub struct Scores {
    /// Who scored; none where the program has nobody who can.
    pub scorer: Option<String>,
    /// How many pictures it takes best at once.
    pub batch_size: usize,
    /// A score, or the reason why there is none, for each picture.
    pub scores: Vec<Result<f64, String>>,
}

/// Who scores in the window; it is asked for on the engine thread when pictures are to be scored first.
pub(in crate::worker) fn scorer() -> Option<Box<dyn Scorer>> {
    None
}

/// Scores a batch on the engine thread; an empty one asks who would.
pub(in crate::worker) fn score(
    scorer: Option<&mut Box<dyn Scorer>>,
    pictures: &[Arc<Picture>],
    answer: &SyncSender<Scores>,
) {
    let pictures: Vec<&Picture> = pictures.iter().map(Arc::as_ref).collect();
    let scores = match scorer {
        None => Scores { scorer: None, batch_size: 1, scores: Vec::new() },
        Some(scorer) => Scores {
            scorer: Some(scorer.name().to_owned()),
            batch_size: scorer.batch_size(),
            scores: if pictures.is_empty() { Vec::new() } else { scorer.score(&pictures) },
        },
    };
    // The indexing may have ended in the meantime; then nobody wants them.
    let _unwanted = answer.send(scores);
}

/// Stands for the engine's scorer on the thread that indexes.
pub(super) struct EngineScorer {
    engine: SyncSender<(Command, Cancel)>,
    job: JobId,
    name: String,
    batch_size: usize,
}

impl EngineScorer {
    /// None where the engine has no scorer.
    pub(super) fn open(engine: SyncSender<(Command, Cancel)>, job: &Job<'_>) -> Option<Self> {
        let mut scorer = Self { engine, job: job.id(), name: String::new(), batch_size: 1 };
        let answer = scorer.ask(Vec::new())?;
        // The engine may be locating a picture, which can take minutes: the user need not wait for it to stop this.
        let answered = loop {
            match answer.recv_timeout(PATIENCE) {
                Err(RecvTimeoutError::Timeout) if !job.is_cancelled() => {}
                answered => break answered,
            }
        };
        let answered = answered.ok()?;
        (scorer.name, scorer.batch_size) = (answered.scorer?, answered.batch_size);
        Some(scorer)
    }

    fn ask(&self, pictures: Vec<Arc<Picture>>) -> Option<Receiver<Scores>> {
        let (answer, scores) = sync_channel(1);
        let command = Command::Score { job: self.job, pictures, answer };
        self.engine.send((command, Cancel::default())).ok()?;
        Some(scores)
    }
}

impl Scorer for EngineScorer {
    fn name(&self) -> &str {
        &self.name
    }

    fn batch_size(&self) -> usize {
        self.batch_size
    }

    fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>> {
        let owned = pictures.iter().map(|picture| Arc::new((*picture).clone())).collect();
        let failed = || pictures.iter().map(|_| Err("the engine did not score it; index again".to_owned())).collect();
        self.ask(owned).and_then(|answer| answer.recv().ok()).map_or_else(failed, |answered| answered.scores)
    }
}
