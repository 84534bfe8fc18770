//! A manifest: a CSV file with one labelled picture a line.
//!
//! `path`, `latitude` and `longitude` must be there; `country_code`, `city`, `locatability`, `clues` and `reasons` (JSON
//! arrays) may be; further columns are left alone. A table that is only to be indexed needs no more than `path`. Relative
//! paths are taken from the manifest's own folder and may not leave it, so that a manifest from elsewhere cannot reach
//! into the rest of the disk by `../`; absolute paths are what the user wrote on purpose.

use std::{
    io::Read,
    path::{Component, Path, PathBuf},
};

use csv::StringRecord;
use serde::{Deserialize, Serialize};

use crate::geo::{CountryCode, LatLon};

/// One picture and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The picture's file, ready to be opened.
    pub path: PathBuf,
    /// The path as the manifest has it, by which reports name the picture.
    pub name: String,
    /// Where it was taken.
    pub position: LatLon,
    /// The country, where the manifest names it.
    pub country: Option<CountryCode>,
    /// The city, where the manifest names one.
    pub city: Option<String>,
    /// How much of the place can be read from the picture, 0 to 1, where it is known.
    pub locatability: Option<f64>,
    /// What can be seen of the place, as it stands in the manifest (text, or an object with more about the clue).
    pub clues: Vec<serde_json::Value>,
    /// Why it is this place, a sentence each.
    pub reasons: Vec<String>,
}

/// One picture of a table that need not say where it was taken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    /// The picture's file, ready to be opened.
    pub path: PathBuf,
    /// The path as the table has it.
    pub name: String,
    /// What the table says of it.
    pub label: Label,
}

/// What a table says of a picture, in the words of [`Sample`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Label {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<LatLon>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<CountryCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locatability: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clues: Vec<serde_json::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// The pictures of one manifest, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The CSV file.
    pub file: PathBuf,
    /// Its lines.
    pub samples: Vec<Sample>,
}

/// Why a manifest cannot be used. Line numbers count from 1 with the header, as an editor shows them.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read the manifest {}: {cause}", file.display())]
    Unreadable {
        /// The manifest.
        file: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is no CSV table.
    #[error("{} is not a CSV table: {cause}", file.display())]
    NotCsv {
        /// The manifest.
        file: PathBuf,
        /// What the CSV reader says.
        cause: csv::Error,
    },
    /// A column that must be there is not.
    #[error("{} has no column '{column}'; it needs {needed} (it has: {found})", file.display())]
    MissingColumn {
        /// The manifest.
        file: PathBuf,
        /// The column.
        column: &'static str,
        /// The columns that must be there.
        needed: &'static str,
        /// The columns it has.
        found: String,
    },
    /// A value cannot be used.
    #[error("{}, line {line}, column '{column}': {problem}", file.display())]
    Value {
        /// The manifest.
        file: PathBuf,
        /// The line in the file.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is wrong with the value.
        problem: String,
    },
    /// There is a header and nothing below it.
    #[error("{} lists no pictures", file.display())]
    Empty {
        /// The manifest.
        file: PathBuf,
    },
}

/// Whether a table must say where its pictures were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Positions {
    Needed,
    Welcome,
}

impl Manifest {
    /// Reads a manifest. The pictures themselves are not opened.
    pub fn read(file: &Path) -> Result<Self, ManifestError> {
        Self::from_reader(file, open(file)?)
    }

    fn from_reader(file: &Path, reader: impl Read) -> Result<Self, ManifestError> {
        let listed = read(file, reader, Positions::Needed)?;
        // A table that needs positions and was read has one in each line.
        let samples = listed.into_iter().filter_map(Sample::of).collect();
        Ok(Self { file: file.to_owned(), samples })
    }
}

impl Sample {
    fn of(listed: Listed) -> Option<Self> {
        let Listed { path, name, label } = listed;
        let Label { position, country, city, locatability, clues, reasons } = label;
        Some(Self { path, name, position: position?, country, city, locatability, clues, reasons })
    }
}

/// The pictures of a table that need not say where they were taken. They are not opened.
pub(super) fn list(file: &Path) -> Result<Vec<Listed>, ManifestError> {
    read(file, open(file)?, Positions::Welcome)
}

fn open(file: &Path) -> Result<impl Read, ManifestError> {
    let opened = std::fs::File::open(file);
    opened.map(std::io::BufReader::new).map_err(|cause| ManifestError::Unreadable { file: file.to_owned(), cause })
}

fn read(file: &Path, reader: impl Read, positions: Positions) -> Result<Vec<Listed>, ManifestError> {
    let not_csv = |cause| ManifestError::NotCsv { file: file.to_owned(), cause };
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(reader);
    let columns = Columns::of(file, table.headers().map_err(not_csv)?, positions)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut listed = Vec::new();
    for record in table.records() {
        let record = record.map_err(not_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let picture = columns.listed(folder, &record).map_err(|(column, problem)| ManifestError::Value {
            file: file.to_owned(),
            line,
            column,
            problem,
        })?;
        listed.push(picture);
    }
    if listed.is_empty() {
        return Err(ManifestError::Empty { file: file.to_owned() });
    }
    Ok(listed)
}

/// The column and what is wrong with its value.
type Problem = (&'static str, String);

/// Where each known column stands in this table.
struct Columns {
    positions: Positions,
    path: usize,
    /// Latitude and longitude.
    position: Option<[usize; 2]>,
    country_code: Option<usize>,
    city: Option<usize>,
    locatability: Option<usize>,
    clues: Option<usize>,
    reasons: Option<usize>,
}

impl Columns {
    fn of(file: &Path, headers: &StringRecord, positions: Positions) -> Result<Self, ManifestError> {
        // Spreadsheets put a byte-order mark before the first name.
        let place =
            |name: &str| headers.iter().position(|h| h.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
        let needed = |column: &'static str| {
            place(column).ok_or_else(|| ManifestError::MissingColumn {
                file: file.to_owned(),
                column,
                needed: match positions {
                    Positions::Needed => "path, latitude and longitude",
                    Positions::Welcome => "path, and latitude and longitude both or neither",
                },
                found: headers.iter().collect::<Vec<_>>().join(", "),
            })
        };
        let path = needed("path")?;
        let has_position = place("latitude").is_some() || place("longitude").is_some();
        let position = if positions == Positions::Needed || has_position {
            Some([needed("latitude")?, needed("longitude")?])
        } else {
            None
        };
        Ok(Self {
            positions,
            path,
            position,
            country_code: place("country_code"),
            city: place("city"),
            locatability: place("locatability"),
            clues: place("clues"),
            reasons: place("reasons"),
        })
    }

    fn listed(&self, folder: &Path, record: &StringRecord) -> Result<Listed, Problem> {
        let field = |index: usize| record.get(index).unwrap_or("").trim();
        // An empty cell is an absent value, also where the column exists.
        let optional = |index: Option<usize>| index.map(field).filter(|text| !text.is_empty());
        let name = field(self.path);
        let label = Label {
            position: self.position.map_or(Ok(None), |columns| self.position(columns.map(field)))?,
            country: optional(self.country_code)
                .map(str::parse)
                .transpose()
                .map_err(|e: crate::geo::CountryCodeError| ("country_code", e.to_string()))?,
            city: optional(self.city).map(str::to_owned),
            locatability: optional(self.locatability)
                .map(|text| number("locatability", text, 0.0..=1.0))
                .transpose()?,
            clues: json_list("clues", optional(self.clues))?,
            reasons: json_list("reasons", optional(self.reasons))?,
        };
        let path = resolve(folder, name).map_err(|problem| ("path", problem))?;
        Ok(Listed { path, name: name.to_owned(), label })
    }

    fn position(&self, [latitude, longitude]: [&str; 2]) -> Result<Option<LatLon>, Problem> {
        if self.positions == Positions::Welcome && latitude.is_empty() && longitude.is_empty() {
            return Ok(None);
        }
        let latitude = number("latitude", latitude, -90.0..=90.0)?;
        let longitude = number("longitude", longitude, -180.0..=180.0)?;
        let position = LatLon::new(latitude, longitude);
        position.map(Some).ok_or_else(|| ("latitude", format!("{latitude}, {longitude} is not a point on the Earth")))
    }
}

fn number(column: &'static str, text: &str, range: std::ops::RangeInclusive<f64>) -> Result<f64, Problem> {
    match text.parse::<f64>() {
        Ok(value) if range.contains(&value) => Ok(value),
        Ok(_) => Err((column, format!("{text} lies outside {} to {}", range.start(), range.end()))),
        Err(_) => Err((column, format!("'{text}' is not a number"))),
    }
}

fn json_list<T: serde::de::DeserializeOwned>(column: &'static str, text: Option<&str>) -> Result<Vec<T>, Problem> {
    text.map_or(Ok(Vec::new()), |text| {
        serde_json::from_str(text).map_err(|e| (column, format!("not a JSON array such as [\"..\", \"..\"]: {e}")))
    })
}

/// The file that `name` means, as the module's documentation says.
fn resolve(folder: &Path, name: &str) -> Result<PathBuf, String> {
    if name.is_empty() {
        return Err("no file is named".to_owned());
    }
    let path = Path::new(name);
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    let mut depth = 0_i32;
    for part in path.components() {
        depth += match part {
            Component::Normal(_) => 1,
            Component::CurDir => 0,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => -1,
        };
        if depth < 0 {
            return Err(format!("'{name}' leaves the manifest's folder; write an absolute path if that is meant"));
        }
    }
    Ok(folder.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Manifest, ManifestError> {
        Manifest::from_reader(Path::new("set/manifest.csv"), text.as_bytes())
    }

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(expected), "'{error}' does not say '{expected}'");
    }

    #[test]
    fn a_streets_manifest_is_read_whole() {
        let manifest = read(concat!(
            "path,latitude,longitude,country_code,city,locatability,clues,reasons\n",
            "pictures/000001.png,48.85,2.35,fr,Paris,0.42,\"[{\"\"id\"\":\"\"yellow_plate\"\"}]\",",
            "\"[\"\"The plates, at the rear, are yellow.\"\"]\"\n",
        ))
        .unwrap();
        let sample = &manifest.samples[0];
        assert_eq!(sample.path, Path::new("set/pictures/000001.png"));
        assert_eq!(sample.country.unwrap().as_str(), "FR");
        assert_eq!(sample.city.as_deref(), Some("Paris"));
        assert_eq!(sample.locatability, Some(0.42));
        assert_eq!(sample.clues[0]["id"], "yellow_plate");
        assert_eq!(sample.reasons, ["The plates, at the rear, are yellow."]);
    }

    #[test]
    fn three_columns_in_any_order_are_enough() {
        let manifest = read("\u{feff}Longitude, path ,latitude,note\n2.35,a.jpg,48.85,x\n").unwrap();
        assert_eq!(manifest.samples[0].position, LatLon::new(48.85, 2.35).unwrap());
        assert_eq!(manifest.samples[0].country, None);
    }

    #[test]
    fn errors_name_line_and_column() {
        check_error("path,latitude\na,1\n", "no column 'longitude'");
        check_error("path,latitude,longitude\n", "lists no pictures");
        check_error("path,latitude,longitude\na.jpg,1,2\nb.jpg,91,2\n", "line 3, column 'latitude': 91 lies outside");
        check_error("path,latitude,longitude\na.jpg,1,east\n", "line 2, column 'longitude': 'east' is not a number");
        check_error("path,latitude,longitude\n,1,2\n", "column 'path': no file is named");
        check_error("path,latitude,longitude,country_code\na,1,2,FRA\n", "column 'country_code'");
        check_error("path,latitude,longitude,reasons\na,1,2,because\n", "column 'reasons': not a JSON array");
        check_error("path,latitude,longitude\na,1\n", "not a CSV table");
    }

    #[test]
    fn a_table_to_be_indexed_needs_only_paths() {
        let list = |text: &str| super::read(Path::new("set/list.csv"), text.as_bytes(), Positions::Welcome);
        let listed = list("path,city\na.jpg,\nb.jpg,Paris\n").unwrap();
        assert_eq!((listed[0].path.as_path(), &listed[0].label), (Path::new("set/a.jpg"), &Label::default()));
        assert_eq!(listed[1].label.city.as_deref(), Some("Paris"));
        let listed = list("path,latitude,longitude\na.jpg,,\nb.jpg,1,2\n").unwrap();
        assert_eq!(listed.iter().map(|line| line.label.position).collect::<Vec<_>>(), [None, LatLon::new(1.0, 2.0)]);
        for (text, expected) in [
            ("file,city\na.jpg,x\n", "no column 'path'"),
            ("path,latitude\na.jpg,1\n", "no column 'longitude'"),
            ("path,latitude,longitude\na.jpg,1,\n", "line 2, column 'longitude': '' is not a number"),
        ] {
            let error = list(text).unwrap_err().to_string();
            assert!(error.contains(expected), "'{error}' does not say '{expected}'");
        }
    }

    #[test]
    fn relative_paths_stay_inside_the_folder() {
        check_error("path,latitude,longitude\n../secret.png,1,2\n", "leaves the manifest's folder");
        check_error("path,latitude,longitude\na/../../secret.png,1,2\n", "leaves the manifest's folder");
        assert!(read("path,latitude,longitude\na/../b.png,1,2\n").is_ok());
        let absolute = std::env::temp_dir().join("b.png");
        let manifest = read(&format!("path,latitude,longitude\n{},1,2\n", absolute.display())).unwrap();
        assert_eq!(manifest.samples[0].path, absolute);
    }
}
