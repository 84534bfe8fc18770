//! A user's own clue records: `clues.toml` in the program's folder, in the form of the shipped ones.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::write_whole;
use crate::knowledge::clues::{ClueFileError, ClueRecord, MOST_BYTES, read, written};

/// The file's name.
const NAME: &str = "clues.toml";

/// A user's own records cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum OwnCluesError {
    /// What stands in the file is not of its form.
    #[error("{}, {problem}; your own clues are left out until that is mended", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Its line and what is wrong there.
        problem: ClueFileError,
    },
    /// The file cannot be read.
    #[error("{}: your own clues cannot be read ({cause})", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The file cannot be written.
    #[error("{}: your own clues cannot be kept ({cause}); free some space or set TERRASIGHT_HOME", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The record itself does not do.
    #[error("this clue cannot be kept: {0}")]
    Unsound(String),
}

impl PartialEq for OwnCluesError {
    /// What the system says has no equality of its own; its words have.
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

/// The user's own records; none where there is no file.
pub fn own_clues(home: &Path) -> Result<Vec<ClueRecord>, OwnCluesError> {
    let file = home.join(NAME);
    match text_of(&file) {
        Ok(text) => read(&text).map_err(|problem| OwnCluesError::Damaged { file, problem }),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(OwnCluesError::Unreadable { file, cause }),
    }
}

/// Adds a record, or puts it in the place of the one of its id, and answers with all of them. A damaged file is left as it
/// is; comments in a sound one are not kept.
pub fn keep_clue(home: &Path, record: &ClueRecord) -> Result<Vec<ClueRecord>, OwnCluesError> {
    let mut records = own_clues(home)?;
    match records.iter_mut().find(|other| other.id == record.id) {
        Some(place) => place.clone_from(record),
        None => records.push(record.clone()),
    }
    write(home, records)
}

/// Takes a record away and answers with those that are left.
pub fn remove_clue(home: &Path, id: &str) -> Result<Vec<ClueRecord>, OwnCluesError> {
    let mut records = own_clues(home)?;
    records.retain(|record| record.id != id);
    write(home, records)
}

fn write(home: &Path, records: Vec<ClueRecord>) -> Result<Vec<ClueRecord>, OwnCluesError> {
    let text = written(&records).map_err(|error| OwnCluesError::Unsound(error.problem))?;
    let file = home.join(NAME);
    let kept = fs::create_dir_all(home).and_then(|()| write_whole(&file, text.as_bytes()));
    kept.map_or_else(|cause| Err(OwnCluesError::Unwritable { file, cause }), |()| Ok(records))
}

/// The text of a file, which is not read where it is larger than any file of records.
fn text_of(file: &Path) -> io::Result<String> {
    if fs::metadata(file)?.len() > MOST_BYTES as u64 {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {} MB", MOST_BYTES >> 20)));
    }
    fs::read_to_string(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::clues::{Clues, shipped};

    fn record(id: &str) -> ClueRecord {
        ClueRecord { id: id.to_owned(), words: vec!["yellow kiosk".to_owned()], ..shipped()[0].clone() }
    }

    #[test]
    fn records_are_added_changed_and_removed() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("not there yet");
        assert_eq!(own_clues(&folder).unwrap(), []);
        keep_clue(&folder, &record("one")).unwrap();
        keep_clue(&folder, &record("two")).unwrap();
        let changed = ClueRecord { value: "other".to_owned(), ..record("one") };
        assert_eq!(keep_clue(&folder, &changed).unwrap(), [changed.clone(), record("two")]);
        assert_eq!(own_clues(&folder).unwrap(), [changed, record("two")]);
        assert_eq!(remove_clue(&folder, "one").unwrap(), [record("two")]);
        assert_eq!(own_clues(&folder).unwrap(), [record("two")]);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_named_with_its_line_and_stays_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        let damaged = "# mine\n\n[[clue]]\nid = 7\n";
        fs::write(home.path().join(NAME), damaged).unwrap();
        let said = own_clues(home.path()).unwrap_err().to_string();
        assert!(said.contains("clues.toml, line 4: ") && !said.contains('\n'), "{said}");
        keep_clue(home.path(), &record("one")).unwrap_err();
        remove_clue(home.path(), "one").unwrap_err();
        assert_eq!(fs::read_to_string(home.path().join(NAME)).unwrap(), damaged);
        let clues = Clues::with_own(&own_clues(home.path()).unwrap_or_default());
        assert_eq!(clues.records(), shipped());
    }

    #[test]
    fn what_is_no_record_is_not_kept() {
        let home = tempfile::tempdir().unwrap();
        let unsound = ClueRecord { inside: 2.0, ..record("one") };
        let said = keep_clue(home.path(), &unsound).unwrap_err().to_string();
        assert!(said.starts_with("this clue cannot be kept: 'one'"), "{said}");
        assert_eq!(own_clues(home.path()).unwrap(), []);
        fs::write(home.path().join(NAME), [0xff, 0xfe]).unwrap();
        assert!(own_clues(home.path()).unwrap_err().to_string().contains("cannot be read"));
    }
}
