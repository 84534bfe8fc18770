//! The starter on the shipped samples, through the same engine as the window: from a cold start, and then from a drop.

use std::{path::Path, sync::Arc, time::Instant};

use serde_json::{Value, json};

use crate::{
    assets,
    knowledge::clues::Clues,
    model::{DeviceChoice, Precision},
    picture::Picture,
    predict::LocateSettings,
    worker::{Command, Event, JobId, ModelSource, PictureNews, PictureSource, Worker},
};

use super::{ask, numbers, peak_memory_bytes, summary};

/// Several cold starts, each in a process of its own.
pub(super) fn measure(program: &Path, device: DeviceChoice, repetitions: usize) -> Result<Value, String> {
    let mut answers = Vec::new();
    let mut whole = Vec::new();
    for _ in 0..repetitions.max(1) {
        let start = Instant::now();
        answers.push(ask(program, "starter", &[device.to_string()])?);
        whole.push(start.elapsed().as_secs_f64());
    }
    let seconds = |name: &str| summary(&numbers(&answers, name));
    Ok(json!({
        "what": "seconds; cold: a fresh process, model and picture unread; warm: a picture dropped on the running engine",
        "model": answers[0]["model"],
        "device": answers[0]["device"],
        "cold": {
            "picture_open": seconds("picture_open"),
            "model_ready": seconds("model_ready"),
            "first_token": seconds("cold_first_token"),
            "place": seconds("cold_place"),
            "whole_process_both_pictures": summary(&whole),
        },
        "warm": {
            "drop_to_first_token": seconds("warm_first_token"),
            "drop_to_place": seconds("warm_place"),
        },
        "peak_memory_bytes": seconds("peak_memory_bytes"),
        "weights_bytes": answers[0]["weights_bytes"],
        "device_calls_per_token": ask(program, "device calls", &[]).unwrap_or_else(|error| json!({"missing": error})),
    }))
}

/// One cold start, and a second picture after it.
pub(super) fn inside(arguments: &[String]) -> Result<Value, String> {
    let start = Instant::now();
    let device: DeviceChoice = arguments
        .first()
        .map_or(Ok(DeviceChoice::default()), |text| text.parse())
        .map_err(|error| format!("{error}"))?;
    let [first, second, ..] = assets::samples() else {
        return Err("this build holds no samples to measure with".to_owned());
    };
    let mut worker = Worker::start(|| ()).map_err(|error| format!("the engine cannot be started ({error})"))?;
    let picture = open(&mut worker, first)?;
    let picture_open = start.elapsed().as_secs_f64();
    let mut model = None;
    hear(
        &mut worker,
        Command::LoadModel { job: JobId(2), source: ModelSource::Starter, device, precision: Precision::Full },
        |event| {
            if let Event::ModelReady { model: ready, .. } = event {
                model = Some(ready.clone());
            }
        },
    )?;
    let model = model.ok_or("the starter did not come up")?;
    let model_ready = start.elapsed().as_secs_f64();
    let cold_first_token = locate(&mut worker, picture, start)?;
    let cold_place = start.elapsed().as_secs_f64();

    let drop = Instant::now();
    let picture = open(&mut worker, second)?;
    let warm_first_token = locate(&mut worker, picture, drop)?;
    let warm_place = drop.elapsed().as_secs_f64();
    Ok(json!({
        "model": model.name, "device": model.device, "weights_bytes": model.bytes,
        "picture_open": picture_open, "model_ready": model_ready,
        "cold_first_token": cold_first_token, "cold_place": cold_place,
        "warm_first_token": warm_first_token, "warm_place": warm_place,
        "peak_memory_bytes": peak_memory_bytes(),
    }))
}

fn open(worker: &mut Worker, sample: &assets::EmbeddedFile) -> Result<Arc<Picture>, String> {
    let source = PictureSource::Bytes { name: sample.name.to_owned(), bytes: sample.bytes.to_vec() };
    let mut opened = Err(format!("{}: the sample cannot be opened", sample.name));
    let command = Command::OpenPictures { job: JobId(1), sources: vec![source], pixel_bytes: usize::MAX };
    hear(worker, command, |event| match event {
        Event::Pictures { news: PictureNews::Opened { picture: Some(picture), .. }, .. } => {
            opened = Ok(Arc::clone(picture));
        }
        Event::Pictures { news: PictureNews::Failed { failure, .. }, .. } => opened = Err(failure.to_string()),
        _ => {}
    })?;
    opened
}

/// Seconds from the given moment to the first token.
fn locate(worker: &mut Worker, picture: Arc<Picture>, since: Instant) -> Result<f64, String> {
    let mut first_token = None;
    let command = Command::Locate {
        job: JobId(3),
        picture,
        settings: LocateSettings::default(),
        segmenter: ModelSource::Starter,
        clues: Clues::with_own(&[]),
        encoder: None,
    };
    hear(worker, command, |event| {
        if matches!(event, Event::Pictures { news: PictureNews::Token(_), .. }) {
            first_token.get_or_insert_with(|| since.elapsed().as_secs_f64());
        }
    })?;
    first_token.ok_or_else(|| "the starter wrote nothing".to_owned())
}

fn hear(worker: &mut Worker, command: Command, mut hear: impl FnMut(&Event)) -> Result<(), String> {
    worker.send(command).map_err(|busy| busy.to_string())?;
    while let Some(event) = worker.next_event() {
        hear(&event);
        match event {
            Event::Done { .. } => return Ok(()),
            Event::Failed { failure, .. } => return Err(failure.to_string()),
            _ => {}
        }
    }
    Err("the engine has stopped".to_owned())
}
