//! Records as JSON: one list of them, or one after the other. However long the file is, one record at a time is in
//! memory, and none is longer than a record can be.

use std::{
    fmt,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde_json::{Deserializer, Value};

use super::{RecordProblem, SourceError};
use crate::dataset::ration::{MAX_RECORD_BYTES, Ration};

/// Hands over each record with its place from 1 (in JSONL its line), or what is wrong with it.
pub(super) fn read(file: &Path, each: &mut dyn FnMut(u64, Result<Value, RecordProblem>)) -> Result<(), SourceError> {
    let unreadable = |cause| SourceError::Unreadable { path: file.to_owned(), cause };
    let mut reader = BufReader::new(File::open(file).map_err(unreadable)?);
    let start = reader.fill_buf().map_err(unreadable)?;
    let mark = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let is_list = start[mark..].trim_ascii_start().starts_with(b"[");
    reader.consume(mark);
    if is_list { list(file, reader, each) } else { lines(file, reader, each) }
}

fn list(
    file: &Path,
    reader: impl Read,
    each: &mut dyn FnMut(u64, Result<Value, RecordProblem>),
) -> Result<(), SourceError> {
    let (reader, ration) = Ration::of(reader);
    let mut json = Deserializer::from_reader(reader);
    let read = json.deserialize_seq(Records { ration, each }).and_then(|()| json.end());
    read.map_err(|error| SourceError::Json { file: file.to_owned(), reason: reason(&error) })
}

/// A record a line. Where the first line is no whole record, the records stand over several lines each.
fn lines(
    file: &Path,
    mut reader: impl BufRead,
    each: &mut dyn FnMut(u64, Result<Value, RecordProblem>),
) -> Result<(), SourceError> {
    let unreadable = |cause| SourceError::Unreadable { path: file.to_owned(), cause };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        reader.by_ref().take(MAX_RECORD_BYTES).read_until(b'\n', &mut line).map_err(unreadable)?;
        if line.is_empty() {
            return Ok(());
        }
        if line.len() as u64 == MAX_RECORD_BYTES {
            reader.skip_until(b'\n').map_err(unreadable)?;
            each(number, Err(RecordProblem::TooLong));
            continue;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(&line) {
            Err(error) if number == 1 && error.is_eof() => return several_lines(file, (&*line).chain(reader), each),
            record => each(number, record.map_err(|error| RecordProblem::NotRead(reason(&error)))),
        }
    }
    Ok(())
}

fn several_lines(
    file: &Path,
    reader: impl Read,
    each: &mut dyn FnMut(u64, Result<Value, RecordProblem>),
) -> Result<(), SourceError> {
    let (reader, ration) = Ration::of(reader);
    let records = Deserializer::from_reader(reader).into_iter();
    for (number, record) in (1..).zip(records) {
        let record = record.map_err(|error| SourceError::Json { file: file.to_owned(), reason: reason(&error) })?;
        each(number, Ok(record));
        ration.renew();
    }
    Ok(())
}

/// In one line.
fn reason(error: &serde_json::Error) -> String {
    error.to_string().replace(['\n', '\r'], " ")
}

/// Hands over the elements of a list.
struct Records<'a> {
    ration: Ration,
    each: &'a mut dyn FnMut(u64, Result<Value, RecordProblem>),
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut records: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(record) = records.next_element()? {
            number += 1;
            (self.each)(number, Ok(record));
            self.ration.renew();
        }
        Ok(())
    }
}
