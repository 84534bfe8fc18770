//! Pictures with a locatability each, from any CSV table with the columns `path` and `locatability`: a manifest, or what
//! `terrasight locatability` writes.

use std::path::{Path, PathBuf};

use super::ManifestError;

/// A picture and its locatability.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredPicture {
    /// The picture's file.
    pub path: PathBuf,
    /// 0 to 1.
    pub locatability: f64,
}

/// Reads a table. Lines without a locatability (a picture that failed) are left out. A relative path is taken from the
/// table's own folder, as a manifest means it, or else from where the program runs, as the command that wrote it did.
pub fn read_scored(file: &Path) -> Result<Vec<ScoredPicture>, ManifestError> {
    let not_csv = |cause| ManifestError::NotCsv { file: file.to_owned(), cause };
    let reader =
        std::fs::File::open(file).map_err(|cause| ManifestError::Unreadable { file: file.to_owned(), cause })?;
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(std::io::BufReader::new(reader));
    let headers = table.headers().map_err(not_csv)?.clone();
    let column = |column: &'static str| {
        // Spreadsheets put a byte-order mark before the first name.
        let place = headers.iter().position(|h| h.trim_start_matches('\u{feff}').eq_ignore_ascii_case(column));
        let found = || headers.iter().take(8).collect::<Vec<_>>().join(", ");
        place.ok_or_else(|| ManifestError::NoScores { file: file.to_owned(), column, found: found() })
    };
    let (path, score) = (column("path")?, column("locatability")?);
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut pictures = Vec::new();
    for record in table.records() {
        let record = record.map_err(not_csv)?;
        let text = record.get(score).unwrap_or("").trim();
        if text.is_empty() {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let wrong = |column, problem| ManifestError::Value { file: file.to_owned(), line, column, problem };
        let locatability = text.parse::<f64>().ok().filter(|score| (0.0..=1.0).contains(score));
        let locatability =
            locatability.ok_or_else(|| wrong("locatability", format!("'{text}' is not a number from 0 to 1")))?;
        let name = Path::new(record.get(path).unwrap_or("").trim());
        if name.as_os_str().is_empty() {
            return Err(wrong("path", "is empty".to_owned()));
        }
        let beside = folder.join(name);
        let path = if beside.exists() || !name.exists() { beside } else { name.to_owned() };
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
        let mut pictures = read_scored(&file).map_err(|error| error.to_string())?;
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
    fn wrong_tables_say_what_is_wrong() {
        for (text, says) in [
            ("path,score\na.png,1\n", "no column 'locatability'"),
            ("locatability\n0.5\n", "no column 'path'"),
            ("path,locatability\na.png,7\n", "line 2, column 'locatability': '7' is not"),
            ("path,locatability\n,0.5\n", "line 2, column 'path'"),
            ("path,locatability\na.png,\n", "lists no pictures"),
        ] {
            let line = read(text).unwrap_err();
            assert!(line.contains("scores.csv") && line.contains(says), "{line}");
        }
    }
}
