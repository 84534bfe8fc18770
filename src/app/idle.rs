//! How long the engine has had nothing to do, so that the models' memory is given back after a while.

use std::time::{Duration, Instant};

/// Since when a model is open that nothing is asked of.
#[derive(Debug, Default)]
pub(super) struct Idle {
    since: Option<Instant>,
}

impl Idle {
    /// What is left at `now` of the time after which the memory is given back: nothing where that is over, none where there is work
    /// or it never is.
    pub(super) fn left(&mut self, now: Instant, is_idle: bool, minutes: Option<u32>) -> Option<Duration> {
        if !is_idle {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert(now);
        let after = Duration::from_secs(60 * u64::from(minutes?));
        Some(after.saturating_sub(now.saturating_duration_since(since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_runs_while_there_is_no_work_and_begins_anew_after_it() {
        let (begin, mut idle) = (Instant::now(), Idle::default());
        let mut left = |minutes: u64, is_idle, after| {
            let left = idle.left(begin + Duration::from_secs(60 * minutes), is_idle, after);
            left.map(|left| left.as_secs() / 60)
        };
        assert_eq!(left(0, false, Some(15)), None);
        assert_eq!((left(1, true, Some(15)), left(5, true, Some(15))), (Some(15), Some(11)));
        assert_eq!(left(6, true, None), None, "it never is");
        assert_eq!(left(7, true, Some(5)), Some(0), "it was set shorter in the meantime");
        assert_eq!((left(16, true, Some(15)), left(99, true, Some(15))), (Some(0), Some(0)));
        assert_eq!((left(100, false, Some(15)), left(101, true, Some(15))), (None, Some(15)));
    }
}
