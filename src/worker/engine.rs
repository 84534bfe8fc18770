//! The engine thread's work: opening a model, locating pictures with it and conversing with it about them.

use std::{path::Path, sync::Arc};

use crate::{
    knowledge::clues::Clues,
    model::{self, DeviceChoice, FinishReason, Precision},
    picture::Picture,
    predict::{
        Finding, LocateError, LocateSettings,
        answer::pointed,
        converse::Conversation,
        reason::{Reasons, Thing},
    },
};

use super::{
    Command, Event, Failure, JobStage, ModelSource, ModelSummary, PictureNews, dataset,
    elsewhere::RemoteModel,
    job::{Engine, Job, Stopped},
    matching::Matching,
    open_model::OpenModel,
    reading::Reading,
    segmenting::Segmenting,
    telling::Telling,
};

/// Holds the chosen model, which is opened when it is first needed and kept until another is chosen or its device is lost.
#[derive(Default)]
pub struct LocatingEngine {
    source: ModelSource,
    device: DeviceChoice,
    precision: Precision,
    open: Option<Open>,
    segmenting: Segmenting,
    reading: Reading,
    matching: Matching,
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

impl Engine for LocatingEngine {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        match command {
            Command::LoadModel { source, device, precision, .. } => self.choose(source, device, precision, job),
            Command::Unload { .. } => {
                self.unload();
                Ok(())
            }
            Command::Locate { picture, settings, segmenter, clues, encoder, .. } => {
                let beside = Beside { segmenter: &segmenter, clues: &clues, encoder: encoder.as_deref() };
                self.locate(&picture, &settings, &beside, job)
            }
            Command::Converse { picture, conversation, settings, .. } => {
                self.converse(&picture, &conversation, &settings, job)
            }
            Command::Score { pictures, segmenter, answer, .. } => {
                dataset::score(self.segmenting.scorer(&segmenter, self.device), &pictures, &answer);
                Ok(())
            }
            Command::OpenPictures { .. }
            | Command::ReadPixels { .. }
            | Command::Rank { .. }
            | Command::Change { .. }
            | Command::Dataset { .. }
            | Command::Hub { .. } => Err(Failure::Misdirected.into()),
        }
    }

    fn recover(&mut self) {
        self.open = None;
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

    /// Lets go of all that is open, and of the memory that its device keeps for later.
    fn unload(&mut self) {
        let device = match &self.open {
            Some(Open::Here(open)) => Some(open.model.device().clone()),
            Some(Open::Elsewhere(_)) | None => None,
        };
        self.recover();
        device.into_iter().for_each(|device| device.give_back());
    }

    fn choose(
        &mut self,
        source: ModelSource,
        device: DeviceChoice,
        precision: Precision,
        job: &Job<'_>,
    ) -> Result<(), Stopped> {
        self.open = None; // the old model's memory is free before the new one asks for its own
        self.source = source;
        self.device = device;
        self.precision = precision;
        self.opened(job).map(|_model| ())
    }

    /// The chosen model, opened now if it is not open yet.
    fn opened(&mut self, job: &Job<'_>) -> Result<&mut Open, Stopped> {
        if let Some(open) = self.open.take() {
            return Ok(self.open.insert(open));
        }
        let open = Open::of(&self.source, self.device, self.precision, job)?;
        job.say(Event::ModelReady { job: job.id(), model: Box::new(open.summary().clone()) });
        Ok(self.open.insert(open))
    }

    fn locate(
        &mut self,
        picture: &Picture,
        settings: &LocateSettings,
        beside: &Beside<'_>,
        job: &Job<'_>,
    ) -> Result<(), Stopped> {
        self.opened(job)?;
        job.check()?;
        let &Beside { segmenter, clues, encoder } = beside;
        let segmented = self.segmenting.segment(segmenter, self.device, picture, job)?;
        let read = settings.reads_signs.then(|| self.reading.read(self.device, picture, job)).transpose()?;
        let (signs, not_read) = match read {
            Some(Err(problem)) => (None, Some(problem)),
            read => (read.and_then(Result::ok), None),
        };
        let is_read = signs.is_some();
        let (located, shown) = match self.opened(job)? {
            Open::Here(open) => {
                let shown = open.pointing_size(picture, settings);
                (open.locate(picture, signs, &segmented, settings, job), Some(shown))
            }
            // A server does not tell how it shows a picture to its model.
            Open::Elsewhere(open) => {
                (open.locate(picture, signs.unwrap_or_default(), settings, &mut Telling(job)), None)
            }
        };
        let located = located.map_err(|error| self.stopped(picture, error))?;
        let reasons = reasons(&located.finding, shown, is_read, segmented.things, clues);
        let (reasons, not_matched) = match encoder {
            Some(folder) => self.matching.matched((folder, self.device), reasons, &located.finding, clues),
            None => (reasons, None),
        };
        let located = located.with_reasons(reasons);
        let (mut finding, surface) = (Box::new(located.finding), Arc::new(located.surface));
        finding.problems.extend(not_read);
        finding.problems.extend(segmented.problem);
        finding.problems.extend(not_matched);
        finding.locatability = segmented.locatability;
        finding.segmenter = segmented.segmenter;
        job.tell(PictureNews::Found { finding, surface, weighing: Some(Arc::new(located.weighing)) });
        Ok(())
    }

    fn converse(
        &mut self,
        picture: &Picture,
        conversation: &Conversation,
        settings: &LocateSettings,
        job: &Job<'_>,
    ) -> Result<(), Stopped> {
        let open = self.opened(job)?;
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

/// The model in use: here on its device, or on a server.
enum Open {
    Here(Box<OpenModel>),
    Elsewhere(Box<RemoteModel>),
}

impl Open {
    fn of(source: &ModelSource, device: DeviceChoice, precision: Precision, job: &Job<'_>) -> Result<Self, Stopped> {
        if let ModelSource::Server(server) = source {
            job.stage(JobStage::Asking, None);
            return RemoteModel::open(server, job).map(|open| Self::Elsewhere(Box::new(open)));
        }
        job.stage(JobStage::ReadingModel, None);
        Ok(Self::Here(Box::new(OpenModel::open(source, device, precision)?)))
    }

    fn summary(&self) -> &ModelSummary {
        match self {
            Self::Here(open) => &open.summary,
            Self::Elsewhere(open) => &open.summary,
        }
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
