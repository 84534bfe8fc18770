//! Steps of a LoRA adapter over a random model of 0.5B shape: tokens a second and memory in each form of the weights, with and
//! without keeping what the way back needs, beside PyTorch with peft.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

use crate::assets;
use crate::model::{
    ComputeDevice, DeviceChoice, ImageProcessor, Patches, Precision, Products, device,
    qwen2_5_vl::{Answers, Batch, Kept, LORA_TARGETS, LoraPart, Passes, Qwen25Vl},
};
use crate::train::{AdamW, GradientSum, shortening};

use super::{
    Machine, Scratch, answer, answer_within, ask, command, machine, model::picture, numbers, peak_memory_bytes, peer,
    summary,
};

/// The peer's program; the built binary carries it, since it may run outside the checkout.
const PEER: &str = include_str!("../../benches/peer_lora.py");

/// Tokens of a lesson: half of them are the picture's, a quarter is learned.
const TOKENS: usize = 512;
/// Lessons by which it is seen how memory grows.
const LENGTHS: [usize; 3] = [256, TOKENS, 1024];
/// Pixels of a cell each way.
const PIXELS: usize = 28;
/// The adapter's: of GeoReasoner's script but for the rank, on every linear layer.
const RANK: usize = 16;
const ALPHA: f64 = 32.0;
const RATE: f64 = 1e-4;
const CLIP: f64 = 1.0;

/// The base of which more is told.
const OFTEN: &str = "8-bit";

/// What the weights are held in, by the names that [`inside`] is told.
const BASES: [&str; 4] = ["float32", "bfloat16", "8-bit", "4-bit"];

const WHAT: &str = "LoRA steps (rank 16 on all seven linear layers of each block, AdamW) of a seeded random Qwen2.5-VL of 0.5B \
    shape, a lesson of one picture a step; products with f32 weights in f32, with others in bf16 where nothing else is said; \
    recomputed: blocks are computed again on the way back, kept: they are not; the picture is encoded in each step unless its \
    features are kept; the peer has gradient checkpointing; a ratio of speed above 1 means that terrasight is faster";

/// One way to take steps.
#[derive(Clone, Copy)]
struct Way {
    base: &'static str,
    recompute: bool,
    /// Whether the picture's features are at hand, as they are when they were kept on the disk.
    features: bool,
    products: Products,
    tokens: usize,
}

impl Way {
    /// The usual one.
    fn of(base: &'static str) -> Self {
        Self { base, recompute: true, features: false, tokens: TOKENS, products: Products::Bf16 }
    }

    /// What [`inside`] is told.
    fn told(&self, folder: &str, device: DeviceChoice, repetitions: usize) -> Vec<String> {
        let mut told = vec![folder.to_owned(), device.to_string(), repetitions.to_string(), self.base.to_owned()];
        told.extend([self.recompute, self.features].map(|is| is.to_string()));
        told.extend([self.tokens.to_string(), self.products.to_string()]);
        told
    }
}

/// What is measured on a graphics card, those first that matter most there.
const CARD_BASES: [&str; 3] = ["8-bit", "4-bit", "bfloat16"];
/// How long that may take.
const ON_CARD: Duration = Duration::from_secs(90);

/// Ours in every way, and the peer's on the same files, one after the other.
pub(super) fn measure(program: &Path, device: DeviceChoice, repetitions: usize) -> Result<Value, String> {
    let (folder, home) = (Scratch::new("lora")?, Scratch::new("home")?);
    let path = folder.path().display().to_string();
    let weights_bytes = ask(program, "checkpoint", &[path.clone(), "0.5B".to_owned()])?["weights_bytes"].as_f64();
    let asking = |way: &Way, repetitions: usize| {
        let mut command = command(program, "lora", &way.told(&path, device, repetitions));
        command.env("TERRASIGHT_HOME", home.path());
        command
    };
    if device != DeviceChoice::Cpu {
        return Ok(on_card(folder.path(), repetitions, |way, left| {
            answer_within(&mut asking(way, repetitions), left).map(|answer| figures(&answer))
        }));
    }
    let of = |way: Way, repetitions: usize| answer(&mut asking(&way, repetitions)).map(|answer| figures(&answer));
    let mut ours = Map::new();
    for base in BASES {
        let recomputed = Way::of(base);
        let kept = Way { recompute: false, ..recomputed };
        if base.ends_with("bit") {
            // What has to be packed is packed before it is measured.
            of(recomputed, 0)?;
        }
        let mut ways = vec![("recomputed", recomputed), ("kept", kept)];
        if base == OFTEN {
            ways.push(("recomputed_with_kept_features", Way { features: true, ..recomputed }));
            ways.push(("kept_with_kept_features", Way { features: true, ..kept }));
            ways.push(("recomputed_with_products_in_f32", Way { products: Products::F32, ..recomputed }));
        }
        let figures = ways.into_iter().map(|(way, how)| Ok((way.to_owned(), of(how, repetitions)?)));
        ours.insert(base.to_owned(), Value::Object(figures.collect::<Result<_, String>>()?));
    }
    let lengths = LENGTHS.map(|tokens| {
        let peak = |recompute| {
            let way = Way { recompute, features: true, tokens, ..Way::of(OFTEN) };
            of(way, 1).map_or_else(|error| json!({"missing": error}), |of| of["peak_memory_bytes"].clone())
        };
        json!({"tokens": tokens, "peak_memory_bytes_recomputed": peak(true), "peak_memory_bytes_kept": peak(false)})
    });
    let peers: Map<String, Value> = ["float32", "bfloat16"]
        .into_iter()
        .map(|precision| {
            let theirs = peer(folder.path(), device, precision, repetitions, peer::LONG).map(|theirs| figures(&theirs));
            (precision.to_owned(), theirs.unwrap_or_else(|error| json!({"missing": error})))
        })
        .collect();
    let ratios: Map<String, Value> = BASES
        .into_iter()
        .map(|base| {
            // Packed weights are held against what the peer is fastest in.
            let theirs = &peers[if base == "float32" { "float32" } else { "bfloat16" }];
            let of = |way: &str| ratio(&ours[base][way], theirs);
            (base.to_owned(), json!({"recomputed": of("recomputed"), "kept": of("kept")}))
        })
        .collect();
    Ok(json!({
        "what": WHAT,
        "tokens": TOKENS,
        "image_tokens": TOKENS / 2,
        "learned_tokens": TOKENS / 4,
        "stored_bytes": weights_bytes,
        "terrasight": ours,
        "memory_by_tokens_in_8_bits": lengths,
        "pytorch_peft": peers,
        "ratio_to_pytorch": ratios,
    }))
}

/// On an adapter: what matters there within [`ON_CARD`], and the peer on the same card. Peak memory is the processor's.
fn on_card(folder: &Path, repetitions: usize, ours: impl Fn(&Way, Duration) -> Result<Value, String>) -> Value {
    let begin = Instant::now();
    let left = || ON_CARD.saturating_sub(begin.elapsed());
    let or_missing = |found: Result<Value, String>| found.unwrap_or_else(|error| json!({"missing": error}));
    let mut report = Map::new();
    report.insert("what".to_owned(), json!(WHAT));
    report.insert("tokens".to_owned(), json!(TOKENS));
    for base in CARD_BASES {
        report.insert(format!("{base}, recomputed"), or_missing(ours(&Way::of(base), left())));
    }
    let theirs = peer(folder, DeviceChoice::Gpu, "bfloat16", repetitions, left()).map(|theirs| figures(&theirs));
    report.insert("pytorch_peft, bfloat16".to_owned(), or_missing(theirs));
    for base in CARD_BASES {
        let kept = Way { recompute: false, ..Way::of(base) };
        report.insert(format!("{base}, kept"), or_missing(ours(&kept, left())));
    }
    Value::Object(report)
}

/// The peer's figures in one precision, or why there are none.
fn peer(
    folder: &Path,
    device: DeviceChoice,
    precision: &str,
    repetitions: usize,
    limit: Duration,
) -> Result<Value, String> {
    let script = folder.join("peer_lora.py");
    fs::write(&script, PEER).map_err(|error| format!("{}: cannot be written ({error})", script.display()))?;
    let mut arguments = vec![folder.display().to_string()];
    arguments.extend([Machine::here().threads, repetitions].map(|number| number.to_string()));
    arguments.extend([precision.to_owned(), peer::device_name(device)]);
    let [height, width] = cells_of(TOKENS / 2);
    let settings = json!({
        "tokens": TOKENS, "learned": TOKENS / 4, "grid": [1, 2 * height, 2 * width], "rank": RANK, "alpha": ALPHA, "rate": RATE,
        "clip": CLIP, "targets": Qwen25Vl::lora_pattern(&LORA_TARGETS.map(str::to_owned)),
    });
    peer::run(&script, &arguments, &settings, limit)
}

/// One side's figures in the form of the report.
fn figures(answer: &Value) -> Value {
    let rounds = answer["rounds"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let seconds = summary(&numbers(rounds, "seconds"));
    let tokens = answer["tokens"].as_f64();
    json!({
        "program": answer["program"],
        "device": answer["device"],
        "precision": answer["precision"],
        "tokens_per_second": seconds["median"].as_f64().zip(tokens).map(|(seconds, tokens)| tokens / seconds),
        "seconds_per_step": seconds,
        "processor_seconds_per_step": summary(&numbers(rounds, "processor_seconds")),
        "peak_memory_bytes": answer["peak_memory_bytes"],
        "peak_device_memory_bytes": answer["peak_device_memory_bytes"],
        "base_memory_bytes": answer["base_memory_bytes"],
        "base_memory_over_weights": answer["base_memory_over_weights"],
        "loss": answer["loss"],
    })
}

/// How many times as fast as the peer, and the share of its memory.
fn ratio(ours: &Value, theirs: &Value) -> Value {
    let over = |ours: &Value, theirs: &Value| Some(ours.as_f64()? / theirs.as_f64()?);
    let memory = over(&ours["peak_memory_bytes"], &theirs["peak_memory_bytes"]);
    json!({"speed": over(&ours["tokens_per_second"], &theirs["tokens_per_second"]), "peak_memory": memory})
}

/// Steps of one way: folder, device, repetitions, base, whether blocks are computed again, whether features are kept, tokens,
/// products.
pub(super) fn inside(arguments: &[String]) -> Result<Value, String> {
    let [folder, choice, repetitions, base, recompute, features, tokens, products] = arguments else {
        return Err("folder, device, repetitions, base, recompute, features, tokens and products are needed".to_owned());
    };
    fn read<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
        text.parse().map_err(|error| format!("{text}: {error}"))
    }
    let (repetitions, tokens): (usize, usize) = (read(repetitions)?, read(tokens)?);
    let kept = if read(recompute)? { Kept::Input } else { Kept::Graph };
    let passes = Passes { kept, dropout: None };
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let folder = Path::new(folder);
    let device = device::open(read::<DeviceChoice>(choice)?).map_err(|error| said(&error))?;
    let products = serde_json::from_value::<Products>(json!(products)).map_err(|error| said(&error))?;
    let device = in_base(device, base)?.with_products(products);
    let before = machine::memory_bytes();
    let mut model = opened(folder, &device)?;
    let base_memory = machine::memory_bytes().zip(before).map(|(after, before)| after.saturating_sub(before));
    let part = LoraPart { rank: RANK, alpha: ALPHA, targets: LORA_TARGETS.map(str::to_owned).to_vec(), seed: 0 };
    model.add_lora(&part);
    let lesson = Lesson::of(&model, folder, tokens)?;
    let at_hand = read::<bool>(features)?.then(|| model.features(&[&lesson.patches])).transpose();
    let at_hand = at_hand.map_err(|error| said(&error))?;
    let mut optimizer = AdamW::with_decay(0.0);
    let (mut rounds, mut loss) = (Vec::new(), 0.0);
    for _ in 0..=repetitions {
        let (wall, processor) = (Instant::now(), super::processor_seconds());
        let features = match &at_hand {
            Some(features) => features.clone(),
            None => model.features(&[&lesson.patches]).map_err(|error| said(&error))?,
        };
        let mut gradient = GradientSum::default();
        let share = lesson.learned.len() as f64;
        let answers = Answers { before: &lesson.before, tokens: &lesson.learned, share };
        let batch = Batch { tokens: &lesson.tokens, real: &lesson.real, pictures: &[&lesson.patches] };
        let learned = model.learn(&batch, features, &answers, passes, &mut |path, layer, gradients| {
            gradient.add_at(path, layer, gradients);
        });
        loss = learned.map_err(|error| said(&error))?;
        let scale = shortening(gradient.norm(), CLIP);
        model = optimizer.step(model, gradient, scale, RATE);
        let processor = super::processor_seconds().zip(processor).map(|(after, before)| after - before);
        rounds.push(json!({"seconds": wall.elapsed().as_secs_f64(), "processor_seconds": processor}));
    }
    // The first round warms caches up and is left out, as in the peer.
    rounds.remove(0);
    let weights = weights_bytes(folder, base)?;
    Ok(json!({
        "program": format!("terrasight {}", env!("CARGO_PKG_VERSION")),
        "device": device.name, "precision": base, "tokens": tokens, "rounds": rounds, "loss": loss,
        "peak_memory_bytes": peak_memory_bytes(), "base_memory_bytes": base_memory,
        "base_memory_over_weights": base_memory.map(|bytes| bytes as f64 / weights as f64),
    }))
}

fn in_base(device: ComputeDevice, base: &str) -> Result<ComputeDevice, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    match base {
        "float32" => Ok(device.in_f32()),
        "bfloat16" => Ok(device),
        packed => {
            let precision: Precision = packed.parse().map_err(|error| said(&error))?;
            Ok(device.with_packing(assets::packing(precision).map_err(|error| said(&error))?))
        }
    }
}

fn opened(folder: &Path, device: &ComputeDevice) -> Result<Qwen25Vl, String> {
    let file = folder.join("config.json");
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let config = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(Qwen25Vl::open_with(folder, &config, &[], device).map_err(|error| error.to_string())?.0)
}

/// Bytes of the weights in such a form, as files have them.
fn weights_bytes(folder: &Path, base: &str) -> Result<u64, String> {
    let stored =
        |file: &Path| fs::metadata(file).map(|file| file.len()).map_err(|error| format!("{}: {error}", file.display()));
    let whole = stored(&folder.join("model.safetensors"));
    match base {
        "float32" => Ok(2 * whole?),
        "bfloat16" => whole,
        packed => {
            let precision: Precision = packed.parse().map_err(|error| format!("{error}"))?;
            let packing = assets::packing(precision).map_err(|error| error.to_string())?;
            let files =
                fs::read_dir(&packing.folder).map_err(|error| format!("{}: {error}", packing.folder.display()))?;
            let is_of_it = |file: &fs::DirEntry| file.file_name().to_string_lossy().contains(packed);
            let file =
                files.flatten().find(is_of_it).ok_or_else(|| format!("no file of {packed} weights was written"))?;
            stored(&file.path())
        }
    }
}

/// A picture's cells down and across that are so many, twice a square at most.
fn cells_of(image_tokens: usize) -> [usize; 2] {
    let down = 1 << (image_tokens.ilog2() / 2);
    [down, image_tokens / down]
}

/// What is learned: a picture, then any words, the last of them an answer.
struct Lesson {
    patches: Patches,
    tokens: Vec<Vec<u32>>,
    real: Vec<std::ops::Range<usize>>,
    before: Vec<usize>,
    learned: Vec<u32>,
}

impl Lesson {
    fn of(model: &Qwen25Vl, folder: &Path, tokens: usize) -> Result<Self, String> {
        let [down, across] = cells_of(tokens / 2).map(|cells| (PIXELS * cells) as u32);
        let processor = ImageProcessor::from_dir(folder).map_err(|error| error.to_string())?;
        let patches = processor.process(&picture(0, (across, down))).map_err(|error| error.to_string())?;
        let word = |place: usize| (place * 7919 % 256) as u32;
        let mut ids: Vec<u32> = (0..tokens).map(word).collect();
        ids[4..4 + patches.merged_tokens].fill(model.config().image_token);
        let first = tokens - tokens / 4;
        Ok(Self {
            patches,
            real: std::iter::once(0..tokens).collect(),
            before: (first - 1..tokens - 1).collect(),
            learned: ids[first..].to_vec(),
            tokens: vec![ids],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_as_many_cells_as_it_should() {
        for (tokens, cells) in [(128, [8, 16]), (256, [16, 16]), (512, [16, 32])] {
            assert_eq!(cells_of(tokens), cells);
        }
    }
}
