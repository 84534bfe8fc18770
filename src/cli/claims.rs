//! `terrasight claims`: the papers' claims tried in small, which can be broken off and gone on with.

use std::path::PathBuf;

use clap::Args;

use crate::eval::claims::{ClaimsConfig, ClaimsEvent, Page, run};

use super::{Failure, interrupt::stop_asked, output::deliver, progress::Progress, report::write_report};

/// Try the papers' claims in small: locatable pictures, two stages, hints (hours; the same command goes on).
#[derive(Debug, Args)]
pub(super) struct Claims {
    /// On what base, streets and schedule (TOML)
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// Write the page and its figures into this folder, too
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
}

impl Claims {
    pub(super) fn run(&self) -> Result<(), Failure> {
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
        if let Some(folder) = &self.report {
            let figures = serde_json::to_string_pretty(&claims).map_err(Failure::new)? + "\n";
            write_report(folder, [("CLAIMS.md", &page), ("figures/claims.json", &figures)])?;
        }
        deliver(&page, None)?;
        if (claims.repetitions as u64) < config.repetitions {
            return Err(Failure::new("ended before it was done; the same command goes on"));
        }
        Ok(())
    }
}
