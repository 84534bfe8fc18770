//! What the user says of a picture before it was located: areas, hints. It waits for the first run, which takes it over.

use serde::{Deserialize, Serialize};

use crate::predict::{Weighing, finding::Evidence};

/// Evidence without a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Early {
    /// With the switches and strengths as the user has set them.
    pub(super) evidence: Vec<Evidence>,
    /// It has own pieces only.
    pub(super) weighing: Weighing,
}

impl Early {
    /// Nothing, or what a session has kept of it, where it can be weighed.
    pub(super) fn returned(kept: Option<Self>) -> Self {
        kept.filter(|early| early.weighing.is_sound()).unwrap_or_default()
    }

    /// What is worth keeping.
    pub(super) fn kept(&self) -> Option<Self> {
        (*self != Self::default()).then(|| self.clone())
    }
}
