//! What a model is asked, and where in its answer the country's name begins.

use std::{fs, path::Path};

use serde::Deserialize;

/// The question of GeoReasoner's released `infer.py` (github.com/lingli1996/GeoReasoner), for every model that brings
/// none of its own: models tuned for it answer best when it is asked to the letter.
const PAPER_PROMPT: &str = "According to the content of the image, please think step by step and deduce in which country \
     and city the image is most likely located and offer possible explanations. Output in JSON format, e.g., {'country': \
     '', 'city': '' ,'reasons':''}.";

/// How that answer begins, up to the country's name.
const PAPER_OPENING: &str = "{'country': '";

/// What a model wants to be asked. A checkpoint folder may say it in `terrasight.json`:
/// `{"prompt": "...", "opening": "{'country': '", "caution": "..."}`, each optional.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Prompting {
    /// The question that stands after the picture.
    pub prompt: String,
    /// How an answer begins, up to the country's name; its last character is the quote that closes the name again.
    pub opening: String,
    /// What everyone who reads the answer must know, if there is something.
    pub caution: Option<String>,
}

impl Default for Prompting {
    fn default() -> Self {
        Self { prompt: PAPER_PROMPT.to_owned(), opening: PAPER_OPENING.to_owned(), caution: None }
    }
}

impl Prompting {
    /// What the model in this folder wants to be asked, and what was wrong with the file that says so, if anything.
    pub fn of(model_folder: &Path) -> (Self, Option<String>) {
        let path = model_folder.join("terrasight.json");
        let Ok(text) = fs::read_to_string(&path) else { return (Self::default(), None) };
        match serde_json::from_str(&text) {
            Ok(prompting) => (prompting, None),
            Err(error) => {
                let problem = format!("{}: not understood ({error}); the usual prompt was used", path.display());
                (Self::default(), Some(problem))
            }
        }
    }
}

/// Everything up to the country's name in what a model wrote: its reasoning, if it came first, and the opening of its
/// answer in its own style (`{"country": "`, `{'country': '`). `None` where it wrote no such thing.
///
/// Names scored after this text are weighed with all that the model has said before it names one.
pub fn opening_written(text: &str) -> Option<&str> {
    let start = text.rfind("'country'").max(text.rfind("\"country\""))?;
    let after_key = start + "'country'".len();
    let rest = &text[after_key..];
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    Some(&text[..text.len() - value.len() + quote.len_utf8()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_opening_is_found_in_either_style_and_after_reasoning() {
        assert_eq!(opening_written("{'country': 'France', 'city': ''}"), Some("{'country': '"));
        assert_eq!(opening_written("A sign.\n{\"country\" :\n \"Chad\"}"), Some("A sign.\n{\"country\" :\n \""));
        assert_eq!(opening_written("{'country': ''"), Some("{'country': '"));
    }

    #[test]
    fn prose_has_no_opening() {
        for text in ["", "This is France.", "the 'country' is France", "{'country': France}", "{'country':"] {
            assert_eq!(opening_written(text), None, "{text}");
        }
    }

    #[test]
    fn a_folder_may_bring_its_own_prompt() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Prompting::of(folder.path()), (Prompting::default(), None));
        fs::write(folder.path().join("terrasight.json"), r#"{"prompt": "Where?", "caution": "Beware."}"#).unwrap();
        let (prompting, problem) = Prompting::of(folder.path());
        assert_eq!((prompting.prompt.as_str(), prompting.opening.as_str()), ("Where?", PAPER_OPENING));
        assert_eq!((prompting.caution.as_deref(), problem), (Some("Beware."), None));
        fs::write(folder.path().join("terrasight.json"), "{").unwrap();
        assert!(Prompting::of(folder.path()).1.is_some_and(|problem| problem.contains("terrasight.json")));
    }
}
