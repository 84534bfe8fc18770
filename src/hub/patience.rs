//! How much is borne from a bad line: how often something is tried, and how long is waited between.

use std::time::Duration;

use super::HubError;

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
    pub(super) fn tries(self) -> Tries {
        Tries { patience: self, failed: 0 }
    }
}

/// The tries of one thing.
pub(super) struct Tries {
    patience: Patience,
    failed: u32,
}

impl Tries {
    /// Waits before another try; or says why there is none.
    pub(super) async fn again(&mut self, failed: Failed) -> Result<(), HubError> {
        self.failed += 1;
        if !failed.error.may_pass() || self.failed >= self.patience.most_tries {
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
