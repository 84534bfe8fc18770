//! Asking the engine thread, which alone touches a compute device, for one answer after another.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc::sync_channel},
    thread::sleep,
    time::Duration,
};

use super::message::Question;
use crate::{
    eval::{Answer, EvalModel, NoAnswer},
    knowledge::clues::Clues,
    model::{DeviceChoice, LoraChoice, Precision},
    picture::Picture,
    predict::LocateSettings,
    worker::{
        Command, Failure, ModelSource,
        job::{Job, Stopped},
        queue::Queue,
    },
};

/// How long it is waited where the engine has too much waiting.
const PATIENCE: Duration = Duration::from_millis(200);

/// What is the same of all questions to one model.
pub(super) struct Asking<'a> {
    pub(super) engine: &'a Queue,
    pub(super) job: &'a Job<'a>,
    pub(super) model: ModelSource,
    pub(super) place: Option<(DeviceChoice, Precision)>,
    pub(super) settings: LocateSettings,
    pub(super) segmenter: &'a ModelSource,
    pub(super) clues: &'a Arc<Clues>,
    pub(super) encoder: &'a Option<PathBuf>,
}

impl Asking<'_> {
    /// Where a picture was taken. It waits while the engine does what the user waits for.
    pub(super) fn ask(&self, picture: Picture) -> Result<Answer, NoAnswer<Stopped>> {
        let picture = Arc::new(picture);
        loop {
            self.job.check().map_err(NoAnswer::Ends)?;
            let (answer, answered) = sync_channel(1);
            let question = Question {
                model: self.model.clone(),
                place: self.place,
                picture: Arc::clone(&picture),
                settings: self.settings,
                segmenter: self.segmenter.clone(),
                clues: Arc::clone(self.clues),
                encoder: self.encoder.clone(),
                answer,
            };
            let part = Command::Answer { job: self.job.id(), question: Box::new(question) };
            if self.engine.put(part, self.job.flags()).is_err() {
                sleep(PATIENCE);
                continue;
            }
            return match answered.recv() {
                Ok(Ok(answer)) => Ok(answer),
                // The picture fails alone; a model that cannot be opened ends everything.
                Ok(Err(failure @ Failure::Locate { .. })) => Err(NoAnswer::OfPicture(failure.to_string())),
                Ok(Err(failure)) => Err(NoAnswer::Ends(failure.into())),
                Err(_) if self.job.is_cancelled() => Err(NoAnswer::Ends(Stopped::Cancelled)),
                Err(_) => {
                    let picture = &picture.name;
                    Err(NoAnswer::OfPicture(format!("{picture}: something went wrong inside; evaluate it again")))
                }
            };
        }
    }
}

/// Where a model of an evaluation is to be found. This is the one place where its adapters are handed on.
pub(super) fn source(model: &EvalModel) -> ModelSource {
    let base = model.folder.clone().map_or(ModelSource::Starter, ModelSource::Directory);
    base.with_loras(model.adapters.iter().map(|adapter| LoraChoice::named(adapter)).collect())
}
