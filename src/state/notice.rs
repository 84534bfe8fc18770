//! What the program says in passing, as codes with their arguments: the window has the sentences.

use std::{path::PathBuf, sync::Arc};

use super::NoModel;
use crate::{
    assets::OwnCluesError,
    dataset::{IndexSummary, export::ExportSummary},
    geo::{RegionError, RegionFileError},
    worker::{Failure, ModelSource},
};

/// Something said in passing, until it is dismissed.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its number, for dismissing it.
    pub number: u64,
    /// What is said.
    pub remark: Remark,
}

/// How grave a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Good to know.
    Info,
    /// Something did not work.
    Error,
}

/// What can be said in passing.
#[derive(Debug, Clone, PartialEq)]
pub enum Remark {
    /// The picture of this name is open already.
    IsOpen(String),
    /// The file of this name has changed since the session was kept.
    HasChanged(String),
    /// Of what was selected, more is not opened at once.
    FirstOpened {
        /// So many are opened.
        n_opened: usize,
        /// So many are selected and left out.
        n_left_out: usize,
    },
    /// A job that opens pictures ended before its time.
    OpeningFailed(Arc<Failure>),
    /// The model that was chosen is not taken; the one before stays in use.
    ModelNotTaken(NoModel),
    /// A model was to be compared with itself, or with one that does not run on this machine.
    NotCompared,
    /// Evidence that the user switched could not be weighed.
    NotRanked(Arc<Failure>),
    /// One long work with the data set goes on, and another has to wait.
    DatasetBusy,
    /// What an indexing did.
    Indexed(IndexSummary),
    /// What an export wrote, and where.
    Exported(ExportSummary, PathBuf),
    /// A job about the data set failed.
    DatasetFailed(Arc<Failure>),
    /// One evaluation goes on, and another has to wait.
    EvaluationBusy,
    /// An evaluation failed, or a kept one cannot be read.
    EvaluationFailed(Arc<Failure>),
    /// The network is forbidden, and a model was to be fetched.
    NetworkForbidden,
    /// A model of this name is here now.
    ModelArrived(String),
    /// Something with models did not work.
    ModelsFailed(Arc<Failure>),
    /// A run goes on, and another was to begin.
    RunGoesOn,
    /// The model of a run that goes on is the one in use from now on.
    ModelTried {
        /// What the run is called.
        run: String,
        /// After how many steps.
        step: u64,
        /// The one in use before, if it was not of the same run.
        before: Option<ModelSource>,
    },
    /// Something with a run did not work.
    TrainingFailed(Arc<Failure>),
    /// The engine has too much waiting.
    Busy,
    /// An answer lies on the clipboard.
    AnswerCopied,
    /// A run's report lies there.
    ReportCopied,
    /// An answer was written to this file.
    AnswerWritten(PathBuf),
    /// The report of an evaluation was written to this file.
    ReportWritten(PathBuf),
    /// A training file was written to this file.
    RecipeWritten(PathBuf),
    /// A picture with the colours of its classes was written to this file.
    ColoursWritten(PathBuf),
    /// Where a picture's locatability comes from is not kept with a session.
    ColoursNotKept,
    /// The segmenter in use does not know pictures of this kind, so there is nothing to show.
    NoColours,
    /// A file was not written.
    NotWritten(PathBuf, NotWritten),
    /// A file of areas gives none.
    AreaNotRead(RegionFileError),
    /// What was drawn is no area.
    AreaRefused(RegionError),
    /// An area came and there is no picture whose evidence it could be.
    AreaOfNothing,
    /// The user's own clues were not written.
    CluesNotKept(Arc<OwnCluesError>),
    /// The session was not written, for what the system says.
    SessionNotKept(String),
    /// A session's file is not opened.
    SessionNotRead(PathBuf, NotRead),
    /// The settings could not be read, so connections are forbidden.
    SettingsNotRead {
        /// What is wrong with them.
        cause: String,
        /// Where they lie now; or why they could not be set aside.
        aside: Result<PathBuf, String>,
    },
}

/// Why a file was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotWritten {
    /// One is there, which nobody has said may be replaced.
    IsThere,
    /// The system says this.
    Refused(String),
}

/// Why a session's file is not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRead {
    /// Another window of the program keeps it.
    Taken,
    /// It is too large to be one.
    TooLarge,
    /// A later version of the program wrote it.
    Newer,
    /// It is damaged, or the system says this.
    Unreadable(String),
}

impl Remark {
    /// How grave it is.
    pub fn kind(&self) -> NoticeKind {
        match self {
            Self::IsOpen(_)
            | Self::HasChanged(_)
            | Self::FirstOpened { .. }
            | Self::Indexed(_)
            | Self::Exported(..)
            | Self::ModelArrived(_)
            | Self::ModelTried { .. }
            | Self::AnswerCopied
            | Self::ReportCopied
            | Self::AnswerWritten(_)
            | Self::ReportWritten(_)
            | Self::RecipeWritten(_)
            | Self::ColoursWritten(_)
            | Self::NoColours
            | Self::ColoursNotKept => NoticeKind::Info,
            Self::OpeningFailed(_)
            | Self::ModelNotTaken(_)
            | Self::NotCompared
            | Self::NotRanked(_)
            | Self::DatasetBusy
            | Self::DatasetFailed(_)
            | Self::EvaluationBusy
            | Self::EvaluationFailed(_)
            | Self::NetworkForbidden
            | Self::ModelsFailed(_)
            | Self::RunGoesOn
            | Self::TrainingFailed(_)
            | Self::Busy
            | Self::NotWritten(..)
            | Self::AreaNotRead(_)
            | Self::AreaRefused(_)
            | Self::AreaOfNothing
            | Self::CluesNotKept(_)
            | Self::SessionNotKept(_)
            | Self::SessionNotRead(..)
            | Self::SettingsNotRead { .. } => NoticeKind::Error,
        }
    }
}
