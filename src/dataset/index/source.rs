//! Where the pictures of an index come from.

use std::{
    fs,
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
    str::FromStr,
};

use sha2::{Digest as _, Sha256};
use walkdir::{DirEntry, WalkDir};

use super::{IndexError, meter::Meter};
use crate::{
    dataset::manifest::{self, Label},
    picture,
};

/// A list longer than this is no list of pictures, in bytes.
const MAX_LIST_BYTES: u64 = 1 << 30;

/// What is to be indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexSource {
    /// The pictures in a folder and in the folders within it. What is hidden is left out; links are followed, but not in
    /// circles.
    Folder(PathBuf),
    /// The pictures that a CSV table lists, with their places where it has columns for them.
    Table(PathBuf),
    /// The pictures that a text file lists, one path a line.
    List(PathBuf),
}

/// One picture of a source.
#[derive(Debug)]
pub(super) struct Found {
    /// What the index calls it: its path from the index's root, with `/`, or the whole path where it lies elsewhere.
    pub key: String,
    /// What a table says of it, as JSON.
    pub label: Option<String>,
}

/// The pictures of a source.
#[derive(Debug)]
pub(super) struct Listing {
    /// By key, each once.
    pub pictures: Vec<Found>,
    /// The folder that was walked, if it was one: what it no longer holds is gone.
    pub folder: Option<PathBuf>,
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

    /// The folder, table or list.
    pub fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::Table(path) | Self::List(path) => path,
        }
    }

    /// The folder from which relative paths start: the one that is walked, or that the table or list lies in.
    pub(super) fn base(&self) -> Result<PathBuf, IndexError> {
        let whole = fs::canonicalize(self.path()).map_err(|cause| unreadable(self.path(), cause))?;
        Ok(match self {
            Self::Folder(_) => whole,
            Self::Table(_) | Self::List(_) => whole.parent().unwrap_or(&whole).to_owned(),
        })
    }

    /// All pictures of the source, or of its shard, as an index with this root calls them.
    pub(super) fn list(&self, root: &Path, shard: Option<Shard>, meter: &mut Meter<'_>) -> Result<Listing, IndexError> {
        let base = self.base()?;
        let mut pictures = Vec::new();
        let mut find = |file: PathBuf, label: Option<String>, meter: &mut Meter<'_>| match key_of(root, &file) {
            Some(key) if shard.is_none_or(|shard| shard.holds(&key)) => {
                pictures.push(Found { key, label });
                meter.found();
            }
            Some(_) => {}
            None => meter.warn(&file, "its name is not Unicode; rename it"),
        };
        match self {
            Self::Folder(_) => walk(&base, meter, &mut find)?,
            Self::Table(file) => {
                let named = base.join(file.file_name().unwrap_or_default());
                for line in manifest::list(&named)? {
                    let label = (line.label != Label::default()).then(|| serde_json::to_string(&line.label));
                    // Labels have text keys and finite numbers, so they always have a JSON form.
                    find(line.path, label.and_then(Result::ok), meter);
                }
            }
            Self::List(file) => {
                let text = read_list(file)?;
                for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                    find(base.join(line), None, meter);
                }
            }
        }
        pictures.sort_by(|a, b| a.key.cmp(&b.key));
        pictures.dedup_by(|a, b| a.key == b.key);
        let is_list = !matches!(self, Self::Folder(_));
        let nothing_there = is_list && !pictures.iter().any(|picture| root.join(&picture.key).exists());
        // A shard may well be empty; a source is not.
        if nothing_there && shard.is_none() {
            return Err(IndexError::NoPictures(self.path().to_owned()));
        }
        meter.set_found(pictures.len());
        Ok(Listing { pictures, folder: (!is_list).then_some(base) })
    }
}

/// What an index with this root calls a file; none where the name is not Unicode.
pub(super) fn key_of(root: &Path, file: &Path) -> Option<String> {
    // Going through the parts takes out the `.` of `./a.jpg`.
    let file: PathBuf = file.components().collect();
    let leads_out = |inside: &Path| inside.components().any(|part| part == Component::ParentDir);
    match file.strip_prefix(root) {
        Ok(inside) if !root.as_os_str().is_empty() && !leads_out(inside) => {
            let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
            Some(parts?.join("/"))
        }
        _ => file.to_str().map(str::to_owned),
    }
}

/// Goes through a folder; what cannot be entered is said, and the rest goes on.
fn walk(
    folder: &Path,
    meter: &mut Meter<'_>,
    find: &mut impl FnMut(PathBuf, Option<String>, &mut Meter<'_>),
) -> Result<(), IndexError> {
    let entries = WalkDir::new(folder).follow_links(true).into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
        if meter.is_cancelled() {
            break;
        }
        match entry {
            Ok(entry) if entry.file_type().is_file() && picture::is_named_as_picture(entry.path()) => {
                find(entry.into_path(), None, meter);
            }
            Ok(_) => {}
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let cause = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                if path == folder {
                    return Err(unreadable(folder, cause));
                }
                meter.warn(&path, &format!("cannot be read ({cause}); check its permissions"));
            }
        }
    }
    Ok(())
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn read_list(file: &Path) -> Result<String, IndexError> {
    let no_list = || IndexError::NoList(file.to_owned());
    let mut bytes = Vec::new();
    let opened = fs::File::open(file).map_err(|cause| unreadable(file, cause))?;
    opened.take(MAX_LIST_BYTES + 1).read_to_end(&mut bytes).map_err(|cause| unreadable(file, cause))?;
    if bytes.len() as u64 > MAX_LIST_BYTES || bytes.contains(&0) {
        return Err(no_list());
    }
    String::from_utf8(bytes).map_err(|_not_text| no_list())
}

fn unreadable(path: &Path, cause: io::Error) -> IndexError {
    IndexError::Source { path: path.to_owned(), cause }
}

/// One part of a data set that several machines share: the pictures whose path falls to it by a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl Shard {
    /// Whether the picture that an index calls so falls to this part: the same on every machine and in every version.
    pub(super) fn holds(self, key: &str) -> bool {
        let digest = Sha256::digest(key);
        let number = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.of) == u64::from(self.number)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_relative_inside_the_root_and_whole_outside() {
        let root = Path::new("/data/set");
        assert_eq!(key_of(root, Path::new("/data/set/./a/b.jpg")).as_deref(), Some("a/b.jpg"));
        assert_eq!(key_of(root, Path::new("/data/other/b.jpg")).as_deref(), Some("/data/other/b.jpg"));
        assert_eq!(key_of(root, Path::new("/data/set/../b.jpg")).as_deref(), Some("/data/set/../b.jpg"));
        assert_eq!(key_of(Path::new(""), Path::new("/data/b.jpg")).as_deref(), Some("/data/b.jpg"));
    }

    #[test]
    fn every_picture_falls_to_one_shard_and_they_are_of_a_size() {
        let mut sizes = [0; 3];
        for number in 0..3000 {
            let key = format!("pictures/{number:06}.png");
            let holders: Vec<u32> = (0..3).filter(|&number| Shard { number, of: 3 }.holds(&key)).collect();
            assert_eq!(holders.len(), 1);
            sizes[holders[0] as usize] += 1;
        }
        assert!(sizes.iter().all(|size| (900..1100).contains(size)), "{sizes:?}");
    }

    #[test]
    fn a_shard_is_a_part_of_a_whole() {
        assert_eq!("2/3".parse(), Ok(Shard { number: 2, of: 3 }));
        for wrong in ["", "1", "3/3", "-1/2", "0/0", "1/2/3", "a/b"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
