//! What is seen and understood of a table, shown before it is used.

use std::path::{Path, PathBuf};

use super::{
    rows::{Listed, Positions, Rows, check_columns},
    table::{BadRow, Line, ManifestError, Table, TableOptions, TablePreview},
};

/// So many rows are looked at before a table is used.
const LOOKED_AT: usize = 200;

/// A table before it is used; it is read once, and only its beginning.
#[derive(Debug)]
pub struct TableLook {
    /// How it looks.
    pub preview: TablePreview,
    /// What is understood of it; the error is a column that must be known and is not.
    pub understood: Result<Understood, ManifestError>,
}

impl TableLook {
    /// Reads the first rows as the user says.
    pub fn at(file: &Path, options: &TableOptions) -> Result<Self, ManifestError> {
        let mut table = Table::open(file, &options.columns)?;
        let lines: Vec<_> = table.by_ref().take(LOOKED_AT).collect();
        let is_whole = table.next().is_none();
        let preview = TablePreview::of_lines(&table, &lines);
        let understood = check_columns(&table, Positions::Welcome)
            .map(|()| Understood { is_whole, ..Understood::of(lines, &Rows::of(&table, options)) });
        Ok(Self { preview, understood })
    }
}

/// What is understood of the first rows of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Understood {
    /// How many rows were looked at.
    pub n_rows: usize,
    /// Whether these are all rows of the table.
    pub is_whole: bool,
    /// Those that cannot be used.
    pub bad: Vec<BadRow>,
    /// How many say where their picture was taken.
    pub n_located: usize,
    /// How many name a picture that is there.
    pub n_there: usize,
    /// The first picture that is not there.
    pub missing: Option<PathBuf>,
}

impl Understood {
    fn of(lines: Vec<Result<Line, BadRow>>, rows: &Rows) -> Self {
        let mut understood = Self::default();
        for line in lines {
            understood.n_rows += 1;
            match line.and_then(|line| rows.listed(&line, Positions::Welcome)) {
                Ok(Listed { path, label, .. }) => {
                    understood.n_located += usize::from(label.position.is_some());
                    if path.exists() {
                        understood.n_there += 1;
                    } else {
                        understood.missing.get_or_insert(path);
                    }
                }
                Err(bad) => understood.bad.push(bad),
            }
        }
        understood
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::table::Role;

    #[test]
    fn each_row_is_understood_or_says_why_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.csv");
        std::fs::create_dir(folder.path().join("p")).unwrap();
        std::fs::write(folder.path().join("p/a.jpg"), "x").unwrap();
        std::fs::write(&file, "what,y,x\na.jpg,1,2\nb.jpg,abc,2\nc.jpg,,\n").unwrap();
        let of = |choice: &str, root: Option<&str>| {
            let root = root.map(|root| folder.path().join(root));
            TableLook::at(&file, &TableOptions { columns: choice.parse().unwrap(), root }).unwrap().understood
        };
        let Understood { n_rows, is_whole, bad, n_located, n_there, missing } =
            of("path=what,latitude=y,longitude=x", Some("p")).unwrap();
        assert_eq!((n_rows, is_whole, n_located, n_there), (3, true, 1, 1));
        assert_eq!(
            bad.iter().map(BadRow::to_string).collect::<Vec<_>>(),
            ["line 3, column 'y': 'abc' is not a number of degrees"]
        );
        assert_eq!(missing, Some(folder.path().join("p/c.jpg")));
        assert_eq!(of("path=what", None).unwrap().n_there, 0, "paths start from the table's folder");
        let unclear = of("latitude=y,longitude=x", None);
        assert!(matches!(unclear, Err(ManifestError::MissingColumn { column: Role::Path, .. })), "{unclear:?}");
    }

    #[test]
    fn no_more_than_the_first_rows_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.csv");
        std::fs::write(&file, "path\n".to_owned() + &"a.jpg\n".repeat(LOOKED_AT + 1)).unwrap();
        let look = TableLook::at(&file, &TableOptions::default()).unwrap();
        let understood = look.understood.unwrap();
        assert_eq!((understood.n_rows, understood.is_whole, look.preview.rows.len()), (LOOKED_AT, false, 8));
    }
}
