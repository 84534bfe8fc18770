//! The index itself: an SQLite file with a row a picture.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension as _, Row as Columns};

use super::{
    error::IndexError,
    moved::{self, Token},
    row::{PositionSource, Row, RowId},
    schema::{self, Opened},
    source::key_of,
    trouble::{GONE, Trouble},
};
use crate::{dataset::label::Label, geo::LatLon};

/// An open index. Each thread opens its own; one that reads sees what another has written so far.
#[derive(Debug)]
pub struct Index {
    pub(super) opened: Opened,
    file: PathBuf,
    /// The root as the index notes it, and where that is now; looked up once, as it takes a look at the disk.
    root: RefCell<Option<(String, PathBuf)>>,
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
     country, city, locatability, scorer, hash, checked, error, reason, revision";

impl Index {
    /// Opens the index in this file, or makes an empty one where there is no file.
    pub fn create_or_open(file: &Path) -> Result<Self, IndexError> {
        Ok(Self::of(schema::create_or_open(file)?, file))
    }

    /// Opens the index in this file.
    pub fn open(file: &Path) -> Result<Self, IndexError> {
        Ok(Self::of(schema::open(file)?, file))
    }

    fn of(opened: Opened, file: &Path) -> Self {
        Self { opened, file: file.to_owned(), root: RefCell::default() }
    }

    /// The SQLite file.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// The folder that relative paths start from; empty as long as nothing was indexed. Where index and pictures were moved
    /// or copied together, it is the folder where the pictures are now.
    pub fn root(&self) -> Result<PathBuf, IndexError> {
        let query = "SELECT root, way FROM about";
        let (noted, way): (String, Option<String>) =
            self.ask(|db| db.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))))?;
        if let Some((known, root)) = &*self.root.borrow()
            && *known == noted
        {
            return Ok(root.clone());
        }
        let root = if noted.is_empty() {
            PathBuf::new()
        } else {
            let beside = way.and_then(|way| Some(self.folder()?.join(way)));
            moved::root_now(Path::new(&noted), beside, &self.tokens()?)
        };
        *self.root.borrow_mut() = Some((noted, root.clone()));
        Ok(root)
    }

    /// The root, which becomes this folder if there was none, or if this is where the data set is now.
    pub(super) fn adopt_root(&mut self, folder: &Path) -> Result<PathBuf, IndexError> {
        let root = self.root()?;
        let is_kept = !root.as_os_str().is_empty() && !moved::is_same_set(folder, &root, &self.tokens()?);
        let root = if is_kept { root } else { folder.to_owned() };
        let way = self.folder().and_then(|here| moved::way(&here, &root));
        let (Some(text), way) = (root.to_str(), way.as_deref().and_then(Path::to_str)) else {
            return Err(IndexError::NoUnicode(root));
        };
        let is_noted = "SELECT 1 FROM about WHERE root = ?1 AND way IS ?2";
        if self.ask(|db| db.query_row(is_noted, (text, way), |_| Ok(())).optional())?.is_none() {
            self.write(|db, _| db.execute("UPDATE about SET root = ?1, way = ?2", (text, way)))?;
            *self.root.borrow_mut() = Some((text.to_owned(), root.clone()));
        }
        Ok(root)
    }

    /// Whether a file is a picture of the index.
    pub(in crate::dataset) fn holds(&self, file: &Path) -> Result<bool, IndexError> {
        let Some(key) = key_of(&self.root()?, file) else { return Ok(false) };
        let query = "SELECT 1 FROM pictures WHERE path = ?1";
        Ok(self.ask(|db| db.query_row(query, [key], |_| Ok(())).optional())?.is_some())
    }

    /// The folder that the index itself lies in.
    fn folder(&self) -> Option<PathBuf> {
        Some(fs::canonicalize(&self.file).ok()?.parent()?.to_owned())
    }

    /// Some of the pictures, from all over the data set, by which it is recognised.
    pub(super) fn tokens(&self) -> Result<Vec<Token>, IndexError> {
        let query = "SELECT path, bytes, sha256 FROM pictures \
             WHERE id % (SELECT count(*) / 24 + 1 FROM pictures) = 0 AND sha256 IS NOT NULL AND error IS NOT ?1 LIMIT 24";
        self.ask(|db| {
            let token = |row: &Columns<'_>| {
                let bytes = row.get::<_, i64>(1)?.cast_unsigned();
                Ok(Token { key: row.get(0)?, bytes, sha256: row.get(2)? })
            };
            db.prepare(query)?.query_map([GONE], token)?.collect()
        })
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
    pub(in crate::dataset) fn label(&self, id: RowId) -> Result<Label, IndexError> {
        let query = "SELECT label FROM pictures WHERE id = ?1";
        let label: Option<Option<String>> = self.ask(|db| db.query_row(query, [id], |row| row.get(0)).optional())?;
        Ok(Label::from_json(label.flatten().as_deref()))
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
                db.prepare("UPDATE pictures SET checked = ?2, marked = ?3, revision = ?4 WHERE id = ?1")?;
            let now = now();
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
    pub(super) fn ask<'a, T>(
        &'a self,
        question: impl FnOnce(&'a Connection) -> rusqlite::Result<T>,
    ) -> Result<T, IndexError> {
        question(&self.opened.connection).map_err(|error| IndexError::of(&self.file, &error))
    }

    /// Changes rows under a new revision: all of it or nothing.
    pub(super) fn write<T>(
        &mut self,
        change: impl FnOnce(&Connection, i64) -> rusqlite::Result<T>,
    ) -> Result<T, IndexError> {
        let perform = || {
            // Asking for the right to write at once lets SQLite wait for another writer instead of failing half way.
            let behaviour = rusqlite::TransactionBehavior::Immediate;
            let transaction = self.opened.connection.transaction_with_behavior(behaviour)?;
            let next = "UPDATE about SET revision = revision + 1 RETURNING revision";
            let revision = transaction.query_row(next, [], |row| row.get(0))?;
            let outcome = change(&transaction, revision)?;
            transaction.commit()?;
            Ok(outcome)
        };
        perform().map_err(|error| IndexError::of(&self.file, &error))
    }
}

/// The moment, in milliseconds since 1970.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
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
        error: Trouble::kept(columns, 17)?,
        revision: columns.get(19)?,
    })
}
