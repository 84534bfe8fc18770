//! What goes on with a data set: indexing, opening, and one long work at a time beside it, from its beginning to its end.

use std::{path::PathBuf, sync::Arc};

use super::{DatasetState, marks::Marking, send};
use crate::{
    dataset::{IndexProgress, IndexSource},
    state::{Closing, Desk, Remark},
    worker::{DatasetTask, JobId, Thumbnail},
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
    /// What it is.
    pub work: Work,
    /// How much is done, 0 to 1, where it is known.
    pub fraction: Option<f32>,
}

/// Which long work it is; there is one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Rows are handed on.
    Export,
    /// Pictures that look nearly the same are searched for.
    FindDuplicates,
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

    pub(super) fn index(&mut self, source: IndexSource, file: PathBuf, desk: &mut Desk) {
        self.indexing.iter().for_each(|indexing| desk.cancel(indexing.job));
        let task = DatasetTask::Index { source: source.clone(), segmenter: desk.settings.segmenter.clone() };
        let job = send(file.clone(), task, desk);
        self.indexing = Some(Indexing { job, file, source, progress: None, is_paused: false });
    }

    pub(super) fn open(&mut self, file: PathBuf, desk: &mut Desk) {
        let before = self.opening.take().map(|(job, _)| job);
        let elsewhere = self.indexing.take_if(|indexing| indexing.file != file).map(|indexing| indexing.job);
        before.into_iter().chain(elsewhere).for_each(|job| desk.cancel(job));
        self.opening = Some((send(file.clone(), DatasetTask::Open, desk), file));
    }

    /// Begins a long work with the data set that is open; there is one at a time.
    pub(super) fn begin(&mut self, work: Work, task: DatasetTask, desk: &mut Desk) {
        match self.file.clone().filter(|_| self.task.is_none()) {
            Some(file) => {
                let job = send(file.clone(), task, desk);
                self.task = Some(Task { job, file, work, fraction: None });
            }
            None => desk.tell(Remark::DatasetBusy),
        }
    }

    /// Searches for duplicates where they are asked for and not known.
    pub(super) fn find_duplicates(&mut self, desk: &mut Desk) {
        let is_wanted = self.filter.only_duplicates && self.doubles.is_none() && self.task.is_none();
        if is_wanted && self.file.is_some() {
            self.begin(Work::FindDuplicates, DatasetTask::FindDuplicates, desk);
        }
    }

    /// A job about the data set ended.
    pub(in crate::state) fn close(&mut self, job: JobId, closing: Closing, desk: &mut Desk) {
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
        let Closing::Failed(why) = closing else { return };
        // The same numbers are other pictures in another index.
        if let Some(Marking { ids, checked, .. }) = marked.filter(|marking| self.file.as_ref() == Some(&marking.file)) {
            self.mark(&ids, !checked);
        }
        if let Some((_, ids)) = fetched {
            // They are not asked for again and again.
            let none = |id| Thumbnail { id, pixels: None };
            self.fetched = Arc::new(ids.into_iter().map(none).collect());
        }
        desk.tell(Remark::DatasetFailed(why));
    }
}
