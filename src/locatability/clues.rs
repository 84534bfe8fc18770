//! A file of clue texts: one a line, a JSON array, or a CSV table.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Larger files are refused before they are read, in bytes. A hundred thousand clues have some 10 MB.
const MAX_BYTES: u64 = 64 << 20;

/// Why a file of clues cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CluesError {
    /// It cannot be read.
    #[error("cannot read the clues {}: {cause}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// It holds no clues in a form that is known.
    #[error("{}: {problem}; clues stand one a line, in a JSON array, or in the column 'clue' or 'text' of a CSV table", file.display())]
    Form {
        /// The file.
        file: PathBuf,
        /// What does not fit.
        problem: String,
    },
}

/// The clues of a file, empty ones left out. Its ending says what it is: `.json`, `.csv`, or plain lines.
pub fn read_clues(file: &Path) -> Result<Vec<String>, CluesError> {
    let unreadable = |cause| CluesError::Unreadable { file: file.to_owned(), cause };
    let wrong = |problem: String| CluesError::Form { file: file.to_owned(), problem };
    let bytes = fs::metadata(file).map_err(unreadable)?.len();
    if bytes > MAX_BYTES {
        return Err(wrong(format!("{} MB is more than clues have", bytes >> 20)));
    }
    let text = fs::read_to_string(file).map_err(unreadable)?;
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or("").to_ascii_lowercase();
    let clues = match extension.as_str() {
        "json" => serde_json::from_str::<Vec<String>>(&text).map_err(|error| wrong(error.to_string()))?,
        "csv" => column(&text).map_err(wrong)?,
        _ => text.lines().map(str::to_owned).collect(),
    };
    let clues: Vec<String> = clues.iter().map(|clue| clue.trim().to_owned()).filter(|clue| !clue.is_empty()).collect();
    if clues.is_empty() { Err(wrong("it holds no clue".to_owned())) } else { Ok(clues) }
}

fn column(text: &str) -> Result<Vec<String>, String> {
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(text.as_bytes());
    let headers = table.headers().map_err(|error| error.to_string())?.clone();
    // Spreadsheets put a byte-order mark before the first name.
    let is = |header: &str, name: &str| header.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name);
    let place = ["clue", "text"].iter().find_map(|name| headers.iter().position(|header| is(header, name)));
    let missing =
        || format!("it has no column 'clue' or 'text' (it has: {})", headers.iter().collect::<Vec<_>>().join(", "));
    let place = place.ok_or_else(missing)?;
    let clue = |record: Result<csv::StringRecord, csv::Error>| {
        Ok(record.map_err(|error| error.to_string())?.get(place).unwrap_or("").to_owned())
    };
    table.records().map(clue).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        read_clues(&file).map_err(|error| error.to_string())
    }

    #[test]
    fn all_three_forms_hold_the_same_clues() {
        let expected = Ok(vec!["yellow plates".to_owned(), "poles, of wood".to_owned()]);
        assert_eq!(read("clues.txt", "yellow plates\n\n  poles, of wood \r\n"), expected);
        assert_eq!(read("clues.json", r#"["yellow plates", "", "poles, of wood"]"#), expected);
        assert_eq!(read("clues.csv", "id,Clue\n1,yellow plates\n2,\"poles, of wood\"\n"), expected);
        assert_eq!(read("clues.csv", "text\nyellow plates\n\"poles, of wood\"\n"), expected);
    }

    #[test]
    fn files_without_clues_say_why() {
        for (name, text, says) in [
            ("clues.csv", "a,b\n1,2\n", "no column 'clue' or 'text' (it has: a, b)"),
            ("clues.csv", "clue,b\n1\n", "found record with 1 fields"),
            ("clues.json", "{\"a\": 1}", "invalid type: map"),
            ("clues.txt", " \n\n", "holds no clue"),
        ] {
            let line = read(name, text).unwrap_err();
            assert!(line.contains(name) && line.contains(says) && !line.contains('\n'), "{line}");
        }
        assert!(read_clues(Path::new("no/clues.txt")).unwrap_err().to_string().contains("no/clues.txt"));
    }
}
