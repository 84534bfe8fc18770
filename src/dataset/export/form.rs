//! The forms in which rows of an index are handed on, and what came of it.

use std::path::PathBuf;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    /// A folder with the pictures and a manifest.
    Folder(Transfer),
    /// A manifest, which `evaluate` and `train` read where every row has a position.
    Csv,
    /// A Parquet table.
    Parquet,
    /// A Parquet table with a column of points.
    GeoParquet,
    /// The conversations that a stage of the paper is trained on, as Qwen-VL's trainer reads them.
    QwenVl(Stage),
}

/// How pictures come into a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// As files of their own.
    Copy,
    /// As further names of the same files, which take no room; as copies where the disk is another.
    Link,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportSummary {
    /// Rows written.
    pub written: u64,
    /// Rows that the form has no use for: without a country, without reasons, without a file.
    pub left_out: u64,
    /// Rows written that have no position, without which no manifest can be learned from or measured by.
    pub without_position: u64,
    /// Pictures that could not be copied.
    pub failed: Vec<NotCopied>,
}

/// A picture that could not be copied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: cannot be copied ({cause})", file.display())]
pub struct NotCopied {
    /// The picture's file.
    pub file: PathBuf,
    /// What the system says.
    pub cause: String,
}

/// What the model is to learn (GeoReasoner, figure 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Stage 1: the country and the reasons for it; rows without reasons are left out.
    Reasoning,
    /// Stage 2: country and city.
    Location,
}

impl Stage {
    /// The paper's question.
    pub fn question(self) -> &'static str {
        match self {
            Self::Reasoning => "Which country is the image located? Explain the reason.",
            Self::Location => "Which country and city is the image located?",
        }
    }
}
