//! What a model has learned from, which decides what it can be asked about.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

/// The kind of pictures that a model has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Photographs: what every published checkpoint has seen.
    #[default]
    Photographs,
    /// The drawn streets of this program; on anything else its words are made up.
    Drawings,
}

impl Seen {
    /// What `terrasight.json` in a model's folder says under `"seen"`; photographs where it says nothing.
    pub fn by(folder: &Path) -> Self {
        #[derive(Deserialize)]
        struct Said {
            #[serde(default)]
            seen: Seen,
        }
        let said = fs::read(folder.join("terrasight.json")).ok();
        said.and_then(|bytes| serde_json::from_slice::<Said>(&bytes).ok()).map_or_else(Self::default, |said| said.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_says_what_its_model_has_seen() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Seen::by(folder.path()), Seen::Photographs);
        fs::write(folder.path().join("terrasight.json"), r#"{"prompt": "Where?"}"#).unwrap();
        assert_eq!(Seen::by(folder.path()), Seen::Photographs);
        fs::write(folder.path().join("terrasight.json"), r#"{"seen": "drawings"}"#).unwrap();
        assert_eq!(Seen::by(folder.path()), Seen::Drawings);
        for starter in ["starter", "segmenter", "network"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(starter);
            assert_eq!(Seen::by(&folder), Seen::Drawings, "{starter}");
        }
    }
}
