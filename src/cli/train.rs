//! `terrasight train`: a run as a file says, which can be broken off and gone on with.

use std::path::{Path, PathBuf, absolute};

use clap::Args;
use serde::{
    Deserialize as _,
    de::{IntoDeserializer as _, value},
};

use crate::{
    dataset::Source,
    hub::MachineMemory,
    knowledge::ade20k::THRESHOLD,
    locatability::HeldOut,
    train::{
        self, DataPart, ModelPart, NetworkConfig, NetworkEvent, Parameters, Stage, TrainConfig, TrainEvent,
        train_network,
    },
    words,
    worker::{ModelSource, dry_run},
};

use super::{
    Failure,
    interrupt::stop_asked,
    model_folder, model_source,
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
    /// Make FILE.toml with the defaults of a stage (reasoning, location, full or correction) in the place of training by it
    #[arg(long, value_name = "STAGE", requires_all = ["model", "sources"], conflicts_with_all = ["resume", "dry_run"], value_parser = stage)]
    preset: Option<Stage>,
    /// With --preset, what to start from: the starter learns whole, beside any other an adapter does
    #[arg(long, value_name = "M", requires = "preset")]
    model: Option<String>,
    /// With --preset, what to learn from: folders, tables, indexes, and records as JSON, JSONL or Parquet
    #[arg(long = "source", value_name = "SOURCE", num_args = 1.., requires = "preset")]
    sources: Vec<PathBuf>,
}

fn stage(name: &str) -> Result<Stage, String> {
    let unknown = |_: value::Error| format!("'{name}' is no stage; these are: reasoning, location, full, correction");
    Stage::deserialize(name.into_deserializer()).map_err(unknown)
}

impl Train {
    pub(super) fn run(&self) -> Result<(), Failure> {
        if let (Some(stage), Some(model)) = (self.preset, &self.model) {
            return self.make(stage, model);
        }
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

    /// Makes the training file, with all paths in full.
    fn make(&self, stage: Stage, model: &str) -> Result<(), Failure> {
        let (file, out) = (&self.file, self.file.with_extension(""));
        if file.exists() || out == *file {
            return Err(Failure::new(format!("{}: name a new file that ends in .toml", file.display())));
        }
        let whole = |path: &Path| absolute(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())));
        let source = model_source(model)?;
        let parameters = if source == ModelSource::Starter { Parameters::All } else { Parameters::Lora };
        let base = Some(whole(&model_folder(&source)?)?);
        let model = ModelPart { base, init: None, parameters, picture_tokens: None };
        let sources = self.sources.iter().map(|path| whole(path).map(Source::at)).collect::<Result<_, _>>()?;
        let data = DataPart { sources, ..DataPart::default() };
        let config = TrainConfig::preset(stage, model, data, whole(&out)?);
        config.check().map_err(Failure::new)?;
        deliver(&toml::to_string(&config).map_err(Failure::new)?, Some(file))?;
        let name = file.display();
        deliver(&format!("{name}: the defaults of its stage; 'terrasight train {name}' trains by them\n"), None)
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        train: Train,
    }

    #[test]
    fn a_training_file_is_made_with_the_defaults_of_its_stage_and_replaces_none() {
        let home = tempfile::tempdir().unwrap();
        let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/starter");
        let file = home.path().join("places.toml");
        let line = |stage: &str| {
            let (file, starter, home) =
                (file.to_str().unwrap(), starter.to_str().unwrap(), home.path().to_str().unwrap());
            Line::try_parse_from(["train", file, "--preset", stage, "--model", starter, "--source", home])
        };
        line("location").unwrap().train.run().unwrap();
        let config = TrainConfig::read(&file).unwrap();
        assert_eq!((config.stage, config.data.min_locatability), (Stage::Location, Some(0.4)));
        assert_eq!((config.lora.dropout, config.out), (0.05, home.path().join("places")));
        let before = std::fs::read(&file).unwrap();
        assert!(line("full").unwrap().train.run().is_err());
        assert_eq!(std::fs::read(&file).unwrap(), before);
        assert!(line("fast").is_err() && Line::try_parse_from(["train", "a.toml", "--preset", "full"]).is_err());
    }
}
