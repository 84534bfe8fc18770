//! Which rows of an index are handed on.

use crate::{
    dataset::{Row, duplicates::without_duplicates},
    geo::CountryCode,
};

/// Which rows are meant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    /// Only pictures with at least this locatability.
    pub min_locatability: Option<f64>,
    /// Only pictures with at most this locatability.
    pub max_locatability: Option<f64>,
    /// Only pictures of these countries; all where none is named.
    pub countries: Vec<CountryCode>,
    /// Only pictures that are marked as checked.
    pub checked: bool,
    /// Only pictures with a position.
    pub located: bool,
    /// Also pictures that could not be read or scored, or are gone.
    pub with_errors: bool,
    /// Of pictures whose perceptual hashes differ in at most so many bits, only one.
    pub no_duplicates: Option<u32>,
}

impl Selection {
    /// The rows among these that are meant.
    pub fn of(&self, mut rows: Vec<Row>) -> Vec<Row> {
        rows.retain(|row| self.takes(row));
        match self.no_duplicates {
            Some(distance) => without_duplicates(rows, distance),
            None => rows,
        }
    }

    fn takes(&self, row: &Row) -> bool {
        let at_least = |bound: f64| row.locatability.is_some_and(|score| score >= bound);
        let at_most = |bound: f64| row.locatability.is_some_and(|score| score <= bound);
        let of_country = || row.country.is_some_and(|country| self.countries.contains(&country));
        self.min_locatability.is_none_or(at_least)
            && self.max_locatability.is_none_or(at_most)
            && (self.countries.is_empty() || of_country())
            && (!self.checked || row.checked)
            && (!self.located || row.position.is_some())
            && (self.with_errors || row.error.is_none())
    }
}
