//! What is known of a data set's pictures, what is being done with it, and what was done.

use std::path::Path;

use super::{count, duration, grammar::counted, places::country_name};
use crate::{
    dataset::{
        IndexProgress, IndexSummary, PositionSource, Row, SourceNote, Trouble, Understood,
        export::{ExportForm, ExportSummary, Stage, Transfer},
        table::Role,
    },
    geo::CountryCode,
    state::{Column, DatasetWork},
};

/// What is being done, for a progress line.
pub fn dataset_work(work: DatasetWork) -> &'static str {
    match work {
        DatasetWork::Export => "Exporting",
        DatasetWork::FindDuplicates => "Searching for duplicates",
    }
}

/// What a column of the list is called.
pub fn column(column: Column) -> &'static str {
    match column {
        Column::Name => "Name",
        Column::Locatability => "Locatability",
        Column::Country => "Country",
        Column::Place => "Place",
        Column::Taken => "Taken",
        Column::Size => "Size",
        Column::State => "State",
    }
}

/// What a column of a table can mean, as people call it.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Path => "Picture",
        Role::Latitude => "Latitude",
        Role::Longitude => "Longitude",
        Role::Position => "Both in one column",
        Role::LatitudeReference => "North or south",
        Role::LongitudeReference => "East or west",
        Role::Country => "Country",
        Role::City => "City",
        Role::Reasons => "Reasons (text)",
        Role::Clues => "Clues (text)",
        Role::Locatability => "Locatability",
    }
}

/// Which column is to be chosen before a table can be used.
pub fn missing_column(role: Role) -> &'static str {
    match role {
        Role::Latitude => "Which column is the latitude? Choose it below, or no column for the longitude.",
        Role::Longitude => "Which column is the longitude? Choose it below, or no column for the latitude.",
        Role::Locatability => "Which column is the locatability? Choose it below.",
        Role::Path
        | Role::Position
        | Role::LatitudeReference
        | Role::LongitudeReference
        | Role::Country
        | Role::City
        | Role::Clues
        | Role::Reasons => "Which column names the picture's file? Choose it below.",
    }
}

/// What is understood of a table: "12 of 12 rows understood, 12 with a position; 12 pictures are there."
pub fn understood(table: &Understood) -> String {
    let Understood { n_rows, is_whole, bad, n_located, n_there, .. } = table;
    let first = if *is_whole { "" } else { "the first " };
    let (good, rows) = (count(n_rows - bad.len()), count(*n_rows));
    let (located, there) = (count(*n_located), count(*n_there));
    let pictures = if *n_there == 1 { "picture is" } else { "pictures are" };
    format!("{good} of {first}{rows} rows understood, {located} with a position; {there} {pictures} there.")
}

/// What a file of paths can be.
pub fn list_or_table(is_table: bool) -> &'static str {
    if is_table { "A table with columns" } else { "A list, one path a line" }
}

/// How the cells of a table are parted.
pub fn separator(sign: char) -> &'static str {
    match sign {
        ',' => "separated by commas",
        ';' => "separated by semicolons",
        '\t' => "separated by tabs",
        _ => "separated by bars",
    }
}

/// What a form of export is good for.
pub fn export_form(form: ExportForm) -> &'static str {
    match form {
        ExportForm::Folder(Transfer::Copy) => "Folder with copies of the pictures, and a CSV table",
        ExportForm::Folder(Transfer::Link) => "Folder with hard links to the pictures, and a CSV table",
        ExportForm::Csv => "CSV table, which evaluate and train read",
        ExportForm::Parquet => "Parquet, for DuckDB, Spark and Ray",
        ExportForm::GeoParquet => "GeoParquet, for maps",
        ExportForm::QwenVl(Stage::Reasoning) => "Training conversations: country and reasons (JSON)",
        ExportForm::QwenVl(Stage::Location) => "Training conversations: country and city (JSON)",
    }
}

/// A country as people call it.
pub fn country(code: Option<CountryCode>) -> String {
    match code {
        None => "Unknown".to_owned(),
        Some(code) => country_name(code),
    }
}

/// Who says where a picture was taken.
pub fn position_source(source: PositionSource) -> &'static str {
    match source {
        PositionSource::Exif => "the picture's metadata",
        PositionSource::Manifest => "the table",
    }
}

/// Why a picture could not be read, or that it has no score or was checked.
pub fn row_state(picture: &Row) -> String {
    match (picture.error.as_ref().filter(|why| !why.is_of_score()), picture.checked) {
        (Some(why), _) => trouble(why),
        (None, true) => "checked".to_owned(),
        (None, false) if picture.locatability.is_none() => "not scored".to_owned(),
        (None, false) => String::new(),
    }
}

/// What is wrong with a picture, beside its name.
pub fn trouble(trouble: &Trouble) -> String {
    trouble.to_string()
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

/// What an indexing did, in a sentence or two.
pub(super) fn indexed(summary: &IndexSummary) -> String {
    let mut text = format!("Indexed {} in {}", counted(summary.done as usize, "picture"), duration(summary.seconds));
    for (n, one, many) in [
        (summary.skipped, "had not changed", "had not changed"),
        (summary.failed, "could not be read", "could not be read"),
        (summary.unscored, "has no score", "have no score"),
        (summary.gone, "is gone", "are gone"),
        (summary.moved, "was known from another place", "were known from another place"),
        (summary.left_out, "was left out (labels, thumbnails)", "were left out (labels, thumbnails)"),
        (summary.bad_rows, "row or record cannot be used", "rows or records cannot be used"),
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
        text += &format!(" {}", source_note(note));
    }
    text
}

/// What the user should know of the source.
fn source_note(note: &SourceNote) -> String {
    match note {
        SourceNote::UnusedPosition { table, column } => format!(
            "{}: the column “{column}” looks like a position and is not used; index the table again to choose its columns.",
            table.display()
        ),
        SourceNote::TableInFolder(table) => {
            format!("{} says where pictures of this folder were taken; index it to take that in.", table.display())
        }
    }
}

/// What an export did, in a sentence or two.
pub(super) fn exported(summary: &ExportSummary, out: &Path) -> String {
    let was = if summary.written == 1 { "was" } else { "were" };
    let mut text = format!("{} {was} exported to {}.", counted(summary.written as usize, "picture"), out.display());
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
    fn a_picture_without_a_score_is_no_error() {
        let row = Row { error: Some(Trouble::Unscored("it is no drawing".to_owned())), ..Row::default() };
        assert_eq!((row_state(&row).as_str(), row.is_wrong()), ("not scored", false));
        let summary = IndexSummary { done: 62, unscored: 62, seconds: 3.0, ..IndexSummary::default() };
        let said = indexed(&summary);
        assert!(said.contains("; 62 have no score.") && !said.contains("could not be read"), "{said}");
    }

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
