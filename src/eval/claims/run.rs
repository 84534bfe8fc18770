//! The experiment from its file to its tables: repetition after repetition, model after model.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use rayon::prelude::*;

use super::{
    ClaimsError,
    ask::{Answers, ask},
    config::ClaimsConfig,
    measure::{Claims, Repetition, measure},
    plan::{MODELS, Model},
    streets::Chosen,
};
use crate::{
    eval::Bootstrap,
    files::lines,
    model::{ComputeDevice, DeviceChoice, ModelError, VisionLanguageModel, device},
    predict::Prompting,
    street::draw,
    train::{self, TrainConfig, TrainEvent, question, state_in, through_jpeg},
};

/// Streets are asked about as JPEG of this quality, as in evaluations.
const JPEG_QUALITY: u8 = 90;

/// What the experiment is at.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimsEvent {
    /// Streets of a repetition are chosen.
    Choosing {
        /// The repetition, from 0 on.
        repetition: u64,
        /// Chosen so far.
        done: usize,
    },
    /// A model learns, or is asked.
    At {
        /// The repetition, from 0 on.
        repetition: u64,
        /// The model's stages.
        model: &'static str,
        /// What the trainer says, or how many streets it was asked about.
        doing: String,
    },
    /// A model has been asked about all streets; so many models of all are done.
    Done {
        /// Models that are done.
        models: u64,
        /// All models.
        of: u64,
    },
}

/// Tries the claims, or goes on with it. `cancel` is asked between steps and streets; then, as long as not one repetition is whole,
/// nothing comes of it but what is kept.
pub fn run(
    config: &ClaimsConfig,
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(ClaimsEvent),
) -> Result<Option<Claims>, ClaimsError> {
    begin(config)?;
    let device =
        device::open(config.device.parse::<DeviceChoice>().map_err(ModelError::from)?).map_err(ModelError::from)?;
    let mut repetitions = Vec::new();
    let of = config.repetitions * MODELS.len() as u64;
    for repetition in 0..config.repetitions {
        let file = config.out.join(format!("streets-{}.json", repetition + 1));
        let go_on = &mut |done| {
            on_event(ClaimsEvent::Choosing { repetition, done });
            !cancel.load(Ordering::Relaxed)
        };
        let Some(chosen) = Chosen::of(config, repetition, &file, go_on)? else { break };
        let mut whole = Repetition::new();
        for model in MODELS {
            let mut say = |doing: String| on_event(ClaimsEvent::At { repetition, model: model.name, doing });
            let trained = train_model(config, repetition, model, &chosen, cancel, &mut say)?;
            let answers = match trained {
                true => ask_model(config, repetition, model, &device, cancel, &mut say)?,
                false => None,
            };
            let Some(answers) = answers else { break };
            whole.push(answers);
            on_event(ClaimsEvent::Done { models: repetition * MODELS.len() as u64 + whole.len() as u64, of });
        }
        if whole.len() < MODELS.len() {
            break;
        }
        repetitions.push(whole);
    }
    if repetitions.is_empty() {
        return Ok(None);
    }
    let (models, hinted, differences) = measure(&repetitions, Bootstrap::default());
    Ok(Some(Claims {
        base: config.base.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        repetitions: repetitions.len(),
        pictures: config.pictures,
        corrected: 3 * config.pictures,
        asked: config.test.count as usize,
        first_asked: config.test.seed,
        models,
        hinted,
        differences,
    }))
}

/// Makes the experiment's folder, or sees that it is this experiment's.
fn begin(config: &ClaimsConfig) -> Result<(), ClaimsError> {
    fs::create_dir_all(&config.out).map_err(|cause| ClaimsError::file(&config.out, cause))?;
    let file = config.out.join("claims.toml");
    // Where it lies and on which device it goes on may change.
    let told = ClaimsConfig { out: PathBuf::new(), base: PathBuf::new(), device: String::new(), ..config.clone() };
    let text = toml::to_string(&told).map_err(|cause| ClaimsError::file(&file, cause))?;
    match fs::read_to_string(&file) {
        Ok(begun) if begun == text => Ok(()),
        Ok(_) => Err(ClaimsError::Another { out: config.out.clone() }),
        Err(_) => fs::write(&file, text).map_err(|cause| ClaimsError::file(&file, cause)),
    }
}

/// Trains a model, or goes on with it; says whether it is done.
fn train_model(
    config: &ClaimsConfig,
    repetition: u64,
    model: Model,
    chosen: &Chosen,
    cancel: &AtomicBool,
    say: &mut dyn FnMut(String),
) -> Result<bool, ClaimsError> {
    let folder = model.folder(config, repetition);
    fs::create_dir_all(&folder).map_err(|cause| ClaimsError::file(&folder, cause))?;
    let list = folder.join("streets.txt");
    let seeds: String = model.seeds(chosen, config.pictures).iter().map(|seed| format!("{seed}\n")).collect();
    fs::write(&list, seeds).map_err(|cause| ClaimsError::file(&list, cause))?;
    let recipe: TrainConfig = model.recipe(config, repetition, list);
    let state = state_in(&folder)?;
    if state.as_ref().is_some_and(|state| Some(state.step) == state.steps) {
        return Ok(true);
    }
    let trained = train::train(&recipe, state.is_some(), cancel, &mut |event| {
        if let TrainEvent::Stepped(_) | TrainEvent::Started(_) = event {
            say(event.to_string());
        }
    })?;
    Ok(trained.step == trained.steps)
}

/// Asks a model about the streets that it was not yet asked about; None where it was stopped before the last.
fn ask_model(
    config: &ClaimsConfig,
    repetition: u64,
    model: Model,
    device: &ComputeDevice,
    cancel: &AtomicBool,
    say: &mut dyn FnMut(String),
) -> Result<Option<Vec<Answers>>, ClaimsError> {
    let folder = model.folder(config, repetition);
    let file = folder.join("answers.jsonl");
    let count = config.test.count as usize;
    let mut answers = kept(&file)?;
    if answers.len() < count {
        let checkpoint = folder.join("last");
        // A core asks about one street at a time, each with the model opened for itself: what a model remembers is not shared. An
        // adapter holds the model once and takes one question after the other anyway.
        let at_once = if device.is_cpu() { rayon::current_num_threads() } else { 1 };
        let opened = (0..at_once).map(|_asking| VisionLanguageModel::open(&checkpoint, device));
        let mut models = opened.collect::<Result<Vec<_>, _>>()?;
        let full = Prompting::in_folder(&checkpoint).prompt;
        let failed = |cause| ClaimsError::file(&file, cause);
        let text = answers.iter().map(lines::json).collect::<io::Result<String>>().map_err(failed)?;
        let mut out = lines::open_with(&file, &text).map_err(failed)?;
        let asked = question(model.stage, &full);
        let left: Vec<u64> = (config.test.seed..config.test.seed + config.test.count).skip(answers.len()).collect();
        for seeds in left.chunks(models.len()) {
            if cancel.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let each = models.par_iter_mut().zip(seeds);
            let said: Vec<Result<Answers, ClaimsError>> =
                each.map(|(opened, seed)| ask_about(opened, asked, *seed, model.is_hinted)).collect();
            for answered in said {
                let answered = answered?;
                lines::add(&mut out, &answered).map_err(failed)?;
                answers.push(answered);
            }
            say(format!("asked about {} of {count} streets", answers.len()));
        }
    }
    let is_of_test = answers.iter().zip(config.test.seed..).all(|(answers, seed)| answers.street == seed);
    if is_of_test && answers.len() == count {
        Ok(Some(answers))
    } else {
        Err(ClaimsError::Another { out: config.out.clone() })
    }
}

/// Draws a street and asks about it.
fn ask_about(model: &VisionLanguageModel, question: &str, seed: u64, is_hinted: bool) -> Result<Answers, ClaimsError> {
    let street = draw(seed);
    let pixels = through_jpeg(&street.pixels, JPEG_QUALITY)
        .map_err(|cause| ClaimsError::Street { seed, cause: cause.to_string() })?;
    Ok(ask(model, question, (&street, &pixels), is_hinted)?)
}

/// The answers in a file up to the first line that is none; none where there is no file.
fn kept(file: &Path) -> Result<Vec<Answers>, ClaimsError> {
    let lines = lines::read(file).map_err(|cause| ClaimsError::file(file, cause))?;
    Ok(lines.split(|byte| *byte == b'\n').map_while(|line| serde_json::from_slice(line).ok()).collect())
}
