//! Measures how well models locate pictures whose place is known, by the path that a user's picture takes.
//!
//! ```text
//! EvalConfig (TOML) -> Pictures -> answer_all (a row a picture, kept as it comes) -> Report (figures, intervals, differences)
//! ```

pub mod calibration;
pub mod claims;
pub mod experiment;
pub mod metrics;

mod bootstrap;
mod cell;
mod config;
mod error;
mod groups;
mod measure;
mod models;
mod offered;
mod paired;
mod pictures;
mod protocol;
#[cfg(test)]
mod reference_tests;
mod report;
#[cfg(test)]
mod report_tests;
mod results;
mod thumbnail;

pub use bootstrap::{Bootstrap, Figure};
pub use config::{EvalConfig, EvalData, Generation};
pub use error::EvalError;
pub use groups::{Band, Continent};
pub use measure::{Measure, Named, Outcome, Values};
pub use models::EvalModel;
pub use offered::{Offered, Said};
pub use paired::differences_between;
pub use pictures::Pictures;
pub use protocol::{Answer, Answerer, Locate, NoAnswer, Progress, answer_all};
pub use report::{Answered, Difference, FailedRow, ModelReport, Report};
pub use results::{ResultRow, ResultsError, read_results};
pub use thumbnail::Thumbnails;
