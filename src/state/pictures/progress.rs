//! Where a job upon a picture stands.

use crate::worker::{JobId, JobStage};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The job.
    pub job: JobId,
    /// What it is doing; none until the engine has taken it up.
    pub stage: Option<JobStage>,
    /// How much of that is done, 0 to 1, where it is known.
    pub fraction: Option<f32>,
}
