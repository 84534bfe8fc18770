//! Files that grow a line at a time, so that work that was broken off goes on from them. What was written is never written
//! again: a file is opened by cutting off a last line that a crash left unfinished, and nothing else.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

use serde::Serialize;

use super::write_whole;

/// Opens a file to add to it, or makes it. What follows its last end of line goes away.
pub fn open(file: &Path) -> io::Result<File> {
    let mut opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(file)?;
    let mut bytes = Vec::new();
    opened.read_to_end(&mut bytes)?;
    opened.set_len(whole(&bytes).len() as u64)?;
    opened.seek(SeekFrom::End(0))?;
    Ok(opened)
}

/// The same, where these lines shall be all that it holds. If it holds others, it is replaced whole: whatever happens
/// meanwhile, the lines that were there are still there.
pub fn open_with(file: &Path, lines: &str) -> io::Result<File> {
    if read(file)? != lines.as_bytes() {
        write_whole(file, lines.as_bytes())?;
    }
    open(file)
}

/// Adds a line of JSON; it is on its way to the disk when this returns.
pub fn add(file: &mut File, line: &impl Serialize) -> io::Result<()> {
    file.write_all(json(line)?.as_bytes())
}

/// A line of JSON with its end.
pub fn json(line: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(line)? + "\n")
}

/// The lines of a file, but for a last one that was cut off; none where there is no file.
pub fn read(file: &Path) -> io::Result<Vec<u8>> {
    match fs::read(file) {
        Ok(mut bytes) => {
            bytes.truncate(whole(&bytes).len());
            Ok(bytes)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// All up to the last end of line.
fn whole(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    &bytes[..end.map_or(0, |end| end + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_off_is_left_out_and_removed_before_more_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lines");
        assert_eq!(read(&file).unwrap(), b"");
        // The cut goes through a letter.
        fs::write(&file, b"one\ntwo\nth\xc3").unwrap();
        assert_eq!(read(&file).unwrap(), b"one\ntwo\n");
        assert!(fs::read(&file).unwrap().ends_with(b"\xc3"), "another process may be writing it");
        add(&mut open(&file).unwrap(), &3).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "one\ntwo\n3\n");
    }

    #[cfg(unix)]
    #[test]
    fn lines_that_stay_are_not_written_again() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lines");
        fs::write(&file, "one\ntwo\nthr").unwrap();
        let number = || fs::metadata(&file).unwrap().ino();
        let before = number();
        let mut lines = open_with(&file, "one\ntwo\n").unwrap();
        assert_eq!(
            (fs::read_to_string(&file).unwrap().as_str(), number()),
            ("one\ntwo\n", before),
            "only the cut goes"
        );
        add(&mut lines, &3).unwrap();
        // Others are written beside it and put into its place.
        add(&mut open_with(&file, "two\n").unwrap(), &4).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two\n4\n");
        assert_ne!(number(), before);
    }
}
