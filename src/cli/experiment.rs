//! `terrasight experiment`: what a hint does to the answers that are on record.

use std::path::PathBuf;

use clap::Args;

use crate::{
    assets::{Fingerprint, calibration_of},
    eval::{
        calibration::{StreetSet, read_set},
        experiment::{Page, experiment, hear},
    },
};

use super::{Failure, ModelArguments, model_folder, output::deliver, report::write_report};

/// Measure what hints do, right and wrong ones (GaGA's experiment), on records of 'calibrate'.
#[derive(Debug, Args)]
pub(super) struct Experiment {
    /// The folder of the records that 'calibrate --streets' has kept
    #[arg(value_name = "RECORDS")]
    records: PathBuf,
    /// Take so many of the streets that it was tried on
    #[arg(long, value_name = "N", default_value_t = 2000)]
    limit: u64,
    /// Write the page and its figures into this folder, too
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArguments,
}

impl Experiment {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let folder = model_folder(&self.model.source()?)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sha256 = Fingerprint::of(folder).get();
        let calibration = sha256.map_or(Ok(None), |sha256| calibration_of(&sha256)).map_err(Failure::new)?;
        let [_, _, tried] = StreetSet::all(self.limit);
        let records = read_set(&self.records, tried.name, &tried.pictures()).map_err(Failure::new)?;
        if records.is_empty() {
            return Err(Failure::new(format!(
                "{}: no records of streets in it; 'terrasight calibrate --streets --records FOLDER --report docs' makes them",
                self.records.display()
            )));
        }
        let ends = records.first().zip(records.last());
        let pictures = ends.map_or_else(String::new, |(first, last)| format!("{} to {}", first.picture, last.picture));
        let found = experiment((&name, &pictures), &records, calibration.as_ref(), &hear);
        let page = Page(&found).to_string();
        if let Some(folder) = &self.report {
            let figures = serde_json::to_string_pretty(&found).map_err(Failure::new)? + "\n";
            write_report(folder, [("EXPERIMENT.md", &page), ("figures/experiment.json", &figures)])?;
        }
        deliver(&page, None)
    }
}
