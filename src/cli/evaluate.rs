//! `terrasight evaluate`: how often a model is right, as a file says.

use std::{path::PathBuf, sync::atomic::AtomicBool};

use clap::Args;

use crate::{assets, eval};

use super::{
    Failure,
    output::{complain, deliver},
    progress::Progress,
    table::TableArgs,
};

/// Measure a model as a file says.
#[derive(Debug, Args)]
pub(super) struct Evaluate {
    /// Which model answers for which pictures (TOML)
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    #[command(flatten)]
    table: TableArgs,
}

impl Evaluate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let progress = Progress::new(0);
        progress.say("reading the model");
        // An evaluation that the system ends goes on with the pictures that are left, so nothing has to be caught here.
        let never = AtomicBool::new(false);
        let mut starter = || assets::starter_folder().map_err(|error| error.to_string());
        let report = eval::run(&self.file, &self.table.options(), &mut starter, &never, &mut |now| {
            progress.expect(now.pictures as u64);
            progress.set(now.done as u64);
            progress.say(now.row.picture.clone());
            if let Some(error) = &now.row.error {
                progress.aside(|| complain(format_args!("{}: {error}", now.row.picture)));
            }
        })
        .map_err(Failure::new)?;
        drop(progress);
        let Some(report) = report else { return Ok(()) };
        deliver(&report.to_string(), None)?;
        // Each picture that failed has had its line already.
        if report.failed.is_empty() { Ok(()) } else { Err(Failure::Said) }
    }
}
