//! Where results go: standard output, or a file that is there whole or not at all.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write as _},
    path::Path,
};

use crate::assets::write_whole;

use super::Failure;

/// Says on standard error, in one line, what could not be done.
pub(super) fn complain(reason: impl Display) {
    let reason = reason.to_string();
    let one_line =
        reason.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    let _ = writeln!(io::stderr(), "terrasight: {one_line}"); // there is no other place to say it
}

/// Results as they come: at once on standard output, or gathered for a file.
pub(super) struct Output<'a> {
    file: Option<&'a Path>,
    gathered: String,
}

impl<'a> Output<'a> {
    /// Where the folder for the file is missing, that is said before anything is done.
    pub(super) fn new(file: Option<&'a Path>) -> Result<Self, Failure> {
        let folder = file.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        match (file, folder) {
            (Some(file), Some(folder)) if !folder.is_dir() => {
                let (file, folder) = (file.display(), folder.display());
                Err(Failure::new(format!("{file}: the folder {folder} does not exist; make it or name another file")))
            }
            _ => Ok(Self { file, gathered: String::new() }),
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
        write_whole(file, self.gathered.as_bytes()).map_err(|error| {
            Failure::new(format!("{}: cannot be written ({error}); name another file", file.display()))
        })
    }
}

/// Writes a whole result at once.
pub(super) fn deliver(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    let mut output = Output::new(file)?;
    output.write(text)?;
    output.finish()
}
