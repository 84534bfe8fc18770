//! Why a job, or one picture of it, came to nothing: the thing and the cause, for whoever is to say it.

use std::{io, path::PathBuf};

use crate::{
    assets::AssetError,
    dataset::{IndexError, export::ExportError},
    eval::EvalError,
    hub::HubError,
    model::{DeviceError, ModelError},
    picture::PictureError,
    predict::LocateError,
    server::ServerError,
    train::{Lower, TrainError},
};

/// Why a job, or one picture of it, came to nothing. As text it is one line that names the thing and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A picture cannot be opened.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The file of an open picture is another by now.
    #[error("{}: the file has changed since it was opened; open it again to see it as it is now", .0.display())]
    Changed(PathBuf),
    /// An open picture has no file to be read again from.
    #[error("{0}: it has no file any more")]
    NoFile(String),
    /// A folder cannot be read.
    #[error("{}: the folder cannot be read ({cause}); check its permissions", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A folder has no picture in it.
    #[error("{}: the folder holds no picture; choose one that does", .0.display())]
    NoPicture(PathBuf),
    /// A picture that came without a file could not be given one.
    #[error("{name}: cannot be kept ({cause}); save it as a file and open that")]
    NotKept {
        /// What the picture is called.
        name: String,
        /// What the system says.
        cause: io::Error,
    },
    /// A model that the program ships cannot be laid out.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// No compute device can be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A model cannot be opened.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A server was named for something that it does not do.
    #[error("a server answers in the place of a model and does nothing else; name a folder of this machine")]
    OnlyAnswers,
    /// A server that stands in for the model does not answer.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A model is larger than the memory of its device.
    #[error(
        "{}: it takes {:.1} GB of memory and {device} has {:.1} GB; choose a smaller or a packed (GGUF) model, or another \
         device", model.display(), *needed as f64 / 1e9, *all as f64 / 1e9
    )]
    DoesNotFit {
        /// The model's folder or file.
        model: PathBuf,
        /// The device.
        device: String,
        /// Bytes that it takes.
        needed: u64,
        /// Bytes that there are.
        all: u64,
    },
    /// A model cannot be fetched, brought in, checked or taken away.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The model could not go on with a picture.
    #[error("{picture}: {error}")]
    Locate {
        /// What the picture is called.
        picture: String,
        /// Why.
        error: LocateError,
    },
    /// The model in use answers one question only.
    #[error(
        "{0} answers its one question only and cannot converse: choose the folder of a model that can, such as \
         GLOBE-Qwen2.5VL-7B"
    )]
    CannotConverse(String),
    /// There is no place for an index.
    #[error("{}: cannot be made ({cause})", file.display())]
    IndexPlace {
        /// The index's file.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// An index cannot be used.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Rows cannot be handed on.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A run cannot begin or go on.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A run needs more memory than its device has.
    #[error(
        "this run takes about {:.1} GB of memory and {device} has {:.1} GB: {lower}", *needed as f64 / 1e9, *all as f64 / 1e9
    )]
    RunTooLarge {
        /// The device.
        device: String,
        /// Bytes that it takes.
        needed: u64,
        /// Bytes that there are.
        all: u64,
        /// What to lower.
        lower: Lower,
    },
    /// The run in a folder cannot be taken away.
    #[error("{}: the run that is there cannot be replaced ({cause}); name another folder", folder.display())]
    RunPlace {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// One run goes on, and another was to begin.
    #[error("a run is going on: save and stop it first")]
    RunsAlready,
    /// No run goes on whose model could be tried.
    #[error("no run is going on")]
    NoRun,
    /// An evaluation cannot begin or go on.
    #[error(transparent)]
    Evaluation(#[from] EvalError),
    /// Too much waits.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// A fault of the program's own; these are the words of the panic.
    #[error("something went wrong inside ({0}); what was open for it is opened anew at its next use")]
    Inside(String),
    /// A command came to a thread that does not do such work.
    #[error("a command came to a thread that does no such work")]
    Misdirected,
}

/// What the system says has no equality of its own, so two failures are the same that have the same form for debugging.
impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// The engine has as many commands waiting as it takes; try again when it has closed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine has too much waiting; try again when a job has ended")]
pub struct Busy;
