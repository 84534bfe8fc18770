//! What is asked on the page of data sets: what to index and how its table is to be read, which index to open, what to export
//! and how.

mod export;
mod index;
mod open;

pub use export::ExportSetForm;
pub use index::IndexForm;
pub use open::OpenForm;
