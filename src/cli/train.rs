//! `terrasight train`: a run as a file says, which can be broken off and gone on with.

use std::path::PathBuf;

use clap::Args;

use crate::{
    hub::MachineMemory,
    knowledge::ade20k::THRESHOLD,
    locatability::HeldOut,
    train::{self, NetworkConfig, NetworkEvent, TrainConfig, TrainEvent, train_network},
    words,
    worker::dry_run,
};

use super::{
    Failure,
    interrupt::stop_asked,
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
    /// Say what memory and time the run would take, and begin nothing
    #[arg(long)]
    dry_run: bool,
}

impl Train {
    pub(super) fn run(&self) -> Result<(), Failure> {
        if let Some(config) = NetworkConfig::read(&self.file).map_err(Failure::new)? {
            return self.network(&config);
        }
        let config = TrainConfig::read(&self.file).map_err(Failure::new)?;
        let reckoned = dry_run(&config, self.resume, MachineMemory::now()).map_err(Failure::new)?;
        if self.dry_run {
            deliver(&(words::dry_run(&reckoned).join("\n") + "\n"), None)?;
        }
        reckoned.check().map_err(Failure::new)?;
        if self.dry_run {
            return Ok(());
        }
        words::unmatched(&reckoned.estimate).for_each(complain);
        words::data_findings(&reckoned.estimate).iter().for_each(complain);
        let progress = Progress::new(0);
        let stop = stop_asked()?;
        let outcome = train::train(&config, self.resume, stop, &mut |event| {
            match &event {
                TrainEvent::Started(plan) => progress.expect(plan.steps),
                TrainEvent::Stepped(report) => progress.set(report.step),
                TrainEvent::Skipped { .. } | TrainEvent::NotFollowed { .. } => progress.aside(|| complain(&event)),
                TrainEvent::Validated(_) | TrainEvent::Answered(_) | TrainEvent::Saved { .. } => {}
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
        deliver(&text, None)?;
        if outcome.step < outcome.steps {
            return Err(Failure::new("ended before it was done; the same command with --resume goes on"));
        }
        Ok(())
    }

    /// A locatability network, whose training is short enough to be done in one go.
    fn network(&self, config: &NetworkConfig) -> Result<(), Failure> {
        if self.resume || self.dry_run {
            let (file, option) = (self.file.display(), if self.resume { "--resume" } else { "--dry-run" });
            return Err(Failure::new(format!(
                "{file}: a locatability network is trained in one go; leave out {option}"
            )));
        }
        let progress = Progress::new(0);
        let outcome = train_network(config, stop_asked()?, &mut |event| {
            match &event {
                NetworkEvent::Seen { done, of } => {
                    progress.expect(*of as u64);
                    progress.set(*done as u64);
                }
                NetworkEvent::Skipped(error) => progress.aside(|| complain(error)),
                NetworkEvent::Learned { step, steps, .. } => {
                    progress.expect(*steps);
                    progress.set(*step);
                }
            }
            progress.say(event.to_string());
        })
        .map_err(Failure::new)?;
        drop(progress);
        let HeldOut { pictures, spearman, mean_absolute_error, error_of_the_mean, agreement } = outcome.held_out;
        let correlation = spearman.map_or("none".to_owned(), |value| format!("{value:.4}"));
        let text = format!(
            "{}: learned from {} pictures, step {} kept\n{pictures} pictures that had no part in it: rank correlation \
             {correlation}, mean absolute error {mean_absolute_error:.4} (the mean score would be off by \
             {error_of_the_mean:.4}), same side of {THRESHOLD} in {:.1} %\n",
            outcome.folder.display(),
            outcome.learned,
            outcome.step,
            100.0 * agreement
        );
        deliver(&text, None)
    }
}
