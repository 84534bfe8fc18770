//! The pictures that a filter lets through, sorted, and how they are spread over scores and countries. It is made anew when
//! filter or order change, and kept up row by row as rows come: a frame only reads it.

use std::{
    cmp::{Ordering, Reverse},
    collections::HashMap,
};

use crate::{dataset::Row, geo::CountryCode};

use super::filter::{Column, Filter, SCORE_STEPS, Sort, step_of};

/// The number of the group of pictures that look alike, for each row that has such a group.
pub(super) type Groups = HashMap<u32, u32>;

/// What is shown of a data set. Pictures are named by their place among the rows.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    order: Vec<u32>,
    shown: Vec<u32>,
    steps: Vec<u32>,
    by_country: HashMap<Option<CountryCode>, usize>,
    countries: Vec<(Option<CountryCode>, usize)>,
    n_errors: usize,
    n_not_scored: usize,
    n_unscored: usize,
    version: u64,
}

/// Which parts of the filter a row passes.
#[derive(Clone, Copy, Default)]
struct Passes {
    score: bool,
    country: bool,
    rest: bool,
}

impl Passes {
    fn all(self) -> bool {
        self.score && self.country && self.rest
    }
}

impl Listing {
    /// The rows shown, in order.
    pub fn shown(&self) -> &[u32] {
        &self.shown
    }

    /// How many of the rows that pass the filter but for its scores have a score in each of `n_bars` equal parts of 0 to
    /// 1; the last part holds 1 itself. `n_bars` divides 1000.
    pub fn histogram(&self, n_bars: usize) -> Vec<u32> {
        let width = SCORE_STEPS / n_bars;
        let mut bars = vec![0; n_bars];
        for (step, count) in self.steps.iter().enumerate() {
            bars[(step / width).min(n_bars - 1)] += count;
        }
        bars
    }

    /// How many of the same rows lie below a threshold, and how many at it or above.
    pub fn parted_at(&self, threshold: f64) -> (usize, usize) {
        let sum = |steps: &[u32]| steps.iter().map(|count| *count as usize).sum();
        let (below, above) = self.steps.split_at(step_of(threshold).min(self.steps.len()));
        (sum(below), sum(above))
    }

    /// The countries of the rows that pass the filter but for its countries, with how many each has, the most first.
    pub fn countries(&self) -> &[(Option<CountryCode>, usize)] {
        &self.countries
    }

    /// How many rows have an error, whatever the filter.
    pub fn n_errors(&self) -> usize {
        self.n_errors
    }

    /// How many of all pictures were read, and the scorer could say nothing of them.
    pub fn n_not_scored(&self) -> usize {
        self.n_not_scored
    }

    /// How many of the rows that pass the filter but for its scores have no score.
    pub fn n_unscored(&self) -> usize {
        self.n_unscored
    }

    /// Another number whenever it was made anew; rows that come change it not.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Sorts all rows anew.
    pub(super) fn sort(&mut self, rows: &[Row], sort: Option<Sort>) {
        self.order = match sort {
            None => (0..).zip(rows).map(|(at, _)| at).collect(),
            Some(Sort { column, descending }) => {
                let pixels = |row: &Row| Some(u64::from(row.width) * u64::from(row.height)).filter(|n| *n > 0);
                match column {
                    Column::Name => ordered(rows, descending, |row| Some(row.path.as_os_str())),
                    // Scores are not negative, and such numbers are ordered as their bits are.
                    Column::Locatability => ordered(rows, descending, |row| row.locatability.map(f64::to_bits)),
                    Column::Country => ordered(rows, descending, |row| row.country),
                    Column::Place => ordered(rows, descending, |row| row.city.as_deref()),
                    Column::Taken => ordered(rows, descending, |row| row.taken.as_deref()),
                    Column::Size => ordered(rows, descending, pixels),
                    Column::State => ordered(rows, descending, |row| Some((row.error.is_none(), row.checked))),
                }
            }
        };
    }

    /// Filters all rows anew.
    pub(super) fn filter(&mut self, rows: &[Row], filter: &Filter, groups: &Groups) {
        let order = std::mem::take(&mut self.order);
        *self = Self { steps: vec![0; SCORE_STEPS + 1], version: self.version + 1, ..Self::default() };
        let words = filter.words();
        for &at in &order {
            let row = &rows[at as usize];
            let passes = passes(at, row, filter, &words, groups);
            self.count(row, passes, true);
            if passes.all() {
                self.shown.push(at);
            }
        }
        self.order = order;
        if filter.only_duplicates {
            self.shown.sort_by_key(|at| groups.get(at));
        }
        self.settle();
    }

    /// Takes in a row that came (`before` is none) or changed; whether it is no longer shown. What is new stands at the end
    /// until it is sorted again, so that what is looked at does not jump. [`Self::settle`] is to follow.
    pub(super) fn change(
        &mut self,
        at: u32,
        before: Option<&Row>,
        now: &Row,
        (filter, words): (&Filter, &[String]),
        groups: &Groups,
    ) -> bool {
        let was = before.map_or_else(Passes::default, |row| passes(at, row, filter, words, groups));
        let is = passes(at, now, filter, words, groups);
        match before {
            Some(row) => self.count(row, was, false),
            None => self.order.push(at),
        }
        self.count(now, is, true);
        let is_lost = was.all() && !is.all();
        if is_lost {
            self.shown.retain(|row| *row != at);
        } else if is.all() && !was.all() {
            self.shown.push(at);
        }
        is_lost
    }

    /// Puts the countries in order.
    pub(super) fn settle(&mut self) {
        self.countries = self.by_country.iter().map(|(country, n)| (*country, *n)).filter(|(_, n)| *n > 0).collect();
        self.countries.sort_by_key(|(country, n)| (Reverse(*n), *country));
    }

    /// Adds a row to the counts, or takes it out of them.
    fn count(&mut self, row: &Row, passes: Passes, adds: bool) {
        let step = |n: &mut usize| if adds { *n += 1 } else { *n = n.saturating_sub(1) };
        if row.is_wrong() {
            step(&mut self.n_errors);
        } else if row.error.is_some() {
            step(&mut self.n_not_scored);
        }
        if passes.rest && passes.score {
            step(self.by_country.entry(row.country).or_default());
        }
        if passes.rest && passes.country {
            match row.locatability {
                None => step(&mut self.n_unscored),
                Some(score) => {
                    let count = &mut self.steps[step_of(score)];
                    *count = if adds { *count + 1 } else { count.saturating_sub(1) };
                }
            }
        }
    }
}

fn passes(at: u32, row: &Row, filter: &Filter, words: &[String], groups: &Groups) -> Passes {
    let is_double = !filter.only_duplicates || groups.contains_key(&at);
    Passes {
        score: filter.takes_score(row.locatability),
        country: filter.takes_country(row.country),
        rest: is_double && filter.takes_rest(row, words),
    }
}

/// The rows by their keys. What has none stands at the end either way, and what is equal stays in the order in which it came.
fn ordered<'a, Key: Ord>(rows: &'a [Row], descending: bool, key: impl Fn(&'a Row) -> Option<Key>) -> Vec<u32> {
    let mut keyed: Vec<(Option<Key>, u32)> = (0..).zip(rows).map(|(at, row)| (key(row), at)).collect();
    let compare = |a: &Option<Key>, b: &Option<Key>| match (a, b) {
        (Some(a), Some(b)) if descending => b.cmp(a),
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    keyed.sort_by(|(a, _), (b, _)| compare(a, b));
    keyed.into_iter().map(|(_, at)| at).collect()
}
