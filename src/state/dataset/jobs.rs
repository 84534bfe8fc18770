//! What goes on with a data set: indexing, opening, and one long work at a time beside it, from its beginning to its end.

use std::{path::PathBuf, sync::Arc};

use super::{DatasetState, Outcome, marks::Marking};
use crate::{
    dataset::{IndexProgress, IndexSource, IndexSummary},
    state::{Closing, NoticeKind, Request},
    worker::{Command, DatasetTask, JobId, ModelSource, Thumbnail},
};

/// An indexing that goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Indexing {
    pub(super) job: JobId,
    pub(super) file: PathBuf,
    /// What is indexed.
    pub source: IndexSource,
    /// How far it is; none until the first pictures were found.
    pub progress: Option<IndexProgress>,
    /// Whether it waits because the user wants it to.
    pub is_paused: bool,
}

/// Something else that goes on with the whole data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    pub(super) job: JobId,
    /// The index that it works on, which need no longer be the one that is open when it ends.
    file: PathBuf,
    /// What it is, as a progress line says it.
    pub what: &'static str,
    /// How much is done, 0 to 1, where it is known.
    pub fraction: Option<f32>,
}

/// What is done, as a progress line says it.
fn words_for(task: &DatasetTask) -> &'static str {
    match task {
        DatasetTask::Export { .. } => "Exporting",
        DatasetTask::FindDuplicates => "Searching for duplicates",
        DatasetTask::Index { .. } => "Indexing",
        DatasetTask::Open | DatasetTask::Thumbnails(_) | DatasetTask::Check { .. } => "Reading",
    }
}

impl DatasetState {
    pub(super) fn is_about_open_index(&self, job: JobId) -> bool {
        self.task.as_ref().is_some_and(|task| task.job == job && self.file.as_ref() == Some(&task.file))
    }

    pub(super) fn is_fetching_by(&self, job: JobId) -> bool {
        self.fetching.as_ref().is_some_and(|(fetching, _)| *fetching == job)
    }

    pub(super) fn is_indexing(&self, job: JobId) -> bool {
        self.indexing.as_ref().is_some_and(|indexing| indexing.job == job)
    }

    pub(super) fn index(&mut self, source: IndexSource, file: PathBuf, segmenter: &ModelSource, job: JobId) -> Outcome {
        let mut requests: Vec<_> = self.indexing.iter().map(|indexing| Request::Cancel(indexing.job)).collect();
        let task = DatasetTask::Index { source: source.clone(), segmenter: segmenter.clone() };
        requests.push(Request::Send(Command::Dataset { job, file: file.clone(), task }));
        self.indexing = Some(Indexing { job, file, source, progress: None, is_paused: false });
        Outcome::ask(requests)
    }

    pub(super) fn open(&mut self, file: PathBuf, job: JobId) -> Outcome {
        let before = self.opening.replace((job, file.clone())).map(|(job, _)| job);
        let elsewhere = self.indexing.take_if(|indexing| indexing.file != file).map(|indexing| indexing.job);
        let mut requests: Vec<_> = before.into_iter().chain(elsewhere).map(Request::Cancel).collect();
        requests.push(Request::Send(Command::Dataset { job, file, task: DatasetTask::Open }));
        Outcome::ask(requests)
    }

    /// Begins a long work with the data set that is open; there is one at a time.
    pub(super) fn begin(&mut self, task: DatasetTask, job: JobId) -> Outcome {
        let Some(file) = self.file.clone().filter(|_| self.task.is_none()) else {
            let text = "The data set is busy; try again when that is done.".to_owned();
            return Outcome::tell(NoticeKind::Error, text);
        };
        self.task = Some(Task { job, file: file.clone(), what: words_for(&task), fraction: None });
        Outcome::send(Command::Dataset { job, file, task })
    }

    /// Searches for duplicates where they are asked for and not known.
    pub(super) fn find_duplicates(&mut self, job: JobId) -> Outcome {
        let is_wanted = self.filter.only_duplicates && self.doubles.is_none() && self.task.is_none();
        if is_wanted && self.file.is_some() { self.begin(DatasetTask::FindDuplicates, job) } else { Outcome::default() }
    }

    /// A job about the data set ended.
    pub(in crate::state) fn close(&mut self, job: JobId, closing: Closing) -> Outcome {
        if self.is_indexing(job) {
            self.indexing = None;
            // They were searched for before; the user asks again for those among all.
            self.doubles = None;
            self.filter.only_duplicates = false;
            self.sort_anew();
        }
        self.opening.take_if(|(opening, _)| *opening == job);
        if self.task.take_if(|task| task.job == job).is_some() && self.filter.only_duplicates && self.doubles.is_none()
        {
            // The search was stopped or failed: nothing is known that the filter could show.
            self.filter.only_duplicates = false;
            self.refresh();
        }
        let fetched = self.fetching.take_if(|(fetching, _)| *fetching == job);
        let marked = self.marking.iter().position(|marking| marking.job == job).map(|at| self.marking.remove(at));
        let Closing::Failed(why) = closing else { return Outcome::default() };
        // The same numbers are other pictures in another index.
        if let Some(Marking { ids, checked, .. }) = marked.filter(|marking| self.file.as_ref() == Some(&marking.file)) {
            self.mark(&ids, !checked);
        }
        if let Some((_, ids)) = fetched {
            // They are not asked for again and again.
            let none = |id| Thumbnail { id, pixels: None };
            self.fetched = Arc::new(ids.into_iter().map(none).collect());
        }
        Outcome::tell(NoticeKind::Error, why)
    }
}

/// What an indexing did, in a sentence or two.
pub(super) fn words_of(summary: &IndexSummary) -> String {
    let pictures = |n: u64| if n == 1 { "1 picture".to_owned() } else { format!("{n} pictures") };
    let mut text = format!("Indexed {} in {:.0} s", pictures(summary.done), summary.seconds);
    for (count, words) in [
        (summary.skipped, "had not changed"),
        (summary.failed, "could not be read or scored"),
        (summary.gone, "are gone"),
        (summary.moved, "were known from another place"),
        (summary.left_out, "were left out (labels, thumbnails)"),
        (summary.bad_rows, "rows of the table cannot be used"),
    ] {
        if count > 0 {
            text += &format!("; {count} {words}");
        }
    }
    text += ".";
    if summary.cancelled {
        text += " It was stopped; index the folder again to go on.";
    }
    for note in &summary.notes {
        text += &format!(" {note}.");
    }
    text
}
