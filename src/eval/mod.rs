//! Measures how well a model locates pictures whose place is known, by the path that a user's picture takes.

pub mod metrics;

mod config;
mod report;
mod results;

pub use config::{EvalConfig, EvalData, Generation};
pub use report::{Band, Distance, FailedRow, Naming, Report, Subject, Within};
pub use results::{ResultRow, ResultsError};
