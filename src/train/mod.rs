//! Trains a vision-language model to say where a picture was taken.

mod adamw;
mod config;
mod log;
mod order;
mod schedule;

pub(crate) use config::toml_problem;
pub use config::{ConfigError, FIRST_EVALUATION_SEED, Stage, Streets, TrainConfig};
pub use log::{LogLine, read as read_log};
