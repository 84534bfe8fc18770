//! What a model's folder says of it in `terrasight.json`: which kind of picture it has learned from, how finely it looks,
//! and whether one can converse with it.

use std::path::Path;

use super::directory::json_file;
use super::drawn::is_drawn_street;
use super::error::ModelError;
use crate::picture::Picture;

pub(super) const FILE: &str = "terrasight.json";

/// How many tokens a picture may become by the field `picture_tokens`, where it is there.
///
/// # Errors
/// Anything but a whole number above zero.
pub(crate) fn picture_tokens(directory: &Path) -> Result<Option<usize>, ModelError> {
    let path = directory.join(FILE);
    let Some(file) = json_file(&path)? else { return Ok(None) };
    let value = &file["picture_tokens"];
    match value.as_u64().and_then(|tokens| usize::try_from(tokens).ok()) {
        _ if value.is_null() => Ok(None),
        Some(tokens) if tokens > 0 => Ok(Some(tokens)),
        _ => Err(ModelError::Config { path, reason: format!("'picture_tokens' is {value}, not a number above 0") }),
    }
}

/// Whether a model answers more than its one question: by the field `converses`, and without it where it has seen
/// photographs. One of drawings has learned an answer by heart, as the starter has.
///
/// # Errors
/// Anything but `true` and `false`.
pub(crate) fn converses(directory: &Path, seen: Seen) -> Result<bool, ModelError> {
    let path = directory.join(FILE);
    let Some(file) = json_file(&path)? else { return Ok(seen == Seen::Photographs) };
    match &file["converses"] {
        serde_json::Value::Null => Ok(seen == Seen::Photographs),
        serde_json::Value::Bool(said) => Ok(*said),
        said => Err(ModelError::Config { path, reason: format!("'converses' is {said}, neither true nor false") }),
    }
}

/// The kind of picture that a model has seen while it learned; of the other kind it knows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Seen {
    /// Photographs: what a folder that says nothing is taken to have seen.
    #[default]
    Photographs,
    /// Pictures of the drawn street world.
    Drawings,
}

impl Seen {
    /// Whether a model that has seen this knows pictures of this picture's kind. Of the others it must say nothing: what it
    /// made of them would be made up. A photograph and a drawing are told apart by the pixels alone; a model of photographs
    /// is asked about any picture.
    pub fn knows(self, picture: &Picture) -> bool {
        self == Self::Photographs || *picture.is_drawn.get_or_init(|| is_drawn_street(&picture.pixels))
    }

    /// What `terrasight.json` of a model's folder says in its field `seen`: `"photographs"` or `"drawings"`. Training
    /// copies the file along, so that a tuned model has seen what its base has.
    ///
    /// # Errors
    /// Another word there, or a file that is no JSON: what such a model knows must not be guessed.
    pub fn of(directory: &Path) -> Result<Self, ModelError> {
        let path = directory.join(FILE);
        let Some(file) = json_file(&path)? else { return Ok(Self::default()) };
        match &file["seen"] {
            serde_json::Value::Null => Ok(Self::default()),
            said if said == "photographs" => Ok(Self::Photographs),
            said if said == "drawings" => Ok(Self::Drawings),
            said => {
                let reason = format!("'seen' is {said}; it can be \"photographs\" or \"drawings\"");
                Err(ModelError::Config { path, reason })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn a_folder_says_what_its_model_has_seen() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Seen::of(folder.path()).unwrap(), Seen::Photographs);
        let file = folder.path().join("terrasight.json");
        for (text, seen) in [
            (r#"{"seen": "drawings"}"#, Seen::Drawings),
            (r#"{"seen": "photographs"}"#, Seen::Photographs),
            (r#"{"prompt": "Where?"}"#, Seen::Photographs),
        ] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(Seen::of(folder.path()).unwrap(), seen, "{text}");
        }
        for wrong in [r#"{"seen": "sketches"}"#, r#"{"seen": 3}"#, "{"] {
            std::fs::write(&file, wrong).unwrap();
            assert!(Seen::of(folder.path()).unwrap_err().to_string().contains("terrasight.json"), "{wrong}");
        }
    }

    #[test]
    fn a_model_of_drawings_knows_drawings_only() {
        let street = Picture::from_rgb("street", crate::street::draw(1_000_003).pixels);
        let grey = Picture::from_rgb("grey", RgbImage::from_pixel(64, 48, image::Rgb([128; 3])));
        assert!(Seen::Drawings.knows(&street));
        assert!(!Seen::Drawings.knows(&grey));
        assert!(Seen::Photographs.knows(&street) && Seen::Photographs.knows(&grey));
    }

    #[test]
    fn a_folder_may_ask_for_more_tokens_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(picture_tokens(folder.path()).unwrap(), None);
        let file = folder.path().join(FILE);
        std::fs::write(&file, r#"{"picture_tokens": 2560}"#).unwrap();
        assert_eq!(picture_tokens(folder.path()).unwrap(), Some(2560));
        for wrong in ["0", "-1", "\"many\""] {
            std::fs::write(&file, format!(r#"{{"picture_tokens": {wrong}}}"#)).unwrap();
            assert!(picture_tokens(folder.path()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_model_of_photographs_converses_and_one_of_drawings_where_its_folder_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let said = |seen| converses(folder.path(), seen);
        assert!(said(Seen::Photographs).unwrap() && !said(Seen::Drawings).unwrap());
        let file = folder.path().join(FILE);
        std::fs::write(&file, r#"{"prompt": "Where?"}"#).unwrap();
        assert!(said(Seen::Photographs).unwrap() && !said(Seen::Drawings).unwrap());
        std::fs::write(&file, r#"{"converses": true}"#).unwrap();
        assert!(said(Seen::Drawings).unwrap());
        std::fs::write(&file, r#"{"converses": false}"#).unwrap();
        assert!(!said(Seen::Photographs).unwrap());
        std::fs::write(&file, r#"{"converses": "yes"}"#).unwrap();
        assert!(said(Seen::Photographs).unwrap_err().to_string().contains("'converses' is \"yes\""));
    }

    #[test]
    fn the_models_that_ship_know_drawn_streets_alone() {
        for model in ["starter", "segmenter", "network"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(model);
            assert_eq!(Seen::of(&folder).unwrap(), Seen::Drawings, "{model}");
        }
    }
}
