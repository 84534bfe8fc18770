//! The engine thread's work: opening a model and locating pictures with it.

use std::{path::Path, sync::Arc};

use crate::{
    assets,
    model::{self, DeviceChoice, VisionLanguageModel},
    picture::Picture,
    predict::{self, LocateError, LocateSettings, LocateStage, Observer, Prompting},
};

use super::{
    Command, Event, ModelSource, ModelSummary, Stage,
    job::{Engine, Job, Stopped},
};

/// Holds the chosen model, which is opened when it is first needed and kept until another is chosen or its device is lost.
#[derive(Default)]
pub struct LocatingEngine {
    source: ModelSource,
    device: DeviceChoice,
    open: Option<VisionLanguageModel>,
}

impl Engine for LocatingEngine {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        match command {
            Command::LoadModel { source, device, .. } => self.choose(source, device, job),
            Command::Locate { picture, settings, .. } => self.locate(&picture, &settings, job),
            Command::OpenPictures { .. } => {
                Err(Stopped::Failed("pictures are opened by the picture thread, not by the engine".to_owned()))
            }
        }
    }

    fn recover(&mut self) {
        self.open = None;
    }
}

impl LocatingEngine {
    fn choose(&mut self, source: ModelSource, device: DeviceChoice, job: &Job<'_>) -> Result<(), Stopped> {
        self.open = None; // the old model's memory is free before the new one asks for its own
        self.source = source;
        self.device = device;
        self.opened(job).map(|_model| ())
    }

    /// The chosen model, opened now if it is not open yet.
    fn opened(&mut self, job: &Job<'_>) -> Result<&VisionLanguageModel, Stopped> {
        if self.open.is_none() {
            job.stage(Stage::ReadingModel, None);
            let (model, summary) = open_model(&self.source, self.device).map_err(Stopped::Failed)?;
            job.say(Event::ModelReady { job: job.id(), model: summary });
            self.open = Some(model);
        }
        self.open.as_ref().ok_or_else(|| Stopped::Failed("the model is not open; choose it again".to_owned()))
    }

    fn locate(&mut self, picture: &Picture, settings: &LocateSettings, job: &Job<'_>) -> Result<(), Stopped> {
        let model = self.opened(job)?;
        job.check()?;
        match predict::locate(model, picture, settings, &mut Telling(job)) {
            Ok(located) => {
                let (finding, surface) = (Box::new(located.finding), Arc::new(located.surface));
                job.say(Event::Found { job: job.id(), finding, surface });
                Ok(())
            }
            Err(LocateError::Cancelled) => Err(Stopped::Cancelled),
            Err(error) => {
                if error.is_device_lost() {
                    self.open = None;
                }
                Err(Stopped::Failed(format!("{}: {error}", picture.name)))
            }
        }
    }
}

/// Opens a model on a device; the error is one line.
pub fn open_model(source: &ModelSource, device: DeviceChoice) -> Result<(VisionLanguageModel, ModelSummary), String> {
    let folder = match source {
        ModelSource::Starter => assets::starter_folder().map_err(|error| error.to_string())?,
        ModelSource::Directory(folder) => folder.clone(),
    };
    let device = model::open(device).map_err(|error| error.to_string())?;
    let model = VisionLanguageModel::open(&folder, &device).map_err(|error| error.to_string())?;
    let summary = summary_of(&model, &folder, *source == ModelSource::Starter);
    Ok((model, summary))
}

fn summary_of(model: &VisionLanguageModel, folder: &Path, is_starter: bool) -> ModelSummary {
    let (prompting, problem) = Prompting::of(folder);
    let facts = model.facts();
    ModelSummary {
        name: model.name().to_owned(),
        directory: folder.to_owned(),
        device: model.device_name().to_owned(),
        precision: facts.precision.clone(),
        parameters: facts.parameters,
        bytes: facts.bytes,
        is_starter,
        notes: prompting.caution.into_iter().chain(problem).collect(),
    }
}

/// Passes on what the locating says of itself.
struct Telling<'a>(&'a Job<'a>);

impl Observer for Telling<'_> {
    fn stage(&mut self, stage: LocateStage) {
        let stage = match stage {
            LocateStage::Seeing => Stage::Seeing,
            LocateStage::Reasoning => Stage::Reasoning,
            LocateStage::Weighing => Stage::Weighing,
        };
        self.0.stage(stage, None);
    }

    fn token(&mut self, text: &str) {
        self.0.say(Event::Token { job: self.0.id(), text: text.to_owned() });
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}
