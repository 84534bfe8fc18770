//! What has to be done about each picture of a source: nothing, as long as neither the file nor what is said of it has
//! changed.

use std::{
    fs::{self, Metadata},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use rusqlite::{OptionalExtension as _, Statement};

use super::{
    GONE, Index, IndexError, IndexOptions, Shard,
    meter::Meter,
    source::{Found, Listing},
    write::{Content, MISSING, Record},
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
}

/// What the index knows of a picture.
struct Known {
    stamp: Stamp,
    was_read: bool,
    label: Option<String>,
    error: Option<String>,
    scorer: Option<String>,
}

impl Known {
    fn is_gone(&self) -> bool {
        self.error.as_deref() == Some(GONE)
    }
}

/// By what a change of a file is noticed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Size in bytes.
    pub bytes: u64,
    /// Time of the last change, in nanoseconds since 1970.
    pub modified: i64,
}

impl Stamp {
    pub fn of(about: &Metadata) -> Self {
        let modified = about.modified().ok().map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |since| -since),
        });
        Self { bytes: about.len(), modified }
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
    let query = "SELECT bytes, modified, sha256 IS NOT NULL, label, error, scorer FROM pictures WHERE path = ?1";
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
    Ok(plan)
}

fn look_up(query: &mut Statement<'_>, key: &str) -> rusqlite::Result<Option<Known>> {
    let row = query.query_row([key], |row| {
        Ok(Known {
            stamp: Stamp { bytes: row.get::<_, i64>(0)?.cast_unsigned(), modified: row.get(1)? },
            was_read: row.get(2)?,
            label: row.get(3)?,
            error: row.get(4)?,
            scorer: row.get(5)?,
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
    let is_relabelled = known.as_ref().is_some_and(|known| label.is_some() && known.label != label);
    let label = label.or_else(|| known.as_ref()?.label.clone());
    match fs::metadata(root.join(&key)) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let reason = if known.as_ref().is_some_and(|known| known.was_read) { GONE } else { MISSING };
            if known.is_some_and(|known| known.error.as_deref() == Some(reason)) {
                meter.skipped();
            } else {
                meter.done(Path::new(&key), Some(reason));
                plan.news.push(Record { key, stamp: Stamp::default(), label, content: Content::Missing });
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
                None => plan.tasks.push(Task { key, label, only_score: false }),
                Some(known) if known.was_read && !is_scored(&known) => {
                    plan.tasks.push(Task { key, label, only_score: true });
                }
                Some(known) => {
                    meter.skipped();
                    if known.is_gone() {
                        plan.news.push(Record { key, stamp, label, content: Content::Back });
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
    let record = |key| Record { key, stamp: Stamp::default(), label: None, content: Content::Missing };
    Ok(keys.into_iter().filter(is_gone).map(record).collect())
}
