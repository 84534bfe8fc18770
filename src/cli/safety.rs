//! The log, and the net under everything: a panic becomes one line and an entry in the log.

use std::{
    backtrace::Backtrace,
    env,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    panic::{self, AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use tracing_subscriber::EnvFilter;

use crate::{assets::home, worker::words_of};

use super::Failure;

/// A log that has grown beyond this starts anew.
const LOG_BYTES: u64 = 4 << 20;

/// Keeps Mesa's drivers from writing to standard error where there is no `XDG_RUNTIME_DIR` (servers, containers): they
/// look for a Wayland socket in it, complain in each instance, and need nothing of it. It must run before any thread.
pub(super) fn quiet_drivers() {
    if cfg!(target_os = "linux") && env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: this is the first thing that the program does, so no other thread reads the environment meanwhile.
        unsafe { env::set_var("XDG_RUNTIME_DIR", env::temp_dir()) };
    }
}

/// Where the log lies.
fn log_path() -> Option<PathBuf> {
    Some(home().ok()?.join("logs").join("terrasight.log"))
}

fn open_log() -> Option<File> {
    let path = log_path()?;
    fs::create_dir_all(path.parent()?).ok()?;
    let too_long = fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LOG_BYTES);
    OpenOptions::new().create(true).write(true).append(!too_long).truncate(too_long).open(&path).ok()
}

/// Sends the log to its file (`TERRASIGHT_LOG` says how much of it, `warn` otherwise), and panics with it. Without a place
/// for the file there is no log; that stops nothing.
pub(super) fn begin_log() {
    let level = EnvFilter::try_from_env("TERRASIGHT_LOG").unwrap_or_else(|_unset| EnvFilter::new("warn"));
    if let Some(file) = open_log() {
        let log =
            tracing_subscriber::fmt().with_env_filter(level).with_ansi(false).with_writer(std::sync::Mutex::new(file));
        let _ = log.try_init(); // one that is set already keeps its place
    }
    panic::set_hook(Box::new(|panic| {
        if let Some(mut log) = open_log() {
            let _: io::Result<()> = writeln!(log, "PANIC {panic}\n{}", Backtrace::force_capture());
        }
    }));
}

/// Runs something; a panic in it becomes a failure that names the log.
pub(super) fn without_panics(work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let log = log_path().map(|path| format!("; please report it with {}", path.display())).unwrap_or_default();
        Err(Failure::new(format!("something went wrong inside ({}){log}", words_of(panic.as_ref()))))
    })
}
