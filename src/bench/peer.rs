//! PyTorch on the same checkpoint and the same machine, where an interpreter with it is at hand.

use std::{
    env, fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

/// The peer's program; the built binary carries it, since it may run outside the checkout.
const SCRIPT: &str = include_str!("../../benches/peer_torch.py");

/// What both sides do.
pub(super) struct Task<'a> {
    pub(super) checkpoint: &'a Path,
    pub(super) threads: usize,
    pub(super) repetitions: usize,
    pub(super) new_tokens: usize,
    pub(super) prompt_token_ids: &'a Value,
    pub(super) grid: &'a Value,
}

/// The peer's figures in one precision, or why there are none.
pub(super) fn measure(task: &Task<'_>, precision: &str) -> Result<Value, String> {
    let script = task.checkpoint.join("peer_torch.py");
    fs::write(&script, SCRIPT).map_err(|error| format!("{}: cannot be written ({error})", script.display()))?;
    let mut arguments = vec![task.checkpoint.display().to_string()];
    arguments.extend([task.threads, task.repetitions, task.new_tokens].map(|number| number.to_string()));
    arguments.push(precision.to_owned());
    run(&script, &arguments, &json!({"prompt_token_ids": task.prompt_token_ids, "grid": task.grid}))
}

/// Runs a peer's program with this on its standard input, and reads its one line of JSON; null where it prints none.
pub(super) fn run(script: &Path, arguments: &[String], input: &Value) -> Result<Value, String> {
    let python = env::var("TERRASIGHT_BENCH_PYTHON").unwrap_or_else(|_unset| "python3".to_owned());
    let mut child = Command::new(&python)
        .arg(script)
        .args(arguments)
        .env("HF_HUB_OFFLINE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{python}: cannot be run ({error}); TERRASIGHT_BENCH_PYTHON names another"))?;
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_string();
        stdin.write_all(input.as_bytes()).map_err(|error| format!("{python}: does not listen ({error})"))?;
    }
    let output = child.wait_with_output().map_err(|error| format!("{python}: was lost ({error})"))?;
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
