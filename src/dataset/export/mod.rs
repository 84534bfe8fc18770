//! Rows of an index on their way to other programs: as a folder, a table, or the training form of the paper.
//!
//! Whatever is written is there whole or not at all.

mod csv;
mod folder;
mod parquet;
mod qwen_vl;
mod whole;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

pub use qwen_vl::Stage;

use super::{Index, IndexError, Row, duplicates};
use crate::geo::CountryCode;

/// Which rows are meant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    /// Only pictures with at least this locatability.
    pub min_locatability: Option<f64>,
    /// Only pictures with at most this locatability.
    pub max_locatability: Option<f64>,
    /// Only pictures of these countries; all where none is named.
    pub countries: Vec<CountryCode>,
    /// Only pictures that are marked as checked.
    pub checked: bool,
    /// Only pictures with a position.
    pub located: bool,
    /// Also pictures that could not be read or scored, or are gone.
    pub with_errors: bool,
    /// Of pictures whose perceptual hashes differ in at most so many bits, only one.
    pub no_duplicates: Option<u32>,
}

impl Selection {
    /// The rows among these that are meant.
    pub fn of(&self, mut rows: Vec<Row>) -> Vec<Row> {
        rows.retain(|row| self.takes(row));
        match self.no_duplicates {
            Some(distance) => duplicates::without_duplicates(rows, distance),
            None => rows,
        }
    }

    fn takes(&self, row: &Row) -> bool {
        let at_least = |bound: f64| row.locatability.is_some_and(|score| score >= bound);
        let at_most = |bound: f64| row.locatability.is_some_and(|score| score <= bound);
        let of_country = || row.country.is_some_and(|country| self.countries.contains(&country));
        self.min_locatability.is_none_or(at_least)
            && self.max_locatability.is_none_or(at_most)
            && (self.countries.is_empty() || of_country())
            && (!self.checked || row.checked)
            && (!self.located || row.position.is_some())
            && (self.with_errors || row.error.is_none())
    }
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    /// A folder with the pictures and a manifest.
    Folder(Transfer),
    /// A manifest, which `evaluate` and `train` read where every row has a position.
    Csv,
    /// A Parquet table.
    Parquet,
    /// A Parquet table with a column of points.
    GeoParquet,
    /// The conversations that a stage of the paper is trained on, as Qwen-VL's trainer reads them.
    QwenVl(Stage),
}

/// How pictures come into a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// As files of their own.
    Copy,
    /// As further names of the same files, which take no room; as copies where the disk is another.
    Link,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportSummary {
    /// Rows written.
    pub written: u64,
    /// Rows that the form has no use for: without a country, without reasons, without a file.
    pub left_out: u64,
    /// Rows written that have no position, without which no manifest can be learned from or measured by.
    pub without_position: u64,
    /// Pictures that could not be copied, a line each.
    pub failed: Vec<String>,
}

/// Why rows cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// No row is meant.
    #[error("no picture of the index is selected; nothing was written")]
    Nothing,
    /// The folder is there already.
    #[error("{}: it is there already and not empty; name a new folder", .0.display())]
    Taken(PathBuf),
    /// The folder for the result is missing.
    #[error("{}: the folder {} does not exist; make it or name another place", out.display(), folder.display())]
    NoFolder {
        /// The result.
        out: PathBuf,
        /// Where it was to lie.
        folder: PathBuf,
    },
    /// The result cannot be written.
    #[error("{}: cannot be written ({cause}); name another place", out.display())]
    Write {
        /// The result.
        out: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The result has no such form.
    #[error("{}: cannot be written ({reason})", out.display())]
    Form {
        /// The result.
        out: PathBuf,
        /// What its writer says.
        reason: String,
    },
    /// The user ended it.
    #[error("{}: the export was ended before it was done; nothing was written", .0.display())]
    Ended(PathBuf),
}

/// What is being written, and how far it is.
struct Job<'a> {
    index: &'a Index,
    root: PathBuf,
    rows: &'a [Row],
    out: &'a Path,
    /// The folder that the result lies in, in full.
    folder: PathBuf,
    /// Told how many rows are done; says whether to go on.
    go_on: &'a mut dyn FnMut(u64) -> bool,
    summary: ExportSummary,
}

/// Writes these rows of an index. `go_on` is told now and then how many are done, and says whether to go on.
pub fn export(
    index: &Index,
    rows: &[Row],
    form: ExportForm,
    out: &Path,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<ExportSummary, ExportError> {
    if rows.is_empty() {
        return Err(ExportError::Nothing);
    }
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder)
        .map_err(|_missing| ExportError::NoFolder { out: out.to_owned(), folder: folder.to_owned() })?;
    let summary = ExportSummary::default();
    let mut job = Job { index, root: index.root()?, rows, out, folder, go_on, summary };
    match form {
        ExportForm::Folder(transfer) => folder::write(&mut job, transfer)?,
        ExportForm::Csv => csv::write(&mut job)?,
        ExportForm::Parquet => parquet::write(&mut job, false)?,
        ExportForm::GeoParquet => parquet::write(&mut job, true)?,
        ExportForm::QwenVl(stage) => qwen_vl::write(&mut job, stage)?,
    }
    Ok(job.summary)
}

impl Job<'_> {
    /// How the result names a picture: from its own folder where the picture lies below it, otherwise in full.
    fn path_of(&self, row: &Row) -> String {
        let file = row.file(&self.root);
        match file.strip_prefix(&self.folder) {
            Ok(inside) => inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"),
            Err(_elsewhere) => file.to_string_lossy().into_owned(),
        }
    }

    /// Notes that a row is written, and asks whether to go on.
    fn written(&mut self, row: &Row) -> Result<(), ExportError> {
        self.summary.written += 1;
        self.summary.without_position += u64::from(row.position.is_none());
        self.step()
    }

    /// Notes that the form has no use for a row.
    fn left_out(&mut self) -> Result<(), ExportError> {
        self.summary.left_out += 1;
        self.step()
    }

    fn step(&mut self) -> Result<(), ExportError> {
        let done = self.summary.written + self.summary.left_out + self.summary.failed.len() as u64;
        if (self.go_on)(done) { Ok(()) } else { Err(ExportError::Ended(self.out.to_owned())) }
    }

    fn cannot_write(&self, cause: io::Error) -> ExportError {
        ExportError::Write { out: self.out.to_owned(), cause }
    }
}
