//! Indexes that were made in parts, by several machines or at several times, put into one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter, types::Value};

use super::{
    error::IndexError,
    moved::is_same_set,
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
    bytes: u64,
    sha256: Option<String>,
    written: i64,
    checked: bool,
    /// When the mark was set or taken, if ever.
    marked: Option<i64>,
    /// The columns of [`FILLED`].
    columns: Vec<Value>,
    thumbnail: Option<Vec<u8>>,
}

/// The folders that two indexes start from.
struct Roots {
    ours: PathBuf,
    theirs: PathBuf,
    /// Ours holds the data set of theirs.
    is_one_set: bool,
    ours_is_here: bool,
    theirs_is_here: bool,
}

/// Takes the rows of other indexes into this one. A picture is told by its file, and by its place in the data set where that
/// lies in another folder: on a machine that has mounted it elsewhere. Of what both know of a picture, that which was found
/// out last stays, and of two marks the later one, whichever index it is in: nobody's work is undone by a reading. So merging
/// again changes nothing, and a merge that was broken off is simply done again.
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
        let is_one_set = is_same_set(&ours, &theirs, &other.tokens()?);
        let (ours_is_here, theirs_is_here) = (ours.is_dir(), theirs.is_dir());
        let roots = Roots { ours, theirs, is_one_set, ours_is_here, theirs_is_here };
        let mut last = 0;
        loop {
            let page = other.ask(|db| page_after(db, last))?;
            let Some(end) = page.last() else { break };
            last = end.id;
            summary.rows += page.len() as u64;
            summary.taken += into.write(|db, revision| {
                let take = |foreign: Foreign| {
                    let key = key_among_ours(db, &foreign, &roots)?;
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
fn key_among_ours(db: &Connection, foreign: &Foreign, roots: &Roots) -> rusqlite::Result<String> {
    let Roots { ours, theirs, is_one_set, ours_is_here, theirs_is_here } = roots;
    // A name that was Unicode in one index is so in the other.
    let by_place = key_of(ours, &theirs.join(&foreign.path)).unwrap_or_else(|| foreign.path.clone());
    if by_place == foreign.path || Path::new(&foreign.path).is_absolute() {
        return Ok(by_place);
    }
    // Bytes that were read both there and here decide.
    let query = "SELECT sha256 = ?2 FROM pictures WHERE path = ?1";
    let known = db.query_row(query, params![foreign.path, foreign.sha256], |row| row.get::<_, Option<bool>>(0));
    let known = known.optional()?.flatten();
    let is_ours = *is_one_set
        || known.unwrap_or_else(|| {
            // Their folder is another machine's. Where ours is so too, nothing says that they are two sets.
            let here = fs::metadata(ours.join(&foreign.path));
            !theirs_is_here && here.map_or(!ours_is_here, |about| about.len() == foreign.bytes)
        });
    Ok(if is_ours { foreign.path.clone() } else { by_place })
}

fn page_after(db: &Connection, id: RowId) -> rusqlite::Result<Vec<Foreign>> {
    let n_columns = FILLED.split(',').count();
    let mut query = db.prepare(&format!(
        "SELECT id, path, bytes, sha256, written, checked, marked, jpeg, {FILLED} \
         FROM pictures LEFT JOIN thumbnails USING (id) WHERE id > ?1 ORDER BY id LIMIT {PAGE}"
    ))?;
    let foreign = query.query_map([id], |row| {
        Ok(Foreign {
            id: row.get(0)?,
            path: row.get(1)?,
            bytes: row.get::<_, i64>(2)?.cast_unsigned(),
            sha256: row.get(3)?,
            written: row.get(4)?,
            checked: row.get(5)?,
            marked: row.get(6)?,
            thumbnail: row.get(7)?,
            columns: (8..8 + n_columns).map(|at| row.get(at)).collect::<Result<_, _>>()?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dataset::index::{
            record::{Content, Facts, Record, Scored, Stamp},
            trouble::Trouble,
            write::write,
        },
        picture::sha256_of,
    };

    /// A folder whose pictures hold these words each.
    fn pictures(folder: &Path, pictures: &[(&str, &str)]) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        pictures.iter().for_each(|(name, words)| fs::write(folder.join(name), words).unwrap());
        fs::canonicalize(folder).unwrap()
    }

    /// An index of these pictures of a folder; one that is not there could not be read.
    fn index(file: &Path, folder: &Path, names: &[&str]) -> PathBuf {
        let record = |name: &&str| {
            let picture = folder.join(name);
            let content = sha256_of(&picture).map(|sha256| {
                let facts = Facts { sha256, width: 1, height: 1, taken: None, gps: None, hash: 0, thumbnail: vec![1] };
                Content::Read(Box::new(facts), Scored::default())
            });
            let unread = |_missing| Content::Unreadable(Trouble::Unread("is empty".to_owned()));
            let stamp = fs::metadata(&picture).map(|about| Stamp::of(&about)).unwrap_or_default();
            Record::of((*name).to_owned(), stamp, None, content.unwrap_or_else(unread))
        };
        let mut index = Index::create_or_open(file).unwrap();
        index.adopt_root(folder).unwrap();
        write(&mut index, &names.iter().map(record).collect::<Vec<_>>()).unwrap();
        file.to_owned()
    }

    /// The paths of an index after another was taken into it, which changes nothing the second time.
    fn merged(into: &Path, other: &Path) -> Vec<String> {
        let mut into = Index::open(into).unwrap();
        merge(&mut into, &[other.to_owned()]).unwrap();
        assert_eq!(merge(&mut into, &[other.to_owned()]).unwrap().taken, 0);
        into.rows().unwrap().into_iter().map(|row| row.path.to_string_lossy().into_owned()).collect()
    }

    const SET: [(&str, &str); 4] = [("0.jpg", "zero"), ("1.jpg", "the first"), ("2.jpg", "two"), ("3.jpg", "3")];

    #[test]
    fn shards_of_a_set_that_two_machines_mount_elsewhere_are_one_set() {
        let home = tempfile::tempdir().unwrap();
        let here = pictures(&home.path().join("a/photos"), &SET);
        let there = pictures(&home.path().join("b/photos"), &SET);
        let ours = index(&home.path().join("ours.sqlite"), &here, &["0.jpg", "2.jpg"]);
        let theirs = index(&home.path().join("b/theirs.sqlite"), &there, &["1.jpg", "3.jpg", "unread.jpg"]);
        // Their index has come to this machine, and their folder has not.
        let brought = home.path().join("theirs.sqlite");
        fs::copy(&theirs, &brought).unwrap();
        fs::rename(home.path().join("b"), home.path().join("gone")).unwrap();
        assert_eq!(merged(&ours, &brought), ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "unread.jpg"]);
        // Nor has ours, on a third machine.
        let ours = index(&home.path().join("third.sqlite"), &here, &["0.jpg", "2.jpg"]);
        fs::rename(home.path().join("a"), home.path().join("gone too")).unwrap();
        assert_eq!(merged(&ours, &brought), ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "unread.jpg"]);
    }

    #[test]
    fn two_sets_with_the_same_names_stay_two() {
        let home = tempfile::tempdir().unwrap();
        let here = pictures(&home.path().join("a"), &SET);
        let there = pictures(&home.path().join("b"), &[("0.jpg", "another"), ("4.jpg", "four")]);
        let ours = index(&home.path().join("ours.sqlite"), &here, &["0.jpg", "1.jpg"]);
        let theirs = index(&home.path().join("theirs.sqlite"), &there, &["0.jpg", "4.jpg"]);
        let whole = |name: &str| there.join(name).to_string_lossy().into_owned();
        let expected = [whole("0.jpg"), whole("4.jpg"), "0.jpg".to_owned(), "1.jpg".to_owned()];
        assert_eq!(merged(&ours, &theirs), expected);
        // The disk with theirs may be away for the moment.
        let ours = index(&home.path().join("again.sqlite"), &here, &["0.jpg", "1.jpg"]);
        fs::rename(home.path().join("b"), home.path().join("away")).unwrap();
        assert_eq!(merged(&ours, &theirs), expected);
    }
}
