//! Letters that Latin, Greek and Cyrillic write alike. The second recogniser knows one character for each such letter, and here
//! it becomes that of the script that the line is in.

use crate::knowledge::Script;

/// A line of shared characters in the letters of `script`. A word with a Latin letter that the script lacks, and with none of
/// the script's own, is Latin and stays so.
pub(super) fn written_in(script: Script, line: &str) -> String {
    let pairs = script.look_alikes();
    if pairs.is_empty() {
        return line.to_owned();
    }
    let own = |shared: char| {
        let places = pairs.iter().flat_map(|(own, shared)| own.chars().zip(shared.chars()));
        places.into_iter().find(|(_, of_both)| *of_both == shared).map(|(own, _)| own)
    };
    let word = |word: &str| {
        let is_latin = word.chars().any(|c| c.is_ascii_alphabetic() && own(c).is_none())
            && word.chars().all(|c| c.is_ascii() || !c.is_alphabetic());
        match is_latin {
            true => word.to_owned(),
            false => word.chars().map(|c| own(c).unwrap_or(c)).collect(),
        }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_letters_become_those_of_the_lines_script() {
        assert_eq!(written_in(Script::Cyrillic, "ΓOPOД 5"), "ГОРОД 5");
        assert_eq!(written_in(Script::Greek, "TABEPNA"), "ΤΑΒΕΡΝΑ");
        assert_eq!(written_in(Script::Hangul, "A 약국"), "A 약국");
    }

    #[test]
    fn a_latin_word_in_such_a_line_stays_latin() {
        assert_eq!(written_in(Script::Greek, "TABEPNA ZORBAS"), "ΤΑΒΕΡΝΑ ZORBAS");
        assert_eq!(written_in(Script::Cyrillic, "caлoн BIRD"), "салон BIRD");
        // What holds a letter of the script's own is no Latin word, whatever else was read in it.
        assert_eq!(written_in(Script::Cyrillic, "ДRAMA"), "ДRАМА");
    }
}
