//! The data set that is open: its rows, which of them are shown and selected, and what is being done with it. Like the rest
//! of the state it holds plain data; it changes in [`DatasetState::apply`] and [`DatasetState::perform`], which the two
//! functions of the whole state call.

mod action;
mod filter;
mod listing;
mod selection;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use action::DatasetAction;
pub use filter::{Checked, Column, Filter, PAPER_THRESHOLD, Score, Sort};
use listing::Groups;
pub use listing::Listing;
pub use selection::{Extend, Selection};

use super::{Closing, DatasetEdit, NoticeKind, Request};
use crate::{
    dataset::{IndexProgress, IndexSource, IndexSummary, Row, RowId},
    worker::{Command, DatasetNews, DatasetTask, JobId, ModelSource, Thumbnail},
};

/// More pictures than this are not opened on the other page at once: each fills some megabytes.
const MOST_OPENED: usize = 100;

/// An indexing that goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Indexing {
    job: JobId,
    file: PathBuf,
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
    job: JobId,
    /// The index that it works on, which need no longer be the one that is open when it ends.
    file: PathBuf,
    /// What it is, as a progress line says it.
    pub what: &'static str,
    /// How much is done, 0 to 1, where it is known.
    pub fraction: Option<f32>,
}

/// Marks on their way into the index.
#[derive(Debug)]
struct Marking {
    job: JobId,
    file: PathBuf,
    ids: Vec<RowId>,
    checked: bool,
}

/// What follows from an action or an event.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) requests: Vec<Request>,
    pub(super) tell: Option<(NoticeKind, String)>,
    /// What would undo the edit that this was.
    pub(super) inverse: Option<DatasetEdit>,
}

impl Outcome {
    fn ask(requests: impl IntoIterator<Item = Request>) -> Self {
        Self { requests: requests.into_iter().collect(), ..Self::default() }
    }

    fn send(command: Command) -> Self {
        Self::ask([Request::Send(command)])
    }

    fn tell(kind: NoticeKind, text: String) -> Self {
        Self { tell: Some((kind, text)), ..Self::default() }
    }
}

/// What the window knows of the data set.
#[derive(Debug, Default)]
pub struct DatasetState {
    file: Option<PathBuf>,
    root: PathBuf,
    rows: Vec<Row>,
    places: HashMap<RowId, u32>,
    filter: Filter,
    sort: Option<Sort>,
    listing: Listing,
    selection: Selection,
    opening: Option<(JobId, PathBuf)>,
    indexing: Option<Indexing>,
    task: Option<Task>,
    marking: Vec<Marking>,
    fetching: Option<(JobId, Vec<RowId>)>,
    fetched: Arc<Vec<Thumbnail>>,
    /// The group of each row that another looks like; none as long as nobody asked, or rows came since.
    doubles: Option<Groups>,
}

impl DatasetState {
    /// The index's file; none as long as none was opened.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Every row, in the order in which they came.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row in this place.
    pub fn row(&self, place: u32) -> Option<&Row> {
        self.rows.get(place as usize)
    }

    /// A row's picture as a file that can be opened.
    pub fn file_of(&self, row: &Row) -> PathBuf {
        row.file(&self.root)
    }

    /// What is shown.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// What a picture must be to be shown.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The order, where it is not that in which the pictures came.
    pub fn sort(&self) -> Option<Sort> {
        self.sort
    }

    /// What is selected.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The index that is being opened.
    pub fn opening(&self) -> Option<&Path> {
        self.opening.as_ref().map(|(_, file)| file.as_path())
    }

    /// The indexing that goes on.
    pub fn indexing(&self) -> Option<&Indexing> {
        self.indexing.as_ref()
    }

    /// What else goes on.
    pub fn task(&self) -> Option<&Task> {
        self.task.as_ref()
    }

    /// Whether thumbnails are on their way.
    pub fn is_fetching(&self) -> bool {
        self.fetching.is_some()
    }

    /// The thumbnails that came last; another allocation whenever others came.
    pub fn fetched(&self) -> &Arc<Vec<Thumbnail>> {
        &self.fetched
    }

    /// The number of the group of pictures that look like this row's, where duplicates were searched for.
    pub fn group_of(&self, row: u32) -> Option<u32> {
        self.doubles.as_ref()?.get(&row).copied()
    }

    /// The rows that an export takes: what is selected, or all that is shown.
    pub fn rows_to_export(&self) -> impl Iterator<Item = u32> {
        let selects = !self.selection.is_empty();
        self.listing.shown().iter().copied().filter(move |row| !selects || self.selection.holds(*row))
    }

    /// The files of the selected pictures, not too many, and how many are left out.
    pub(super) fn files_to_open(&self) -> (Vec<PathBuf>, usize) {
        let selected = self.listing.shown().iter().filter(|row| self.selection.holds(**row));
        let files: Vec<_> = selected.take(MOST_OPENED).filter_map(|row| Some(self.file_of(self.row(*row)?))).collect();
        let n_left_out = self.selection.len().saturating_sub(files.len());
        (files, n_left_out)
    }

    fn is_about_open_index(&self, job: JobId) -> bool {
        self.task.as_ref().is_some_and(|task| task.job == job && self.file.as_ref() == Some(&task.file))
    }

    fn is_fetching_by(&self, job: JobId) -> bool {
        self.fetching.as_ref().is_some_and(|(fetching, _)| *fetching == job)
    }

    fn is_indexing(&self, job: JobId) -> bool {
        self.indexing.as_ref().is_some_and(|indexing| indexing.job == job)
    }

    /// Does what the user wants; a job that it takes has this number.
    pub(super) fn perform(&mut self, action: DatasetAction, segmenter: &ModelSource, job: JobId) -> Outcome {
        match action {
            DatasetAction::Index(source, file) => self.index(source, file, segmenter, job),
            DatasetAction::Open(file) => self.open(file, job),
            DatasetAction::Pause(yes) => {
                let Some(indexing) = &mut self.indexing else { return Outcome::default() };
                indexing.is_paused = yes;
                Outcome::ask([Request::Pause(indexing.job, yes)])
            }
            DatasetAction::StopIndexing => {
                Outcome::ask(self.indexing.iter().map(|indexing| Request::Cancel(indexing.job)))
            }
            DatasetAction::SetFilter(filter) => {
                self.filter = filter;
                self.refresh();
                self.find_duplicates(job)
            }
            DatasetAction::SortBy(column) => {
                self.sort = match self.sort {
                    Some(Sort { column: now, descending: false }) if now == column => {
                        Some(Sort { column, descending: true })
                    }
                    Some(Sort { column: now, .. }) if now == column => None,
                    _ => Some(Sort { column, descending: false }),
                };
                self.sort_anew();
                Outcome::default()
            }
            DatasetAction::Go(place, extend) => self.select(|selection, shown| selection.go_to(shown, place, extend)),
            DatasetAction::Move(by, extends) => self.select(|selection, shown| {
                let here = selection.cursor().and_then(|cursor| shown.iter().position(|row| *row == cursor));
                let there = here.map_or(0, |here| here.saturating_add_signed(by)).min(shown.len().saturating_sub(1));
                selection.go_to(shown, there, if extends { Extend::Range } else { Extend::No });
            }),
            DatasetAction::SelectAll => self.select(|selection, shown| selection.only(shown.iter().copied())),
            DatasetAction::SelectRows(rows) => self.select(|selection, _| selection.only(rows)),
            DatasetAction::SelectWithin(area, adds) => {
                let inside = |row: &u32| self.rows[*row as usize].position.is_some_and(|at| area.contains(at));
                let rows: Vec<u32> = self.listing.shown().iter().copied().filter(inside).collect();
                self.select(|selection, _| if adds { selection.add(rows) } else { selection.only(rows) })
            }
            DatasetAction::ToggleChecked => self.toggle_checked(job),
            DatasetAction::FetchThumbnails(ids) => {
                let Some(file) = self.file.clone().filter(|_| self.fetching.is_none()) else {
                    return Outcome::default();
                };
                self.fetching = Some((job, ids.clone()));
                Outcome::send(Command::Dataset { job, file, task: DatasetTask::Thumbnails(ids) })
            }
            DatasetAction::Export { ids, form, out, replaces } => {
                let Some(file) = self.file.clone().filter(|_| self.task.is_none()) else {
                    let text = "The data set is busy; export when that is done.".to_owned();
                    return Outcome::tell(NoticeKind::Error, text);
                };
                self.task = Some(Task { job, file: file.clone(), what: "Exporting", fraction: Some(0.0) });
                let task = DatasetTask::Export { ids, form, out, replaces };
                Outcome::send(Command::Dataset { job, file, task })
            }
            DatasetAction::StopTask => Outcome::ask(self.task.iter().map(|task| Request::Cancel(task.job))),
            // Another page is concerned, so the whole state does it.
            DatasetAction::OpenSelected => Outcome::default(),
        }
    }

    /// Takes in what a job about the data set says.
    pub(super) fn apply(&mut self, job: JobId, news: DatasetNews) -> Outcome {
        match news {
            DatasetNews::All { root, rows } => self.replace(job, root, rows),
            DatasetNews::Changed { root, rows } if self.is_indexing(job) => {
                self.root = root;
                self.take_in(rows);
            }
            DatasetNews::Progress(progress) => {
                if let Some(indexing) = self.indexing.as_mut().filter(|indexing| indexing.job == job) {
                    indexing.progress = Some(progress);
                }
            }
            DatasetNews::Indexed(summary) if self.is_indexing(job) => {
                return Outcome::tell(NoticeKind::Info, words_of(&summary));
            }
            DatasetNews::Thumbnails(thumbnails) if self.is_fetching_by(job) => self.fetched = Arc::new(thumbnails),
            DatasetNews::Duplicates(groups) if self.is_about_open_index(job) => {
                let numbered = groups.iter().zip(1..);
                let in_group = numbered.flat_map(|(ids, number)| ids.iter().map(move |id| (id, number)));
                let doubles = in_group.filter_map(|(id, number)| Some((*self.places.get(id)?, number))).collect();
                self.doubles = Some(doubles);
                self.refresh();
            }
            DatasetNews::Exporting(fraction) => {
                if let Some(task) = self.task.as_mut().filter(|task| task.job == job) {
                    task.fraction = Some(fraction);
                }
            }
            DatasetNews::Exported(text) => return Outcome::tell(NoticeKind::Info, text),
            DatasetNews::Changed { .. }
            | DatasetNews::Indexed(_)
            | DatasetNews::Thumbnails(_)
            | DatasetNews::Duplicates(_) => {}
        }
        Outcome::default()
    }

    /// A job about the data set ended.
    pub(super) fn close(&mut self, job: JobId, closing: Closing) -> Outcome {
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

impl DatasetState {
    fn index(&mut self, source: IndexSource, file: PathBuf, segmenter: &ModelSource, job: JobId) -> Outcome {
        let mut requests: Vec<_> = self.indexing.iter().map(|indexing| Request::Cancel(indexing.job)).collect();
        let task = DatasetTask::Index { source: source.clone(), segmenter: segmenter.clone() };
        requests.push(Request::Send(Command::Dataset { job, file: file.clone(), task }));
        self.indexing = Some(Indexing { job, file, source, progress: None, is_paused: false });
        Outcome::ask(requests)
    }

    fn open(&mut self, file: PathBuf, job: JobId) -> Outcome {
        let before = self.opening.replace((job, file.clone())).map(|(job, _)| job);
        let elsewhere = self.indexing.take_if(|indexing| indexing.file != file).map(|indexing| indexing.job);
        let mut requests: Vec<_> = before.into_iter().chain(elsewhere).map(Request::Cancel).collect();
        requests.push(Request::Send(Command::Dataset { job, file, task: DatasetTask::Open }));
        Outcome::ask(requests)
    }

    /// The rows of an index that was just opened.
    fn replace(&mut self, job: JobId, root: PathBuf, rows: Vec<Row>) {
        let opened = self.opening.as_ref().filter(|(opening, _)| *opening == job).map(|(_, file)| file.clone());
        let indexed = self.indexing.as_ref().filter(|indexing| indexing.job == job);
        let Some(file) = opened.or_else(|| indexed.map(|indexing| indexing.file.clone())) else { return };
        if self.file.as_ref() != Some(&file) {
            self.filter = Filter { threshold: self.filter.threshold, ..Filter::default() };
            self.selection = Selection::default();
            // What still comes for the index before is about other pictures.
            (self.fetching, self.fetched) = (None, Arc::default());
        }
        (self.file, self.root) = (Some(file), root);
        self.places = (0..).zip(&rows).map(|(place, row)| (row.id, place)).collect();
        self.rows = rows;
        self.doubles = None;
        self.sort_anew();
    }

    /// Rows that are new, or that changed.
    fn take_in(&mut self, rows: Vec<Row>) {
        let (words, none) = (self.filter.words(), Groups::new());
        let groups = self.doubles.as_ref().unwrap_or(&none);
        let filter = (&self.filter, words.as_slice());
        let mut any_lost = false;
        for row in rows {
            // Four thousand million rows do not fit into memory.
            let next = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
            let place = *self.places.entry(row.id).or_insert(next);
            let before = if place == next {
                self.rows.push(row);
                None
            } else {
                Some(std::mem::replace(&mut self.rows[place as usize], row))
            };
            any_lost |= self.listing.change(place, before.as_ref(), &self.rows[place as usize], filter, groups);
        }
        self.listing.settle();
        if any_lost {
            self.selection.keep(self.listing.shown());
        }
    }

    fn sort_anew(&mut self) {
        self.listing.sort(&self.rows, self.sort);
        self.refresh();
    }

    fn refresh(&mut self) {
        let none = Groups::new();
        self.listing.filter(&self.rows, &self.filter, self.doubles.as_ref().unwrap_or(&none));
        self.selection.keep(self.listing.shown());
    }

    fn select(&mut self, change: impl FnOnce(&mut Selection, &[u32])) -> Outcome {
        change(&mut self.selection, self.listing.shown());
        Outcome::default()
    }

    fn toggle_checked(&mut self, job: JobId) -> Outcome {
        let Some(file) = self.file.clone() else { return Outcome::default() };
        let shown = self.listing.shown();
        let selected: Vec<u32> = shown.iter().copied().filter(|row| self.selection.holds(*row)).collect();
        let checked = selected.iter().any(|row| !self.rows[*row as usize].checked);
        let turned = selected.iter().map(|row| &self.rows[*row as usize]).filter(|row| row.checked != checked);
        let ids: Vec<RowId> = turned.map(|row| row.id).collect();
        if ids.is_empty() {
            return Outcome::default();
        }
        self.carry_out(DatasetEdit::Check { file, ids, checked }, job)
    }

    /// Does an edit.
    pub(super) fn carry_out(&mut self, edit: DatasetEdit, job: JobId) -> Outcome {
        let DatasetEdit::Check { file, ids, checked } = edit;
        if self.file.as_ref() == Some(&file) {
            let shown = self.listing.shown();
            let place = self.selection.cursor().and_then(|cursor| shown.iter().position(|row| *row == cursor));
            self.mark(&ids, checked);
            // Where only unchecked pictures are shown the marked ones are gone; the next one takes their place.
            if let (true, Some(place)) = (self.selection.is_empty(), place) {
                let last = self.listing.shown().len().saturating_sub(1);
                self.select(|selection, shown| selection.go_to(shown, place.min(last), Extend::No));
            }
        }
        self.marking.push(Marking { job, file: file.clone(), ids: ids.clone(), checked });
        let inverse = DatasetEdit::Check { file: file.clone(), ids: ids.clone(), checked: !checked };
        let command = Command::Dataset { job, file, task: DatasetTask::Check { ids, checked } };
        Outcome { inverse: Some(inverse), ..Outcome::send(command) }
    }

    fn mark(&mut self, ids: &[RowId], checked: bool) {
        for id in ids {
            if let Some(&place) = self.places.get(id) {
                self.rows[place as usize].checked = checked;
            }
        }
        self.refresh();
    }

    /// Searches for duplicates where they are asked for and not known.
    fn find_duplicates(&mut self, job: JobId) -> Outcome {
        let wanted = self.filter.only_duplicates && self.doubles.is_none() && self.task.is_none();
        let Some(file) = self.file.clone().filter(|_| wanted) else { return Outcome::default() };
        self.task = Some(Task { job, file: file.clone(), what: "Searching for duplicates", fraction: None });
        Outcome::send(Command::Dataset { job, file, task: DatasetTask::FindDuplicates })
    }
}

/// What an indexing did, in a sentence or two.
fn words_of(summary: &IndexSummary) -> String {
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
