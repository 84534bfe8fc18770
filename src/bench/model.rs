//! A random Qwen2.5-VL of 0.5B shape: time to first token, tokens per second and memory, beside PyTorch.

use std::{path::Path, time::Instant};

use image::RgbImage;
use serde_json::{Map, Value, json};

use crate::assets;
use crate::model::{
    DeviceChoice, Precision, Prompt, VisionLanguageModel,
    chat::{Content, Message, Role},
    device, footprint,
};

use super::{
    Machine, Scratch, answer, ask, checkpoint, command, numbers, peak_memory_bytes, peer, shape::Shape, summary, timed,
};

/// Where the checkpoint's chance begins.
const SEED: u64 = 20_261_122;
/// The picture's edge in pixels: 256 picture tokens.
const EDGE: u32 = 448;
/// The question's length in bytes, which are tokens here; with the picture about 384.
const QUESTION: usize = 108;
/// Tokens generated after the first.
const NEW_TOKENS: usize = 16;

/// Ours and the peer's, on the same files, one after the other.
pub(super) fn measure(program: &Path, device: DeviceChoice, repetitions: usize) -> Result<Value, String> {
    let (folder, home) = (Scratch::new("model")?, Scratch::new("home")?);
    let path = folder.path().display().to_string();
    let weights_bytes = ask(program, "checkpoint", &[path.clone(), "0.5B".to_owned()])?["weights_bytes"].as_f64();
    let in_precision = |precision: Precision, repetitions: usize| {
        let told = [path.clone(), device.to_string(), repetitions.to_string(), precision.to_string()];
        answer(command(program, "model", &told).env("TERRASIGHT_HOME", home.path()))
    };
    let ours = in_precision(Precision::Full, repetitions)?;
    let peak = ours["peak_memory_bytes"].as_f64();
    let peers = peers(folder.path(), device, &ours, repetitions);
    let ours_figures = figures(&ours);
    let ratios = |ours: &Value| -> Map<String, Value> {
        let of_each = peers.iter();
        of_each.filter_map(|(name, theirs)| Some((name.clone(), ratio(ours, theirs.as_ref().ok()?)))).collect()
    };
    let mut in_blocks = Map::new();
    for precision in [Precision::EightBits, Precision::FourBits] {
        // The first load packs.
        let packing = in_precision(precision, 0)?["load_seconds"].clone();
        let figures = figures(&in_precision(precision, repetitions)?);
        let ratios = ratios(&figures);
        let figures = json!({"load_with_packing_seconds": packing, "terrasight": figures, "ratio_to_pytorch": ratios});
        in_blocks.insert(precision.to_string(), figures);
    }
    let ratios = ratios(&ours_figures);
    let peers: Map<String, Value> = peers
        .into_iter()
        .map(|(precision, theirs)| (precision, theirs.unwrap_or_else(|error| json!({"missing": error}))))
        .collect();
    Ok(json!({
        "what": "seeded random Qwen2.5-VL of 0.5B shape stored in bf16; first token: picture encoded and prompt read; \
                 then greedy tokens one by one; a ratio above 1 means that terrasight is faster",
        "prompt_tokens": ours["prompt_token_ids"].as_array().map(Vec::len),
        "image_tokens": ours["image_tokens"],
        "new_tokens": NEW_TOKENS,
        "weights_bytes": weights_bytes,
        "terrasight": ours_figures,
        "in_blocks": in_blocks,
        "peak_memory_over_weights": peak.zip(weights_bytes).map(|(peak, weights)| peak / weights),
        "pytorch": peers,
        "ratio_to_pytorch": ratios,
    }))
}

/// The peer in each precision that it is commonly run in on such a device.
fn peers(
    folder: &Path,
    device: DeviceChoice,
    ours: &Value,
    repetitions: usize,
) -> Vec<(String, Result<Value, String>)> {
    let task = peer_task(folder, device, ours, repetitions);
    let precisions = if device == DeviceChoice::Cpu { ["float32", "bfloat16"] } else { ["bfloat16", "float16"] };
    precisions
        .into_iter()
        .map(|name| (name.to_owned(), peer::measure(&task, name, peer::LONG).map(|theirs| figures(&theirs))))
        .collect()
}

/// What the peer does beside `ours`.
pub(super) fn peer_task<'a>(
    checkpoint: &'a Path,
    device: DeviceChoice,
    ours: &'a Value,
    repetitions: usize,
) -> peer::Task<'a> {
    peer::Task {
        checkpoint,
        device,
        threads: Machine::here().threads,
        repetitions,
        new_tokens: NEW_TOKENS,
        prompt_token_ids: &ours["prompt_token_ids"],
        grid: &ours["grid"],
    }
}

/// One side's figures in the form of the report.
pub(super) fn figures(answer: &Value) -> Value {
    let rounds = answer["rounds"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let of = |name: &str| summary(&numbers(rounds, name));
    let per_token = of("seconds_per_token");
    json!({
        "program": answer["program"],
        "device": answer["device"],
        "precision": answer["precision"],
        "load_seconds": answer["load_seconds"],
        "first_token_seconds": of("first_token_seconds"),
        "first_token_processor_seconds": of("first_token_processor_seconds"),
        "encode_seconds": of("encode_seconds"),
        "tokens_per_second": per_token["median"].as_f64().map(|seconds| 1.0 / seconds),
        "seconds_per_token": per_token,
        "processor_seconds_per_token": of("processor_seconds_per_token"),
        "peak_memory_bytes": answer["peak_memory_bytes"],
        "peak_device_memory_bytes": answer["peak_device_memory_bytes"],
        "estimated_memory_bytes": answer["estimated_memory_bytes"],
    })
}

/// How many times as fast as the peer, by the wall and by processor time; and the share of its memory.
fn ratio(ours: &Value, theirs: &Value) -> Value {
    let faster = |name: &str| Some(theirs[name]["median"].as_f64()? / ours[name]["median"].as_f64()?);
    let memory = || Some(ours["peak_memory_bytes"].as_f64()? / theirs["peak_memory_bytes"].as_f64()?);
    json!({
        "first_token": faster("first_token_seconds"),
        "decode": faster("seconds_per_token"),
        "first_token_by_processor_time": faster("first_token_processor_seconds"),
        "decode_by_processor_time": faster("processor_seconds_per_token"),
        "peak_memory": memory(),
    })
}

/// Writes the checkpoint, so that its writing adds nothing to the memory of who measures.
pub(super) fn inside_checkpoint(arguments: &[String]) -> Result<Value, String> {
    let [folder, shape] = arguments else {
        return Err("a folder and a shape are needed".to_owned());
    };
    let bytes = checkpoint::write(Path::new(folder), Shape::named(shape)?, SEED)
        .map_err(|error| format!("{folder}: {error}"))?;
    Ok(json!({"weights_bytes": bytes}))
}

/// Our figures, of so many repetitions or of those that begin within some seconds.
pub(super) fn inside(arguments: &[String]) -> Result<Value, String> {
    let (folder, device, repetitions, precision, seconds) = match arguments {
        [folder, device, repetitions, precision] => (folder, device, repetitions, precision, f64::INFINITY),
        [folder, device, repetitions, precision, seconds] => {
            let seconds = seconds.parse().map_err(|error| format!("{seconds}: {error}"))?;
            (folder, device, repetitions, precision, seconds)
        }
        _ => return Err("folder, device, repetitions, precision and seconds are needed".to_owned()),
    };
    let choice: DeviceChoice = device.parse().map_err(|error| format!("{error}"))?;
    let repetitions: usize = repetitions.parse().map_err(|error| format!("{repetitions}: {error}"))?;
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let clock = Instant::now();
    let precision: Precision = precision.parse().map_err(|error| said(&error))?;
    let device = device::open(choice).map_err(|error| said(&error))?;
    let device = device.with_packing(assets::packing(precision).map_err(|error| said(&error))?);
    let model = VisionLanguageModel::open(Path::new(folder), &device).map_err(|error| said(&error))?;
    let load_seconds = clock.elapsed().as_secs_f64();
    let mut rounds = Vec::new();
    let (mut prompt_token_ids, mut image_tokens, mut grid) = (Vec::new(), 0, [0; 3]);
    let begin = Instant::now();
    for round in 0..=repetitions {
        // One beside the first, which is left out.
        if round > 1 && begin.elapsed().as_secs_f64() > seconds {
            break;
        }
        // Another picture each time, since the model knows those that it has seen.
        let prompt = question(&model, round)?;
        grid = prompt.pictures[0].grid;
        let mut context = model.start();
        let (stats, first, first_processor) =
            timed(|| model.read(&mut context, &prompt).map_err(|error| said(&error)))?;
        (prompt_token_ids, image_tokens) = (context.tokens().to_vec(), stats.image_tokens);
        let ((), answer, answer_processor) =
            timed(|| model.push_best(&mut context, NEW_TOKENS).map_err(|error| said(&error)))?;
        let per_token = |seconds: f64| seconds / NEW_TOKENS as f64;
        rounds.push(json!({
            "first_token_seconds": first,
            "first_token_processor_seconds": first_processor,
            "encode_seconds": stats.encode_seconds,
            "seconds_per_token": per_token(answer),
            "processor_seconds_per_token": answer_processor.map(per_token),
        }));
    }
    // The first round warms caches up and is left out, as in the peer.
    rounds.remove(0);
    // What the Models page says before it is loaded.
    let footprint = footprint(Path::new(folder)).map_err(|error| said(&error))?.packed(precision);
    let estimated = footprint.needs(device.kind, image_tokens as u64).total();
    Ok(json!({
        "program": format!("terrasight {}", env!("CARGO_PKG_VERSION")),
        "estimated_memory_bytes": estimated,
        "device": device.name, "precision": model.facts().precision, "load_seconds": load_seconds,
        "rounds": rounds, "prompt_token_ids": prompt_token_ids, "image_tokens": image_tokens, "grid": grid,
        "peak_memory_bytes": peak_memory_bytes(),
    }))
}

/// A question about a picture that no other round has.
pub(super) fn question(model: &VisionLanguageModel, round: usize) -> Result<Prompt, String> {
    let patches = model.patches(&picture(round, (EDGE, EDGE)), None).map_err(|error| error.to_string())?;
    let question = "Where was this picture taken? ".chars().cycle().take(QUESTION).collect();
    Ok(Prompt {
        messages: vec![Message { role: Role::User, content: vec![Content::Picture, Content::Text(question)] }],
        pictures: vec![patches],
        answer_start: String::new(),
    })
}

/// Something with edges in both directions; what it shows plays no part.
pub(super) fn picture(round: usize, (width, height): (u32, u32)) -> RgbImage {
    let shade = round as u32;
    RgbImage::from_fn(width, height, |x, y| image::Rgb([(x / 2) as u8, (y / 2) as u8, ((x ^ y) + shade) as u8]))
}
