//! What a model is asked, and where in its answer the country's name begins.

use std::{fs, path::Path};

use serde::Deserialize;

use super::problem::PromptNotRead;

/// The question of GeoReasoner's released `infer.py` (github.com/lingli1996/GeoReasoner), for every model that brings
/// none of its own: models tuned for it answer best when it is asked to the letter.
const PAPER_PROMPT: &str = "According to the content of the image, please think step by step and deduce in which country \
     and city the image is most likely located and offer possible explanations. Output in JSON format, e.g., {'country': \
     '', 'city': '' ,'reasons':''}.";

/// How that answer begins, up to the country's name, and goes on after it.
const PAPER_OPENING: &str = "{'country': '";
const PAPER_CLOSING: &str = "', 'city': '";

/// What a model wants to be asked. A checkpoint folder may say it in `terrasight.json`:
/// `{"prompt": "...", "opening": "{'country': '", "closing": "', 'city': '", "caution": "..."}`, each optional.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Prompting {
    /// The question that stands after the picture.
    pub prompt: String,
    /// How an answer begins, up to the country's name.
    pub opening: String,
    /// How it goes on after the name, the closing quote first.
    pub closing: String,
    /// What everyone who reads the answer must know, if there is something.
    pub caution: Option<String>,
}

impl Default for Prompting {
    fn default() -> Self {
        Self {
            prompt: PAPER_PROMPT.to_owned(),
            opening: PAPER_OPENING.to_owned(),
            closing: PAPER_CLOSING.to_owned(),
            caution: None,
        }
    }
}

impl Prompting {
    /// The words around a country's name that this model is expected to write.
    pub(super) fn wording(&self) -> Wording<'_> {
        Wording { opening: &self.opening, closing: &self.closing }
    }

    /// What the model in this folder wants to be asked; where the file that says so is not understood, the usual, and why.
    pub fn of(model_folder: &Path) -> (Self, Option<PromptNotRead>) {
        let path = model_folder.join("terrasight.json");
        let Ok(text) = fs::read_to_string(&path) else { return (Self::default(), None) };
        match serde_json::from_str(&text) {
            Ok(prompting) => (prompting, None),
            Err(error) => {
                let not_read = PromptNotRead { file: path.display().to_string(), cause: error.to_string() };
                (Self::default(), Some(not_read))
            }
        }
    }
}

/// The words around the country's name in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wording<'a> {
    /// Everything up to the name: the model's reasoning, if it came first, and the opening of its answer.
    pub(super) opening: &'a str,
    /// What follows the name, its closing quote first.
    pub(super) closing: &'a str,
}

/// The words around the country's name in what a model wrote, in its own style (`{"country": "`, `{'country': '`). `None`
/// where it wrote no such thing.
///
/// Names scored within these words are weighed with all that the model has said before it names one, and end as it ends
/// them; a closing that it never writes would cost every name a different, meaningless amount.
pub(super) fn wording_of(text: &str) -> Option<Wording<'_>> {
    let key = text.rfind("'country'").max(text.rfind("\"country\""))?;
    let value = text[key + "'country'".len()..].trim_start().strip_prefix(':')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let name = &value[quote.len_utf8()..];
    // A quote inside the name (Cote d'Ivoire) is followed by a letter, the closing one is not.
    let ends_name = |&(at, _): &(usize, &str)| !name[at + 1..].starts_with(char::is_alphanumeric);
    let (end, _) = name.match_indices(quote).find(ends_name)?;
    Some(Wording { opening: &text[..text.len() - name.len()], closing: &name[end..] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, opening: &str, closing: &str) {
        assert_eq!(wording_of(text), Some(Wording { opening, closing }));
    }

    #[test]
    fn the_words_around_the_name_are_found_in_either_style_and_after_reasoning() {
        check("{'country': 'France', 'city': ''}", "{'country': '", "', 'city': ''}");
        check("A sign.\n{\"country\" :\n \"Chad\"}", "A sign.\n{\"country\" :\n \"", "\"}");
        check("{'country': '', 'city'", "{'country': '", "', 'city'");
        check("{'country': 'Cote d'Ivoire', 'c", "{'country': '", "', 'c");
    }

    #[test]
    fn prose_and_broken_answers_have_no_wording() {
        let texts = [
            "",
            "This is France.",
            "the 'country' is France",
            "{'country': France}",
            "{'country':",
            "{'country': 'Fra",
        ];
        for text in texts {
            assert_eq!(wording_of(text), None, "{text}");
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
        assert!(Prompting::of(folder.path()).1.is_some_and(|not_read| not_read.file.ends_with("terrasight.json")));
    }
}
