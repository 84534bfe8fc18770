//! Pictures whose records lie together. A record belongs to a photograph's bytes and not to its name, which another list may
//! have for another photograph; and where a photograph was taken is what its list says now.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use super::super::{EvalError, pictures::Pictures};
use crate::{
    files::lines,
    predict::calibration::{Record, TextRead},
};

/// Pictures, and the name under which their records lie: in `NAME.jsonl`, and those of processes that share the work in
/// files of their own, `NAME-0-of-4.jsonl`.
#[derive(Debug)]
pub struct RecordSet {
    /// The name.
    pub name: String,
    /// The pictures.
    pub pictures: Pictures,
    /// What each of them is known by.
    keys: Vec<Option<String>>,
}

impl RecordSet {
    /// These pictures; listed ones are read once, to know them by their bytes.
    pub fn of(name: &str, pictures: Pictures) -> Self {
        Self { name: name.to_owned(), keys: pictures.keys(), pictures }
    }

    /// What is on record of its pictures, in their order and with their places as they are known now.
    pub fn read(&self, folder: &Path) -> Result<Vec<Record>, EvalError> {
        let found = self.on_record(folder)?;
        Ok((0..self.keys.len()).filter_map(|index| Some(self.placed(index, self.find(index, &found)?))).collect())
    }

    /// What was read in its pictures by records in a folder, of whichever model: by what each is known by.
    pub fn signs_in(&self, folder: &Path) -> Result<HashMap<String, Vec<TextRead>>, EvalError> {
        let found = self.on_record(folder)?;
        Ok(found.into_iter().filter_map(|(key, record)| Some((key, record.signs?))).collect())
    }

    /// All records in its files, by what their pictures are known by; of two of one picture the one that has its signs.
    pub(super) fn on_record(&self, folder: &Path) -> Result<HashMap<String, Record>, EvalError> {
        let mut found: HashMap<String, Record> = HashMap::new();
        for file in files_of(folder, &self.name)? {
            for record in read_lines::<Record>(&file)? {
                if record.signs.is_some() || !found.contains_key(record.key()) {
                    found.insert(record.key().to_owned(), record);
                }
            }
        }
        Ok(found)
    }

    /// What was found of picture `index`.
    pub(super) fn find<'a, T>(&self, index: usize, found: &'a HashMap<String, T>) -> Option<&'a T> {
        found.get(self.keys[index].as_ref()?)
    }

    fn placed(&self, index: usize, record: &Record) -> Record {
        match self.pictures.listed_place(index) {
            Some((position, country)) => {
                Record { picture: self.pictures.name(index), position, country, ..record.clone() }
            }
            None => record.clone(),
        }
    }
}

/// The files of a set in a folder, by name; none where it is not there yet.
fn files_of(folder: &Path, name: &str) -> Result<Vec<PathBuf>, EvalError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let unusable = |cause: std::io::Error| EvalError::File { path: folder.to_owned(), cause: cause.to_string() };
    let entries = fs::read_dir(folder).map_err(unusable)?;
    let is_of_set = |file: &PathBuf| {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.strip_prefix(name));
        file.extension().is_some_and(|end| end == "jsonl")
            && stem.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_of_set).collect();
    files.sort();
    Ok(files)
}

/// What the lines of a file hold, but for a last one that was cut off.
pub(in crate::eval) fn read_lines<T: DeserializeOwned>(file: &Path) -> Result<Vec<T>, EvalError> {
    let unusable = |cause: String| EvalError::File { path: file.to_owned(), cause };
    let text = lines::read(file).map_err(|cause| unusable(cause.to_string()))?;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let line = |(at, line): (usize, &[u8])| {
        serde_json::from_slice(line).map_err(|cause| unusable(format!("line {}: {cause}", at + 1)))
    };
    lines.enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dataset::table::TableOptions, picture::sha256_of};

    const LINE: &str = r#"{"picture":"street 7","position":{"lat":1.0,"lon":2.0},"country":"FR","locatability":0.4,"is_trusted":true,"answer_country":null,"answer_city":null,"log_shares":[["FR",-0.1]]}"#;

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records.jsonl");
        fs::write(&file, format!("{LINE}\n{LINE}\n{}", &LINE[..20])).unwrap();
        assert_eq!(read_lines::<Record>(&file).unwrap().len(), 2, "the last one was cut off");
        fs::write(&file, format!("{LINE}\nnonsense\n")).unwrap();
        assert!(read_lines::<Record>(&file).unwrap_err().to_string().contains("line 2"));
    }

    #[test]
    fn records_of_streets_say_nothing_of_a_file() {
        let record: Record = serde_json::from_str(LINE).unwrap();
        assert_eq!((record.key(), record.sha256.as_ref()), ("street 7", None));
        assert!(!serde_json::to_string(&record).unwrap().contains("sha256"));
    }

    #[test]
    fn a_set_is_what_all_its_files_hold_in_the_order_of_the_streets() {
        let folder = tempfile::tempdir().unwrap();
        let set = RecordSet::of("test", Pictures::drawn(5..9, 90));
        assert!(set.read(&folder.path().join("none")).unwrap().is_empty());
        let line =
            |seed: u32, signs: &str| LINE.replace("street 7\"", &format!("street {seed}\",\"signs\":{signs}")) + "\n";
        let write = |name: &str, lines: [String; 2]| fs::write(folder.path().join(name), lines.concat()).unwrap();
        write("test.jsonl", [line(7, "null"), line(5, "[]")]);
        write("test-0-of-2.jsonl", [line(7, "[]"), line(99, "[]")]);
        write("test-1-of-2.jsonl", [line(5, "null"), line(6, "null")]);
        write("tests.jsonl", [line(8, "[]"), line(8, "[]")]);
        let found = set.read(folder.path()).unwrap();
        let told: Vec<(&str, bool)> = found.iter().map(|r| (r.picture.as_str(), r.signs.is_some())).collect();
        assert_eq!(told, [("street 5", true), ("street 6", false), ("street 7", true)]);
    }

    /// A table with the photographs of this folder that it names, one to a place.
    fn listed(folder: &Path, rows: &[(&str, &str)]) -> RecordSet {
        let table = folder.join("table.csv");
        let rows: String = rows.iter().map(|(name, place)| format!("{name},{place}\n")).collect();
        fs::write(&table, format!("path,latitude,longitude\n{rows}")).unwrap();
        RecordSet::of("photographs", Pictures::listed(&table, &TableOptions::default(), usize::MAX).unwrap())
    }

    #[test]
    fn a_photograph_is_known_by_its_bytes_and_taken_where_its_list_says_now() {
        let (kept, [a, b]) = (tempfile::tempdir().unwrap(), [(); 2].map(|()| tempfile::tempdir().unwrap()));
        for (folder, name, bytes) in [(&a, "1.jpg", "one"), (&b, "1.jpg", "two"), (&b, "2.jpg", "one")] {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let sha256 = sha256_of(&a.path().join("1.jpg")).unwrap();
        let of_one = LINE.replace("street 7\"", &format!("1.jpg\",\"sha256\":\"{sha256}\",\"signs\":[]"));
        // A line of an earlier program, which knew photographs by their names alone.
        let named = LINE.replace("street 7", "1.jpg");
        fs::write(kept.path().join("photographs.jsonl"), format!("{named}\n{of_one}\n")).unwrap();

        let told = |set: &RecordSet| -> Vec<(String, f64, Option<String>)> {
            let records = set.read(kept.path()).unwrap();
            records.into_iter().map(|r| (r.picture, r.position.lat, r.country.map(|code| code.to_string()))).collect()
        };
        let germany = Some("DE".to_owned());
        assert_eq!(told(&listed(a.path(), &[("1.jpg", "52.5,13.4")])), [("1.jpg".to_owned(), 52.5, germany)]);
        // The same table once its places were mended.
        let chile = Some("CL".to_owned());
        assert_eq!(told(&listed(a.path(), &[("1.jpg", "-33.4,-70.6")])), [("1.jpg".to_owned(), -33.4, chile.clone())]);
        // Another table has the name for another photograph, and the photograph under another name.
        let other = listed(b.path(), &[("1.jpg", "10,10"), ("2.jpg", "-33.4,-70.6"), ("no.jpg", "1,1")]);
        assert_eq!(told(&other), [("2.jpg".to_owned(), -33.4, chile)]);
        assert_eq!(other.signs_in(kept.path()).unwrap().keys().collect::<Vec<_>>(), [&sha256]);
    }
}
