//! The manifest form, which the commands of this program and every spreadsheet read.

use std::{io::Write, path::Path};

use super::{error::ExportError, job::Job, whole::whole_file};
use crate::dataset::{
    Row,
    label::Label,
    table::{path_cell, text_cell},
};

const COLUMNS: [&str; 15] = [
    "path",
    "latitude",
    "longitude",
    "country_code",
    "city",
    "locatability",
    "clues",
    "reasons",
    "scorer",
    "sha256",
    "width",
    "height",
    "taken",
    "checked",
    "error",
];

/// Writes the job's rows as one table.
pub(super) fn write(job: &mut Job<'_>) -> Result<(), ExportError> {
    let out = job.out;
    let cause = |cause| ExportError::Write { out: out.to_owned(), cause };
    whole_file(out, job.replaces, cause, |file| {
        let mut table = Table::begin(out, file)?;
        for row in job.rows {
            table.add(row, &job.path_of(row), &job.index.label(row.id)?)?;
            job.written(row)?;
        }
        table.end()
    })
}

/// A table that is being written.
pub(super) struct Table<'a, W: Write> {
    out: &'a Path,
    writer: csv::Writer<W>,
}

impl<'a, W: Write> Table<'a, W> {
    /// Begins with the names of the columns.
    pub fn begin(out: &'a Path, target: W) -> Result<Self, ExportError> {
        let mut table = Self { out, writer: csv::Writer::from_writer(target) };
        table.write(&COLUMNS.map(str::to_owned))?;
        Ok(table)
    }

    /// Adds a row whose picture is found under `path`.
    pub fn add(&mut self, row: &Row, path: &str, label: &Label) -> Result<(), ExportError> {
        self.write(&[
            path_cell(path),
            or_empty(row.position.map(|position| position.lat)),
            or_empty(row.position.map(|position| position.lon)),
            or_empty(row.country),
            text(row.city.as_deref()),
            or_empty(row.locatability),
            json_list(&label.clues),
            json_list(&label.reasons),
            text(row.scorer.as_deref()),
            or_empty(row.sha256.as_deref()),
            row.width.to_string(),
            row.height.to_string(),
            text(row.taken.as_deref()),
            row.checked.to_string(),
            text(row.error.as_ref().map(ToString::to_string).as_deref()),
        ])
    }

    /// Writes what is left.
    pub fn end(mut self) -> Result<(), ExportError> {
        self.writer.flush().map_err(|cause| ExportError::Write { out: self.out.to_owned(), cause })
    }

    fn write(&mut self, cells: &[String; COLUMNS.len()]) -> Result<(), ExportError> {
        let cause = |error: csv::Error| ExportError::Write { out: self.out.to_owned(), cause: error.into() };
        self.writer.write_record(cells).map_err(cause)
    }
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn json_list(list: &[impl serde::Serialize]) -> String {
    // An empty list is an empty cell; lists of texts and of JSON values always have a JSON form.
    if list.is_empty() { String::new() } else { serde_json::to_string(list).unwrap_or_default() }
}

fn text(value: Option<&str>) -> String {
    text_cell(value.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let row = Row { city: Some("=HYPERLINK(\"x\")".to_owned()), ..Row::default() };
        let mut text = Vec::new();
        let mut table = Table::begin(Path::new("out.csv"), &mut text).unwrap();
        table.add(&row, "-2+3.jpg", &Label::default()).unwrap();
        table.end().unwrap();
        let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(&*text).records().map(Result::unwrap).collect();
        assert_eq!((&rows[0][0], &rows[0][4]), ("./-2+3.jpg", "'=HYPERLINK(\"x\")"));
    }
}
