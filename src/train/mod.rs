//! Trains a vision-language model to say where a picture was taken: full-parameter training on labelled pictures or on
//! streets drawn as it goes, in stages, resumable at any step. Beside it, the head of the fast locatability network.

mod adamw;
mod answer;
mod check;
mod checkpoint;
mod config;
pub mod data;
mod error;
mod event;
mod features;
mod gradient;
mod head;
mod lesson;
mod log;
mod loss;
mod network;
mod order;
mod pictures;
mod rows;
mod run;
mod schedule;
mod student;

pub use checkpoint::{Best, TrainState};
pub(crate) use config::toml_problem;
pub use config::{ConfigError, LoraTable, Stage, Streets, TrainConfig};
pub use error::{NotFinite, TrainError};
pub use event::{Plan, StepReport, TrainEvent, Trained, Validation};
pub use log::{LogLine, read as read_log};
pub use network::{NetworkConfig, NetworkEvent, NetworkOutcome, train_network};
pub use run::{run, train};
