//! What is being done about a picture with a model.

use super::{super::NotLocated, Progress};

/// What is being done about a picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Work {
    /// Nothing, and nothing was asked for or all of it is done.
    #[default]
    Idle,
    /// It stands in the queue.
    Waiting,
    /// The engine is at it.
    Running(Progress),
    /// The last run failed, for this reason.
    Failed(NotLocated),
    /// The user stopped the last run.
    Cancelled,
}

impl Work {
    /// Whether the engine is at it or it stands in the queue.
    pub fn is_going_on(&self) -> bool {
        matches!(self, Self::Waiting | Self::Running(_))
    }
}
