//! The index of a data set: an SQLite file with a row a picture, made by [`index_pictures`] and read while it is made.

mod desk;
mod error;
mod merge;
mod meter;
mod pipeline;
mod plan;
mod reader;
mod row;
mod schema;
mod source;
mod thumbnail;
mod write;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row as Columns};

pub use error::IndexError;
pub use merge::{MergeSummary, merge};
pub use pipeline::{IndexObserver, IndexOptions, IndexProgress, IndexSummary, Scorer, index_pictures};
pub use row::{GONE, PositionSource, Row, RowId};
pub use source::{IndexSource, Shard};
pub use thumbnail::{SCORED_SIDE, for_scorer, reduced_for_scorer};

use super::manifest::Label;
use crate::geo::LatLon;

/// An open index. Each thread opens its own; one that reads sees what another has written so far.
#[derive(Debug)]
pub struct Index {
    connection: Connection,
    file: PathBuf,
}

/// How much there is in an index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Pictures, those that could not be read included.
    pub rows: u64,
    /// Pictures with an error, those that are gone included.
    pub errors: u64,
    /// Pictures whose files are gone.
    pub gone: u64,
    /// Pictures with a position.
    pub located: u64,
    /// Pictures with a locatability.
    pub scored: u64,
    /// Pictures that are marked as checked.
    pub checked: u64,
}

/// The columns that [`row_from`] reads, in its order.
const COLUMNS: &str = "id, path, bytes, modified, sha256, width, height, taken, latitude, longitude, position_source, \
     country, city, locatability, scorer, hash, checked, error, revision";

impl Index {
    /// Opens the index in this file, or makes an empty one where there is no file.
    pub fn create_or_open(file: &Path) -> Result<Self, IndexError> {
        Ok(Self { connection: schema::create_or_open(file)?, file: file.to_owned() })
    }

    /// Opens the index in this file.
    pub fn open(file: &Path) -> Result<Self, IndexError> {
        Ok(Self { connection: schema::open(file)?, file: file.to_owned() })
    }

    /// The SQLite file.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// The folder that relative paths start from; empty as long as nothing was indexed.
    pub fn root(&self) -> Result<PathBuf, IndexError> {
        let root: String = self.ask(|db| db.query_row("SELECT root FROM about", [], |row| row.get(0)))?;
        Ok(PathBuf::from(root))
    }

    /// The root, which is this folder if there was none.
    fn adopt_root(&mut self, folder: &Path) -> Result<PathBuf, IndexError> {
        let root = self.root()?;
        if !root.as_os_str().is_empty() {
            return Ok(root);
        }
        let Some(text) = folder.to_str() else { return Err(IndexError::NoUnicode(folder.to_owned())) };
        self.write(|db, _| db.execute("UPDATE about SET root = ?1", [text]))?;
        Ok(folder.to_owned())
    }

    /// All rows, by path.
    pub fn rows(&self) -> Result<Vec<Row>, IndexError> {
        self.rows_since(0)
    }

    /// The rows that were written after a revision, by path. Ask again with the greatest [`Row::revision`] among them.
    pub fn rows_since(&self, revision: i64) -> Result<Vec<Row>, IndexError> {
        self.ask(|db| {
            // Going through the whole table is faster than through the index on revisions and then the table.
            let range = if revision == 0 { "+revision > ?1" } else { "revision > ?1" };
            let mut query = db.prepare(&format!("SELECT {COLUMNS} FROM pictures WHERE {range} ORDER BY path"))?;
            query.query_map([revision], row_from)?.collect()
        })
    }

    /// One row.
    pub fn row(&self, id: RowId) -> Result<Option<Row>, IndexError> {
        let query = format!("SELECT {COLUMNS} FROM pictures WHERE id = ?1");
        self.ask(|db| db.query_row(&query, [id], row_from).optional())
    }

    /// What the manifest said of a picture.
    pub(super) fn label(&self, id: RowId) -> Result<Label, IndexError> {
        let query = "SELECT label FROM pictures WHERE id = ?1";
        let label: Option<Option<String>> = self.ask(|db| db.query_row(query, [id], |row| row.get(0)).optional())?;
        Ok(write::parsed(label.flatten().as_deref()))
    }

    /// A small JPEG of the picture, upright, at most 128 pixels long; none where it could not be read.
    pub fn thumbnail(&self, id: RowId) -> Result<Option<Vec<u8>>, IndexError> {
        let query = "SELECT jpeg FROM thumbnails WHERE id = ?1";
        self.ask(|db| db.query_row(query, [id], |row| row.get(0)).optional())
    }

    /// Marks pictures as checked, or takes the mark from them.
    pub fn set_checked(&mut self, ids: &[RowId], checked: bool) -> Result<(), IndexError> {
        self.write(|db, revision| {
            let mut update =
                db.prepare("UPDATE pictures SET checked = ?2, written = ?3, revision = ?4 WHERE id = ?1")?;
            let now = write::now();
            ids.iter().try_for_each(|id| update.execute((id, checked, now, revision)).map(drop))
        })
    }

    /// How much there is.
    pub fn summary(&self) -> Result<Summary, IndexError> {
        let query = "SELECT count(*), count(error), count(*) FILTER (WHERE error = ?1), count(latitude), \
             count(locatability), count(*) FILTER (WHERE checked) FROM pictures";
        let count = |row: &Columns<'_>, at| row.get::<_, i64>(at).map(i64::cast_unsigned);
        self.ask(|db| {
            db.query_row(query, [GONE], |row| {
                Ok(Summary {
                    rows: count(row, 0)?,
                    errors: count(row, 1)?,
                    gone: count(row, 2)?,
                    located: count(row, 3)?,
                    scored: count(row, 4)?,
                    checked: count(row, 5)?,
                })
            })
        })
    }

    /// Asks the database; what it says of itself is put in words.
    fn ask<'a, T>(&'a self, question: impl FnOnce(&'a Connection) -> rusqlite::Result<T>) -> Result<T, IndexError> {
        question(&self.connection).map_err(|error| IndexError::of(&self.file, &error))
    }

    /// Changes rows under a new revision: all of it or nothing.
    fn write<T>(&mut self, change: impl FnOnce(&Connection, i64) -> rusqlite::Result<T>) -> Result<T, IndexError> {
        let perform = || {
            // Asking for the right to write at once lets SQLite wait for another writer instead of failing half way.
            let behaviour = rusqlite::TransactionBehavior::Immediate;
            let transaction = self.connection.transaction_with_behavior(behaviour)?;
            let next = "UPDATE about SET revision = revision + 1 RETURNING revision";
            let revision = transaction.query_row(next, [], |row| row.get(0))?;
            let outcome = change(&transaction, revision)?;
            transaction.commit()?;
            Ok(outcome)
        };
        perform().map_err(|error| IndexError::of(&self.file, &error))
    }
}

/// A row from [`COLUMNS`].
fn row_from(columns: &Columns<'_>) -> rusqlite::Result<Row> {
    let side = |at| columns.get::<_, i64>(at).map(|side| u32::try_from(side).unwrap_or_default());
    let position = columns.get::<_, Option<f64>>(8)?.zip(columns.get(9)?).and_then(|(lat, lon)| LatLon::new(lat, lon));
    let source: Option<String> = columns.get(10)?;
    let country: Option<String> = columns.get(11)?;
    Ok(Row {
        id: columns.get(0)?,
        path: columns.get::<_, String>(1)?.into(),
        bytes: columns.get::<_, i64>(2)?.cast_unsigned(),
        modified: columns.get(3)?,
        sha256: columns.get(4)?,
        width: side(5)?,
        height: side(6)?,
        taken: columns.get(7)?,
        position,
        position_source: source.and_then(|name| PositionSource::named(&name)),
        country: country.and_then(|code| code.parse().ok()),
        city: columns.get(12)?,
        locatability: columns.get(13)?,
        scorer: columns.get(14)?,
        hash: columns.get::<_, Option<i64>>(15)?.map(i64::cast_unsigned),
        checked: columns.get(16)?,
        error: columns.get(17)?,
        revision: columns.get(18)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SQLite itself says that there is no room, as it does on a full disk.
    #[test]
    fn a_full_disk_is_said_and_leaves_the_index_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("index.sqlite");
        let mut index = Index::create_or_open(&file).unwrap();
        let pages: i64 = index.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        index.connection.pragma_update(None, "max_page_count", pages).unwrap();
        let records: Vec<write::Record> = (0..2000)
            .map(|number| write::Record {
                key: format!("{number}.jpg"),
                stamp: plan::Stamp::default(),
                label: None,
                content: write::Content::Unreadable("is empty".to_owned()),
            })
            .collect();
        let error = write::write(&mut index, &records).unwrap_err();
        assert!(matches!(error, IndexError::Full(_)), "{error}");
        assert!(error.to_string().contains("the disk is full"), "{error}");
        drop(index);
        assert_eq!(Index::open(&file).unwrap().rows().unwrap(), []);
    }

    #[test]
    fn rows_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::create_or_open(&folder.path().join("index.sqlite")).unwrap();
        let facts = write::Facts {
            sha256: "ab".repeat(32),
            width: 640,
            height: 480,
            taken: Some("2024-05-31 14:03:09".to_owned()),
            gps: LatLon::new(48.85, 2.35),
            hash: u64::MAX - 1,
            thumbnail: vec![1, 2, 3],
        };
        let scored = write::Scored::new("half", Ok(0.5));
        let record = write::Record {
            key: "a/b.jpg".to_owned(),
            stamp: plan::Stamp { bytes: 1 << 40, modified: -5 },
            label: None,
            content: write::Content::Read(Box::new(facts), scored),
        };
        write::write(&mut index, &[record]).unwrap();
        let rows = index.rows().unwrap();
        let expected = Row {
            id: 1,
            path: "a/b.jpg".into(),
            bytes: 1 << 40,
            modified: -5,
            sha256: Some("ab".repeat(32)),
            width: 640,
            height: 480,
            taken: Some("2024-05-31 14:03:09".to_owned()),
            position: LatLon::new(48.85, 2.35),
            position_source: Some(PositionSource::Exif),
            country: "FR".parse().ok(),
            city: None,
            locatability: Some(0.5),
            scorer: Some("half".to_owned()),
            hash: Some(u64::MAX - 1),
            checked: false,
            error: None,
            revision: 1,
        };
        assert_eq!(rows, std::slice::from_ref(&expected));
        assert_eq!(index.thumbnail(1).unwrap(), Some(vec![1, 2, 3]));
        index.set_checked(&[1], true).unwrap();
        assert_eq!(index.rows_since(1).unwrap(), [Row { checked: true, revision: 2, ..expected }]);
        assert!(index.rows_since(2).unwrap().is_empty());
    }
}
