//! A file that grows beside its place and moves there when it is done.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
    process,
};

/// A name beside `path` for what is not finished.
pub(super) fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let mut unfinished = name.to_owned();
    unfinished.push(format!(".part-{}", process::id()));
    Ok(path.with_file_name(unfinished))
}

/// Writes a file whole or not at all. `explain` makes an error of what the system says.
pub(super) fn whole_file<E>(
    path: &Path,
    explain: impl Fn(io::Error) -> E,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let unfinished = beside(path).map_err(&explain)?;
    let write = || {
        let mut file = BufWriter::new(File::create(&unfinished).map_err(&explain)?);
        fill(&mut file)?;
        let finish = file.flush().and_then(|()| file.get_ref().sync_all());
        finish.and_then(|()| fs::rename(&unfinished, path)).map_err(&explain)
    };
    let outcome = write();
    if outcome.is_err() {
        let _ = fs::remove_file(&unfinished); // what failed is said by `outcome`; a leftover is all that matters here
    }
    outcome
}
