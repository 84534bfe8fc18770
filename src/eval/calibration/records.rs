//! Records of what was seen in pictures whose place is known, one line of JSON a picture, in files that grow as pictures are
//! done; a run that was broken off goes on with those that are left. A set's records lie in `NAME.jsonl`, and those of
//! processes that share the work in files of their own, `NAME-0-of-4.jsonl`.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{BufWriter, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use serde::de::DeserializeOwned;

use super::super::{EvalError, pictures::Pictures, results::ResultRow};
use crate::{
    dataset::Shard,
    geo::LatLon,
    locatability::Judge,
    model::{VisionLanguageModel, reader::Reader},
    picture::Picture,
    predict::{
        LocateSettings, Unobserved,
        calibration::{Record, TextRead},
        locate,
        sign::Sign,
    },
};

/// Who looks at the pictures, as at a user's.
pub struct Recorder<'a> {
    /// The model that is calibrated.
    pub model: &'a VisionLanguageModel,
    /// Says how locatable they are.
    pub judge: Option<&'a Judge>,
    /// Reads their signs.
    pub reader: &'a Reader,
    /// What it has read before, by the pictures' names: signs stay the same, whichever model is calibrated.
    pub read_before: HashMap<String, Vec<TextRead>>,
}

impl Recorder<'_> {
    /// Records each picture that is not on record in `folder` yet, of the part that a shard holds where one is given. A
    /// picture that fails is told to `on_progress` and left out. Whether it came to the end, and was not cancelled.
    pub fn record_all(
        &self,
        (name, pictures): (&str, &Pictures),
        folder: &Path,
        shard: Option<Shard>,
        cancel: &AtomicBool,
        on_progress: &mut dyn FnMut(usize, Option<String>),
    ) -> Result<bool, EvalError> {
        let earlier: HashMap<String, Record> =
            read_set(folder, name, pictures)?.into_iter().map(|record| (record.picture.clone(), record)).collect();
        let file = folder.join(match shard {
            Some(Shard { number, of }) => format!("{name}-{number}-of-{of}.jsonl"),
            None => format!("{name}.jsonl"),
        });
        let unusable = |cause: std::io::Error| EvalError::File { path: file.clone(), cause: cause.to_string() };
        let mut writer = BufWriter::new(opened(&file).map_err(unusable)?);
        for index in 0..pictures.count() {
            if cancel.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let picture = pictures.name(index);
            let earlier = earlier.get(&picture);
            let is_left = earlier.is_none_or(|record| record.signs.is_none());
            if !is_left || shard.is_some_and(|shard| !shard.holds(&picture)) {
                on_progress(index + 1, None);
                continue;
            }
            let record = self.record(pictures, index, earlier);
            match record.and_then(|record| serde_json::to_string(&record).map_err(|error| error.to_string())) {
                Ok(line) => {
                    writeln!(writer, "{line}").and_then(|()| writer.flush()).map_err(unusable)?;
                    on_progress(index + 1, None);
                }
                Err(error) => on_progress(index + 1, Some(error)),
            }
        }
        Ok(true)
    }

    /// One picture's record; what the model said of it before is kept.
    fn record(&self, pictures: &Pictures, index: usize, earlier: Option<&Record>) -> Result<Record, String> {
        let (picture, truth) = pictures.get(index);
        let picture = picture?;
        let record = earlier.cloned().map_or_else(|| self.of_model(&picture, &truth), Ok)?;
        let signs = match self.read_before.get(&truth.picture) {
            Some(signs) => signs.clone(),
            None => self.signs(&picture)?,
        };
        Ok(Record { signs: Some(signs), ideal: truth.ideal, ideal_of_words: truth.ideal_of_words, ..record })
    }

    fn signs(&self, picture: &Picture) -> Result<Vec<TextRead>, String> {
        let readings = self.reader.read(&picture.pixels).map_err(|error| error.to_string())?;
        let (width, height) = picture.pixels.dimensions();
        Ok(Sign::of(readings, width, height).into_iter().map(TextRead::from).collect())
    }

    /// What the model says of a picture, and how locatable it is.
    fn of_model(&self, picture: &Picture, truth: &ResultRow) -> Result<Record, String> {
        let position = LatLon::new(truth.true_latitude, truth.true_longitude).ok_or("its place is not on Earth")?;
        let located = locate(self.model, picture, Vec::new(), None, &LocateSettings::default(), &mut Unobserved)
            .map_err(|error| error.to_string())?;
        let mut record = Record::of(&truth.picture, position, truth.true_country, &located);
        let judge = self.judge.filter(|judge| judge.seen().knows(picture));
        let judged = judge.map(|judge| judge.judge(&picture.pixels)).transpose();
        record.locatability = judged.map_err(|error| error.to_string())?.map(|judged| judged.score.locatability);
        record.has_words = truth.has_words;
        Ok(record)
    }
}

/// A file of records, to be added to. What follows its last end of line was cut off and is removed.
pub(in crate::eval) fn opened(file: &Path) -> std::io::Result<File> {
    let mut opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(file)?;
    let whole = fs::read(file)?.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    opened.set_len(whole as u64)?;
    opened.seek(SeekFrom::End(0))?;
    Ok(opened)
}

/// The records of a set in the order of its pictures, from all its files in a folder; of two of one picture the one that has
/// its signs.
pub fn read_set(folder: &Path, name: &str, pictures: &Pictures) -> Result<Vec<Record>, EvalError> {
    let mut found: HashMap<String, Record> = HashMap::new();
    for file in files_of(folder, name)? {
        for record in read_lines::<Record>(&file)? {
            if record.signs.is_some() || !found.contains_key(&record.picture) {
                found.insert(record.picture.clone(), record);
            }
        }
    }
    Ok((0..pictures.count()).filter_map(|index| found.remove(&pictures.name(index))).collect())
}

/// What was read in the pictures of a set whose records lie in a folder, of whichever model.
pub fn signs_read(folder: &Path, name: &str, pictures: &Pictures) -> Result<HashMap<String, Vec<TextRead>>, EvalError> {
    let records = read_set(folder, name, pictures)?;
    Ok(records.into_iter().filter_map(|record| Some((record.picture, record.signs?))).collect())
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
    let text = fs::read(file).map_err(|cause| unusable(cause.to_string()))?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let lines = text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let line = |(at, line): (usize, &[u8])| {
        serde_json::from_slice(line).map_err(|cause| unusable(format!("line {}: {cause}", at + 1)))
    };
    lines.enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"picture":"street 7","position":{"lat":1.0,"lon":2.0},"country":"FR","locatability":0.4,"is_trusted":true,"answer_country":null,"answer_city":null,"log_shares":[["FR",-0.1]]}"#;

    #[test]
    fn a_line_that_was_cut_off_is_left_out_and_removed_before_more_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records.jsonl");
        let cut = &LINE[..20];
        fs::write(&file, format!("{LINE}\n{LINE}\n{cut}")).unwrap();
        assert_eq!(read_lines::<Record>(&file).unwrap().len(), 2);
        assert!(fs::read_to_string(&file).unwrap().ends_with(cut), "another process may be writing it");
        writeln!(opened(&file).unwrap(), "{LINE}").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{LINE}\n{LINE}\n{LINE}\n"));
        fs::write(&file, format!("{LINE}\nnonsense\n")).unwrap();
        assert!(read_lines::<Record>(&file).unwrap_err().to_string().contains("line 2"));
    }

    #[test]
    fn a_set_is_what_all_its_files_hold_in_the_order_of_the_streets() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = Pictures::drawn(5..9, 90);
        assert!(read_set(&folder.path().join("none"), "test", &pictures).unwrap().is_empty());
        let line =
            |seed: u32, signs: &str| LINE.replace("street 7\"", &format!("street {seed}\",\"signs\":{signs}")) + "\n";
        let write = |name: &str, lines: [String; 2]| fs::write(folder.path().join(name), lines.concat()).unwrap();
        write("test.jsonl", [line(7, "null"), line(5, "[]")]);
        write("test-0-of-2.jsonl", [line(7, "[]"), line(99, "[]")]);
        write("test-1-of-2.jsonl", [line(5, "null"), line(6, "null")]);
        write("tests.jsonl", [line(8, "[]"), line(8, "[]")]);
        let found = read_set(folder.path(), "test", &pictures).unwrap();
        let told: Vec<(&str, bool)> = found.iter().map(|r| (r.picture.as_str(), r.signs.is_some())).collect();
        assert_eq!(told, [("street 5", true), ("street 6", false), ("street 7", true)]);
    }
}
