//! The tables of an index, how older ones become those of today, and how an index is told from any other file.
//!
//! Thumbnails have a table of their own, so that reading all rows does not pass over them.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use tempfile::TempDir;

use super::error::IndexError;

/// `TsIx`: what an SQLite file's header names as the program that it belongs to (sqlite.org/fileformat.html, offset 68).
const APPLICATION_ID: i64 = 0x5473_4978;

/// How long another program may keep the index to itself before it is said to be in use.
const PATIENCE: Duration = Duration::from_secs(3);

/// What every SQLite file begins with.
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The ladder of forms: step n, from 0, makes form n + 1 of form n. What was released is never changed, only added to.
///
/// `modified` is in nanoseconds since 1970, `written` (when what is known of the picture was) and `marked` (when the mark was
/// set or taken) in milliseconds; `hash` has the bits of an unsigned number; `error` is
/// the code of a [`Trouble`](super::trouble::Trouble), `reason` what goes with it; `label` is what the manifest says of the
/// picture, as JSON; `way` leads from the folder of the index to the root; `tables` has how the user wants tables to be read,
/// `columns` an object of a column's name, or null for none, by what it means.
const LADDER: &[&str] = &[
    "
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
    ",
    "
    ALTER TABLE about ADD COLUMN way TEXT;
    ALTER TABLE pictures ADD COLUMN marked INTEGER;
    UPDATE pictures SET marked = written WHERE checked;
    ",
    "
    CREATE TABLE tables (path TEXT PRIMARY KEY, columns TEXT NOT NULL, root TEXT) STRICT;
    ",
    // Sentences become codes.
    "
    ALTER TABLE pictures ADD COLUMN reason TEXT;
    UPDATE pictures SET error = 'gone' WHERE error = 'the file is gone';
    UPDATE pictures SET error = 'missing' WHERE error = 'there is no such file; check the name';
    UPDATE pictures SET error = 'unscored', reason = substr(error, 25, length(error) - 25)
        WHERE error LIKE 'it could not be scored (%)';
    UPDATE pictures SET error = 'unread', reason = error WHERE error NOT IN ('gone', 'missing', 'unscored');
    ",
];

/// The form of today.
const FORM: i64 = LADDER.len() as i64;

/// An index that is open.
#[derive(Debug)]
pub(super) struct Opened {
    /// The connection.
    pub connection: Connection,
    /// The copy that is read in place of an index that cannot be read where it lies; it goes when the connection does.
    _copy: Option<TempDir>,
}

/// Opens an index that is there, or makes one where no file is.
pub(super) fn create_or_open(file: &Path) -> Result<Opened, IndexError> {
    let is_new = fs::metadata(file).map_or(true, |about| about.is_file() && about.len() == 0);
    if !is_new {
        return open(file);
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(IndexError::NoFolder(file.to_owned()));
    }
    let make = || {
        let mut connection = Connection::open(file)?;
        connection.busy_timeout(PATIENCE)?;
        // Readers go on while one writes, and a kill leaves the last whole transaction.
        connection.pragma_update(None, "journal_mode", "wal")?;
        climb(&mut connection)?;
        prepare(&connection)?;
        Ok(connection)
    };
    let connection = make().map_err(|error| IndexError::of(file, &error))?;
    Ok(Opened { connection, _copy: None })
}

/// Opens an index that is there, to be read alone where it cannot be written.
pub(super) fn open(file: &Path) -> Result<Opened, IndexError> {
    refuse_what_is_no_database(file)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).and_then(|connection| {
        connection.busy_timeout(PATIENCE)?;
        // The first question shows whether the files beside the index, which its log needs, can be made.
        number(&connection, "application_id").map(|_| connection)
    });
    let connection = match connection {
        Ok(connection) if !connection.is_readonly("main").unwrap_or(true) => connection,
        Err(error) if !is_write_protected(&error) => return Err(IndexError::of(file, &error)),
        _ => return open_fixed(file),
    };
    let mut connection = check(file, connection)?;
    let bring = |connection: &mut Connection| {
        climb(connection)?;
        prepare(connection)
    };
    bring(&mut connection).map_err(|error| IndexError::of(file, &error))?;
    Ok(Opened { connection, _copy: None })
}

fn is_write_protected(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied))
}

/// Opens an index on media that cannot be written. Nothing can change it meanwhile, so its log needs no files; where the log
/// holds rows that are not in the index yet, or its form is an older one, a copy is read.
fn open_fixed(file: &Path) -> Result<Opened, IndexError> {
    let failed = |error| IndexError::of(file, &error);
    let has_log = fs::metadata(log_of(file)).is_ok_and(|about| about.len() > 0);
    if !has_log {
        let connection = check(file, open_immutable(file)?)?;
        if number(&connection, "user_version").map_err(failed)? == FORM {
            return Ok(Opened { connection, _copy: None });
        }
    }
    let no_copy = |cause| IndexError::NoCopy { file: file.to_owned(), cause };
    let folder = tempfile::tempdir().map_err(no_copy)?;
    let copy = folder.path().join("index.sqlite");
    copy_writable(file, &copy).map_err(no_copy)?;
    if has_log {
        copy_writable(&log_of(file), &log_of(&copy)).map_err(no_copy)?;
    }
    let mut connection = check(file, Connection::open(&copy).map_err(failed)?)?;
    climb(&mut connection).map_err(failed)?;
    // What is written to the copy would be lost.
    connection.pragma_update(None, "query_only", true).map_err(failed)?;
    Ok(Opened { connection, _copy: Some(folder) })
}

fn open_immutable(file: &Path) -> Result<Connection, IndexError> {
    let source = |cause| IndexError::Source { path: file.to_owned(), cause };
    let whole = fs::canonicalize(file).map_err(source)?;
    let no_address = || IndexError::NoUnicode(file.to_owned());
    let mut address = url::Url::from_file_path(dunce::simplified(&whole)).map_err(|()| no_address())?;
    address.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(address.as_str(), flags).map_err(|error| IndexError::of(file, &error))
}

/// The permissions of the original would not let the copy be written.
fn copy_writable(from: &Path, to: &Path) -> std::io::Result<()> {
    std::io::copy(&mut File::open(from)?, &mut File::create(to)?).map(drop)
}

fn log_of(file: &Path) -> PathBuf {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// The connection, where it is to an index that is sound and not of a later version.
fn check(file: &Path, connection: Connection) -> Result<Connection, IndexError> {
    let failed = |error| IndexError::of(file, &error);
    if number(&connection, "application_id").map_err(failed)? != APPLICATION_ID {
        return Err(IndexError::Foreign { file: file.to_owned(), what: "another program's SQLite file" });
    }
    let found = number(&connection, "user_version").map_err(failed)?;
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
    Ok(connection)
}

fn number(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// Brings the tables to the form of today, all the way or not at all.
fn climb(connection: &mut Connection) -> rusqlite::Result<()> {
    if number(connection, "user_version")? == FORM {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another program may have climbed while this one waited.
    let form = usize::try_from(number(&transaction, "user_version")?).unwrap_or(LADDER.len());
    for step in LADDER.iter().skip(form) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORM)?;
    transaction.commit()
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    // With a write-ahead log this loses at most the last transactions when the machine itself fails, and never the file.
    connection.pragma_update(None, "synchronous", "normal")
}

/// SQLite itself would say of a picture or a text only that it is no database, and of a folder nothing useful.
fn refuse_what_is_no_database(file: &Path) -> Result<(), IndexError> {
    let source = |cause| IndexError::Source { path: file.to_owned(), cause };
    let about = fs::metadata(file).map_err(|error| match error.kind() {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of the first form, with two pictures of which one is marked.
    fn first_form(file: &Path) -> Connection {
        let connection = Connection::open(file).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        connection.execute_batch(LADDER[0]).unwrap();
        connection
            .execute_batch(&format!(
                "INSERT INTO pictures (path, bytes, modified, width, height, checked, written, revision)
                 VALUES ('a.jpg', 1, 2, 0, 0, 1, 77, 1), ('b.jpg', 1, 2, 0, 0, 0, 78, 1);
                 PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;"
            ))
            .unwrap();
        connection
    }

    #[test]
    fn sentences_of_an_older_form_become_codes_with_their_reasons() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("index.sqlite");
        let old = first_form(&file);
        for (path, error) in [
            ("1", "the file is gone"),
            ("2", "there is no such file; check the name"),
            ("3", "it could not be scored (no (more) memory)"),
            ("4", "is empty (zero bytes); get the file again"),
        ] {
            let insert = "INSERT INTO pictures (path, bytes, modified, width, height, error, written, revision) \
                          VALUES (?1, 1, 2, 0, 0, ?2, 78, 1)";
            old.execute(insert, (path, error)).unwrap();
        }
        drop(old);
        let opened = open(&file).unwrap();
        let mut query = opened.connection.prepare("SELECT error, reason FROM pictures ORDER BY path LIMIT 5").unwrap();
        let codes = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let codes: Vec<(Option<String>, Option<String>)> = codes.map(Result::unwrap).collect();
        let code = |code: &str, reason: Option<&str>| (Some(code.to_owned()), reason.map(str::to_owned));
        let expected = [
            code("gone", None),
            code("missing", None),
            code("unscored", Some("no (more) memory")),
            code("unread", Some("is empty (zero bytes); get the file again")),
            (None, None),
        ];
        assert_eq!(codes, expected);
    }

    fn marks(connection: &Connection) -> Vec<(String, bool, Option<i64>)> {
        let mut query = connection.prepare("SELECT path, checked, marked FROM pictures ORDER BY path").unwrap();
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn expected() -> Vec<(String, bool, Option<i64>)> {
        vec![("a.jpg".to_owned(), true, Some(77)), ("b.jpg".to_owned(), false, None)]
    }

    #[test]
    fn an_index_of_an_older_form_climbs_and_keeps_its_rows_and_marks() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("index.sqlite");
        drop(first_form(&file));
        for _ in 0..2 {
            let opened = open(&file).unwrap();
            assert_eq!(marks(&opened.connection), expected());
            assert_eq!(number(&opened.connection, "user_version"), Ok(FORM));
        }
    }

    #[test]
    fn an_index_that_cannot_be_written_is_read_with_what_its_log_holds() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("with # and ? and %20.sqlite");
        let writer = first_form(&file);
        assert!(fs::metadata(log_of(&file)).unwrap().len() > 0, "the rows are in the log");
        let opened = open_fixed(&file).unwrap();
        assert_eq!(marks(&opened.connection), expected());
        let error = opened.connection.execute("DELETE FROM pictures", []).unwrap_err();
        assert!(matches!(IndexError::of(&file, &error), IndexError::ReadOnly(_)), "{error}");
        drop((opened, writer));

        drop(open(&file).unwrap()); // of today's form, and its log gone
        let before: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(before, std::slice::from_ref(&file));
        let opened = open_fixed(&file).unwrap();
        assert!(opened._copy.is_none() && marks(&opened.connection) == expected());
        assert!(opened.connection.execute("DELETE FROM pictures", []).is_err());
        let after: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(after, before, "nothing is written beside it");
    }
}
