//! How much is borne from a bad line: how often something is tried, and how long is waited between.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::HubError;

/// So many tries to reach a hub that has never answered: its address is more likely wrong than its line.
const MOST_UNANSWERED: u32 = 3;

/// What did not come, and how long the server asks to be left alone.
pub(super) struct Failed {
    pub(super) error: HubError,
    pub(super) wait: Option<Duration>,
}

impl From<HubError> for Failed {
    fn from(error: HubError) -> Self {
        Self { error, wait: None }
    }
}

/// How much is borne from a bad line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The wait before the second try; each further one is twice as long.
    pub first_wait: Duration,
    /// So many tries without a byte of progress.
    pub most_tries: u32,
    /// How long a line may be silent.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first_wait: Duration::from_secs(1), most_tries: 6, silence: Duration::from_secs(60) }
    }
}

impl Patience {
    /// The tries of one thing, of a hub that `has_answered` something or not.
    pub(super) fn tries(self, has_answered: &AtomicBool) -> Tries<'_> {
        Tries { patience: self, has_answered, failed: 0 }
    }
}

/// The tries of one thing.
pub(super) struct Tries<'a> {
    patience: Patience,
    has_answered: &'a AtomicBool,
    failed: u32,
}

impl Tries<'_> {
    /// Waits before another try; or says why there is none.
    pub(super) async fn again(&mut self, failed: Failed) -> Result<(), HubError> {
        self.failed += 1;
        let is_unknown = !self.has_answered.load(Ordering::Relaxed);
        let most = match failed.error {
            HubError::NotReached { .. } if is_unknown => self.patience.most_tries.min(MOST_UNANSWERED),
            _ => self.patience.most_tries,
        };
        if !failed.error.may_pass() || self.failed >= most {
            return Err(failed.error);
        }
        let own = self.patience.first_wait * 2u32.saturating_pow(self.failed - 1);
        tokio::time::sleep(failed.wait.unwrap_or(own).max(own)).await;
        Ok(())
    }

    pub(super) fn progressed(&mut self) {
        self.failed = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_that_never_answered_is_given_up_sooner_than_one_whose_line_is_bad() {
        let patience = Patience { first_wait: Duration::ZERO, ..Patience::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let tried = |has_answered: bool, error: &dyn Fn(String, String) -> HubError| {
            let has_answered = AtomicBool::new(has_answered);
            let mut tries = patience.tries(&has_answered);
            let mut again = || runtime.block_on(tries.again(error(String::new(), String::new()).into()));
            1 + std::iter::from_fn(|| again().ok()).count()
        };
        let not_reached = |what, cause| HubError::NotReached { what, cause };
        let cut = |what, cause| HubError::Cut { what, cause };
        assert_eq!((tried(false, &not_reached), tried(true, &not_reached)), (3, 6));
        assert_eq!((tried(false, &cut), tried(true, &cut)), (6, 6));
    }
}
