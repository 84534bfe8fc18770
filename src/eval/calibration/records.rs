//! Records of what a model said of pictures whose place is known, one line of JSON a picture, in a file that grows as
//! pictures are done; a run that was broken off goes on with those that are left.

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::{BufWriter, Write},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use super::super::{EvalError, protocol::Pictures};
use crate::{
    geo::LatLon,
    locatability::Judge,
    model::{Seen, VisionLanguageModel},
    predict::{LocateSettings, Unobserved, calibration::Record, locate},
};

/// Locates each picture that `file` does not hold yet, as a user's picture is located, and adds its record. A picture that
/// fails is told to `on_progress` and left out. Whether it came to the end, and was not cancelled.
pub fn record_all(
    pictures: &Pictures,
    file: &Path,
    model: &VisionLanguageModel,
    judge: Option<&Judge>,
    cancel: &AtomicBool,
    on_progress: &mut dyn FnMut(usize, Option<String>),
) -> Result<bool, EvalError> {
    let unusable = |cause: std::io::Error| EvalError::File { path: file.to_owned(), cause: cause.to_string() };
    let earlier = read_records(file)?;
    let done: HashSet<String> = earlier.into_iter().map(|record| record.picture).collect();
    let mut writer = BufWriter::new(OpenOptions::new().create(true).append(true).open(file).map_err(unusable)?);
    for index in 0..pictures.count() {
        if cancel.load(Ordering::Relaxed) {
            return Ok(false);
        }
        if done.contains(&pictures.name(index)) {
            on_progress(index + 1, None);
            continue;
        }
        let (picture, truth) = pictures.get(index);
        let record = picture.and_then(|picture| {
            let position = LatLon::new(truth.true_latitude, truth.true_longitude).ok_or("its place is not on Earth")?;
            let located = locate(model, &picture, Vec::new(), None, &LocateSettings::default(), &mut Unobserved);
            let located = located.map_err(|error| error.to_string())?;
            let mut record = Record::of(&truth.picture, position, truth.true_country, &located);
            // A model of drawings has seen already whether this is one.
            let is_drawn = model.seen() == Seen::Drawings && record.is_trusted;
            let judge = judge.filter(|judge| is_drawn || judge.seen().knows(&picture.pixels));
            let judged = judge.map(|judge| judge.judge(&picture.pixels)).transpose();
            record.locatability = judged.map_err(|error| error.to_string())?.map(|judged| judged.score.locatability);
            record.has_words = truth.has_words;
            serde_json::to_string(&record).map_err(|error| error.to_string())
        });
        match record {
            Ok(line) => {
                writeln!(writer, "{line}").and_then(|()| writer.flush()).map_err(unusable)?;
                on_progress(index + 1, None);
            }
            Err(error) => on_progress(index + 1, Some(error)),
        }
    }
    Ok(true)
}

/// The records of a file; none where it is not there yet. What follows the last end of line was cut off and is removed.
pub fn read_records(file: &Path) -> Result<Vec<Record>, EvalError> {
    let unusable = |cause: String| EvalError::File { path: file.to_owned(), cause };
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(file).map_err(|cause| unusable(cause.to_string()))?;
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    if whole < text.len() {
        let cut = File::options().write(true).open(file).and_then(|file| file.set_len(whole as u64));
        cut.map_err(|cause| unusable(cause.to_string()))?;
    }
    let line = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|cause| unusable(format!("line {}: {cause}", at + 1)))
    };
    text[..whole].lines().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_off_is_removed_and_a_damaged_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records.jsonl");
        assert!(read_records(&file).unwrap().is_empty(), "none yet");
        let line = r#"{"picture":"street 7","position":{"lat":1.0,"lon":2.0},"country":"FR","locatability":0.4,
            "is_trusted":true,"answer_country":null,"answer_city":null,"log_shares":[["FR",-0.1]]}"#
            .replace('\n', "");
        fs::write(&file, format!("{line}\n{line}\n{}", &line[..20])).unwrap();
        assert_eq!(read_records(&file).unwrap().len(), 2);
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{line}\n{line}\n"));
        fs::write(&file, format!("{line}\nnonsense\n")).unwrap();
        assert!(read_records(&file).unwrap_err().to_string().contains("line 2"));
    }
}
