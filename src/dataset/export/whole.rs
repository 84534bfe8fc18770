//! A file that grows beside its place and moves there when it is done.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use tempfile::Builder;

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
