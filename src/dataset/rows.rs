//! The pictures that a table lists, and what its rows say of them.

use std::path::{Path, PathBuf};

use super::{
    label::Label,
    table::{BadRow, Columns, Line, ManifestError, Paths, Role, RowProblem, Table, TableOptions},
};

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

/// The pictures of a table, and what is to be said of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct List {
    /// In the table's order.
    pub pictures: Vec<Listed>,
    /// Rows that cannot be used.
    pub bad: Vec<BadRow>,
    /// The columns that look like a position and are not used.
    pub unused_positions: Vec<String>,
}

/// Whether a table must say where its pictures were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Positions {
    Needed,
    Welcome,
}

/// The pictures of a table that need not say where they were taken. They are not opened.
pub(super) fn list(file: &Path, options: &TableOptions) -> Result<List, ManifestError> {
    list_rows(Table::open(file, &options.columns)?, options, Positions::Welcome)
}

pub(super) fn list_rows(table: Table<'_>, options: &TableOptions, positions: Positions) -> Result<List, ManifestError> {
    let file = table.file().to_owned();
    check_columns(&table, positions)?;
    let mut list = List { unused_positions: table.unused_positions(), ..List::default() };
    let rows = Rows::of(&table, options);
    for line in table {
        match line.and_then(|line| rows.listed(&line, positions)) {
            Ok(picture) => list.pictures.push(picture),
            Err(bad) => list.bad.push(bad),
        }
    }
    match (list.pictures.is_empty(), list.bad.first()) {
        (true, Some(first)) => Err(ManifestError::NoGoodRow { file, first: first.clone(), n_rows: list.bad.len() }),
        (true, None) => Err(ManifestError::Empty { file }),
        (false, _) => Ok(list),
    }
}

/// What the rows of a table mean.
pub(super) struct Rows {
    headers: Vec<String>,
    columns: Columns,
    paths: Paths,
}

impl Rows {
    pub fn of(table: &Table<'_>, options: &TableOptions) -> Self {
        let paths = Paths::new(options.root_of(table.file()));
        Self { headers: table.headers.clone(), columns: table.columns.clone(), paths }
    }

    pub fn listed(&self, line: &Line, positions: Positions) -> Result<Listed, BadRow> {
        let bad = |(role, problem): (Role, RowProblem)| {
            let column = self.columns.place(role).and_then(|place| self.headers.get(place)).cloned();
            BadRow { line: line.number, column, problem }
        };
        let label = Label::of(&line.cells, &self.columns).map_err(bad)?;
        if positions == Positions::Needed && label.position.is_none() {
            return Err(bad((Role::Latitude, RowProblem::NoPosition)));
        }
        let name =
            self.columns.place(Role::Path).and_then(|place| line.cells.get(place)).map_or("", |name| name.trim());
        let path = self.paths.resolve(name).map_err(|problem| bad((Role::Path, problem)))?;
        Ok(Listed { path, name: name.to_owned(), label })
    }
}

pub(super) fn check_columns(table: &Table<'_>, positions: Positions) -> Result<(), ManifestError> {
    let has = |role| table.columns.place(role).is_some();
    let is_half = has(Role::Latitude) != has(Role::Longitude);
    let has_position = table.columns.has_position() || (positions == Positions::Welcome && !is_half);
    let missing = match (has(Role::Path), has_position) {
        (false, _) => Role::Path,
        (true, false) if !has(Role::Latitude) => Role::Latitude,
        (true, false) => Role::Longitude,
        (true, true) => return Ok(()),
    };
    Err(ManifestError::MissingColumn { file: table.file().to_owned(), column: missing, found: table.found() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LatLon;

    fn list(text: &str) -> Result<List, ManifestError> {
        let options = TableOptions::default();
        let table = Table::of(Path::new("set/manifest.csv"), text.as_bytes(), &options.columns)?;
        list_rows(table, &options, Positions::Welcome)
    }

    #[test]
    fn a_table_to_be_indexed_needs_only_paths() {
        let listed = list("path,city\na.jpg,\nb.jpg,'=Paris()\n").unwrap().pictures;
        assert_eq!((listed[0].path.as_path(), &listed[0].label), (Path::new("set/a.jpg"), &Label::default()));
        assert_eq!(listed[1].label.city.as_deref(), Some("=Paris()"), "the apostrophe was this program's");
        let listed =
            list("path,latitude,longitude,reasons\na.jpg,NaN,nan,\nb.jpg,1,2,Yellow plates.\n").unwrap().pictures;
        let positions: Vec<Option<LatLon>> = listed.iter().map(|line| line.label.position).collect();
        assert_eq!(positions, [None, LatLon::new(1.0, 2.0)]);
        assert_eq!(listed[1].label.reasons, ["Yellow plates."]);
        for (text, expected) in [
            ("folder,city\na.jpg,x\n", "no column 'path'"),
            ("path,latitude\na.jpg,1.5\n", "no column 'longitude'"),
            ("path,latitude,longitude\na.jpg,1,\n", "column 'longitude': there is none, though there is a latitude"),
        ] {
            let error = list(text).unwrap_err().to_string();
            assert!(error.contains(expected), "'{error}' does not say '{expected}'");
        }
        let listed = list("path,lat,lng,pred_lat\na.jpg,1.5,2.5,3.5\n").unwrap();
        assert_eq!(listed.unused_positions, ["pred_lat"]);
    }
}
