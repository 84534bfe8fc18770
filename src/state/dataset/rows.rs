//! The rows as they come, and what of them is shown.

use std::{path::PathBuf, sync::Arc};

use super::{DatasetState, Filter, RowSelection, listing::Groups};
use crate::{dataset::Row, state::Desk, worker::JobId};

impl DatasetState {
    /// The rows of an index that was just opened; its file is proposed the next time.
    pub(super) fn replace(&mut self, job: JobId, root: PathBuf, rows: Vec<Row>, desk: &mut Desk) {
        let opened = self.opening.as_ref().filter(|(opening, _)| *opening == job).map(|(_, file)| file.clone());
        let indexed = self.indexing.as_ref().filter(|indexing| indexing.job == job);
        let Some(file) = opened.or_else(|| indexed.map(|indexing| indexing.file.clone())) else { return };
        if self.file.as_ref() != Some(&file) {
            self.filter = Filter { threshold: self.filter.threshold, ..Filter::default() };
            self.selection = RowSelection::default();
            // What still comes for the index before is about other pictures.
            (self.fetching, self.fetched) = (None, Arc::default());
        }
        desk.settings.last_index = Some(file.clone());
        (self.file, self.root) = (Some(file), root);
        self.places = (0..).zip(&rows).map(|(place, row)| (row.id, place)).collect();
        self.rows = rows;
        self.doubles = None;
        self.sort_anew();
    }

    /// Rows that are new, or that changed.
    pub(super) fn take_in(&mut self, rows: Vec<Row>) {
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

    pub(super) fn sort_anew(&mut self) {
        self.listing.sort(&self.rows, self.sort);
        self.refresh();
    }

    pub(super) fn refresh(&mut self) {
        let none = Groups::new();
        self.listing.filter(&self.rows, &self.filter, self.doubles.as_ref().unwrap_or(&none));
        self.selection.keep(self.listing.shown());
    }
}
