//! One plain spelling for a name, whatever its accents, case, punctuation or script (Latin, Greek, Cyrillic), so that names
//! can be compared.

use std::{collections::HashMap, sync::OnceLock};

/// Lower-case words of plain letters and digits with single spaces between: `São Tomé & Príncipe` becomes
/// `sao tome principe`, `St. John's` becomes `saint johns`, `Москва` becomes `moskva`. Letters of other scripts stay as
/// they are.
pub fn fold(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => plain.push(letter),
            '\'' => {}
            _ if letter.is_ascii() => plain.push(' '),
            '\u{300}'..='\u{36f}' => {} // combining marks
            _ => match plain_letters().get(&letter) {
                Some(letters) => plain.push_str(letters),
                None if letter.is_alphanumeric() => plain.push(letter),
                // Vowel signs of Indic and other scripts are neither letters nor digits, but belong to the word.
                None if letter.is_whitespace() || is_punctuation(letter) => plain.push(' '),
                None => plain.push(letter),
            },
        }
    }
    let mut words = String::with_capacity(plain.len());
    for word in plain.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(if matches!(word, "st" | "ste" | "sankt") { "saint" } else { word });
    }
    words
}

/// The other German and Scandinavian habit, in which `Düsseldorf` becomes `duesseldorf`; none where it changes nothing.
pub(super) fn fold_with_digraphs(text: &str) -> Option<String> {
    let mut changed = false;
    let spelled: String = text
        .chars()
        .flat_map(char::to_lowercase)
        .map(|letter| {
            let pair = match letter {
                'ä' => "ae",
                'ö' | 'ø' => "oe",
                'ü' => "ue",
                'å' => "aa",
                _ => return letter.to_string(),
            };
            changed = true;
            pair.to_owned()
        })
        .collect();
    changed.then(|| fold(&spelled))
}

fn is_punctuation(letter: char) -> bool {
    matches!(letter, '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff0f}')
}

fn plain_letters() -> &'static HashMap<char, &'static str> {
    static TABLE: OnceLock<HashMap<char, &'static str>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = include_str!("../../assets/geo/fold.csv").lines();
        lines.filter_map(|line| line.split_once(',').and_then(|(from, to)| Some((from.chars().next()?, to)))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_do_not_matter() {
        assert_eq!(fold("São Tomé & Príncipe"), "sao tome principe");
        assert_eq!(fold("  CÔTE  d’Ivoire "), "cote divoire");
        assert_eq!(fold("St. John's"), "saint johns");
        assert_eq!(fold("İstanbul"), "istanbul");
        assert_eq!(fold("Straßburg"), "strassburg");
    }

    #[test]
    fn greek_and_cyrillic_become_latin_and_other_scripts_stay() {
        assert_eq!(fold("Москва"), "moskva");
        assert_eq!(fold("Αθήνα"), "athina");
        assert_eq!(fold("東京"), "東京");
        assert_eq!(fold(""), "");
        assert_eq!(fold("...!"), "");
    }

    #[test]
    fn umlauts_may_be_written_with_two_letters() {
        assert_eq!(fold_with_digraphs("Düsseldorf").as_deref(), Some("duesseldorf"));
        assert_eq!(fold_with_digraphs("Lyon"), None);
    }
}
