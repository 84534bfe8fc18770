//! Parquet, with snappy as every reader has it, and GeoParquet 1.1 (geoparquet.org): the same table with a column of points
//! as well-known binary, and the metadata by which DuckDB and GeoPandas know them.

use std::{io::Write, sync::Arc};

use parquet::{
    basic::Compression,
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};
use serde_json::json;

use super::{error::ExportError, job::Job, whole::whole_file};
use crate::{
    dataset::Row,
    geo::{CountryCode, LatLon},
};

/// Rows that a reader takes at once.
const ROWS_PER_GROUP: usize = 100_000;

const COLUMNS: &str = "
    required binary path (STRING);
    optional binary sha256 (STRING);
    required int32 width;
    required int32 height;
    optional double latitude;
    optional double longitude;
    optional binary country_code (STRING);
    optional binary city (STRING);
    optional binary taken (STRING);
    optional double locatability;
    optional binary scorer (STRING);
    required boolean checked;
    optional binary error (STRING);
";

/// Writes the job's rows as one table, with points if it is to be GeoParquet.
pub(super) fn write(job: &mut Job<'_>, with_points: bool) -> Result<(), ExportError> {
    let out = job.out;
    let explain = |cause| ExportError::Write { out: out.to_owned(), cause };
    let failed = |error: ParquetError| ExportError::Form { out: out.to_owned(), reason: error.to_string() };
    let geometry = if with_points { "optional binary geometry;" } else { "" };
    let schema = parse_message_type(&format!("message pictures {{ {COLUMNS} {geometry} }}")).map_err(failed)?;
    let metadata = with_points.then(|| vec![KeyValue::new("geo".to_owned(), geo_metadata(job.rows))]);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("terrasight {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(metadata)
        .build();
    whole_file(out, job.replaces, explain, |file| {
        let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        for rows in job.rows.chunks(ROWS_PER_GROUP) {
            let paths = rows.iter().map(|row| job.path_of(row)).collect();
            write_group(&mut writer, rows, paths, with_points).map_err(failed)?;
            rows.iter().try_for_each(|row| job.written(row))?;
        }
        writer.close().map(drop).map_err(failed)
    })
}

fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    rows: &[Row],
    paths: Vec<String>,
    with_points: bool,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    // In the order of COLUMNS.
    column::<ByteArrayType, _>(&mut group, paths.into_iter().map(|path| Some(ByteArray::from(path.into_bytes()))))?;
    texts(&mut group, rows, |row| row.sha256.as_deref())?;
    for side in [|row: &Row| row.width, |row: &Row| row.height] {
        column::<Int32Type, _>(&mut group, rows.iter().map(|row| Some(i32::try_from(side(row)).unwrap_or(i32::MAX))))?;
    }
    for degrees in [|at: LatLon| at.lat, |at: LatLon| at.lon] {
        column::<DoubleType, _>(&mut group, rows.iter().map(|row| row.position.map(degrees)))?;
    }
    texts(&mut group, rows, |row| row.country.as_ref().map(CountryCode::as_str))?;
    texts(&mut group, rows, |row| row.city.as_deref())?;
    texts(&mut group, rows, |row| row.taken.as_deref())?;
    column::<DoubleType, _>(&mut group, rows.iter().map(|row| row.locatability))?;
    texts(&mut group, rows, |row| row.scorer.as_deref())?;
    column::<BoolType, _>(&mut group, rows.iter().map(|row| Some(row.checked)))?;
    let error = |row: &Row| row.error.as_ref().map(|trouble| ByteArray::from(trouble.to_string().into_bytes()));
    column::<ByteArrayType, _>(&mut group, rows.iter().map(error))?;
    if with_points {
        column::<ByteArrayType, _>(&mut group, rows.iter().map(|row| row.position.map(well_known_binary)))?;
    }
    group.close().map(drop)
}

fn texts<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    rows: &[Row],
    text: impl Fn(&Row) -> Option<&str>,
) -> Result<(), ParquetError> {
    column::<ByteArrayType, _>(group, rows.iter().map(|row| text(row).map(ByteArray::from)))
}

/// Writes the next column; a value's level says whether it is there.
fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let values: Vec<Option<T::T>> = values.collect();
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let present: Vec<T::T> = values.into_iter().flatten().collect();
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("a column too many".to_owned()));
    };
    column.typed::<T>().write_batch(&present, Some(&levels), None)?;
    column.close()
}

/// A point: little-endian (1), of type 1, longitude before latitude (OGC 06-103r4, 8.2).
fn well_known_binary(at: LatLon) -> ByteArray {
    let mut bytes = Vec::with_capacity(21);
    bytes.push(1);
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(at.lon.to_le_bytes());
    bytes.extend(at.lat.to_le_bytes());
    ByteArray::from(bytes)
}

/// The file's metadata `geo` (GeoParquet 1.1.0); without `crs` longitude and latitude are of WGS 84.
fn geo_metadata(rows: &[Row]) -> String {
    let positions = || rows.iter().filter_map(|row| row.position);
    let mut geometry = json!({ "encoding": "WKB", "geometry_types": ["Point"] });
    if positions().next().is_some() {
        let span = |of: fn(LatLon) -> f64| {
            positions().map(of).fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
        };
        let ((west, east), (south, north)) = (span(|at| at.lon), span(|at| at.lat));
        geometry["bbox"] = json!([west, south, east, north]);
    }
    json!({ "version": "1.1.0", "primary_column": "geometry", "columns": { "geometry": geometry } }).to_string()
}
