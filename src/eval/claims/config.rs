//! The file of the experiment: on what base, streets and schedule the claims are tried.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    street::FIRST_EVALUATION_SEED,
    train::{ConfigError, Streets, folder_of, toml_problem},
};

/// The file, read and checked. Relative paths are taken from its folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimsConfig {
    /// The folder for models, answers and features. A run that was broken off goes on in it.
    pub out: PathBuf,
    /// A checkpoint that has seen streets and knows no places.
    pub base: PathBuf,
    /// `auto`, `cpu`, `gpu` or `gpu:N`.
    #[serde(default = "auto_device")]
    pub device: String,
    /// Everything is done so many times, each time with other streets and another order.
    pub repetitions: u64,
    /// A stage learns so many streets.
    pub pictures: usize,
    /// How often a stage learns each of them.
    #[serde(default = "one")]
    pub epochs: f64,
    /// How often the correction stage learns each of its, which are three times as many: all that the other stages learn.
    #[serde(default = "one")]
    pub correction_epochs: f64,
    /// Streets whose gradients are taken at once.
    pub batch: usize,
    /// The highest learning rate of a stage.
    pub learning_rate: f64,
    /// The streets that are learned are chosen from these; each repetition has its part of them.
    pub streets: Streets,
    /// All models are asked about these, which none has learned.
    pub test: Streets,
}

impl ClaimsConfig {
    /// Reads and checks the file.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(file).map_err(|cause| ConfigError::Unreadable { file: file.to_owned(), cause })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|error| ConfigError::Form { file: file.to_owned(), problem: toml_problem(&text, &error) })?;
        if let Some((key, problem)) = config.problem() {
            return Err(ConfigError::Value { file: file.to_owned(), key, problem });
        }
        let folder = folder_of(file)?;
        config.out = folder.join(&config.out);
        config.base = folder.join(&config.base);
        Ok(config)
    }

    /// The first value that makes no sense: its key and why.
    fn problem(&self) -> Option<(&'static str, String)> {
        let found = |key, problem: &str| Some((key, problem.to_owned()));
        if self.out.as_os_str().is_empty() {
            return found("out", "must name a folder");
        }
        if !(1..=100).contains(&self.repetitions) {
            return found("repetitions", "must be at least 1 and at most 100");
        }
        if self.pictures == 0 || self.batch == 0 {
            return found("pictures", "and batch must be at least 1");
        }
        for (key, epochs) in [("epochs", self.epochs), ("correction_epochs", self.correction_epochs)] {
            if !(epochs.is_finite() && epochs > 0.0) {
                return found(key, "must be above 0");
            }
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return found("learning_rate", "must be above 0");
        }
        if let Some(problem) = self.streets.problem(true) {
            return Some(("streets", problem));
        }
        if self.test.count == 0 || self.test.seed < FIRST_EVALUATION_SEED {
            let problem =
                format!("needs at least one seed, all from {FIRST_EVALUATION_SEED} on: earlier ones are learned");
            return Some(("test", problem));
        }
        self.test.problem(false).map(|problem| ("test", problem))
    }

    /// The streets that a repetition chooses from.
    pub(super) fn part(&self, repetition: u64) -> Streets {
        let count = self.streets.count / self.repetitions;
        Streets { seed: self.streets.seed + repetition * count, count }
    }
}

fn auto_device() -> String {
    "auto".to_owned()
}

fn one() -> f64 {
    1.0
}
