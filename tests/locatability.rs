//! `terrasight locatability` as a user runs it, on the shipped samples with the shipped starters.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use terrasight::{assets, knowledge::ade20k};

fn terrasight(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrasight"));
    command.args(["locatability", "--device", "cpu"]).args(arguments);
    command.env("TERRASIGHT_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("locatability-home"));
    command.output().expect("the program can be run")
}

/// A folder with the shipped samples and a file that is no picture.
fn samples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for sample in assets::samples() {
        fs::write(folder.path().join(sample.name), sample.bytes).expect("the sample can be written");
    }
    fs::write(folder.path().join("words.jpg"), "no picture").expect("the file can be written");
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

#[test]
fn each_picture_has_a_score_that_its_parts_add_up_to() {
    let (folder, heatmaps) = (samples(), tempfile::tempdir().expect("a folder can be made"));
    let output = terrasight(&[text(folder.path()), "--format", "json", "--heatmap", text(heatmaps.path())]);
    assert_eq!(output.status.code(), Some(1), "one of them is no picture");
    assert!(String::from_utf8_lossy(&output.stderr).contains("words.jpg"));
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).expect("the output is JSON");
    assert_eq!(list.len(), assets::samples().len() + 1);
    for entry in &list[..assets::samples().len()] {
        let score = entry["locatability"].as_f64().expect("there is a score");
        let classes = entry["classes"].as_array().expect("there are classes");
        let number = |class: &Value, name: &str| class[name].as_f64().expect("there is a number");
        let sum: f64 = classes.iter().map(|class| number(class, "share") * number(class, "weight")).sum();
        assert!((score - sum).abs() < 1e-9 && (0.2..0.8).contains(&score), "{entry}");
        let contributions: Vec<f64> = classes.iter().map(|class| number(class, "contribution")).collect();
        assert!(contributions.is_sorted_by(|a, b| a >= b));
    }
    assert!(list[assets::samples().len()]["error"].is_string());
    let painted: Vec<PathBuf> =
        fs::read_dir(heatmaps.path()).expect("there are heatmaps").map(|file| file.expect("a file").path()).collect();
    assert_eq!(painted.len(), assets::samples().len());
    let picture = image::open(&painted[0]).expect("a heatmap is a picture");
    assert_eq!((picture.width(), picture.height()), (448, 336));
}

#[test]
fn the_network_agrees_with_the_segmenter_and_tables_have_a_row_a_picture() {
    let folder = samples();
    fs::remove_file(folder.path().join("words.jpg")).expect("the file is there");
    let scores = |arguments: &[&str], columns: usize| -> Vec<f64> {
        let output = terrasight(&[&[text(folder.path())], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut table = csv::Reader::from_reader(output.stdout.as_slice());
        let rows: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a row")).collect();
        assert!(rows.iter().all(|row| row.len() == columns));
        rows.iter().map(|row| row[1].parse().expect("the second column is the score")).collect()
    };
    let by_segmenter = scores(&[], 2 + ade20k::CLASSES);
    let by_network = scores(&["--network", "starter"], 2);
    assert_eq!(by_segmenter.len(), assets::samples().len());
    for (segmenter, network) in by_segmenter.iter().zip(&by_network) {
        assert!((segmenter - network).abs() < 0.06, "{segmenter} and {network}");
    }
}

#[test]
fn a_folder_without_a_segmenter_is_named() {
    let empty = tempfile::tempdir().expect("a folder can be made");
    let output = terrasight(&["picture.jpg", "--segmenter", text(empty.path())]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("config.json") && said.lines().count() == 1, "{said}");
}
