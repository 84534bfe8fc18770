//! What a model is asked, and the words around the country's name in its answer.

use std::{fs, ops::Range, path::Path};

use serde::Deserialize;

use super::problem::PromptNotRead;
use crate::model::VisionLanguageModel;

/// The question of GeoReasoner's released `infer.py` (github.com/lingli1996/GeoReasoner), for every model that brings
/// none of its own: models tuned for it answer best when it is asked to the letter.
const PAPER_PROMPT: &str = "According to the content of the image, please think step by step and deduce in which country \
     and city the image is most likely located and offer possible explanations. Output in JSON format, e.g., {'country': \
     '', 'city': '' ,'reasons':''}.";

/// What a model wants to be asked. Its folder may say it in `terrasight.json`: `{"prompt": "...", "caution": "..."}`, each optional.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompting {
    /// The question that stands after the picture.
    pub prompt: String,
    /// What everyone who reads the answer must know, if there is something.
    pub caution: Option<String>,
}

/// What a folder says of that.
#[derive(Default, Deserialize)]
#[serde(default)]
struct InFolder {
    prompt: Option<String>,
    caution: Option<String>,
}

impl Prompting {
    /// What this model wants to be asked: what its folder says, else what is known of it, else the usual; and why its folder was not
    /// understood, where it was not.
    pub fn of(model: &VisionLanguageModel) -> (Self, Option<PromptNotRead>) {
        Self::by(model.directory(), model.question())
    }

    /// What the model in this folder, of which nothing else is known, wants to be asked.
    pub fn in_folder(folder: &Path) -> Self {
        Self::by(folder, None).0
    }

    /// What a model without a folder is asked of which this is known, if anything.
    pub fn known(question: Option<&str>) -> Self {
        Self { prompt: question.unwrap_or(PAPER_PROMPT).to_owned(), caution: None }
    }

    fn by(folder: &Path, known: Option<&str>) -> (Self, Option<PromptNotRead>) {
        let path = folder.join("terrasight.json");
        let said = fs::read_to_string(&path).map(|text| serde_json::from_str(&text));
        let (InFolder { prompt, caution }, not_read) = match said {
            Ok(Ok(said)) => (said, None),
            Ok(Err(error)) => {
                let not_read = PromptNotRead { file: path.display().to_string(), cause: error.to_string() };
                (InFolder::default(), Some(not_read))
            }
            Err(_) => (InFolder::default(), None),
        };
        (Self { caution, ..Self::known(prompt.as_deref().or(known)) }, not_read)
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

impl<'a> Wording<'a> {
    /// The words around a name that stands in what a model wrote; none where nothing follows it, so that where it ends is not known.
    ///
    /// Names scored within these words are weighed with all that the model has said before it names one, and end as it ends
    /// them; a closing that it never writes would cost every name a different, meaningless amount.
    pub(super) fn around(text: &'a str, name: Range<usize>) -> Option<Self> {
        let (opening, closing) = (text.get(..name.start)?, text.get(name.end..)?);
        (!closing.is_empty()).then_some(Self { opening, closing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::answer::parsed;

    #[track_caller]
    fn check(text: &str, opening: &str, closing: &str) {
        let at = parsed(text, true).country_at.expect(text);
        assert_eq!(Wording::around(text, at), Some(Wording { opening, closing }));
    }

    #[test]
    fn the_words_around_the_name_are_found_in_every_form_and_after_reasoning() {
        check("{'country': 'France', 'city': ''}", "{'country': '", "', 'city': ''}");
        check("A sign.\n{\"country\" :\n \"Chad\"}", "A sign.\n{\"country\" :\n \"", "\"}");
        check("{'country': 'Cote d'Ivoire', 'c", "{'country': '", "', 'c");
        check("{'Country': 'Chile', 'City': 'Arica'}", "{'Country': '", "', 'City': 'Arica'}");
        check("{country: Chile, city: Arica}", "{country: ", ", city: Arica}");
        check("<think>é</think><answer>country: [Chile]\n", "<think>é</think><answer>country: [", "]\n");
        check("Country: Chile\nCity: Arica", "Country: ", "\nCity: Arica");
        check("**Country:** Chile\n", "**Country:** ", "\n");
        check("{'country': 'China (中国)'}", "{'country': '", " (中国)'}");
        check("{'country': 'Likely Chile', 'city': ''}", "{'country': 'Likely ", "', 'city': ''}");
    }

    #[test]
    fn the_name_is_the_one_that_the_answer_took() {
        check(
            r#"{"country": "Kenya", "alternatives": [{"country": "Tanzania"}]}"#,
            r#"{"country": ""#,
            r#"", "alternatives": [{"country": "Tanzania"}]}"#,
        );
        check("{'country': 'Oman'} as in {'country': ''}", "{'country': '", "'} as in {'country': ''}");
        check(
            r#"{'country': 'Chile', 'reasons': 'a plate with "country": "Bolivia" on it'}"#,
            "{'country': '",
            r#"', 'reasons': 'a plate with "country": "Bolivia" on it'}"#,
        );
    }

    #[test]
    fn sentences_choices_and_answers_that_name_none_have_no_wording() {
        let texts = [
            "",
            "This is France.",
            "the 'country' is France",
            "{'country':",
            "{'country': 'Fra",
            "{country: Fra",
            "{'country': '', 'city': ''}",
            "{'country': 'Unknown', 'city': ''}",
            "{'country': 'Spain or Portugal', 'city': ''}",
            "{'country': ['Spain', 'Portugal'], 'city': ''}",
            "{'location': 'Lyon, France'}",
            "country: Chile",
        ];
        for text in texts {
            let wording = parsed(text, true).country_at.and_then(|at| Wording::around(text, at));
            assert_eq!(wording, None, "{text}");
        }
    }

    #[test]
    fn a_folders_own_prompt_goes_before_what_is_known_of_the_model_and_that_before_the_usual() {
        let folder = tempfile::tempdir().unwrap();
        let known = Some("Which country?");
        let by = |known| {
            let (prompting, not_read) = Prompting::by(folder.path(), known);
            (prompting.prompt, prompting.caution, not_read.is_some_and(|not_read| not_read.file.ends_with(".json")))
        };
        let say = |text: &str| fs::write(folder.path().join("terrasight.json"), text).unwrap();
        assert_eq!(by(None), (PAPER_PROMPT.to_owned(), None, false));
        assert_eq!(by(known), ("Which country?".to_owned(), None, false));
        say(r#"{"caution": "Beware."}"#);
        assert_eq!(by(known), ("Which country?".to_owned(), Some("Beware.".to_owned()), false));
        say(r#"{"prompt": "Where?", "caution": "Beware."}"#);
        assert_eq!(by(known), ("Where?".to_owned(), Some("Beware.".to_owned()), false));
        say("{");
        assert_eq!(by(known), ("Which country?".to_owned(), None, true));
    }
}
