//! The models of an evaluation file: `model = "folder"` for one, `[[model]]` for several.

use std::{fmt, path::PathBuf};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor},
};

/// A model that answers in an evaluation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvalModel {
    /// Its folder or GGUF file; without it, the starter that the program ships.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Folders of adapters that are laid on it, in this order; `@PERCENT` behind one lays a part of it on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adapters: Vec<PathBuf>,
    /// What the report calls it; its own name where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The starter alone, where a file names no model.
pub(super) fn starter() -> Vec<EvalModel> {
    vec![EvalModel::default()]
}

/// One folder as text, or a list of tables.
pub(super) fn one_or_several<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<EvalModel>, D::Error> {
    from.deserialize_any(OneOrSeveral)
}

struct OneOrSeveral;

impl<'de> Visitor<'de> for OneOrSeveral {
    type Value = Vec<EvalModel>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a model folder, or tables [[model]] with folder, adapters and name")
    }

    fn visit_str<E>(self, folder: &str) -> Result<Self::Value, E> {
        Ok(vec![EvalModel { folder: Some(PathBuf::from(folder)), ..EvalModel::default() }])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut tables: A) -> Result<Self::Value, A::Error> {
        let mut models = Vec::new();
        while let Some(model) = tables.next_element()? {
            models.push(model);
        }
        Ok(models)
    }
}
