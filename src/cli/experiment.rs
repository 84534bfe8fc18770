//! `terrasight experiment`: what a hint does to the answers that are on record.

use std::{
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use clap::Args;

use crate::{
    assets::{Fingerprint, calibration_of},
    eval::{
        calibration::{RecordSet, StreetSet, is_of},
        experiment::{Page, ask_again, conversed_in, experiment, hear},
    },
    hub::asked_as_known,
    model::VisionLanguageModel,
    predict::calibration::Record,
};

use super::{
    Failure, PlainModel, interrupt::stop_asked, model_folder, output::deliver, progress::Progress, report::Report,
};

/// Measure what hints do, right and wrong ones (GaGA's experiment), on records of 'calibrate'.
#[derive(Debug, Args)]
pub(super) struct Experiment {
    /// The folder of the records that 'calibrate --streets' has kept
    #[arg(value_name = "RECORDS")]
    records: PathBuf,
    /// Take so many of the streets that it was tried on
    #[arg(long, value_name = "N", default_value_t = 2000)]
    limit: u64,
    /// Let the model answer anew after each hint, too; a run that was broken off goes on from what lies beside the records
    #[arg(long)]
    converse: bool,
    /// Write the page and its figures into this folder, too
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Replace the page and the figures that are there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    model: PlainModel,
}

impl Experiment {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let names = ["EXPERIMENT.md", "figures/experiment.json"];
        let report = self.report.as_ref().map(|folder| Report::claim(folder, names, &[], self.force)).transpose()?;
        let folder = model_folder(&self.model.source()?)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sha256 = Fingerprint::of(folder.clone()).get();
        let sha256 = sha256.ok_or_else(|| Failure::new(format!("{}: its files cannot be read", folder.display())))?;
        is_of(&sha256, &self.records).map_err(Failure::new)?;
        let calibration = calibration_of(&sha256).map_err(Failure::new)?;
        let [_, _, tried] = StreetSet::all(self.limit);
        let set = tried.recorded();
        let records = set.read(&self.records).map_err(Failure::new)?;
        if records.is_empty() {
            return Err(Failure::new(format!(
                "{}: no records of streets in it; 'terrasight calibrate --streets --records FOLDER --report docs' makes them",
                self.records.display()
            )));
        }
        if self.converse {
            self.ask_again(&folder, &set, &records)?;
        }
        let conversed = conversed_in(&self.records).map_err(Failure::new)?;
        let ends = records.first().zip(records.last());
        let pictures = ends.map_or_else(String::new, |(first, last)| format!("{} to {}", first.picture, last.picture));
        let found = experiment((&name, &pictures), &records, &conversed, calibration.as_ref(), &hear);
        let page = Page(&found).to_string();
        if let Some(report) = &report {
            let figures = serde_json::to_string_pretty(&found).map_err(Failure::new)? + "\n";
            report.write([&page, &figures])?;
        }
        deliver(&page, None)
    }

    fn ask_again(&self, folder: &Path, set: &RecordSet, records: &[Record]) -> Result<(), Failure> {
        let model = VisionLanguageModel::open(folder, &self.model.open_device()?).map_err(Failure::new)?;
        let model = asked_as_known(model);
        let (progress, stop) = (Progress::new(records.len()), stop_asked()?);
        let mut go_on = |done: usize| {
            progress.set(done as u64);
            !stop.load(Ordering::Relaxed)
        };
        match ask_again(&model, &set.pictures, records, &self.records, &mut go_on).map_err(Failure::new)? {
            true => Ok(()),
            false => Err(Failure::new(format!("stopped; the same command goes on from {}", self.records.display()))),
        }
    }
}
