//! Pictures a second: decoding with resizing, the starter segmenter and network, and released shapes with random weights;
//! beside PyTorch on the same files, and beside fast JPEG decoders.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use image::{RgbImage, codecs::jpeg::JpegEncoder};
use serde_json::{Map, Value, json};

use crate::{
    assets,
    knowledge::ade20k::{self, ClassWeights},
    locatability::{Judge, LocatabilityNetwork},
    model::{Clip, ComputeDevice, DeviceChoice, device},
    picture::{Picture, resample},
    street,
};

use super::{Machine, Scratch, ask, peak_memory_bytes, peer, summary};

/// Photographs to decode: as many, of this size in pixels and this JPEG quality.
const PHOTOS: usize = 16;
const PHOTO_SIZE: (u32, u32) = (1600, 1200);
const QUALITY: u8 = 90;
/// Where the seeds of the streets on them begin.
const FIRST_SEED: u64 = 710_000;
/// What is left of a photograph's longer side.
const SIDE: u32 = 256;

/// The peer's program; the built binary carries it, since it may run outside the checkout.
const SCRIPT: &str = include_str!("../../benches/peer_locatability.py");

/// A model that is measured: how many pictures at once, and their size in the network.
struct Subject {
    name: &'static str,
    kind: &'static str,
    batch: usize,
    size: (u32, u32),
}

/// The starters first: they need no peer to write them.
const SUBJECTS: [Subject; 5] = [
    Subject { name: "starter segmenter", kind: "segformer", batch: 8, size: (256, 192) },
    Subject { name: "starter network", kind: "clip", batch: 8, size: (112, 112) },
    Subject { name: "segformer-b0", kind: "segformer", batch: 1, size: (512, 512) },
    Subject { name: "maskformer-swin-base", kind: "maskformer", batch: 1, size: (864, 640) },
    Subject { name: "clip-vit-large", kind: "clip", batch: 1, size: (224, 224) },
];

/// Ours and the peers', one after the other.
pub(super) fn measure(program: &Path, device: DeviceChoice, repetitions: usize) -> Result<Value, String> {
    let folder = Scratch::new("locatability")?;
    let photos = write_photos(folder.path())?;
    let script = folder.path().join("peer_locatability.py");
    fs::write(&script, SCRIPT).map_err(|error| format!("{}: cannot be written ({error})", script.display()))?;
    let names: Vec<&str> = ade20k::classes().iter().map(|class| class.name.as_str()).collect();
    let written =
        peer::run(&script, &["checkpoints".to_owned(), folder.path().display().to_string()], &json!(names), peer::LONG);
    let arguments = [folder.path().display().to_string(), device.to_string(), repetitions.to_string()];
    let ours = ask(program, "locatability", &arguments)?;
    let models: Vec<Value> = SUBJECTS.iter().filter_map(|subject| task(subject, folder.path())).collect();
    let task = json!({"models": models, "pictures": photos, "side": SIDE});
    let arguments = ["measure".to_owned(), Machine::here().threads.to_string(), repetitions.to_string()];
    let theirs = written.and_then(|_| peer::run(&script, &arguments, &task, peer::LONG));
    let ratios: Map<String, Value> = SUBJECTS
        .iter()
        .filter_map(|subject| {
            let theirs = theirs.as_ref().ok()?["models"][subject.name].as_f64()?;
            Some((subject.name.to_owned(), json!(ours[subject.name]["median"].as_f64()? / theirs)))
        })
        .collect();
    Ok(json!({
        "what": "pictures a second; ours from decoded pictures to scores (resizing, network, label map, sum) or vectors, the \
                 peer's the network alone; decoding: JPEG of 1600 x 1200 from the disk to 256 on the longer side, one thread",
        "terrasight": ours,
        "peers": theirs.unwrap_or_else(|error| json!({"missing": error})),
        "ratio_to_pytorch": ratios,
    }))
}

/// Our side.
pub(super) fn inside(arguments: &[String]) -> Result<Value, String> {
    let [folder, choice, repetitions] = arguments else {
        return Err("folder, device and repetitions are needed".to_owned());
    };
    let folder = Path::new(folder);
    let choice: DeviceChoice = choice.parse().map_err(|error| format!("{error}"))?;
    let repetitions: usize = repetitions.parse().map_err(|error| format!("{repetitions}: {error}"))?;
    let device = device::open(choice).map_err(|error| error.to_string())?;
    let mut report = Map::new();
    report.insert("device".to_owned(), json!(device.name));
    let photos: Vec<PathBuf> = (0..PHOTOS).map(|at| photo(folder, at)).collect();
    report.insert("decoding and resizing".to_owned(), rate(repetitions, photos.len(), || decode(&photos))?);
    for subject in &SUBJECTS {
        let Some(folder) = model_folder(subject, folder) else { continue };
        let forward = open(subject, &folder, &device)?;
        let (width, height) = subject.size;
        let pictures: Vec<RgbImage> = (0..subject.batch).map(|at| pattern(width, height, at as u32)).collect();
        let pictures: Vec<&RgbImage> = pictures.iter().collect();
        report.insert(subject.name.to_owned(), rate(repetitions, subject.batch, || forward(&pictures))?);
    }
    report.insert("peak_memory_bytes".to_owned(), json!(peak_memory_bytes()));
    Ok(Value::Object(report))
}

/// What one round of a model does.
type Forward = Box<dyn Fn(&[&RgbImage]) -> Result<(), String>>;

fn open(subject: &Subject, folder: &Path, device: &ComputeDevice) -> Result<Forward, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    if subject.name == "starter network" {
        let network = LocatabilityNetwork::open(folder, device).map_err(|error| said(&error))?;
        return Ok(Box::new(move |pictures| network.predict(pictures).map(drop).map_err(|error| error.to_string())));
    }
    if subject.kind == "clip" {
        let clip = Clip::open(folder, device).map_err(|error| said(&error))?;
        return Ok(Box::new(move |pictures| {
            clip.embed_pictures(pictures).map(drop).map_err(|error| error.to_string())
        }));
    }
    let judge = Judge::open(folder, device, ClassWeights::default()).map_err(|error| said(&error))?;
    Ok(Box::new(move |pictures| judge.judge_many(pictures).map(drop).map_err(|error| error.to_string())))
}

/// Rounds of so many pictures, the first left out, as pictures a second.
fn rate(repetitions: usize, pictures: usize, work: impl Fn() -> Result<(), String>) -> Result<Value, String> {
    let mut rates = Vec::new();
    for _ in 0..=repetitions {
        let start = Instant::now();
        work()?;
        rates.push(pictures as f64 / start.elapsed().as_secs_f64());
    }
    Ok(summary(&rates[1..]))
}

fn decode(photos: &[PathBuf]) -> Result<(), String> {
    for photo in photos {
        let picture = Picture::open(photo).map_err(|error| error.to_string())?;
        let (width, height) = picture.pixels.dimensions();
        std::hint::black_box(resample::shrunk(&picture.pixels, SIDE, SIDE * height / width));
    }
    Ok(())
}

/// Where a subject's model is; none where the peer wrote none.
fn model_folder(subject: &Subject, folder: &Path) -> Option<PathBuf> {
    match subject.name {
        "starter segmenter" => assets::segmenter_folder().ok(),
        "starter network" => assets::network_folder().ok(),
        name => Some(folder.join(name)).filter(|folder| folder.join("config.json").is_file()),
    }
}

fn task(subject: &Subject, folder: &Path) -> Option<Value> {
    let (width, height) = subject.size;
    let folder = model_folder(subject, folder)?;
    Some(json!({
        "name": subject.name, "kind": subject.kind, "folder": folder, "batch": subject.batch, "width": width,
        "height": height,
    }))
}

fn photo(folder: &Path, at: usize) -> PathBuf {
    folder.join(format!("photo {at}.jpg"))
}

/// Drawn streets blown up to a photograph's size.
fn write_photos(folder: &Path) -> Result<Vec<PathBuf>, String> {
    (0..PHOTOS)
        .map(|at| {
            let street = street::draw(FIRST_SEED + at as u64);
            let large = resample::resize(&street.pixels, PHOTO_SIZE.0, PHOTO_SIZE.1, resample::Filter::Bicubic);
            let mut jpeg = Vec::new();
            let encoded = JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&large);
            encoded.map_err(|error| format!("a photograph cannot be encoded ({error})"))?;
            let path = photo(folder, at);
            fs::write(&path, jpeg).map_err(|error| format!("{}: cannot be written ({error})", path.display()))?;
            Ok(path)
        })
        .collect()
}

/// Edges in both directions; what it shows plays no part.
fn pattern(width: u32, height: u32, at: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| image::Rgb([(x + at) as u8, (y * 2) as u8, ((x ^ y) & 255) as u8]))
}
