//! The window as a program: it takes in what the engine says, draws, and hands the engine what it is to do next. It waits
//! for nothing; the engine's events wake it.

mod display;
mod frame_times;
mod icon;
mod idle;
mod kept;
mod leftovers;
mod memory;
mod remembered;
mod session_file;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use eframe::{CreationContext, Frame, NativeOptions, Storage};
use egui::{Context, Ui, ViewportBuilder, ViewportCommand};

pub use frame_times::{Doing, FrameTimes};
use idle::Idle;
use kept::{Done, Kept};
use session_file::SessionFile;

use crate::{
    assets,
    state::{Action, HubAction, KnowledgeEdit, Page, Remark, Request, Session, Settings, State, TrainingAction},
    ui,
    worker::{Busy, Command, Event, JobId, PictureSource, Worker, words_of},
};

/// Events taken in one frame at most, so that a torrent of them cannot hold a frame up.
const MOST_EVENTS_A_FRAME: usize = 256;

/// The window could not be shown, or not be kept.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// There is nothing to show it on.
    #[error("there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set)")]
    NoDisplay,
    /// There is, but it or its graphics driver refuses.
    #[error("{0}")]
    Refused(String),
    /// It was open and broke.
    #[error("the window broke: {0}")]
    Broke(String),
}

/// Who does the work: the worker, or a script in its place in tests.
pub trait Link {
    /// Hands a command over without waiting.
    fn send(&mut self, command: Command) -> Result<(), Busy>;
    /// Asks a job to stop.
    fn cancel(&mut self, job: JobId);
    /// Asks a job to wait, or to go on.
    fn pause(&mut self, job: JobId, yes: bool);
    /// The next event, if one is there.
    fn try_next(&mut self) -> Option<Event>;
}

impl Link for Worker {
    fn send(&mut self, command: Command) -> Result<(), Busy> {
        Worker::send(self, command)
    }

    fn cancel(&mut self, job: JobId) {
        Worker::cancel(self, job);
    }

    fn pause(&mut self, job: JobId, yes: bool) {
        Worker::pause(self, job, yes);
    }

    fn try_next(&mut self) -> Option<Event> {
        Worker::try_next(self)
    }
}

/// Shows the window with these pictures until it is closed.
pub fn run_window(pictures: Vec<PathBuf>) -> Result<(), WindowError> {
    if !display::is_named() {
        return Err(WindowError::NoDisplay);
    }
    let options = NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("Terrasight")
            .with_app_id("terrasight")
            .with_inner_size([1280.0, 820.0])
            .with_min_inner_size([640.0, 420.0])
            .with_icon(icon::icon())
            .with_drag_and_drop(true),
        persistence_path: assets::home().ok().map(|home| home.join("window.ron")),
        event_loop_builder: display::event_loop_hook(),
        ..NativeOptions::default()
    };
    let was_shown = Arc::new(AtomicBool::new(false));
    let shown = Arc::clone(&was_shown);
    let run = move || {
        eframe::run_native(
            "terrasight",
            options,
            Box::new(move |cc| {
                let ctx = cc.egui_ctx.clone();
                let sessions = assets::home().ok().map(|home| home.join("sessions"));
                let pasted = sessions.as_ref().map(|sessions| sessions.join("pasted"));
                sessions.zip(pasted.clone()).into_iter().for_each(|(all, pasted)| leftovers::remove_soon(all, pasted));
                let worker = Worker::start_keeping(move || ctx.request_repaint(), pasted)?;
                let mut app =
                    TerrasightApp::remembering(cc, Box::new(worker), assets::home().ok().map(Kept::in_folder));
                if pictures.is_empty() {
                    app.open_last_session();
                } else {
                    app.perform(Action::Open(pictures.into_iter().map(PictureSource::Path).collect()));
                }
                shown.store(true, Ordering::Relaxed);
                Ok(Box::new(app))
            }),
        )
    };
    // Window systems and drivers panic on what they do not expect; here that becomes one line.
    let broke = |why: String| {
        if was_shown.load(Ordering::Relaxed) { WindowError::Broke(why) } else { WindowError::Refused(why) }
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(broke(words_of_error(&error))),
        Err(panic) => Err(broke(words_of(panic.as_ref()).to_owned())),
    }
}

fn words_of_error(error: &eframe::Error) -> String {
    match error {
        eframe::Error::Wgpu(error) => {
            format!(
                "no graphics adapter can draw it ({error}); a Vulkan driver helps, such as Debian's mesa-vulkan-drivers"
            )
        }
        other => other.to_string().lines().next().unwrap_or("no reason was given").to_owned(),
    }
}

/// What the window's settings in this folder say of fetching models: whether it is forbidden, and which server is asked. Settings
/// that cannot be read may have forbidden it.
pub fn fetching_settings(home: &Path) -> (bool, Option<String>) {
    let settings = Kept::in_folder(home.to_owned()).peek();
    (settings.network.forbidden, settings.mirror)
}

/// The window's whole.
pub struct TerrasightApp {
    ctx: Context,
    state: State,
    link: Box<dyn Link>,
    window: ui::Window,
    kept: Option<Kept>,
    /// Whether the state may have changed since it was kept.
    is_changed: bool,
    frame_times: FrameTimes,
    idle: Idle,
    title: String,
}

impl TerrasightApp {
    /// The window with nothing open, which keeps nothing.
    pub fn new(cc: &CreationContext<'_>, link: Box<dyn Link>) -> Self {
        Self::remembering(cc, link, None)
    }

    /// The window with nothing open, which keeps what it keeps in this folder.
    pub fn keeping_in(cc: &CreationContext<'_>, link: Box<dyn Link>, folder: PathBuf) -> Self {
        Self::remembering(cc, link, Some(Kept::in_folder(folder)))
    }

    /// The window with nothing open; it begins to read the model that was used last.
    fn remembering(cc: &CreationContext<'_>, link: Box<dyn Link>, mut kept: Option<Kept>) -> Self {
        if let Some(render_state) = &cc.wgpu_render_state {
            walkers::install_renderer(Some(render_state));
            ui::install_heatmap(render_state);
        }
        ui::install(&cc.egui_ctx);
        let (settings, problem) = kept.as_mut().map_or((None, None), Kept::settings);
        let tile_cache = assets::home().ok().map(|home| home.join("map tiles"));
        let mut app = Self {
            ctx: cc.egui_ctx.clone(),
            state: State::new(Settings { pixel_bytes: memory::pixel_budget(), ..settings.unwrap_or_default() }),
            link,
            kept,
            is_changed: false,
            window: ui::Window::new(&cc.egui_ctx, tile_cache),
            frame_times: FrameTimes::from_env(),
            idle: Idle::default(),
            title: String::new(),
        };
        app.perform(Action::ChooseModel(app.state.settings().model.clone()));
        if let Some(problem) = problem {
            app.perform(Action::Tell(problem));
        }
        app.offer_sessions();
        app.read_own_clues();
        app.perform(Action::Hub(HubAction::Look));
        if let Ok(home) = assets::home() {
            app.perform(Action::Training(TrainingAction::Look(home.join("runs"))));
        }
        app
    }

    fn offer_sessions(&mut self) {
        let Some(kept) = &self.kept else { return };
        let offered = (kept.recent(), kept.is_open());
        if (&*offered.0, offered.1.as_deref()) != (self.state.recent_sessions(), self.state.open_session_file()) {
            self.perform(Action::OfferSessions { kept: offered.0, open: offered.1 });
        }
    }

    fn open_last_session(&mut self) {
        if let Some(last) = self.state.recent_sessions().first().cloned() {
            self.perform(Action::OpenRecent(Some(last)));
        }
    }

    fn read_session(&mut self, file: Option<PathBuf>) {
        let Some(kept) = &mut self.kept else { return };
        match file {
            Some(file) => kept.open(file, &self.ctx),
            None => self.go_on_with(SessionFile::default(), Session::default()),
        }
    }

    /// Puts a session in the place of the one that is open, which is kept as it stands.
    fn go_on_with(&mut self, file: SessionFile, session: Session) {
        self.keep();
        if let Some(kept) = &mut self.kept {
            kept.go_on_in(file);
        }
        self.perform(Action::OpenSession(Box::new(session)));
        self.offer_sessions();
    }

    /// Takes what was read, and tells what could not be read or written.
    fn take_kept(&mut self) {
        let done = self.kept.as_mut().map(Kept::done).unwrap_or_default();
        if !done.is_empty() {
            self.offer_sessions();
        }
        for done in done {
            match done {
                Done::Written(Ok(())) | Done::Read(Ok(None)) => {}
                Done::Written(Err(error)) => self.perform(Action::Tell(Remark::SessionNotKept(error.to_string()))),
                Done::Read(Ok(Some(read))) => {
                    let (file, session) = *read;
                    self.go_on_with(file, session);
                }
                Done::Read(Err(why)) => self.perform(Action::Tell(why)),
            }
        }
    }

    /// Writes an edit to the file of the user's own clues; where that fails, they are again what the file says.
    fn keep_clue(&mut self, edit: &KnowledgeEdit) {
        let Some(folder) = self.kept.as_ref().map(Kept::folder) else { return };
        let kept = match edit {
            KnowledgeEdit::Put(record) => assets::keep_clue(folder, record),
            KnowledgeEdit::Drop(id) => assets::remove_clue(folder, id),
        };
        if let Err(error) = kept {
            self.perform(Action::Tell(Remark::CluesNotKept(Arc::new(error))));
            self.read_own_clues();
        }
    }

    fn read_own_clues(&mut self) {
        if let Some(own) = self.kept.as_ref().map(|kept| assets::own_clues(kept.folder())) {
            self.perform(Action::KnowOwn(own.map_err(Arc::new)));
        }
    }

    /// Begins to keep what has changed.
    fn keep(&mut self) {
        if let (Some(kept), true) = (&mut self.kept, std::mem::take(&mut self.is_changed)) {
            kept.keep(&self.state, &self.ctx);
        }
    }

    /// What the window knows.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Does what the user wants.
    pub fn perform(&mut self, action: Action) {
        let requests = self.state.perform(action);
        self.ask(requests);
    }

    /// Asks what the state wants after a change.
    fn ask(&mut self, requests: Vec<Request>) {
        self.is_changed = true;
        for request in requests {
            match request {
                Request::Cancel(job) => self.link.cancel(job),
                Request::Pause(job, yes) => self.link.pause(job, yes),
                Request::ReadSession(file) => self.read_session(file),
                Request::KeepClue(edit) => self.keep_clue(&edit),
                Request::Send(command) => {
                    let job = command.job();
                    if let Err(busy) = self.link.send(command) {
                        // The state answers by closing the job; what it asks in turn may go through.
                        let mut next = self.state.perform(Action::NotSent(job, busy));
                        if next.is_empty() {
                            next.extend(self.state.perform(Action::Tell(Remark::Busy)));
                        }
                        self.ask(next);
                    }
                }
            }
        }
    }

    fn take_events(&mut self, ctx: &Context) {
        for _ in 0..MOST_EVENTS_A_FRAME {
            let Some(event) = self.link.try_next() else { return };
            let requests = self.state.apply(event);
            self.ask(requests);
        }
        ctx.request_repaint();
    }

    /// Gives the models' memory back where it was not used for long; else comes again when that time is over.
    fn unload_after_a_while(&mut self, ctx: &Context) {
        let minutes = self.state.settings().unload_after.minutes;
        match self.idle.left(Instant::now(), self.state.is_idle(), minutes) {
            Some(left) if left.is_zero() => self.perform(Action::Unload(minutes)),
            Some(left) => ctx.request_repaint_after(left),
            None => {}
        }
    }

    fn keep_title(&mut self, ctx: &Context) {
        let name = self.window.document(&self.state);
        let title = name.map_or_else(|| "Terrasight".to_owned(), |name| format!("{name} – Terrasight"));
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn doing(&self) -> Doing {
        if self.state.running().is_some() {
            Doing::Locating
        } else if self.state.training().goes_on() {
            Doing::Training
        } else if self.state.dataset().indexing().is_some() {
            Doing::Indexing
        } else if self.state.settings().page == Page::DATASET {
            Doing::Browsing
        } else {
            Doing::Idle
        }
    }
}

impl eframe::App for TerrasightApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut Frame) {
        self.frame_times.begin(ctx);
        self.take_events(ctx);
        self.take_kept();
        self.unload_after_a_while(ctx);
        self.keep_title(ctx);
        self.frame_times.pause();
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut Frame) {
        self.frame_times.resume();
        let actions = self.window.ui(&self.state, ui);
        for action in actions {
            self.perform(action);
        }
        self.frame_times.end(self.doing(), frame.info().cpu_usage);
    }

    fn save(&mut self, _storage: &mut dyn Storage) {
        self.frame_times.resume();
        // What is slower to write than to come again is written less often.
        if self.kept.as_ref().is_some_and(|kept| !kept.is_working()) {
            self.keep();
        }
        self.frame_times.pause();
    }

    fn on_exit(&mut self) {
        self.keep();
        for done in self.kept.as_mut().map(Kept::finish).unwrap_or_default() {
            if let Done::Written(Err(error)) = done {
                tracing::error!("the session cannot be kept ({error})");
            }
        }
        self.frame_times.write();
    }
}
