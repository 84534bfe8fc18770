//! What was understood of a table, for somebody to look at and to correct before it is used.

use std::path::Path;

use super::{
    columns::{ColumnChoice, Columns},
    error::{BadRow, ManifestError},
    reading::{Line, Table},
    role::Role,
};

/// So many rows are shown.
const ROWS: usize = 8;

/// The beginning of a table and what its columns are taken for. A form shows [`headers`](Self::headers) and
/// [`rows`](Self::rows), lets each role be chosen (`None` for "no column"), and asks again with the choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePreview {
    /// The columns' names.
    pub headers: Vec<String>,
    /// The first rows, as many cells each as there are columns.
    pub rows: Vec<Vec<String>>,
    /// What the columns mean: [`Columns::role`] by place, [`Columns::place`] by role.
    pub columns: Columns,
    /// The sign between cells.
    pub separator: char,
    /// The encoding, as far as the beginning tells it.
    pub encoding: &'static str,
}

impl TablePreview {
    /// Looks at the beginning of a table, with the columns that the user has chosen so far.
    pub fn of(file: &Path, choice: &ColumnChoice) -> Result<Self, ManifestError> {
        let mut table = Table::open(file, choice)?;
        let lines: Vec<_> = table.by_ref().filter(Result::is_ok).take(ROWS).collect();
        Ok(Self::of_lines(&table, &lines))
    }

    /// A table of which these are the first lines.
    pub(in crate::dataset) fn of_lines(table: &Table<'_>, lines: &[Result<Line, BadRow>]) -> Self {
        let Table { headers, columns, separator, encoding, .. } = table;
        let rows = lines.iter().flatten().take(ROWS).map(|line| line.cells.clone()).collect();
        Self { headers: headers.clone(), rows, columns: columns.clone(), separator: *separator, encoding }
    }

    /// What could not be told and is to be asked: where the pictures are, or which columns say where they were taken,
    /// although some look like it.
    pub fn unclear(&self) -> Vec<Role> {
        let mut unclear = Vec::new();
        if self.columns.place(Role::Path).is_none() {
            unclear.push(Role::Path);
        }
        if !self.columns.has_position() && !self.columns.unused_positions.is_empty() {
            unclear.extend([Role::Latitude, Role::Longitude]);
        }
        unclear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(text: &str, choice: &str) -> TablePreview {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.csv");
        std::fs::write(&file, text).unwrap();
        let choice = if choice.is_empty() { ColumnChoice::default() } else { choice.parse().unwrap() };
        TablePreview::of(&file, &choice).unwrap()
    }

    #[test]
    fn what_is_unclear_is_asked_until_it_is_chosen() {
        let rows = "what;geo_a;geo_b\na.jpg;48,85;2,35\n".to_owned() + &"b.jpg;1,5;2,5\n".repeat(20);
        let seen = preview(&rows, "");
        assert_eq!((seen.headers.len(), seen.rows.len(), seen.separator, seen.encoding), (3, ROWS, ';', "UTF-8"));
        assert_eq!(seen.unclear(), [Role::Path, Role::Latitude, Role::Longitude]);
        assert_eq!(seen.columns.unused_positions, [1, 2]);
        let chosen = preview(&rows, "path=what,latitude=geo_a,longitude=geo_b");
        assert_eq!((chosen.unclear(), chosen.columns.role(2)), (vec![], Some(Role::Longitude)));
        assert!(preview("path,note\na.jpg,x\n", "").unclear().is_empty(), "a table need not have positions");
    }
}
