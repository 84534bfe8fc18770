//! Records of what was seen in pictures whose place is known, one line of JSON a picture, in files that grow as pictures are
//! done; a run that was broken off goes on with those that are left.

use std::{
    collections::HashMap,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    super::{EvalError, pictures::Pictures, results::ResultRow},
    set::RecordSet,
};
use crate::{
    dataset::Shard,
    files::lines,
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
    /// What it has read before, by [`RecordSet::signs_in`]: signs stay the same, whichever model is calibrated.
    pub read_before: HashMap<String, Vec<TextRead>>,
}

impl Recorder<'_> {
    /// Records each picture that is not on record in `folder` yet, of the part that a shard holds where one is given. A
    /// picture that fails is told to `on_progress` and left out. Whether it came to the end, and was not cancelled.
    pub fn record_all(
        &self,
        set: &RecordSet,
        folder: &Path,
        shard: Option<Shard>,
        cancel: &AtomicBool,
        on_progress: &mut dyn FnMut(usize, Option<String>),
    ) -> Result<bool, EvalError> {
        let RecordSet { name, pictures, .. } = set;
        let earlier = set.on_record(folder)?;
        let file = folder.join(match shard {
            Some(Shard { number, of }) => format!("{name}-{number}-of-{of}.jsonl"),
            None => format!("{name}.jsonl"),
        });
        let unusable = |cause: std::io::Error| EvalError::File { path: file.clone(), cause: cause.to_string() };
        let mut records = lines::open(&file).map_err(unusable)?;
        for index in 0..pictures.count() {
            if cancel.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let earlier = set.find(index, &earlier);
            let is_left = earlier.is_none_or(|record| record.signs.is_none());
            if !is_left || shard.is_some_and(|shard| !shard.holds(&pictures.name(index))) {
                on_progress(index + 1, None);
                continue;
            }
            match self.record(set, index, earlier) {
                Ok(record) => {
                    lines::add(&mut records, &record).map_err(unusable)?;
                    on_progress(index + 1, None);
                }
                Err(error) => on_progress(index + 1, Some(error)),
            }
        }
        Ok(true)
    }

    /// One picture's record; what the model said of it before is kept.
    fn record(&self, set: &RecordSet, index: usize, earlier: Option<&Record>) -> Result<Record, String> {
        let (picture, truth) = set.pictures.get(index);
        let picture = picture?;
        let mut record = earlier.cloned().map_or_else(|| self.of_model(&picture, &truth), Ok)?;
        if matches!(set.pictures, Pictures::Listed(..)) {
            record.sha256 = Some(picture.sha256.clone());
        }
        let signs = match set.find(index, &self.read_before) {
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
        let position = truth.true_place().ok_or("nobody says where it was taken")?;
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
