//! Progress on standard error, when that is a terminal.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line that says what is being done; silent where standard error is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// For so many things, one after another.
    pub(super) fn new(count: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(count as u64), target());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self(bar)
    }

    /// What is being done now.
    pub(super) fn say(&self, what: impl Into<String>) {
        self.0.set_message(what.into());
    }

    /// One thing is done.
    pub(super) fn step(&self) {
        self.0.inc(1);
    }

    /// So many things there are.
    pub(super) fn expect(&self, count: u64) {
        self.0.set_length(count);
    }

    /// So many things are done.
    pub(super) fn set(&self, done: u64) {
        self.0.set_position(done);
    }

    /// Does something that writes to the terminal, with the line out of the way.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn target() -> ProgressDrawTarget {
    if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}
