//! What is measured where a graphics card is at hand, in one run of at most four minutes: its memory's bandwidth; first token,
//! vision tower and answer of a whole model of 0.5B shape and of two layers of 3B and 7B shape, in f16, 8 and 4 bits, beside
//! PyTorch on the same card; the same of layers so narrow that calls alone take time; calls a token.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use burn::tensor::{DType, Tensor};
use serde_json::{Map, Value, json};

use crate::model::{Adapter, DeviceChoice, Precision, adapters, device};

use super::{
    device_calls,
    pieces::{Pieces, Row, missing},
    summary,
};

/// All of it.
const WHOLE: Duration = Duration::from_secs(200);
/// A piece at most; the tensor library's first kernels on a card take a good part of it.
const PIECE: Duration = Duration::from_secs(60);
/// Of a piece, what goes to repetitions.
const REPEATING_SECONDS: u32 = 15;
/// Bytes that are read, and as many written, to see how fast that goes.
const COPIED: u64 = 1 << 30;
/// Numbers of a copy that takes no time but for its calls.
const FEW: usize = 1024;
/// How long copies are made.
const COPYING: Duration = Duration::from_secs(10);
/// What PyTorch is commonly run in on a card.
const PEERS: &[&str] = &["bfloat16"];
/// The blocks first: they are what a card's memory is short for.
const PRECISIONS: &[Precision] = &[Precision::FourBits, Precision::EightBits, Precision::Full];

/// The shapes in their order, those first that tell most.
const ROWS: [Row; 4] = [
    Row { shape: "0.5B", precisions: &[Precision::Full, Precision::EightBits, Precision::FourBits], peers: PEERS },
    Row { shape: "3B layers", precisions: PRECISIONS, peers: PEERS },
    Row { shape: "7B layers", precisions: PRECISIONS, peers: PEERS },
    Row { shape: "narrow", precisions: &[Precision::Full], peers: &[] },
];

/// Everything, on the adapter of `choice` or, where that is the CPU, on the first hardware adapter.
pub(super) fn measure(program: &Path, choice: DeviceChoice, repetitions: usize) -> Result<Value, String> {
    let choice = if choice == DeviceChoice::Cpu { DeviceChoice::Gpu } else { choice };
    let is_meant = |adapter: &Adapter| match choice {
        DeviceChoice::GpuNumber(number) => adapter.number == number,
        _ => adapter.hardware,
    };
    if !adapters().iter().any(is_meant) {
        return Err("there is no such adapter: --device gpu:N takes a number that doctor shows".to_owned());
    }
    let pieces = Pieces {
        program,
        choice,
        repetitions,
        repeating_seconds: REPEATING_SECONDS,
        piece: PIECE,
        whole: WHOLE,
        begin: Instant::now(),
    };
    let mut report = Map::new();
    report.insert("what".to_owned(), json!(
        "seeded random Qwen2.5-VL; seconds; share_of_bandwidth: bytes of the weights that a token reads, by seconds a token, over \
         the bandwidth measured in the same run; narrow: 28 layers whose calls alone take time; began, took: seconds of the piece"
    ));
    report.insert("adapters".to_owned(), adapters_here());
    let bandwidth = pieces.ask("bandwidth", &[choice.to_string()], None);
    let bandwidth = bandwidth.unwrap_or_else(|error| missing(&error));
    report.insert("bandwidth".to_owned(), bandwidth.clone());
    for row in &ROWS {
        pieces.of_shape(row, &bandwidth, &mut report)?;
    }
    report.insert(
        "calls_per_token".to_owned(),
        pieces.timed("calls", || device_calls::measure(program, pieces.limit()?)),
    );
    Ok(Value::Object(report))
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

/// Bytes a second that are read and written together, by adding a number to many.
pub(super) fn inside_bandwidth(arguments: &[String]) -> Result<Value, String> {
    let [device] = arguments else { return Err("a device is needed".to_owned()) };
    let choice: DeviceChoice = device.parse().map_err(|error| format!("{error}"))?;
    let device = device::open(choice).map_err(|error| error.to_string())?;
    let most = [Some(COPIED), device.largest_buffer, device.memory.map(|memory| memory / 8)];
    let bytes = most.into_iter().flatten().min().unwrap_or(COPIED);
    let seconds = |count| -> Result<Value, String> {
        let ran = device.guard(|| copied(device.burn(), count)).map_err(|error| error.to_string())?;
        Ok(summary(&ran.map_err(|error| error.to_string())?))
    };
    let (call, copy) = (seconds(FEW)?, seconds(bytes as usize / 4)?);
    let moving = copy["least"].as_f64().zip(call["least"].as_f64()).map(|(copy, call)| copy - call);
    let rate = moving.map(|moving| 2.0 * bytes as f64 / moving);
    Ok(json!({
        "device": device.name, "bytes": bytes, "seconds": copy, "seconds_of_a_call": call, "bytes_per_second": rate,
    }))
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
