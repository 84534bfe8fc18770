//! PyTorch on the same checkpoint and the same machine, where an interpreter with it is at hand.

use std::{
    env,
    fs::{self, File},
    path::Path,
    process::Command,
    time::Duration,
};

use serde_json::{Value, json};

use crate::model::DeviceChoice;

use super::output_within;

/// How long a peer may take where nobody waits for the rest of a report.
pub(super) const LONG: Duration = Duration::from_secs(3600);

/// The peer's program; the built binary carries it, since it may run outside the checkout.
const SCRIPT: &str = include_str!("../../benches/peer_torch.py");

/// What both sides do.
pub(super) struct Task<'a> {
    pub(super) checkpoint: &'a Path,
    pub(super) device: DeviceChoice,
    pub(super) threads: usize,
    pub(super) repetitions: usize,
    pub(super) new_tokens: usize,
    pub(super) prompt_token_ids: &'a Value,
    pub(super) grid: &'a Value,
}

/// PyTorch's name for what a device choice stands for.
pub(super) fn device_name(device: DeviceChoice) -> String {
    if device == DeviceChoice::Cpu { "cpu" } else { "cuda" }.to_owned()
}

/// The peer's figures in one precision, or why there are none.
pub(super) fn measure(task: &Task<'_>, precision: &str, limit: Duration) -> Result<Value, String> {
    let script = task.checkpoint.join("peer_torch.py");
    fs::write(&script, SCRIPT).map_err(|error| format!("{}: cannot be written ({error})", script.display()))?;
    let mut arguments = vec![task.checkpoint.display().to_string()];
    arguments.extend([task.threads, task.repetitions, task.new_tokens].map(|number| number.to_string()));
    arguments.extend([precision.to_owned(), device_name(task.device)]);
    run(&script, &arguments, &json!({"prompt_token_ids": task.prompt_token_ids, "grid": task.grid}), limit)
}

/// Runs a peer's program with this on its standard input, and reads its one line of JSON; null where it prints none.
pub(super) fn run(script: &Path, arguments: &[String], input: &Value, limit: Duration) -> Result<Value, String> {
    let python = env::var("TERRASIGHT_BENCH_PYTHON").unwrap_or_else(|_unset| "python3".to_owned());
    let told = script.with_extension("json");
    let opened = fs::write(&told, input.to_string()).and_then(|()| File::open(&told));
    let opened = opened.map_err(|error| format!("{}: cannot be written ({error})", told.display()))?;
    let mut command = Command::new(&python);
    command.arg(script).args(arguments).stdin(opened);
    // What it says in passing would fill the pipe, which is read at the end.
    command.envs([("HF_HUB_OFFLINE", "1"), ("HF_HUB_DISABLE_PROGRESS_BARS", "1"), ("TRANSFORMERS_VERBOSITY", "error")]);
    let output = output_within(&mut command, limit)
        .map_err(|error| format!("{error}; TERRASIGHT_BENCH_PYTHON names another interpreter"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        // Progress lines end in a bare carriage return and tell nothing of the cause.
        let last = said.lines().rfind(|line| !line.contains('\r')).unwrap_or("without a word");
        return Err(format!("{python}: ended with {} ({last})", output.status));
    }
    if output.stdout.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("{python}: the figures cannot be read ({error})"))
}
