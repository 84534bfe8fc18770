//! The starter on the shipped samples: from a cold start, and then from a drop.

use std::{path::Path, time::Instant};

use serde_json::{Value, json};

use crate::{
    assets,
    model::{DeviceChoice, Precision},
    worker::ModelSource,
};

use super::{ask, engine::Engine, numbers, peak_memory_bytes, summary};

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
    let mut engine = Engine::start()?;
    let picture = engine.picture(first.name, first.bytes)?;
    let picture_open = start.elapsed().as_secs_f64();
    let model = engine.load(ModelSource::Starter, device, Precision::Full)?;
    let model_ready = start.elapsed().as_secs_f64();
    let cold_first_token = engine.locate(picture, start)?;
    let cold_place = start.elapsed().as_secs_f64();

    let drop = Instant::now();
    let picture = engine.picture(second.name, second.bytes)?;
    let warm_first_token = engine.locate(picture, drop)?;
    let warm_place = drop.elapsed().as_secs_f64();
    Ok(json!({
        "model": model.name, "device": model.device, "weights_bytes": model.bytes,
        "picture_open": picture_open, "model_ready": model_ready,
        "cold_first_token": cold_first_token, "cold_place": cold_place,
        "warm_first_token": warm_first_token, "warm_place": warm_place,
        "peak_memory_bytes": peak_memory_bytes(),
    }))
}
