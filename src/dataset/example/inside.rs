//! Which column of a Parquet file holds pictures themselves, and their bytes, one after the other: a group of `bytes` and `path`, as
//! the hub's data sets have it, or a list of such, or a column of bytes.

use std::sync::Arc;

use parquet::{
    basic::{ConvertedType, Type as PhysicalType},
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{ByteArray, ByteArrayType},
    errors::ParquetError,
    file::reader::{FileReader, RowGroupReader},
    schema::types::{ColumnDescriptor, SchemaDescriptor, Type},
};

use super::record::PICTURES;
use crate::dataset::table::{ColumnChoice, Role};

/// What a column of bytes is called, beside what pictures are called anyway.
const BYTES: &[&str] = &["bytes", "image_bytes", "image_data", "jpg", "jpeg", "png", "webp"];

/// The field of a group that holds the picture itself.
const WITHIN: &str = "bytes";

/// So many rows are asked whether a column of bytes holds pictures or text.
const ASKED: usize = 32;

/// The column of a file that holds pictures.
pub(super) struct Inside {
    /// Its place among the file's columns.
    pub column: usize,
    /// The other columns; none where there are none.
    pub others: Option<Arc<SchemaDescriptor>>,
}

impl Inside {
    /// The first column that does; none where none does.
    pub fn of(reader: &dyn FileReader, choice: &ColumnChoice) -> Option<Self> {
        let schema = reader.metadata().file_metadata().schema_descr();
        let chosen = choice.0.iter().find_map(|(role, name)| name.as_deref().filter(|_| *role == Role::Path));
        let holds = |column: &usize| {
            let described = schema.column(*column);
            match may_hold(&described, chosen) {
                Some(true) => true,
                // A column of bytes may be a text that its writer did not call one.
                Some(false) => !begins_with_text(reader, *column),
                None => false,
            }
        };
        let column = (0..schema.num_columns()).find(holds)?;
        let path = schema.column(column).path().parts().to_vec();
        let others = without(schema.root_schema(), &path).map(|root| Arc::new(SchemaDescriptor::new(Arc::new(root))));
        Some(Self { column, others })
    }

    /// The pictures of a row group.
    pub fn pictures(&self, group: &dyn RowGroupReader) -> Result<Pictures, ParquetError> {
        Pictures::of(group, self.column)
    }
}

/// Whether a column may hold pictures, and surely so.
fn may_hold(column: &ColumnDescriptor, chosen: Option<&str>) -> Option<bool> {
    let is_text = column.converted_type() != ConvertedType::NONE || column.logical_type_ref().is_some();
    if column.physical_type() != PhysicalType::BYTE_ARRAY || is_text || column.max_rep_level() > 1 {
        return None;
    }
    let parts = column.path().parts();
    let (outer, last) = (parts.first()?.as_str(), parts.last()?.as_str());
    let is_picture = chosen.map_or_else(|| PICTURES.contains(&outer), |chosen| chosen == outer);
    match parts.len() {
        1 if is_picture || (chosen.is_none() && BYTES.contains(&outer)) => Some(false),
        2.. if is_picture => Some(last == WITHIN),
        _ => None,
    }
}

fn begins_with_text(reader: &dyn FileReader, column: usize) -> bool {
    let first = || -> Result<Option<ByteArray>, ParquetError> {
        let group = reader.get_row_group(0)?;
        let mut pictures = Pictures::of(&*group, column)?;
        for _ in 0..ASKED {
            if let Some(value) = pictures.next()?.into_iter().next() {
                return Ok(Some(value));
            }
        }
        Ok(None)
    };
    // What cannot be read is said when it is to be.
    first().is_ok_and(|first| first.is_none_or(|value| std::str::from_utf8(value.data()).is_ok()))
}

/// The pictures of a row group, each read when it is asked for.
pub(super) struct Pictures(ColumnReaderImpl<ByteArrayType>);

impl Pictures {
    fn of(group: &dyn RowGroupReader, column: usize) -> Result<Self, ParquetError> {
        match group.get_column_reader(column)? {
            ColumnReader::ByteArrayColumnReader(reader) => Ok(Self(reader)),
            _ => Err(ParquetError::General("the column holds no bytes".to_owned())),
        }
    }

    /// Those of the next row.
    pub fn next(&mut self) -> Result<Vec<ByteArray>, ParquetError> {
        let (mut defined, mut repeated, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let (rows, ..) = self.0.read_records(1, Some(&mut defined), Some(&mut repeated), &mut values)?;
        if rows == 0 { Err(ParquetError::EOF("it ends too early".to_owned())) } else { Ok(values) }
    }
}

/// The schema without the column at this path; none where nothing is left.
fn without(group: &Type, path: &[String]) -> Option<Type> {
    let mut fields = Vec::new();
    for field in group.get_fields() {
        match path {
            [name] if field.name() == name => {}
            [name, rest @ ..] if field.name() == name => fields.extend(without(field, rest).map(Arc::new)),
            _ => fields.push(field.clone()),
        }
    }
    if fields.is_empty() {
        return None;
    }
    let about = group.get_basic_info();
    let mut kept = Type::group_type_builder(about.name()).with_fields(fields);
    if about.has_repetition() {
        kept = kept.with_repetition(about.repetition());
    }
    let id = about.has_id().then(|| about.id());
    let logical = about.logical_type_ref().cloned();
    kept.with_converted_type(about.converted_type()).with_logical_type(logical).with_id(id).build().ok()
}
