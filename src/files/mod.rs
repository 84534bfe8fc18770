//! Files that are there whole or not at all, and files that grow line by line and are gone on with; where the program keeps
//! its own, and how much room a disk has.

pub mod lines;

mod disk;
mod home;
mod whole;

pub use disk::free;
pub use home::{HomeError, home};
pub use whole::{write_new, write_secret, write_whole};
