//! `terrasight train`: a run as a file says, which can be broken off and gone on with.

use std::{path::PathBuf, sync::atomic::AtomicBool};

use clap::Args;

use crate::train::{self, TrainEvent};

use super::{
    Failure,
    output::{complain, deliver},
    progress::Progress,
};

/// Train a model as a file says.
#[derive(Debug, Args)]
pub(super) struct Train {
    /// What to learn from and how (TOML)
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// Go on from the last checkpoint of a run that was broken off
    #[arg(long)]
    resume: bool,
}

impl Train {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let progress = Progress::new(0);
        // A run that the system ends goes on from its last checkpoint with --resume, so nothing has to be caught here.
        let never = AtomicBool::new(false);
        let outcome = train::run(&self.file, self.resume, &never, &mut |event| {
            match &event {
                TrainEvent::Started(plan) => progress.expect(plan.steps),
                TrainEvent::Stepped(report) => progress.set(report.step),
                TrainEvent::Skipped { .. } => progress.aside(|| complain(&event)),
                TrainEvent::Validated(_) | TrainEvent::Saved { .. } => {}
            }
            progress.say(event.to_string());
        })
        .map_err(Failure::new)?;
        drop(progress);
        let mut text =
            format!("{} of {} steps; last checkpoint: {}\n", outcome.step, outcome.steps, outcome.last.display());
        if let Some((folder, best)) = outcome.best {
            text.push_str(&format!("best on held-back pictures: {} (loss {:.4})\n", folder.display(), best.loss));
        }
        deliver(&text, None)
    }
}
