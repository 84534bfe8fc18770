//! One record as an example: its conversation, its picture, and its other fields, which mean what columns of the same
//! names mean in a table.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{BadExample, Example, Examples, RecordProblem, conversation};
use crate::dataset::{
    label::Label,
    table::{ColumnChoice, Columns, Paths, Role, RowProblem, TableOptions},
};

/// Fields that hold pictures as a list, or as an object with a path.
pub(super) const PICTURES: &[&str] =
    &["image", "images", "img", "picture", "pictures", "photo", "photos", "image_path"];

/// Names of fields that number a record and are a picture's name only where nothing else is: in a record with a
/// conversation, that it has no picture is likelier.
const NUMBERS: &[&str] = &["id", "uuid", "key"];

/// Records on their way to examples.
pub(super) struct Records<'a> {
    paths: Paths,
    /// What the source's file is called, after which pictures are called that lie inside it without a name.
    file_name: String,
    choice: &'a ColumnChoice,
    /// The names of the last record's fields and what they mean: in most files all records have the same.
    known: (Vec<String>, Columns),
    /// What has come of them.
    pub examples: Examples,
}

impl<'a> Records<'a> {
    pub fn new(file: &Path, options: &'a TableOptions) -> Self {
        let paths = Paths::new(options.root_of(file));
        let known = (Vec::new(), Columns::default());
        let file_name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { paths, file_name, choice: &options.columns, known, examples: Examples::default() }
    }

    /// Adds a record, or what is wrong with it.
    pub fn add(&mut self, number: u64, record: Result<Value, RecordProblem>) {
        let read = record.and_then(|record| self.example(record, None));
        self.note(number, read);
    }

    /// Adds a record whose picture lay inside the source's file and now lies here.
    pub fn add_unpacked(&mut self, number: u64, record: Value, picture: PathBuf) {
        let read = self.example(record, Some((number, picture)));
        self.note(number, read);
    }

    /// How many there are that can be used, and that cannot.
    pub fn len(&self) -> (usize, usize) {
        (self.examples.examples.len(), self.examples.bad.len())
    }

    /// Takes back those that have come since there were so many.
    pub fn forget_after(&mut self, (good, bad): (usize, usize)) {
        self.examples.examples.truncate(good);
        self.examples.bad.truncate(bad);
    }

    fn note(&mut self, number: u64, read: Result<Example, RecordProblem>) {
        match read {
            Ok(example) => self.examples.examples.push(example),
            Err(problem) => self.examples.bad.push(BadExample::Record { number, problem }),
        }
    }

    fn example(&mut self, record: Value, unpacked: Option<(u64, PathBuf)>) -> Result<Example, RecordProblem> {
        let Value::Object(mut record) = record else { return Err(RecordProblem::NotObject) };
        let conversation = conversation::take(&mut record)?;
        let is_conversation = conversation.is_some();
        let conversation::Conversation { turns, pictures } = conversation.unwrap_or_default();
        unwrap_pictures(&mut record)?;
        let (names, cells): (Vec<String>, Vec<String>) = fields(&record).into_iter().unzip();
        self.learn_fields(names, &cells)?;
        let (names, columns) = &self.known;
        let field = |(role, problem): (Role, RowProblem)| RecordProblem::Field {
            field: columns.place(role).and_then(|place| names.get(place)).cloned().unwrap_or_default(),
            problem,
        };
        let label = Label::of(&cells, columns).map_err(field)?;
        let place = columns.place(Role::Path);
        let place = place.filter(|place| !(is_conversation && NUMBERS.contains(&names[*place].as_str())));
        let told = place.map(|place| cells[place].trim());
        if let Some((number, path)) = unpacked {
            let named = told.filter(|name| !name.is_empty());
            let name = named.map_or_else(|| format!("{}#{number}", self.file_name), str::to_owned);
            return Ok(Example { path, name, label, turns });
        }
        let name = match (pictures.as_slice(), told) {
            ([], None | Some("")) => return Err(RecordProblem::NoPicture),
            ([], Some(name)) => name,
            ([name], _) => name,
            (many, _) if many.iter().all(|name| *name == many[0]) => &many[0],
            (many, _) => return Err(RecordProblem::ManyPictures(many.len())),
        };
        let path = self.paths.resolve(name).map_err(|problem| field((Role::Path, problem)))?;
        Ok(Example { path, name: name.to_owned(), label, turns })
    }

    fn learn_fields(&mut self, names: Vec<String>, cells: &[String]) -> Result<(), RecordProblem> {
        if self.known.0 != names {
            let columns = Columns::of(&names, &[cells.to_vec()], self.choice).map_err(RecordProblem::NoField)?;
            self.known = (names, columns);
        }
        Ok(())
    }
}

/// Pictures in lists of one and in objects become names.
fn unwrap_pictures(record: &mut Map<String, Value>) -> Result<(), RecordProblem> {
    for field in PICTURES {
        let Some(value) = record.get_mut(*field) else { continue };
        if let Value::Array(pictures) = value {
            *value = match pictures.len() {
                0 => Value::Null,
                1 => pictures.remove(0),
                n => return Err(RecordProblem::ManyPictures(n)),
            };
        }
        if let Value::Object(picture) = value {
            let name = picture.get("path").filter(|path| path.is_string()).cloned();
            let is_inside = picture.get("bytes").is_some_and(|bytes| !bytes.is_null());
            *value = match name {
                _ if is_inside => return Err(RecordProblem::PictureInside),
                name => name.unwrap_or_default(),
            };
        }
    }
    // `images` is the name that a list goes by; as a column it is called like the others.
    if let Some(name) = record.remove("images").or_else(|| record.remove("pictures")).filter(Value::is_string) {
        record.entry("image").or_insert(name);
    }
    Ok(())
}

/// The fields as names and cells; those of an object within are called `outer.inner`.
fn fields(record: &Map<String, Value>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (name, value) in record {
        match value {
            Value::Object(inner) => {
                let inner = inner.iter().filter(|(_, value)| !value.is_object());
                fields.extend(inner.map(|(inner, value)| (format!("{name}.{inner}"), cell(value))));
            }
            value => fields.push((name.clone(), cell(value))),
        }
    }
    fields
}

/// A value as the cell of a table.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
