//! What the window knows. It changes in two functions only: [`State::apply`] takes in what the engine says, and
//! [`State::perform`] what the user wants; both answer with what the engine is to be asked. Panels read it and return
//! [`Action`]s. It holds plain data, so that every course of events can be tested without a window.
//!
//! Each room of the state has a file, or a folder, of its own; here is only the way to them. A job's end goes to the room
//! that began it, which the table of jobs knows; news go to the room they are about.

mod action;
mod choices;
mod comparing;
mod dataset;
mod desk;
mod editing;
mod edits;
mod evaluation;
mod hub;
mod knowledge;
mod model;
mod notice;
mod pictures;
mod reasons;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod training;

pub use action::{Action, Request};
pub use choices::{Choice, Origin};
pub use dataset::{
    Checked, Column, DatasetAction, DatasetState, Extend, Filter, Indexing, Listing, PAPER_THRESHOLD, RowSelection,
    ScoreFilter, Sort, Task, Work as DatasetWork,
};
use desk::Desk;
use edits::History;
pub use edits::{DatasetEdit, Edit, EvidenceEdit, KnowledgeEdit, PicturesEdit};
pub use evaluation::{Evaluating, EvaluationAction, EvaluationState};
pub use hub::{HubAction, HubState, Model, Standing};
use knowledge::Knowledge;
use model::ModelInUse;
pub use model::{ModelState, Unloading};
pub use notice::{NotRead, NotWritten, Notice, NoticeKind, Remark};
use pictures::Pictures;
pub use pictures::{
    Asked, Compared, Comparison, Early, Ending, Entry, Found, Locatable, Opening, PictureKey, Progress, Run, Side,
    TalkAction, Turn, Work,
};
pub use reasons::{NoModel, NoPixels, NotLocated, NotOpen};
pub use session::{KeptPicture, KeptRun, SESSION_VERSION, Session};
pub use settings::{Network, Page, Settings, ThemeChoice, UnloadAfter};
pub use training::{
    KeptModel, Learned, Outcome, Probed, Running, SourceAction, TrainingAction, TrainingState, kept_models, model_of,
};

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    assets::OwnCluesError,
    knowledge::clues::{ClueRecord, Clues},
    picture::Picture,
    worker::{Event, Failure, JobId, ModelSource, PictureSource},
};

/// Whose a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Pictures,
    Model,
    Dataset,
    Hub,
    Training,
    Evaluation,
}

/// How a job ended.
enum Closing {
    Done,
    Failed(Arc<Failure>),
    Cancelled,
}

/// What the window knows.
#[derive(Debug)]
pub struct State {
    pictures: Pictures,
    model: ModelInUse,
    dataset: DatasetState,
    knowledge: Knowledge,
    hub: HubState,
    training: TrainingState,
    evaluation: EvaluationState,
    history: History,
    recent: Vec<PathBuf>,
    session_file: Option<PathBuf>,
    desk: Desk,
}

impl State {
    /// An empty window with these settings; nothing is asked of the engine yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            pictures: Pictures::default(),
            model: ModelInUse::new(),
            dataset: DatasetState::default(),
            knowledge: Knowledge::new(),
            hub: HubState::default(),
            training: TrainingState::default(),
            evaluation: EvaluationState::default(),
            history: History::default(),
            recent: Vec::new(),
            session_file: None,
            desk: Desk::new(settings),
        }
    }

    /// The film strip, in order.
    pub fn entries(&self) -> &[Entry] {
        self.pictures.entries()
    }

    /// The picture looked at.
    pub fn selected(&self) -> Option<&Entry> {
        self.pictures.selected()
    }

    /// A picture with its pixels, where those are at hand; they come by themselves to the one looked at.
    pub fn pixels(&self, key: PictureKey) -> Option<&Arc<Picture>> {
        self.pictures.pixels(key)
    }

    /// How many bytes of pixels are held.
    pub fn pixel_bytes(&self) -> usize {
        self.pictures.pixel_bytes()
    }

    /// The picture the engine is at, and how far it is.
    pub fn running(&self) -> Option<(&Entry, Progress)> {
        self.pictures.running()
    }

    /// How many pictures wait to be located.
    pub fn n_waiting(&self) -> usize {
        self.pictures.n_waiting()
    }

    /// How many pictures could be located, and neither were nor are about to be.
    pub fn n_unlocated(&self) -> usize {
        self.pictures.unlocated().count()
    }

    /// The jobs that open pictures.
    pub fn openings(&self) -> &[Opening] {
        self.pictures.openings()
    }

    /// Whether [`Action::Cancel`] has anything to stop.
    pub fn can_cancel(&self) -> bool {
        self.pictures.can_cancel() || matches!(self.model(), ModelState::Loading { .. })
    }

    /// Where the model stands.
    pub fn model(&self) -> &ModelState {
        self.model.state()
    }

    /// Whether a model holds memory and nothing is asked of it.
    pub fn is_idle(&self) -> bool {
        let rooms = [Room::Pictures, Room::Model, Room::Dataset, Room::Evaluation];
        let is_at_work = self.desk.has_job_of(&rooms) || self.training.goes_on();
        let other_is_open = self.comparison().is_some_and(|comparison| comparison.is_open);
        (self.model().holds_memory() || other_is_open || self.evaluation.holds_models()) && !is_at_work
    }

    /// What the user has set.
    pub fn settings(&self) -> &Settings {
        &self.desk.settings
    }

    /// The data set that is open.
    pub fn dataset(&self) -> &DatasetState {
        &self.dataset
    }

    /// The models that lie here or could be fetched.
    pub fn hub(&self) -> &HubState {
        &self.hub
    }

    /// The runs that train a model.
    pub fn training(&self) -> &TrainingState {
        &self.training
    }

    /// The evaluations.
    pub fn evaluation(&self) -> &EvaluationState {
        &self.evaluation
    }

    /// The clue knowledge: the shipped records and the user's own.
    pub fn clues(&self) -> &Arc<Clues> {
        self.knowledge.clues()
    }

    /// The user's own clues.
    pub fn own_clues(&self) -> &[ClueRecord] {
        self.knowledge.own()
    }

    /// Why the user's own clues are left out.
    pub fn own_clues_problem(&self) -> Option<&OwnCluesError> {
        self.knowledge.problem()
    }

    /// What was said in passing and not dismissed yet, oldest first.
    pub fn notices(&self) -> &[Notice] {
        self.desk.notices()
    }

    /// The sessions that were kept, the latest first.
    pub fn recent_sessions(&self) -> &[PathBuf] {
        &self.recent
    }

    /// The file of the session that is open, once it has one.
    pub fn open_session_file(&self) -> Option<&Path> {
        self.session_file.as_deref()
    }

    /// What is to be kept of it when the window closes.
    pub fn session(&self) -> Session {
        self.pictures.session()
    }

    /// Whether [`Action::Undo`] has anything to undo.
    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Whether [`Action::Redo`] has anything to do again.
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Does what the user wants.
    pub fn perform(&mut self, action: Action) -> Vec<Request> {
        let desk = &mut self.desk;
        match action {
            Action::Open(sources) => self.open(sources),
            Action::Select(key) => self.pictures.select(key),
            Action::SelectBy(places) => self.pictures.select_by(places),
            Action::OpenSession(session) => self.open_session(*session),
            Action::OpenRecent(file) => {
                self.stay_here();
                self.desk.ask([Request::ReadSession(file)]);
            }
            Action::OfferSessions { kept, open } => (self.recent, self.session_file) = (kept, open),
            Action::Undo => self.undo(),
            Action::Redo => self.redo(),
            Action::Remove(key) => self.edit(Edit::Pictures(PicturesEdit::Remove(vec![key]))),
            Action::Locate(key) => {
                self.pictures.locate(key);
                self.mend_model();
            }
            Action::LocateRest => {
                self.pictures.locate_rest();
                self.mend_model();
            }
            Action::Cancel => {
                if !self.pictures.cancel(desk) {
                    self.model.stop(desk);
                }
            }
            Action::ChooseCandidate(rank) => {
                if let Some(key) = self.pictures.selected().map(|entry| entry.key) {
                    self.edit(Edit::Pictures(PicturesEdit::Choose { key, rank }));
                }
            }
            Action::Weigh { key, id, on, strength } => {
                self.change_evidence(key, |entry| EvidenceEdit::weigh(entry, id, on, strength));
            }
            Action::AddPiece(key, piece) => self.change_evidence(key, |entry| EvidenceEdit::add(entry, piece)),
            Action::DropPiece(key, id) => self.change_evidence(key, |_| EvidenceEdit::Drop(id)),
            Action::SharePiece(id) => {
                let selected = self.pictures.selected();
                let edit = selected.and_then(|entry| PicturesEdit::share(entry, &id, self.pictures.entries()));
                edit.into_iter().for_each(|edit| self.edit(Edit::Pictures(edit)));
            }
            Action::PutSign(key, sign) => self.change_evidence(key, |entry| EvidenceEdit::put_sign(entry, sign)),
            Action::DropSign(key, id) => self.change_evidence(key, |_| EvidenceEdit::DropSign(id)),
            Action::KnowOwn(own) => self.knowledge.read(own),
            Action::PutClue(record) => self.edit(Edit::Knowledge(KnowledgeEdit::Put(record))),
            Action::DropClue(id) => self.edit(Edit::Knowledge(KnowledgeEdit::Drop(id))),
            Action::GoBack(key, place) => {
                let edit = self.pictures.entry(key).map(|entry| PicturesEdit::go_back(entry, place));
                edit.into_iter().for_each(|edit| self.edit(Edit::Pictures(edit)));
            }
            Action::Talk(key, action) => {
                let asks = matches!(&action, TalkAction::Said(turn) if turn.model.is_some());
                self.pictures.talk(key, action, desk);
                if asks {
                    self.mend_model();
                }
            }
            Action::ChooseModel(source) => self.choose_model(source),
            Action::Compare(source) => self.compare(source),
            Action::LeaveComparison => self.pictures.leave_comparison(desk),
            Action::TakeAnswer(side) => self.take_answer(side),
            Action::SeeIn(tokens) => desk.settings.locate.picture_tokens = tokens,
            Action::AnswerIn(tokens) => desk.settings.locate.max_new_tokens = tokens,
            Action::ChooseDevice(device) => {
                self.pictures.stop_talking(desk);
                self.model.choose_device(device, desk);
            }
            Action::ChoosePrecision(precision) => {
                self.pictures.stop_talking(desk);
                self.model.choose_precision(precision, desk);
            }
            Action::Unload(after_minutes) => {
                if self.is_idle() {
                    self.pictures.unload_other();
                    self.evaluation.let_go();
                    self.model.unload(after_minutes, &mut self.desk);
                }
            }
            Action::UnloadAfter(after) => desk.settings.unload_after = after,
            Action::ChooseSegmenter(source) => desk.settings.segmenter = source,
            Action::ChooseEncoder(folder) => desk.settings.encoder = folder,
            Action::SetTheme(theme) => desk.settings.theme = theme,
            Action::ShowSigns(yes) => desk.settings.hides_signs = !yes,
            Action::ForbidNetwork(yes) => {
                desk.settings.network.forbidden = yes;
                if yes {
                    self.hub.stop_fetching(desk);
                    self.stay_here();
                }
            }
            Action::ShowMapTiles(yes) => desk.settings.network.map_tiles = yes,
            Action::Tell(remark) => desk.tell(remark),
            Action::Dismiss(number) => desk.dismiss(number),
            Action::Show(page) => {
                desk.settings.page = page;
                // Their folder is the user's too: what was deleted in it is offered no longer.
                if [Page::MODELS, Page::TRAINING, Page::EVALUATION].contains(&page) {
                    self.training.look(desk);
                }
            }
            Action::ExportedTo(folder) => desk.settings.export_folder = Some(folder),
            Action::OpenSelected => self.open_selected(),
            Action::Dataset(action) => {
                if let Some(inverse) = self.dataset.perform(action, desk) {
                    self.history.did(Edit::Dataset(inverse));
                }
            }
            Action::Hub(action) => self.hub.perform(action, desk),
            Action::Training(action) => self.training.perform(action, desk),
            Action::Evaluation(action) => self.evaluation.perform(action, self.knowledge.clues(), desk),
            Action::NotSent(job, busy) => self.close(job, Closing::Failed(Arc::new(busy.into()))),
        }
        self.settle()
    }

    /// Takes in what the engine says.
    pub fn apply(&mut self, event: Event) -> Vec<Request> {
        match event {
            Event::Pictures { job, news } => {
                let by_starter = self.is_by_starter(job);
                if let Some(key) = self.pictures.apply(job, news, by_starter, &mut self.desk) {
                    self.history.opened(job, key);
                }
            }
            Event::ModelReady { job, .. } if self.is_of_evaluation(job) => self.evaluation.model_opened(),
            Event::GaveWay { job } if self.is_of_evaluation(job) => self.model.give_way(),
            Event::ModelReady { job, model } => self.model_ready(job, *model),
            Event::GaveWay { job } => self.gave_way(job),
            Event::Dataset { job, news } => self.dataset.apply(job, news, &mut self.desk),
            Event::Hub { job, news } => self.hub.apply(job, news, &mut self.desk),
            Event::Training { job, news } => {
                if let Some(tried) = self.training.apply(job, news, &mut self.desk) {
                    self.choose_model(tried);
                }
            }
            Event::Stage { job, stage, fraction } => match self.desk.room_of(job) {
                Some(Room::Pictures) => self.pictures.progress(job, stage, fraction),
                Some(Room::Model) => self.model.progress(job, fraction),
                Some(Room::Dataset | Room::Hub | Room::Training | Room::Evaluation) | None => {}
            },
            Event::Evaluation { job, news } => self.evaluation.apply(job, news),
            Event::Done { job } => self.close(job, Closing::Done),
            Event::Failed { job, failure } => self.close(job, Closing::Failed(failure)),
            Event::Cancelled { job } => self.close(job, Closing::Cancelled),
        }
        self.settle()
    }
}

impl State {
    fn choose_model(&mut self, source: ModelSource) {
        self.pictures.stop_talking(&mut self.desk); // in the words of the model before
        self.model.choose(source, &mut self.desk);
        self.end_comparison_with_itself();
    }

    fn is_of_evaluation(&self, job: JobId) -> bool {
        self.desk.room_of(job) == Some(Room::Evaluation)
    }

    fn close(&mut self, job: JobId, closing: Closing) {
        match self.desk.forget(job) {
            Some(Room::Pictures) => self.pictures.close(job, closing, &mut self.desk),
            Some(Room::Model) => self.model.close(job, closing, &mut self.desk),
            Some(Room::Dataset) => self.dataset.close(job, closing, &mut self.desk),
            Some(Room::Hub) => self.hub.close(job, closing, &mut self.desk),
            Some(Room::Training) => self.training.close(job, closing, &mut self.desk),
            Some(Room::Evaluation) => self.evaluation.close(job, closing, &mut self.desk),
            None => {}
        }
    }

    /// What the rooms are to one another: pictures are located with the model in use, once it is open.
    fn settle(&mut self) -> Vec<Request> {
        self.pictures.let_go(&self.history.take_lost(), &mut self.desk);
        match self.model.state() {
            ModelState::Loading { .. } => {
                self.pictures.unload_other(); // the engine lets go of all before it opens another
                self.pictures.wait_for_model(&mut self.desk);
            }
            ModelState::Failed(why) => {
                self.pictures.fail_waiting(why);
                self.pictures.fail_questions(why);
                // What waits for the other model of a comparison.
                self.pictures.start_next(&self.knowledge, &mut self.desk);
            }
            ModelState::NotLoaded | ModelState::Ready(_) | ModelState::Unloaded { .. } => {
                // A question is answered in less time than a picture is located, and its user waits.
                self.pictures.ask_next(&mut self.desk);
                self.pictures.start_next(&self.knowledge, &mut self.desk);
            }
        }
        self.pictures.ask_for_pixels(&mut self.desk);
        self.pictures.ask_for_rankings(&mut self.desk);
        self.pictures.ask_for_changes(&self.knowledge, &mut self.desk);
        self.desk.take_requests()
    }

    /// No picture is sent to a server any more: what was chosen for one session does not hold for the next.
    fn stay_here(&mut self) {
        if self.model.leave_server(&mut self.desk) {
            self.pictures.stop_talking(&mut self.desk);
            self.pictures.cancel(&mut self.desk);
        }
    }

    fn open(&mut self, sources: Vec<PictureSource>) {
        self.pictures.open(sources, &mut self.desk);
        self.mend_model();
    }

    /// A model that could not be opened is tried again when there is use for it: its folder may have been mended since.
    fn mend_model(&mut self) {
        if matches!(self.model.state(), ModelState::Failed(_)) {
            self.model.load(&mut self.desk);
        }
    }

    fn open_selected(&mut self) {
        let (files, n_left_out) = self.dataset.files_to_open();
        if n_left_out > 0 {
            self.desk.tell(Remark::FirstOpened { n_opened: files.len(), n_left_out });
        }
        self.open(files.into_iter().map(PictureSource::Path).collect());
    }

    /// What is open, or about to be, goes, and what the session has comes; both can be undone.
    fn open_session(&mut self, session: Session) {
        self.stay_here();
        self.pictures.stop_openings(&mut self.desk);
        self.pictures.leave_comparison(&mut self.desk);
        let open: Vec<PictureKey> = self.entries().iter().map(|entry| entry.key).collect();
        self.edit(Edit::Pictures(PicturesEdit::Remove(open)));
        if let Some((job, keys)) = self.pictures.bring_back(session, &mut self.desk) {
            keys.into_iter().for_each(|key| self.history.opened(job, key));
        }
    }
}
