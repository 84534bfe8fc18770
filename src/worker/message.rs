//! What the window and the commands send to the engine and hear from it: plain data, a job's number on every message.
//!
//! A job of any kind has the same life: it is sent as a [`Command`], says where it stands by [`Event::Stage`], hands over
//! its room's news as they come, and closes with exactly one of [`Event::Done`], [`Event::Failed`] and [`Event::Cancelled`].

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, mpsc::SyncSender},
};

use image::RgbImage;

use super::{
    dataset::{DatasetNews, DatasetTask, Scores},
    evaluation::{EvaluationNews, EvaluationTask, Question},
    failure::Failure,
    hub::{HubNews, HubTask},
    measured::Measured,
    news::PictureNews,
    source::ModelSource,
    training::{TrainingNews, TrainingTask},
};
use crate::{
    knowledge::clues::Clues,
    model::{DeviceChoice, DeviceNote, LeftOut, LoraFacts, PictureTokens, Placed, Precision},
    picture::{Picture, Preview},
    predict::{Finding, LocateSettings, PromptNotRead, Weighing, converse::Conversation},
};

/// Which job a message belongs to; whoever sends commands counts them up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job {}", self.0)
    }
}

/// Where a picture comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum PictureSource {
    /// A file (a folder opens as the pictures that lie in it).
    Path(PathBuf),
    /// The bytes of a file that came without a path, by drop or paste.
    Bytes {
        /// What to call it.
        name: String,
        /// The encoded picture.
        bytes: Vec<u8>,
    },
    /// Bare pixels, as a clipboard hands them over.
    Pixels {
        /// What to call it.
        name: String,
        /// The picture, upright.
        pixels: RgbImage,
    },
}

/// What the engine can be asked to do.
#[derive(Debug, Clone)]
pub enum Command {
    /// Open pictures; each comes back by itself, in the order given.
    OpenPictures {
        /// The job's number.
        job: JobId,
        /// What to open.
        sources: Vec<PictureSource>,
        /// Pictures are handed over with their pixels as long as these fill no more bytes than this; those of the others
        /// are read again when they are needed.
        pixel_bytes: usize,
    },
    /// Read the pixels of an opened picture again from its file; it fails where that is not the same file any more.
    ReadPixels {
        /// The job's number.
        job: JobId,
        /// The picture.
        picture: Arc<Preview>,
    },
    /// Choose the model and the device for all that follows, and open it now. The one before is let go first.
    LoadModel {
        /// The job's number.
        job: JobId,
        /// Which model.
        source: ModelSource,
        /// Where it shall run.
        device: DeviceChoice,
        /// In how many bits its weights shall be held.
        precision: Precision,
    },
    /// Give back the memory of the models and of what helps them. What needs them afterwards opens them again.
    Unload {
        /// The job's number.
        job: JobId,
        /// Of this model alone; none for of all.
        only: Option<ModelSource>,
    },
    /// Say where a picture was taken, with the model chosen last (the starter where none was) or another; it is opened if
    /// need be, and then [`Event::ModelReady`] comes under this job. Where it does not fit beside another that is open, that
    /// one gives its memory back first, and [`Event::GaveWay`] says so.
    Locate {
        /// The job's number.
        job: JobId,
        /// The other model of a comparison, in the place of the one chosen last; on the same device, in as many bits.
        by: Option<ModelSource>,
        /// The picture.
        picture: Arc<Picture>,
        /// How to generate.
        settings: LocateSettings,
        /// What says how locatable it is.
        segmenter: ModelSource,
        /// What the reasons of the answer are held against.
        clues: Arc<Clues>,
        /// The folder of a sentence encoder that matches the reasons to clues by their meaning; none for by their words alone.
        encoder: Option<PathBuf>,
    },
    /// Let the model chosen last answer in a conversation about a picture; its words come as they are said.
    Converse {
        /// The job's number.
        job: JobId,
        /// The picture.
        picture: Arc<Picture>,
        /// What was said, and what is asked now.
        conversation: Arc<Conversation>,
        /// How to generate.
        settings: LocateSettings,
    },
    /// Weigh the evidence of a finding anew, by the switches and strengths that stand in it.
    Rank {
        /// The job's number.
        job: JobId,
        /// The finding as it shall be weighed.
        finding: Arc<Finding>,
        /// What it was weighed from.
        weighing: Arc<Weighing>,
    },
    /// Say what would change where each candidate of a finding stands; each comes by itself, in their order.
    Change {
        /// The job's number.
        job: JobId,
        /// The finding.
        finding: Arc<Finding>,
        /// What it was weighed from.
        weighing: Arc<Weighing>,
        /// What there is to look for.
        clues: Arc<Clues>,
    },
    /// Do something with the index of a data set.
    Dataset {
        /// The job's number.
        job: JobId,
        /// The index's file.
        file: PathBuf,
        /// What to do.
        task: DatasetTask,
    },
    /// Do something with the models that lie here or could be fetched.
    Hub {
        /// The job's number.
        job: JobId,
        /// What to do.
        task: HubTask,
    },
    /// Do something about runs that train a model.
    Training {
        /// The job's number.
        job: JobId,
        /// What to do.
        task: TrainingTask,
    },
    /// Do something with evaluations.
    Evaluation {
        /// The job's number.
        job: JobId,
        /// What to do.
        task: EvaluationTask,
    },
    /// Say where a picture of an evaluation was taken. It is a part of that job and closes nothing.
    Answer {
        /// The job's number.
        job: JobId,
        /// The picture, and who is asked.
        question: Box<Question>,
    },
    /// Score a batch of the pictures that a data set's job indexes. It is a part of that job and closes nothing.
    Score {
        /// The job's number.
        job: JobId,
        /// The pictures.
        pictures: Vec<Arc<Picture>>,
        /// What scores them.
        segmenter: ModelSource,
        /// Where the scores go.
        answer: SyncSender<Result<Scores, Failure>>,
    },
}

impl Command {
    /// The job that this command starts.
    pub fn job(&self) -> JobId {
        match self {
            Self::OpenPictures { job, .. }
            | Self::ReadPixels { job, .. }
            | Self::LoadModel { job, .. }
            | Self::Unload { job, .. }
            | Self::Locate { job, .. }
            | Self::Converse { job, .. }
            | Self::Rank { job, .. }
            | Self::Change { job, .. }
            | Self::Dataset { job, .. }
            | Self::Hub { job, .. }
            | Self::Training { job, .. }
            | Self::Evaluation { job, .. }
            | Self::Answer { job, .. }
            | Self::Score { job, .. } => *job,
        }
    }

    /// Whether it is a part of a job that closes elsewhere.
    pub fn is_part(&self) -> bool {
        matches!(self, Self::Score { .. } | Self::Answer { .. })
    }

    /// Whether it has something to save when it is stopped, so that it comes to its thread even then.
    pub fn ends_itself(&self) -> bool {
        matches!(self, Self::Training { task: TrainingTask::Train { .. }, .. })
    }
}

/// What a job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStage {
    /// Pictures are being opened.
    OpeningPictures,
    /// The model's weights are being read.
    ReadingModel,
    /// A server has been asked and says nothing yet.
    Asking,
    /// The picture is divided into classes of things, for its locatability.
    Segmenting,
    /// The signs in the picture are being read.
    ReadingSigns,
    /// The model looks at the picture.
    Seeing,
    /// The model writes its answer.
    Reasoning,
    /// The countries are being weighed against each other.
    Weighing,
}

/// What the window says about the model in use.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSummary {
    /// Which model is meant.
    pub source: ModelSource,
    /// Its name.
    pub name: String,
    /// The folder it was read from.
    pub directory: PathBuf,
    /// The device it runs on, in words.
    pub device: String,
    /// The number format of its weights on the device, such as `f32`.
    pub precision: String,
    /// How many parameters it has.
    pub parameters: u64,
    /// How many bytes its weights take on disk.
    pub bytes: u64,
    /// How many tokens a picture may become.
    pub picture_tokens: PictureTokens,
    /// What its memory is reckoned from; none on a server.
    pub placed: Option<Placed>,
    /// How fast it has shown itself to be there.
    pub measured: Measured,
    /// Whether it is the starter, or was trained from it: it has seen drawn streets only, and its answers need that beside them.
    pub is_starter: bool,
    /// Whether one can converse with it.
    pub converses: bool,
    /// What the user should know about it.
    pub notes: Vec<ModelNote>,
}

/// What the user should know about a model.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelNote {
    /// How its device was chosen.
    Device(DeviceNote),
    /// It runs on this server, to which each picture is sent that is located.
    Elsewhere(String),
    /// What is sent to it can be read by others on the way.
    Unencrypted,
    /// What its folder says that everyone must know.
    Caution(String),
    /// Its files do not bring all of this, and its architecture's own is used.
    LeftOut(Vec<LeftOut>),
    /// An adapter was added to it.
    Lora(LoraFacts),
    /// The file that says what it wants to be asked is not understood.
    PromptNotRead(PromptNotRead),
}

/// What the threads say: a room's news, where a job stands, or that it ended.
#[derive(Debug, Clone)]
pub enum Event {
    /// Something is to be said of a picture.
    Pictures {
        /// The job it belongs to.
        job: JobId,
        /// What.
        news: PictureNews,
    },
    /// A model is open from now on, or something more is known of it.
    ModelReady {
        /// The job it belongs to.
        job: JobId,
        /// What it is.
        model: Box<ModelSummary>,
    },
    /// Another model that was open has given its memory back to the one of this job, since both do not fit.
    GaveWay {
        /// The job it belongs to.
        job: JobId,
    },
    /// Where the job stands.
    Stage {
        /// The job it belongs to.
        job: JobId,
        /// What it is doing.
        stage: JobStage,
        /// How much of that is done, 0 to 1, where it is known.
        fraction: Option<f32>,
    },
    /// Something is to be said of a data set.
    Dataset {
        /// The job it belongs to.
        job: JobId,
        /// What.
        news: DatasetNews,
    },
    /// Something is to be said of models that lie here or could be fetched.
    Hub {
        /// The job it belongs to.
        job: JobId,
        /// What.
        news: HubNews,
    },
    /// Something is to be said of runs.
    Training {
        /// The job it belongs to.
        job: JobId,
        /// What.
        news: TrainingNews,
    },
    /// Something is to be said of evaluations.
    Evaluation {
        /// The job it belongs to.
        job: JobId,
        /// What.
        news: EvaluationNews,
    },
    /// The job closed well; nothing more comes from it.
    Done {
        /// The job that closed.
        job: JobId,
    },
    /// The job closed without a result; nothing more comes from it.
    Failed {
        /// The job that closed.
        job: JobId,
        /// Why.
        failure: Arc<Failure>,
    },
    /// The job was cancelled; nothing more comes from it.
    Cancelled {
        /// The job that closed.
        job: JobId,
    },
}

impl Event {
    /// The job that this event belongs to.
    pub fn job(&self) -> JobId {
        match self {
            Self::Pictures { job, .. }
            | Self::ModelReady { job, .. }
            | Self::GaveWay { job }
            | Self::Stage { job, .. }
            | Self::Dataset { job, .. }
            | Self::Hub { job, .. }
            | Self::Training { job, .. }
            | Self::Evaluation { job, .. }
            | Self::Done { job }
            | Self::Failed { job, .. }
            | Self::Cancelled { job } => *job,
        }
    }

    /// Whether it only says how far its job is, so that a later one makes it worthless.
    pub fn is_progress(&self) -> bool {
        let is_dataset_progress =
            |news: &DatasetNews| matches!(news, DatasetNews::Progress(_) | DatasetNews::Fraction(_));
        match self {
            Self::Stage { .. } => true,
            Self::Dataset { news, .. } => is_dataset_progress(news),
            Self::Hub { news, .. } => matches!(news, HubNews::Progress(_)),
            Self::Evaluation { news, .. } => matches!(news, EvaluationNews::Progress(_)),
            _ => false,
        }
    }

    /// Whether this is the last that is heard of its job.
    pub fn closes_job(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. } | Self::Cancelled { .. })
    }
}
