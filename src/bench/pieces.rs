//! The pieces of a report: models of a shape in several precisions, and PyTorch beside them on the same files. Each piece is a process of its
//! own, which can be ended when its time is up, so that a slow one leaves out figures and no more.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

use crate::model::{DeviceChoice, Precision};

use super::{Scratch, answer_within, command, model, peer, shape::Shape};

/// A shape, what its weights are held in, and what PyTorch computes in beside them.
pub(super) struct Row {
    pub(super) shape: &'static str,
    pub(super) precisions: &'static [Precision],
    pub(super) peers: &'static [&'static str],
}

/// The pieces of one run.
pub(super) struct Pieces<'a> {
    pub(super) program: &'a Path,
    pub(super) choice: DeviceChoice,
    pub(super) repetitions: usize,
    /// Seconds of a piece that go to repetitions; what has begun is ended.
    pub(super) repeating_seconds: u32,
    /// A piece at most.
    pub(super) piece: Duration,
    /// All of them at most.
    pub(super) whole: Duration,
    pub(super) begin: Instant,
}

impl Pieces<'_> {
    /// Ours in each precision, then the peer's in each of its own.
    pub(super) fn of_shape(&self, row: &Row, bandwidth: &Value, report: &mut Map<String, Value>) -> Result<(), String> {
        let (name, shape) = (row.shape, Shape::named(row.shape)?);
        let (folder, home) = (Scratch::new("shape")?, Scratch::new("home")?);
        let path = folder.path().display().to_string();
        if let Err(error) = self.ask("checkpoint", &[path.clone(), name.to_owned()], None) {
            report.insert(name.to_owned(), missing(&error));
            return Ok(());
        }
        let mut last = None;
        for &precision in row.precisions {
            let told = [self.choice.to_string(), self.repetitions.to_string(), precision.to_string()];
            let told: Vec<String> =
                [path.clone()].into_iter().chain(told).chain([self.repeating_seconds.to_string()]).collect();
            let piece = format!("{name}, {precision}");
            let figures = self.timed(&piece, || {
                let found = self.ask("model", &told, Some(home.path()))?;
                let figures = with_share(model::figures(&found), shape.bytes_a_token(precision), bandwidth);
                last = Some(found);
                Ok(figures)
            });
            report.insert(piece, figures);
        }
        let Some(ours) = last else { return Ok(()) };
        for precision in row.peers {
            let piece = format!("{name}, PyTorch in {precision}");
            let figures = self.timed(&piece, || {
                let task = model::peer_task(folder.path(), self.choice, &ours, self.repetitions);
                let theirs = peer::measure(&task, precision, self.limit()?)?;
                let bytes = shape.bytes_a_token(Precision::Full) * if *precision == "float32" { 2.0 } else { 1.0 };
                Ok(with_share(model::figures(&theirs), bytes, bandwidth))
            });
            report.insert(piece, figures);
        }
        Ok(())
    }

    /// A part in a process of its own.
    pub(super) fn ask(&self, part: &str, told: &[String], home: Option<&Path>) -> Result<Value, String> {
        let mut command = command(self.program, part, told);
        if let Some(home) = home {
            command.env("TERRASIGHT_HOME", home);
        }
        answer_within(&mut command, self.limit()?)
    }

    /// How long the next piece may take.
    pub(super) fn limit(&self) -> Result<Duration, String> {
        let limit = self.piece.min(self.whole.saturating_sub(self.begin.elapsed()));
        if limit.is_zero() { Err(format!("left out, as {} s were over", self.whole.as_secs())) } else { Ok(limit) }
    }

    /// A piece's figures with when it began and how long it took.
    pub(super) fn timed(&self, name: &str, piece: impl FnOnce() -> Result<Value, String>) -> Value {
        let began = self.begin.elapsed().as_secs_f64();
        let mut figures = piece().unwrap_or_else(|error| missing(&error));
        // Where something ends the run, what was found so far stands in the log.
        tracing::info!("{name}: {figures}");
        if let Value::Object(figures) = &mut figures {
            figures.insert("began".to_owned(), json!(began));
            figures.insert("took".to_owned(), json!(self.begin.elapsed().as_secs_f64() - began));
        }
        figures
    }
}

/// What stands in place of figures that could not be taken.
pub(super) fn missing(error: &str) -> Value {
    json!({ "missing": error })
}

/// The figures with what share of the bandwidth decoding has that reads so many bytes a token.
fn with_share(mut figures: Value, bytes: f64, bandwidth: &Value) -> Value {
    let rate = figures["tokens_per_second"].as_f64().map(|tokens| bytes * tokens);
    let share = rate.zip(bandwidth["bytes_per_second"].as_f64()).map(|(rate, all)| rate / all);
    if let Value::Object(figures) = &mut figures {
        figures.insert("weight_bytes_per_token".to_owned(), json!(bytes));
        figures.insert("share_of_bandwidth".to_owned(), json!(share));
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_that_reads_half_of_what_memory_gives_has_half_of_the_bandwidth() {
        let figures = with_share(json!({ "tokens_per_second": 10.0 }), 2e9, &json!({ "bytes_per_second": 4e10 }));
        assert_eq!(
            (figures["weight_bytes_per_token"].as_f64(), figures["share_of_bandwidth"].as_f64()),
            (Some(2e9), Some(0.5))
        );
        let unknown = with_share(json!({ "tokens_per_second": 10.0 }), 2e9, &missing("no memory"));
        assert!(unknown["share_of_bandwidth"].is_null());
    }
}
