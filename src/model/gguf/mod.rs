//! GGUF files (<https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>), versions 2 and 3: what they say of a model and
//! where its tensors lie. Everything is checked against the file's length before memory is taken for it; values stay in
//! the file until they are asked for.

mod config;
mod files;
mod names;
mod read;
mod tensors;
#[cfg(test)]
mod tests;
mod tokens;
pub(super) mod write;

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use super::error::ModelError;
use super::stored::{StoredTensor, mapped};
use read::{Cursor, Kind};

pub(super) use config::config_json;
pub use files::gguf_parts;
pub(super) use files::{GgufModel, find};
pub(super) use names::{QWEN2, QWEN2_5_VL_MERGER, name_in_file};

/// No file has more pairs of key and value, or more tensors.
const MOST_ENTRIES: u64 = 1 << 16;

/// Bytes of the longest key or name of a tensor.
const LONGEST_NAME: usize = 1 << 10;

/// An opened file.
#[derive(Debug)]
pub(super) struct Gguf {
    pub path: PathBuf,
    map: Arc<Mmap>,
    /// Where the value of each key begins.
    values: HashMap<String, (Kind, usize)>,
    /// The tensors under their names in the file.
    pub tensors: Vec<(String, StoredTensor)>,
}

impl Gguf {
    /// Reads the head of a file; the tensors are left where they lie.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let map = mapped(path)?;
        let damaged = |reason: String| ModelError::Damaged { path: path.to_path_buf(), reason };
        let mut cursor = Cursor { bytes: &map, at: 0 };
        let (values, tensors) = head(&mut cursor).map_err(damaged)?;
        let begin = cursor.at;
        let mut opened = Self { path: path.to_path_buf(), map, values, tensors: Vec::new() };
        opened.tensors = opened.placed(&tensors, begin).map_err(damaged)?;
        Ok(opened)
    }

    fn cursor(&self, key: &str) -> Option<(Kind, Cursor<'_>)> {
        let &(kind, at) = self.values.get(key)?;
        Some((kind, Cursor { bytes: &self.map, at }))
    }

    /// A number, whole or not; truth is 1.
    pub fn number(&self, key: &str) -> Option<f64> {
        let (kind, mut cursor) = self.cursor(key)?;
        number(kind, &mut cursor)
    }

    /// A whole number that is not negative.
    pub fn whole(&self, key: &str) -> Option<u64> {
        let number = self.number(key)?;
        // Up to here every whole number is one in f64.
        ((0.0..9e15).contains(&number) && number.fract() == 0.0).then_some(number as u64)
    }

    /// A text; bytes that are no UTF-8 become U+FFFD, and NULs at its end are left out.
    pub fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        match self.cursor(key)? {
            (Kind::Text, mut cursor) => Some(lossy(cursor.text().ok()?)),
            _ => None,
        }
    }

    /// The numbers of a list.
    pub fn numbers(&self, key: &str) -> Option<Vec<f64>> {
        let (Kind::List, mut cursor) = self.cursor(key)? else { return None };
        let (kind, count) = cursor.list().ok()?;
        (0..count).map(|_| number(kind, &mut cursor)).collect()
    }

    /// The texts of a list.
    pub fn texts(&self, key: &str) -> Option<Vec<Cow<'_, str>>> {
        let (Kind::List, mut cursor) = self.cursor(key)? else { return None };
        let (Kind::Text, count) = cursor.list().ok()? else { return None };
        (0..count).map(|_| cursor.text().ok().map(lossy)).collect()
    }

    /// All keys.
    #[cfg(test)]
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Whether the file has a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.iter().any(|(of, _)| of == name)
    }

    /// What the file says it is, such as `qwen2vl`, or `clip` for a vision part.
    pub fn architecture(&self) -> Cow<'_, str> {
        self.text("general.architecture").unwrap_or_default()
    }

    /// An error of this file.
    pub fn wrong(&self, reason: String) -> ModelError {
        ModelError::Config { path: self.path.clone(), reason }
    }
}

type Head = (HashMap<String, (Kind, usize)>, Vec<tensors::Entry>);

/// Everything before the tensors' bytes.
fn head(cursor: &mut Cursor<'_>) -> Result<Head, String> {
    if cursor.take(4)? != b"GGUF" {
        return Err("it is no GGUF file".to_owned());
    }
    match cursor.u32()? {
        2 | 3 => {}
        version if version & 0xffff == 0 => return Err("it is big-endian, which cannot be read".to_owned()),
        version => return Err(format!("it is of version {version}; 2 and 3 can be read")),
    }
    let (n_tensors, n_values) = (cursor.u64()?, cursor.u64()?);
    for (count, of) in [(n_tensors, "tensors"), (n_values, "keys")] {
        if count > MOST_ENTRIES {
            return Err(format!("{count} {of} are more than any such file has"));
        }
    }
    let mut values = HashMap::new();
    for _ in 0..n_values {
        let key = name(cursor)?;
        let kind = cursor.kind()?;
        let at = cursor.at;
        cursor.skip(kind, 0).map_err(|reason| format!("{reason}, in '{key}'"))?;
        if values.insert(key.clone(), (kind, at)).is_some() {
            return Err(format!("the key '{key}' stands twice"));
        }
    }
    let tensors = (0..n_tensors).map(|_| tensors::Entry::read(cursor)).collect::<Result<_, _>>()?;
    Ok((values, tensors))
}

/// The name of a key or a tensor.
fn name(cursor: &mut Cursor<'_>) -> Result<String, String> {
    let bytes = cursor.text()?;
    if bytes.len() > LONGEST_NAME {
        return Err(format!("a name of {} bytes", bytes.len()));
    }
    let name = std::str::from_utf8(bytes).map_err(|_error| "a name that is no UTF-8".to_owned())?;
    match name.chars().any(char::is_control) {
        true => Err("a name with control characters".to_owned()),
        false => Ok(name.to_owned()),
    }
}

fn number(kind: Kind, cursor: &mut Cursor<'_>) -> Option<f64> {
    let bytes = cursor.take(kind.bytes()?).ok()?;
    Some(match (kind, bytes) {
        (Kind::U8 | Kind::Bool, &[a]) => f64::from(a),
        (Kind::I8, &[a]) => f64::from(a as i8),
        (Kind::U16, &[a, b]) => f64::from(u16::from_le_bytes([a, b])),
        (Kind::I16, &[a, b]) => f64::from(i16::from_le_bytes([a, b])),
        (Kind::U32, &[a, b, c, d]) => f64::from(u32::from_le_bytes([a, b, c, d])),
        (Kind::I32, &[a, b, c, d]) => f64::from(i32::from_le_bytes([a, b, c, d])),
        (Kind::F32, &[a, b, c, d]) => f64::from(f32::from_le_bytes([a, b, c, d])),
        (Kind::U64, bytes) => u64::from_le_bytes(bytes.try_into().ok()?) as f64,
        (Kind::I64, bytes) => i64::from_le_bytes(bytes.try_into().ok()?) as f64,
        (Kind::F64, bytes) => f64::from_le_bytes(bytes.try_into().ok()?),
        _ => return None,
    })
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    String::from_utf8_lossy(&bytes[..end])
}
