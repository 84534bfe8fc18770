//! A model from the hub: planned once, several files at once, resumed after a stop, a cut or a kill, and put in its place in one
//! step when all of it is there and sound.

use std::{
    collections::VecDeque,
    fs::{self, File, TryLockError},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{runtime::Builder, task::JoinSet};
use walkdir::WalkDir;

use super::{
    Hub, HubError, Offer, Patience,
    connection::Connection,
    fetch::{Errand, Tally, part_of},
    gone::clear_gone,
    inside::inside,
    listing::files_of,
    record::{Asked, Record, RecordedFile},
    space,
};
use crate::files;

/// So many files come at once.
const AT_ONCE: usize = 4;
/// How often is told how far it is.
const TELLING: Duration = Duration::from_millis(200);
/// So much of the disk is left to others, in bytes.
const LEFT_FREE: u64 = 64 << 20;
/// Held while a model is being fetched.
const LOCK: &str = ".lock";

/// What is being done with a model's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulling {
    /// The hub is asked what there is.
    Asking,
    /// Files come.
    Fetching,
    /// They are copied from a folder.
    Copying,
    /// What they are is checked.
    Verifying,
}

/// How far that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Pulling,
    /// Bytes that have come, or have been checked.
    pub done: u64,
    /// Bytes of all files.
    pub all: u64,
}

/// Fetches a model into its own folder under `models`, which comes back. `watch` is told how far it is, and may stop it: what has
/// come is kept, and the next pull goes on from there.
pub fn pull(
    offer: &Offer,
    hub: &Hub,
    models: &Path,
    patience: Patience,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<PathBuf, HubError> {
    let place = models.join(&offer.name);
    if place.exists() {
        return Ok(place);
    }
    clear_gone(models);
    let partial = parts_of(models, &offer.name);
    fs::create_dir_all(&partial).map_err(HubError::disk(&partial))?;
    let lock = lock(&partial, &offer.name)?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| HubError::NoClient(error.to_string()))?;
    let record = runtime.block_on(fetch_all(offer, hub, &partial, patience, watch));
    runtime.shutdown_background();
    record?.write(&partial)?;
    put_in_place(lock, &partial, &place)?;
    Ok(place)
}

/// Whether some of a model has come from the hub and the rest has not.
pub fn is_begun(models: &Path, name: &str) -> bool {
    Record::of(&parts_of(models, name)).is_some_and(|begun| begun.repository.is_some())
}

/// Where a model lies that is not whole yet.
pub(super) fn parts_of(models: &Path, name: &str) -> PathBuf {
    models.join(format!(".{name}.part"))
}

/// One at a time fetches a model; the lock goes with whoever held it, also where that was killed.
pub(super) fn lock(partial: &Path, name: &str) -> Result<File, HubError> {
    let path = partial.join(LOCK);
    let file = File::create(&path).map_err(HubError::disk(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(HubError::Underway(name.to_owned())),
        Err(TryLockError::Error(error)) => Err(HubError::disk(&path)(error)),
    }
}

/// Gives a folder in which all of a model is its place, and lets go of it.
pub(super) fn put_in_place(lock: File, partial: &Path, place: &Path) -> Result<(), HubError> {
    drop(lock);
    fs::remove_file(partial.join(LOCK)).map_err(HubError::disk(partial))?;
    fs::rename(partial, place).map_err(HubError::disk(place))
}

async fn fetch_all(
    offer: &Offer,
    hub: &Hub,
    partial: &Path,
    patience: Patience,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Record, HubError> {
    let connection = Arc::new(Connection::new(hub, patience)?);
    let record = planned(&connection, offer, partial, watch).await?;
    let all = record.bytes();
    check_space(partial, all)?;
    let tally = Arc::new(Tally::default());
    let mut waiting: VecDeque<RecordedFile> = record.files.iter().cloned().collect();
    let mut underway = JoinSet::new();
    let mut fetched = Vec::new();
    let outcome = loop {
        while underway.len() < AT_ONCE
            && let Some(file) = waiting.pop_front()
        {
            let errand = Errand {
                connection: Arc::clone(&connection),
                tally: Arc::clone(&tally),
                repository: offer.repository.clone(),
                commit: record.revision.clone().unwrap_or_default(),
                folder: partial.to_owned(),
                file,
            };
            underway.spawn(errand.run());
        }
        let came = tally.came.load(Ordering::Relaxed);
        let progress = match came < all {
            true => Progress { stage: Pulling::Fetching, done: came, all },
            false => Progress { stage: Pulling::Verifying, done: tally.checked.load(Ordering::Relaxed), all },
        };
        if watch(progress).is_break() {
            break Err(HubError::Stopped);
        }
        match tokio::time::timeout(TELLING, underway.join_next()).await {
            Err(_still_underway) => {}
            Ok(None) => break Ok(()),
            Ok(Some(Ok(Ok(file)))) => fetched.push(file),
            Ok(Some(Ok(Err(error)))) => break Err(error),
            Ok(Some(Err(broken))) => break Err(HubError::NoClient(broken.to_string())),
        }
    };
    tally.stops.store(true, Ordering::Relaxed);
    underway.shutdown().await;
    outcome?;
    fetched.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Record { files: fetched, asked: None, ..record })
}

/// What is to be fetched: as it was planned when it was begun, so that all files are of one commit, unless the catalogue asks for
/// something else since; then asked of the hub, which can be stopped.
async fn planned(
    connection: &Connection,
    offer: &Offer,
    partial: &Path,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Record, HubError> {
    let (repository, asked) = (Some(offer.repository.clone()), Some(Asked::by(offer)));
    let begun = Record::of(partial);
    if let Some(begun) = begun.as_ref().filter(|begun| begun.repository == repository && begun.asked == asked) {
        return Ok(begun.clone());
    }
    let asking = files_of(connection, offer);
    let mut asking = std::pin::pin!(asking);
    loop {
        if watch(Progress { stage: Pulling::Asking, done: 0, all: offer.bytes.unwrap_or(0) }).is_break() {
            return Err(HubError::Stopped);
        }
        let Ok(answered) = tokio::time::timeout(TELLING, &mut asking).await else { continue };
        let (commit, files) = answered?;
        for file in &files {
            inside(partial, &file.path)?;
        }
        let record = Record { repository, revision: Some(commit), files, asked };
        keep_same(partial, begun.as_ref(), &record)?;
        record.write(partial)?;
        return Ok(record);
    }
}

/// Takes away what has come by another plan, or by none, but for files of which both plans say the same sum.
fn keep_same(partial: &Path, begun: Option<&Record>, planned: &Record) -> Result<(), HubError> {
    let is_same = |file: &&RecordedFile| file.sha256.is_some() && begun.is_some_and(|begun| begun.files.contains(file));
    let places = planned.files.iter().filter(is_same).map(|file| inside(partial, &file.path));
    let mut kept: Vec<PathBuf> = places.collect::<Result<_, _>>()?;
    kept.extend(kept.iter().map(|place| part_of(place)).collect::<Vec<_>>());
    kept.push(partial.join(LOCK));
    let entries = WalkDir::new(partial).into_iter().filter_map(Result::ok);
    let others = entries.filter(|entry| entry.file_type().is_file() && !kept.iter().any(|kept| kept == entry.path()));
    others.map(walkdir::DirEntry::into_path).try_for_each(|file| fs::remove_file(&file).map_err(HubError::disk(&file)))
}

fn check_space(partial: &Path, all: u64) -> Result<(), HubError> {
    let needed = all.saturating_sub(space::held(partial)) + LEFT_FREE;
    match files::free(partial) {
        Some(free) if free < needed => Err(HubError::NoSpace { folder: partial.to_owned(), needed, free }),
        _ => Ok(()),
    }
}
