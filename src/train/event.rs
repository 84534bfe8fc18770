//! What a run says of itself while it goes: plain data, for a progress line, a window or a test.

use std::{fmt, path::PathBuf};

use super::{checkpoint::Best, error::NotFinite};

/// Something a run has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainEvent {
    /// Everything is open and the first step comes next.
    Started(Plan),
    /// A step is done.
    Stepped(StepReport),
    /// Held-back pictures have been looked at.
    Validated(Validation),
    /// A checkpoint is on the disk.
    Saved {
        /// The steps done.
        step: u64,
        /// The folder.
        folder: PathBuf,
    },
    /// A step was not taken, because a number of it is not finite.
    NotFollowed {
        /// The step.
        step: u64,
        /// Which number.
        what: NotFinite,
    },
    /// A probe was answered.
    Answered(Answered),
    /// A picture cannot be used and is left out.
    Skipped {
        /// Its name.
        picture: String,
        /// Why.
        error: String,
    },
}

/// What a run is going to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The model's parameters.
    pub parameters: usize,
    /// Those that learn.
    pub learning: usize,
    /// Pictures to learn.
    pub pictures: usize,
    /// Pictures held back.
    pub held_back: usize,
    /// All steps of the run.
    pub steps: u64,
    /// Steps that an earlier stretch has done.
    pub done: u64,
    /// The device, in words.
    pub device: String,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Steps done.
    pub step: u64,
    /// All steps.
    pub steps: u64,
    /// The mean loss over the step's answer tokens, in nats.
    pub loss: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// The length of the gradient before it is shortened.
    pub grad_norm: f64,
    /// Tokens a second, over this step.
    pub tokens_per_s: f64,
    /// Pictures a second, over this step.
    pub pictures_per_s: f64,
    /// What is left, at the pace of the last steps.
    pub seconds_left: f64,
}

/// How the model does on held-back pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Validation {
    /// Steps done.
    pub step: u64,
    /// The mean loss over the answer tokens, in nats.
    pub loss: f64,
    /// The share whose country is right, each token judged with the right tokens before it.
    pub country_accuracy: f64,
    /// The median distance of the places named from the true ones, in kilometres; none where no position is known.
    pub median_km: Option<f64>,
    /// Of how many pictures.
    pub pictures: usize,
}

/// What was answered about a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// After so many steps.
    pub step: u64,
    /// Which probe, from 0.
    pub number: usize,
    /// The answer.
    pub said: String,
}

/// What a run has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// Steps done.
    pub step: u64,
    /// All steps.
    pub steps: u64,
    /// The newest checkpoint.
    pub last: PathBuf,
    /// The checkpoint with the lowest loss on held-back pictures, and that loss.
    pub best: Option<(PathBuf, Best)>,
}

impl fmt::Display for TrainEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started(plan) => {
                let Plan { parameters, learning, pictures, held_back, steps, done, device } = plan;
                write!(
                    f,
                    "{learning} of {parameters} parameters learn from {pictures} pictures ({held_back} held back) in \
                     {steps} steps on {device}"
                )?;
                if *done > 0 { write!(f, ", from step {done} on") } else { Ok(()) }
            }
            Self::Stepped(report) => {
                let StepReport { step, steps, loss, learning_rate, pictures_per_s, seconds_left, .. } = report;
                write!(
                    f,
                    "step {step} of {steps}: loss {loss:.4}, rate {learning_rate:.2e}, {pictures_per_s:.1} pictures/s, \
                     {} left",
                    duration(*seconds_left)
                )
            }
            Self::Validated(Validation { step, loss, country_accuracy, median_km, pictures }) => {
                write!(
                    f,
                    "step {step}: loss {loss:.4} and country right in {:.1} % of {pictures} held-back pictures",
                    100.0 * country_accuracy
                )?;
                median_km.map_or(Ok(()), |km| write!(f, ", off by {km:.0} km in the median"))
            }
            Self::NotFollowed { step, what } => write!(f, "step {step} left out: its {what} is no finite number"),
            Self::Answered(Answered { step, number, said }) => {
                write!(f, "step {step}: picture {} is answered {said}", number + 1)
            }
            Self::Saved { step, folder } => write!(f, "step {step}: saved in {}", folder.display()),
            Self::Skipped { picture, error } => write!(f, "left out: {picture}: {error}"),
        }
    }
}

/// "1 h 02 min", "3 min 20 s", "45 s".
fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_said_in_two_units() {
        assert_eq!(duration(44.6), "45 s");
        assert_eq!(duration(200.0), "3 min 20 s");
        assert_eq!(duration(3725.0), "1 h 02 min");
        assert_eq!(duration(-1.0), "0 s");
    }
}
