//! What the engine and the picture thread say of pictures.

use std::{path::PathBuf, sync::Arc};

use super::Failure;
use crate::{
    geo::Surface,
    locatability::Score,
    model::LabelMap,
    picture::{Picture, Preview},
    predict::{Finding, Weighing, change::Change, converse::Spoken},
};

/// What is said of a picture.
#[derive(Debug, Clone)]
pub enum PictureNews {
    /// It is open.
    Opened {
        /// What is known of it.
        preview: Arc<Preview>,
        /// The same with its pixels; none once a job's pictures have filled the bytes it was given.
        picture: Option<Arc<Picture>>,
    },
    /// A picture's pixels were read again.
    Pixels(Arc<Picture>),
    /// It could not be opened; the others of its job go on.
    Failed {
        /// The picture's name, or its path where it has one.
        name: String,
        /// Its file, or the folder that was to be opened; none where it came without one.
        path: Option<PathBuf>,
        /// Why.
        failure: Arc<Failure>,
    },
    /// The model wrote something; it follows what the same job's earlier tokens said.
    Token(String),
    /// The model has answered in a conversation; it comes after the tokens, and also where the model was stopped in its words.
    Spoken {
        /// All that it said.
        spoken: Spoken,
        /// Whether it came to its end; else it was cut off, or stopped.
        is_whole: bool,
    },
    /// It is known how locatable it is.
    Locatability {
        /// Which class lies where.
        labels: Arc<LabelMap>,
        /// The score, and what it is made of.
        score: Arc<Score>,
        /// The segmenter's name.
        segmenter: String,
    },
    /// A place was found.
    Found {
        /// Where, why, and how far to believe it.
        finding: Box<Finding>,
        /// The probability over the world's cells, for the map.
        surface: Arc<Surface>,
        /// What it was weighed from; none where no place is given.
        weighing: Option<Arc<Weighing>>,
        /// How long the model took for it: without its opening, and without what reads signs and finds things.
        seconds: f64,
    },
    /// A finding was weighed anew.
    Ranked {
        /// As it is by its switches.
        finding: Box<Finding>,
        /// The probability over the world's cells, for the map.
        surface: Arc<Surface>,
    },
    /// It is known what would change where a candidate stands.
    Change {
        /// Its place in the finding's list, from 0.
        at: usize,
        /// What would.
        change: Change,
    },
}
