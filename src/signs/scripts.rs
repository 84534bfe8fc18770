//! Scripts other than Latin: which countries write their signs in them. The script of a reading is that of most of its
//! letters; where it has too few to say, as with scripts that the reader cannot read, it is the one seen in its box.

use std::{collections::HashMap, sync::LazyLock};

use unicode_script::{Script as UnicodeScript, UnicodeScript as _};

use super::{
    Text,
    clue::{ClueKind, Found},
    tables::{codes, rows},
};
use crate::{geo::CountryCode, knowledge::Script};

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_scripts.csv");

/// The script's code, how many times likelier it is on signs in its countries where that was not counted, and these.
type Users = (&'static str, f64, Vec<CountryCode>);

static USERS: LazyLock<HashMap<Script, Users>> = LazyLock::new(|| {
    let user = |[script, times, countries]: [&'static str; 3]| {
        Some((script.parse().ok()?, (script, times.parse().ok()?, codes(countries))))
    };
    rows::<3>(TABLE).into_iter().filter_map(user).collect()
});

/// From so many letters on a reading says itself which script it is in: one or two may be a symbol or a slip.
const LEAST_LETTERS: usize = 3;
/// The same for scripts whose letters are whole syllables or words.
const LEAST_SYLLABLES: usize = 2;

/// The script of a reading, if it is not Latin.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let script = script_of(reading.text).or(reading.script);
    let found = script.and_then(|script| {
        let (code, times, countries) = USERS.get(&script)?;
        Some(Found::new(ClueKind::Script, script.name(), countries).times(*times).counted("script", code))
    });
    found.into_iter().collect()
}

/// The script of most letters of a text; none where there are too few.
pub(super) fn script_of(text: &str) -> Option<Script> {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for script in text.chars().filter_map(script_of_letter) {
        match counts.iter_mut().find(|(known, _)| *known == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    let count_of = |script| counts.iter().find(|(known, _)| *known == script).map_or(0, |(_, count)| *count);
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    let (n_latin, n_kana) = (count_of(Script::Latin), count_of(Script::Kana));
    // Japanese mixes Chinese characters with its own.
    if n_kana >= LEAST_SYLLABLES && n_kana + count_of(Script::Han) + n_latin == all {
        return Some(Script::Kana);
    }
    // Latin names stand on the signs of every script.
    let other = counts.into_iter().filter(|(script, _)| *script != Script::Latin).max_by_key(|(_, count)| *count);
    let Some((script, count)) = other else { return (n_latin >= LEAST_LETTERS).then_some(Script::Latin) };
    let is_syllabic = matches!(script, Script::Han | Script::Kana | Script::Hangul | Script::Ethiopic);
    let least = if is_syllabic { LEAST_SYLLABLES } else { LEAST_LETTERS };
    (count >= least && 3 * count >= all && 3 * count >= 2 * (all - n_latin)).then_some(script)
}

/// The script of one letter; none of what is no letter.
pub(super) fn script_of_letter(letter: char) -> Option<Script> {
    if !letter.is_alphabetic() {
        return None;
    }
    Some(match letter.script() {
        UnicodeScript::Latin => Script::Latin,
        UnicodeScript::Greek => Script::Greek,
        UnicodeScript::Cyrillic => Script::Cyrillic,
        UnicodeScript::Arabic => Script::Arabic,
        UnicodeScript::Hebrew => Script::Hebrew,
        UnicodeScript::Devanagari => Script::Devanagari,
        UnicodeScript::Bengali => Script::Bengali,
        UnicodeScript::Gurmukhi => Script::Gurmukhi,
        UnicodeScript::Gujarati => Script::Gujarati,
        UnicodeScript::Oriya => Script::Oriya,
        UnicodeScript::Tamil => Script::Tamil,
        UnicodeScript::Telugu => Script::Telugu,
        UnicodeScript::Kannada => Script::Kannada,
        UnicodeScript::Malayalam => Script::Malayalam,
        UnicodeScript::Sinhala => Script::Sinhala,
        UnicodeScript::Thai => Script::Thai,
        UnicodeScript::Lao => Script::Lao,
        UnicodeScript::Khmer => Script::Khmer,
        UnicodeScript::Myanmar => Script::Burmese,
        UnicodeScript::Georgian => Script::Georgian,
        UnicodeScript::Armenian => Script::Armenian,
        UnicodeScript::Ethiopic => Script::Ethiopic,
        UnicodeScript::Hangul => Script::Hangul,
        UnicodeScript::Hiragana | UnicodeScript::Katakana => Script::Kana,
        UnicodeScript::Han => Script::Han,
        UnicodeScript::Tibetan => Script::Tibetan,
        UnicodeScript::Thaana => Script::Thaana,
        UnicodeScript::Tifinagh => Script::Tifinagh,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::{
        tables::tests::{check_strengths, check_table},
        tests::check,
    };

    #[test]
    fn scripts_tell_where_they_are_written() {
        check(find, "ร้านยา", &[("Thai", "TH")]);
        check(find, "ქართული", &[("Georgian", "GE")]);
        check(find, "パン屋", &[("Japanese kana", "JP")]);
        check(find, "약국 GS25", &[("Hangul", "KP KR")]);
        check(find, "銀行", &[("Chinese characters", "CN HK JP MO MY SG TW")]);
        check(find, "ΦΑΡΜΑΚΕΙΟ", &[("Greek", "CY GR")]);
        for plain in ["Ω 5 µm", "αβ", "Bäckerei", "中", "CAFÉ α", "12:30", "β-carotene", "→ 🅿"] {
            check(find, plain, &[]);
        }
    }

    #[test]
    fn the_script_of_the_box_speaks_where_the_text_does_not() {
        let script = |text, script| find(&Text { text, script: Some(script) }).pop().map(|found| found.text);
        assert_eq!(script("", Script::Thai).as_deref(), Some("Thai"));
        assert_eq!(script("8 12", Script::Cyrillic).as_deref(), Some("Cyrillic"));
        assert_eq!(script("Bäckerei", Script::Cyrillic), None, "what was read is Latin");
        assert_eq!(script("", Script::Latin), None);
    }

    #[test]
    fn every_script_but_latin_is_in_the_table() {
        check_table(TABLE, 3, 2);
        check_strengths(TABLE, 1);
        for script in Script::ALL.iter().filter(|script| **script != Script::Latin) {
            assert!(USERS.contains_key(script), "{script}");
        }
    }
}
