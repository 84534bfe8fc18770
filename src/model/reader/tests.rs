//! Parity with onnxruntime on the released networks (`tests/reference/reader.py`) and with PyTorch on those trained here
//! (`training/reader/settle.py`), and reading whole pictures.

use std::path::PathBuf;

use image::{RgbImage, imageops};
use safetensors::SafeTensors;
use serde_json::Value;

use super::line::likeliest;
use super::*;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn reference(name: &str) -> PathBuf {
    root().join("tests/reference/reader").join(name)
}

fn reader() -> Reader {
    Reader::open(&root().join("assets/reader"), &ComputeDevice::cpu()).unwrap()
}

fn picture(name: &str) -> RgbImage {
    image::open(reference(name)).unwrap().to_rgb8()
}

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(reference("reader.expected.json")).unwrap()).unwrap()
}

fn numbers(file: &[u8], name: &str) -> Vec<f32> {
    let tensors = SafeTensors::deserialize(file).unwrap();
    let bytes = tensors.tensor(name).unwrap().data().as_chunks::<4>().0.to_vec();
    bytes.into_iter().map(f32::from_le_bytes).collect()
}

#[test]
fn the_detectors_map_is_onnxruntimes() {
    let (reader, signs) = (reader(), picture("signs.png"));
    let (map, scale) = reader.map(&signs, 1.0).unwrap();
    assert_eq!(scale, [1.0; 2]);
    let file = std::fs::read(reference("reader.expected.safetensors")).unwrap();
    let step = expected()["step"].as_u64().unwrap() as usize;
    let places = (0..map.height).step_by(step).flat_map(|row| (0..map.width).step_by(step).map(move |x| (row, x)));
    let right = numbers(&file, "signs");
    assert_eq!(places.clone().count(), right.len());
    let difference = places.zip(&right).map(|((row, x), right)| (map.values[row * map.width + x] - right).abs());
    let worst = difference.fold(0.0, f32::max);
    assert!(worst < 1e-3, "{worst}");
}

#[test]
fn the_recognisers_probabilities_are_onnxruntimes() {
    let reader = reader();
    let file = std::fs::read(reference("reader.expected.safetensors")).unwrap();
    for (name, text) in expected()["lines"].as_object().unwrap() {
        let line = picture(&format!("{name}.png"));
        let blocks = reader.recogniser.see(reader.pixels(&line, line.width()), &[recogniser::LAST]);
        let scores = reader.values(|| reader.recogniser.read(blocks.last().unwrap().clone())).unwrap();
        let found: Vec<_> = scores.chunks_exact(reader.recogniser.characters().len() + 1).map(likeliest).collect();
        let classes: Vec<f32> = found.iter().map(|(class, _)| *class as f32).collect();
        assert_eq!(classes, numbers(&file, &format!("{name}.classes")), "{name}");
        let right = numbers(&file, &format!("{name}.probabilities"));
        let worst = found.iter().zip(&right).map(|((_, p), right)| (p - right).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-3, "{name}: {worst}");
        assert_eq!(Line::from_scores(&scores, reader.recogniser.characters()).text, text.as_str().unwrap());
    }
}

#[track_caller]
fn check_signs(picture: &RgbImage) {
    let readings = reader().read(picture).unwrap();
    let texts: Vec<&str> = readings.iter().map(|reading| reading.text.as_str()).collect();
    let document = expected();
    let right: Vec<&str> = document["signs"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(texts, right);
    assert!(readings.iter().all(|reading| reading.score > 0.8), "{readings:?}");
}

#[test]
fn signs_are_read_from_top_to_bottom() {
    check_signs(&picture("signs.png"));
}

#[test]
fn signs_upside_down_are_read_all_the_same() {
    let readings = reader().read(&imageops::rotate180(&picture("signs.png"))).unwrap();
    let texts: Vec<&str> = readings.iter().rev().map(|reading| reading.text.as_str()).collect();
    assert_eq!(texts, ["Apotheke", "BAHNHOF 250 m", "Rue de la Gare"]);
}

#[test]
fn turned_signs_are_read_all_the_same() {
    for turned in [imageops::rotate90(&picture("signs.png")), imageops::rotate270(&picture("signs.png"))] {
        let readings = reader().read(&turned).unwrap();
        assert!(readings.iter().any(|reading| reading.text == "Apotheke"), "{readings:?}");
    }
}

#[test]
fn small_letters_in_a_large_picture_are_found_by_the_closer_look() {
    let mut large = RgbImage::from_pixel(4000, 3000, image::Rgb([124, 138, 148]));
    imageops::replace(&mut large, &picture("signs.png"), 2900, 1900);
    let readings = reader().read(&large).unwrap();
    let texts: Vec<&str> = readings.iter().map(|reading| reading.text.as_str()).collect();
    assert_eq!(texts, ["Apotheke", "BAHNHOF 250 m", "Rue de la Gare"]);
    assert!(readings.iter().flat_map(|reading| reading.quad).all(|[x, y]| x > 2890.0 && y > 1890.0), "{readings:?}");
}

#[test]
fn a_picture_without_text_and_one_without_pixels_say_nothing() {
    let grey = RgbImage::from_pixel(300, 200, image::Rgb([90, 120, 90]));
    assert!(reader().read(&grey).unwrap().is_empty());
    assert!(reader().read(&RgbImage::new(0, 5)).unwrap().is_empty());
    assert!(reader().read(&RgbImage::new(1, 1)).unwrap().is_empty());
}

#[test]
fn a_folder_without_the_networks_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let Err(error) = Reader::open(folder.path(), &ComputeDevice::cpu()) else { panic!("an empty folder was opened") };
    assert!(error.to_string().contains("characters.txt"), "{error}");
    std::fs::write(folder.path().join("characters.txt"), "a\nb").unwrap();
    let Err(error) = Reader::open(folder.path(), &ComputeDevice::cpu()) else { panic!("there are no networks") };
    assert!(
        error.to_string().contains(&folder.path().join("recognition.safetensors").display().to_string()),
        "{error}"
    );
}

#[test]
fn the_scripts_scores_are_pytorchs() {
    let reader = reader();
    let sheet = picture("scripts.png");
    let expected: Value = serde_json::from_slice(&std::fs::read(reference("scripts.expected.json")).unwrap()).unwrap();
    for (row, right) in expected.as_array().unwrap().iter().enumerate() {
        let width = right["width"].as_u64().unwrap() as u32;
        let line = imageops::crop_imm(&sheet, 0, 48 * row as u32, width, 48).to_image();
        let (_, scores) = reader.read_line(&line).unwrap();
        let right_scores = right["scores"].as_array().unwrap().iter().map(|score| score.as_f64().unwrap() as f32);
        let worst = scores.iter().zip(right_scores).map(|(score, right)| (score - right).abs()).fold(0.0, f32::max);
        assert!(worst < 2e-3, "{}: {worst}", right["class"]);
    }
}

#[test]
fn the_second_recognisers_probabilities_are_pytorchs() {
    let reader = reader();
    let sheet = picture("second.png");
    let expected: Value = serde_json::from_slice(&std::fs::read(reference("second.expected.json")).unwrap()).unwrap();
    for (row, right) in expected.as_array().unwrap().iter().enumerate() {
        let width = right["width"].as_u64().unwrap() as u32;
        let line = imageops::crop_imm(&sheet, 0, 48 * row as u32, width, 48).to_image();
        let blocks = reader.second.see(reader.line_pixels(&line), &[recogniser::LAST]);
        let scores = reader.values(|| reader.second.read(blocks.last().unwrap().clone())).unwrap();
        let found = scores.chunks_exact(reader.second.characters().len() + 1).map(likeliest);
        let columns = right["classes"].as_array().unwrap().iter().zip(right["probabilities"].as_array().unwrap());
        for ((class, probability), (right_class, right_probability)) in found.zip(columns) {
            assert_eq!(class as u64, right_class.as_u64().unwrap(), "{}", right["text"]);
            assert!((probability - right_probability.as_f64().unwrap() as f32).abs() < 1e-3, "{}", right["text"]);
        }
        assert_eq!(reader.read_second(&line).unwrap().text, right["read"].as_str().unwrap());
    }
}

#[test]
fn a_script_of_the_second_recogniser_is_told_with_its_text_where_that_is_sure() {
    let line = |text: &str, score| Line { text: text.to_owned(), score };
    let told = |second| {
        let judgement = Judgement::sure_of(Script::Cyrillic, 0.97);
        told(line("AITTEKA", 0.7), Some(second), judgement, [[0.0; 2]; 4]).unwrap()
    };
    let read = told(line("АПТЕКА", 0.9));
    assert_eq!((read.text.as_str(), read.score, read.script), ("АПТЕКА", 0.9, Some(Script::Cyrillic)));
    let unread = told(line("АПТЕКА", 0.3));
    assert_eq!((unread.text.as_str(), unread.score, unread.script), ("", 0.0, Some(Script::Cyrillic)));
    assert_eq!(told(line("", 0.0)).text, "");
}

#[test]
fn what_is_likelier_no_text_or_not_read_counts_only_where_it_is_very_sure() {
    let line = |text: &str, score| Line { text: text.to_owned(), score };
    let text =
        |text: &str, score, judgement| told(line(text, score), None, judgement, [[0.0; 2]; 4]).map(|read| read.text);
    let unsure = |no_text, readable| Judgement { script: None, no_text, readable };
    for (judgement, least) in [(unsure(0.1, 0.9), 0.5), (unsure(0.6, 0.9), 0.95), (unsure(0.1, 0.4), 0.95)] {
        assert_eq!(text("EXIT", least, judgement).as_deref(), Some("EXIT"));
        assert_eq!(text("EXIT", least - 0.01, judgement), None);
    }
    assert_eq!(text("口", 0.89, unsure(0.1, 0.9)), None, "a window looks like one letter");
    assert_eq!(text("口", 0.9, unsure(0.1, 0.9)).as_deref(), Some("口"));
    assert_eq!(text(" ", 1.0, unsure(0.1, 0.9)), None);
}

#[test]
fn capitals_that_alphabets_share_tell_no_script() {
    let line = |text: &str, score| Line { text: text.to_owned(), score };
    let borne_out = |script, text: &str, score| is_borne_out(script, &line("", 0.0), Some(&line(text, score)));
    assert!(!borne_out(Script::Cyrillic, "PECTOPAH 5", 0.99));
    assert!(!borne_out(Script::Greek, "EXIT", 0.99));
    assert!(borne_out(Script::Greek, "E\u{39e}O\u{394}O\u{3a3}", 0.99));
    assert!(borne_out(Script::Cyrillic, "XAEB", 0.8) && borne_out(Script::Hangul, "EXIT", 0.99));
    let latin = |text: &str, score| is_borne_out(Script::Latin, &line(text, score), None);
    assert!(latin("EXIT", 0.99) && latin("E\u{39e}O", 0.8) && !latin("E\u{39e}O", 0.99));
}

/// Writes what `training/reader/parity.py` gives to onnxruntime: each line that is cut out of the pictures in the folder
/// READER_PICTURES as a PNG in READER_LINES, what it is read as, and whether that is given out.
#[test]
#[ignore = "writes files for a script; needs READER_PICTURES and READER_LINES"]
fn lines_are_written_out_with_their_texts() {
    // All tests that are ignored are run together, and this one has nothing to do without its folders.
    let folder = |name: &str| std::env::var(name).map(PathBuf::from);
    let (Ok(pictures), Ok(lines)) = (folder("READER_PICTURES"), folder("READER_LINES")) else { return };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(pictures).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "png" || extension == "jpg"));
    paths.sort();
    let reader = reader();
    let mut texts = Vec::new();
    for path in paths {
        let picture = image::open(&path).unwrap().to_rgb8();
        for found in reader.find(&picture).unwrap() {
            let [width, height] = sides(&found.quad);
            let given = reader.read_box(&picture, &found).unwrap().map(|reading| reading.text);
            for way in Way::of(width, height) {
                let line = way.line(&picture, &found.quad);
                line.save(lines.join(format!("{}.png", texts.len()))).unwrap();
                let text = reader.read_line(&line).unwrap().0.text;
                let is_given = !text.is_empty() && given.as_ref() == Some(&text);
                texts.push(serde_json::json!({ "text": text, "given": is_given }));
            }
        }
    }
    std::fs::write(lines.join("texts.json"), serde_json::to_vec(&texts).unwrap()).unwrap();
}
