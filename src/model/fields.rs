//! Reading a checkpoint's JSON files: fields with bounds, and errors that name the file.

use std::path::Path;

use serde_json::Value;

use super::error::ModelError;

/// Reads fields and remembers the file for its errors.
pub(crate) struct Fields<'a> {
    /// The file.
    pub path: &'a Path,
    /// The object in it whose fields are read.
    pub value: &'a Value,
}

impl Fields<'_> {
    /// An error of the file.
    pub fn wrong(&self, reason: String) -> ModelError {
        ModelError::Config { path: self.path.to_path_buf(), reason }
    }

    /// A positive whole number.
    pub fn number(&self, name: &str) -> Result<usize, ModelError> {
        let number = self.value[name].as_u64().filter(|&n| n > 0 && n <= 1 << 32);
        number.map(|n| n as usize).ok_or_else(|| self.wrong(format!("'{name}' is missing or not a positive number")))
    }

    /// A positive whole number, or `otherwise` where the field is absent.
    pub fn number_or(&self, name: &str, otherwise: usize) -> Result<usize, ModelError> {
        if self.value[name].is_null() { Ok(otherwise) } else { self.number(name) }
    }

    /// A positive number, or `otherwise` where the field is absent.
    pub fn real_or(&self, name: &str, otherwise: f64) -> Result<f64, ModelError> {
        match &self.value[name] {
            Value::Null => Ok(otherwise),
            value => value
                .as_f64()
                .filter(|x| *x > 0.0)
                .ok_or_else(|| self.wrong(format!("'{name}' is not a positive number"))),
        }
    }

    /// A list of whole numbers, if the field is one.
    pub fn numbers(&self, name: &str) -> Option<Vec<usize>> {
        self.value[name].as_array().map(|list| list.iter().filter_map(Value::as_u64).map(|n| n as usize).collect())
    }

    /// Refuses any other text than `only`.
    pub fn must_be(&self, name: &str, only: &str) -> Result<(), ModelError> {
        match self.value[name].as_str() {
            Some(other) if other != only => {
                Err(self.wrong(format!("'{name}' is '{other}'; only '{only}' is supported")))
            }
            _ => Ok(()),
        }
    }

    /// One positive whole number for each of `N` stages, or `otherwise` where the field is absent.
    pub fn stages<const N: usize>(&self, name: &str, otherwise: [usize; N]) -> Result<[usize; N], ModelError> {
        if self.value[name].is_null() {
            return Ok(otherwise);
        }
        let list = self.numbers(name).filter(|list| list.iter().all(|&n| n > 0 && n <= 1 << 20));
        list.and_then(|list| list.try_into().ok())
            .ok_or_else(|| self.wrong(format!("'{name}' is not a list of {N} positive numbers")))
    }
}
