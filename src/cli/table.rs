//! How a table of pictures is to be read, as the commands are told.

use std::path::PathBuf;

use clap::Args;

use crate::dataset::{
    Source,
    table::{ColumnChoice, TableOptions},
};

/// What the names of a table's columns do not tell.
#[derive(Debug, Clone, Args)]
pub(super) struct TableArgs {
    /// Which columns of the table mean what, where their names do not tell: path, latitude, longitude, position,
    /// latitude_ref, longitude_ref, country_code, city, locatability, clues, reasons; 'city=' for no column
    #[arg(long, value_name = "path=A,latitude=B,longitude=C")]
    columns: Option<ColumnChoice>,
    /// Where relative paths of the table start from [default: the table's folder]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

impl TableArgs {
    /// What was said.
    pub(super) fn options(&self) -> TableOptions {
        TableOptions { columns: self.columns.clone().unwrap_or_default(), root: self.root.clone() }
    }

    /// These sources, to be read so.
    pub(super) fn sources(&self, paths: &[PathBuf]) -> Vec<Source> {
        let TableOptions { columns, root } = self.options();
        let source = |path: &PathBuf| Source { columns: columns.clone(), root: root.clone(), ..Source::at(path) };
        paths.iter().map(source).collect()
    }
}
