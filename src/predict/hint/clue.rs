//! Clues that are seen: "they drive on the left", "no palm trees". The words that name a record stand with it.

use super::sentence::Segment;
use crate::knowledge::clues::{ClueRecord, Clues, plain_word};

/// The records that a segment names; what names them is marked as understood.
pub(super) fn clues<'a>(segment: &mut Segment, known: &'a Clues) -> Vec<&'a ClueRecord> {
    let at: Vec<(usize, String)> =
        segment.plain().iter().enumerate().filter_map(|(at, word)| Some((at, plain_word(word)?))).collect();
    let words: Vec<String> = at.iter().map(|(_, word)| word.clone()).collect();
    let mut found = Vec::new();
    for (record, named) in known.named_in(&words) {
        segment.take(at[named.from].0..at[named.to - 1].0 + 1);
        found.push(record);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{
        super::sentence::{Sentence, sentences},
        *,
    };
    use crate::{
        geo::country_called,
        knowledge::clues::{plain_words, shipped, shipped_clues},
        street::clue::all_sentences,
    };

    #[track_caller]
    fn check(text: &str, right: &[&str]) {
        let segments = sentences(text).iter().flat_map(Sentence::segments).collect::<Vec<_>>();
        let found: Vec<&str> = segments
            .into_iter()
            .flat_map(|mut segment| clues(&mut segment, shipped_clues()))
            .map(|record| record.id.as_str())
            .collect();
        assert_eq!(found, right, "{text}");
    }

    #[test]
    fn records_by_the_words_that_name_them() {
        check("they drive on the left", &["driving_side-left"]);
        check("yellow center line and white edge lines", &["centre_line-yellow", "edge_line-white"]);
        check("the sign is in Polish", &["language-pl"]);
        check("no palm trees", &["plant-palm"]);
        check("Cyrillic letters", &["script-cyrl"]);
        check("speed limits in miles", &["speed_unit-mph"]);
        check("a .pl domain", &["domain-pl"]);
        check("the phone number starts with +48", &["phone-48"]);
        check("there was a Biedronka", &[]);
        check("a yellow rear plate", &["plate-yellow-at-the-rear-only", "plate-yellow-rear"]);
        check("a fine day by the river", &[]);
    }

    /// No record is named by a country's name, which would make "in Spain" a clue.
    #[test]
    fn no_country_names_a_record() {
        for name in shipped().iter().flat_map(|record| &record.words) {
            assert!(country_called(name).is_none(), "{name}");
        }
    }

    /// Every sentence that a drawn street can give as a reason names a record, but for those that say nothing of a country.
    #[test]
    fn the_sentences_of_the_drawn_streets_name_records() {
        let silent = ["red ring speed sign", "red no entry sign", "roadside post with grey", "conifer trees"];
        for sentence in all_sentences().iter().filter(|sentence| !silent.contains(&sentence.as_str())) {
            assert!(!shipped_clues().named_in(&plain_words(sentence)).is_empty(), "{sentence}");
        }
    }
}
