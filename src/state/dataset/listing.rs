//! The pictures that a filter lets through, sorted, and how they are spread over scores and countries. It is made anew when
//! rows, filter or order change and at no other time: a frame only reads it.

use std::collections::HashMap;

use crate::{dataset::Row, geo::CountryCode};

use super::filter::{Filter, SCORE_STEPS, Sort, step_of};

/// What is shown of a data set. Pictures are named by their place among the rows.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    order: Vec<u32>,
    shown: Vec<u32>,
    steps: Vec<u32>,
    countries: Vec<(Option<CountryCode>, usize)>,
    n_errors: usize,
    n_unscored: usize,
    version: u64,
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

    /// How many of the rows that pass the filter but for its scores have no score.
    pub fn n_unscored(&self) -> usize {
        self.n_unscored
    }

    /// Another number whenever something changed.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Sorts all rows anew.
    pub(super) fn sort(&mut self, rows: &[Row], sort: Option<Sort>) {
        self.order = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
        if let Some(sort) = sort {
            // A stable sort: what is equal stays in the order in which it came.
            self.order.sort_by(|&a, &b| sort.compare(&rows[a as usize], &rows[b as usize]));
        }
    }

    /// Filters anew. Rows that came since the last sort stand at the end, so that what is looked at does not jump.
    pub(super) fn filter(&mut self, rows: &[Row], filter: &Filter, doubles: &HashMap<u32, u32>) {
        let n_sorted = self.order.len();
        self.order.extend((n_sorted..rows.len()).filter_map(|row| u32::try_from(row).ok()));
        self.version += 1;
        self.shown.clear();
        self.steps.clear();
        self.steps.resize(SCORE_STEPS + 1, 0);
        (self.n_errors, self.n_unscored) = (0, 0);
        let words = filter.words();
        let mut countries: HashMap<Option<CountryCode>, usize> = HashMap::new();
        for &at in &self.order {
            let row = &rows[at as usize];
            self.n_errors += usize::from(row.error.is_some());
            if !filter.takes_rest(row, &words, doubles.contains_key(&at)) {
                continue;
            }
            let (score, country) = (filter.takes_score(row.locatability), filter.takes_country(row.country));
            if country {
                match row.locatability {
                    Some(score) => self.steps[step_of(score)] += 1,
                    None => self.n_unscored += 1,
                }
            }
            if score {
                *countries.entry(row.country).or_default() += 1;
            }
            if score && country {
                self.shown.push(at);
            }
        }
        if filter.only_duplicates {
            self.shown.sort_by_key(|at| doubles.get(at));
        }
        self.countries = countries.into_iter().collect();
        self.countries.sort_by_key(|(country, count)| (std::cmp::Reverse(*count), *country));
    }
}
