//! Work upon a data set: what can be asked, what is answered, and the two threads that do it. One reads, so that rows,
//! thumbnails and marks are there at once; the other does what takes long: indexing, searching for duplicates, exporting.

mod labour;
mod message;
mod reader;
mod scoring;
#[cfg(test)]
mod tests;

pub(super) use labour::DatasetLabour;
pub use message::{DatasetNews, DatasetTask, Pace, Scores, Thumbnail};
pub(super) use reader::DatasetReader;
pub(super) use scoring::score;
