//! What is known of two models that are compared, and of what they have made of a picture.

use super::work::Work;
use crate::worker::{ModelSource, ModelSummary};

/// Which of two models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Side {
    /// The one in use.
    #[default]
    InUse,
    /// The one that it is compared with.
    Other,
}

impl Side {
    /// Both, the one in use first.
    pub const BOTH: [Self; 2] = [Self::InUse, Self::Other];

    pub(super) fn across(self) -> Self {
        match self {
            Self::InUse => Self::Other,
            Self::Other => Self::InUse,
        }
    }
}

/// The model that the one in use is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Which.
    pub source: ModelSource,
    /// What it is, once it was open.
    pub model: Option<ModelSummary>,
    /// Whether it is open now, and holds memory.
    pub is_open: bool,
    /// Whether both do not fit into memory, so that each is opened in its turn.
    pub takes_turns: bool,
}

/// What the two models of a comparison have made of a picture.
#[derive(Debug, Clone, Default)]
pub struct Compared {
    /// The number of the model in use's run.
    pub(super) in_use: Option<usize>,
    /// The number of the other's.
    pub(super) other: Option<usize>,
    /// What is being done about it with the other model.
    pub work: Work,
    /// What the other has written in the run now going on, or in the last one.
    pub reasoning: String,
}

impl Compared {
    pub(super) fn number(&mut self, side: Side) -> &mut Option<usize> {
        match side {
            Side::InUse => &mut self.in_use,
            Side::Other => &mut self.other,
        }
    }
}
