//! Records as a source of an index. Who reads them lives above the index, which is handed the function.

use std::path::{Path, PathBuf};

use crate::dataset::{label::Label, table::TableOptions};

/// What records are about, read by whoever knows what conversations say.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The pictures' files, and what is said of each.
    pub pictures: Vec<(PathBuf, Label)>,
    /// What cannot be used, a line each.
    pub bad: Vec<String>,
}

/// Reads the records of a file; it is told whether to go on. None where it was not to; an error is one line that names the file.
pub type ReadRecords = fn(&Path, &TableOptions, &dyn Fn() -> bool) -> Result<Option<Recorded>, String>;
