//! What this machine is and what it has, as far as the system tells without a library of its own.

use std::{env::consts, fs, thread};

use serde::Serialize;

/// The machine in a few facts.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Operating system and architecture.
    pub system: String,
    /// The processor's name, where the system tells it.
    pub cpu: Option<String>,
    /// How many threads it runs at once for this process.
    pub threads: usize,
    /// The vector instructions that tensor code can use.
    pub vector_instructions: Vec<&'static str>,
    /// Memory in bytes: all, and what is free for use.
    pub memory_bytes: Option<u64>,
    /// Of that, what is available now.
    pub available_bytes: Option<u64>,
    /// How many processes wanted a core over the last minute: figures from a busy machine are worth little.
    pub load_average: Option<f64>,
}

impl Machine {
    /// This machine, now.
    pub fn here() -> Self {
        Self {
            system: format!("{} {}", consts::OS, consts::ARCH),
            cpu: cpu_name(),
            threads: thread::available_parallelism().map_or(1, usize::from),
            vector_instructions: vector_instructions(),
            memory_bytes: kilobytes_in("/proc/meminfo", "MemTotal:").map(|kilobytes| kilobytes * 1024),
            available_bytes: kilobytes_in("/proc/meminfo", "MemAvailable:").map(|kilobytes| kilobytes * 1024),
            load_average: first_number(&fs::read_to_string("/proc/loadavg").unwrap_or_default()),
        }
    }
}

/// The most memory this process has held so far, in bytes.
pub fn peak_memory_bytes() -> Option<u64> {
    kilobytes_in("/proc/self/status", "VmHWM:").map(|kilobytes| kilobytes * 1024)
}

/// The memory this process holds now, in bytes.
pub(super) fn memory_bytes() -> Option<u64> {
    kilobytes_in("/proc/self/status", "VmRSS:").map(|kilobytes| kilobytes * 1024)
}

/// Seconds of processor time that this process has used on all its threads, to a hundredth: on a busy machine it says
/// more than the clock on the wall. Linux alone tells it.
pub fn processor_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The fields after the name, which stands in brackets and may hold anything; user and system time in hundredths.
    let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_whitespace().collect();
    let hundredths = |field: usize| fields.get(field)?.parse::<f64>().ok();
    Some((hundredths(11)? + hundredths(12)?) / 100.0)
}

fn cpu_name() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn kilobytes_in(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_whitespace().next()?.parse().ok()
}

fn first_number(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(target_arch = "x86_64")]
fn vector_instructions() -> Vec<&'static str> {
    let found = [
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512bf16", std::is_x86_feature_detected!("avx512bf16")),
    ];
    found.into_iter().filter_map(|(name, is_there)| is_there.then_some(name)).collect()
}

#[cfg(target_arch = "aarch64")]
fn vector_instructions() -> Vec<&'static str> {
    let found = [
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
    ];
    found.into_iter().filter_map(|(name, is_there)| is_there.then_some(name)).collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn vector_instructions() -> Vec<&'static str> {
    Vec::new()
}
