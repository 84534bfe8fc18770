//! Opens pictures, in several threads: everything that can be done about one picture without any other.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Mutex, PoisonError},
};

use super::{
    plan::Task,
    record::{Facts, Stamp},
    thumbnail::{Miniatures, for_scorer},
    trouble::Trouble,
};
use crate::picture::{Picture, PictureError};

/// Larger pictures are opened one at a time, whatever the number of threads: decoding one may take 2 GiB.
const LARGE_PIXELS: u64 = 32_000_000;

/// What came of opening a picture.
pub(super) struct Reading {
    /// The place of its task in the list.
    pub task: usize,
    /// The file as it was before it was opened, so that a change meanwhile is noticed the next time.
    pub stamp: Stamp,
    /// What is known now.
    pub outcome: Result<Read, Trouble>,
}

/// A picture that could be opened.
pub(super) struct Read {
    /// What its file says; none where only the score is wanted.
    pub facts: Option<Box<Facts>>,
    /// What the scorer sees; none where no score is wanted.
    pub picture: Option<Picture>,
}

/// Opens pictures in one thread.
pub(super) struct Reader<'a> {
    root: &'a Path,
    scoring: bool,
    /// Whose turn it is to open a large picture.
    large: &'a Mutex<()>,
    miniatures: Miniatures,
}

impl<'a> Reader<'a> {
    pub fn new(root: &'a Path, scoring: bool, large: &'a Mutex<()>) -> Self {
        Self { root, scoring, large, miniatures: Miniatures::new() }
    }

    /// Opens the picture of a task.
    pub fn read(&self, number: usize, task: &Task) -> Reading {
        let file = self.root.join(&task.key);
        let about = fs::metadata(&file).ok();
        let stamp = about.as_ref().map(Stamp::of).unwrap_or_default();
        // A pipe would keep whoever asks for its header waiting.
        let is_file = about.is_some_and(|about| about.is_file());
        // A decoder that panics on some broken file must not end the run.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.open(&file, is_file, task.only_score)));
        let gave_up = |_panic| Err(Trouble::Unread("its decoder failed; save it as JPEG or PNG".to_owned()));
        Reading { task: number, stamp, outcome: outcome.unwrap_or_else(gave_up) }
    }

    fn open(&self, file: &Path, is_file: bool, only_score: bool) -> Result<Read, Trouble> {
        let _turn = (is_file && is_large(file)).then(|| self.large.lock().unwrap_or_else(PoisonError::into_inner));
        let picture = Picture::open(file).map_err(|error| match error {
            PictureError::Missing(_) => Trouble::Missing,
            other => Trouble::Unread(without_name(&other.to_string(), file)),
        })?;
        let facts = if only_score { None } else { Some(Box::new(self.facts(&picture).map_err(Trouble::Unread)?)) };
        Ok(Read { facts, picture: self.scoring.then(|| for_scorer(picture)) })
    }

    fn facts(&self, picture: &Picture) -> Result<Facts, String> {
        let (thumbnail, hash) = self.miniatures.of(&picture.pixels)?;
        Ok(Facts {
            sha256: picture.sha256.clone(),
            width: picture.width,
            height: picture.height,
            taken: picture.metadata.taken.clone(),
            gps: picture.metadata.gps,
            hash,
            thumbnail,
        })
    }
}

/// Told from the header alone; what has no header that can be read takes no memory either.
pub(super) fn is_large(file: &Path) -> bool {
    let header = image::ImageReader::open(file).and_then(image::ImageReader::with_guessed_format);
    let size = header.ok().and_then(|reader| reader.into_dimensions().ok());
    size.is_some_and(|(width, height)| u64::from(width) * u64::from(height) > LARGE_PIXELS)
}

/// `is empty; get the file again` from `a/b.jpg is empty; get the file again`: the row says which file it is.
fn without_name(reason: &str, file: &Path) -> String {
    let shown = file.display().to_string();
    let rest = reason.strip_prefix(&shown).unwrap_or(reason).trim_start_matches([':', ' ']);
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}
