//! Indexes that were made in parts, by several machines or at several times, put into one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter, types::Value};

use super::{
    Index, IndexError, RowId,
    source::key_of,
    write::{FILLED, upsert},
};

/// So many rows, with their thumbnails, are in memory at once.
const PAGE: i64 = 500;

/// What a merge did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MergeSummary {
    /// Rows that the other indexes have, all in all.
    pub rows: u64,
    /// Rows that were taken over, because they were new or newer.
    pub taken: u64,
}

/// A row of another index.
struct Foreign {
    id: RowId,
    path: String,
    written: i64,
    /// The columns of [`FILLED`], then whether it is checked.
    columns: Vec<Value>,
    thumbnail: Option<Vec<u8>>,
}

/// Takes the rows of other indexes into this one. A picture is told by its file; of one that both have, the row that was
/// written last stays. So merging again changes nothing, and a merge that was broken off is simply done again.
pub fn merge(into: &mut Index, others: &[PathBuf]) -> Result<MergeSummary, IndexError> {
    let mut summary = MergeSummary::default();
    for other in others {
        if is_same_file(into.path(), other) {
            return Err(IndexError::Itself(other.clone()));
        }
        let other = Index::open(other)?;
        let theirs = other.root()?;
        let ours = if theirs.as_os_str().is_empty() { into.root()? } else { into.adopt_root(&theirs)? };
        let mut last = 0;
        loop {
            let page = other.ask(|db| page_after(db, last))?;
            let Some(end) = page.last() else { break };
            last = end.id;
            summary.rows += page.len() as u64;
            summary.taken += into.write(|db, revision| {
                let take = |foreign: Foreign| {
                    // A name that was Unicode in one index is so in the other.
                    let key = key_of(&ours, &theirs.join(&foreign.path)).unwrap_or_else(|| foreign.path.clone());
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

fn page_after(db: &Connection, id: RowId) -> rusqlite::Result<Vec<Foreign>> {
    let n_columns = FILLED.split(',').count() + 1;
    let mut query = db.prepare(&format!(
        "SELECT id, path, written, jpeg, {FILLED}, checked FROM pictures LEFT JOIN thumbnails USING (id) \
         WHERE id > ?1 ORDER BY id LIMIT {PAGE}"
    ))?;
    let foreign = query.query_map([id], |row| {
        Ok(Foreign {
            id: row.get(0)?,
            path: row.get(1)?,
            written: row.get(2)?,
            thumbnail: row.get(3)?,
            columns: (4..4 + n_columns).map(|at| row.get(at)).collect::<Result<_, _>>()?,
        })
    })?;
    foreign.collect()
}

/// Writes a row of another index under a name of ours, unless ours is as new.
fn take(db: &Connection, foreign: Foreign, key: &str, revision: i64) -> rusqlite::Result<bool> {
    let query = "SELECT written FROM pictures WHERE path = ?1";
    let ours: Option<i64> = db.query_row(query, [key], |row| row.get(0)).optional()?;
    if ours.is_some_and(|written| written >= foreign.written) {
        return Ok(false);
    }
    let names = FILLED.split(',').map(str::trim).chain(["checked"]);
    let values = names.zip(foreign.columns).map(|(name, value)| match name {
        "path" => Value::Text(key.to_owned()),
        "revision" => Value::Integer(revision),
        _ => value,
    });
    let statement = upsert(&format!("{FILLED}, checked"));
    let id: RowId = db.query_row(&statement, params_from_iter(values), |row| row.get(0))?;
    match foreign.thumbnail {
        Some(jpeg) => db.execute("INSERT OR REPLACE INTO thumbnails VALUES (?1, ?2)", params![id, jpeg])?,
        None => db.execute("DELETE FROM thumbnails WHERE id = ?1", [id])?,
    };
    Ok(true)
}
