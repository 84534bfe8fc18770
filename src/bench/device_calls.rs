//! How often a generated token calls the device: kernels dispatched, command buffers submitted, buffers read back.
//!
//! Burn keeps no count, but wgpu logs each call; a logger counts those lines. The counts belong to the program, not to the
//! adapter, so a software adapter gives them as well as a hardware one.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use log::{LevelFilter, Log, Metadata, Record};
use serde_json::{Map, Value, json};

use crate::{
    assets,
    model::{
        DeviceChoice, Precision, Prompt, VisionLanguageModel, adapters,
        chat::{Content, Message, Role},
        device,
    },
};

use super::{Scratch, answer_within, command};

/// Tokens over which the count is taken; more than a few, so that a submission shared by several is seen.
const TOKENS: usize = 16;

/// How long all counts may take.
pub(super) const LIMIT: Duration = Duration::from_secs(300);

/// What wgpu 30 (`wgpu-core`, `command/compute.rs`, `device/queue.rs`, `device/global.rs`) says at each call.
const SAID: [&str; 4] = ["ComputePass::dispatch", "Queue::submit returned", "Queue::write_buffer", "Buffer::map_async"];

static CALLS: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

struct Counter;

impl Log for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("wgpu_core")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let said = record.args().to_string();
        if let Some(call) = SAID.iter().position(|begin| said.starts_with(begin)) {
            CALLS[call].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn flush(&self) {}
}

/// Of the starter, and of 28 layers in each precision.
pub(super) fn measure(program: &Path, limit: Duration) -> Result<Value, String> {
    let begin = Instant::now();
    let (folder, home) = (Scratch::new("narrow")?, Scratch::new("home")?);
    let path = folder.path().display().to_string();
    let ask = |part, told: &[String]| {
        let left = limit.saturating_sub(begin.elapsed());
        answer_within(command(program, part, told).env("TERRASIGHT_HOME", home.path()), left)
    };
    ask("checkpoint", &[path.clone(), "narrow".to_owned()])?;
    let mut counts = Map::new();
    counts.insert("starter".to_owned(), ask("device calls", &[])?);
    for precision in Precision::ALL {
        let found = ask("device calls", &[path.clone(), precision.to_string()])?;
        counts.insert(format!("28 layers, {precision}"), found);
    }
    Ok(Value::Object(counts))
}

/// Counts over greedy tokens of a folder's model in a precision, or of the starter, after a question without a picture; to be
/// run in a process of its own.
pub(super) fn inside(arguments: &[String]) -> Result<Value, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let (folder, precision) = match arguments {
        [] => (assets::starter_folder().map_err(|error| said(&error))?, Precision::Full),
        [folder, precision] => (PathBuf::from(folder), precision.parse().map_err(|error| said(&error))?),
        _ => return Err("nothing, or a folder and a precision are needed".to_owned()),
    };
    let found = adapters();
    let adapter = found.iter().find(|adapter| adapter.hardware).or(found.first());
    let adapter = adapter.ok_or("no graphics adapter, so no calls to count")?;
    log::set_logger(&Counter).map_err(|error| format!("calls cannot be counted ({error})"))?;
    log::set_max_level(LevelFilter::Trace);
    let device = device::open(DeviceChoice::GpuNumber(adapter.number)).map_err(|error| said(&error))?;
    let device = device.with_packing(assets::packing(precision).map_err(|error| said(&error))?);
    let model = VisionLanguageModel::open(&folder, &device).map_err(|error| said(&error))?;
    let question = vec![Content::Text("Which country is it?".to_owned())];
    let prompt = Prompt { messages: vec![Message { role: Role::User, content: question }], ..Prompt::default() };
    let mut context = model.start();
    model.read(&mut context, &prompt).map_err(|error| said(&error))?;
    let mut push = || model.push_best(&mut context, TOKENS).map_err(|error| said(&error));
    // The first tokens build pipelines and settle the fusion of operations.
    push()?;
    let before = counts();
    push()?;
    let after = counts();
    let per_token = |call: usize| (after[call] - before[call]) as f64 / TOKENS as f64;
    Ok(json!({
        "what": "calls a greedy token, as wgpu logs them",
        "precision": model.facts().precision,
        "adapter": adapter.name,
        "layers": layers(&folder),
        "dispatches": per_token(0),
        "submissions": per_token(1),
        "buffer_writes": per_token(2),
        "read_backs": per_token(3),
    }))
}

/// Layers of the decoder, which the calls go with.
fn layers(folder: &Path) -> Option<u64> {
    let config = fs::read(folder.join("config.json")).ok()?;
    serde_json::from_slice::<Value>(&config).ok()?["num_hidden_layers"].as_u64()
}

fn counts() -> [u64; 4] {
    std::array::from_fn(|call| CALLS[call].load(Ordering::Relaxed))
}
