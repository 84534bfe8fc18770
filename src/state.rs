//! What the window knows. It changes in two functions only: [`State::apply`] takes in what the engine says, and
//! [`State::perform`] what the user wants; both answer with what the engine is to be asked. Panels read it and return
//! [`Action`]s. It holds plain data, so that every course of events can be tested without a window.
//!
//! Pictures are located one after another: the engine holds one locating job at a time and the rest wait here, so that
//! stopping, removing and reordering are a matter of this list alone.

mod action;
mod dataset;
mod entry;
mod settings;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc};

pub use action::{Action, Request};
pub use dataset::{
    Checked, Column, DatasetAction, DatasetState, Extend, Filter, Indexing, Listing, PAPER_THRESHOLD, Score, Selection,
    Sort, Task,
};
pub use entry::{Entry, Found, Locatable, PictureKey, Progress, Work};
pub use settings::{ModelState, Network, Notice, NoticeKind, Page, Settings, ThemeChoice};

use crate::{
    picture::Picture,
    worker::{Command, Event, JobId, PictureSource},
};

/// Pixels of open pictures beyond this many bytes are not kept: a folder of thousands must not fill the memory.
const MOST_PIXEL_BYTES: usize = 4 << 30;
/// The oldest notice goes when there are more than this.
const MOST_NOTICES: usize = 4;

/// A job that opens pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opening {
    /// The job.
    pub job: JobId,
    /// How many sources it was given; a folder counts as one.
    pub n_sources: usize,
    /// How many pictures came of them so far, failed ones included.
    pub n_come: usize,
}

/// What the window knows.
#[derive(Debug)]
pub struct State {
    entries: Vec<Entry>,
    selection: Option<PictureKey>,
    openings: Vec<Opening>,
    running: Option<(JobId, PictureKey)>,
    queue: VecDeque<PictureKey>,
    model: ModelState,
    settings: Settings,
    dataset: DatasetState,
    notices: Vec<Notice>,
    next_number: u64,
}

impl State {
    /// An empty window with these settings; nothing is asked of the engine yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            entries: Vec::new(),
            selection: None,
            openings: Vec::new(),
            running: None,
            queue: VecDeque::new(),
            model: ModelState::NotLoaded,
            settings,
            dataset: DatasetState::default(),
            notices: Vec::new(),
            next_number: 1,
        }
    }

    /// The film strip, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The picture looked at.
    pub fn selected(&self) -> Option<&Entry> {
        self.selection.and_then(|key| self.entry(key))
    }

    /// The picture the engine is at, and how far it is.
    pub fn running(&self) -> Option<(&Entry, Progress)> {
        let entry = self.entry(self.running?.1)?;
        if let Work::Running(progress) = entry.work { Some((entry, progress)) } else { None }
    }

    /// How many pictures wait to be located.
    pub fn n_waiting(&self) -> usize {
        self.queue.len()
    }

    /// The jobs that open pictures.
    pub fn openings(&self) -> &[Opening] {
        &self.openings
    }

    /// Whether [`Action::Cancel`] has anything to stop.
    pub fn can_cancel(&self) -> bool {
        let loading = matches!(self.model, ModelState::Loading { .. });
        self.running.is_some() || !self.queue.is_empty() || !self.openings.is_empty() || loading
    }

    /// Where the model stands.
    pub fn model(&self) -> &ModelState {
        &self.model
    }

    /// What the user has set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The data set that is open.
    pub fn dataset(&self) -> &DatasetState {
        &self.dataset
    }

    /// What was said in passing and not dismissed yet, oldest first.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Does what the user wants.
    pub fn perform(&mut self, action: Action) -> Vec<Request> {
        match action {
            Action::Open(sources) => self.open(sources),
            Action::Select(key) => self.select(key),
            Action::SelectBy(places) => self.select_by(places),
            Action::Remove(key) => self.remove(key),
            Action::Locate(key) => self.locate(key),
            Action::Cancel => self.cancel(),
            Action::ChooseCandidate(rank) => self.choose_candidate(rank),
            Action::ChooseModel(source) => {
                self.settings.model = source;
                self.load_model()
            }
            Action::ChooseDevice(device) => {
                self.settings.device = device;
                self.load_model()
            }
            Action::ChooseSegmenter(source) => self.set(|settings| settings.segmenter = source),
            Action::SetTheme(theme) => self.set(|settings| settings.theme = theme),
            Action::ForbidNetwork(yes) => self.set(|settings| settings.network.forbidden = yes),
            Action::ShowMapTiles(yes) => self.set(|settings| settings.network.map_tiles = yes),
            Action::Tell(kind, text) => self.tell(kind, text),
            Action::Dismiss(number) => {
                self.notices.retain(|notice| notice.number != number);
                Vec::new()
            }
            Action::Show(page) => self.set(|settings| settings.page = page),
            Action::ExportedTo(folder) => self.set(|settings| settings.export_folder = Some(folder)),
            Action::Dataset(action) => self.perform_on_dataset(action),
            Action::NotSent(job, why) => self.close(job, Closing::Failed(why)),
        }
    }

    /// Takes in what the engine says. What belongs to no job that is still wanted changes nothing.
    pub fn apply(&mut self, event: Event) -> Vec<Request> {
        match event {
            Event::PictureOpened { job, picture } => self.picture_opened(job, picture),
            Event::PictureFailed { job, name, message } => self.picture_failed(job, name, message),
            Event::ModelReady { job, model } => {
                if self.is_wanted(job) {
                    self.model = ModelState::Ready(model);
                }
                self.start_next()
            }
            Event::Stage { job, stage, fraction } => {
                if let Some(progress) = self.progress_of(job) {
                    (progress.stage, progress.fraction) = (Some(stage), fraction);
                } else if let ModelState::Loading { job: loading, fraction: shown } = &mut self.model
                    && *loading == job
                {
                    *shown = fraction;
                }
                Vec::new()
            }
            Event::Token { job, text } => {
                if let Some(entry) = self.entry_of(job) {
                    entry.push_token(&text);
                }
                Vec::new()
            }
            Event::Locatability { job, labels, score, segmenter } => {
                if let Some(entry) = self.entry_of(job) {
                    entry.locatable = Some(Locatable { labels, score, segmenter });
                }
                Vec::new()
            }
            Event::Found { job, finding, surface } => {
                let by_starter = matches!(&self.model, ModelState::Ready(model) if model.is_starter);
                if let Some(entry) = self.entry_of(job) {
                    entry.found = Some(Found { finding: Arc::new(*finding), surface, by_starter });
                    entry.chosen_rank = 1;
                }
                Vec::new()
            }
            Event::Dataset { job, news } => {
                let outcome = self.dataset.apply(job, news);
                self.follow(outcome)
            }
            Event::Done { job } => self.close(job, Closing::Done),
            Event::Failed { job, message } => self.close(job, Closing::Failed(message)),
            Event::Cancelled { job } => self.close(job, Closing::Cancelled),
        }
    }
}

/// How a job ended.
enum Closing {
    Done,
    Failed(String),
    Cancelled,
}

impl State {
    fn entry(&self, key: PictureKey) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn entry_mut(&mut self, key: PictureKey) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }

    fn entry_of(&mut self, job: JobId) -> Option<&mut Entry> {
        let (running, key) = self.running?;
        if running == job { self.entry_mut(key) } else { None }
    }

    fn progress_of(&mut self, job: JobId) -> Option<&mut Progress> {
        match &mut self.entry_of(job)?.work {
            Work::Running(progress) => Some(progress),
            _ => None,
        }
    }

    fn is_wanted(&self, job: JobId) -> bool {
        self.running.is_some_and(|(running, _)| running == job)
            || matches!(self.model, ModelState::Loading { job: loading, .. } if loading == job)
    }

    fn next_number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number - 1
    }

    fn set(&mut self, change: impl FnOnce(&mut Settings)) -> Vec<Request> {
        change(&mut self.settings);
        Vec::new()
    }

    fn tell(&mut self, kind: NoticeKind, text: String) -> Vec<Request> {
        self.notices.retain(|notice| notice.text != text);
        let number = self.next_number();
        self.notices.push(Notice { number, kind, text });
        let n_too_many = self.notices.len().saturating_sub(MOST_NOTICES);
        self.notices.drain(..n_too_many);
        Vec::new()
    }

    fn open(&mut self, sources: Vec<PictureSource>) -> Vec<Request> {
        if sources.is_empty() {
            return Vec::new();
        }
        self.settings.page = Page::PICTURES;
        let job = JobId(self.next_number());
        self.openings.push(Opening { job, n_sources: sources.len(), n_come: 0 });
        vec![Request::Send(Command::OpenPictures { job, sources })]
    }

    fn picture_opened(&mut self, job: JobId, picture: Arc<Picture>) -> Vec<Request> {
        let Some(n_come) = self.has_come(job) else { return Vec::new() };
        let known = |entry: &&Entry| entry.picture.as_ref().is_ok_and(|open| open.sha256 == picture.sha256);
        if let Some(key) = self.entries.iter().find(known).map(|entry| entry.key) {
            if n_come == 1 {
                self.selection = Some(key);
            }
            return self.tell(NoticeKind::Info, format!("{} is open already.", picture.name));
        }
        let bytes_of = |entry: &Entry| entry.picture.as_ref().map_or(0, |open| open.pixels.as_raw().len());
        if self.entries.iter().map(bytes_of).sum::<usize>() + picture.pixels.as_raw().len() > MOST_PIXEL_BYTES {
            let message =
                "It is not kept, because the open pictures fill 4 GiB; remove some and open it again.".to_owned();
            self.add(n_come, |key| Entry::failed(key, picture.name.clone(), message));
            return Vec::new();
        }
        let key = self.add(n_come, |key| Entry::opened(key, picture));
        self.locate(key)
    }

    fn picture_failed(&mut self, job: JobId, name: String, message: String) -> Vec<Request> {
        if let Some(n_come) = self.has_come(job) {
            self.add(n_come, |key| Entry::failed(key, name, message));
        }
        Vec::new()
    }

    /// Counts a picture of an opening job; none if the job is not wanted any more.
    fn has_come(&mut self, job: JobId) -> Option<usize> {
        let opening = self.openings.iter_mut().find(|opening| opening.job == job)?;
        opening.n_come += 1;
        Some(opening.n_come)
    }

    /// Adds a picture to the strip; the first of what the user opened is the one looked at.
    fn add(&mut self, n_come: usize, make: impl FnOnce(PictureKey) -> Entry) -> PictureKey {
        let key = PictureKey(self.next_number());
        self.entries.push(make(key));
        if n_come == 1 || self.selection.is_none() {
            self.selection = Some(key);
        }
        key
    }

    fn select(&mut self, key: PictureKey) -> Vec<Request> {
        if self.entry(key).is_some() {
            self.selection = Some(key);
        }
        Vec::new()
    }

    fn select_by(&mut self, places: isize) -> Vec<Request> {
        let here = self.entries.iter().position(|entry| Some(entry.key) == self.selection).unwrap_or(0);
        let last = self.entries.len().saturating_sub(1);
        let there = here.saturating_add_signed(places).min(last);
        self.selection = self.entries.get(there).map(|entry| entry.key);
        Vec::new()
    }

    fn remove(&mut self, key: PictureKey) -> Vec<Request> {
        let Some(place) = self.entries.iter().position(|entry| entry.key == key) else { return Vec::new() };
        let mut requests = Vec::new();
        if let Some((job, _)) = self.running.take_if(|(_, running)| *running == key) {
            requests.push(Request::Cancel(job));
        }
        self.queue.retain(|waiting| *waiting != key);
        self.entries.remove(place);
        if self.selection == Some(key) {
            self.selection = self.entries.get(place).or(self.entries.last()).map(|entry| entry.key);
        }
        requests.extend(self.start_next());
        requests
    }

    fn choose_candidate(&mut self, rank: usize) -> Vec<Request> {
        if let Some(entry) = self.selection.and_then(|key| self.entry_mut(key)) {
            entry.chosen_rank = rank;
        }
        Vec::new()
    }

    fn locate(&mut self, key: PictureKey) -> Vec<Request> {
        let Some(entry) = self.entry_mut(key) else { return Vec::new() };
        if entry.picture.is_err() || entry.is_busy() {
            return Vec::new();
        }
        entry.work = Work::Waiting;
        self.queue.push_back(key);
        match self.model {
            // The folder may have been mended since.
            ModelState::Failed(_) => self.load_model(),
            ModelState::NotLoaded | ModelState::Loading { .. } | ModelState::Ready(_) => self.start_next(),
        }
    }

    /// Hands the next waiting picture to the engine if it is free for it.
    fn start_next(&mut self) -> Vec<Request> {
        let free = self.running.is_none() && matches!(self.model, ModelState::Ready(_) | ModelState::NotLoaded);
        let Some(key) = (if free { self.queue.pop_front() } else { None }) else { return Vec::new() };
        let job = JobId(self.next_number());
        let (settings, segmenter) = (self.settings.locate, self.settings.segmenter.clone());
        let Some(entry) = self.entry_mut(key) else { return self.start_next() };
        let Ok(picture) = entry.picture.clone() else { return self.start_next() };
        entry.work = Work::Running(Progress { job, stage: None, fraction: None });
        entry.reasoning.clear();
        self.running = Some((job, key));
        vec![Request::Send(Command::Locate { job, picture, settings, segmenter })]
    }

    fn cancel(&mut self) -> Vec<Request> {
        let mut requests: Vec<_> = self.openings.drain(..).map(|opening| Request::Cancel(opening.job)).collect();
        let mut stopped: Vec<PictureKey> = self.queue.drain(..).collect();
        if let Some((job, key)) = self.running.take() {
            requests.push(Request::Cancel(job));
            stopped.push(key);
        }
        for key in stopped {
            if let Some(entry) = self.entry_mut(key) {
                entry.work = Work::Cancelled;
            }
        }
        if requests.is_empty()
            && let ModelState::Loading { job, .. } = self.model
        {
            requests.push(Request::Cancel(job));
        }
        requests
    }

    /// Opens the chosen model on the chosen device. What runs with the old one is stopped and runs again with the new.
    fn load_model(&mut self) -> Vec<Request> {
        let mut requests = Vec::new();
        if let Some((job, key)) = self.running.take() {
            requests.push(Request::Cancel(job));
            if let Some(entry) = self.entry_mut(key) {
                entry.work = Work::Waiting;
                self.queue.push_front(key);
            }
        }
        if let ModelState::Loading { job, .. } = self.model {
            requests.push(Request::Cancel(job));
        }
        let job = JobId(self.next_number());
        self.model = ModelState::Loading { job, fraction: None };
        let (source, device) = (self.settings.model.clone(), self.settings.device);
        requests.push(Request::Send(Command::LoadModel { job, source, device }));
        requests
    }

    fn perform_on_dataset(&mut self, action: DatasetAction) -> Vec<Request> {
        if let DatasetAction::OpenSelected = action {
            let (files, n_left_out) = self.dataset.files_to_open();
            if n_left_out > 0 {
                let text = format!("The first {} are opened; {n_left_out} more are selected.", files.len());
                self.tell(NoticeKind::Info, text);
            }
            return self.open(files.into_iter().map(PictureSource::Path).collect());
        }
        let job = JobId(self.next_number());
        let outcome = self.dataset.perform(action, &self.settings.segmenter, job);
        self.follow(outcome)
    }

    fn follow(&mut self, outcome: dataset::Outcome) -> Vec<Request> {
        if let Some(file) = self.dataset.file().filter(|file| self.settings.last_index.as_deref() != Some(file)) {
            self.settings.last_index = Some(file.to_owned());
        }
        if let Some((kind, text)) = outcome.tell {
            self.tell(kind, text);
        }
        outcome.requests
    }

    fn close(&mut self, job: JobId, closing: Closing) -> Vec<Request> {
        if self.dataset.owns(job) {
            let outcome = self.dataset.close(job, closing);
            return self.follow(outcome);
        }
        if let Some(entry) = self.entry_of(job) {
            entry.work = match closing {
                Closing::Done => Work::Idle,
                Closing::Failed(message) => Work::Failed(message),
                Closing::Cancelled => Work::Cancelled,
            };
            self.running = None;
        } else if matches!(self.model, ModelState::Loading { job: loading, .. } if loading == job) {
            self.model = match closing {
                Closing::Failed(message) => ModelState::Failed(message),
                Closing::Cancelled => ModelState::Failed("Opening the model was cancelled.".to_owned()),
                Closing::Done => ModelState::NotLoaded,
            };
        } else if let Some(place) = self.openings.iter().position(|opening| opening.job == job) {
            self.openings.remove(place);
            if let Closing::Failed(message) = closing {
                self.tell(NoticeKind::Error, message);
            }
        }
        self.start_next()
    }
}
