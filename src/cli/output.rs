//! Where results go: standard output, or a file that is there whole or not at all.

use std::{
    fmt::Display,
    fs,
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};

use crate::{
    assets::{write_new, write_whole},
    picture::is_named_as_picture,
};

use super::Failure;

/// Says on standard error, in one line, what could not be done.
pub(super) fn complain(reason: impl Display) {
    let reason = reason.to_string();
    let one_line =
        reason.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    // A file's name may hold codes that a terminal obeys.
    let one_line = one_line.replace(char::is_control, "");
    let _ = writeln!(io::stderr(), "terrasight: {one_line}"); // there is no other place to say it
}

/// How a result is written that people or programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Table {
    Csv,
    Json,
}

/// Where a result goes.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct OutArguments {
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Replace a file that is there already; what is read is never replaced
    #[arg(long)]
    pub(super) force: bool,
}

impl OutArguments {
    /// The output, if its file may be written: it is none of the inputs and, without `--force`, not there yet.
    pub(super) fn open(&self, inputs: &[PathBuf]) -> Result<Output<'_>, Failure> {
        if let Some(file) = &self.out {
            claim(file, inputs, self.force).map_err(Failure::Unsaid)?;
        }
        Output::new(self.out.as_deref(), self.force)
    }
}

/// Refuses a file that is an input, or lies among the pictures of one, or is there already where that was not asked for.
pub(super) fn claim(file: &Path, inputs: &[PathBuf], force: bool) -> Result<(), String> {
    let Ok(there) = fs::canonicalize(file) else { return Ok(()) };
    let name = file.display();
    // A pipe or a device is written to and loses nothing.
    if !there.is_file() {
        return Ok(());
    }
    let is_read = |input: &PathBuf| {
        fs::canonicalize(input)
            .is_ok_and(|input| there == input || (there.starts_with(&input) && is_named_as_picture(&there)))
    };
    if inputs.iter().any(is_read) {
        return Err(format!("{name}: it is one of the files that are read; name another file"));
    }
    if force {
        return Ok(());
    }
    Err(exists_already(file))
}

/// Results as they come: at once on standard output, or gathered for a file.
pub(super) struct Output<'a> {
    file: Option<&'a Path>,
    may_replace: bool,
    gathered: String,
}

impl<'a> Output<'a> {
    /// To a file, one that is there included where it may be replaced. Where the folder for it is missing, that is said before
    /// anything is done.
    pub(super) fn new(file: Option<&'a Path>, may_replace: bool) -> Result<Self, Failure> {
        let folder = file.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        match (file, folder) {
            (Some(file), Some(folder)) if !folder.is_dir() => {
                let (file, folder) = (file.display(), folder.display());
                Err(Failure::new(format!("{file}: the folder {folder} does not exist; make it or name another file")))
            }
            _ => Ok(Self { file, may_replace, gathered: String::new() }),
        }
    }

    /// Adds text.
    pub(super) fn write(&mut self, text: &str) -> Result<(), Failure> {
        if self.file.is_some() {
            self.gathered.push_str(text);
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Failure::NobodyReads,
            _ => Failure::new(format!("standard output: cannot be written ({error}); name a file with --out")),
        })
    }

    /// Writes the file, if there is one.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Some(file) = self.file else { return Ok(()) };
        write_result(file, self.gathered.as_bytes(), self.may_replace).map_err(Failure::Unsaid)
    }
}

/// Writes a file. One that has come since it was claimed is replaced only where it may be.
pub(super) fn write_result(file: &Path, bytes: &[u8], may_replace: bool) -> Result<(), String> {
    let write = if may_replace { write_whole } else { write_new };
    write(file, bytes).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists if !may_replace => exists_already(file),
        _ => format!("{}: cannot be written ({error}); name another file", file.display()),
    })
}

fn exists_already(file: &Path) -> String {
    format!("{}: it exists already; name another file, or add --force to replace it", file.display())
}

/// Writes a whole result at once.
pub(super) fn deliver(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    let mut output = Output::new(file, false)?;
    output.write(text)?;
    output.finish()
}
