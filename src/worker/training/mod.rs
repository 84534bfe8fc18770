//! Runs that train a model: what can be asked, what is answered, the engine's part, which steps between everything that
//! the user waits for, and a thread that reckons and reads runs.

mod message;
mod registrar;
mod replaced;
mod running;
#[cfg(test)]
mod tests;

pub use message::{DryRun, OpenedRun, RunRecord, TrainingNews, TrainingTask};
pub(super) use registrar::Registrar;
pub use registrar::{dry_run, runs};
pub(super) use running::Training;
