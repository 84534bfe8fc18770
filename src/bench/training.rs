//! What a user waits for while a run trains: the samples, dropped one after another, with the engine at rest and with a run that
//! tunes the starter on drawn streets.

use std::{path::Path, time::Instant};

use serde_json::{Value, json};

use crate::{
    assets,
    model::{DeviceChoice, Precision},
    train::{DataPart, ModelPart, Parameters, Stage, Streets, TrainConfig},
    worker::ModelSource,
};

use super::{
    Scratch, ask,
    engine::{Engine, STEP_PICTURES},
    summary,
};

/// The run learns streets of these seeds.
const STREETS: Streets = Streets { seed: 500_000, count: 10_000 };

/// Both, in a process of their own.
pub(super) fn measure(program: &Path, device: DeviceChoice) -> Result<Value, String> {
    ask(program, "training", &[device.to_string()])
}

/// The waits, at rest and while a run trains.
pub(super) fn inside(arguments: &[String]) -> Result<Value, String> {
    let device: DeviceChoice = arguments
        .first()
        .map_or(Ok(DeviceChoice::default()), |text| text.parse())
        .map_err(|error| format!("{error}"))?;
    let folder = Scratch::new("training")?;
    let mut engine = Engine::start()?;
    let model = engine.load(ModelSource::Starter, device, Precision::Full)?;
    let at_rest = waits(&mut engine)?;
    let run = engine.train(run(folder.path(), device)?)?;
    let training = waits(&mut engine)?;
    let steps = engine.stop(run)?;
    let middle = |waits: &Value| waits["place"]["median"].as_f64();
    let ratio = middle(&training).zip(middle(&at_rest)).map(|(training, at_rest)| training / at_rest);
    Ok(json!({
        "what": "seconds from a picture's drop to its first token and to its place; a step in between is ended first",
        "model": model.name,
        "device": model.device,
        "at_rest": at_rest,
        "while_a_run_trains": training,
        "ratio": ratio,
        "pictures_a_step": STEP_PICTURES,
        "step_seconds": summary(&steps),
    }))
}

/// Drops the samples twice, the first time unmeasured.
fn waits(engine: &mut Engine) -> Result<Value, String> {
    let (mut first_token, mut place) = (Vec::new(), Vec::new());
    for round in 0..2 {
        for sample in assets::samples() {
            let drop = Instant::now();
            let picture = engine.picture(sample.name, sample.bytes)?;
            let token = engine.locate(picture, drop)?;
            if round > 0 {
                first_token.push(token);
                place.push(drop.elapsed().as_secs_f64());
            }
        }
    }
    let worst = place.iter().copied().fold(0.0, f64::max);
    Ok(json!({ "first_token": summary(&first_token), "place": summary(&place), "worst_place": worst }))
}

/// A run that has not ended before the pictures are located.
fn run(folder: &Path, device: DeviceChoice) -> Result<TrainConfig, String> {
    let base = assets::starter_folder().map_err(|error| error.to_string())?;
    let model = ModelPart { base: Some(base), init: None, parameters: Parameters::All, picture_tokens: None };
    let data = DataPart { streets: Some(STREETS), ..DataPart::default() };
    let mut config = TrainConfig::preset(Stage::Full, model, data, folder.join("run"));
    config.device = device.to_string();
    config.schedule.batch = STEP_PICTURES as usize;
    config.schedule.accumulate = 1;
    config.validation.share = 0.0;
    config.probes.pictures = 0;
    config.checkpoint.every = 1_000_000;
    Ok(config)
}
