//! The log of a run: `log.jsonl`, one JSON object a line, appended as the run goes.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    TrainError,
    event::{StepReport, Validation},
};
use crate::files::lines;

/// Its name in the folder of a run.
pub const LOG_FILE: &str = "log.jsonl";

/// One line of the log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// Steps done, this one counted.
    pub step: u64,
    /// The mean loss over the step's answer tokens, in nats a token; none where nothing was learned, as before the first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// The learning rate of the step.
    pub lr: f64,
    /// The length of the gradient before clipping.
    pub grad_norm: f64,
    /// Pictures learned so far.
    pub pictures: u64,
    /// Tokens (prompt, picture and answer) per second of this step, its data included.
    pub tokens_per_s: f64,
    /// The loss on held-back pictures, on the steps that looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub val_loss: Option<f64>,
    /// The share of held-back pictures whose country is right, on the steps that looked; each token is judged with the
    /// right tokens before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub val_country_accuracy: Option<f64>,
    /// The median distance of the places named from the true ones, in kilometres, on the steps that looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub val_median_km: Option<f64>,
    /// Pictures a second of this step.
    #[serde(default)]
    pub pictures_per_s: f64,
    /// What was answered about the probes after it, in their order, on the steps that asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
}

impl LogLine {
    /// What a step came to, after so many pictures.
    pub fn of(report: &StepReport, pictures: u64) -> Self {
        let StepReport { step, loss, learning_rate, grad_norm, tokens_per_s, pictures_per_s, .. } = *report;
        Self {
            step,
            loss: Some(loss),
            lr: learning_rate,
            grad_norm,
            pictures,
            tokens_per_s,
            pictures_per_s,
            ..Self::default()
        }
    }

    /// The line of what is seen and answered where nothing was learned: before the first step, and after one that could not be
    /// followed.
    pub fn unlearned(step: u64) -> Self {
        Self { step, ..Self::default() }
    }

    /// What a look after it at so many pictures saw, if there was one.
    pub fn look(&self, pictures: usize) -> Option<Validation> {
        let (loss, country_accuracy) = (self.val_loss?, self.val_country_accuracy?);
        Some(Validation { step: self.step, loss, country_accuracy, median_km: self.val_median_km, pictures })
    }

    /// Takes in what a look after it saw.
    pub fn hear(&mut self, validation: &Validation) {
        self.val_loss = Some(validation.loss);
        self.val_country_accuracy = Some(validation.country_accuracy);
        self.val_median_km = validation.median_km;
    }
}

/// A log being written.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    kept: Vec<LogLine>,
}

impl Log {
    /// Opens the log of the run in `out` for the steps after `step`; lines of later steps, which a run that was killed
    /// wrote after its last checkpoint, are dropped, and all of them where a run begins anew.
    pub fn open(out: &Path, step: u64) -> Result<Self, TrainError> {
        let path = out.join(LOG_FILE);
        let written = || -> io::Result<(File, Vec<LogLine>)> {
            let is_kept = |line: &LogLine| step > 0 && line.step <= step;
            let kept: Vec<LogLine> = read(&path)?.into_iter().filter(is_kept).collect();
            let text = kept.iter().map(lines::json).collect::<io::Result<String>>()?;
            Ok((lines::open_with(&path, &text)?, kept))
        };
        let (file, kept) = written().map_err(|cause| TrainError::write(&path, cause))?;
        Ok(Self { path, file, kept })
    }

    /// The lines that were there when it was opened.
    pub fn lines(&self) -> &[LogLine] {
        &self.kept
    }

    /// Adds a line.
    pub fn add(&mut self, line: &LogLine) -> Result<(), TrainError> {
        lines::add(&mut self.file, line).map_err(|cause| TrainError::write(&self.path, cause))
    }
}

/// The lines of a log; none where there is no log. A last line that was cut off by a crash is left out.
pub fn read(path: &Path) -> io::Result<Vec<LogLine>> {
    let lines = lines::read(path)?;
    Ok(lines.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn line(step: u64) -> LogLine {
        let loss = Some(1.0 / step as f64);
        LogLine {
            step,
            loss,
            lr: 1e-3,
            grad_norm: 2.0,
            pictures: 8 * step,
            tokens_per_s: 100.0,
            val_loss: step.is_multiple_of(2).then_some(0.5),
            val_country_accuracy: None,
            val_median_km: None,
            pictures_per_s: 3.0,
            answers: Vec::new(),
        }
    }

    #[test]
    fn a_resumed_log_drops_what_came_after_the_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOG_FILE);
        let mut log = Log::open(folder.path(), 0).unwrap();
        (1..=5).for_each(|step| log.add(&line(step)).unwrap());
        log.file.write_all(b"{\"step\":6,\"lo").unwrap();
        let mut log = Log::open(folder.path(), 3).unwrap();
        log.add(&line(4)).unwrap();
        assert_eq!(read(&path).unwrap(), (1..=4).map(line).collect::<Vec<_>>());
    }

    #[test]
    fn what_was_seen_before_the_first_step_is_kept_when_a_run_goes_on_and_not_when_it_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let look = Validation { step: 0, loss: 2.0, country_accuracy: 0.25, median_km: Some(183.0), pictures: 8 };
        let mut log = Log::open(folder.path(), 0).unwrap();
        let mut before = LogLine { answers: vec!["Chile".to_owned()], ..LogLine::unlearned(0) };
        before.hear(&look);
        log.add(&before).unwrap();
        log.add(&line(1)).unwrap();
        let log = Log::open(folder.path(), 1).unwrap();
        assert_eq!(log.lines()[0], before);
        assert_eq!(log.lines()[0].look(8), Some(look));
        assert_eq!((log.lines()[0].loss, log.lines().len()), (None, 2));
        assert!(Log::open(folder.path(), 0).unwrap().lines().is_empty());
    }
}
