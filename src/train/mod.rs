//! Trains a vision-language model to say where a picture was taken: full-parameter training on labelled pictures or on
//! streets drawn as it goes, in stages, resumable at any step. Beside it, the head of the fast locatability network.

mod adamw;
mod ahead;
mod answer;
mod begin;
mod check;
mod checkpoint;
mod config;
pub mod data;
mod error;
mod estimate;
mod event;
mod features;
mod gradient;
mod head;
mod lesson;
mod log;
mod look;
mod loss;
mod mistakes;
mod network;
mod order;
mod pace;
mod pictures;
mod preset;
mod probe;
#[cfg(test)]
#[path = "../../tests/fixtures/recipe.rs"]
pub(crate) mod recipe;
mod rows;
mod run;
mod schedule;
mod sizes;
mod student;
mod task;
mod toml_file;

pub(crate) use adamw::{AdamW, GradientSum, shortening};
pub use answer::{Truth, hint, question};
pub use checkpoint::{Best, TrainState, state_in};
pub use config::{
    CheckpointPart, DataPart, FeaturesPart, LoraTable, ModelPart, Parameters, Precision, ProbesPart, SchedulePart,
    Stage, Streets, TrainConfig, ValidationPart,
};
pub use error::{Lower, NotFinite, TrainError};
pub use estimate::{Estimate, TrainMemory, estimate};
pub use event::{Answered, Plan, StepReport, TrainEvent, Trained, Validation};
pub use log::{LOG_FILE, LogLine, read as read_log};
pub use look::{median, place_of};
pub use network::{NetworkConfig, NetworkEvent, NetworkOutcome, train_network};
pub use pace::EarlierPace;
pub use pictures::through_jpeg;
pub use probe::Probe;
pub use run::{run, train};
pub use task::TrainTask;
pub use toml_file::ConfigError;
pub(crate) use toml_file::{folder_of, toml_problem};
