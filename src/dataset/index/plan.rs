//! What has to be done about each picture of a source: nothing, as long as neither the file nor what is said of it has
//! changed.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use rusqlite::{OptionalExtension as _, Statement};

use super::{
    error::IndexError,
    meter::Meter,
    progress::IndexOptions,
    record::{Content, Record, Stamp},
    shard::Shard,
    source::{Found, Listing},
    store::Index,
    trouble::{GONE, Trouble},
};

/// One picture to be opened.
#[derive(Debug)]
pub(super) struct Task {
    /// What the index calls it.
    pub key: String,
    /// What a table says of it, now or in an earlier run, as JSON.
    pub label: Option<String>,
    /// Only its score is out of date.
    pub only_score: bool,
    /// The index has no such picture so far.
    pub is_new: bool,
}

/// A picture that the index has and the source does not: if a new one has its bytes and its file is no longer there, it is
/// the same picture in another place.
#[derive(Debug)]
pub(super) struct Elsewhere {
    /// What the index calls it.
    pub key: String,
    /// What a table says of it, as JSON.
    pub label: Option<String>,
    /// Whether it was there until this run.
    pub has_vanished: bool,
}

/// What has to be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Pictures to be opened.
    pub tasks: Vec<Task>,
    /// What is known already: pictures that are not there, no longer there, or there again.
    pub news: Vec<Record>,
    /// How many the folder held once and holds no longer.
    pub gone: u64,
    /// Pictures that may lie somewhere else now, by their SHA-256.
    pub elsewhere: HashMap<String, Vec<Elsewhere>>,
}

/// What the index knows of a picture.
struct Known {
    stamp: Stamp,
    was_read: bool,
    label: Option<String>,
    error: Option<Trouble>,
    scorer: Option<String>,
}

impl Known {
    fn is_gone(&self) -> bool {
        self.error == Some(Trouble::Gone)
    }
}

/// Compares the source with the index. `scorer` is the name under which scores are wanted, if they are.
pub(super) fn plan(
    index: &Index,
    root: &Path,
    listing: Listing,
    options: &IndexOptions,
    scorer: Option<&str>,
    meter: &mut Meter<'_>,
) -> Result<Plan, IndexError> {
    let mut plan = Plan::default();
    if let Some(folder) = &listing.folder {
        plan.news = vanished(index, root, folder, &listing.pictures, options.shard)?;
        plan.gone = plan.news.len() as u64;
    }
    let listed: Vec<String> = listing.pictures.iter().map(|found| found.key.clone()).collect();
    let query =
        "SELECT bytes, modified, sha256 IS NOT NULL, label, error, reason, scorer FROM pictures WHERE path = ?1";
    let mut query = index.ask(|db| db.prepare(query))?;
    for found in listing.pictures {
        if meter.is_cancelled() {
            break;
        }
        let known = index.ask(|_| look_up(&mut query, &found.key))?;
        let is_there = add(&mut plan, root, found, known, options, scorer, meter);
        // Where the whole folder has gone, every picture would be said to be missing.
        if let Some(folder) = listing.folder.as_ref().filter(|folder| !is_there && !folder.is_dir()) {
            return Err(IndexError::SourceGone(folder.clone()));
        }
    }
    if plan.tasks.iter().any(|task| task.is_new) {
        plan.elsewhere = elsewhere(index, &listed, &plan.news)?;
    }
    Ok(plan)
}

/// The pictures of the index that are not listed, by their bytes.
fn elsewhere(index: &Index, listed: &[String], news: &[Record]) -> Result<HashMap<String, Vec<Elsewhere>>, IndexError> {
    let missing = news.iter().filter(|record| matches!(record.content, Content::Missing));
    let vanished: HashSet<&str> = missing.map(|record| record.key.as_str()).collect();
    let mut by_bytes: HashMap<String, Vec<Elsewhere>> = HashMap::new();
    index.ask(|db| {
        let mut query = db.prepare("SELECT path, sha256, label FROM pictures WHERE sha256 IS NOT NULL")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let key: String = row.get(0)?;
            if listed.binary_search(&key).is_err() {
                let found = Elsewhere { has_vanished: vanished.contains(key.as_str()), label: row.get(2)?, key };
                by_bytes.entry(row.get(1)?).or_default().push(found);
            }
        }
        Ok(())
    })?;
    Ok(by_bytes)
}

fn look_up(query: &mut Statement<'_>, key: &str) -> rusqlite::Result<Option<Known>> {
    let row = query.query_row([key], |row| {
        Ok(Known {
            stamp: Stamp { bytes: row.get::<_, i64>(0)?.cast_unsigned(), modified: row.get(1)? },
            was_read: row.get(2)?,
            label: row.get(3)?,
            error: Trouble::kept(row, 4)?,
            scorer: row.get(6)?,
        })
    });
    row.optional()
}

/// Says whether the picture is there.
fn add(
    plan: &mut Plan,
    root: &Path,
    found: Found,
    known: Option<Known>,
    options: &IndexOptions,
    scorer: Option<&str>,
    meter: &mut Meter<'_>,
) -> bool {
    let Found { key, label } = found;
    let is_new = known.is_none();
    let is_relabelled = known.as_ref().is_some_and(|known| label.is_some() && known.label != label);
    let label = label.or_else(|| known.as_ref()?.label.clone());
    match fs::metadata(root.join(&key)) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let was_read = known.as_ref().is_some_and(|known| known.was_read);
            let trouble = if was_read { Trouble::Gone } else { Trouble::Missing };
            if known.is_some_and(|known| known.error.as_ref() == Some(&trouble)) {
                meter.skipped();
            } else {
                meter.done(Path::new(&key), Some(trouble));
                plan.news.push(Record::of(key, Stamp::default(), label, Content::Missing));
            }
            false
        }
        about => {
            // What cannot even be asked for its size is left to the reader, who says why.
            let stamp = about.as_ref().map(Stamp::of).unwrap_or_default();
            let is_current = |known: &Known| {
                let again = options.retry && known.error.is_some() && !known.is_gone();
                known.stamp == stamp && !is_relabelled && !again
            };
            let is_scored = |known: &Known| scorer.is_none_or(|name| known.scorer.as_deref() == Some(name));
            match known.filter(is_current) {
                None => plan.tasks.push(Task { key, label, only_score: false, is_new }),
                Some(known) if known.was_read && !is_scored(&known) => {
                    plan.tasks.push(Task { key, label, only_score: true, is_new });
                }
                Some(known) => {
                    meter.skipped();
                    if known.is_gone() {
                        plan.news.push(Record::of(key, stamp, label, Content::Back));
                    }
                }
            }
            true
        }
    }
}

/// The pictures of this folder and shard that the index has and the disk no longer.
fn vanished(
    index: &Index,
    root: &Path,
    folder: &Path,
    pictures: &[Found],
    shard: Option<Shard>,
) -> Result<Vec<Record>, IndexError> {
    let keys: Vec<String> = index.ask(|db| {
        let mut query = db.prepare("SELECT path FROM pictures WHERE error IS NOT ?1 AND sha256 IS NOT NULL")?;
        query.query_map([GONE], |row| row.get(0))?.collect()
    })?;
    let is_gone = |key: &String| {
        let file: PathBuf = root.join(key);
        shard.is_none_or(|shard| shard.holds(key))
            && file.starts_with(folder)
            && pictures.binary_search_by(|found| found.key.as_str().cmp(key)).is_err()
            && fs::symlink_metadata(&file).is_err_and(|error| error.kind() == ErrorKind::NotFound)
    };
    let record = |key| Record::of(key, Stamp::default(), None, Content::Missing);
    Ok(keys.into_iter().filter(is_gone).map(record).collect())
}
