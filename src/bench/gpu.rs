//! What is measured where a graphics card is at hand, in one run of at most eight minutes: its memory's bandwidth; first token,
//! vision tower and answer of a whole model of 0.5B shape and of two layers of 3B and 7B shape, in f16, 8 and 4 bits; calls a
//! token.
//!
//! Each piece is a process of its own that is ended when its time is up, so that a slow adapter leaves out figures and no more.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use burn::tensor::{DType, Tensor};
use serde_json::{Map, Value, json};

use crate::model::{Adapter, DeviceChoice, Precision, adapters, device};

use super::{Scratch, answer_within, command, device_calls, model, shape::Shape, summary};

/// All of it.
const WHOLE: Duration = Duration::from_secs(480);
/// A piece at most; the tensor library's first kernels on a card take a good part of it.
const PIECE: Duration = Duration::from_secs(75);
/// Of a piece, what goes to repetitions.
const REPEATING_SECONDS: u32 = 20;
/// Bytes that are read, and as many written, to see how fast that goes.
const COPIED: u64 = 1 << 30;
/// How long they are.
const COPYING: Duration = Duration::from_secs(20);

/// Everything, on the adapter of `choice` or, where that is the CPU, on the first hardware adapter.
pub(super) fn measure(program: &Path, choice: DeviceChoice, repetitions: usize) -> Result<Value, String> {
    let choice = if choice == DeviceChoice::Cpu { DeviceChoice::Gpu } else { choice };
    let end = Instant::now() + WHOLE;
    let mut report = Map::new();
    let is_meant = |adapter: &Adapter| match choice {
        DeviceChoice::GpuNumber(number) => adapter.number == number,
        _ => adapter.hardware,
    };
    if !adapters().iter().any(is_meant) {
        return Err("there is no such adapter: --device gpu:N takes a number that doctor shows".to_owned());
    }
    let bandwidth = piece(program, "bandwidth", &[choice.to_string()], None, end);
    let bandwidth = bandwidth.unwrap_or_else(|error| missing(&error));
    report.insert("what".to_owned(), json!(
        "seeded random Qwen2.5-VL; seconds; share_of_bandwidth: bytes of the weights that a token reads, by seconds a token, over \
         the bandwidth measured in the same run"
    ));
    report.insert("adapters".to_owned(), adapters_here());
    report.insert("bandwidth".to_owned(), bandwidth.clone());
    report.insert("calls_per_token".to_owned(), device_calls::measure(program).unwrap_or_else(|error| missing(&error)));
    for name in ["0.5B", "3B layers", "7B layers"] {
        let (folder, home) = (Scratch::new("shape")?, Scratch::new("home")?);
        let path = folder.path().display().to_string();
        if let Err(error) = piece(program, "checkpoint", &[path.clone(), name.to_owned()], None, end) {
            report.insert(name.to_owned(), missing(&error));
            continue;
        }
        for precision in Precision::ALL {
            let told =
                [&path, &choice.to_string(), &repetitions.to_string(), &precision.to_string()].map(String::clone);
            let told: Vec<String> = told.into_iter().chain([REPEATING_SECONDS.to_string()]).collect();
            let found = piece(program, "model", &told, Some(home.path()), end);
            let found =
                found.map(|found| with_share(model::figures(&found), Shape::named(name), precision, &bandwidth));
            report.insert(format!("{name}, {precision}"), found.unwrap_or_else(|error| missing(&error)));
        }
    }
    Ok(Value::Object(report))
}

fn missing(error: &str) -> Value {
    json!({ "missing": error })
}

/// The figures with what share of the bandwidth decoding has.
fn with_share(mut figures: Value, shape: Result<&Shape, String>, precision: Precision, bandwidth: &Value) -> Value {
    let bytes = shape.ok().map(|shape| shape.bytes_a_token(precision));
    let rate = bytes.zip(figures["tokens_per_second"].as_f64()).map(|(bytes, tokens)| bytes * tokens);
    let share = rate.zip(bandwidth["bytes_per_second"].as_f64()).map(|(rate, all)| rate / all);
    if let Value::Object(figures) = &mut figures {
        figures.insert("weight_bytes_per_token".to_owned(), json!(bytes));
        figures.insert("share_of_bandwidth".to_owned(), json!(share));
    }
    figures
}

fn adapters_here() -> Value {
    let of = |adapter: &Adapter| {
        json!({
            "number": adapter.number, "name": adapter.name, "backend": adapter.backend, "driver": adapter.driver,
            "is_hardware": adapter.hardware, "memory_bytes": adapter.memory, "largest_buffer_bytes": adapter.largest_buffer,
        })
    };
    adapters().iter().map(of).collect()
}

/// A part in a process of its own, which is ended after [`PIECE`] or at `end`.
fn piece(program: &Path, part: &str, told: &[String], home: Option<&Path>, end: Instant) -> Result<Value, String> {
    let limit = PIECE.min(end.saturating_duration_since(Instant::now()));
    if limit.is_zero() {
        return Err(format!("left out, as {} s were over", WHOLE.as_secs()));
    }
    let mut command = command(program, part, told);
    if let Some(home) = home {
        command.env("TERRASIGHT_HOME", home);
    }
    answer_within(&mut command, limit)
}

/// Bytes a second that are read and written together, by adding a number to many.
pub(super) fn inside_bandwidth(arguments: &[String]) -> Result<Value, String> {
    let [device] = arguments else { return Err("a device is needed".to_owned()) };
    let choice: DeviceChoice = device.parse().map_err(|error| format!("{error}"))?;
    let device = device::open(choice).map_err(|error| error.to_string())?;
    let most = [Some(COPIED), device.largest_buffer, device.memory.map(|memory| memory / 8)];
    let bytes = most.into_iter().flatten().min().unwrap_or(COPIED);
    let ran = device.guard(|| copied(device.burn(), bytes as usize / 4));
    let seconds = ran.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let seconds = summary(&seconds);
    let rate = seconds["least"].as_f64().map(|least| 2.0 * bytes as f64 / least);
    Ok(json!({ "device": device.name, "bytes": bytes, "seconds": seconds, "bytes_per_second": rate }))
}

/// Seconds of each time that `count` numbers are read and written.
fn copied(device: &burn::tensor::Device, count: usize) -> Result<Vec<f64>, burn::tensor::ExecutionError> {
    let numbers = Tensor::<1>::ones([count], (device, DType::F32));
    let begin = Instant::now();
    let mut seconds = Vec::new();
    while seconds.len() < 12 && begin.elapsed() < COPYING {
        device.sync()?;
        let clock = Instant::now();
        let _copy = numbers.clone().add_scalar(1.0);
        device.sync()?;
        seconds.push(clock.elapsed().as_secs_f64());
    }
    // The first one builds the kernel.
    seconds.remove(0);
    Ok(seconds)
}
