//! What the user can want, and what the engine can be asked.

use std::{path::PathBuf, sync::Arc};

use super::{
    DatasetAction, EvaluationAction, HubAction, KnowledgeEdit, Page, PictureKey, Remark, Session, Side, TalkAction,
    ThemeChoice, TrainingAction, UnloadAfter,
};
use crate::{
    assets::OwnCluesError,
    knowledge::clues::ClueRecord,
    model::{DeviceChoice, Precision},
    predict::{evidence::Piece, sign::Sign},
    worker::{Busy, Command, JobId, ModelSource, PictureSource},
};

/// What the user wants.
#[derive(Debug, Clone)]
pub enum Action {
    /// Open these pictures, and locate them.
    Open(Vec<PictureSource>),
    /// Look at this picture.
    Select(PictureKey),
    /// Look at the picture this many places further on in the strip.
    SelectBy(isize),
    /// Open the pictures of this session in the place of those that are open.
    OpenSession(Box<Session>),
    /// Open this session, or begin a new one.
    OpenRecent(Option<PathBuf>),
    /// These sessions were kept, the latest first, and this one of them is open.
    OfferSessions {
        /// Their files.
        kept: Vec<PathBuf>,
        /// The file of the one that is open, once it has one.
        open: Option<PathBuf>,
    },
    /// Undo the last edit.
    Undo,
    /// Do again what was undone last.
    Redo,
    /// Take this picture out of the strip.
    Remove(PictureKey),
    /// Locate this picture (again).
    Locate(PictureKey),
    /// Locate every picture that was not located yet.
    LocateRest,
    /// Stop what runs and what waits.
    Cancel,
    /// Look at the candidate of this rank of the selected picture.
    ChooseCandidate(usize),
    /// Count this piece of a picture's evidence, or not, and so strongly (0 to 1).
    Weigh {
        /// The picture.
        key: PictureKey,
        /// The piece.
        id: String,
        /// Whether it counts.
        on: bool,
        /// How strongly.
        strength: f64,
    },
    /// Add a piece of the user's own to this picture's evidence; one that has an id takes the place of the one of that id, and
    /// one that has none is given one.
    AddPiece(PictureKey, Box<Piece>),
    /// Take one of these away from this picture.
    DropPiece(PictureKey, String),
    /// Add this piece of the user's own to the evidence of all other pictures as well.
    SharePiece(String),
    /// Put this sign in the place of this picture's sign of its id, or add it; one that has no id is given one.
    PutSign(PictureKey, Sign),
    /// Take a sign away from this picture that was added.
    DropSign(PictureKey, String),
    /// These are the user's own clues, or why they cannot be read.
    KnowOwn(Result<Vec<ClueRecord>, Arc<OwnCluesError>>),
    /// Add a clue to the user's own, or put it in the place of the one of its id.
    PutClue(Box<ClueRecord>),
    /// Take one of these away.
    DropClue(String),
    /// Take the turn at this place, from 0, of the conversation about this picture back, and all after it, with the evidence
    /// that came of them.
    GoBack(PictureKey, usize),
    /// Something in the conversation about this picture.
    Talk(PictureKey, TalkAction),
    /// Use this model from now on; the one in use is opened again.
    ChooseModel(ModelSource),
    /// Locate the picture looked at, and all that are located from now on, with this model of this machine as well, and show
    /// what both find side by side.
    Compare(ModelSource),
    /// Compare no longer.
    LeaveComparison,
    /// Let what this model of the comparison has found stand as the selected picture's answer.
    TakeAnswer(Side),
    /// See pictures in at most so many tokens from now on, or in as many as usual.
    SeeIn(Option<usize>),
    /// Cut answers off after so many tokens from now on.
    AnswerIn(usize),
    /// Compute on this device from now on.
    ChooseDevice(DeviceChoice),
    /// Hold the model's weights in so many bits from now on.
    ChoosePrecision(Precision),
    /// Give the models' memory back, after so many minutes without work or because the user wants it now.
    Unload(Option<u32>),
    /// Give it back after so many minutes without work, or never.
    UnloadAfter(UnloadAfter),
    /// Segment with this model from the next picture on.
    ChooseSegmenter(ModelSource),
    /// Match reasons to clues with the sentence encoder in this folder from the next picture on; none for by words alone.
    ChooseEncoder(Option<PathBuf>),
    /// Light, dark, or as the system says.
    SetTheme(ThemeChoice),
    /// Draw the frames of signs on their picture, or not.
    ShowSigns(bool),
    /// Forbid, or no longer forbid, every connection.
    ForbidNetwork(bool),
    /// Fetch map tiles.
    ShowMapTiles(bool),
    /// Say something in passing.
    Tell(Remark),
    /// The notice of this number was read.
    Dismiss(u64),
    /// Look at this page of the window.
    Show(Page),
    /// Propose this folder for the next export.
    ExportedTo(PathBuf),
    /// Something upon the data set.
    Dataset(DatasetAction),
    /// Open the pictures that are selected in the data set, and locate them.
    OpenSelected,
    /// Something upon the models that lie here or could be fetched.
    Hub(HubAction),
    /// Something upon the runs that train a model.
    Training(TrainingAction),
    /// Something upon evaluations.
    Evaluation(EvaluationAction),
    /// The engine did not take this job's command.
    NotSent(JobId, Busy),
}

/// What the engine is to be asked.
#[derive(Debug, Clone)]
pub enum Request {
    /// Hand this over.
    Send(Command),
    /// Stop this job.
    Cancel(JobId),
    /// Let this job wait, or go on.
    Pause(JobId, bool),
    /// Write this to the file of the user's own clues.
    KeepClue(KnowledgeEdit),
    /// Keep the session that is open, and read this one, or begin a new one.
    ReadSession(Option<PathBuf>),
}
