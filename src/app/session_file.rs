//! A session's file. One window keeps a session: it holds a lock beside the file, which goes with the program, also where that
//! is killed.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::{
    assets::write_whole,
    state::{NotRead, SESSION_VERSION, Session},
};

/// A session's file that is larger is no session of this program, in bytes.
const MOST_BYTES: u64 = 1 << 30;

/// Where a session is kept.
#[derive(Default)]
pub struct SessionFile {
    /// None until there is something to keep.
    place: Option<Place>,
    /// What another version has written into it.
    rest: Map<String, Value>,
    /// SHA-256 of the text in it.
    written: [u8; 32],
}

struct Place {
    file: PathBuf,
    _lock: Option<Lock>,
}

/// A lock that this window holds; its file goes with it.
struct Lock {
    path: PathBuf,
    _held: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!("{}: stays behind ({error})", self.path.display());
        }
    }
}

impl SessionFile {
    /// Reads a session, with the file that it is kept in from then on.
    pub fn open(file: &Path) -> Result<(Self, Session), NotRead> {
        let unreadable = |error: io::Error| NotRead::Unreadable(error.to_string());
        if fs::metadata(file).map_err(unreadable)?.len() > MOST_BYTES {
            return Err(NotRead::TooLarge);
        }
        let place = Place { file: file.to_owned(), _lock: lock(file)? };
        let text = fs::read_to_string(file).map_err(unreadable)?;
        let session: Session = serde_json::from_str(&text).map_err(|error| NotRead::Unreadable(error.to_string()))?;
        if session.version > SESSION_VERSION {
            return Err(NotRead::Newer);
        }
        // What another version says of a picture cannot be carried along: that file is left to it.
        let is_foreign = session.pictures.iter().any(|kept| !kept.rest.is_empty());
        let place = (!is_foreign).then_some(place);
        Ok((Self { place, rest: session.rest.clone(), written: Sha256::digest(&text).into() }, session))
    }

    /// Where it lies, once it is kept.
    pub fn file(&self) -> Option<&Path> {
        self.place.as_ref().map(|place| place.file.as_path())
    }

    /// Whether it is this one.
    pub fn is_at(&self, file: &Path) -> bool {
        self.file() == Some(file)
    }

    /// Writes the session as it is now, where that is not what stands there; a new one gets a file of this folder with its first
    /// picture.
    pub fn write(&mut self, session: Session, folder: &Path) -> io::Result<()> {
        if self.place.is_none() && session.pictures.is_empty() {
            return Ok(());
        }
        let text = serde_json::to_string(&Session { rest: self.rest.clone(), ..session })?;
        let hash: [u8; 32] = Sha256::digest(&text).into();
        if hash != self.written {
            let place = self.place.get_or_insert_with(|| new_place(folder));
            write_whole(&place.file, text.as_bytes())?;
            self.written = hash;
        }
        Ok(())
    }
}

/// A file named for now that is not there yet.
fn new_place(folder: &Path) -> Place {
    let now = Timestamp::now().strftime("%Y-%m-%d %H.%M.%S").to_string();
    let mut number = 1;
    loop {
        let name = if number == 1 { format!("{now}.json") } else { format!("{now} {number}.json") };
        let file = folder.join(name);
        match lock(&file) {
            Ok(lock) if !file.exists() => return Place { file, _lock: lock },
            _taken => number += 1,
        }
    }
}

/// The lock beside a session's file. Where none can be made nobody can tell who keeps it, and none is asked for.
fn lock(file: &Path) -> Result<Option<Lock>, NotRead> {
    let path = file.with_extension("lock");
    let Ok(held) = File::create(&path) else { return Ok(None) };
    match held.try_lock() {
        Err(TryLockError::WouldBlock) => Err(NotRead::Taken),
        // Who had it has removed it in between: another window may make a new one.
        Ok(()) if !path.exists() => Err(NotRead::Taken),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(Lock { path, _held: held })),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::state::KeptPicture;

    /// With one picture, of this name.
    pub(in crate::app) fn session(name: &str) -> Session {
        let picture = KeptPicture {
            name: name.to_owned(),
            path: name.into(),
            sha256: None,
            chosen_rank: 1,
            runs: Vec::new(),
            answer: None,
            talk: Vec::new(),
            early: None,
            rest: Map::new(),
        };
        Session { version: SESSION_VERSION, pictures: vec![picture], ..Session::default() }
    }

    fn sessions(folder: &Path) -> Vec<String> {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|file| file.extension().unwrap() == "json").map(|file| fs::read_to_string(file).unwrap()).collect()
    }

    #[test]
    fn a_session_is_kept_with_what_another_version_added() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("2026-01-01 00.00.00.json");
        fs::write(&file, serde_json::to_string(&session("a.jpg")).unwrap().replacen('{', "{\"hints\":[1],", 1))
            .unwrap();
        let (mut kept, mut opened) = SessionFile::open(&file).unwrap();
        opened.pictures.push(session("b.jpg").pictures.remove(0));
        kept.write(opened, home.path()).unwrap();
        let sessions = sessions(home.path());
        let [text] = &sessions[..] else { panic!("the same session goes on in its file") };
        assert!(text.contains("hints") && text.contains("a.jpg") && text.contains("b.jpg"), "{text}");
    }

    #[test]
    fn a_session_that_cannot_be_read_stays_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a.json");
        for text in ["{", "{\"version\": 99, \"pictures\": []}"] {
            fs::write(&file, text).unwrap();
            assert!(matches!(SessionFile::open(&file), Err(NotRead::Unreadable(_) | NotRead::Newer)));
            SessionFile::default().write(session("b.jpg"), home.path()).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
    }

    #[test]
    fn a_session_is_open_in_one_window_at_a_time_and_each_window_keeps_its_own() {
        let home = tempfile::tempdir().unwrap();
        let (mut first, mut second) = (SessionFile::default(), SessionFile::default());
        first.write(session("a.jpg"), home.path()).unwrap();
        second.write(session("b.jpg"), home.path()).unwrap();
        assert_eq!(sessions(home.path()).len(), 2);
        let file = first.place.as_ref().unwrap().file.clone();
        assert_eq!(SessionFile::open(&file).err(), Some(NotRead::Taken));
        drop(first);
        assert_eq!(SessionFile::open(&file).unwrap().1, session("a.jpg"));
        drop(second);
        let files = fs::read_dir(home.path()).unwrap().count();
        assert_eq!(files, 2, "no lock stays behind");
    }

    #[test]
    fn a_session_whose_last_picture_was_removed_is_kept_empty() {
        let home = tempfile::tempdir().unwrap();
        let mut kept = SessionFile::default();
        kept.write(Session::default(), home.path()).unwrap();
        assert!(sessions(home.path()).is_empty(), "an empty window is no session");
        kept.write(session("a.jpg"), home.path()).unwrap();
        kept.write(Session { pictures: Vec::new(), ..session("a.jpg") }, home.path()).unwrap();
        let sessions = sessions(home.path());
        let [text] = &sessions[..] else { panic!("it goes on in its file") };
        assert!(!text.contains("a.jpg"), "{text}");
    }
}
