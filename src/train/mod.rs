//! Trains a vision-language model to say where a picture was taken.

mod adamw;
mod config;
mod log;
mod order;
mod schedule;

pub use config::{ConfigError, Stage, TrainConfig};
pub use log::{LogLine, read as read_log};
