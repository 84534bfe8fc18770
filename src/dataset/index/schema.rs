//! The tables of an index, and how an index is told from any other file.
//!
//! Thumbnails have a table of their own, so that reading all rows does not pass over them.

use std::{fs::File, io::Read as _, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::IndexError;

/// `TsIx`: what an SQLite file's header names as the program that it belongs to (sqlite.org/fileformat.html, offset 68).
const APPLICATION_ID: i64 = 0x5473_4978;

/// The form of the tables below.
const FORM: i64 = 1;

/// How long another program may keep the index to itself before it is said to be in use.
const PATIENCE: Duration = Duration::from_secs(3);

/// What every SQLite file begins with.
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// `modified` is in nanoseconds since 1970 and `written` (when the row was) in milliseconds; `hash` has the bits of an
/// unsigned number; `label` is what the manifest says of the picture, as JSON.
const TABLES: &str = "
    CREATE TABLE about (root TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
    INSERT INTO about VALUES ('', 0);
    CREATE TABLE pictures (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        bytes INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        sha256 TEXT,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        taken TEXT,
        latitude REAL,
        longitude REAL,
        position_source TEXT,
        country TEXT,
        city TEXT,
        locatability REAL,
        scorer TEXT,
        hash INTEGER,
        checked INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        label TEXT,
        written INTEGER NOT NULL,
        revision INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX pictures_by_revision ON pictures (revision);
    CREATE TABLE thumbnails (id INTEGER PRIMARY KEY REFERENCES pictures (id), jpeg BLOB NOT NULL) STRICT;
";

/// Opens an index that is there, or makes one where no file is.
pub(super) fn create_or_open(file: &Path) -> Result<Connection, IndexError> {
    let is_new = std::fs::metadata(file).map_or(true, |about| about.is_file() && about.len() == 0);
    if !is_new {
        return open(file);
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(IndexError::NoFolder(file.to_owned()));
    }
    let make = || {
        let connection = Connection::open(file)?;
        connection.busy_timeout(PATIENCE)?;
        // Readers go on while one writes, and a kill leaves the last whole transaction.
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORM}; COMMIT;"
        ))?;
        Ok(connection)
    };
    let connection = make().map_err(|error| IndexError::of(file, &error))?;
    prepare(&connection).map_err(|error| IndexError::of(file, &error))?;
    Ok(connection)
}

/// Opens an index that is there.
pub(super) fn open(file: &Path) -> Result<Connection, IndexError> {
    refuse_what_is_no_database(file)?;
    let failed = |error| IndexError::of(file, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(failed)?;
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(failed);
    if number("application_id")? != APPLICATION_ID {
        return Err(IndexError::Foreign { file: file.to_owned(), what: "another program's SQLite file" });
    }
    let found = number("user_version")?;
    if found > FORM {
        return Err(IndexError::Newer { file: file.to_owned(), found });
    }
    // The thumbnails, most of the file, are left out: a broken one shows as soon as it is asked for, and breaks nothing.
    let check = "PRAGMA quick_check('pictures')";
    let verdict: String = connection.query_row(check, [], |row| row.get(0)).map_err(failed)?;
    if verdict != "ok" {
        let reason = verdict.lines().next().unwrap_or_default().to_owned();
        return Err(IndexError::Damaged { file: file.to_owned(), reason });
    }
    prepare(&connection).map_err(failed)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    // With a write-ahead log this loses at most the last transactions when the machine itself fails, and never the file.
    connection.pragma_update(None, "synchronous", "normal")
}

/// SQLite itself would say of a picture or a text only that it is no database, and of a folder nothing useful.
fn refuse_what_is_no_database(file: &Path) -> Result<(), IndexError> {
    let source = |cause| IndexError::Source { path: file.to_owned(), cause };
    let about = std::fs::metadata(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => IndexError::Missing(file.to_owned()),
        _ => source(error),
    })?;
    if about.is_dir() {
        return Err(IndexError::Foreign { file: file.to_owned(), what: "a folder" });
    }
    let mut head = [0; 16];
    let read = File::open(file).and_then(|mut file| file.read(&mut head)).map_err(source)?;
    if read < head.len() || &head != SQLITE_MAGIC {
        return Err(IndexError::Foreign { file: file.to_owned(), what: "no SQLite file" });
    }
    Ok(())
}
