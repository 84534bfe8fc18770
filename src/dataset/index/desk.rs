//! Where readings come together: they are scored in batches and written in transactions.

use std::{
    collections::HashMap,
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use rusqlite::OptionalExtension as _;

use super::{
    error::IndexError,
    meter::Meter,
    plan::{Elsewhere, Task},
    progress::{IndexProgress, Scorer},
    reader::Reading,
    record::{Content, MANIFEST, Record, Scored},
    store::Index,
    trouble::Trouble,
    write,
};
use crate::picture::Picture;

/// Rows are written when there are so many, or after [`DELAY`].
const ROWS: usize = 256;

/// The longest that a finished row waits to be written.
const DELAY: Duration = Duration::from_secs(1);

/// How long to wait for a reading, or while paused, before looking whether to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// Scores and writes.
pub(super) struct Desk<'a> {
    index: &'a mut Index,
    root: &'a Path,
    tasks: &'a [Task],
    elsewhere: HashMap<String, Vec<Elsewhere>>,
    /// The folder that is being read, if it is one.
    folder: Option<&'a Path>,
    scorer: Option<&'a mut dyn Scorer>,
    meter: Meter<'a>,
    unscored: Vec<(Record, Picture)>,
    unwritten: Vec<Record>,
    written: Instant,
    is_cancelled: bool,
    n_moved: u64,
    n_vanished_moved: u64,
}

/// How far a run came.
pub(super) struct Closed {
    pub progress: IndexProgress,
    /// Whether it was ended before it was done.
    pub is_cancelled: bool,
    /// Pictures that the index knew in another place.
    pub n_moved: u64,
    /// Those among them that were there until this run.
    pub n_vanished_moved: u64,
}

impl<'a> Desk<'a> {
    pub fn new(
        index: &'a mut Index,
        root: &'a Path,
        tasks: &'a [Task],
        elsewhere: HashMap<String, Vec<Elsewhere>>,
        folder: Option<&'a Path>,
        scorer: Option<&'a mut dyn Scorer>,
        meter: Meter<'a>,
    ) -> Self {
        Self {
            index,
            root,
            tasks,
            elsewhere,
            folder,
            scorer,
            meter,
            unscored: Vec::new(),
            unwritten: Vec::new(),
            written: Instant::now(),
            is_cancelled: false,
            n_moved: 0,
            n_vanished_moved: 0,
        }
    }

    /// Takes in readings until there are no more, or the observer wants it to end.
    pub fn take_all(&mut self, readings: &Receiver<Reading>) -> Result<(), IndexError> {
        loop {
            self.is_cancelled = self.meter.is_cancelled();
            if self.is_cancelled {
                // What waits for its score is not waited for.
                return self.write();
            }
            if self.meter.is_paused() {
                self.settle()?;
                self.meter.set_waiting(true);
                thread::sleep(GLANCE);
                continue;
            }
            self.meter.set_waiting(false);
            match readings.recv_timeout(GLANCE) {
                Ok(reading) => self.take(reading)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.settle(),
            }
            if self.unwritten.len() >= ROWS || self.written.elapsed() >= DELAY {
                self.settle()?;
            }
            self.meter.tell_in_turn();
        }
    }

    /// How far it came.
    pub fn close(mut self) -> Closed {
        self.meter.tell();
        Closed {
            progress: self.meter.progress().clone(),
            is_cancelled: self.is_cancelled,
            n_moved: self.n_moved,
            n_vanished_moved: self.n_vanished_moved,
        }
    }

    fn take(&mut self, reading: Reading) -> Result<(), IndexError> {
        let tasks = self.tasks;
        let Task { key, label, is_new, .. } = &tasks[reading.task];
        let record = |content| Record::of(key.clone(), reading.stamp, label.clone(), content);
        let read = match reading.outcome {
            Ok(read) => read,
            Err(trouble) => {
                if trouble == Trouble::Missing {
                    self.check_folder()?;
                }
                self.finish(record(match trouble {
                    Trouble::Missing => Content::Missing,
                    trouble => Content::Unreadable(trouble),
                }));
                return Ok(());
            }
        };
        let moved = read.facts.as_ref().filter(|_| *is_new).and_then(|facts| self.moved(key, &facts.sha256));
        let is_current_score = |scored: &Scored| self.scorer.as_ref().is_none_or(|scorer| scored.is_by(scorer.name()));
        let known_as = moved.as_ref().map_or(key, |before| &before.key);
        let scored = match &read.facts {
            Some(facts) => self.score_kept(known_as, &facts.sha256)?.filter(is_current_score),
            None => None,
        };
        let is_scored = scored.is_some();
        let label = label.clone().or_else(|| moved.as_ref()?.label.clone());
        let scored = scored.unwrap_or_else(|| Scored::by_label(label.as_deref()));
        let content = match read.facts {
            Some(facts) => Content::Read(facts, scored),
            None => Content::Rescored(scored),
        };
        let moved_from = moved.map(|before| before.key);
        let record = Record { moved_from, label, ..record(content) };
        match read.picture {
            Some(picture) if !is_scored => self.unscored.push((record, picture)),
            _ => self.finish(record),
        }
        if self.scorer.as_ref().is_some_and(|scorer| self.unscored.len() >= scorer.batch_size().max(1)) {
            self.score();
        }
        Ok(())
    }

    /// The picture of these bytes that the index has in another place, where it is no longer. One of the same name goes
    /// before others.
    fn moved(&mut self, key: &str, sha256: &str) -> Option<Elsewhere> {
        let root = self.root;
        let known = self.elsewhere.get_mut(sha256)?;
        known.retain(|before| !root.join(&before.key).exists());
        let is_namesake = |before: &Elsewhere| Path::new(&before.key).file_name() == Path::new(key).file_name();
        let at = known.iter().position(is_namesake).or_else(|| known.len().checked_sub(1))?;
        let before = known.swap_remove(at);
        self.n_moved += 1;
        self.n_vanished_moved += u64::from(before.has_vanished);
        Some(before)
    }

    /// The score that the index has for a picture of these bytes, unless the manifest gave it.
    fn score_kept(&self, key: &str, sha256: &str) -> Result<Option<Scored>, IndexError> {
        let query = "SELECT locatability, scorer FROM pictures \
             WHERE path = ?1 AND sha256 = ?2 AND locatability IS NOT NULL AND scorer <> ?3";
        self.index.ask(|db| {
            let row = db.query_row(query, [key, sha256, MANIFEST], |row| {
                Ok(Scored { locatability: row.get(0)?, scorer: row.get(1)?, error: None })
            });
            row.optional()
        })
    }

    /// Where the whole folder has gone, every picture left would be said to be missing.
    fn check_folder(&mut self) -> Result<(), IndexError> {
        match self.folder {
            Some(folder) if !folder.is_dir() => {
                self.write()?;
                Err(IndexError::SourceGone(folder.to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn score(&mut self) {
        let waiting = std::mem::take(&mut self.unscored);
        let Some(scorer) = self.scorer.as_mut().filter(|_| !waiting.is_empty()) else { return };
        let pictures: Vec<&Picture> = waiting.iter().map(|(_, picture)| picture).collect();
        let mut scores = scorer.score(&pictures).into_iter();
        let name = scorer.name().to_owned();
        for (mut record, _) in waiting {
            let score = scores.next().unwrap_or_else(|| Err("the scorer says nothing of it".to_owned()));
            if score.is_err() && self.meter.is_cancelled() {
                continue; // it was not waited for
            }
            let scored = Scored::new(&name, score);
            match &mut record.content {
                Content::Read(_, old) | Content::Rescored(old) => *old = scored,
                Content::Unreadable(_) | Content::Missing | Content::Back => {}
            }
            self.finish(record);
        }
    }

    fn finish(&mut self, record: Record) {
        let failure = match &record.content {
            Content::Read(_, scored) | Content::Rescored(scored) => scored.error.clone(),
            Content::Unreadable(trouble) => Some(trouble.clone()),
            Content::Missing => Some(Trouble::Missing),
            Content::Back => None,
        };
        self.meter.done(Path::new(&record.key), failure);
        self.unwritten.push(record);
    }

    /// Scores and writes what waits.
    fn settle(&mut self) -> Result<(), IndexError> {
        self.score();
        self.write()
    }

    fn write(&mut self) -> Result<(), IndexError> {
        write::write(self.index, &self.unwritten)?;
        self.unwritten.clear();
        self.written = Instant::now();
        Ok(())
    }
}
