//! Texts of results as cells of a table: whoever opens it in a spreadsheet finds no formula, and each text is read back as it
//! was. For `#[serde(with = "..")]`.

use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

use crate::dataset::table::{text_cell, text_of_cell};

pub(super) fn serialize<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().map(text_cell).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(|cell| text_of_cell(&cell).to_owned()))
}

/// The same for a text that is always there.
pub(super) mod needed {
    use super::*;

    pub fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        text_cell(text).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Ok(text_of_cell(&String::deserialize(deserializer)?).to_owned())
    }
}
