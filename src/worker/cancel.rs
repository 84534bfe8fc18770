//! The flags of a job, which others hold.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Asks a job to stop, or to wait; copies share the flags.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    cancelled: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
}

impl Cancel {
    /// Asks for the stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Asks it to wait, or to go on; jobs that cannot wait go on anyway.
    pub fn pause(&self, yes: bool) {
        self.paused.store(yes, Ordering::Relaxed);
    }

    /// Whether it shall wait.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }
}
