//! Indexes that were made in parts, by several machines or at several times, put into one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter, types::Value};

use super::{
    error::IndexError,
    row::RowId,
    source::key_of,
    store::Index,
    write::{FILLED, upsert},
};

/// So many rows, with their thumbnails, are in memory at once.
const PAGE: i64 = 500;

/// What a merge did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MergeSummary {
    /// Rows that the other indexes have, all in all.
    pub rows: u64,
    /// Rows of which something was taken over, because they, or their marks, were new or newer.
    pub taken: u64,
}

/// A row of another index.
struct Foreign {
    id: RowId,
    path: String,
    sha256: Option<String>,
    written: i64,
    checked: bool,
    /// When the mark was set or taken, if ever.
    marked: Option<i64>,
    /// The columns of [`FILLED`].
    columns: Vec<Value>,
    thumbnail: Option<Vec<u8>>,
}

/// Takes the rows of other indexes into this one. A picture is told by its file, and by its bytes where it lies at the same
/// place of the data set on another machine. Of what both know of a picture, that which was found out last stays, and of two
/// marks the later one, whichever index it is in: nobody's work is undone by a reading. So merging again changes nothing, and
/// a merge that was broken off is simply done again.
pub fn merge(into: &mut Index, others: &[PathBuf]) -> Result<MergeSummary, IndexError> {
    let mut summary = MergeSummary::default();
    for other in others {
        if is_same_file(into.path(), other) {
            return Err(IndexError::Itself(other.clone()));
        }
        let other = Index::open(other)?;
        let theirs = other.root()?;
        let ours = into.root()?;
        let ours = if ours.as_os_str().is_empty() && !theirs.as_os_str().is_empty() {
            into.adopt_root(&theirs)?
        } else {
            ours
        };
        let mut last = 0;
        loop {
            let page = other.ask(|db| page_after(db, last))?;
            let Some(end) = page.last() else { break };
            last = end.id;
            summary.rows += page.len() as u64;
            summary.taken += into.write(|db, revision| {
                let take = |foreign: Foreign| {
                    let key = key_among_ours(db, &foreign, &ours, &theirs)?;
                    take(db, foreign, &key, revision)
                };
                page.into_iter().map(take).try_fold(0, |taken, is_taken| Ok(taken + u64::from(is_taken?)))
            })?;
        }
    }
    Ok(summary)
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// What this index calls a picture of another.
fn key_among_ours(db: &Connection, foreign: &Foreign, ours: &Path, theirs: &Path) -> rusqlite::Result<String> {
    // A name that was Unicode in one index is so in the other.
    let by_place = key_of(ours, &theirs.join(&foreign.path)).unwrap_or_else(|| foreign.path.clone());
    if by_place == foreign.path {
        return Ok(by_place);
    }
    let query = "SELECT 1 FROM pictures WHERE path = ?1 AND sha256 = ?2";
    let is_ours = db.query_row(query, params![foreign.path, foreign.sha256], |_| Ok(())).optional()?.is_some();
    Ok(if is_ours { foreign.path.clone() } else { by_place })
}

fn page_after(db: &Connection, id: RowId) -> rusqlite::Result<Vec<Foreign>> {
    let n_columns = FILLED.split(',').count();
    let mut query = db.prepare(&format!(
        "SELECT id, path, sha256, written, checked, marked, jpeg, {FILLED} \
         FROM pictures LEFT JOIN thumbnails USING (id) WHERE id > ?1 ORDER BY id LIMIT {PAGE}"
    ))?;
    let foreign = query.query_map([id], |row| {
        Ok(Foreign {
            id: row.get(0)?,
            path: row.get(1)?,
            sha256: row.get(2)?,
            written: row.get(3)?,
            checked: row.get(4)?,
            marked: row.get(5)?,
            thumbnail: row.get(6)?,
            columns: (7..7 + n_columns).map(|at| row.get(at)).collect::<Result<_, _>>()?,
        })
    })?;
    foreign.collect()
}

/// Writes what is newer of a row of another index under a name of ours; says whether anything was.
fn take(db: &Connection, mut foreign: Foreign, key: &str, revision: i64) -> rusqlite::Result<bool> {
    let query = "SELECT id, written, marked FROM pictures WHERE path = ?1";
    let ours: Option<(RowId, i64, Option<i64>)> =
        db.query_row(query, [key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let is_newer = ours.is_none_or(|(_, written, _)| foreign.written > written);
    let is_marked_later = ours.map_or(foreign.marked.is_some(), |(_, _, marked)| foreign.marked > marked);
    let id = match ours {
        Some((id, ..)) if !is_newer => id,
        _ => take_content(db, &mut foreign, key, revision)?,
    };
    if is_marked_later {
        let update = "UPDATE pictures SET checked = ?2, marked = ?3, revision = ?4 WHERE id = ?1";
        db.execute(update, params![id, foreign.checked, foreign.marked, revision])?;
    }
    Ok(is_newer || is_marked_later)
}

fn take_content(db: &Connection, foreign: &mut Foreign, key: &str, revision: i64) -> rusqlite::Result<RowId> {
    let names = FILLED.split(',').map(str::trim);
    let values = names.zip(foreign.columns.drain(..)).map(|(name, value)| match name {
        "path" => Value::Text(key.to_owned()),
        "revision" => Value::Integer(revision),
        _ => value,
    });
    let id: RowId = db.query_row(&upsert(FILLED), params_from_iter(values), |row| row.get(0))?;
    match foreign.thumbnail.take() {
        Some(jpeg) => db.execute("INSERT OR REPLACE INTO thumbnails VALUES (?1, ?2)", params![id, jpeg])?,
        None => db.execute("DELETE FROM thumbnails WHERE id = ?1", [id])?,
    };
    Ok(id)
}
