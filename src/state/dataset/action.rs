//! What the user can want of a data set.

use std::path::PathBuf;

use super::{Column, Extend, Filter};
use crate::{
    dataset::{IndexSource, RowId, export::ExportForm},
    geo::Region,
};

/// What the user wants of a data set.
#[derive(Debug, Clone)]
pub enum DatasetAction {
    /// Index this, into this file; an index that is there already goes on.
    Index(IndexSource, PathBuf),
    /// Open this index.
    Open(PathBuf),
    /// Let the indexing wait, or go on.
    Pause(bool),
    /// End the indexing and keep what is done.
    StopIndexing,
    /// Show what passes this filter.
    SetFilter(Filter),
    /// Sort by this column; again turns the order around, and a third time undoes it.
    SortBy(Column),
    /// Go to the picture in this place of what is shown.
    Go(usize, Extend),
    /// Go so many places on; with `true` select what lies between.
    Move(isize, bool),
    /// Select all that is shown.
    SelectAll,
    /// Select these rows and no others.
    SelectRows(Vec<u32>),
    /// Select what is shown and lies in this area; with `true` beside what is selected.
    SelectWithin(Region, bool),
    /// Mark the selected pictures as checked, or take the mark from them where all have it.
    ToggleChecked,
    /// Fetch these pictures' thumbnails; one such request runs at a time, and more are let go.
    FetchThumbnails(Vec<RowId>),
    /// Write these rows in this form to this place.
    Export {
        /// Which.
        ids: Vec<RowId>,
        /// How.
        form: ExportForm,
        /// Where to.
        out: PathBuf,
        /// Whether a file that is there may be replaced: the user was asked.
        replaces: bool,
    },
    /// Stop the export, or the search for duplicates.
    StopTask,
}
