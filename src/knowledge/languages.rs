//! The languages of signs: their script, the font that holds it, and a few everyday words.

use std::sync::OnceLock;

use serde::Deserialize;

/// One language of `assets/knowledge/words.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Language {
    /// IETF tag, such as `zh-Hant`.
    #[serde(skip)]
    pub code: String,
    /// English name.
    pub name: String,
    /// English name of its script.
    pub script: String,
    /// Which of the shipped fonts holds its letters.
    pub font: String,
    /// Everyday words, as they stand on signs.
    pub words: Vec<String>,
}

impl Language {
    /// Whether no other language of the table is written in this script, so that the script alone tells it.
    pub fn owns_its_script(&self) -> bool {
        languages().iter().filter(|other| other.script == self.script).count() == 1
    }
}

/// All languages, sorted by code.
pub fn languages() -> &'static [Language] {
    static TABLE: OnceLock<Vec<Language>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let text = include_str!("../../assets/knowledge/words.toml");
        let table: std::collections::BTreeMap<String, Language> =
            toml::from_str(text).expect("the shipped words are read in a test");
        table.into_iter().map(|(code, language)| Language { code, ..language }).collect()
    })
}

/// The language with this code.
pub fn language(code: &str) -> Option<&'static Language> {
    languages().iter().find(|language| language.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_short_and_many_enough() {
        for language in languages() {
            assert!((4..=8).contains(&language.words.len()), "{}", language.name);
            assert!(language.words.iter().all(|word| (2..=9).contains(&word.chars().count())), "{}", language.name);
        }
    }

    #[test]
    fn scripts_with_one_language() {
        assert!(language("th").unwrap().owns_its_script());
        assert!(!language("pl").unwrap().owns_its_script());
    }
}
