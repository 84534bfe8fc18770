//! What rests on vectors, as a user runs it: `embed`, `derive-weights`, and a locatability network that is trained, opened
//! again and asked.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use image::{Rgb, RgbImage};
use serde_json::Value;
use terrasight::{
    knowledge::ade20k::{ClassWeights, classes},
    locatability::LocatabilityNetwork,
    model::{Clip, ComputeDevice},
};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_terrasight"))
        .args(arguments)
        .current_dir(folder)
        .env("TERRASIGHT_HOME", folder.join("home"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Exit code 1 and one line on standard error with all of these parts.
#[track_caller]
fn check_refused(output: &Output, parts: &[&str]) {
    let line = text(&output.stderr);
    assert_eq!((output.status.code(), line.lines().count()), (Some(1), 1), "{line}");
    for part in parts {
        assert!(line.contains(part), "'{line}' does not say '{part}'");
    }
}

fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn rows(output: &Output) -> Vec<Option<Vec<f32>>> {
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    serde_json::from_value(answer["vectors"].clone()).unwrap()
}

/// A picture of one brightness, with a little more in it.
fn picture(brightness: u8) -> RgbImage {
    RgbImage::from_fn(48, 40, |x, y| {
        Rgb([brightness, brightness / 2 + (x % 16) as u8, 255 - brightness + (y % 2) as u8])
    })
}

#[test]
fn embed_prints_a_vector_for_each_picture_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = [picture(10), picture(200)];
    pictures[0].save(folder.path().join("dark.png")).unwrap();
    pictures[1].save(folder.path().join("bright.png")).unwrap();
    fs::write(folder.path().join("broken.png"), "no picture").unwrap();
    let model = reference("clip/vision");
    let embed = |images: &[&str]| {
        let start = ["embed", "--device", "cpu", "--model", name(&model), "--image"];
        run(folder.path(), &[&start, images].concat())
    };
    let output = embed(&["dark.png", "bright.png"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let expected = Clip::open(&model, &ComputeDevice::cpu()).unwrap();
    let expected = expected.embed_pictures(&[&pictures[0], &pictures[1]]).unwrap();
    for (found, expected) in rows(&output).iter().zip(&expected) {
        assert!(found.as_ref().unwrap().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    // One that fails fails alone.
    let output = embed(&["dark.png", "broken.png", "bright.png"]);
    check_refused(&output, &["terrasight: broken.png", "not a picture"]);
    let found: Vec<bool> = rows(&output).iter().map(Option::is_some).collect();
    assert_eq!(found, [true, false, true]);
    RgbImage::new(2010, 10).save(folder.path().join("narrow.png")).unwrap();
    let output = embed(&["narrow.png", "bright.png"]);
    check_refused(&output, &["narrow.png: a picture of 2010 x 10 is too narrow"]);
    assert!(rows(&output)[1].is_some());
}

#[test]
fn embed_reads_texts_and_says_what_a_model_does_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let (both, sentences) = (reference("clip/released"), reference("bert/plain"));
    for (model, width) in [(&both, 20), (&sentences, 32)] {
        let texts = ["yellow plates", "wooden poles", "yellow plates"];
        let output =
            run(folder.path(), &[&["embed", "--model", name(model), "--device", "cpu", "--text"], &texts[..]].concat());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
        let rows = rows(&output);
        assert!(rows.iter().all(|row| row.as_ref().unwrap().len() == width));
        let apart = |a: usize, b: usize| {
            let (a, b) = (rows[a].as_ref().unwrap(), rows[b].as_ref().unwrap());
            a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        };
        assert!(apart(0, 2) < 1e-5 && apart(0, 1) > 1e-2);
    }
    picture(9).save(folder.path().join("a.png")).unwrap();
    let arguments = ["embed", "--device", "cpu", "--image", "a.png", "a.png", "--model", name(&sentences)];
    check_refused(&run(folder.path(), &arguments), &["plain reads texts and no pictures"]);
    let model = reference("qwen2_5_vl/untied");
    let output = run(folder.path(), &["embed", "--device", "cpu", "--text", "a", "--model", name(&model)]);
    check_refused(&output, &["config.json", "Qwen2_5_VLForConditionalGeneration", "CLIPModel"]);
}

#[test]
fn weights_are_derived_from_clues_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let clues = "Bollards are white with a red band.\nThe road has yellow lines.\nPalm trees stand beside the road.\n";
    fs::write(folder.path().join("clues.txt"), clues).unwrap();
    let encoder = reference("bert/plain");
    let derive = |more: &[&str]| {
        let start = ["derive-weights", "--device", "cpu", "--encoder", name(&encoder)];
        run(folder.path(), &[&start, more].concat())
    };
    let output = derive(&["clues.txt", "--threshold", "0.1", "--out", "weights.csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).starts_with("rank correlation with the published weights, 3 clues: "));
    let table = text(&output.stdout);
    assert_eq!(table.lines().count(), 151);
    assert!(table.starts_with("class,published,derived,published_rank,derived_rank\nwall,0.1087"), "{table}");
    let weights = ClassWeights::read(&folder.path().join("weights.csv")).unwrap();
    assert_eq!(weights.values().iter().copied().fold(0.0, f64::max), 1.0);

    let output = derive(&["clues.txt", "--threshold", "0.1", "--format", "json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["clues"], &answer["encoder"]), (&3.into(), &"plain".into()));
    assert!(answer["spearman"].is_f64());
    for (class, weight) in answer["classes"].as_array().unwrap().iter().zip(weights.values()) {
        assert!((class["derived"].as_f64().unwrap() - weight).abs() < 1e-12);
    }
    assert_eq!(answer["classes"][6]["class"], classes()[6].name.as_str());

    fs::write(folder.path().join("wrong.csv"), "country,hint\nFrance,bollards\n").unwrap();
    check_refused(&derive(&["wrong.csv"]), &["wrong.csv", "no column 'clue' or 'text' (it has: country, hint)"]);
    check_refused(&derive(&["clues.txt", "--threshold", "1"]), &["no class name is more similar than 1"]);
    check_refused(&derive(&["clues.txt", "--out", "no/weights.csv", "--threshold", "0"]), &["no/weights.csv"]);
}

/// Sixty pictures whose locatability is their brightness, and one that is not there.
fn scored(folder: &Path) {
    let mut table = String::from("path,locatability,wall\n");
    for index in 0..60u8 {
        picture(4 * index).save(folder.join(format!("{index}.png"))).unwrap();
        table += &format!("{index}.png,{},0\n", f64::from(index) / 60.0);
    }
    fs::write(folder.join("scores.csv"), table + "gone.png,0.5,0\nfailed.png,,\n").unwrap();
}

#[test]
fn a_network_is_trained_opened_and_asked() {
    let folder = tempfile::tempdir().unwrap();
    scored(folder.path());
    let tower = reference("clip/vision");
    let config = format!(
        "[locatability_network]\ntower = {tower:?}\ndata = [\"scores.csv\"]\nout = \"run\"\nsteps = 300\nbatch = 16\n\
         hidden = 16\nlearning_rate = 1e-2\nseed = 3\ndevice = \"cpu\"\n"
    );
    fs::write(folder.path().join("train.toml"), config).unwrap();
    let output = run(folder.path(), &["train", "train.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("gone.png"), "what is left out is said");
    assert!(text(&output.stdout).contains("6 pictures that had no part in it"), "{}", text(&output.stdout));

    let network = LocatabilityNetwork::open(&folder.path().join("run/network"), &ComputeDevice::cpu()).unwrap();
    let pictures = [picture(20), picture(120), picture(220)];
    let scores = network.predict(&pictures.iter().collect::<Vec<_>>()).unwrap();
    assert!(scores[0] + 0.2 < scores[1] && scores[1] + 0.2 < scores[2], "{scores:?}");
    assert!(network.held_out().spearman.unwrap() > 0.9, "{:?}", network.held_out());
    assert!(network.predict(&[]).unwrap().is_empty());
    let again = network.predict(&[&pictures[1]]).unwrap();
    assert!((again[0] - scores[1]).abs() < 1e-5);

    check_refused(&run(folder.path(), &["train", "train.toml"]), &["holds a locatability network already", "'out'"]);
    check_refused(&run(folder.path(), &["train", "train.toml", "--resume"]), &["in one go"]);
}

#[test]
fn a_head_is_not_used_with_another_tower() {
    let folder = tempfile::tempdir().unwrap();
    scored(folder.path());
    let tower = folder.path().join("tower");
    fs::create_dir(&tower).unwrap();
    for file in ["config.json", "preprocessor_config.json", "model.safetensors"] {
        fs::copy(reference("clip/vision").join(file), tower.join(file)).unwrap();
    }
    let config = "[locatability_network]\ntower = \"tower\"\ndata = [\"scores.csv\"]\nout = \"run\"\nsteps = 3\n";
    fs::write(folder.path().join("train.toml"), config).unwrap();
    let output = run(folder.path(), &["train", "train.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let network = folder.path().join("run/network");
    let open = || LocatabilityNetwork::open(&network, &ComputeDevice::cpu()).map_err(|error| error.to_string());
    open().unwrap();

    // Other weights of the same shape: the projection's first number becomes a large one.
    let file = tower.join("model.safetensors");
    let mut bytes = fs::read(&file).unwrap();
    let (header, metadata) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let start = 8 + header + metadata.info("visual_projection.weight").unwrap().data_offsets.0;
    bytes[start..start + 4].copy_from_slice(&9.0f32.to_le_bytes());
    fs::write(&file, bytes).unwrap();
    assert!(open().unwrap_err().contains("trained on another CLIP"));
    // A head beside a tower takes that one.
    for file in ["config.json", "preprocessor_config.json", "model.safetensors"] {
        fs::copy(reference("clip/vision").join(file), network.join(file)).unwrap();
    }
    open().unwrap();

    let facts = network.join("locatability_head.json");
    let text = fs::read_to_string(&facts).unwrap();
    fs::write(&facts, text.replace("\"width\": 12", "\"width\": 13")).unwrap();
    assert!(open().unwrap_err().contains("'hidden.weight' has shape [128, 12]"));
    fs::write(&facts, "{").unwrap();
    assert!(open().unwrap_err().contains("locatability_head.json is damaged"));
    fs::remove_file(network.join("locatability_head.safetensors")).unwrap();
    fs::write(&facts, text).unwrap();
    assert!(open().unwrap_err().contains("locatability_head.safetensors is missing"));
    fs::remove_file(&facts).unwrap();
    assert!(open().unwrap_err().contains("locatability_head.json is missing"));
}
