//! The engine thread's work: opening a model, locating pictures with it and conversing with it about them.

use std::{path::Path, sync::Arc, time::Instant};

#[cfg(test)]
use crate::hub::MachineMemory;
use crate::{
    eval::Answer,
    geo::Surface,
    knowledge::clues::Clues,
    model::{self, FinishReason},
    picture::Picture,
    predict::{
        Finding, FindingProblem, LocateError, LocateSettings, Weighing,
        answer::pointed,
        converse::Conversation,
        reason::{Reasons, Thing},
    },
};

use super::{
    Command, Event, Failure, JobStage, ModelSource, PictureNews, dataset,
    evaluation::Question,
    job::{Engine, Job, Stopped},
    matching::Matching,
    open_models::{Open, OpenModels},
    reading::Reading,
    segmenting::Segmenting,
    telling::Telling,
    training::Training,
};

/// Holds the models, which are opened when they are first needed, and what helps them.
#[derive(Default)]
pub struct LocatingEngine {
    models: OpenModels,
    segmenting: Segmenting,
    reading: Reading,
    matching: Matching,
    training: Training,
}

/// What helps the model with a picture.
struct Beside<'a> {
    /// Says how locatable it is, and what can be seen in it.
    segmenter: &'a ModelSource,
    /// What the reasons of the answer are held against.
    clues: &'a Clues,
    /// The folder of what matches them by their meaning.
    encoder: Option<&'a Path>,
}

/// What was found of a picture.
struct Found {
    finding: Box<Finding>,
    surface: Arc<Surface>,
    weighing: Weighing,
    /// How long the model took for it.
    seconds: f64,
}

impl Engine for LocatingEngine {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        match command {
            Command::LoadModel { source, device, precision, .. } => {
                self.models.choose(source, device, precision);
                let was_open = self.models.is_open();
                let open = self.models.opened(None, job)?;
                if was_open {
                    job.say(Event::ModelReady { job: job.id(), model: Box::new(open.summary().clone()) });
                }
                Ok(())
            }
            Command::Unload { only, .. } => {
                match only {
                    Some(source) => self.models.close(|open| *open == source),
                    None => self.unload(),
                }
                Ok(())
            }
            Command::Locate { by, picture, settings, segmenter, clues, encoder, .. } => {
                let beside = Beside { segmenter: &segmenter, clues: &clues, encoder: encoder.as_deref() };
                self.locate(by.as_ref(), &picture, &settings, &beside, job)
            }
            Command::Converse { picture, conversation, settings, .. } => {
                self.converse(&picture, &conversation, &settings, job)
            }
            Command::Score { pictures, segmenter, answer, .. } => {
                dataset::score(self.segmenting.scorer(&segmenter, self.models.device()), &pictures, &answer);
                Ok(())
            }
            Command::Training { task, .. } => self.training.perform(task, job),
            Command::Answer { job: id, question } => match self.answer(&question, job) {
                // Somebody else was to be answered first: it begins anew.
                Err(Stopped::Cancelled) if !job.is_cancelled() => {
                    Err(Stopped::GaveWay(Box::new(Command::Answer { job: id, question })))
                }
                answered => answered,
            },
            Command::OpenPictures { .. }
            | Command::ReadPixels { .. }
            | Command::Rank { .. }
            | Command::Change { .. }
            | Command::Dataset { .. }
            | Command::Evaluation { .. }
            | Command::Hub { .. } => Err(Failure::Misdirected.into()),
        }
    }

    fn recover(&mut self) {
        self.training.forget();
        self.models.forget();
        self.segmenting = Segmenting::default();
        self.reading = Reading::default();
        self.matching = Matching::default();
    }
}

impl LocatingEngine {
    /// Nothing open yet, on a thread that takes part in its models' work.
    pub fn in_a_team() -> Self {
        model::join_team();
        Self::default()
    }

    /// On a machine with this memory.
    #[cfg(test)]
    pub(super) fn with_memory(memory: fn() -> MachineMemory) -> Self {
        Self { models: OpenModels::with_memory(memory), ..Self::default() }
    }

    /// Lets go of all that is open, and of the memory that its device keeps for later.
    fn unload(&mut self) {
        self.segmenting = Segmenting::default();
        self.reading = Reading::default();
        self.matching = Matching::default();
        self.models.close(|_| true);
    }

    fn locate(
        &mut self,
        by: Option<&ModelSource>,
        picture: &Picture,
        settings: &LocateSettings,
        beside: &Beside<'_>,
        job: &Job<'_>,
    ) -> Result<(), Stopped> {
        let Found { finding, surface, weighing, seconds } = self.found(by, picture, settings, beside, job)?;
        job.tell(PictureNews::Found { finding, surface, weighing: Some(Arc::new(weighing)), seconds });
        Ok(())
    }

    /// Answers for an evaluation as for a user.
    fn answer(&mut self, question: &Question, job: &Job<'_>) -> Result<(), Stopped> {
        let Question { model, place, picture, settings, segmenter, clues, encoder, answer } = question;
        if let Some((device, precision)) = *place {
            self.models.lay(device, precision);
        }
        let beside = Beside { segmenter, clues, encoder: encoder.as_deref() };
        let found = match self.found(Some(model), picture, settings, &beside, job) {
            Ok(Found { finding, surface, seconds, .. }) => {
                Ok(Answer { finding, surface, with_signs: settings.reads_signs, seconds })
            }
            Err(Stopped::Failed(failure)) => Err(failure),
            Err(stopped) => return Err(stopped),
        };
        // The evaluation may have ended in the meantime; then nobody wants it.
        let _unwanted = answer.send(found);
        Ok(())
    }

    fn found(
        &mut self,
        by: Option<&ModelSource>,
        picture: &Picture,
        settings: &LocateSettings,
        beside: &Beside<'_>,
        job: &Job<'_>,
    ) -> Result<Found, Stopped> {
        self.models.opened(by, job)?;
        job.check()?;
        let device = self.models.device();
        let &Beside { segmenter, clues, encoder } = beside;
        let segmented = self.segmenting.segment(segmenter, device, picture, job)?;
        let read = settings.reads_signs.then(|| self.reading.read(device, picture, job)).transpose()?;
        let (signs, not_read) = match read {
            Some(Err(problem)) => (None, Some(problem)),
            read => (read.and_then(Result::ok), None),
        };
        let is_read = signs.is_some();
        let open = self.models.opened(by, job)?;
        let begun = Instant::now();
        let (located, shown) = match open {
            Open::Here(open) => {
                let shown = open.pointing_size(picture, settings);
                (open.locate(picture, signs, &segmented, settings, job), Some(shown))
            }
            // A server does not tell how it shows a picture to its model.
            Open::Elsewhere(open) => {
                (open.locate(picture, signs.unwrap_or_default(), settings, &mut Telling(job)), None)
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        let located = located.map_err(|error| self.stopped(picture, error))?;
        let reasons = reasons(&located.finding, shown, is_read, segmented.things, clues);
        let asked = encoder.zip(located.finding.answer.as_ref());
        let matched = asked.map(|(folder, answer)| self.matching.matched((folder, device), &reasons, answer, clues));
        let (reasons, matched_by, not_matched) = match matched {
            Some(Ok((matched, by))) => (matched, Some(by), None),
            Some(Err(error)) => (reasons, None, Some(FindingProblem::NotMatchedByMeaning(error.to_string()))),
            None => (reasons, None, None),
        };
        let located = located.with_reasons(reasons);
        let (mut finding, surface, weighing) = (Box::new(located.finding), Arc::new(located.surface), located.weighing);
        finding.problems.extend(not_read);
        finding.problems.extend(segmented.problem);
        finding.problems.extend(not_matched);
        finding.locatability = segmented.locatability;
        finding.segmenter = segmented.segmenter;
        finding.encoder = matched_by;
        Ok(Found { finding, surface, weighing, seconds })
    }

    fn converse(
        &mut self,
        picture: &Picture,
        conversation: &Conversation,
        settings: &LocateSettings,
        job: &Job<'_>,
    ) -> Result<(), Stopped> {
        let open = self.models.opened(None, job)?;
        if !open.summary().converses {
            return Err(Failure::CannotConverse(open.summary().name.clone()).into());
        }
        let conversed = match open {
            Open::Here(open) => {
                job.stage(JobStage::Seeing, None);
                open.converse(picture, conversation, settings, job)
            }
            Open::Elsewhere(open) => open.converse(picture, conversation, settings, &mut Telling(job)),
        };
        match conversed {
            Ok((spoken, finish)) => {
                job.tell(PictureNews::Spoken { spoken, is_whole: finish == FinishReason::Stop });
                if finish == FinishReason::Cancelled { Err(Stopped::Cancelled) } else { Ok(()) }
            }
            Err(error) => Err(self.stopped(picture, error)),
        }
    }

    fn stopped(&mut self, picture: &Picture, error: LocateError) -> Stopped {
        if matches!(error, LocateError::Cancelled) {
            return Stopped::Cancelled;
        }
        if error.is_device_lost() {
            self.recover(); // nothing that lay on it is there any more
        }
        Failure::Locate { picture: picture.name.clone(), error }.into()
    }
}

/// What the model's reasons claim, held against signs and things in the picture, which it was shown in this size.
fn reasons(
    finding: &Finding,
    shown: Option<(u32, u32)>,
    is_read: bool,
    things: Option<Vec<Thing>>,
    clues: &Clues,
) -> Reasons {
    let Some(answer) = &finding.answer else { return Reasons::default() };
    let pointed = shown.map(|shown| pointed(&finding.reasoning, answer, shown)).unwrap_or_default();
    Reasons::of(answer, &pointed, is_read.then_some(finding.signs.as_slice()), things, clues)
}
