//! What the program keeps in its folder from one run to the next: the settings and the sessions. A file is written whole or
//! not at all, and one that cannot be read is set aside and never written over. Sessions can be large: they are written and read
//! on threads, in the order in which that was asked for, and no frame waits for it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use egui::Context;

use super::{remembered, session_file::SessionFile};
use crate::{
    assets::write_whole,
    state::{Network, Remark, Session, Settings, State},
    ui::{Background, Polled},
};

/// A settings' file that is larger is none of this program, in bytes.
const MOST_SETTINGS_BYTES: u64 = 16 << 20;

/// The folder, and the session that is being kept in it.
pub struct Kept {
    folder: PathBuf,
    session: Arc<Mutex<SessionFile>>,
    /// The settings as this window has read or written them last.
    settings: Option<String>,
    working: Option<Background<Vec<Done>>>,
}

/// What a thread has done.
pub enum Done {
    /// Settings and session were written.
    Written(io::Result<()>),
    /// A session was read; none where it is the one that is open.
    Read(Result<Option<Box<(SessionFile, Session)>>, Remark>),
}

impl Kept {
    /// Keeps things in this folder, which is made when something is written.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder, session: Arc::default(), settings: None, working: None }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn sessions(&self) -> PathBuf {
        self.folder.join("sessions")
    }

    fn settings_file(&self) -> PathBuf {
        self.folder.join("settings.json")
    }

    /// The settings; none where none were kept. Where they cannot be read, a remark says so, and no connection is allowed:
    /// they may have forbidden it.
    pub fn settings(&mut self) -> (Option<Settings>, Option<Remark>) {
        match self.read_settings() {
            Ok(settings) => {
                self.settings = settings.as_ref().map(remembered::written);
                (settings, None)
            }
            Err(cause) => {
                let aside = set_aside(&self.settings_file()).map_err(|error| error.to_string());
                (Some(cautious()), Some(Remark::SettingsNotRead { cause, aside }))
            }
        }
    }

    /// The settings as they are, the usual ones where none were kept; the file stays as it is, whatever stands in it.
    pub fn peek(&self) -> Settings {
        self.read_settings().map_or_else(|_unreadable| cautious(), Option::unwrap_or_default)
    }

    /// What stands in the settings' file; none where there is none.
    fn read_settings(&self) -> Result<Option<Settings>, String> {
        let file = self.settings_file();
        let read = || match fs::metadata(&file)?.len() {
            0..=MOST_SETTINGS_BYTES => fs::read_to_string(&file),
            _larger => Err(io::ErrorKind::FileTooLarge.into()),
        };
        match read() {
            Ok(text) => remembered::read(&text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The sessions that were kept, the latest first.
    pub fn recent(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.sessions()).into_iter().flatten().filter_map(Result::ok);
        let is_session = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_session).collect();
        files.sort();
        files.into_iter().rev().collect()
    }

    /// The file of the session that is open; none before it has one, or while it is being written.
    pub fn is_open(&self) -> Option<PathBuf> {
        self.session.try_lock().ok()?.file().map(Path::to_owned)
    }

    /// Begins to read a session.
    pub fn open(&mut self, file: PathBuf, ctx: &Context) {
        let session = Arc::clone(&self.session);
        self.then(ctx, move || {
            if session.lock().unwrap_or_else(PoisonError::into_inner).is_at(&file) {
                return Done::Read(Ok(None));
            }
            let read = SessionFile::open(&file).map_err(|why| Remark::SessionNotRead(file, why));
            Done::Read(read.map(|read| Some(Box::new(read))))
        });
    }

    /// From now on the session that is kept is in this file.
    pub fn go_on_in(&mut self, file: SessionFile) {
        self.session = Arc::new(Mutex::new(file));
    }

    /// Begins to write the settings, where this window has changed them, and the session.
    pub fn keep(&mut self, state: &State, ctx: &Context) {
        let settings = remembered::written(state.settings());
        let changed = (self.settings.as_ref() != Some(&settings)).then(|| settings.clone());
        self.settings = Some(settings);
        let (file, sessions) = (self.settings_file(), self.sessions());
        let (session, now) = (Arc::clone(&self.session), state.session());
        let write = move || {
            fs::create_dir_all(&sessions)?;
            if let Some(settings) = changed {
                write_whole(&file, settings.as_bytes())?;
            }
            session.lock().unwrap_or_else(PoisonError::into_inner).write(now, &sessions)
        };
        self.then(ctx, || Done::Written(write()));
    }

    /// Does something on a thread, after all that was asked for before.
    fn then(&mut self, ctx: &Context, job: impl FnOnce() -> Done + Send + 'static) {
        let before = self.working.take();
        self.working = Some(Background::start("terrasight-keeping", ctx, move || {
            let mut done = before.and_then(Background::wait).unwrap_or_default();
            done.push(job());
            done
        }));
    }

    /// Whether a thread still writes or reads.
    pub fn is_working(&self) -> bool {
        self.working.is_some()
    }

    /// What has been done since the last time, once all that was asked for is.
    pub fn done(&mut self) -> Vec<Done> {
        match self.working.as_ref().map(Background::poll) {
            None | Some(Polled::Pending) => Vec::new(),
            Some(Polled::Ready(done)) => self.ended(Some(done)),
            Some(Polled::Lost) => self.ended(None),
        }
    }

    /// Waits until it is done.
    pub fn finish(&mut self) -> Vec<Done> {
        match self.working.take() {
            Some(working) => self.ended(working.wait()),
            None => Vec::new(),
        }
    }

    fn ended(&mut self, done: Option<Vec<Done>>) -> Vec<Done> {
        self.working = None;
        let done = done.unwrap_or_else(|| vec![Done::Written(Err(io::Error::other("no thread has done it")))]);
        if done.iter().any(|done| matches!(done, Done::Written(Err(_)))) {
            self.settings = None; // they may not have been written
        }
        done
    }
}

/// The usual settings, but that no connection is allowed.
fn cautious() -> Settings {
    Settings { network: Network { forbidden: true, map_tiles: false }, ..Settings::default() }
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
    use crate::{app::session_file::tests::session, state::Action};

    /// A window with a picture of this name.
    fn with_picture(name: &str) -> State {
        let mut state = State::new(Settings::default());
        state.perform(Action::OpenSession(Box::new(session(name))));
        state
    }

    #[test]
    fn settings_that_cannot_be_read_are_set_aside_and_no_connection_is_allowed() {
        let home = tempfile::tempdir().unwrap();
        let mut kept = Kept::in_folder(home.path().to_owned());
        assert!(matches!(kept.settings(), (None, None)));
        fs::write(home.path().join("settings.json"), "{\"network_forbidden\": tr").unwrap();
        let (settings, remark) = kept.settings();
        let aside = home.path().join("settings.unreadable-1.json");
        assert!(settings.unwrap().network.forbidden && aside.exists());
        assert!(matches!(remark, Some(Remark::SettingsNotRead { aside: Ok(there), .. }) if there == aside));
    }

    #[test]
    fn a_file_that_is_too_large_for_settings_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("settings.json");
        fs::File::create(&file).unwrap().set_len(MOST_SETTINGS_BYTES + 1).unwrap();
        let mut kept = Kept::in_folder(home.path().to_owned());
        assert!(kept.peek().network.forbidden && file.exists());
        assert!(matches!(kept.settings(), (Some(settings), Some(_)) if settings.network.forbidden));
        assert!(!file.exists(), "it is set aside");
    }

    #[test]
    fn settings_that_another_window_has_changed_stay_where_this_one_has_changed_none() {
        let (home, ctx) = (tempfile::tempdir().unwrap(), Context::default());
        let [mut first, mut second] = [(); 2].map(|()| Kept::in_folder(home.path().to_owned()));
        let mut state = State::new(Settings::default());
        first.keep(&state, &ctx);
        first.finish();
        let settings = second.settings().0.unwrap();
        state.perform(Action::ForbidNetwork(true));
        first.keep(&state, &ctx);
        first.finish();
        second.keep(&State::new(settings), &ctx);
        second.finish();
        assert!(second.peek().network.forbidden);
    }

    #[test]
    fn every_session_that_was_kept_is_offered() {
        let home = tempfile::tempdir().unwrap();
        let kept = Kept::in_folder(home.path().to_owned());
        fs::create_dir(kept.sessions()).unwrap();
        for minute in 0..30 {
            fs::write(kept.sessions().join(format!("2026-01-01 00.{minute:02}.00.json")), "{}").unwrap();
        }
        let recent = kept.recent();
        assert_eq!(recent.len(), 30);
        assert!(recent[0].ends_with("2026-01-01 00.29.00.json"), "the latest first");
    }

    #[test]
    fn what_was_asked_for_first_is_done_first_and_the_session_that_is_open_is_not_read_again() {
        let (home, ctx) = (tempfile::tempdir().unwrap(), Context::default());
        let mut kept = Kept::in_folder(home.path().to_owned());
        kept.keep(&State::new(Settings::default()), &ctx);
        kept.keep(&with_picture("a.jpg"), &ctx);
        kept.keep(&with_picture("b.jpg"), &ctx);
        assert!(kept.is_working());
        assert!(matches!(kept.finish()[..], [Done::Written(Ok(())), Done::Written(Ok(())), Done::Written(Ok(()))]));
        let recent = kept.recent();
        let [file] = &recent[..] else { panic!("an empty window is no session, and one goes on in its file") };
        assert!(fs::read_to_string(file).unwrap().contains("b.jpg"));
        kept.open(file.clone(), &ctx);
        assert!(matches!(kept.finish()[..], [Done::Read(Ok(None))]));
    }
}
