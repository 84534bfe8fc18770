//! Files that are there whole or not at all.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use tempfile::{Builder, NamedTempFile};

/// Writes a file beside its place and then moves it there, so that nobody ever sees half of it. A link keeps pointing to
/// the file it names; what is no plain file (`/dev/null`, a pipe) is written to as it stands.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_not_there_yet| path.to_owned());
    if is_written_through(&path) {
        return fs::write(&path, bytes);
    }
    unfinished(&path, bytes, ANYBODY)?.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// As [`write_whole`], in a file that on Unix its owner alone can read and write, from its first byte on. Elsewhere it is as safe
/// as the folder.
pub fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    unfinished(path, bytes, OWNER)?.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// As [`write_whole`], but where a file is there, or comes there meanwhile, it stays and the error is
/// [`AlreadyExists`](io::ErrorKind::AlreadyExists).
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_written_through(path) {
        return fs::write(path, bytes);
    }
    if fs::symlink_metadata(path).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into()); // known without writing anything
    }
    unfinished(path, bytes, ANYBODY)?.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// Whether something is there that is neither file nor folder, and loses nothing.
fn is_written_through(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Who may read and write a file on Unix: as for any new file, of which the system takes away what the user's mask says.
const ANYBODY: u32 = 0o666;
/// Its owner alone.
const OWNER: u32 = 0o600;

/// A file beside this one, with these bytes in it.
#[cfg_attr(not(unix), expect(unused_variables, reason = "who may do what is not said in bits there"))]
fn unfinished(path: &Path, bytes: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut whole = Builder::new();
    whole.prefix(".terrasight-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        whole.permissions(fs::Permissions::from_mode(mode));
    }
    // What the library says names this file, of which nobody has heard.
    let mut file = whole.tempfile_in(folder).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::new(io::ErrorKind::NotFound, "there is no such folder"),
        kind => kind.into(),
    })?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        write_whole(&path, b"first").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_file_takes_no_others_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        write_new(&path, b"first").unwrap();
        assert_eq!(write_new(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[test]
    fn of_many_that_write_a_new_file_at_once_one_has_its_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        let n_written = std::thread::scope(|scope| {
            let path = &path;
            let writers: Vec<_> = (0..8u8).map(|n| scope.spawn(move || write_new(path, &[n; 9]))).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).filter(Result::is_ok).count()
        });
        assert_eq!((n_written, fs::read_dir(folder.path()).unwrap().count()), (1, 1));
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() == 9 && bytes.iter().all(|byte| *byte == bytes[0]));
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_no_leftover() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(write_whole(&path, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
