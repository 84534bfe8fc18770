//! Records as Parquet, a row a record. Rows are read one after the other, one row group after the other: a damaged one costs its
//! own records. Pictures that lie inside are laid out as files on the way.

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use parquet::{
    errors::ParquetError,
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, Row, reader::TreeBuilder},
};
use serde_json::{Map, Number, Value};

use super::{
    BadExample, RecordProblem, SourceError, Unpacking,
    inside::Inside,
    record::{PICTURES, Records},
    unpacked::Group,
};
use crate::{
    dataset::{ration::MAX_RECORD_BYTES, table::ColumnChoice},
    files,
    picture::MAX_FILE_BYTES,
};

/// So many rows are in memory at once.
const AT_ONCE: usize = 32;

/// Bytes of the disk that are left to others.
const LEFT_FREE: u64 = 64 << 20;

/// Reads each row into `records`.
pub(super) fn read(
    path: &Path,
    records: &mut Records<'_>,
    choice: &ColumnChoice,
    unpacking: &Unpacking<'_>,
) -> Result<(), SourceError> {
    let unreadable = |cause| SourceError::Unreadable { path: path.to_owned(), cause };
    let opened = File::open(path).map_err(unreadable)?;
    let bytes = opened.metadata().map_err(unreadable)?.len();
    let opened = guarded(|| {
        let reader = SerializedFileReader::new(opened)?;
        let inside = Inside::of(&reader, choice);
        Ok((reader, inside))
    });
    let (reader, inside) = opened.map_err(|broken| match broken {
        Broken::Group(reason) => SourceError::Parquet { file: path.to_owned(), reason },
        Broken::File(error) => error,
    })?;
    let inside = match inside {
        Some(inside) => Some((inside, unpacking.folder_of(path).map_err(unreadable)??)),
        None => None,
    };
    let mut rows = Rows { path, bytes, reader: &reader, inside: inside.as_ref(), unpacking, n_unpacked: 0 };
    rows.check_room()?;
    let mut first = 1;
    for number in 0..reader.num_row_groups() {
        let count = u64::try_from(reader.metadata().row_group(number).num_rows()).unwrap_or(0);
        let before = records.len();
        match guarded(|| rows.group(number, first, count, records)) {
            Ok(()) => {}
            Err(Broken::Group(reason)) => {
                records.forget_after(before);
                records.examples.bad.push(BadExample::RowGroup { number: number + 1, rows: count, reason });
            }
            Err(Broken::File(error)) => return Err(error),
        }
        first = first.saturating_add(count);
    }
    Ok(())
}

/// What is not read any further.
enum Broken {
    /// A row group that is damaged, for this reason.
    Group(String),
    /// The file.
    File(SourceError),
}

impl From<ParquetError> for Broken {
    fn from(error: ParquetError) -> Self {
        Self::Group(error.to_string().replace(['\n', '\r'], " "))
    }
}

/// A reader that panics on a broken file has said that it is broken.
fn guarded<T>(read: impl FnOnce() -> Result<T, Broken>) -> Result<T, Broken> {
    let panicked = |_panic| Err(Broken::Group("its reader failed on it".to_owned()));
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(panicked)
}

/// The rows of a file on their way to records.
struct Rows<'a> {
    path: &'a Path,
    /// How long the file is.
    bytes: u64,
    reader: &'a dyn FileReader,
    /// The column that holds pictures, and the folder that they are laid out in.
    inside: Option<&'a (Inside, PathBuf)>,
    unpacking: &'a Unpacking<'a>,
    n_unpacked: u64,
}

impl Rows<'_> {
    /// Whether the pictures that are not laid out yet find room.
    fn check_room(&self) -> Result<(), SourceError> {
        let Some((inside, folder)) = self.inside else { return Ok(()) };
        let groups = (0..self.reader.num_row_groups()).filter(|number| !Group::place(folder, *number).is_dir());
        let bytes = |number| self.reader.metadata().row_group(number).column(inside.column).uncompressed_size();
        let needed = groups.map(|number| u64::try_from(bytes(number)).unwrap_or(0)).fold(0, u64::saturating_add);
        let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder);
        match files::free(there) {
            Some(free) if needed > 0 && needed.saturating_add(LEFT_FREE) > free => {
                let (file, folder) = (self.path.to_owned(), folder.clone());
                Err(SourceError::NoRoom { file, folder, needed, free })
            }
            _ => Ok(()),
        }
    }

    /// Reads a row group of so many records, of which the first has this number.
    fn group(&mut self, number: usize, first: u64, count: u64, records: &mut Records<'_>) -> Result<(), Broken> {
        // Each names a picture of its own, which takes a byte at least; of nothing at all any number could be claimed.
        if count > self.bytes {
            return Err(Broken::Group(format!("it says that it has {count} records, more than the file has bytes")));
        }
        let group = self.reader.get_row_group(number)?;
        let schema = match self.inside {
            Some((inside, _)) => inside.others.clone(),
            None => Some(group.metadata().schema_descr_ptr()),
        };
        let rows = TreeBuilder::new().with_batch_size(AT_ONCE);
        let mut rows = schema.map(|schema| rows.as_iter(schema, &*group)).transpose()?;
        let mut pictures = match self.inside {
            Some((inside, folder)) => {
                let lies =
                    Group::open(Group::place(folder, number)).map_err(|cause| self.not_unpacked(folder, cause))?;
                Some((inside.pictures(&*group)?, lies, folder))
            }
            None => None,
        };
        for row in 0..count {
            let record = match rows.as_mut().map(Iterator::next) {
                Some(None) => return Err(Broken::Group("it ends too early".to_owned())),
                Some(Some(row)) => record(&row?),
                None => Value::Object(Map::new()),
            };
            let number = first + row;
            let Some((pictures, lies, folder)) = &mut pictures else {
                records.add(number, bounded(record));
                continue;
            };
            let row = row as usize;
            if lies.is_whole() {
                match lies.held(row) {
                    Some(file) => records.add_unpacked(number, record, file),
                    None => records.add(number, Ok(record)),
                }
                continue;
            }
            match pictures.next()?.as_slice() {
                [] => records.add(number, Ok(record)),
                [one] if one.len() as u64 > MAX_FILE_BYTES => {
                    records.add(number, Err(RecordProblem::TooManyBytes(one.len() as u64 >> 20)));
                }
                [one] => {
                    let file = lies.add(row, name_in(&record), one.data());
                    let file = file.map_err(|cause| self.not_unpacked(folder, cause))?;
                    records.add_unpacked(number, record, file);
                    self.n_unpacked += 1;
                    if !(self.unpacking.go_on)(self.n_unpacked) {
                        return Err(Broken::File(SourceError::Ended(self.path.to_owned())));
                    }
                }
                many => records.add(number, Err(RecordProblem::ManyPictures(many.len()))),
            }
        }
        match pictures {
            Some((_, lies, folder)) => lies.finish().map_err(|cause| self.not_unpacked(folder, cause)),
            None => Ok(()),
        }
    }

    fn not_unpacked(&self, folder: &Path, cause: std::io::Error) -> Broken {
        let (file, folder) = (self.path.to_owned(), folder.to_owned());
        Broken::File(SourceError::NotUnpacked { file, folder, cause })
    }
}

/// What a record calls the picture inside it.
fn name_in(record: &Value) -> Option<&str> {
    let field = PICTURES.iter().find_map(|field| record.get(*field))?;
    let one = field.as_array().map_or(Some(field), |list| list.first())?;
    one.get("path").unwrap_or(one).as_str()
}

/// A record within the length that records have.
fn bounded(record: Value) -> Result<Value, RecordProblem> {
    if length(&record) > MAX_RECORD_BYTES { Err(RecordProblem::TooLong) } else { Ok(record) }
}

/// Bytes of the texts in a record.
fn length(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(values) => values.iter().map(length).sum(),
        Value::Object(fields) => fields.values().map(length).sum(),
        _ => 1,
    }
}

fn record(row: &Row) -> Value {
    Value::Object(row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect::<Map<_, _>>())
}

/// A field as JSON. Bytes are a picture, or nothing that could be read: they are only known to be there.
fn value(field: &Field) -> Value {
    match field {
        Field::Bool(is_so) => Value::Bool(*is_so),
        Field::Byte(n) => Value::from(*n),
        Field::Short(n) => Value::from(*n),
        Field::Int(n) => Value::from(*n),
        Field::Long(n) => Value::from(*n),
        Field::UByte(n) => Value::from(*n),
        Field::UShort(n) => Value::from(*n),
        Field::UInt(n) => Value::from(*n),
        Field::ULong(n) => Value::from(*n),
        // By its shortest decimal form, which keeps 48.85 what it was.
        Field::Float(x) => x.to_string().parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number),
        Field::Double(x) => Number::from_f64(*x).map_or(Value::Null, Value::Number),
        Field::Str(text) => Value::String(text.clone()),
        Field::Bytes(bytes) => bytes.as_utf8().map_or(Value::Bool(true), |text| Value::String(text.to_owned())),
        Field::Group(row) => record(row),
        Field::ListInternal(list) => Value::Array(list.elements().iter().map(value).collect()),
        Field::Null => Value::Null,
        other => Value::String(other.to_string()),
    }
}
