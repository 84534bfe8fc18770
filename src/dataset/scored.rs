//! Pictures with a locatability each, from any CSV table with the columns `path` and `locatability`: a manifest, or what
//! `terrasight locatability` writes.

use std::path::{Path, PathBuf};

use super::{
    label::locatability,
    table::{BadRow, ManifestError, Paths, Role, RowProblem, Table, TableOptions, is_absent},
};

/// A picture and its locatability.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredPicture {
    /// The picture's file.
    pub path: PathBuf,
    /// 0 to 1.
    pub locatability: f64,
}

/// Reads a table. Lines without a locatability (a picture that failed) are left out. A relative path is taken from the
/// table's own folder or the one that is named, as a manifest means it, or else from where the program runs, as the command
/// that wrote it did.
pub fn read_scored(file: &Path, options: &TableOptions) -> Result<Vec<ScoredPicture>, ManifestError> {
    let table = Table::open(file, &options.columns)?;
    let place = |role: Role| {
        let missing = || (file.to_owned(), role, table.found());
        table.columns.place(role).ok_or_else(missing)
    };
    let missing = |(file, column, found)| ManifestError::MissingColumn { file, column, found };
    let (path, score) = (place(Role::Path).map_err(missing)?, place(Role::Locatability).map_err(missing)?);
    let paths = Paths::new(options.root_of(file));
    let mut pictures = Vec::new();
    // A score that cannot be read is no reason to learn from the others: the user is to look at the table.
    let wrong = |first: BadRow| ManifestError::NoGoodRow { file: file.to_owned(), first, n_rows: 1 };
    for line in table {
        let line = line.map_err(wrong)?;
        let bad = |(role, problem): (Role, RowProblem)| {
            wrong(BadRow { line: line.number, column: Some(role.name().to_owned()), problem })
        };
        let text = line.cells[score].trim();
        if is_absent(text) {
            continue;
        }
        let locatability = locatability(text).map_err(bad)?;
        let name = line.cells[path].trim();
        let path = match (paths.resolve(name), Path::new(name).exists()) {
            (Ok(path), is_here) if path.exists() || !is_here => path,
            (Err(problem), false) => return Err(bad((Role::Path, problem))),
            _ => PathBuf::from(name),
        };
        pictures.push(ScoredPicture { path, locatability });
    }
    if pictures.is_empty() { Err(ManifestError::Empty { file: file.to_owned() }) } else { Ok(pictures) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ScoredPicture>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scores.csv");
        std::fs::write(&file, text).unwrap();
        let mut pictures = read_scored(&file, &TableOptions::default()).map_err(|error| error.to_string())?;
        for picture in &mut pictures {
            picture.path = picture.path.strip_prefix(folder.path()).unwrap().to_owned();
        }
        Ok(pictures)
    }

    #[test]
    fn manifests_and_score_tables_are_read_alike() {
        let picture = |name: &str, locatability| ScoredPicture { path: name.into(), locatability };
        let expected = Ok(vec![picture("a.png", 0.25), picture("c.png", 1.0)]);
        assert_eq!(read("path,locatability,wall\na.png,0.25,0.1\nb.png,,\nc.png,1,0\n"), expected);
        assert_eq!(read("latitude,Locatability,path\n1,0.25,a.png\n2,1.0,c.png\n"), expected);
    }

    #[test]
    fn paths_mean_what_they_mean_in_a_manifest() {
        let pictures = read("path,locatability\nphotos\\a.png,0.5\n").unwrap();
        assert_eq!(pictures[0].path, Path::new("photos/a.png"));
    }

    #[test]
    fn wrong_tables_say_what_is_wrong() {
        for (text, says) in [
            ("path,score\na.png,1\n", "no column 'locatability'"),
            ("locatability\n0.5\n", "no column 'path'"),
            ("path,locatability\na.png,7\n", "line 2, column 'locatability': 7 lies outside"),
            ("path,locatability\n,0.5\n", "line 2, column 'path'"),
            (
                "path,locatability\n../nowhere/a.png,0.5\n",
                "line 2, column 'path': '../nowhere/a.png' leaves the folder",
            ),
            ("path,locatability\na.png,\n", "lists no pictures"),
        ] {
            let line = read(text).unwrap_err();
            assert!(line.contains("scores.csv") && line.contains(says), "{line}");
        }
    }
}
