//! A model that is open on its device: where it puts pictures, and what it answers about them.

use std::path::{Path, PathBuf};

use crate::{
    assets::{self, AssetError, CalibrationNotRead, Fingerprint, calibration_of},
    hub::{DeviceMemory, Fit, MachineMemory, Verdict, asked_as_known},
    model::{
        ComputeDevice, ComputeKind, Context, ContextStore, DeviceChoice, FinishReason, Footprint, Generated,
        ModelError, Patches, Placed, Precision, ReadStats, Seen, VisionLanguageModel, WriteStats, device, footprint,
    },
    picture::Picture,
    predict::{
        self, FindingProblem, LocateError, LocateSettings, Located, Prompting,
        calibration::{Calibrated, Calibration, SignsSay},
        converse::{Conversation, Spoken, converse},
        sign::Sign,
    },
};

use super::{
    Event, Failure, Job, Measured, ModelNote, ModelSource, ModelSummary, segmenting::Segmented, telling::Telling,
};

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

/// A model that is about to be opened: what it is and where it will lie, told without loading any of it.
pub struct Plan {
    folder: PathBuf,
    device: ComputeDevice,
    placed: Placed,
    memory: DeviceMemory,
    source: ModelSource,
}

impl Plan {
    /// A model on a device, its weights held in so many bits, on a machine with this memory; refused where it is larger than
    /// all of it.
    pub fn of(
        source: &ModelSource,
        device: DeviceChoice,
        precision: Precision,
        machine: MachineMemory,
    ) -> Result<Self, Failure> {
        let folder = source.folder(assets::starter_folder).ok_or(Failure::OnlyAnswers)??;
        let packing = assets::packing(precision).map_err(AssetError::from)?;
        let device = device::open(device)?.with_packing(packing);
        let footprint = footprint(&folder)?;
        let footprint = if device.packs_folders() { footprint.packed(precision) } else { footprint };
        let placed = Placed { footprint, kind: device.kind };
        let memory = DeviceMemory::of(&device, machine);
        check_fits(&folder, &placed.footprint, &memory)?;
        Ok(Self { folder, device, placed, memory, source: source.clone() })
    }

    /// Whether it fits into what is free beside models whose weights lie there already. What those take of the machine's memory
    /// is not free any more; an adapter's driver does not tell, so there it is counted.
    pub fn fits_beside(&self, open: &[&Placed]) -> bool {
        let weights = |placed: &&Placed| placed.footprint.needs(placed.kind, 0).weights;
        let untold: u64 = if self.memory.kind == ComputeKind::Gpu { open.iter().map(weights).sum() } else { 0 };
        let free = self.memory.free.map(|free| free.saturating_sub(untold));
        Fit::of_model(&self.placed.footprint, &DeviceMemory { free, ..self.memory.clone() }).verdict == Verdict::Fits
    }
}

impl OpenModel {
    /// Opens it.
    pub fn open(plan: Plan) -> Result<Self, Failure> {
        let Plan { folder, device, placed, memory: _, source } = plan;
        let model = asked_as_known(VisionLanguageModel::open_with(&folder, source.loras(), &device)?);
        let (prompting, not_read) = Prompting::of(&model);
        let facts = model.facts();
        let notes = device.notes().into_iter().map(ModelNote::Device);
        let left_out = Some(facts.left_out.clone()).filter(|left_out| !left_out.is_empty());
        let notes = notes.chain(left_out.map(ModelNote::LeftOut));
        let notes = notes.chain(facts.loras.iter().cloned().map(ModelNote::Lora));
        let notes = notes.chain(prompting.caution.map(ModelNote::Caution));
        let notes = notes.chain(not_read.map(ModelNote::PromptNotRead)).collect();
        let summary = ModelSummary {
            name: source.loras().iter().fold(model.name().to_owned(), |name, lora| format!("{name} + {}", lora.name())),
            directory: folder,
            device: device.name.clone(),
            precision: facts.precision.clone(),
            parameters: facts.parameters,
            bytes: facts.bytes,
            picture_tokens: model.picture_tokens(),
            placed: Some(placed),
            measured: Measured::default(),
            is_starter: model.seen() == Seen::Drawings,
            source,
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

    /// Takes down what an answer took, and says so where it tells anything new.
    fn hear(&mut self, read: &ReadStats, write: &WriteStats, job: &Job<'_>) {
        if self.summary.measured.hear(read, write) {
            job.say(Event::ModelReady { job: job.id(), model: Box::new(self.summary.clone()) });
        }
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
        self.hear(&located.read, &located.write, job);
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
        let conversed = conversed?;
        self.hear(&conversed.stats, &conversed.generated.stats(), job);
        let Generated { text, token_ids: tokens, finish_reason, .. } = conversed.generated;
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
fn check_fits(path: &Path, footprint: &Footprint, memory: &DeviceMemory) -> Result<(), Failure> {
    let fit = Fit::of_model(footprint, memory);
    match (fit.verdict, fit.needs, fit.memory.all) {
        (Verdict::TooLarge, Some(needs), Some(all)) => {
            Err(Failure::DoesNotFit { model: path.to_owned(), device: fit.memory.name, needed: needs.total(), all })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_larger_than_all_memory_is_refused_before_anything_is_read() {
        let folder = assets::starter_folder().unwrap();
        let footprint = footprint(&folder).unwrap();
        let memory =
            |all| DeviceMemory { name: "a small card".to_owned(), kind: ComputeKind::Gpu, all: Some(all), free: None };
        assert!(check_fits(&folder, &footprint, &memory(8 << 30)).is_ok());
        let refused = check_fits(&folder, &footprint, &memory(1 << 20)).unwrap_err();
        let Failure::DoesNotFit { all, needed, .. } = &refused else { panic!("{refused}") };
        assert!(*all == 1 << 20 && needed > all);
        let said = refused.to_string();
        assert!(said.contains(&*folder.to_string_lossy()) && said.contains("a small card"), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
}
