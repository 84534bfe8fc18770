//! Fields of a checkpoint's config.json, read with errors that name the file and the field.

use std::path::Path;

use serde_json::Value;

use super::error::ModelError;

/// Reads fields and remembers the file for its errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub path: &'a Path,
    pub value: &'a Value,
}

impl Fields<'_> {
    /// An error of this file.
    pub fn wrong(&self, reason: String) -> ModelError {
        ModelError::Config { path: self.path.to_path_buf(), reason }
    }

    pub fn number(&self, name: &str) -> Result<usize, ModelError> {
        let number = self.value[name].as_u64().filter(|&n| n > 0 && n <= 1 << 32);
        number.map(|n| n as usize).ok_or_else(|| self.wrong(format!("'{name}' is missing or not a positive number")))
    }

    pub fn number_or(&self, name: &str, otherwise: usize) -> Result<usize, ModelError> {
        if self.value[name].is_null() { Ok(otherwise) } else { self.number(name) }
    }

    pub fn real_or(&self, name: &str, otherwise: f64) -> Result<f64, ModelError> {
        match &self.value[name] {
            Value::Null => Ok(otherwise),
            value => value
                .as_f64()
                .filter(|x| *x > 0.0)
                .ok_or_else(|| self.wrong(format!("'{name}' is not a positive number"))),
        }
    }

    pub fn numbers(&self, name: &str) -> Option<Vec<usize>> {
        self.value[name].as_array().map(|list| list.iter().filter_map(Value::as_u64).map(|n| n as usize).collect())
    }

    pub fn must_be(&self, name: &str, only: &str) -> Result<(), ModelError> {
        match self.value[name].as_str() {
            Some(other) if other != only => {
                Err(self.wrong(format!("'{name}' is '{other}'; only '{only}' is supported")))
            }
            _ => Ok(()),
        }
    }
}

/// One token id or a list of them.
pub(crate) fn token_list(value: &Value) -> Vec<u32> {
    let one = |v: &Value| v.as_u64().and_then(|id| u32::try_from(id).ok());
    match value {
        Value::Array(list) => list.iter().filter_map(one).collect(),
        other => one(other).into_iter().collect(),
    }
}
