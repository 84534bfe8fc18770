//! What is known of one picture in the film strip: the picture, the work on it, and what was found.

use std::{path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    super::{NoPixels, NotOpen},
    Early, Turn,
    compared::{Compared, Side},
    work::Work,
};
use crate::{
    geo::Surface,
    knowledge::clues::Clues,
    locatability::Score,
    model::LabelMap,
    picture::Preview,
    predict::{
        Weighing,
        finding::{Candidate, Finding},
    },
    worker::JobId,
};

/// A model that never stops writing must not fill the memory: what it streams is kept up to this many bytes.
const MOST_REASONING_BYTES: usize = 256 << 10;

/// Names a place in the film strip for as long as the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PictureKey(pub u64);

/// One place in the film strip.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name for as long as the program runs.
    pub key: PictureKey,
    /// What to call it: a file name.
    pub name: String,
    /// Its file; none where it came without one, by drop or paste.
    pub path: Option<PathBuf>,
    /// SHA-256 of the file's bytes, in hexadecimal, once it was opened.
    pub sha256: Option<String>,
    /// The picture without its pixels, or why there is none.
    pub picture: Result<Arc<Preview>, NotOpen>,
    /// Why its pixels could not be read again.
    pub unreadable: Option<NoPixels>,
    /// What is being done about it with the model in use.
    pub work: Work,
    /// What the model in use has written in the run now going on, or in the last one.
    pub reasoning: String,
    /// How locatable it is, and why; it stays until a later run says otherwise.
    pub locatable: Option<Locatable>,
    /// What each run has found, the latest last.
    pub runs: Vec<Run>,
    /// Which of them stands as the answer, from 0.
    pub(super) answer: usize,
    /// What the two models of a comparison have made of it.
    pub compared: Compared,
    /// Rank of the candidate looked at, 1 for the likeliest.
    pub chosen_rank: usize,
    /// What was said about it.
    pub talk: Vec<Turn>,
    /// What was said of it before the first run.
    pub(super) early: Early,
}

/// A picture's score with what the heatmap needs of it.
#[derive(Debug, Clone)]
pub struct Locatable {
    /// Which class lies where.
    pub labels: Arc<LabelMap>,
    /// The score, and what it is made of.
    pub score: Arc<Score>,
    /// The segmenter's name.
    pub segmenter: String,
}

/// One locating that came to an end.
#[derive(Debug, Clone)]
pub struct Run {
    /// What it found, by the evidence that is switched on.
    pub found: Found,
    /// What it was weighed from; none where an older session did not keep it.
    pub weighing: Option<Arc<Weighing>>,
    /// How many seconds the model took; none where an older session did not keep it.
    pub seconds: Option<f64>,
    /// The ranking that it waits for.
    pub(super) wanted: Option<Wanted>,
    /// What was asked of its candidates.
    pub(super) asking: Option<Asking>,
}

/// The ranking that a run waits for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The job that weighs it; none while it waits its turn.
    pub(super) job: Option<JobId>,
    /// The finding with the switches and strengths as the user has set them; its places are still the old ones.
    pub(super) finding: Arc<Finding>,
    /// What it is to be weighed from.
    pub(super) weighing: Arc<Weighing>,
}

/// What was asked of a run's candidates: what would change where they stand.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    /// The job that says it.
    pub(super) job: JobId,
    /// What there was to look for.
    pub(super) clues: Arc<Clues>,
}

/// A finding with what the map needs of it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Where, why, and how far to believe it.
    pub finding: Arc<Finding>,
    /// The probability over the world's cells.
    pub surface: Arc<Surface>,
    /// Whether the starter answered, whose answers need a caution beside them.
    pub by_starter: bool,
}

impl Entry {
    pub(super) fn opened(key: PictureKey, picture: Arc<Preview>) -> Self {
        let (path, sha256) = (picture.path.clone(), Some(picture.sha256.clone()));
        Self { path, sha256, ..Self::new(key, picture.name.clone(), Ok(picture)) }
    }

    pub(super) fn not_open(key: PictureKey, name: String, why: NotOpen) -> Self {
        Self::new(key, name, Err(why))
    }

    fn new(key: PictureKey, name: String, picture: Result<Arc<Preview>, NotOpen>) -> Self {
        Self {
            key,
            name,
            path: None,
            sha256: None,
            picture,
            unreadable: None,
            work: Work::Idle,
            reasoning: String::new(),
            locatable: None,
            runs: Vec::new(),
            answer: 0,
            compared: Compared::default(),
            chosen_rank: 1,
            talk: Vec::new(),
            early: Early::default(),
        }
    }

    /// Whether its file, which a session names, is still to be opened again.
    pub(super) fn is_returning(&self) -> bool {
        matches!(self.picture, Err(NotOpen::Returning))
    }

    /// Whether its file was not to be had when it was wanted last.
    pub(super) fn lacks_file(&self) -> bool {
        self.picture.is_err() || self.unreadable.is_some()
    }

    /// Whether the engine is at it or it stands in the queue, with either model.
    pub fn is_busy(&self) -> bool {
        Side::BOTH.iter().any(|side| self.work_of(*side).is_going_on())
    }

    /// What is being done about it with one of the models.
    pub fn work_of(&self, side: Side) -> &Work {
        match side {
            Side::InUse => &self.work,
            Side::Other => &self.compared.work,
        }
    }

    pub(super) fn work_mut(&mut self, side: Side) -> &mut Work {
        match side {
            Side::InUse => &mut self.work,
            Side::Other => &mut self.compared.work,
        }
    }

    /// What is being done about it: with the other model where nothing is with the one in use.
    pub fn doing(&self) -> &Work {
        let is_others = !self.work.is_going_on() && self.compared.work.is_going_on();
        if is_others { &self.compared.work } else { &self.work }
    }

    /// What stands as the answer: what was found last with the model in use, or what the user has taken in its place.
    pub fn found(&self) -> Option<&Found> {
        self.answer().map(|(_, run)| &run.found)
    }

    /// The run that found it, and its number.
    pub fn answer(&self) -> Option<(usize, &Run)> {
        Some((self.answer, self.runs.get(self.answer)?))
    }

    /// How locatable it is by what was found, where what that is made of is not known, as after a session was opened again.
    pub fn kept_locatability(&self) -> Option<f64> {
        self.found().filter(|_| self.locatable.is_none()).and_then(|found| found.finding.locatability)
    }

    /// The candidate looked at.
    pub fn chosen(&self) -> Option<&Candidate> {
        let candidates = &self.found()?.finding.candidates;
        candidates.iter().find(|candidate| candidate.rank == self.chosen_rank).or(candidates.first())
    }

    pub(super) fn push_token(&mut self, side: Side, text: &str) {
        let reasoning = self.reasoning_mut(side);
        let room = MOST_REASONING_BYTES.saturating_sub(reasoning.len());
        let end = (0..=text.len().min(room)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        reasoning.push_str(&text[..end]);
    }

    pub(super) fn reasoning_mut(&mut self, side: Side) -> &mut String {
        match side {
            Side::InUse => &mut self.reasoning,
            Side::Other => &mut self.compared.reasoning,
        }
    }
}
