//! `terrasight streets`: a folder of drawn streets with labels and a manifest that the other commands read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::street;

use super::{Failure, progress::Progress};

/// Draw street pictures with their places, labels and clues.
#[derive(Debug, Args)]
pub(super) struct Streets {
    /// How many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    count: u64,
    /// Picture i is drawn from seed S+i; those from 1,000,000 on are for evaluation alone
    #[arg(long, value_name = "S")]
    seed: u64,
    /// The folder for pictures/, labels/ and manifest.csv
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Draw another set in place of one that is there already
    #[arg(long)]
    force: bool,
}

impl Streets {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let taken = street::PARTS.map(|part| self.out.join(part)).into_iter().find(|path| is_taken(path));
        if let Some(path) = taken.filter(|_| !self.force) {
            let path = path.display();
            return Err(Failure::new(format!(
                "{path}: it exists already; name another --out, or add --force to draw in its place"
            )));
        }
        let progress = Progress::new(usize::try_from(self.count).unwrap_or(usize::MAX));
        progress.say("drawing streets");
        street::write_set(self.count, self.seed, &self.out, &mut |_done| progress.step()).map_err(Failure::new)
    }
}

/// Whether a file, or a folder with anything in it, lies here.
fn is_taken(path: &Path) -> bool {
    match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_no_folder) => path.exists(),
    }
}
