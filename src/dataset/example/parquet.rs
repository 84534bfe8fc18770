//! Records as Parquet, a row a record. Rows are read one after the other.

use std::{fs::File, path::Path};

use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::{Field, Row},
};
use serde_json::{Map, Number, Value};

use super::SourceError;

/// Hands over each row with its place from 1.
pub(super) fn read(file: &Path, each: &mut dyn FnMut(u64, Value)) -> Result<(), SourceError> {
    let unreadable = |cause| SourceError::Unreadable { path: file.to_owned(), cause };
    let opened = File::open(file).map_err(unreadable)?;
    let wrong = |error: parquet::errors::ParquetError| SourceError::Parquet {
        file: file.to_owned(),
        reason: error.to_string().replace(['\n', '\r'], " "),
    };
    let reader = SerializedFileReader::new(opened).map_err(wrong)?;
    for (number, row) in (1..).zip(reader.get_row_iter(None).map_err(wrong)?) {
        each(number, record(&row.map_err(wrong)?));
    }
    Ok(())
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
