//! The results of an evaluation, one line a picture, in a CSV file that grows as pictures are done.
//!
//! The file is the evaluation's memory: a run that was broken off reads it back and goes on with the pictures that are
//! not in it.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::cell;
use crate::{
    files::lines,
    geo::{CountryCode, LatLon},
    predict::calibration::SignsSay,
};

/// What is true of one picture, what was found, and how far off that was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResultRow {
    /// The picture's name in the manifest, or its seed.
    #[serde(with = "cell::needed")]
    pub picture: String,
    /// The SHA-256 of its bytes, as the model saw it.
    pub sha256: Option<String>,
    /// Where it was taken; none where its country alone is known.
    pub true_latitude: Option<f64>,
    /// Where it was taken.
    pub true_longitude: Option<f64>,
    /// The country it was taken in.
    pub true_country: Option<CountryCode>,
    /// The first-level division it was taken in: the one of the nearest town.
    #[serde(default, with = "cell")]
    pub true_region: Option<String>,
    /// The city it was taken in, where that is known.
    #[serde(default, with = "cell")]
    pub true_city: Option<String>,
    /// How much of the place can be read from it, 0 to 1: as is known of it, or as the segmenter says.
    pub locatability: Option<f64>,
    /// Whether a word can be read in it (drawn streets only).
    pub has_words: Option<bool>,
    /// What its signs say.
    pub signs: Option<SignsSay>,
    /// The country that the answer names.
    pub country: Option<CountryCode>,
    /// The city that the answer names.
    #[serde(default, with = "cell")]
    pub city: Option<String>,
    /// The likeliest country when all evidence is weighed.
    pub likeliest_country: Option<CountryCode>,
    /// Its probability.
    pub probability: Option<f64>,
    /// Whether the probabilities are calibrated ones.
    pub is_calibrated: bool,
    /// The country of the first place offered.
    pub first_country: Option<CountryCode>,
    /// Its first-level division.
    #[serde(default, with = "cell")]
    pub first_region: Option<String>,
    /// The town there.
    #[serde(default, with = "cell")]
    pub first_city: Option<String>,
    /// Where it is.
    pub latitude: Option<f64>,
    /// Where it is.
    pub longitude: Option<f64>,
    /// How far it is from the true place.
    pub distance_km: Option<f64>,
    /// The probability that the true place lies within 100 km of it.
    pub near_probability: Option<f64>,
    /// The probability of the true country, as its logarithm without the sign.
    pub country_log_loss: Option<f64>,
    /// The squared distance between the probabilities of all countries and what is true.
    pub country_brier: Option<f64>,
    /// The probability on a square kilometre at the place, as its logarithm without the sign.
    pub place_log_loss: Option<f64>,
    /// How many square kilometres are searched before the place is found; none where its cell was given nothing.
    pub searched_km2: Option<f64>,
    /// Whether the cells for one half hold the place.
    pub p50_in_cells: Option<bool>,
    /// Their area.
    pub p50_cells_km2: Option<f64>,
    /// The radius around the first place for one half.
    pub p50_km: Option<f64>,
    /// Whether the cells for nine tenths hold the place.
    pub p90_in_cells: Option<bool>,
    /// Their area.
    pub p90_cells_km2: Option<f64>,
    /// The radius around the first place for nine tenths.
    pub p90_km: Option<f64>,
    /// The chance that the ideal observer names the right country (drawn streets only).
    pub ideal: Option<f64>,
    /// The same for an observer who sees nothing but words (drawn streets only); not kept in results.
    #[serde(skip)]
    pub ideal_of_words: Option<f64>,
    /// The country that a linear classifier names from a thumbnail (drawn streets only).
    pub thumbnail_country: Option<CountryCode>,
    /// Whether one place is given for it, be it a country.
    pub is_located: Option<bool>,
    /// Whether the model's answer is not given, since it would be made up.
    pub is_withheld: Option<bool>,
    /// How many pieces of what speaks for it do not fit together.
    pub contradictions: Option<u32>,
    /// How long the answer took.
    pub seconds: Option<f64>,
    /// Why there is no answer; empty where there is one.
    #[serde(default, with = "cell")]
    pub error: Option<String>,
}

impl ResultRow {
    /// Where it was taken; none where its country alone is known.
    pub fn true_place(&self) -> Option<LatLon> {
        LatLon::new(self.true_latitude?, self.true_longitude?)
    }
}

/// Why results cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The file cannot be opened.
    #[error("cannot open {}: {cause}", file.display())]
    Open {
        /// The results.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The file cannot be read or written.
    #[error("{}: {cause}; delete it to begin again", file.display())]
    Table {
        /// The results.
        file: PathBuf,
        /// What the CSV reader or writer says.
        cause: csv::Error,
    },
}

/// A results file being written.
#[derive(Debug)]
pub struct Results {
    file: PathBuf,
    writer: csv::Writer<File>,
}

impl Results {
    /// Opens a results file to go on with it, and gives the rows it has, but for pictures that failed: these are to be
    /// tried again. A last line that was cut off by a crash is dropped.
    pub fn open(file: &Path) -> Result<(Self, Vec<ResultRow>), ResultsError> {
        let open = |cause| ResultsError::Open { file: file.to_owned(), cause };
        let mut rows = if file.exists() { read_results(file)? } else { Vec::new() };
        rows.retain(|row| row.error.is_none());
        let lines = table_of(&rows).map_err(|cause| ResultsError::Table { file: file.to_owned(), cause })?;
        let target = lines::open_with(file, &lines).map_err(open)?;
        // The first row brings the names of the columns.
        let writer = csv::WriterBuilder::new().has_headers(rows.is_empty()).from_writer(target);
        Ok((Self { file: file.to_owned(), writer }, rows))
    }

    /// Adds a row; it is on its way to the disk when this returns.
    pub fn add(&mut self, row: &ResultRow) -> Result<(), ResultsError> {
        let table = |cause| ResultsError::Table { file: self.file.clone(), cause };
        self.writer.serialize(row).map_err(table)?;
        self.writer.flush().map_err(|cause| ResultsError::Open { file: self.file.clone(), cause })
    }
}

/// The rows as they stand in a file.
fn table_of(rows: &[ResultRow]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter().try_for_each(|row| writer.serialize(row))?;
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8(bytes).map_err(io::Error::other)?)
}

/// The rows of a results file, as far as it was written; those of pictures that failed among them.
pub fn read_results(file: &Path) -> Result<Vec<ResultRow>, ResultsError> {
    read(file).map_err(|cause| ResultsError::Table { file: file.to_owned(), cause })
}

/// What follows the last end of line was cut off and is left out.
fn read(file: &Path) -> Result<Vec<ResultRow>, csv::Error> {
    std::fs::metadata(file)?;
    csv::Reader::from_reader(lines::read(file)?.as_slice()).deserialize().collect()
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, io::Write as _};

    use super::*;

    fn row(picture: &str) -> ResultRow {
        ResultRow {
            picture: picture.to_owned(),
            true_country: "FR".parse().ok(),
            true_city: Some("Aix, \"Provence\"".to_owned()),
            distance_km: Some(12.5),
            error: (picture == "b").then(|| "b: no such file".to_owned()),
            ..ResultRow::default()
        }
    }

    #[test]
    fn results_go_on_after_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("results.csv");
        let (mut results, rows) = Results::open(&file).unwrap();
        assert!(rows.is_empty());
        results.add(&row("a")).unwrap();
        results.add(&row("b")).unwrap();
        drop(results);
        OpenOptions::new()
            .append(true)
            .open(&file)
            .unwrap()
            .write_all("c,1.0,é".as_bytes().split_last().unwrap().1)
            .unwrap();
        let (mut results, rows) = Results::open(&file).unwrap();
        assert_eq!(rows, [row("a")], "what failed is tried again");
        results.add(&row("c")).unwrap();
        assert_eq!(Results::open(&file).unwrap().1, [row("a"), row("c")]);
        assert_eq!(
            std::fs::read_to_string(&file).unwrap().matches("true_country").count(),
            1,
            "columns are named once"
        );
    }

    /// A kill at any moment of going on leaves what was there: rows that stay are not written again, and where one goes
    /// away the others are written beside the file first.
    #[cfg(unix)]
    #[test]
    fn rows_that_stay_are_never_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("results.csv");
        Results::open(&file).unwrap().0.add(&row("a")).unwrap();
        // Who has the old file open would see it emptied.
        let watched = File::open(&file).unwrap();
        let whole = watched.metadata().unwrap().len();
        let (mut results, _) = Results::open(&file).unwrap();
        assert_eq!(watched.metadata().unwrap().len(), whole);
        results.add(&row("b")).unwrap();
        let whole = watched.metadata().unwrap().len();
        let (_, rows) = Results::open(&file).unwrap();
        assert_eq!((rows, watched.metadata().unwrap().len()), (vec![row("a")], whole), "b failed and goes away");
    }

    #[test]
    fn no_text_of_a_model_or_a_manifest_is_a_formula_and_each_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("results.csv");
        let formula = |text: &str| Some(format!("=HYPERLINK(\"http://x.example\", \"{text}\")"));
        let row = ResultRow {
            true_region: formula("a"),
            true_city: formula("b"),
            city: formula("c"),
            first_region: formula("d"),
            first_city: Some("'s-Hertogenbosch".to_owned()),
            error: formula("e"),
            ..row("-a.jpg")
        };
        Results::open(&file).unwrap().0.add(&row).unwrap();
        let mut table = csv::Reader::from_path(&file).unwrap();
        let cells: Vec<String> =
            table.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
        assert!(cells.iter().all(|cell| !cell.starts_with(['=', '-'])), "{cells:?}");
        assert_eq!(read_results(&file).unwrap(), [row]);
    }

    #[test]
    fn a_foreign_table_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("results.csv");
        std::fs::write(&file, "x,y\n1,2\n").unwrap();
        assert!(Results::open(&file).unwrap_err().to_string().contains("delete it"));
    }
}
