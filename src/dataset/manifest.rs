//! A manifest: a table with one labelled picture a line, in the form that `terrasight streets` writes
//! (`path,latitude,longitude`, and `country_code`, `city`, `locatability`, `clues` and `reasons` where they are known) or
//! any other that [`table`](super::table) understands. A table that is only to be indexed needs no more than paths.

use std::path::Path;

use super::{
    example::Example,
    rows::{List, Positions, list_rows},
    table::{BadRow, ManifestError, Table, TableOptions},
};

/// The pictures of one manifest, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// Its lines; each says a position.
    pub examples: Vec<Example>,
    /// Its lines that cannot be used, those without a position among them.
    pub bad: Vec<BadRow>,
}

impl Manifest {
    /// Reads a manifest of which every row can be used, as a measurement and a training need it: what is left out of them
    /// silently would make their figures untrue. The pictures themselves are not opened.
    pub fn read(file: &Path, options: &TableOptions) -> Result<Self, ManifestError> {
        let manifest = Self::read_with(file, options)?;
        match manifest.bad.first() {
            Some(first) => {
                Err(ManifestError::BadRows { file: file.to_owned(), first: first.clone(), n: manifest.bad.len() })
            }
            None => Ok(manifest),
        }
    }

    /// Reads a manifest as the user says; rows that cannot be used are told beside the others.
    pub fn read_with(file: &Path, options: &TableOptions) -> Result<Self, ManifestError> {
        Self::of(Table::open(file, &options.columns)?, options)
    }

    fn of(table: Table<'_>, options: &TableOptions) -> Result<Self, ManifestError> {
        let List { pictures, bad, .. } = list_rows(table, options, Positions::Needed)?;
        Ok(Self { examples: pictures.into_iter().map(Example::from).collect(), bad })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LatLon;

    fn table<'a>(text: &'a str, options: &TableOptions) -> Result<Table<'a>, ManifestError> {
        Table::of(Path::new("set/manifest.csv"), text.as_bytes(), &options.columns)
    }

    fn read(text: &str) -> Result<Manifest, ManifestError> {
        let options = TableOptions::default();
        Manifest::of(table(text, &options)?, &options)
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
        let Example { path, label, .. } = &manifest.examples[0];
        assert_eq!(*path, Path::new("set/pictures/000001.png"));
        assert_eq!(label.country.unwrap().as_str(), "FR");
        assert_eq!(label.city.as_deref(), Some("Paris"));
        assert_eq!(label.locatability, Some(0.42));
        assert_eq!(label.clues[0]["id"], "yellow_plate");
        assert_eq!(label.reasons, ["The plates, at the rear, are yellow."]);
    }

    #[test]
    fn three_columns_in_any_order_are_enough() {
        let manifest = read("\u{feff}Longitude, path ,latitude,note\n2.35,a.jpg,48.85,x\n").unwrap();
        let label = &manifest.examples[0].label;
        assert_eq!((label.position, label.country), (LatLon::new(48.85, 2.35), None));
    }

    #[test]
    fn errors_name_line_and_column() {
        check_error("path,latitude\na,1.5\n", "no column 'longitude'");
        check_error(
            "path,note\na,1\n",
            "no column 'latitude'; it has: path, note; say which it is (columns: latitude=NAME)",
        );
        check_error("path,latitude,longitude\n", "lists no pictures");
        check_error("path,lat,lng\na.jpg,1,east\n", "line 2, column 'lng': 'east' is not a number");
        check_error("path,latitude,longitude\n,1,2\n", "column 'path': no file is named");
        check_error("path,latitude,longitude,reasons\na,1,2,[because\n", "column 'reasons': not a JSON array");
        check_error("path,latitude,longitude\na,1\n", "line 2: it has 2 cells, the header 3");
        check_error(
            "path,latitude,longitude\na,,\nb,,\n",
            "line 2, column 'latitude': there is no position; none of its 2",
        );
    }

    #[test]
    fn one_bad_row_costs_one_row() {
        let text = "path,latitude,longitude,country\na.jpg,1,2,Italy\nb.jpg,91,2,\nc.jpg,1,2,Atlantis\nd.jpg,,,\n";
        let manifest = read(text).unwrap();
        let names: Vec<&str> = manifest.examples.iter().map(|example| example.name.as_str()).collect();
        assert_eq!(names, ["a.jpg", "c.jpg"]);
        let country = |at: usize| manifest.examples[at].label.country.map(|code| code.to_string());
        assert_eq!((country(0).as_deref(), country(1)), (Some("IT"), None));
        let bad: Vec<String> = manifest.bad.iter().map(ToString::to_string).collect();
        assert_eq!(bad[0], "line 3, column 'latitude': 91 lies outside -90 to 90");
        assert_eq!(bad[1], "line 5, column 'latitude': there is no position");
    }
}
