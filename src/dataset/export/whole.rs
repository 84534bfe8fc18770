//! A file, or a folder, that grows beside its place and moves there when it is done.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::Path,
};

use tempfile::Builder;

use super::error::ExportError;

/// Fills a new folder, which takes its place whole or not at all; one that is there must be empty. `fill` makes the folder
/// that it is given.
pub(super) fn whole_folder(out: &Path, fill: impl FnOnce(&Path) -> Result<(), ExportError>) -> Result<(), ExportError> {
    let is_taken = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_no_folder) => fs::symlink_metadata(out).is_ok(),
    };
    if is_taken {
        return Err(ExportError::Taken(out.to_owned()));
    }
    let cannot_write = |cause| ExportError::Write { out: out.to_owned(), cause };
    let parent = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unfinished = Builder::new().prefix(".terrasight-").suffix(".part").tempdir_in(parent).map_err(cannot_write)?;
    // A folder within has the permissions that the user's mask gives; the outer one is the user's alone.
    let folder = unfinished.path().join("export");
    fill(&folder)?;
    match fs::remove_dir(out) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(ExportError::Taken(out.to_owned())),
        _ => {}
    }
    fs::rename(&folder, out).map_err(cannot_write)
}

/// Writes a file whole or not at all; one that is there is replaced only if it may be. `explain` makes an error of what the
/// system says.
pub(super) fn whole_file<E>(
    path: &Path,
    replaces: bool,
    explain: impl Fn(io::Error) -> E,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut unfinished = Builder::new();
    unfinished.prefix(".terrasight-").suffix(".part");
    #[cfg(unix)]
    unfinished.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less what the user's mask takes away
    let (file, unfinished) = unfinished.tempfile_in(folder).map_err(&explain)?.into_parts();
    let mut file = BufWriter::new(file);
    fill(&mut file)?;
    file.flush().and_then(|()| file.get_ref().sync_all()).map_err(&explain)?;
    drop(file);
    let moved = if replaces { unfinished.persist(path) } else { unfinished.persist_noclobber(path) };
    moved.map_err(|error| explain(error.error))
}
