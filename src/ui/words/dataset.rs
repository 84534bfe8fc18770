//! What is being done with a data set, and what was done.

use std::path::Path;

use super::{count, duration};
use crate::{
    dataset::{IndexProgress, IndexSummary, export::ExportSummary},
    state::DatasetWork,
};

/// What is being done, for a progress line.
pub fn dataset_work(work: DatasetWork) -> &'static str {
    match work {
        DatasetWork::Export => "Exporting",
        DatasetWork::FindDuplicates => "Searching for duplicates",
    }
}

/// How far an indexing is: "12,345 of 100,000 · 83 a second · 18 min left · 3 failed".
pub fn indexing(progress: &IndexProgress, is_paused: bool) -> String {
    let count = |n: u64| count(n as usize);
    let mut parts = vec![format!("{} of {}", count(progress.done + progress.skipped), count(progress.found))];
    if !is_paused {
        let digits = usize::from(progress.rate < 10.0);
        parts.push(format!("{:.digits$} a second", progress.rate));
        parts.extend(progress.seconds_left.map(|seconds| format!("{} left", duration(seconds))));
    }
    if progress.failed > 0 {
        parts.push(format!("{} failed", count(progress.failed)));
    }
    parts.join(" · ")
}

/// "1 picture", "12,345 pictures".
fn pictures(n: u64) -> String {
    if n == 1 { "1 picture".to_owned() } else { format!("{} pictures", count(n as usize)) }
}

/// What an indexing did, in a sentence or two.
pub(super) fn indexed(summary: &IndexSummary) -> String {
    let mut text = format!("Indexed {} in {}", pictures(summary.done), duration(summary.seconds));
    for (n, one, many) in [
        (summary.skipped, "had not changed", "had not changed"),
        (summary.failed, "could not be read or scored", "could not be read or scored"),
        (summary.gone, "is gone", "are gone"),
        (summary.moved, "was known from another place", "were known from another place"),
        (summary.left_out, "was left out (labels, thumbnails)", "were left out (labels, thumbnails)"),
        (summary.bad_rows, "row of the table cannot be used", "rows of the table cannot be used"),
    ] {
        if n > 0 {
            text += &format!("; {} {}", count(n as usize), if n == 1 { one } else { many });
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

/// What an export did, in a sentence or two.
pub(super) fn exported(summary: &ExportSummary, out: &Path) -> String {
    let was = if summary.written == 1 { "was" } else { "were" };
    let mut text = format!("{} {was} exported to {}.", pictures(summary.written), out.display());
    if summary.left_out > 0 {
        let n = count(summary.left_out as usize);
        text += &format!(" Left out, because this form has no use for them: {n}.");
    }
    if let Some(first) = summary.failed.first() {
        text += &format!(" Not copied: {}, such as {first}.", count(summary.failed.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_said_in_words() {
        let mut progress = IndexProgress {
            found: 100_000,
            done: 12_000,
            skipped: 345,
            failed: 3,
            rate: 83.2,
            seconds_left: Some(1054.0),
            ..IndexProgress::default()
        };
        assert_eq!(indexing(&progress, false), "12,345 of 100,000 · 83 a second · 18 min left · 3 failed");
        assert_eq!(indexing(&progress, true), "12,345 of 100,000 · 3 failed");
        (progress.rate, progress.failed, progress.seconds_left) = (2.25, 0, None);
        assert_eq!(indexing(&progress, false), "12,345 of 100,000 · 2.2 a second");
    }

    #[test]
    fn what_was_done_is_counted_in_words() {
        let mut summary = IndexSummary { done: 1, gone: 1, skipped: 1200, seconds: 2.4, ..IndexSummary::default() };
        assert_eq!(indexed(&summary), "Indexed 1 picture in 2 s; 1,200 had not changed; 1 is gone.");
        (summary.done, summary.gone, summary.skipped, summary.cancelled) = (8, 0, 0, true);
        assert_eq!(indexed(&summary), "Indexed 8 pictures in 2 s. It was stopped; index the folder again to go on.");
        let summary = ExportSummary { written: 93, left_out: 2, ..ExportSummary::default() };
        assert_eq!(
            exported(&summary, Path::new("a.csv")),
            "93 pictures were exported to a.csv. Left out, because this form has no use for them: 2."
        );
    }
}
