//! The data set that is open: its rows, which of them are shown and selected, and what is being done with it. Like the rest
//! of the state it holds plain data; it changes in [`DatasetState::apply`] and [`DatasetState::perform`], which the two
//! functions of the whole state call.

mod action;
mod filter;
mod jobs;
mod listing;
mod marks;
mod rows;
mod selection;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use action::DatasetAction;
pub use filter::{Checked, Column, Filter, PAPER_THRESHOLD, ScoreFilter, Sort};
pub use jobs::{Indexing, Task, Work};
use listing::Groups;
pub use listing::Listing;
use marks::Marking;
pub use selection::{Extend, RowSelection};

use super::{DatasetEdit, Desk, Remark, Request, Room};
use crate::{
    dataset::{PositionSource, Row, RowId},
    geo::LatLon,
    worker::{Command, DatasetNews, DatasetTask, JobId, Thumbnail},
};

/// More pictures than this are not opened on the other page at once: each fills some megabytes.
const MOST_OPENED: usize = 100;

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
    selection: RowSelection,
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

    /// Where a manifest says that a file with these bytes was taken. It looks through all rows.
    pub fn label(&self, sha256: &str) -> Option<LatLon> {
        let row = self.rows.iter().find(|row| row.sha256.as_deref() == Some(sha256))?;
        row.position.filter(|_| row.position_source == Some(PositionSource::Manifest))
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
    pub fn selection(&self) -> &RowSelection {
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

    /// The files of the selected pictures, not too many, and how many are left out.
    pub(super) fn files_to_open(&self) -> (Vec<PathBuf>, usize) {
        let selected = self.listing.shown().iter().filter(|row| self.selection.holds(**row));
        let files: Vec<_> = selected.take(MOST_OPENED).filter_map(|row| Some(self.file_of(self.row(*row)?))).collect();
        let n_left_out = self.selection.len().saturating_sub(files.len());
        (files, n_left_out)
    }

    /// Does what the user wants; of an edit the inverse comes back.
    pub(super) fn perform(&mut self, action: DatasetAction, desk: &mut Desk) -> Option<DatasetEdit> {
        match action {
            DatasetAction::Index(source, file) => self.index(source, file, desk),
            DatasetAction::Open(file) => self.open(file, desk),
            DatasetAction::Pause(yes) => {
                if let Some(indexing) = &mut self.indexing {
                    indexing.is_paused = yes;
                    desk.ask([Request::Pause(indexing.job, yes)]);
                }
            }
            DatasetAction::StopIndexing => self.indexing.iter().for_each(|indexing| desk.cancel(indexing.job)),
            DatasetAction::SetFilter(filter) => {
                self.filter = filter;
                self.refresh();
                self.find_duplicates(desk);
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
            }
            DatasetAction::Go(place, extend) => self.select(|selection, shown| selection.go_to(shown, place, extend)),
            DatasetAction::Move(by, extends) => self.select(|selection, shown| {
                let here = selection.cursor().and_then(|cursor| shown.iter().position(|row| *row == cursor));
                let there = here.map_or(0, |here| here.saturating_add_signed(by)).min(shown.len().saturating_sub(1));
                selection.go_to(shown, there, if extends { Extend::Range } else { Extend::No });
            }),
            DatasetAction::SelectAll => self.select(|selection, shown| selection.only(shown.iter().copied())),
            DatasetAction::SelectRows(rows) => self.select(|selection, _| selection.only(rows)),
            DatasetAction::SelectWithin(region, adds) => {
                let inside = |row: &u32| self.rows[*row as usize].position.is_some_and(|at| region.contains(at));
                let rows: Vec<u32> = self.listing.shown().iter().copied().filter(inside).collect();
                self.select(|selection, _| if adds { selection.add(rows) } else { selection.only(rows) });
            }
            DatasetAction::ToggleChecked => return self.toggle_checked(desk),
            DatasetAction::FetchThumbnails(ids) => {
                if let Some(file) = self.file.clone().filter(|_| self.fetching.is_none()) {
                    self.fetching = Some((send(file, DatasetTask::Thumbnails(ids.clone()), desk), ids));
                }
            }
            DatasetAction::Export { ids, form, out, replaces } => {
                self.begin(Work::Export, DatasetTask::Export { ids, form, out, replaces }, desk);
            }
            DatasetAction::StopTask => self.task.iter().for_each(|task| desk.cancel(task.job)),
        }
        None
    }

    /// Takes in what a job about the data set says.
    pub(super) fn apply(&mut self, job: JobId, news: DatasetNews, desk: &mut Desk) {
        match news {
            DatasetNews::All { root, rows } => self.replace(job, root, rows, desk),
            DatasetNews::Changed { root, rows } if self.is_indexing(job) => {
                self.root = root;
                self.take_in(rows);
            }
            DatasetNews::Progress(progress) => {
                if let Some(indexing) = self.indexing.as_mut().filter(|indexing| indexing.job == job) {
                    indexing.progress = Some(progress);
                }
            }
            DatasetNews::Indexed(summary) if self.is_indexing(job) => desk.tell(Remark::Indexed(summary)),
            DatasetNews::Thumbnails(thumbnails) if self.is_fetching_by(job) => self.fetched = Arc::new(thumbnails),
            DatasetNews::Duplicates(groups) if self.is_about_open_index(job) => {
                let numbered = groups.iter().zip(1..);
                let in_group = numbered.flat_map(|(ids, number)| ids.iter().map(move |id| (id, number)));
                let doubles = in_group.filter_map(|(id, number)| Some((*self.places.get(id)?, number))).collect();
                self.doubles = Some(doubles);
                self.refresh();
            }
            DatasetNews::Fraction(fraction) => {
                if let Some(task) = self.task.as_mut().filter(|task| task.job == job) {
                    task.fraction = Some(fraction);
                }
            }
            DatasetNews::Exported(summary, out) => desk.tell(Remark::Exported(summary, out)),
            DatasetNews::Changed { .. }
            | DatasetNews::Indexed(_)
            | DatasetNews::Thumbnails(_)
            | DatasetNews::Duplicates(_) => {}
        }
    }

    fn select(&mut self, change: impl FnOnce(&mut RowSelection, &[u32])) {
        change(&mut self.selection, self.listing.shown());
    }
}

/// Has something done with the index in this file.
fn send(file: PathBuf, task: DatasetTask, desk: &mut Desk) -> JobId {
    let job = desk.job_for(Room::Dataset);
    desk.send(Command::Dataset { job, file, task });
    job
}
