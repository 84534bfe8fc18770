//! The scripts of letters. Latin, Greek and Cyrillic write many alike, so that a word that was read may stand in several of
//! them: РЕСТОРАН has no letter that Latin lacks, and ΜΕΚΤΕΠ none that Cyrillic lacks.

use unicode_script::{Script as UnicodeScript, UnicodeScript as _};

use crate::knowledge::Script;

const ALPHABETS: [Script; 3] = [Script::Latin, Script::Greek, Script::Cyrillic];

/// Letters with marks, and the same without.
const MARKED: (&str, &str) = ("ΆΈΉΊΌΎΪΫόЁЇЀёїѐ", "ΑΕΗΙΟΥΙΥοЕІЕеіе");

/// The alphabets that have a letter of the shape of each of these; all where there is no letter.
pub(super) fn alphabets_of(word: &str) -> Vec<Script> {
    let has_all = |alphabet: &Script| word.chars().filter(|c| c.is_alphabetic()).all(|c| has(*alphabet, c));
    ALPHABETS.into_iter().filter(has_all).collect()
}

fn has(alphabet: Script, letter: char) -> bool {
    let plain = paired(MARKED, letter).unwrap_or(letter);
    let shape =
        ALPHABETS.iter().flat_map(|of| of.look_alikes()).find_map(|pairs| paired(*pairs, plain)).unwrap_or(plain);
    script_of_letter(letter) == Some(alphabet)
        || script_of_letter(shape) == Some(alphabet)
        || alphabet.look_alikes().iter().any(|(_, shapes)| shapes.contains(shape))
}

/// What stands in the second list where the letter stands in the first.
fn paired((from, to): (&str, &str), letter: char) -> Option<char> {
    from.chars().zip(to.chars()).find(|(known, _)| *known == letter).map(|(_, other)| other)
}

/// The script of one letter; none of what is no letter.
pub(super) fn script_of_letter(letter: char) -> Option<Script> {
    if !letter.is_alphabetic() {
        return None;
    }
    // It lengthens the vowels of both kinds of kana, and Unicode counts it to neither.
    if letter == 'ー' {
        return Some(Script::Kana);
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
    use Script::{Cyrillic, Greek, Latin};

    #[test]
    fn a_word_stands_in_the_alphabets_that_have_all_its_letters() {
        for (word, right) in [
            ("РЕСТОРАН", &[Latin, Cyrillic][..]),
            ("ΡΗό", &[Latin, Greek, Cyrillic]),
            ("ΤΑΒΕΡΝΑ", &[Latin, Greek]),
            ("ΜΕΚΤΕΠ", &[Greek, Cyrillic]),
            ("АПТЕКА", &[Greek, Cyrillic]),
            ("ΦΟΥΡΝΟΣ", &[Greek]),
            ("ΕΞΟΔΟΣ", &[Greek]),
            ("ШКОЛА", &[Cyrillic]),
            ("Bäckerei", &[Latin]),
            ("ΩΗd", &[]),
            ("12:30", &[Latin, Greek, Cyrillic]),
        ] {
            assert_eq!(alphabets_of(word), right, "{word}");
        }
    }
}
