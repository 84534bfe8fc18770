//! A model that is open on its device: where it puts pictures, and what it answers about them.

use std::path::Path;

use crate::{
    assets::{self, AssetError, CalibrationNotRead, Fingerprint, calibration_of},
    hub::{Fit, MachineMemory, Room, Verdict},
    model::{
        ComputeDevice, Context, ContextStore, DeviceChoice, FinishReason, Generated, ModelError, Patches, Precision,
        ReadStats, VisionLanguageModel, device, footprint,
    },
    picture::Picture,
    predict::{
        self, FindingProblem, LocateError, LocateSettings, Located, Prompting,
        calibration::{Calibrated, Calibration, SignsSay},
        converse::{Conversation, Spoken, converse},
        sign::Sign,
    },
};

use super::{Event, Failure, Job, ModelNote, ModelSource, ModelSummary, segmenting::Segmented, telling::Telling};

/// Bytes of conversations that are kept at most: some ten pictures with their questions in a model of three thousand million
/// numbers.
const MOST_CONTEXT_BYTES: usize = 512 << 20;

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
        let folder = source.folder(assets::starter_folder).ok_or(Failure::OnlyAnswers)??;
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

    /// The width and height in which the model counts where it points at something in a picture.
    pub(super) fn pointing_size(&self, picture: &Picture, settings: &LocateSettings) -> (u32, u32) {
        let (width, height) = picture.pixels.dimensions();
        self.model.pointing_size(width, height, settings.picture_tokens)
    }

    /// Where a picture was taken by this model and by signs, if they were read. What reading it took is told.
    pub(super) fn locate(
        &mut self,
        picture: &Picture,
        signs: Option<Vec<Sign>>,
        segmented: &Segmented,
        settings: &LocateSettings,
        job: &Job<'_>,
    ) -> Result<Located, LocateError> {
        let (calibrated, damaged) = self.calibrated(segmented, SignsSay::of(signs.as_deref()));
        let signs = signs.unwrap_or_default();
        let mut located = predict::locate(&self.model, picture, signs, calibrated, settings, &mut Telling(job))?;
        if self.measured(&located.read) {
            job.say(Event::ModelReady { job: job.id(), model: self.summary.clone() });
        }
        self.keep(picture, located.context.take());
        located.finding.problems.extend(damaged);
        located.finding.model.sha256 = self.fingerprint.get();
        Ok(located)
    }

    /// The model's answer in a conversation about a picture, and why it ended.
    pub(super) fn converse(
        &mut self,
        picture: &Picture,
        conversation: &Conversation,
        settings: &LocateSettings,
        job: &Job<'_>,
    ) -> Result<(Spoken, FinishReason), LocateError> {
        let sha256 = self.fingerprint.get();
        let patches = self.patches(picture, settings.picture_tokens)?;
        let prompt = conversation.prompt(&self.model, sha256.as_deref(), patches);
        let mut context = self.contexts.take(&picture.sha256).unwrap_or_else(|| self.model.start());
        let conversed = converse(&self.model, &mut context, &prompt, settings, &mut Telling(job));
        self.keep(picture, Some(context));
        let Generated { text, token_ids: tokens, finish_reason, .. } = conversed?.generated;
        Ok((Spoken { model: self.summary.name.clone(), sha256, text, tokens }, finish_reason))
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
