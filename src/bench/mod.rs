//! What speed and memory the program has on this machine, beside PyTorch in the same run where that is at hand.
//!
//! Every figure is taken in a fresh process of this program (`terrasight bench --inside NAME`), so that nothing is warm
//! that a user would find cold, and peak memory belongs to the one thing measured.

mod checkpoint;
mod conversation;
mod device_calls;
mod engine;
mod gpu;
mod layers;
mod locatability;
mod lora;
mod machine;
mod model;
mod peer;
mod pieces;
mod ranking;
mod shape;
mod starter;
mod training;
mod whole;
mod window;

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::{self, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use clap::{ValueEnum, builder::PossibleValue};
use serde_json::{Value, json};

pub use machine::{Machine, peak_memory_bytes, processor_seconds};

use crate::model::DeviceChoice;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// The starter: cold start, first token, place.
    Starter,
    /// A random model of 0.5B shape: time to first token, tokens per second, memory.
    Model,
    /// The same: LoRA steps over weights in each form, beside PyTorch with peft.
    Lora,
    /// The same: a second turn's first token over the first's.
    Conversation,
    /// Segmenters, networks and decoding: pictures a second.
    Locatability,
    /// The window's time a frame, idle and while the model runs.
    Window,
    /// Weighing anew after a piece of evidence was switched.
    Ranking,
    /// The wait for an answer while a run trains.
    Training,
    /// All that is to be known of a graphics card: bandwidth, first token, vision tower, answer, calls; in four minutes.
    Gpu,
    /// Two layers of 3B and 7B shape and their vision tower, in f16, 8 and 4 bits, beside PyTorch.
    Layers,
    /// Calls to a graphics adapter a token, of the starter and of 28 layers.
    Calls,
    /// A random model of 3B shape in 4 bits: from a photograph's drop to its answer, load and memory.
    Whole,
}

impl Subject {
    /// Those that are measured where nothing is named, in their order; calls and gpu need an adapter, LoRA steps
    /// and layers take minutes, and the whole model takes minutes and 10 GB of disk.
    pub const USUAL: [Self; 7] = [
        Self::Starter,
        Self::Model,
        Self::Conversation,
        Self::Locatability,
        Self::Window,
        Self::Ranking,
        Self::Training,
    ];
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", PossibleValue::get_name))
    }
}

/// Nothing could be measured.
#[derive(Debug, thiserror::Error)]
#[error("bench {subject}: {cause}")]
pub struct BenchError {
    subject: Subject,
    cause: String,
}

/// Measures one thing in a process of its own.
pub fn measure(subject: Subject, device: DeviceChoice, repetitions: usize) -> Result<Value, BenchError> {
    let failed = |cause: String| BenchError { subject, cause };
    let program = env::current_exe().map_err(|error| failed(format!("this program's file is not known ({error})")))?;
    match subject {
        Subject::Starter => starter::measure(&program, device, repetitions),
        Subject::Model => model::measure(&program, device, repetitions),
        Subject::Lora => lora::measure(&program, device, repetitions),
        Subject::Conversation => conversation::measure(&program, device, repetitions),
        Subject::Locatability => locatability::measure(&program, device, repetitions),
        Subject::Window => window::measure(&program),
        Subject::Ranking => ranking::measure(&program, repetitions),
        Subject::Training => training::measure(&program, device),
        Subject::Gpu => gpu::measure(&program, device, repetitions),
        Subject::Layers => layers::measure(&program, device, repetitions),
        Subject::Calls => device_calls::measure(&program, device_calls::LIMIT),
        Subject::Whole => whole::measure(&program, device),
    }
    .map_err(failed)
}

/// Measures one part inside this process; the answer goes to the process that asked, as one line of JSON.
pub fn inside(part: &str, arguments: &[String]) -> Result<Value, String> {
    match part {
        "starter" => starter::inside(arguments),
        "model" => model::inside(arguments),
        "lora" => lora::inside(arguments),
        "conversation" => conversation::inside(arguments),
        "device calls" => device_calls::inside(arguments),
        "bandwidth" => gpu::inside_bandwidth(arguments),
        "locatability" => locatability::inside(arguments),
        "ranking" => ranking::inside(arguments),
        "training" => training::inside(arguments),
        "whole" => whole::inside(arguments),
        "checkpoint" => model::inside_checkpoint(arguments),
        _ => Err(format!("there is no part '{part}'")),
    }
}

/// Runs a part in a fresh process of this program and reads its one line of JSON.
fn ask(program: &Path, part: &str, arguments: &[String]) -> Result<Value, String> {
    answer(&mut command(program, part, arguments))
}

fn command(program: &Path, part: &str, arguments: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(["bench", "--inside", part, "--"]).args(arguments);
    command
}

fn answer(command: &mut Command) -> Result<Value, String> {
    let output =
        command.output().map_err(|error| format!("{}: cannot be run ({error})", command.get_program().display()))?;
    read_answer(&output)
}

/// As [`answer`]; the process is ended where it takes longer than this.
fn answer_within(command: &mut Command, limit: Duration) -> Result<Value, String> {
    read_answer(&output_within(command, limit)?)
}

/// What a process says that says little, since its pipes are read at the end; it is ended where it takes longer than this.
fn output_within(command: &mut Command, limit: Duration) -> Result<Output, String> {
    let begin = Instant::now();
    let program = command.get_program().display().to_string();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("{program}: cannot be run ({error})"))?;
    while matches!(child.try_wait(), Ok(None)) {
        if begin.elapsed() > limit {
            child.kill().map_err(|error| format!("could not be ended ({error})"))?;
            child.wait().map_err(|error| format!("could not be ended ({error})"))?;
            return Err(format!("was ended after {} s", limit.as_secs()));
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().map_err(|error| format!("was lost ({error})"))
}

fn read_answer(output: &Output) -> Result<Value, String> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().last().unwrap_or("no reason was given").trim_start_matches("terrasight: ");
        return Err(line.to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("the figures cannot be read ({error})"))
}

/// What something took: seconds on the wall, and of processor time where that is known.
fn timed<T>(work: impl FnOnce() -> Result<T, String>) -> Result<(T, f64, Option<f64>), String> {
    let (wall, processor) = (Instant::now(), processor_seconds());
    let done = work()?;
    let spent = processor.zip(processor_seconds()).map(|(before, after)| after - before);
    Ok((done, wall.elapsed().as_secs_f64(), spent))
}

/// Middle and least of some numbers; `null` where there are none.
fn summary(values: &[f64]) -> Value {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.get(sorted.len() / 2), sorted.first()) {
        (Some(median), Some(least)) => json!({"median": median, "least": least, "runs": values.len()}),
        _ => Value::Null,
    }
}

/// The numbers under a name in every one of some answers.
fn numbers(answers: &[Value], name: &str) -> Vec<f64> {
    answers.iter().filter_map(|answer| answer[name].as_f64()).collect()
}

/// A folder that goes when it is let go.
struct Scratch(PathBuf);

impl Scratch {
    fn new(of: &str) -> Result<Self, String> {
        let folder = env::temp_dir().join(format!("terrasight-bench-{}-{of}", process::id()));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: cannot be made ({error})", folder.display()))?;
        Ok(Self(folder))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!("{}: could not be removed ({error})", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_part_that_takes_too_long_is_ended() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let long = Duration::from_secs(3600);
        assert_eq!(answer_within(&mut shell("echo '[7]'"), long), Ok(json!([7])));
        assert_eq!(
            answer_within(&mut shell("echo 'terrasight: no card' >&2; exit 1"), long),
            Err("no card".to_owned())
        );
        let ended = answer_within(&mut shell("exec sleep 3600"), Duration::from_millis(100));
        assert_eq!(ended, Err("was ended after 0 s".to_owned()));
    }

    #[test]
    fn a_summary_is_the_middle_and_the_least() {
        assert_eq!(summary(&[3.0, 1.0, 2.0]), json!({"median": 2.0, "least": 1.0, "runs": 3}));
        assert_eq!(summary(&[]), Value::Null);
    }
}
