//! Where the pictures of an index come from.

use std::{path::PathBuf, str::FromStr};

/// What is to be indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexSource {
    /// The pictures in a folder and in the folders within it.
    Folder(PathBuf),
    /// The pictures that a CSV table lists, with their places where it has columns for them.
    Table(PathBuf),
    /// The pictures that a text file lists, one path a line.
    List(PathBuf),
}

impl IndexSource {
    /// What a path names: a folder, a table (`.csv`) or a list.
    pub fn of(path: PathBuf) -> Self {
        if path.is_dir() {
            Self::Folder(path)
        } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
            Self::Table(path)
        } else {
            Self::List(path)
        }
    }
}

/// One part of a data set that several machines share: the pictures whose path falls to it by a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if number < of => Ok(Self { number, of }),
            _ => Err(format!("'{text}' is no part of a whole; give i/n with i from 0 to n-1, such as 0/4")),
        }
    }
}
