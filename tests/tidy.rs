//! The rules of the house that no compiler checks: the order of the rooms, the size of files, and what must not be said.

#[path = "tidy/circles.rs"]
mod circles;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Rooms from the ground floor up; a room uses only rooms in rows before its own (ARCHITECTURE.md, "The rooms").
const ROWS: &[&[&str]] = &[
    &["geo", "picture", "files"],
    &["knowledge"],
    &["street", "dataset"],
    &["model"],
    &["signs", "server"],
    &["locatability", "predict"],
    &["train", "eval"],
    &["hub", "assets"],
    &["worker"],
    &["state"],
    &["words"],
    &["export"],
    &["ui", "app", "cli", "bench"],
];

/// Rooms of one row that may use each other all the same, as ARCHITECTURE.md lists them.
const NEIGHBOURS: &[(&str, &str)] = &[
    ("picture", "geo"),
    ("hub", "assets"),
    ("eval", "train"),
    ("app", "ui"),
    ("ui", "app"),
    ("cli", "app"),
    ("cli", "bench"),
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a source folder is readable") {
            let path = entry.expect("a directory entry is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no Rust files under {}", folder.display());
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn room_of(path: &Path) -> String {
    let inside = path.strip_prefix(source()).expect("the file lies in src");
    let first = inside.components().next().expect("a path has a part").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn row_of(room: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&room))
}

/// The rooms a text names by `crate::room`, grouped imports (`use crate::{a, b::c}`) included.
fn rooms_used(text: &str) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut used = Vec::new();
    for (start, _) in text.match_indices("crate::") {
        let rest = &text[start + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut word, mut at_start) = (1usize, String::new(), true);
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 1 && at_start && is_name(c) {
                    word.push(c);
                } else if !word.is_empty() {
                    used.push(std::mem::take(&mut word));
                    at_start = false;
                }
                if depth == 1 && c == ',' {
                    at_start = true;
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            used.push(rest.chars().take_while(|&c| is_name(c)).collect());
        }
    }
    used
}

#[test]
fn rooms_use_only_rooms_below_them() {
    let mut wrong = Vec::new();
    for path in rust_files(&source()) {
        let room = room_of(&path);
        if room == "lib" || room == "main" {
            continue;
        }
        let Some(row) = row_of(&room) else {
            wrong.push(format!("{}: the room '{room}' stands in no row", path.display()));
            continue;
        };
        for used in rooms_used(&fs::read_to_string(&path).expect("a source file is text")) {
            let allowed = used == room
                || row_of(&used).is_some_and(|below| below < row)
                || NEIGHBOURS.contains(&(room.as_str(), used.as_str()));
            if !allowed && row_of(&used).is_some() {
                wrong.push(format!("{}: {room} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn grouped_and_plain_imports_are_both_seen() {
    let used = rooms_used("use crate::{geo::{LatLon, Cell}, picture::Picture};\nlet x = crate::ui::draw();");
    assert_eq!(used, ["geo", "picture", "ui"]);
}

#[test]
fn burn_and_egui_stay_in_their_rooms() {
    let burn = ["model", "locatability", "predict", "train", "eval", "worker", "bench"];
    let egui = ["ui", "app"];
    for path in rust_files(&source()) {
        let (room, text) = (room_of(&path), fs::read_to_string(&path).expect("a source file is text"));
        assert!(burn.contains(&room.as_str()) || !text.contains("burn::"), "{} names Burn", path.display());
        assert!(egui.contains(&room.as_str()) || !text.contains("egui::"), "{} names egui", path.display());
    }
}

/// Files that multiply tensors: the linear layer, and products in which no weight is.
const PRODUCTS: &[&str] = &[
    "model/linear.rs",
    "model/matrix.rs",
    // The same in training.
    "model/frozen.rs",
    // What adapters add.
    "model/low_rank.rs",
    // Activations by activations.
    "model/attention/mod.rs",
    "model/maskformer/mod.rs",
    // By fixed numbers: interpolation, means over tokens.
    "model/bilinear.rs",
    "model/bert.rs",
    // What a device computes is held against the CPU.
    "model/golden.rs",
    "model/gpu/tests.rs",
];

/// Files that hold two-dimensional weights themselves: the linear layer, and tables that are only added.
const MATRICES: &[&str] =
    &["model/matrix.rs", "model/low_rank.rs", "model/bert.rs", "model/clip/text.rs", "model/clip/vision.rs"];

#[test]
fn only_the_linear_layer_multiplies_by_a_weight() {
    for path in rust_files(&source()) {
        let text = fs::read_to_string(&path).expect("a source file is text");
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let inside = path.strip_prefix(source()).expect("the file lies in src").to_string_lossy().replace('\\', "/");
        let may = |files: &[&str]| files.contains(&inside.as_str());
        assert!(may(PRODUCTS) || !code.contains(".matmul("), "{inside} multiplies: take a layer from `source.linear`");
        assert!(may(MATRICES) || !code.contains("Param<Tensor<2>>"), "{inside} holds a weight of its own");
    }
}

#[test]
fn files_are_short_and_open_with_what_they_are_for() {
    for path in rust_files(&source()) {
        let text = fs::read_to_string(&path).expect("a source file is text");
        let n_lines = text.lines().count();
        assert!(n_lines <= 500, "{} has {n_lines} lines, more than 500", path.display());
        assert!(text.starts_with("//!"), "{} does not open with what it is for", path.display());
    }
}

#[test]
fn no_files_use_one_another_in_a_circle() {
    let circles = circles::circles(&source(), &rust_files(&source()));
    assert!(circles.is_empty(), "files use one another in a circle: {circles:#?}");
}

#[test]
fn no_room_is_named_for_nothing() {
    for path in rust_files(&source()) {
        let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        assert!(
            !["utils", "util", "helper", "helpers", "manager", "misc", "common"].contains(&name.as_str()),
            "{name}.rs"
        );
    }
}
