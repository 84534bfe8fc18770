//! One export on its way.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{error::ExportError, form::ExportSummary};
use crate::dataset::{Index, Row};

/// What is being written, and how far it is.
pub(super) struct Job<'a> {
    pub index: &'a Index,
    pub root: PathBuf,
    pub rows: &'a [Row],
    pub out: &'a Path,
    /// Whether a file that is there is to be replaced.
    pub replaces: bool,
    /// The folder that the result lies in, in full.
    pub folder: PathBuf,
    /// Told how many rows are done; says whether to go on.
    pub go_on: &'a mut dyn FnMut(u64) -> bool,
    pub summary: ExportSummary,
}

impl Job<'_> {
    /// How the result names a picture: from its own folder where the picture lies below it, otherwise in full.
    pub fn path_of(&self, row: &Row) -> String {
        let file = row.file(&self.root);
        match file.strip_prefix(&self.folder) {
            Ok(inside) => inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"),
            Err(_elsewhere) => file.to_string_lossy().into_owned(),
        }
    }

    /// Notes that a row is written, and asks whether to go on.
    pub fn written(&mut self, row: &Row) -> Result<(), ExportError> {
        self.summary.written += 1;
        self.summary.without_position += u64::from(row.position.is_none());
        self.step()
    }

    /// Notes that the form has no use for a row.
    pub fn left_out(&mut self) -> Result<(), ExportError> {
        self.summary.left_out += 1;
        self.step()
    }

    pub fn step(&mut self) -> Result<(), ExportError> {
        let done = self.summary.written + self.summary.left_out + self.summary.failed.len() as u64;
        if (self.go_on)(done) { Ok(()) } else { Err(ExportError::Ended(self.out.to_owned())) }
    }

    pub fn cannot_write(&self, cause: io::Error) -> ExportError {
        ExportError::Write { out: self.out.to_owned(), cause }
    }
}
