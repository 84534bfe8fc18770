//! Scoring pictures for the index on the engine thread, batch by batch, so that locating goes on between them.

use std::sync::{
    Arc,
    mpsc::{Receiver, SyncSender, sync_channel},
};

use super::message::Scores;
use crate::{
    dataset::Scorer,
    picture::Picture,
    worker::{Busy, Cancel, Command, Failure, JobId, ModelSource, job::Job, queue::Queue},
};

/// Scores a batch on the engine thread; an empty one asks who would.
pub(in crate::worker) fn score(
    scorer: Result<&mut dyn Scorer, Failure>,
    pictures: &[Arc<Picture>],
    answer: &SyncSender<Result<Scores, Failure>>,
) {
    let pictures: Vec<&Picture> = pictures.iter().map(Arc::as_ref).collect();
    let scores = scorer.map(|scorer| Scores {
        scorer: scorer.name().to_owned(),
        batch_size: scorer.batch_size(),
        scores: if pictures.is_empty() { Vec::new() } else { scorer.score(&pictures) },
    });
    // The indexing may have ended in the meantime; then nobody wants them.
    let _unwanted = answer.send(scores);
}

/// Stands for the engine's scorer on the thread that indexes.
pub(super) struct EngineScorer {
    engine: Queue,
    segmenter: ModelSource,
    job: JobId,
    name: String,
    batch_size: usize,
}

impl EngineScorer {
    /// The error says why the engine cannot score; none where a stop came before it said who does.
    pub(super) fn open(engine: Queue, segmenter: ModelSource, job: &Job<'_>) -> Result<Option<Self>, Failure> {
        let mut scorer = Self { engine, segmenter, job: job.id(), name: String::new(), batch_size: 1 };
        let answer = scorer.ask(Vec::new())?;
        // The engine may be locating a picture, which can take minutes. A stop takes the question out of its queue.
        let answered = match answer.recv() {
            Ok(answered) => answered?,
            Err(_) if job.is_cancelled() => return Ok(None),
            Err(_) => return Err(Failure::Inside("the segmenter gave no answer".to_owned())),
        };
        (scorer.name, scorer.batch_size) = (answered.scorer, answered.batch_size);
        Ok(Some(scorer))
    }

    fn ask(&self, pictures: Vec<Arc<Picture>>) -> Result<Receiver<Result<Scores, Failure>>, Busy> {
        let (answer, scores) = sync_channel(1);
        let command = Command::Score { job: self.job, pictures, segmenter: self.segmenter.clone(), answer };
        self.engine.put(command, Cancel::default())?;
        Ok(scores)
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
        let failed = |why: &str| pictures.iter().map(|_| Err(why.to_owned())).collect();
        match self.ask(owned).map(|answer| answer.recv()) {
            Ok(Ok(Ok(answered))) => answered.scores,
            Ok(Ok(Err(why))) => failed(&why.to_string()),
            Ok(Err(_)) => failed("the engine did not score it; index again"),
            Err(busy) => failed(&busy.to_string()),
        }
    }
}
