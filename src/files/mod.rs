//! Files that are there whole or not at all, and files that grow line by line and are gone on with.

pub mod lines;

mod whole;

pub use whole::{write_new, write_secret, write_whole};
