//! Evaluations for people: a table on the terminal, and a page that needs nothing beside itself.

mod drawings;
mod markup;
mod page;
mod text;

pub use page::page;
pub use text::text;
