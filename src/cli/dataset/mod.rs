//! `terrasight dataset`: a folder of pictures as a data set: found out about once, curated, handed on.

mod check;
mod convert;
mod export;
mod index;
mod merge;
mod reading;

use clap::{Args, Subcommand};

use super::Failure;

/// Keep a data set in order: index, merge, check, convert, export
#[derive(Debug, Args)]
pub(super) struct Dataset {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find out about pictures and write it to an index
    Index(index::IndexPictures),
    /// Put indexes together
    Merge(merge::Merge),
    /// Say what is wrong with data to learn from
    Check(check::Check),
    /// Write data to learn from for another program that trains
    Convert(convert::Convert),
    /// Write pictures of an index for other programs
    Export(export::Export),
}

impl Dataset {
    pub(super) fn run(&self) -> Result<(), Failure> {
        match &self.command {
            Command::Index(index) => index.run(),
            Command::Merge(merge) => merge.run(),
            Command::Check(check) => check.run(),
            Command::Convert(convert) => convert.run(),
            Command::Export(export) => export.run(),
        }
    }
}
