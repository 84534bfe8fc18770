//! The thread that runs evaluations.

use std::{sync::Arc, time::Instant};

use jiff::Timestamp;

use super::{
    asking::{Asking, source},
    folder::Folder,
    message::{EvaluationNews, EvaluationProgress, EvaluationTask},
};
use crate::{
    assets::{Fingerprint, starter_folder},
    eval::{Answered, Answerer, EvalConfig, EvalError, NoAnswer, Pictures, Progress, Report, answer_all},
    model::{LoraChoice, ModelError, VisionLanguageModel},
    predict::finding::ModelUsed,
    worker::{
        Command, Event, Failure, ModelSource,
        job::{Engine, Job, Stopped},
        queue::Queue,
    },
};

/// Runs evaluations one after another; the engine answers.
pub(in crate::worker) struct Examiner {
    engine: Queue,
}

impl Examiner {
    pub(in crate::worker) fn new(engine: Queue) -> Self {
        Self { engine }
    }

    fn run(&self, task: &EvaluationTask, job: &Job<'_>) -> Result<(), Stopped> {
        let EvaluationTask::Run { config, segmenter, clues, encoder, place } = task else {
            return Err(Failure::Misdirected.into());
        };
        // A list that cannot be read leaves no trace, so that the same folder can be used once it is read otherwise.
        let pictures = Pictures::open(&config.data)?;
        // A model that cannot be opened is told before the ones ahead of it have answered everything.
        for model in &config.models {
            look_at(&source(model), job)?;
        }
        let data_sha256 = pictures.sha256();
        let folder = Folder::claim(config, data_sha256.clone())?;
        let mut pace = Pace::new(config.models.len() * pictures.count());
        let mut answered = Vec::new();
        for (at, model) in config.models.iter().enumerate() {
            pace.next_model(at, at * pictures.count());
            let settings = config.generation.settings(model);
            let asking = Asking {
                engine: &self.engine,
                job,
                model: source(model),
                place: *place,
                settings,
                segmenter,
                clues,
                encoder,
            };
            let mut known = folder.answerer(at)?;
            // Also where every answer is there: they are not another model's figures.
            if let Some(before) = known.clone() {
                recognise(&mut known, as_it_is_now(&asking.model, before)?, at, &folder)?;
            }
            let mut locate = |picture| {
                let answer = asking.ask(picture)?;
                recognise(&mut known, Answerer::of(&answer), at, &folder)
                    .map_err(|error| NoAnswer::Ends(error.into()))?;
                Ok(answer)
            };
            let rows = answer_all(&pictures, &folder.results(at), &mut locate, &mut |now| pace.say(&now, job))?;
            answered.push(Answered { answerer: known.unwrap_or_default(), rows });
        }
        let report = Report::new(EvalConfig::clone(config), data_sha256, now(), &answered);
        let report = Report { left_out: pictures.left_out(), ..report };
        let rows: Vec<_> = answered.iter().map(|model| model.rows.as_slice()).collect();
        say(job, EvaluationNews::Opened(Arc::new(folder.finish(report, &rows)?)));
        Ok(())
    }
}

impl Engine for Examiner {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        match command {
            Command::Evaluation { task, .. } => self.run(&task, job),
            _elsewhere => Err(Failure::Misdirected.into()),
        }
    }
}

/// Sees that a model and its adapters are there and fit, and says what of these does nothing.
fn look_at(model: &ModelSource, job: &Job<'_>) -> Result<(), Failure> {
    let folder = model.folder(starter_folder).ok_or(Failure::OnlyAnswers)??;
    let loras = VisionLanguageModel::look(&folder, model.loras())?;
    let unmatched = loras.into_iter().filter(|lora| !lora.unmatched.is_empty());
    unmatched.for_each(|lora| say(job, EvaluationNews::Unmatched(lora)));
    Ok(())
}

/// Who has answered, with the files that the model and its adapters consist of now.
fn as_it_is_now(model: &ModelSource, before: Answerer) -> Result<Answerer, Failure> {
    let folder = model.folder(starter_folder).ok_or(Failure::OnlyAnswers)??;
    let sha256 = Fingerprint::of(folder.clone()).get().ok_or(ModelError::MissingFile { path: folder })?;
    let adapters = model.loras().iter().map(LoraChoice::recorded).collect::<Result<_, _>>()?;
    Ok(Answerer { model: ModelUsed { sha256: Some(sha256), adapters, ..before.model }, ..before })
}

/// Sees that who answers now is who has answered before, and keeps who it is where nobody has.
fn recognise(known: &mut Option<Answerer>, now: Answerer, model: usize, folder: &Folder) -> Result<(), EvalError> {
    match known {
        Some(before) => before.differs_from(&now).map_or(Ok(()), |part| Err(folder.another(part))),
        None => {
            folder.keep_answerer(model, &now)?;
            *known = Some(now);
            Ok(())
        }
    }
}

/// When it is, in UTC, to the second.
fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn say(job: &Job<'_>, news: EvaluationNews) {
    job.say(Event::Evaluation { job: job.id(), news });
}

/// How far a run is, and how fast it goes.
struct Pace {
    model: usize,
    /// Answers of the models before this one.
    before: usize,
    all: usize,
    failed: usize,
    begun: Instant,
    /// Answers since then.
    answered: usize,
}

impl Pace {
    fn new(all: usize) -> Self {
        Self { model: 0, before: 0, all, failed: 0, begun: Instant::now(), answered: 0 }
    }

    /// Another model answers, at another pace.
    fn next_model(&mut self, model: usize, before: usize) {
        (self.model, self.before, self.begun, self.answered) = (model, before, Instant::now(), 0);
    }

    fn say(&mut self, now: &Progress<'_>, job: &Job<'_>) {
        let done = self.before + now.done;
        self.answered += 1;
        let each = self.begun.elapsed().as_secs_f64() / self.answered as f64;
        let picture = now.row.picture.clone();
        if let Some(error) = &now.row.error {
            self.failed += 1;
            say(job, EvaluationNews::Failed { picture: picture.clone(), error: error.clone() });
        }
        let seconds_left = Some(each * (self.all - done) as f64);
        let (model, all, failed) = (self.model, self.all, self.failed);
        say(job, EvaluationNews::Progress(EvaluationProgress { model, done, all, failed, picture, seconds_left }));
    }
}
