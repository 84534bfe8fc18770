//! Ctrl+C: the first asks a long command to stop and to keep what it has done, the second ends the program at once.

use std::{
    process,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{Failure, output::complain};

/// What a program ended by Ctrl+C leaves with: 128 and the signal's number.
const ENDED_BY_INTERRUPT: i32 = 130;

/// Becomes true at the first Ctrl+C. To be called by commands that look at it often.
pub(super) fn stop_asked() -> Result<&'static AtomicBool, Failure> {
    static ASKED: AtomicBool = AtomicBool::new(false);
    static WATCHED: OnceLock<Result<(), String>> = OnceLock::new();
    let watch = || {
        let hook = || {
            if ASKED.swap(true, Ordering::Relaxed) {
                process::exit(ENDED_BY_INTERRUPT);
            }
            complain("stopping, and keeping what is done; Ctrl+C again ends at once");
        };
        ctrlc::set_handler(hook).map_err(|error| format!("Ctrl+C cannot be watched ({error})"))
    };
    WATCHED.get_or_init(watch).clone().map_err(Failure::new)?;
    Ok(&ASKED)
}
