//! The program itself is killed while it trains, and goes on as if it had not been.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

use serde_json::Value;
use terrasight::train::{LogLine, read_log, state_in};

use super::{Recipe, run::Run};

const SIGKILL: i32 = 9;
const SIGXFSZ: i32 = 25;

/// More steps than a kill can come late by, most likely; one that comes later still says nothing and is tried again.
const STEPS: u64 = 40;

/// A run of which everything that chance decides is drawn as it goes: the order, the hints, and when they are wrong.
fn recipe() -> Recipe {
    Recipe::tiny()
        .with("stage = \"location\"", "stage = \"correction\"")
        .with("streets = { seed = 40, count = 8 }", "sources = [\"streets\"]")
        .with("steps = 6", &format!("steps = {STEPS}\nmax_answer_tokens = 24"))
        .with("share = 0.0", &format!("share = 0.2\nevery = {STEPS}"))
}

fn new_run() -> Run {
    let run = Run::of(recipe());
    let streets = run.folder.path().join("streets");
    let drawn = terrasight().args(["streets", "--count", "10", "--seed", "40", "--out"]).arg(streets).output().unwrap();
    assert!(drawn.status.success(), "{}", said(&drawn));
    run
}

fn terrasight() -> Command {
    Command::new(env!("CARGO_BIN_EXE_terrasight"))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn resumed(run: &Run) -> Output {
    terrasight().arg("train").arg(run.file()).arg("--resume").output().unwrap()
}

/// A run that was killed after its third step was written down and before it was done.
fn killed() -> Run {
    loop {
        let run = new_run();
        let mut child = terrasight().arg("train").arg(run.file()).stdout(Stdio::null()).spawn().unwrap();
        // What is seen before the first step has a line as well.
        while read_log(&run.out().join("log.jsonl")).unwrap().last().is_none_or(|line| line.step < 3) {
            assert!(child.try_wait().unwrap().is_none(), "it ended before its third step");
            thread::yield_now();
        }
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        if ended.signal() == Some(SIGKILL) && steps_of(&run) < STEPS {
            return run;
        }
    }
}

fn steps_of(run: &Run) -> u64 {
    state_in(&run.out()).unwrap().map_or(0, |state| state.step)
}

/// Every file of the two checkpoints, byte by byte, and the log, all without what clocks say.
#[derive(PartialEq)]
struct Left {
    files: BTreeMap<String, Vec<u8>>,
    state: Value,
    log: Vec<LogLine>,
}

fn left_by(run: &Run) -> Left {
    let mut files = BTreeMap::new();
    for checkpoint in ["last", "best"] {
        for entry in fs::read_dir(run.out().join(checkpoint)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(run.out()).unwrap().display().to_string();
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    let state = files.remove("last/training_state.json").unwrap();
    let mut state: Value = serde_json::from_slice(&state).unwrap();
    state["seconds"] = Value::Null;
    // The two runs lie in folders of their own.
    state["config"] = Value::Null;
    let mut log = read_log(&run.out().join("log.jsonl")).unwrap();
    log.iter_mut().for_each(|line| (line.tokens_per_s, line.pictures_per_s) = (0.0, 0.0));
    Left { files, state, log }
}

#[track_caller]
fn assert_same(one: &Left, other: &Left) {
    assert_eq!(one.files.keys().collect::<Vec<_>>(), other.files.keys().collect::<Vec<_>>());
    for (name, bytes) in &one.files {
        assert!(*bytes == other.files[name], "{name} differs");
    }
    assert_eq!((&one.state, &one.log), (&other.state, &other.log));
}

/// The run in the same folder gone on with, by a program that may write no file longer than so many bytes; beyond that
/// the system ends it, or where it does not let itself be ended tells it that no more can be written.
fn resumed_within(run: &Run, bytes: u64, lets_itself_be_ended: bool) -> Output {
    let ends = if lets_itself_be_ended { "ulimit -c 0" } else { "trap '' XFSZ" };
    let blocks = bytes.div_ceil(512);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{ends}; ulimit -f {blocks}; exec \"$@\"")).arg("sh");
    shell.arg(env!("CARGO_BIN_EXE_terrasight")).arg("train").arg(run.file()).arg("--resume").output().unwrap()
}

fn size(file: &Path) -> u64 {
    fs::metadata(file).unwrap().len()
}

#[test]
fn a_run_that_is_killed_goes_on_bit_for_bit() {
    let whole = new_run();
    let done = terrasight().arg("train").arg(whole.file()).output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
    let right = left_by(&whole);
    assert_eq!(
        (right.log.len() as u64, &right.state["step"]),
        (1 + STEPS, &Value::from(STEPS)),
        "and one before the first"
    );
    for file in ["last/model.safetensors", "last/optimizer.safetensors", "best/model.safetensors"] {
        assert!(right.files.contains_key(file), "{file}");
    }

    // Between two saves.
    let run = killed();
    // Nobody goes on with other data than it was begun with.
    let table = run.folder.path().join("streets/manifest.csv");
    let before = fs::read_to_string(&table).unwrap();
    let (first, rest) = before.split_once("\npictures/").unwrap();
    fs::write(&table, format!("{first}\n./pictures/{rest}")).unwrap();
    let refused = resumed(&run);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("has changed since it began"), "{}", said(&refused));
    fs::write(&table, before).unwrap();

    // Then in the middle of a save, twice: before the weights are written, and between them and the optimizer's moments.
    let last = run.out().join("last");
    let weights = size(&last.join("model.safetensors"));
    assert!(size(&last.join("optimizer.safetensors")) > weights + 512);
    for (limit, has_weights) in [(weights / 2, false), (weights, true)] {
        let step = steps_of(&run);
        let ended = resumed_within(&run, limit, true);
        assert_eq!(ended.status.signal(), Some(SIGXFSZ), "{}", said(&ended));
        assert_eq!(run.out().join(".last.new/model.safetensors").is_file(), has_weights);
        assert!(!run.out().join(".last.new/optimizer.safetensors").exists());
        assert_eq!(steps_of(&run), step);
    }

    let went_on = resumed(&run);
    assert!(went_on.status.success(), "{}", said(&went_on));
    assert_same(&left_by(&run), &right);
}

#[test]
fn a_disk_that_takes_no_more_ends_the_run_in_one_line_and_the_checkpoint_before_stays() {
    let run = killed();
    let last = run.out().join("last");
    let weights = size(&last.join("model.safetensors"));
    let before: BTreeMap<_, _> = files_of(&last);
    for (limit, file) in [(weights / 2, "model.safetensors"), (weights, "optimizer.safetensors")] {
        let ended = resumed_within(&run, limit, false);
        let line = said(&ended);
        assert_eq!(ended.status.code(), Some(1), "{line}");
        let errors: Vec<&str> =
            line.lines().filter(|line| !line.contains("In the data") && !line.contains("dataset check")).collect();
        let [error] = errors.as_slice() else { panic!("one line says it: {line}") };
        assert!(error.contains(file) && error.contains("too large"), "{line}");
        assert!(files_of(&last) == before, "the checkpoint was touched");
        assert!(!run.out().join(".last.new").exists(), "half a checkpoint fills the disk");
    }
    let went_on = resumed(&run);
    assert!(went_on.status.success(), "{}", said(&went_on));
    assert_eq!(steps_of(&run), STEPS);
}

fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())
    };
    fs::read_dir(folder).unwrap().map(read).collect()
}
