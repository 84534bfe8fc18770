//! Measures how well a model locates pictures whose place is known, by the path that a user's picture takes.

pub mod calibration;
pub mod experiment;
pub mod metrics;

mod config;
mod error;
mod protocol;
mod report;
mod results;
mod run;
mod thumbnail;

pub use config::{EvalConfig, EvalData, Generation};
pub use error::EvalError;
pub use protocol::{Locate, Pictures, Progress, answer_all};
pub use report::{Band, Distance, FailedRow, Naming, Report, Subject, Within};
pub use results::{ResultRow, ResultsError};
pub use run::run;
pub use thumbnail::Thumbnails;
