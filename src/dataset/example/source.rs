//! Where examples come from, and which form that is.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{BadExample, Example, Examples, SourceError, Unpacking, folder, json, parquet, record::Records};
use crate::dataset::{
    Index, manifest_in,
    rows::{self, List},
    table::{ColumnChoice, TableOptions},
};

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A folder: its table where it has one that says where its pictures were taken, else its pictures and their
    /// metadata.
    Folder,
    /// A table, however it is separated.
    Table,
    /// A list of records as JSON, or a record a line (JSONL).
    Json,
    /// Records as Parquet.
    Parquet,
    /// An index of this program's.
    Index,
}

/// Where examples come from. In a file it is written as a path, or as a table with the path and what else is said of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Source {
    /// The file or folder.
    pub path: PathBuf,
    /// What it is; told from its first bytes where nothing is said.
    pub kind: Option<SourceKind>,
    /// Columns, or fields of records, that the user names.
    pub columns: ColumnChoice,
    /// Where relative paths start from; the source's own folder where nothing is said.
    pub root: Option<PathBuf>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Path(PathBuf),
    Whole(Whole),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    path: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<SourceKind>,
    #[serde(default, skip_serializing_if = "ColumnChoice::is_empty")]
    columns: ColumnChoice,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<PathBuf>,
}

impl From<Written> for Source {
    fn from(written: Written) -> Self {
        match written {
            Written::Path(path) => Self::at(path),
            Written::Whole(Whole { path, kind, columns, root }) => Self { path, kind, columns, root },
        }
    }
}

impl From<Source> for Written {
    fn from(source: Source) -> Self {
        let Source { path, kind, columns, root } = source;
        if kind.is_none() && columns.is_empty() && root.is_none() {
            return Self::Path(path);
        }
        Self::Whole(Whole { path, kind, columns, root })
    }
}

impl Source {
    /// A source of which nothing is said but where it is.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Takes relative paths from this folder.
    pub fn start_from(&mut self, folder: &Path) {
        self.path = folder.join(&self.path);
        self.root = self.root.as_ref().map(|root| folder.join(root));
    }

    /// What it is, as is said or as its first bytes tell.
    pub fn kind(&self) -> Result<SourceKind, SourceError> {
        match self.kind {
            Some(kind) => Ok(kind),
            None if self.path.is_dir() => Ok(SourceKind::Folder),
            None => told_by(&self.path),
        }
    }

    /// Its examples. An error says that there is none that can be used.
    pub fn read(&self) -> Result<Examples, SourceError> {
        self.read_with(&Unpacking::default())
    }

    /// Its examples, with what lies inside its file laid out so.
    pub fn read_with(&self, unpacking: &Unpacking<'_>) -> Result<Examples, SourceError> {
        let kind = self.kind()?;
        let options = TableOptions { columns: self.columns.clone(), root: self.root.clone() };
        if matches!(kind, SourceKind::Index) && options != TableOptions::default() {
            return Err(SourceError::NoColumns(self.path.clone()));
        }
        let read = match kind {
            SourceKind::Table => table(&self.path, &options)?,
            SourceKind::Folder => match manifest_in(&self.path) {
                Some(file) => table(&file, &options)?,
                None => folder::examples(&self.path)?,
            },
            SourceKind::Index => indexed(&self.path)?,
            SourceKind::Json => {
                let mut records = Records::new(&self.path, &options);
                json::read(&self.path, &mut |number, record| records.add(number, record))?;
                records.examples
            }
            SourceKind::Parquet => {
                let mut records = Records::new(&self.path, &options);
                parquet::read(&self.path, &mut records, &self.columns, unpacking)?;
                records.examples
            }
        };
        let file = self.path.clone();
        match (read.examples.is_empty(), read.bad.first()) {
            (true, None) => Err(SourceError::Empty(file)),
            (true, Some(first)) => Err(SourceError::NoneGood { file, first: first.clone(), n: read.bad.len() }),
            (false, _) => Ok(read),
        }
    }
}

fn table(file: &Path, options: &TableOptions) -> Result<Examples, SourceError> {
    let List { pictures, bad, .. } = rows::list(file, options)?;
    Ok(Examples {
        examples: pictures.into_iter().map(Example::from).collect(),
        bad: bad.into_iter().map(BadExample::Row).collect(),
    })
}

/// The pictures of an index that could be read, with what the index knows before what its table said.
fn indexed(file: &Path) -> Result<Examples, SourceError> {
    let index = Index::open(file)?;
    let root = index.root()?;
    let mut read = Examples::default();
    for row in index.rows()? {
        if row.sha256.is_none() || row.is_gone() {
            let reason = row.error.as_ref().map_or_else(String::new, ToString::to_string);
            read.bad.push(BadExample::Picture(format!("{}: {reason}", row.path.display())));
            continue;
        }
        let mut label = index.label(row.id)?;
        label.position = row.position.or(label.position);
        label.country = row.country.or(label.country);
        label.locatability = row.locatability.or(label.locatability);
        let (path, name) = (row.file(&root), row.path.to_string_lossy().into_owned());
        read.examples.push(Example { path, name, label, turns: Vec::new() });
    }
    Ok(read)
}

/// What the first bytes of a file say: Parquet and SQLite begin with their names, and JSON with a bracket.
fn told_by(file: &Path) -> Result<SourceKind, SourceError> {
    let unreadable = |cause| SourceError::Unreadable { path: file.to_owned(), cause };
    let mut head = Vec::new();
    File::open(file).and_then(|file| file.take(512).read_to_end(&mut head)).map_err(unreadable)?;
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    Ok(if head.starts_with(b"PAR1") {
        SourceKind::Parquet
    } else if head.starts_with(b"SQLite format 3\0") {
        SourceKind::Index
    } else if text.starts_with(b"[") || text.starts_with(b"{") {
        SourceKind::Json
    } else {
        SourceKind::Table
    })
}
