//! What the program keeps in its folder from one run to the next: the settings and the sessions. A file is written whole or
//! not at all, and one that cannot be read is set aside and never written over.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::remembered;
use crate::{
    assets::write_whole,
    state::{Network, NotRead, Remark, SESSION_VERSION, Session, Settings, State},
};

/// So many sessions are offered, the latest first.
const MOST_RECENT: usize = 12;
/// A session's file that is larger is no session of this program, in bytes.
const MOST_BYTES: u64 = 1 << 30;

/// The folder, and the session that is being kept in it.
pub struct Kept {
    folder: PathBuf,
    /// The file of the session; none until there is something to keep.
    file: Option<PathBuf>,
    /// What another version has written into it.
    rest: Map<String, Value>,
    /// What stands in the file.
    written: Session,
}

impl Kept {
    /// Keeps things in this folder, which is made when something is written.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder, file: None, rest: Map::new(), written: Session::default() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn sessions(&self) -> PathBuf {
        self.folder.join("sessions")
    }

    /// The settings; none where none were kept. Where they cannot be read, a remark says so, and no connection is allowed:
    /// they may have forbidden it.
    pub fn settings(&self) -> (Option<Settings>, Option<Remark>) {
        let file = self.folder.join("settings.json");
        let cause = match fs::read_to_string(&file).map(|text| remembered::read(&text)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (None, None),
            Ok(Ok(settings)) => return (Some(settings), None),
            Ok(Err(cause)) => cause,
            Err(error) => error.to_string(),
        };
        let settings = Settings { network: Network { forbidden: true, map_tiles: false }, ..Settings::default() };
        let aside = set_aside(&file).map_err(|error| error.to_string());
        (Some(settings), Some(Remark::SettingsNotRead { cause, aside }))
    }

    /// The settings as they are, the usual ones where none were kept; the file stays as it is, whatever stands in it.
    pub fn peek(&self) -> Settings {
        match fs::read_to_string(self.folder.join("settings.json")).map(|text| remembered::read(&text)) {
            Ok(Ok(settings)) => settings,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Settings::default(),
            _unreadable => Settings { network: Network { forbidden: true, map_tiles: false }, ..Settings::default() },
        }
    }

    /// The sessions that were kept, the latest first.
    pub fn recent(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.sessions()).into_iter().flatten().filter_map(Result::ok);
        let is_session = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_session).collect();
        files.sort();
        files.into_iter().rev().take(MOST_RECENT).collect()
    }

    /// Reads a session, which is the one that is kept from then on; with none a new one begins.
    pub fn open(&mut self, file: Option<&Path>) -> Result<Session, Remark> {
        let Some(file) = file else {
            (self.file, self.rest, self.written) = (None, Map::new(), Session::default());
            return Ok(Session::default());
        };
        let session = read_session(file).map_err(|why| Remark::SessionNotRead(file.to_owned(), why))?;
        // What another version says of a picture cannot be carried along: that file is left to it.
        let is_foreign = session.pictures.iter().any(|kept| !kept.rest.is_empty());
        self.file = (!is_foreign).then(|| file.to_owned());
        self.rest = session.rest.clone();
        self.written = session.clone();
        Ok(session)
    }

    /// Writes settings and session.
    pub fn keep(&mut self, state: &State) -> io::Result<()> {
        fs::create_dir_all(self.sessions())?;
        write_whole(&self.folder.join("settings.json"), remembered::written(state.settings()).as_bytes())?;
        let session = Session { rest: self.rest.clone(), ..state.session() };
        if session.pictures.is_empty() || session == self.written {
            return Ok(());
        }
        let file = match &self.file {
            Some(file) => file.clone(),
            None => new_file(&self.sessions()),
        };
        write_whole(&file, serde_json::to_string(&session)?.as_bytes())?;
        (self.file, self.written) = (Some(file), session);
        Ok(())
    }
}

fn read_session(file: &Path) -> Result<Session, NotRead> {
    let unreadable = |error: io::Error| NotRead::Unreadable(error.to_string());
    if fs::metadata(file).map_err(unreadable)?.len() > MOST_BYTES {
        return Err(NotRead::TooLarge);
    }
    let text = fs::read_to_string(file).map_err(unreadable)?;
    let session: Session = serde_json::from_str(&text).map_err(|error| NotRead::Unreadable(error.to_string()))?;
    if session.version > SESSION_VERSION { Err(NotRead::Newer) } else { Ok(session) }
}

/// A file named for now that is not there yet.
fn new_file(folder: &Path) -> PathBuf {
    let now = Timestamp::now().strftime("%Y-%m-%d %H.%M.%S").to_string();
    let named = |number: u32| match number {
        1 => folder.join(format!("{now}.json")),
        number => folder.join(format!("{now} {number}.json")),
    };
    (1..).map(named).find(|file| !file.exists()).unwrap_or_else(|| named(1))
}

/// Renames a file so that nothing is written over it.
fn set_aside(file: &Path) -> io::Result<PathBuf> {
    let named = |number: u32| file.with_extension(format!("unreadable-{number}.json"));
    let aside = (1..).map(named).find(|aside| !aside.exists()).unwrap_or_else(|| named(1));
    fs::rename(file, &aside)?;
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::KeptPicture;

    fn session(name: &str) -> Session {
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

    #[test]
    fn settings_that_cannot_be_read_are_set_aside_and_no_connection_is_allowed() {
        let home = tempfile::tempdir().unwrap();
        let kept = Kept::in_folder(home.path().to_owned());
        assert!(matches!(kept.settings(), (None, None)));
        fs::write(home.path().join("settings.json"), "{\"network_forbidden\": tr").unwrap();
        let (settings, remark) = kept.settings();
        let aside = home.path().join("settings.unreadable-1.json");
        assert!(settings.unwrap().network.forbidden && aside.exists());
        assert!(matches!(remark, Some(Remark::SettingsNotRead { aside: Ok(there), .. }) if there == aside));
    }

    #[test]
    fn a_session_is_kept_with_what_another_version_added_and_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let mut kept = Kept::in_folder(home.path().to_owned());
        let mut state = State::new(Settings::default());
        kept.keep(&state).unwrap();
        assert!(kept.recent().is_empty(), "an empty window is no session");

        let file = home.path().join("sessions/2026-01-01 00.00.00.json");
        let text = serde_json::to_string(&session("a.jpg")).unwrap().replacen('{', "{\"hints\":[\"not Russia\"],", 1);
        fs::write(&file, text).unwrap();
        assert_eq!(kept.recent(), std::slice::from_ref(&file));
        let opened = kept.open(Some(&file)).unwrap();
        let mut changed = opened.clone();
        changed.pictures.push(session("b.jpg").pictures.remove(0));
        state.perform(crate::state::Action::OpenSession(Box::new(changed)));
        kept.keep(&state).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("not Russia") && text.contains("b.jpg"), "{text}");
        assert_eq!(kept.recent().len(), 1, "the same session goes on in its file");
    }

    #[test]
    fn a_session_that_cannot_be_read_stays_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("sessions")).unwrap();
        let file = home.path().join("sessions/a.json");
        for text in ["{", "{\"version\": 99, \"pictures\": []}"] {
            fs::write(&file, text).unwrap();
            let mut kept = Kept::in_folder(home.path().to_owned());
            assert!(matches!(kept.open(Some(&file)), Err(Remark::SessionNotRead(..))));
            let mut state = State::new(Settings::default());
            state.perform(crate::state::Action::OpenSession(Box::new(session("a.jpg"))));
            kept.keep(&state).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
    }
}
