//! `terrasight claims`: the papers' claims tried in small, which can be broken off and gone on with.

use std::path::PathBuf;

use clap::Args;

use crate::eval::claims::{ClaimsConfig, ClaimsEvent, Page, run};

use super::{Failure, interrupt::stop_asked, output::deliver, progress::Progress, report::Report};

/// Try the papers' claims in small: locatable pictures, two stages, hints (hours; the same command goes on).
#[derive(Debug, Args)]
pub(super) struct Claims {
    /// On what base, streets and schedule (TOML)
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// When all is tried, write the page and its figures into this folder, too
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Replace the page and the figures that are there already
    #[arg(long)]
    force: bool,
}

impl Claims {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let names = ["CLAIMS.md", "figures/claims.json"];
        let claim = |folder: &PathBuf| Report::claim(folder, names, std::slice::from_ref(&self.file), self.force);
        let report = self.report.as_ref().map(claim).transpose()?;
        let config = ClaimsConfig::read(&self.file).map_err(Failure::new)?;
        let progress = Progress::new(0);
        let stop = stop_asked()?;
        let tried = run(&config, stop, &mut |event| match event {
            ClaimsEvent::Choosing { repetition, done } => {
                progress.say(format!("{} of {}: {done} streets chosen", repetition + 1, config.repetitions));
            }
            ClaimsEvent::At { repetition, model, doing } => {
                progress.say(format!("{} of {} · {model}: {doing}", repetition + 1, config.repetitions));
            }
            ClaimsEvent::Done { models, of } => {
                progress.expect(of);
                progress.set(models);
            }
        })
        .map_err(Failure::new)?;
        drop(progress);
        let Some(claims) = tried else {
            return Err(Failure::new("ended before one repetition was whole; the same command goes on"));
        };
        let page = Page(&claims).to_string();
        deliver(&page, None)?;
        if (claims.repetitions as u64) < config.repetitions {
            return Err(Failure::new("ended before it was done; the same command goes on"));
        }
        let Some(report) = report else { return Ok(()) };
        let figures = serde_json::to_string_pretty(&claims).map_err(Failure::new)? + "\n";
        report.write([&page, &figures])
    }
}
