//! One file from the hub: begun, gone on with by range where it was cut, checked, and only then given its name.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use reqwest::{Response, StatusCode, header::CONTENT_RANGE};

use super::{
    HubError,
    connection::{Connection, cut},
    inside::inside,
    patience::Failed,
    record::RecordedFile,
    sum::sha256,
};

/// How far all files of a model are; written by those who fetch, read by the one who tells of it.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Bytes that have come.
    pub came: AtomicU64,
    /// Bytes that were read again to check them.
    pub checked: AtomicU64,
    /// Nobody waits any more.
    pub stops: AtomicBool,
}

/// Where a file comes from and where it goes to.
pub(super) struct Errand {
    pub connection: Arc<Connection>,
    pub tally: Arc<Tally>,
    /// The path to it on the hub but its own: repository, `resolve`, commit.
    pub repository: String,
    pub commit: String,
    pub folder: PathBuf,
    pub file: RecordedFile,
}

impl Errand {
    /// Fetches the file, as far as it is not there yet. It comes back with its SHA-256.
    pub(super) async fn run(self) -> Result<RecordedFile, HubError> {
        let place = inside(&self.folder, &self.file.path)?;
        if size_of(&place) == Some(self.file.bytes) {
            // It has its name, so it was checked; its sum is needed for the record, and the disk may have damaged it since.
            self.tally.came.fetch_add(self.file.bytes, Ordering::Relaxed);
            let checked = self.checked(&place).await;
            if !matches!(checked, Err(HubError::WrongSum(_))) {
                return checked;
            }
            fs::remove_file(&place).map_err(HubError::disk(&place))?;
            self.tally.came.fetch_sub(self.file.bytes, Ordering::Relaxed);
            self.tally.checked.fetch_sub(self.file.bytes, Ordering::Relaxed);
        }
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(HubError::disk(parent))?;
        }
        let part = part_of(&place);
        let begun = size_of(&part).filter(|&bytes| bytes <= self.file.bytes).unwrap_or(0);
        self.tally.came.fetch_add(begun, Ordering::Relaxed);
        let mut tries = self.connection.tries();
        loop {
            let before = size_of(&part).unwrap_or(0);
            match self.go_on(&part).await {
                Ok(()) => break,
                Err(failed) => {
                    if size_of(&part).unwrap_or(0) > before {
                        tries.progressed();
                    }
                    tries.again(failed).await?;
                }
            }
        }
        let checked = self.checked(&part).await;
        if matches!(checked, Err(HubError::WrongSum(_))) {
            // It would be wrong again: the next try begins from nothing.
            let _gone = fs::remove_file(&part);
        }
        let file = checked?;
        fs::rename(&part, &place).map_err(HubError::disk(&place))?;
        Ok(file)
    }

    /// Fetches what is missing of the part.
    async fn go_on(&self, part: &Path) -> Result<(), Failed> {
        let what = format!("{}/{}", self.repository, self.file.path);
        let mut have = size_of(part).unwrap_or(0);
        if have > self.file.bytes {
            fs::remove_file(part).map_err(HubError::disk(part))?;
            have = 0;
        }
        if have == self.file.bytes && part.is_file() {
            return Ok(());
        }
        let url = self.connection.hub.url(&[&self.repository, "resolve", &self.commit, &self.file.path]);
        let mut response = self.connection.get(&what, url, have).await?;
        let is_part = response.status() == StatusCode::PARTIAL_CONTENT;
        let goes_on = is_part && begins_at(&response) == Some(have);
        // A part that begins elsewhere, kept as if it began the file, would be gone on with to the right size.
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE || (is_part && !goes_on) {
            let cause = "it does not know how to go on".to_owned();
            return Err(HubError::Nonsense { what, cause }.into());
        }
        if !goes_on {
            // It sends all of it anew.
            self.tally.came.fetch_sub(have, Ordering::Relaxed);
            have = 0;
        }
        let mut file = open(part, goes_on).map_err(HubError::disk(part))?;
        while let Some(bytes) = response.chunk().await.map_err(|error| cut(&what, &error))? {
            have += bytes.len() as u64;
            if have > self.file.bytes {
                drop(file);
                let _gone = fs::remove_file(part);
                return Err(HubError::WrongSize { file: what, found: have, expected: self.file.bytes }.into());
            }
            file.write_all(&bytes).map_err(HubError::disk(part))?;
            self.tally.came.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        file.sync_all().map_err(HubError::disk(part))?;
        match have == self.file.bytes {
            true => Ok(()),
            false => Err(HubError::Cut { what, cause: "it ended too early".to_owned() }.into()),
        }
    }

    /// Compares a whole file with what it should be, off this thread.
    async fn checked(&self, place: &Path) -> Result<RecordedFile, HubError> {
        let (path, tally, file) = (place.to_owned(), Arc::clone(&self.tally), self.file.clone());
        let summing = tokio::task::spawn_blocking(move || {
            sha256(&path, &mut |n| {
                tally.checked.fetch_add(n, Ordering::Relaxed);
                if tally.stops.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        });
        let summed = summing.await.map_err(|error| HubError::disk(place)(io::Error::other(error)))?;
        let sum = summed.map_err(HubError::disk(place))?.ok_or(HubError::Stopped)?;
        match &file.sha256 {
            Some(expected) if *expected != sum => Err(HubError::WrongSum(file.path)),
            _ => Ok(RecordedFile { sha256: Some(sum), ..file }),
        }
    }
}

/// How the file for this place is called that is not whole yet.
pub(super) fn part_of(place: &Path) -> PathBuf {
    let mut name = place.to_owned().into_os_string();
    name.push(".part");
    name.into()
}

fn open(part: &Path, goes_on: bool) -> io::Result<File> {
    OpenOptions::new().create(true).write(true).append(goes_on).truncate(!goes_on).open(part)
}

fn size_of(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len())
}

/// The byte that an answer begins at, by `Content-Range: bytes 5-9/10`.
fn begins_at(response: &Response) -> Option<u64> {
    let said = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    said.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}
