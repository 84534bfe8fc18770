//! A table that is read row by row.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    iter, mem,
    path::{Path, PathBuf},
};

use csv::{ByteRecord, ByteRecordsIntoIter, ReaderBuilder};

use super::{
    columns::{ColumnChoice, Columns},
    error::{BadRow, ManifestError},
    names,
    problem::RowProblem,
    separator::separator_of,
    text::{decoded, text_of},
};
use crate::dataset::ration::{Ration, Rationed};

/// By so many bytes, and the rows in them, a table is told.
const HEAD: u64 = 64 << 10;

/// By so many rows the columns are told.
pub(super) const FIRST_ROWS: usize = 20;

/// A table whose columns are known.
pub(in crate::dataset) struct Table<'a> {
    file: PathBuf,
    /// The columns' names.
    pub headers: Vec<String>,
    /// What they mean.
    pub columns: Columns,
    /// The name of the encoding.
    pub encoding: &'static str,
    /// The sign between cells.
    pub separator: char,
    first: std::vec::IntoIter<Result<Line, BadRow>>,
    rest: ByteRecordsIntoIter<Rationed<Box<dyn Read + 'a>>>,
    ration: Ration,
    /// Lines before the header.
    n_skipped: u64,
    /// Where the first line is a row: its cells. Columns are called by their places from 1 then.
    without_head: Option<Vec<String>>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dataset) struct Line {
    /// Where it begins in the file, from 1.
    pub number: u64,
    /// As many cells as the header has.
    pub cells: Vec<String>,
}

impl Table<'static> {
    /// Opens a table and tells its columns.
    pub fn open(file: &Path, choice: &ColumnChoice) -> Result<Self, ManifestError> {
        let unreadable = |cause| ManifestError::Unreadable { file: file.to_owned(), cause };
        Self::of(file, BufReader::new(File::open(file).map_err(unreadable)?), choice)
    }
}

impl<'a> Table<'a> {
    /// Reads a table that lies in this file.
    pub fn of(file: &Path, reader: impl Read + 'a, choice: &ColumnChoice) -> Result<Self, ManifestError> {
        let unreadable = |cause| ManifestError::Unreadable { file: file.to_owned(), cause };
        let (mut reader, encoding) = decoded(reader).map_err(unreadable)?;
        let mut head = Vec::new();
        reader.by_ref().take(HEAD).read_to_end(&mut head).map_err(unreadable)?;
        let not_csv = |reason: &str| ManifestError::NotCsv { file: file.to_owned(), reason: reason.to_owned() };
        if head.contains(&0) {
            return Err(not_csv("it holds zero bytes, as no text does"));
        }
        let separator = separator_of(&head, (head.len() as u64) < HEAD);
        let rest: Box<dyn Read + 'a> = Box::new(io::Cursor::new(head.split_off(separator.skipped)).chain(reader));
        let (rest, ration) = Ration::of(rest);
        let mut rest = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator.sign)
            .from_reader(rest)
            .into_byte_records();
        let header = rest.next().ok_or_else(|| not_csv("it is empty"))?;
        let header = header.map_err(|error| not_csv(&error.to_string()))?;
        let mut table = Self {
            file: file.to_owned(),
            headers: header.iter().map(|name| text_of(name).trim().to_owned()).collect(),
            without_head: None,
            columns: Columns::default(),
            encoding,
            separator: char::from(separator.sign),
            first: Vec::new().into_iter(),
            rest,
            ration,
            n_skipped: u64::from(separator.skipped > 0),
        };
        if names::are_values(&table.headers) {
            let places = (1..=table.headers.len()).map(|place| place.to_string()).collect();
            table.without_head = Some(mem::replace(&mut table.headers, places));
            table.first = vec![table.line(&header)].into_iter();
        }
        let first: Vec<_> = table.by_ref().take(FIRST_ROWS).collect();
        let rows: Vec<_> = first.iter().flatten().map(|line| line.cells.clone()).collect();
        table.columns = Columns::of(&table.headers, &rows, choice).map_err(|column| ManifestError::NoSuchColumn {
            file: file.to_owned(),
            column,
            found: table.found(),
        })?;
        table.first = first.into_iter();
        Ok(table)
    }

    /// Where the table lies.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The columns' names, for a message.
    pub fn found(&self) -> String {
        let values =
            self.without_head.iter().flatten().map(|value| format!(" ({value})")).chain(iter::repeat(String::new()));
        let some = self.headers.iter().zip(values).take(12).map(|(name, value)| name.clone() + &value);
        let some = some.collect::<Vec<_>>().join(", ");
        if self.headers.len() > 12 { format!("{some}, ...") } else { some }
    }

    /// The columns that look like a position and are not used.
    pub fn unused_positions(&self) -> Vec<String> {
        self.columns.unused_positions.iter().map(|place| self.headers[*place].clone()).collect()
    }

    fn line(&self, record: &ByteRecord) -> Result<Line, BadRow> {
        let number = record.position().map_or(0, csv::Position::line) + self.n_skipped;
        let mut cells: Vec<String> = record.iter().map(|cell| text_of(cell).into_owned()).collect();
        let n_columns = self.headers.len();
        while cells.len() > n_columns && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        if cells.len() != n_columns {
            let problem = RowProblem::CellCount { n_cells: cells.len(), n_columns };
            return Err(BadRow { line: number, column: None, problem });
        }
        Ok(Line { number, cells })
    }
}

impl Iterator for Table<'_> {
    type Item = Result<Line, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(line) = self.first.next() {
            return Some(line);
        }
        self.ration.renew();
        let line = self.rest.reader().position().line() + self.n_skipped;
        let record = self.rest.next()?.map_err(|error| {
            let problem = match self.ration.is_spent() {
                true => RowProblem::TooLong,
                false => RowProblem::NotRead(error.to_string()),
            };
            BadRow { line, column: None, problem }
        });
        Some(record.and_then(|record| self.line(&record)))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::dataset::{ration::MAX_RECORD_BYTES, table::Role};

    fn lines(text: &str) -> Vec<Result<Line, String>> {
        let table = Table::of(Path::new("t.csv"), text.as_bytes(), &ColumnChoice::default()).unwrap();
        table.map(|line| line.map_err(|bad| bad.to_string())).collect()
    }

    #[test]
    fn rows_keep_their_lines_and_one_bad_row_costs_one() {
        let line = |number, cells: [&str; 2]| Ok(Line { number, cells: cells.map(str::to_owned).into() });
        let read = lines("sep=;\npath;city\na.jpg;\"two\nlines\"\nb.jpg\nc.jpg;Rome;;\n");
        let bad = Err("line 5: it has 1 cells, the header 2".to_owned());
        assert_eq!(read, [line(3, ["a.jpg", "two\nlines"]), bad, line(6, ["c.jpg", "Rome"])]);
        assert_eq!(lines("path,city\n").len(), 0);
    }

    /// Kaggle's street views and YFCC's lists come so.
    #[test]
    fn a_table_without_a_head_loses_no_row_and_its_columns_are_called_by_their_places() {
        let read = |text: &'static str, choice: &str| {
            let choice = choice.parse().unwrap_or_default();
            let table = Table::of(Path::new("t.csv"), text.as_bytes(), &choice).unwrap();
            let (found, places) = (table.found(), Role::ALL.map(|role| table.columns.place(role)));
            (found, places[..3].to_vec(), table.map(|line| line.unwrap().number).collect::<Vec<_>>())
        };
        let coords = "20.8,-98.7\n-20.4,44.1\n";
        assert_eq!(read(coords, ""), ("1 (20.8), 2 (-98.7)".to_owned(), vec![None; 3], vec![1, 2]));
        let rows = "0.png,42.23,43.97\n1.png,42.24,43.98\n2.png,42.25,43.99\n";
        let chosen = read(rows, "path=1,latitude=2,longitude=3");
        assert_eq!((chosen.1, chosen.2), (vec![Some(0), Some(1), Some(2)], vec![1, 2, 3]));
        for head in ["path,1.5,2.5\n", "a,b,c\n", "id,2020.1\n"] {
            assert!(!read(head, "").0.contains('('), "{head}");
        }
    }

    /// Text that goes on for ever.
    struct Endless<'a>(&'a Cell<u64>);

    impl Read for Endless<'_> {
        fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
            target.fill(b'x');
            self.0.set(self.0.get() + target.len() as u64);
            Ok(target.len())
        }
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_takes_no_more_than_a_record() {
        let file = Path::new("t.csv");
        let read = Cell::new(0);
        let open =
            |text: &'static str| Table::of(file, text.as_bytes().chain(Endless(&read)), &ColumnChoice::default());
        let lines: Vec<_> = open("path,city\na.jpg,Rome\nb.jpg,\"").unwrap().collect();
        assert_eq!(lines[0].as_ref().unwrap().cells, ["a.jpg", "Rome"]);
        let bad = lines[1].as_ref().unwrap_err().to_string();
        assert!(bad.starts_with("line 3: it is longer than a row can be"), "{bad}");
        assert_eq!(lines.len(), 2);
        let error = open("path,\"").err().unwrap().to_string();
        assert!(error.contains("t.csv is not a CSV table") && error.contains("quotation mark"), "{error}");
        assert!(read.get() < 3 * MAX_RECORD_BYTES, "{} bytes were read", read.get());
    }

    #[test]
    fn the_ration_is_for_a_row_and_not_for_the_table() {
        let row = format!("a.jpg,{}\n", "x".repeat(1 << 20));
        let text = "path,city\n".to_owned() + &row.repeat(9);
        assert!(lines(&text).len() == 9 && lines(&text).iter().all(Result::is_ok));
    }

    #[test]
    fn what_is_no_text_is_no_table() {
        let open = |bytes: &'static [u8]| Table::of(Path::new("t.csv"), bytes, &ColumnChoice::default()).err();
        assert!(open(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap().to_string().contains("zero bytes"));
        assert!(open(b"").unwrap().to_string().contains("is empty"));
    }
}
