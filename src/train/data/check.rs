//! Looks over data before a run begins, so that what is wrong with it is said before an hour is lost.

use super::{
    Data,
    conversations::{self, CountTokens},
    fault::{About, Fault, Report},
    pictures, places,
};
use crate::dataset::{APART_KM, BadExample, Example, NEAR, RecordProblem, table::RowProblem};

/// What is looked at, and how closely.
pub struct Checks<'a> {
    /// Whether pictures are opened; otherwise only their files are looked for.
    pub opens_pictures: bool,
    /// What the model will be measured by, and may not have seen.
    pub test: &'a [Example],
    /// Kilometres within which two examples are at one place.
    pub apart_km: f64,
    /// Pictures whose perceptual hashes differ in at most so many bits look alike.
    pub alike_bits: u32,
    /// The tokenizer of the model, and how many tokens of an answer are learned.
    pub tokens: Option<(&'a CountTokens<'a>, usize)>,
    /// Whether texts are to name a place, as the paper has it.
    pub wants_places_named: bool,
    /// Whether reasons are learned of examples that have no conversation.
    pub wants_reasons: bool,
}

impl Default for Checks<'_> {
    fn default() -> Self {
        Self {
            opens_pictures: false,
            test: &[],
            apart_km: APART_KM,
            alike_bits: NEAR,
            tokens: None,
            wants_places_named: false,
            wants_reasons: false,
        }
    }
}

/// Says what is wrong. `go_on` is told how many pictures are done and says whether to go on.
pub fn check(data: &Data, checks: &Checks<'_>, go_on: &(dyn Fn(usize) -> bool + Sync)) -> Report {
    let mut report = Report::of(data.examples.len() + data.bad.len(), checks.test.len());
    for (source, bad) in &data.bad {
        let fault = if is_off_earth(bad) { Fault::OffEarth } else { Fault::Unread };
        report.note_unread(fault, &source.display().to_string(), About::Said(bad.to_string()));
    }
    places::check(&data.examples, checks.test, checks.apart_km, &mut report);
    let wants = (checks.wants_places_named, checks.wants_reasons);
    conversations::check(&data.examples, checks.tokens, wants, &mut report);
    if checks.opens_pictures {
        pictures::open(&data.examples, checks.test, checks.alike_bits, go_on, &mut report);
    } else {
        pictures::look_for(&data.examples, &mut report);
    }
    report
}

fn is_off_earth(bad: &BadExample) -> bool {
    let problem = match bad {
        BadExample::Row(row) => &row.problem,
        BadExample::Record { problem: RecordProblem::Field { problem, .. }, .. } => problem,
        BadExample::Record { .. } | BadExample::RowGroup { .. } | BadExample::Picture(_) => return false,
    };
    matches!(problem, RowProblem::OffEarth { .. })
}
