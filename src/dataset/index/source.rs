//! Where the pictures of an index come from.

use std::{
    fs,
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
};

use walkdir::WalkDir;

use super::{
    error::IndexError,
    manifest_in::manifest_in,
    meter::Meter,
    progress::{IndexObserver, IndexProgress},
    recorded::{ReadRecords, Recorded},
    shard::Shard,
    trouble::{SourceNote, Unused},
};
use crate::{
    dataset::{
        left_out::{is_hidden, is_left_out, is_scrap},
        rows,
        table::TableOptions,
    },
    picture,
};

/// So many bytes tell whether a file holds records.
const HEAD: u64 = 512;

/// A list longer than this is no list of pictures, in bytes.
const MAX_LIST_BYTES: u64 = 1 << 30;

/// What is to be indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexSource {
    /// The pictures in a folder and in the folders within it. What is hidden is left out; links are followed, but not in
    /// circles.
    Folder(PathBuf),
    /// The pictures that a table lists, with their places where it has columns for them. It is read as is said, or else as it
    /// was read before, or else as the names of its columns tell.
    Table(PathBuf, Option<TableOptions>),
    /// The pictures that records are about (JSON, JSONL, Parquet), with what these say of them.
    Records(PathBuf, TableOptions),
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
    /// Pictures in the folder that are none of the data set.
    pub left_out: u64,
    /// Rows of the table that cannot be used.
    pub bad_rows: u64,
    /// What the user should know of the source.
    pub notes: Vec<SourceNote>,
}

impl IndexSource {
    /// What a path names: a folder, a table (`.csv`, `.tsv`), records, which their first bytes tell, or a list.
    pub fn of(path: PathBuf) -> Self {
        Self::with(path, TableOptions::default())
    }

    /// The same, for a table that is to be read so. Where columns are named it is a table, whatever its ending.
    pub fn with(path: PathBuf, options: TableOptions) -> Self {
        let is_table = |ending: &std::ffi::OsStr| ["csv", "tsv"].iter().any(|known| ending.eq_ignore_ascii_case(known));
        if path.is_dir() {
            Self::Folder(path)
        } else if !path.extension().is_some_and(is_table) && is_of_records(&path) {
            Self::Records(path, options)
        } else if path.extension().is_some_and(is_table) || !options.columns.is_empty() {
            Self::Table(path, Some(options).filter(|options| *options != TableOptions::default()))
        } else {
            Self::List(path)
        }
    }

    /// The folder, table, records or list.
    pub fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::Table(path, _) | Self::Records(path, _) | Self::List(path) => path,
        }
    }

    /// The folder from which relative paths start: the one that is walked, or that the table or list lies in, or that the
    /// user names.
    pub(super) fn base(&self) -> Result<PathBuf, IndexError> {
        let whole = |path: &Path| fs::canonicalize(path).map_err(|cause| unreadable(path, cause));
        let file = whole(self.path())?;
        match self {
            Self::Folder(_) => Ok(file),
            Self::Table(_, Some(TableOptions { root: Some(root), .. }))
            | Self::Records(_, TableOptions { root: Some(root), .. }) => whole(root),
            Self::Table(..) | Self::Records(..) | Self::List(_) => Ok(file.parent().unwrap_or(&file).to_owned()),
        }
    }

    /// All pictures of the source, or of its shard, as an index with this root calls them.
    pub(super) fn list(
        &self,
        root: &Path,
        shard: Option<Shard>,
        read_records: Option<ReadRecords>,
        meter: &mut Meter<'_>,
    ) -> Result<Listing, IndexError> {
        let base = self.base()?;
        let mut listing = Listing { pictures: Vec::new(), folder: None, left_out: 0, bad_rows: 0, notes: Vec::new() };
        let mut pictures = Vec::new();
        let mut find = |file: PathBuf, label: Option<String>, meter: &mut Meter<'_>| match key_of(root, &file) {
            Some(key) if shard.is_none_or(|shard| shard.holds(&key)) => {
                pictures.push(Found { key, label });
                meter.found();
            }
            Some(_) => {}
            None => meter.warn(&file, &Unused::NoUnicode),
        };
        match self {
            Self::Folder(folder) => {
                listing.left_out = walk(&base, meter, &mut find)?;
                listing.notes.extend(manifest_in(folder).map(SourceNote::TableInFolder));
                listing.folder = Some(base);
            }
            Self::Table(file, options) => {
                let options = TableOptions { root: Some(base), ..options.clone().unwrap_or_default() };
                let list = rows::list(file, &options)?;
                let note = |column| SourceNote::UnusedPosition { table: file.clone(), column };
                listing.notes.extend(list.unused_positions.into_iter().map(note));
                listing.bad_rows = list.bad.len() as u64;
                for bad in list.bad {
                    meter.warn(file, &bad.into());
                }
                for line in list.pictures {
                    let label = line.label.to_json();
                    find(line.path, label, meter);
                }
            }
            Self::Records(file, options) => {
                let read = read_records.ok_or_else(|| IndexError::Records(file.clone()))?;
                let recorded = read(file, options, &|| !meter.is_cancelled()).map_err(IndexError::NotRecorded)?;
                let Some(Recorded { pictures: recorded, bad }) = recorded else { return Ok(listing) };
                listing.bad_rows = bad.len() as u64;
                for bad in bad {
                    meter.warn(file, &Unused::Record(bad));
                }
                for (path, label) in recorded {
                    // Pictures that lay inside the file lie in the program's own folder; the others are named from the base.
                    find(base.join(path), label.to_json(), meter);
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
        let nothing_there = listing.folder.is_none() && !pictures.iter().any(|found| root.join(&found.key).exists());
        // A shard may well be empty; a source is not.
        if nothing_there && shard.is_none() {
            return Err(IndexError::NoPictures(self.path().to_owned()));
        }
        meter.set_found(pictures.len());
        Ok(Listing { pictures, ..listing })
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

/// The pictures in a folder and in the folders within it, as an index of it would have them, below the folder's whole path,
/// and a line for each folder that cannot be read.
pub(in crate::dataset) fn pictures_in(folder: &Path) -> Result<(Vec<PathBuf>, Vec<String>), IndexError> {
    let mut unread = Unread::default();
    let source = IndexSource::Folder(folder.to_owned());
    let base = source.base()?;
    let listing = source.list(&base, None, None, &mut Meter::new(&mut unread))?;
    Ok((listing.pictures.into_iter().map(|found| base.join(found.key)).collect(), unread.0))
}

/// Remembers what could not be read.
#[derive(Default)]
struct Unread(Vec<String>);

impl IndexObserver for Unread {
    fn progress(&mut self, _: &IndexProgress) {}

    fn failed(&mut self, path: &Path, why: &Unused) {
        self.0.push(format!("{}: {why}", path.display()));
    }

    fn is_cancelled(&self) -> bool {
        false
    }

    fn is_paused(&self) -> bool {
        false
    }
}

/// Goes through a folder; what cannot be entered is said, and the rest goes on. Gives the number of pictures left out.
fn walk(
    folder: &Path,
    meter: &mut Meter<'_>,
    find: &mut impl FnMut(PathBuf, Option<String>, &mut Meter<'_>),
) -> Result<u64, IndexError> {
    let mut left_out = 0;
    let mut entries = WalkDir::new(folder).follow_links(true).into_iter();
    while let Some(entry) = entries.next() {
        if meter.is_cancelled() {
            break;
        }
        match entry {
            Ok(entry) if entry.depth() == 0 => {}
            Ok(entry) if entry.file_type().is_dir() && is_left_out(&entry) => {
                left_out += n_pictures(entry.path());
                entries.skip_current_dir();
            }
            Ok(entry) if entry.file_type().is_dir() && is_hidden(&entry) => entries.skip_current_dir(),
            Ok(entry) if !entry.file_type().is_file() || !picture::is_named_as_picture(entry.path()) => {}
            Ok(entry) if is_hidden(&entry) => left_out += u64::from(is_scrap(&entry)),
            Ok(entry) => find(entry.into_path(), None, meter),
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let cause = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                if path == folder {
                    return Err(unreadable(folder, cause));
                }
                meter.warn(&path, &Unused::Folder(cause));
            }
        }
    }
    Ok(left_out)
}

fn n_pictures(folder: &Path) -> u64 {
    let files = WalkDir::new(folder).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    files.filter(|entry| picture::is_named_as_picture(entry.path())).count() as u64
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

/// Whether a file is a list of records as JSON, a record a line, or Parquet, by its first bytes.
fn is_of_records(file: &Path) -> bool {
    let mut bytes = Vec::new();
    // A pipe would keep whoever asks for its first bytes waiting.
    let is_file = fs::metadata(file).is_ok_and(|about| about.is_file());
    let head = is_file.then(|| fs::File::open(file).ok()).flatten().map(|file| file.take(HEAD).read_to_end(&mut bytes));
    if head.is_none_or(|read| read.is_err()) {
        return false;
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii_start();
    let after = |bracket: &[u8]| text.strip_prefix(bracket).map(<[u8]>::trim_ascii_start);
    let is_list = after(b"[").is_some_and(|rest| rest.starts_with(b"{"));
    let is_record = after(b"{").is_some_and(|rest| rest.starts_with(b"\""));
    bytes.starts_with(b"PAR1") || is_list || is_record
}

fn unreadable(path: &Path, cause: io::Error) -> IndexError {
    IndexError::Source { path: path.to_owned(), cause }
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
    fn records_are_told_from_a_list_of_paths_by_their_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records.json");
        for text in ["[\n {\"image\": \"a.jpg\"}]", "{\"image\": \"a.jpg\"}\n{\"image\": \"b.jpg\"}", "PAR1\0"] {
            fs::write(&file, text).unwrap();
            assert!(matches!(IndexSource::of(file.clone()), IndexSource::Records(..)), "{text}");
        }
        fs::write(&file, "[2024] a.jpg\n{b}.jpg\n").unwrap();
        assert!(matches!(IndexSource::of(file), IndexSource::List(_)), "a path may begin so");
    }
}
