//! The form of a file of clue records: TOML, with the sources it names and one table a record. A file is read whole or not
//! at all; what is wrong in it is said with its line.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::record::{Basis, ClueRecord, ClueSource, Detector, Feature, MOST_FACTOR};
use crate::geo::{CountryCode, country};

/// A larger file holds no clues, in bytes.
pub const MOST_BYTES: usize = 2 << 20;
/// Nor does one with more records.
pub const MOST_RECORDS: usize = 5000;
/// The longest id, value, or name for a record, in characters.
const LONGEST: usize = 120;
/// The most names of one record.
const MOST_WORDS: usize = 60;

/// What is wrong in a file of records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ClueFileError {
    /// Its line, counted from 1.
    pub line: usize,
    /// What does not fit, in one line.
    pub problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    source: BTreeMap<String, ClueSource>,
    #[serde(default)]
    clue: Vec<Spanned<Row>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    feature: Feature,
    value: String,
    countries: Vec<CountryCode>,
    inside: f64,
    outside: f64,
    basis: Basis,
    #[serde(default = "by_the_user")]
    seen_by: Detector,
    source: String,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    classes: Vec<String>,
}

fn by_the_user() -> Detector {
    Detector::User
}

/// The records of a file. A source that it does not describe is taken for a name, such as `source = "my notes"`.
pub fn read(text: &str) -> Result<Vec<ClueRecord>, ClueFileError> {
    let at = |offset: usize, problem: String| ClueFileError { line: line_of(text, offset), problem };
    if text.len() > MOST_BYTES {
        return Err(at(0, format!("the file is larger than {} MB", MOST_BYTES >> 20)));
    }
    let file: File = toml::from_str(text).map_err(|error| {
        let problem = error.message().lines().next().unwrap_or("it is not TOML").to_owned();
        at(error.span().map_or(0, |span| span.start), problem)
    })?;
    if file.clue.len() > MOST_RECORDS {
        return Err(at(0, format!("there are more than {MOST_RECORDS} records")));
    }
    let mut ids = BTreeSet::new();
    let mut records = Vec::with_capacity(file.clue.len());
    for row in file.clue {
        let offset = row.span().start;
        let record = record(row.into_inner(), &file.source);
        problem_of(&record).map_or(Ok(()), |problem| Err(at(offset, problem)))?;
        if !ids.insert(record.id.clone()) {
            return Err(at(offset, format!("the id '{}' stands there twice", record.id)));
        }
        records.push(record);
    }
    Ok(records)
}

fn record(row: Row, sources: &BTreeMap<String, ClueSource>) -> ClueRecord {
    let named = || ClueSource { name: row.source.clone(), address: String::new(), licence: String::new() };
    ClueRecord {
        source: sources.get(&row.source).cloned().unwrap_or_else(named),
        id: row.id,
        feature: row.feature,
        value: row.value,
        countries: row.countries,
        inside: row.inside,
        outside: row.outside,
        basis: row.basis,
        seen_by: row.seen_by,
        words: row.words,
        classes: row.classes,
    }
}

/// What keeps a record from being used, in a line; none where nothing does.
pub fn problem_of(record: &ClueRecord) -> Option<String> {
    let ClueRecord { id, countries, inside, outside, .. } = record;
    let is_name =
        |text: &str| !text.trim().is_empty() && text.chars().count() <= LONGEST && !text.contains(char::is_control);
    let is_share = |share: &f64| *share > 0.0 && *share <= 1.0;
    let unknown = countries.iter().find(|code| country(**code).is_none());
    let ratio = (inside / outside).max(outside / inside);
    if !is_name(id) || !is_name(&record.value) {
        Some(format!("the id and the value of a record have 1 to {LONGEST} characters"))
    } else if let Some(code) = unknown {
        Some(format!("'{id}': {code} is no country's code"))
    } else if countries.is_empty() {
        Some(format!("'{id}' names no country"))
    } else if ![inside, outside].into_iter().all(is_share) {
        Some(format!("'{id}': inside and outside are likelihoods above 0 and at most 1"))
    } else if record.basis == Basis::Judged && ratio > MOST_FACTOR * 1.001 {
        Some(format!("'{id}' is judged, so neither likelihood may be more than {MOST_FACTOR} times the other"))
    } else if record.words.len() > MOST_WORDS || !record.words.iter().all(|name| is_name(name)) {
        Some(format!("'{id}': there are at most {MOST_WORDS} words, of 1 to {LONGEST} characters each"))
    } else {
        None
    }
}

/// Records as a file that [`read`] reads.
pub fn written(records: &[ClueRecord]) -> Result<String, ClueFileError> {
    #[derive(Serialize)]
    struct Written {
        source: BTreeMap<String, ClueSource>,
        clue: Vec<Row>,
    }
    let mut file = Written { source: BTreeMap::new(), clue: Vec::new() };
    for record in records {
        let source = &record.source;
        let key = file.source.iter().find(|(_, other)| *other == source).map(|(key, _)| key.clone());
        let key = key.unwrap_or_else(|| format!("source-{}", file.source.len() + 1));
        file.source.entry(key.clone()).or_insert_with(|| source.clone());
        file.clue.push(Row {
            id: record.id.clone(),
            feature: record.feature,
            value: record.value.clone(),
            countries: record.countries.clone(),
            inside: record.inside,
            outside: record.outside,
            basis: record.basis.clone(),
            seen_by: record.seen_by,
            source: key,
            words: record.words.clone(),
            classes: record.classes.clone(),
        });
    }
    let text = toml::to_string(&file).map_err(|error| ClueFileError { line: 1, problem: error.to_string() })?;
    read(&text).map(|_sound| text)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[source.mine]
name = "my notes"

[[clue]]
id = "kiosk"
feature = "other"
value = "yellow kiosks"
countries = ["PL", "CZ"]
inside = 0.4
outside = 0.05
basis = "judged"
source = "mine"
words = ["yellow kiosk"]

[[clue]]
id = "lamp"
feature = "other"
value = "green lamps"
countries = ["PL"]
inside = 0.9
outside = 0.01
basis = { counted = { data = "my walks", n = 12 } }
source = "walks of 2024"
"#;

    #[test]
    fn a_file_of_records_comes_back_as_it_was() {
        let records = read(GOOD).unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!((records[0].source.name.as_str(), records[1].source.name.as_str()), ("my notes", "walks of 2024"));
        assert_eq!(read(&written(&records).unwrap()).unwrap(), records);
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        #[track_caller]
        fn check(from: &str, to: &str, line: usize, says: &str) {
            let error = read(&GOOD.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.to_string().contains(says) && !error.to_string().contains('\n'), "{error}");
        }
        check("\"kiosk\"", "kiosk", 6, "");
        check("\"other\"", "\"others\"", 7, "others");
        check("[\"PL\"]", "[\"PL\", \"QQ\"]", 16, "'lamp': QQ is no country's code");
        check("[\"PL\", \"CZ\"]", "[]", 5, "names no country");
        check("[\"PL\", \"CZ\"]", "[\"Poland\"]", 9, "Poland");
        check("inside = 0.4", "inside = 1.4", 5, "above 0 and at most 1");
        check("inside = 0.4", "inside = nan", 5, "above 0 and at most 1");
        check("outside = 0.05", "outside = 0.01", 5, "20 times");
        check("id = \"lamp\"", "id = \"kiosk\"", 16, "stands there twice");
        check("id = \"lamp\"", "id = \"\"", 16, "1 to 120 characters");
        check("value = \"green", "valve = \"green", 19, "valve");
        let many = "[[clue]]\n".repeat(3);
        assert_eq!(read(&many).unwrap_err().line, 1);
        assert!(read(&"#\n".repeat(MOST_BYTES)).unwrap_err().problem.contains("larger"));
    }
}
