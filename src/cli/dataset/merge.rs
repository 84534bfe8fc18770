//! `terrasight dataset merge`: the parts that several machines made, in one index.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::{
    cli::output::deliver,
    dataset::{self, Index},
};

/// Put indexes together. Of a picture that several know, what was found out last stays; merging again changes nothing.
#[derive(Debug, Args)]
pub(super) struct Merge {
    /// The indexes to take over
    #[arg(value_name = "INDEX.sqlite", required = true)]
    indexes: Vec<PathBuf>,
    /// The index that takes them in, which is made if it is not there
    #[arg(long, value_name = "INDEX.sqlite")]
    into: PathBuf,
}

impl Merge {
    pub(super) fn run(&self) -> Result<(), Failure> {
        // A name that is wrong is seen before an index is made.
        for other in &self.indexes {
            Index::open(other).map_err(Failure::new)?;
        }
        let mut into = Index::create_or_open(&self.into).map_err(Failure::new)?;
        let merged = dataset::merge(&mut into, &self.indexes).map_err(Failure::new)?;
        let total = into.summary().map_err(Failure::new)?;
        let (file, taken, rows) = (self.into.display(), merged.taken, merged.rows);
        deliver(&format!("{taken} of {rows} rows taken over; {file}: {} pictures\n", total.rows), None)
    }
}
