//! Fields of a checkpoint's config.json, read with errors that name the file and the field.

use std::path::Path;

use serde_json::Value;

use super::error::ModelError;

/// No size, count or token of a checkpoint is greater, so that what is read can be summed, doubled and cast to `u32`.
const MOST: u64 = u32::MAX as u64;

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
        let number = self.value[name].as_u64().filter(|n| (1..=MOST).contains(n));
        number
            .map(|n| n as usize)
            .ok_or_else(|| self.wrong(format!("'{name}' is missing or no whole number from 1 to {MOST}")))
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

    pub fn numbers_or(&self, name: &str, otherwise: &[usize]) -> Result<Vec<usize>, ModelError> {
        let number = |value: &Value| value.as_u64().filter(|&n| n <= MOST).map(|n| n as usize);
        match &self.value[name] {
            Value::Null => Ok(otherwise.to_vec()),
            value => value
                .as_array()
                .and_then(|list| list.iter().map(number).collect())
                .ok_or_else(|| self.wrong(format!("'{name}' is not a list of whole numbers"))),
        }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_out_has_a_default_and_what_is_no_number_is_refused() {
        let value = json!({"heads": 4, "none": 0, "many": 1_u64 << 32, "list": [1, 0, 3], "words": [1, "two"], "deep": [1_u64 << 40]});
        let fields = Fields { path: Path::new("config.json"), value: &value };
        assert_eq!(fields.number("heads").unwrap(), 4);
        assert_eq!(fields.number_or("absent", 7).unwrap(), 7);
        for wrong in ["absent", "none", "many", "list"] {
            let line = fields.number(wrong).unwrap_err().to_string();
            assert!(line.starts_with("config.json: ") && line.contains(wrong), "{line}");
        }
        assert_eq!(fields.numbers_or("list", &[]).unwrap(), [1, 0, 3]);
        assert_eq!(fields.numbers_or("absent", &[2, 2]).unwrap(), [2, 2]);
        for wrong in ["heads", "words", "deep"] {
            let line = fields.numbers_or(wrong, &[1]).unwrap_err().to_string();
            assert!(line.starts_with("config.json: ") && line.contains(wrong), "{line}");
        }
    }
}
