//! What is measured where a graphics card is at hand, in one run of at most four minutes: its memory's bandwidth; first token,
//! vision tower and answer of a whole model of 0.5B shape and of two layers of 3B and 7B shape, in f16, 8 and 4 bits, beside
//! PyTorch on the same card; the same of layers so narrow that calls alone take time; calls a token.
//!
//! Each piece is a process of its own that is ended when its time is up, so that a slow adapter leaves out figures and no more.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use burn::tensor::{DType, Tensor};
use serde_json::{Map, Value, json};

use crate::model::{Adapter, DeviceChoice, Precision, adapters, device};

use super::{Scratch, answer_within, command, device_calls, model, peer, shape::Shape, summary};

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
/// What the peer computes in.
const OF_THE_PEER: &str = "bfloat16";

/// The shapes in their order, those first that tell most, with what their weights are held in and whether the peer has them too.
const SHAPES: [(&str, &[Precision], bool); 4] = [
    ("0.5B", &[Precision::Full, Precision::EightBits, Precision::FourBits], true),
    ("3B layers", &[Precision::FourBits, Precision::EightBits, Precision::Full], true),
    ("7B layers", &[Precision::FourBits, Precision::EightBits, Precision::Full], true),
    ("narrow", &[Precision::Full], false),
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
    let pieces = Pieces { program, choice, repetitions, begin: Instant::now() };
    let mut report = Map::new();
    report.insert("what".to_owned(), json!(
        "seeded random Qwen2.5-VL; seconds; share_of_bandwidth: bytes of the weights that a token reads, by seconds a token, over \
         the bandwidth measured in the same run; narrow: 28 layers whose calls alone take time; began, took: seconds of the piece"
    ));
    report.insert("adapters".to_owned(), adapters_here());
    let bandwidth = pieces.ask("bandwidth", &[choice.to_string()], None);
    let bandwidth = bandwidth.unwrap_or_else(|error| missing(&error));
    report.insert("bandwidth".to_owned(), bandwidth.clone());
    for (name, precisions, with_peer) in SHAPES {
        pieces.of_shape(name, precisions, with_peer, &bandwidth, &mut report)?;
    }
    report.insert(
        "calls_per_token".to_owned(),
        pieces.timed("calls", || device_calls::measure(program, pieces.limit()?)),
    );
    Ok(Value::Object(report))
}

/// The pieces of one run.
struct Pieces<'a> {
    program: &'a Path,
    choice: DeviceChoice,
    repetitions: usize,
    begin: Instant,
}

impl Pieces<'_> {
    /// Ours in each precision, then the peer's.
    fn of_shape(
        &self,
        name: &str,
        precisions: &[Precision],
        with_peer: bool,
        bandwidth: &Value,
        report: &mut Map<String, Value>,
    ) -> Result<(), String> {
        let (folder, home) = (Scratch::new("shape")?, Scratch::new("home")?);
        let path = folder.path().display().to_string();
        let shape = Shape::named(name)?;
        if let Err(error) = self.ask("checkpoint", &[path.clone(), name.to_owned()], None) {
            report.insert(name.to_owned(), missing(&error));
            return Ok(());
        }
        let mut last = None;
        for &precision in precisions {
            let told = [self.choice.to_string(), self.repetitions.to_string(), precision.to_string()];
            let told: Vec<String> =
                [path.clone()].into_iter().chain(told).chain([REPEATING_SECONDS.to_string()]).collect();
            let piece = format!("{name}, {precision}");
            let figures = self.timed(&piece, || {
                let found = self.ask("model", &told, Some(home.path()))?;
                let figures = with_share(model::figures(&found), shape.bytes_a_token(precision), bandwidth);
                last = Some(found);
                Ok(figures)
            });
            report.insert(piece, figures);
        }
        if let Some(ours) = last.filter(|_| with_peer) {
            let piece = format!("{name}, PyTorch in {OF_THE_PEER}");
            let figures = self.timed(&piece, || {
                let task = model::peer_task(folder.path(), self.choice, &ours, self.repetitions);
                let theirs = peer::measure(&task, OF_THE_PEER, self.limit()?)?;
                Ok(with_share(model::figures(&theirs), shape.bytes_a_token(Precision::Full), bandwidth))
            });
            report.insert(piece, figures);
        }
        Ok(())
    }

    /// A part in a process of its own.
    fn ask(&self, part: &str, told: &[String], home: Option<&Path>) -> Result<Value, String> {
        let mut command = command(self.program, part, told);
        if let Some(home) = home {
            command.env("TERRASIGHT_HOME", home);
        }
        answer_within(&mut command, self.limit()?)
    }

    /// How long the next piece may take.
    fn limit(&self) -> Result<Duration, String> {
        let limit = PIECE.min(WHOLE.saturating_sub(self.begin.elapsed()));
        if limit.is_zero() { Err(format!("left out, as {} s were over", WHOLE.as_secs())) } else { Ok(limit) }
    }

    /// A piece's figures with when it began and how long it took.
    fn timed(&self, name: &str, piece: impl FnOnce() -> Result<Value, String>) -> Value {
        let began = self.begin.elapsed().as_secs_f64();
        let mut figures = piece().unwrap_or_else(|error| missing(&error));
        // Where something ends the run, what was found so far stands in the log.
        tracing::info!("{name}: {figures}");
        if let Value::Object(figures) = &mut figures {
            figures.insert("began".to_owned(), json!(began));
            figures.insert("took".to_owned(), json!(self.begin.elapsed().as_secs_f64() - began));
        }
        figures
    }
}

fn missing(error: &str) -> Value {
    json!({ "missing": error })
}

/// The figures with what share of the bandwidth decoding has that reads so many bytes a token.
fn with_share(mut figures: Value, bytes: f64, bandwidth: &Value) -> Value {
    let rate = figures["tokens_per_second"].as_f64().map(|tokens| bytes * tokens);
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
