//! A whole model of 3B shape in 4 bits, from a photograph's drop to its answer: once with the packing of its weights, and once
//! with what was packed. Its weights are random, so that it writes as many tokens as it may.

use std::{io::Cursor, path::Path, time::Instant};

use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};

use crate::{
    model::{DeviceChoice, Precision},
    worker::ModelSource,
};

use super::{Scratch, answer, ask, command, engine::Engine, model, peak_memory_bytes};

/// The photograph: larger than the usual bound on picture tokens.
const SIZE: (u32, u32) = (1600, 1200);

/// Each in a process of its own; what is packed lies in a home of its own, which goes with the checkpoint.
pub(super) fn measure(program: &Path, device: DeviceChoice) -> Result<Value, String> {
    let (folder, home) = (Scratch::new("checkpoint")?, Scratch::new("home")?);
    let path = folder.path().display().to_string();
    let weights_bytes = ask(program, "checkpoint", &[path.clone(), "3B".to_owned()])?["weights_bytes"].clone();
    let run = || {
        let mut command = command(program, "whole", &[path.clone(), device.to_string()]);
        answer(command.env("TERRASIGHT_HOME", home.path()))
    };
    Ok(json!({
        "what": "seeded random Qwen2.5-VL of 3B shape stored in bf16, held in 4 bits; seconds through the window's engine: the \
                 model loaded, a photograph of 1600 x 1200 opened, from its drop to the first token and to the answer",
        "weights_bytes": weights_bytes,
        "first_load": run()?,
        "second_load": run()?,
    }))
}

/// One load and one photograph.
pub(super) fn inside(arguments: &[String]) -> Result<Value, String> {
    let [folder, device] = arguments else {
        return Err("folder and device are needed".to_owned());
    };
    let device: DeviceChoice = device.parse().map_err(|error| format!("{error}"))?;
    let mut photograph = Cursor::new(Vec::new());
    let pixels = DynamicImage::from(model::picture(0, SIZE));
    pixels.write_to(&mut photograph, ImageFormat::Jpeg).map_err(|error| error.to_string())?;
    let clock = Instant::now();
    let mut engine = Engine::start()?;
    let ready = engine.load(ModelSource::Directory(folder.into()), device, Precision::FourBits)?;
    let load = clock.elapsed().as_secs_f64();
    let loaded_peak = peak_memory_bytes();
    let drop = Instant::now();
    let picture = engine.picture("photograph.jpg", photograph.get_ref())?;
    let first_token = engine.locate(picture, drop)?;
    Ok(json!({
        "device": ready.device, "precision": ready.precision,
        "load": load, "drop_to_first_token": first_token, "drop_to_answer": drop.elapsed().as_secs_f64(),
        "held_bytes": ready.bytes, "peak_memory_of_loading": loaded_peak, "peak_memory": peak_memory_bytes(),
    }))
}
