//! What can be asked of evaluations, and what is answered.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc::SyncSender},
};

use crate::{
    eval::{Answer, Difference, EvalConfig, Report},
    geo::LatLon,
    knowledge::clues::Clues,
    model::{DeviceChoice, LoraFacts, Precision},
    picture::Picture,
    predict::LocateSettings,
    worker::{Failure, ModelSource},
};

/// What can be done with evaluations.
#[derive(Debug, Clone)]
pub enum EvaluationTask {
    /// Ask the models for the pictures that have no answer yet, and report.
    Run {
        /// Which models, which pictures, and where the results lie.
        config: Box<EvalConfig>,
        /// What says how locatable the pictures are.
        segmenter: ModelSource,
        /// What the reasons of answers are held against.
        clues: Arc<Clues>,
        /// The folder of a sentence encoder that matches them by their meaning.
        encoder: Option<PathBuf>,
        /// Where the models shall lie, and in how many bits; none for where the user's own lies.
        place: Option<(DeviceChoice, Precision)>,
    },
    /// Say which evaluations lie in this folder.
    List(PathBuf),
    /// Read the evaluation in this folder.
    Open(PathBuf),
    /// Hold the evaluations in these two folders against each other.
    Compare(PathBuf, PathBuf),
    /// Delete the evaluation in this folder.
    Remove(PathBuf),
}

impl EvaluationTask {
    /// Whether it is done at once.
    pub fn is_short(&self) -> bool {
        !matches!(self, Self::Run { .. })
    }
}

/// One picture, and who is to say where it was taken.
#[derive(Debug, Clone)]
pub struct Question {
    /// Who.
    pub model: ModelSource,
    /// Where the model shall lie, and in how many bits; none for where the user's own lies.
    pub place: Option<(DeviceChoice, Precision)>,
    /// The picture.
    pub picture: Arc<Picture>,
    /// How to generate.
    pub settings: LocateSettings,
    /// What says how locatable it is.
    pub segmenter: ModelSource,
    /// What the reasons of the answer are held against.
    pub clues: Arc<Clues>,
    /// The folder of what matches them by their meaning.
    pub encoder: Option<PathBuf>,
    /// Where the answer goes.
    pub answer: SyncSender<Result<Answer, Failure>>,
}

/// What is said of evaluations.
#[derive(Debug, Clone)]
pub enum EvaluationNews {
    /// How far a run is.
    Progress(EvaluationProgress),
    /// A picture failed alone, for this reason.
    Failed {
        /// Its name.
        picture: String,
        /// Why, in a line.
        error: String,
    },
    /// An adapter holds what its model has no layer for.
    Unmatched(LoraFacts),
    /// A run came to its end, or a kept evaluation was read.
    Opened(Arc<Evaluated>),
    /// Two evaluations were held against each other.
    Compared(Comparison),
    /// These lie there, the latest first.
    Kept(Vec<KeptEvaluation>),
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationProgress {
    /// The model that answers, from 0.
    pub model: usize,
    /// Answers that there are, of all models.
    pub done: usize,
    /// Answers that there will be.
    pub all: usize,
    /// How many pictures failed in this run.
    pub failed: usize,
    /// What the last one was called.
    pub picture: String,
    /// How long it will take, going by the answers of this run.
    pub seconds_left: Option<f64>,
}

/// An evaluation that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptEvaluation {
    /// Where it lies.
    pub folder: PathBuf,
    /// What was asked for.
    pub config: EvalConfig,
    /// What was found; none where it was broken off.
    pub report: Option<Arc<Report>>,
}

/// Two evaluations held against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The folders of the one and of the other.
    pub folders: [PathBuf; 2],
    /// How each model of the second differs from each of the first; none where they are of other pictures.
    pub differences: Option<Vec<Difference>>,
}

/// A whole evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// Where it lies.
    pub folder: PathBuf,
    /// What was found.
    pub report: Report,
    /// Of each model, how far off each picture is that has a place.
    pub errors: Vec<Vec<ErrorLine>>,
    /// The kilometres of those, the shortest first.
    pub sorted_km: Vec<Vec<f64>>,
}

impl Evaluated {
    /// What was found, and how far off each picture of each model is.
    pub fn new(folder: PathBuf, report: Report, errors: Vec<Vec<ErrorLine>>) -> Self {
        let sorted = |errors: &Vec<ErrorLine>| {
            let mut km: Vec<f64> = errors.iter().map(|error| error.km).collect();
            km.sort_by(f64::total_cmp);
            km
        };
        let sorted_km = errors.iter().map(sorted).collect();
        Self { folder, report, errors, sorted_km }
    }
}

/// From where a picture was taken to where it was said to be.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorLine {
    /// What the picture is called.
    pub picture: String,
    /// Where it was taken.
    pub truth: LatLon,
    /// The first place offered.
    pub said: LatLon,
    /// How far that is.
    pub km: f64,
}
