//! The engine thread's work: opening a model, locating pictures with it and conversing with it about them.

use std::{path::Path, sync::Arc};

use crate::{
    assets::{self, AssetError, CalibrationNotRead, Fingerprint, calibration_of},
    hub::{Fit, MachineMemory, Room, Verdict},
    knowledge::clues::Clues,
    model::{
        self, ComputeDevice, Context, ContextStore, DeviceChoice, Generated, ModelError, Patches, Precision, ReadStats,
        VisionLanguageModel, device, footprint,
    },
    picture::Picture,
    predict::{
        self, Finding, FindingProblem, LocateError, LocateSettings, LocateStage, Observer, Prompting,
        answer::pointed,
        calibration::{Calibrated, Calibration, SignsSay},
        converse::{Conversation, Spoken, converse},
        reason::{Reasons, Thing},
    },
};

use super::{
    Command, Event, Failure, JobStage, ModelNote, ModelSource, ModelSummary, PictureNews, dataset,
    job::{Engine, Job, Stopped},
    matching::Matching,
    reading::Reading,
    segmenting::{Segmented, Segmenting},
};

/// Bytes of conversations that are kept at most: some ten pictures with their questions in a model of three thousand million
/// numbers.
const MOST_CONTEXT_BYTES: usize = 512 << 20;

/// Holds the chosen model, which is opened when it is first needed and kept until another is chosen or its device is lost.
#[derive(Default)]
pub struct LocatingEngine {
    source: ModelSource,
    device: DeviceChoice,
    precision: Precision,
    open: Option<OpenModel>,
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
    fn opened(&mut self, job: &Job<'_>) -> Result<&mut OpenModel, Stopped> {
        if let Some(open) = self.open.take() {
            return Ok(self.open.insert(open));
        }
        job.stage(JobStage::ReadingModel, None);
        let open = OpenModel::open(&self.source, self.device, self.precision)?;
        job.say(Event::ModelReady { job: job.id(), model: open.summary.clone() });
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
        let is_read = not_read.is_none();
        let open = self.opened(job)?;
        let (calibrated, damaged) = open.calibrated(&segmented, SignsSay::of(signs.as_deref()));
        let signs = signs.unwrap_or_default();
        let located = predict::locate(&open.model, picture, signs, calibrated, settings, &mut Telling(job));
        let located = located.map_err(|error| self.stopped(picture, error))?;
        let open = self.opened(job)?;
        if open.measured(&located.read) {
            job.say(Event::ModelReady { job: job.id(), model: open.summary.clone() });
        }
        let is_read = settings.reads_signs && is_read;
        let reasons = open.reasons(&located.finding, picture, is_read, segmented.things, clues);
        let (reasons, not_matched) = match encoder {
            Some(folder) => self.matching.matched((folder, self.device), reasons, &located.finding, clues),
            None => (reasons, None),
        };
        let located = located.with_reasons(reasons);
        let (mut finding, surface) = (Box::new(located.finding), Arc::new(located.surface));
        finding.problems.extend(damaged);
        finding.problems.extend(not_read);
        finding.problems.extend(segmented.problem);
        finding.problems.extend(not_matched);
        finding.locatability = segmented.locatability;
        finding.segmenter = segmented.segmenter;
        let open = self.opened(job)?;
        finding.model.sha256 = open.fingerprint.get();
        open.keep(picture, located.context);
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
        if !open.summary.converses {
            return Err(Failure::CannotConverse(open.summary.name.clone()).into());
        }
        job.stage(JobStage::Seeing, None);
        let sha256 = open.fingerprint.get();
        let patches = open.patches(picture, settings.picture_tokens)?;
        let prompt = conversation.prompt(&open.model, sha256.as_deref(), patches);
        let mut context = open.contexts.take(&picture.sha256).unwrap_or_else(|| open.model.start());
        let conversed = converse(&open.model, &mut context, &prompt, settings, &mut Telling(job));
        open.keep(picture, Some(context));
        match conversed {
            Ok(conversed) => {
                let (is_whole, is_stopped) = (conversed.is_whole(), conversed.is_stopped());
                let Generated { text, token_ids: tokens, .. } = conversed.generated;
                let spoken = Spoken { model: open.summary.name.clone(), sha256, text, tokens };
                job.tell(PictureNews::Spoken { spoken, is_whole });
                if is_stopped { Err(Stopped::Cancelled) } else { Ok(()) }
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

/// A model on its device.
pub struct OpenModel {
    /// The model.
    pub model: VisionLanguageModel,
    /// What the user should know about it.
    pub summary: ModelSummary,
    /// The hash of its files.
    pub fingerprint: Fingerprint,
    /// Its calibration, once it has been asked for.
    calibration: Option<Result<Option<Calibration>, CalibrationNotRead>>,
    /// What it has read of pictures lately, for conversations; it goes with the model, to which alone it is of use.
    contexts: ContextStore,
    /// The picture that was conversed about last, by its SHA-256 and the tokens that were wanted of it, as the model takes it in:
    /// it stands at the head of every turn.
    patches: Option<((String, Option<usize>), Patches)>,
}

impl OpenModel {
    /// Opens a model on a device, its weights held in so many bits.
    pub fn open(source: &ModelSource, device: DeviceChoice, precision: Precision) -> Result<Self, Failure> {
        let folder = match source {
            ModelSource::Starter => assets::starter_folder()?,
            ModelSource::Directory(folder) => folder.clone(),
        };
        let packing = assets::packing(precision).map_err(AssetError::from)?;
        let device = device::open(device)?.with_packing(packing);
        check_fits(&folder, &device, precision)?;
        let model = VisionLanguageModel::open(&folder, &device)?;
        let (prompting, not_read) = Prompting::of(&folder);
        let facts = model.facts();
        let notes = device.notes.iter().cloned().map(ModelNote::Device);
        let notes = notes.chain(prompting.caution.map(ModelNote::Caution));
        let notes = notes.chain(not_read.map(ModelNote::PromptNotRead)).collect();
        let summary = ModelSummary {
            name: model.name().to_owned(),
            directory: folder,
            device: device.name.clone(),
            precision: facts.precision.clone(),
            parameters: facts.parameters,
            bytes: facts.bytes,
            picture_tokens: model.picture_tokens(),
            picture_cost: model.picture_cost(),
            seconds_a_token: None,
            is_starter: *source == ModelSource::Starter,
            converses: model.converses(),
            notes,
        };
        let fingerprint = Fingerprint::of(summary.directory.clone());
        let contexts = ContextStore::new(MOST_CONTEXT_BYTES);
        Ok(Self { model, summary, fingerprint, calibration: None, contexts, patches: None })
    }

    /// A picture as the model takes it in, in at most so many tokens or as many as usual.
    fn patches(&mut self, picture: &Picture, tokens: Option<usize>) -> Result<Patches, ModelError> {
        let key = (picture.sha256.clone(), tokens);
        let before = self.patches.take().filter(|(of, _)| *of == key);
        let made = before.map_or_else(|| self.model.patches(&picture.pixels, tokens), |(_, patches)| Ok(patches))?;
        self.patches = Some((key, made.clone()));
        Ok(made)
    }

    /// Takes down what a token of a picture took, where reading one tells it.
    fn measured(&mut self, read: &ReadStats) -> bool {
        let is_new = read.image_tokens > 0 && read.encode_seconds > 0.0;
        if is_new {
            // The words of the question are few beside the picture's tokens.
            let seconds = read.encode_seconds + read.prefill_seconds;
            self.summary.seconds_a_token = Some(seconds / read.image_tokens as f64);
        }
        is_new
    }

    /// Keeps what was read of a picture, where it can be of use.
    fn keep(&mut self, picture: &Picture, context: Option<Context>) {
        if let Some(context) = context.filter(|context| self.summary.converses && !context.is_empty()) {
            self.contexts.put(picture.sha256.clone(), context);
        }
    }

    /// What the model's reasons claim, held against signs and things in the picture.
    fn reasons(
        &self,
        finding: &Finding,
        picture: &Picture,
        is_read: bool,
        things: Option<Vec<Thing>>,
        clues: &Clues,
    ) -> Reasons {
        let Some(answer) = &finding.answer else { return Reasons::default() };
        let (width, height) = picture.pixels.dimensions();
        let shown = self.model.pointing_size(width, height, Some(finding.settings.picture_tokens));
        let pointed = pointed(&finding.reasoning, answer, shown);
        Reasons::of(answer, &pointed, is_read.then_some(finding.signs.as_slice()), things, clues)
    }

    /// What the model's calibration says of a picture whose signs say this, and that it is damaged where it is. The first
    /// call waits for the hash of the model's files.
    fn calibrated(&mut self, segmented: &Segmented, signs: SignsSay) -> (Option<Calibrated>, Option<FindingProblem>) {
        let Self { fingerprint, calibration, .. } = self;
        let found = || fingerprint.get().map_or(Ok(None), |sha256| calibration_of(&sha256));
        match calibration.get_or_insert_with(found) {
            Ok(None) => (None, None),
            Ok(Some(calibration)) => {
                let is_same = segmented.segmenter == calibration.segmenter;
                (calibration.for_picture(segmented.locatability.filter(|_| is_same), signs), None)
            }
            Err(CalibrationNotRead { file, cause }) => {
                let (file, cause) = (file.clone(), cause.clone());
                (None, Some(FindingProblem::CalibrationNotRead { file, cause }))
            }
        }
    }
}

/// Refuses a model that is larger than all the memory of its device: the load would end in a lost device, or in a machine that
/// does nothing but swap.
fn check_fits(path: &Path, device: &ComputeDevice, precision: Precision) -> Result<(), Failure> {
    let fit = Fit::of_model(&footprint(path)?.packed(precision), &Room::of(device, MachineMemory::now()));
    match (fit.verdict, fit.needs, fit.room.all) {
        (Verdict::TooLarge, Some(needs), Some(all)) => {
            Err(Failure::DoesNotFit { model: path.to_owned(), device: fit.room.name, needed: needs.total(), all })
        }
        _ => Ok(()),
    }
}

/// Passes on what the locating says of itself.
struct Telling<'a>(&'a Job<'a>);

impl Observer for Telling<'_> {
    fn stage(&mut self, stage: LocateStage, fraction: Option<f32>) {
        let stage = match stage {
            LocateStage::Seeing => JobStage::Seeing,
            LocateStage::Reasoning => JobStage::Reasoning,
            LocateStage::Weighing => JobStage::Weighing,
        };
        self.0.stage(stage, fraction);
    }

    fn token(&mut self, text: &str) {
        self.0.tell(PictureNews::Token(text.to_owned()));
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}
