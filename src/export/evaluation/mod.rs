//! Evaluations for people: a table on the terminal, and a page that needs nothing beside itself.

mod drawings;
mod page;
mod text;

pub use page::page;
pub use text::{beside, each, text};

use crate::eval::Report;

/// The report as JSON, as it lies in the evaluation's folder.
pub fn json(report: &Report) -> String {
    format!("{:#}\n", serde_json::json!(report))
}
