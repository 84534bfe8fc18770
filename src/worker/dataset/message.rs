//! What can be asked of an index, and what is answered.

use std::{path::PathBuf, sync::Arc};

use image::RgbImage;

use crate::{
    dataset::{
        IndexProgress, IndexSource, IndexSummary, Row, RowId,
        export::{ExportForm, ExportSummary},
    },
    worker::ModelSource,
};

/// What can be done with an index.
#[derive(Debug, Clone)]
pub enum DatasetTask {
    /// Read all rows.
    Open,
    /// Bring the index up to date with a source; it is made where there is none.
    Index {
        /// Where the pictures come from.
        source: IndexSource,
        /// What scores them.
        segmenter: ModelSource,
    },
    /// Decode thumbnails.
    Thumbnails(Vec<RowId>),
    /// Mark pictures as checked, or not.
    Check {
        /// Which.
        ids: Vec<RowId>,
        /// Whether they are.
        checked: bool,
    },
    /// Find pictures that look nearly the same.
    FindDuplicates,
    /// Write rows for other programs.
    Export {
        /// Which.
        ids: Vec<RowId>,
        /// How.
        form: ExportForm,
        /// Where to.
        out: PathBuf,
        /// Whether a file that is there may be replaced: the user was asked.
        replaces: bool,
    },
}

/// How long a task takes, which says where it is done and what goes before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// At once: the thread that reads does it.
    Short,
    /// Long, in one go.
    Long,
    /// Long, and step by step: it lets what came later go first.
    Steps,
}

impl DatasetTask {
    /// How long it takes.
    pub fn pace(&self) -> Pace {
        match self {
            Self::Open | Self::Thumbnails(_) | Self::Check { .. } => Pace::Short,
            Self::FindDuplicates | Self::Export { .. } => Pace::Long,
            Self::Index { .. } => Pace::Steps,
        }
    }
}

/// What is said of an index.
#[derive(Debug, Clone)]
pub enum DatasetNews {
    /// The index is open: these are all of its rows.
    All {
        /// The folder that relative paths start from.
        root: PathBuf,
        /// The rows, in the order in which they came.
        rows: Vec<Row>,
    },
    /// These rows are new, or changed.
    Changed {
        /// The folder that relative paths start from.
        root: PathBuf,
        /// The rows.
        rows: Vec<Row>,
    },
    /// How far an indexing is.
    Progress(IndexProgress),
    /// What an indexing did.
    Indexed(IndexSummary),
    /// Thumbnails, in the order asked for.
    Thumbnails(Vec<Thumbnail>),
    /// Groups of pictures that look nearly the same.
    Duplicates(Vec<Vec<RowId>>),
    /// How much of a long work is done, 0 to 1.
    Fraction(f32),
    /// What an export has written, and where.
    Exported(ExportSummary, PathBuf),
}

/// A picture made small.
#[derive(Debug, Clone)]
pub struct Thumbnail {
    /// Whose it is.
    pub id: RowId,
    /// The pixels; none where the picture could not be read.
    pub pixels: Option<Arc<RgbImage>>,
}

/// What the engine thread answers to a batch.
#[derive(Debug, Clone)]
pub struct Scores {
    /// Who scored.
    pub scorer: String,
    /// How many pictures it takes best at once.
    pub batch_size: usize,
    /// A score, or the reason why there is none, for each picture.
    pub scores: Vec<Result<f64, String>>,
}
