//! Labelled examples to learn from, out of whatever form people have them in: a picture's file, what is said of it, and
//! the conversation about it where the source has one.
//!
//! A [`Source`] is a folder, a table, an index, or records as JSON, JSONL or Parquet, with conversations or without. Its
//! kind is told from its first bytes. [`Source::read`] gives what can be used beside what cannot, and opens no picture
//! but those of a folder, for their metadata. Pictures that lie inside a Parquet file are laid out as files first, once.

mod conversation;
mod error;
mod folder;
mod inside;
mod json;
mod parquet;
mod record;
mod source;
#[cfg(test)]
mod tests;
mod unpacked;
#[cfg(test)]
mod unpacked_tests;

use std::path::PathBuf;

pub use error::{BadExample, RecordProblem, SourceError};
pub use source::{Source, SourceKind};
pub use unpacked::Unpacking;

use super::{label::Label, rows::Listed};
use crate::picture::{Picture, PictureError};

/// A picture's file and what is to be learned from it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Example {
    /// The picture's file, ready to be opened.
    pub path: PathBuf,
    /// The path as the source has it, by which reports name the picture.
    pub name: String,
    /// What the source says of the picture.
    pub label: Label,
    /// The conversation about the picture, in its order; empty where the source has none.
    pub turns: Vec<Turn>,
}

impl Example {
    /// Opens its picture.
    pub fn open(&self) -> Result<Picture, PictureError> {
        Picture::open(&self.path)
    }
}

impl From<Listed> for Example {
    fn from(Listed { path, name, label }: Listed) -> Self {
        Self { path, name, label, turns: Vec::new() }
    }
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Turn {
    /// What is asked, without the marks that stand for the picture.
    pub asked: String,
    /// What is to be learned as the answer.
    pub answered: String,
}

/// What a source holds.
#[derive(Debug, Default)]
pub struct Examples {
    /// What can be used, in the source's order.
    pub examples: Vec<Example>,
    /// What cannot.
    pub bad: Vec<BadExample>,
}
