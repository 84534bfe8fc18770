//! Pasted pictures that no session names any more. What could be undone is forgotten when the window closes, so that at the
//! next start the sessions alone say what is still wanted.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::Deserialize;

use crate::state::SESSION_VERSION;

/// What was pasted since is left alone: another window may be about to keep it.
const REST: Duration = Duration::from_hours(24);

/// Removes them on a thread of its own, so that nothing waits for it. What cannot be removed is tried again at the next start.
pub fn remove_soon(sessions: PathBuf, pasted: PathBuf) {
    let remove = move || match remove(&sessions, &pasted, SystemTime::now() - REST) {
        Ok(n_removed) => tracing::info!("{n_removed} pasted pictures that no session names were removed"),
        Err(error) => tracing::warn!("{}: left as it is ({error})", pasted.display()),
    };
    if let Err(error) = std::thread::Builder::new().name("terrasight-leftovers".to_owned()).spawn(remove) {
        tracing::warn!("no thread can be started ({error})");
    }
}

/// Removes the files of a folder that were written before a moment and that no session names; how many there were. As long
/// as one session cannot be read, nothing is removed: it may name any of them.
fn remove(sessions: &Path, pasted: &Path, before: SystemTime) -> io::Result<usize> {
    let files = match fs::read_dir(pasted) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        files => files?.collect::<io::Result<Vec<_>>>()?,
    };
    if files.is_empty() {
        return Ok(0);
    }
    let named = named_by(sessions)?;
    let mut n_removed = 0;
    for file in files.iter().filter(|file| !named.contains(&file.file_name())) {
        let about = file.metadata()?;
        if about.is_file() && about.modified()? < before {
            fs::remove_file(file.path())?;
            n_removed += 1;
        }
    }
    Ok(n_removed)
}

/// What is read of a session: which pictures it names.
#[derive(Deserialize)]
struct Naming {
    version: u32,
    pictures: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    path: PathBuf,
}

/// The names of the files that the sessions of a folder name.
fn named_by(sessions: &Path) -> io::Result<HashSet<OsString>> {
    let mut named = HashSet::new();
    for entry in fs::read_dir(sessions)? {
        let file = entry?.path();
        if file.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        // As it is read: a session may be far larger than the names in it.
        let session: Naming = serde_json::from_reader(BufReader::new(File::open(file)?))?;
        if session.version > SESSION_VERSION {
            return Err(io::Error::other("a later version of this program keeps sessions there"));
        }
        named.extend(session.pictures.iter().filter_map(|picture| picture.path.file_name().map(ToOwned::to_owned)));
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of sessions, of which one names `a.png`, and three pasted pictures.
    fn home() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let (sessions, pasted) = (home.path().join("sessions"), home.path().join("sessions/pasted"));
        fs::create_dir_all(&pasted).unwrap();
        for name in ["a.png", "b.png", "c.picture"] {
            fs::write(pasted.join(name), name).unwrap();
        }
        let path = pasted.join("a.png");
        let session = serde_json::json!({ "version": 1, "pictures": [{ "path": path, "runs": [] }], "more": 7 });
        fs::write(sessions.join("1.json"), session.to_string()).unwrap();
        (home, sessions, pasted)
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn what_no_session_names_goes_unless_it_is_new() {
        let (_home, sessions, pasted) = home();
        let written = fs::metadata(pasted.join("b.png")).unwrap().modified().unwrap();
        assert_eq!(remove(&sessions, &pasted, written - REST).unwrap(), 0);
        assert_eq!(names(&pasted).len(), 3, "they are new");
        assert_eq!(remove(&sessions, &pasted, written + REST).unwrap(), 2);
        assert_eq!(names(&pasted), ["a.png"]);
        assert_eq!(remove(&sessions, &sessions.join("nowhere"), written).unwrap(), 0);
    }

    #[test]
    fn nothing_goes_while_a_session_cannot_be_read() {
        for wrong in ["{", "{\"version\": 99, \"pictures\": []}", "{\"version\": 1}"] {
            let (_home, sessions, pasted) = home();
            fs::write(sessions.join("2.json"), wrong).unwrap();
            assert!(remove(&sessions, &pasted, SystemTime::now() + REST).is_err(), "{wrong}");
            assert_eq!(names(&pasted).len(), 3);
        }
    }
}
