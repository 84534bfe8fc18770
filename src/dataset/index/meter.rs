//! How far an indexing is, and how long it will take.

use std::{
    collections::VecDeque,
    path::Path,
    time::{Duration, Instant},
};

use super::{
    progress::{IndexObserver, IndexProgress},
    trouble::{Trouble, Unused},
};

/// Progress is told at most so often.
const INTERVAL: Duration = Duration::from_millis(200);

/// The rate is that of this last stretch.
const STRETCH: Duration = Duration::from_secs(15);

/// Counts, and tells the observer where things stand.
pub(super) struct Meter<'a> {
    observer: &'a mut dyn IndexObserver,
    progress: IndexProgress,
    told: Option<Instant>,
    /// How many were done at some moments of the last stretch.
    stretch: VecDeque<(Instant, u64)>,
}

impl<'a> Meter<'a> {
    pub fn new(observer: &'a mut dyn IndexObserver) -> Self {
        Self { observer, progress: IndexProgress::default(), told: None, stretch: VecDeque::new() }
    }

    /// The counts so far.
    pub fn progress(&self) -> &IndexProgress {
        &self.progress
    }

    pub fn is_cancelled(&self) -> bool {
        self.observer.is_cancelled()
    }

    /// Whether to wait; time spent waiting does not count for the rate.
    pub fn is_paused(&mut self) -> bool {
        let paused = self.observer.is_paused();
        if paused {
            self.stretch.clear();
        }
        paused
    }

    /// Says that it waits, or goes on.
    pub fn set_waiting(&mut self, waits: bool) {
        if self.progress.is_waiting != waits {
            self.progress.is_waiting = waits;
            self.tell();
        }
    }

    /// A picture is in the source.
    pub fn found(&mut self) {
        self.progress.found += 1;
        self.tell_in_turn();
    }

    /// So many pictures are in the source, now that it has been listed.
    pub fn set_found(&mut self, found: usize) {
        self.progress.found = found as u64;
        self.tell();
    }

    /// A picture is left alone.
    pub fn skipped(&mut self) {
        self.progress.skipped += 1;
        self.tell_in_turn();
    }

    /// A picture is read, or found unreadable for a reason.
    pub fn done(&mut self, path: &Path, failure: Option<Trouble>) {
        self.progress.done += 1;
        path.clone_into(&mut self.progress.current);
        if let Some(trouble) = failure {
            let is_unscored = trouble.is_of_score();
            *if is_unscored { &mut self.progress.unscored } else { &mut self.progress.failed } += 1;
            self.warn(path, &trouble.into());
        }
        self.tell_in_turn();
    }

    /// Something cannot be read and is not counted: a folder, or a name that no index can hold.
    pub fn warn(&mut self, path: &Path, why: &Unused) {
        self.observer.failed(path, why);
    }

    /// Tells the observer where things stand, if it is time.
    pub fn tell_in_turn(&mut self) {
        if self.told.is_none_or(|told| told.elapsed() >= INTERVAL) {
            self.tell();
        }
    }

    /// Tells the observer where things stand.
    pub fn tell(&mut self) {
        let now = Instant::now();
        self.told = Some(now);
        self.stretch.push_back((now, self.progress.done));
        while self.stretch.front().is_some_and(|(then, _)| now.duration_since(*then) > STRETCH) {
            self.stretch.pop_front();
        }
        let (begin, before) = self.stretch.front().copied().unwrap_or((now, self.progress.done));
        let seconds = now.duration_since(begin).as_secs_f64();
        let done = self.progress.done - before;
        self.progress.rate = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
        let left = self.progress.found.saturating_sub(self.progress.done + self.progress.skipped);
        self.progress.seconds_left = (done > 0 && seconds > 0.0).then(|| left as f64 * seconds / done as f64);
        self.observer.progress(&self.progress);
    }
}
