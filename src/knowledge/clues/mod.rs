//! Clue records: what is seen on streets, in which countries, and how likely there and elsewhere, each with its source
//! (`assets/knowledge/clues.toml` by hand, `clues_made.toml` by `make_clues.py`), and a user's own beside them.

mod form;
mod record;
mod wording;

use std::sync::{Arc, OnceLock};

pub use form::{ClueFileError, MOST_BYTES, MOST_RECORDS, problem_of, read, written};
pub use record::{Basis, ClueRecord, ClueSource, Detector, Feature, MOST_FACTOR};
pub use wording::{Named, Wording, plain_word, plain_words};

/// The clue records that the program ships, by hand first.
pub fn shipped() -> &'static [ClueRecord] {
    static RECORDS: OnceLock<Vec<ClueRecord>> = OnceLock::new();
    RECORDS.get_or_init(|| {
        let by_hand = include_str!("../../../assets/knowledge/clues.toml");
        let made = include_str!("../../../assets/knowledge/clues_made.toml");
        [by_hand, made].iter().flat_map(|text| read(text).expect("the shipped records are read in a test")).collect()
    })
}

/// The shipped records and a user's own, to be found by the words that name them.
#[derive(Debug, Clone)]
pub struct Clues {
    records: Vec<ClueRecord>,
    /// Of each record, the words that it is found by: those of its names, its id and its value.
    words: Vec<Vec<String>>,
    wording: Wording,
}

impl Clues {
    /// The shipped records with these beside them; one of a shipped one's id takes its place.
    /// Where there are none, they are those that all share.
    pub fn with_own(own: &[ClueRecord]) -> Arc<Self> {
        if own.is_empty() { Arc::clone(shared()) } else { Arc::new(Self::of(own)) }
    }

    fn of(own: &[ClueRecord]) -> Self {
        let is_replaced = |record: &&ClueRecord| !own.iter().any(|other| other.id == record.id);
        let records: Vec<ClueRecord> = own.iter().chain(shipped().iter().filter(is_replaced)).cloned().collect();
        let wording = Wording::of(records.iter().map(|record| record.words.as_slice()));
        let words_of = |record: &ClueRecord| {
            let named = record.words.iter().map(String::as_str).chain([record.id.as_str(), record.value.as_str()]);
            named.flat_map(plain_words).collect()
        };
        Self { words: records.iter().map(words_of).collect(), records, wording }
    }

    /// All of them, the user's own first.
    pub fn records(&self) -> &[ClueRecord] {
        &self.records
    }

    /// The record with this id.
    pub fn record(&self, id: &str) -> Option<&ClueRecord> {
        self.records.iter().find(|record| record.id == id)
    }

    /// The records that a text of a few words may mean, those first in which more of the words stand: of what they are about,
    /// their value, their id or their names. No more than `most` of them, and none where no word fits.
    pub fn search(&self, text: &str, most: usize) -> Vec<&ClueRecord> {
        let sought = plain_words(text);
        let fits = |words: &Vec<String>| {
            let stands = |word: &&String| words.iter().any(|other| other.starts_with(word.as_str()));
            sought.iter().filter(stands).count()
        };
        let mut found: Vec<(usize, &ClueRecord)> =
            self.words.iter().map(fits).zip(&self.records).filter(|(n, _)| *n > 0).collect();
        let best = found.iter().map(|(n, _)| *n).max().unwrap_or(0);
        // Where all words stand in some, those with fewer are not meant.
        found.retain(|(n, _)| *n == best || best < sought.len());
        found.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
        found.into_iter().take(most).map(|(_, record)| record).collect()
    }

    /// The records that a text names, in the order in which it names them; where two names overlap, the longer one is
    /// meant.
    pub fn named_in(&self, words: &[String]) -> Vec<(&ClueRecord, Named)> {
        self.wording.named_in(words).into_iter().map(|named| (&self.records[named.at], named)).collect()
    }
}

/// The shipped records alone.
pub fn shipped_clues() -> &'static Clues {
    shared()
}

fn shared() -> &'static Arc<Clues> {
    static CLUES: OnceLock<Arc<Clues>> = OnceLock::new();
    CLUES.get_or_init(|| Arc::new(Clues::of(&[])))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        geo::country,
        knowledge::{ade20k, countries},
    };

    fn record(id: &str) -> &'static ClueRecord {
        shipped_clues().record(id).unwrap_or_else(|| panic!("no {id}"))
    }

    #[test]
    fn the_shipped_records_are_sound() {
        let ids: BTreeSet<&str> = shipped().iter().map(|record| record.id.as_str()).collect();
        assert_eq!(ids.len(), shipped().len());
        assert!(shipped().len() > 800);
        let classes: Vec<&str> = (0..ade20k::CLASSES).map(ade20k::short_name).collect();
        for record in shipped() {
            assert!(record.countries.iter().all(|code| country(*code).is_some()), "{}", record.id);
            assert!(
                record.source.address.starts_with("https://") && !record.source.licence.is_empty(),
                "{}",
                record.id
            );
            assert!(record.classes.iter().all(|class| classes.contains(&class.as_str())), "{record:?}");
        }
    }

    #[test]
    fn every_kind_of_clue_has_records() {
        use Feature::*;
        for feature in [
            DrivingSide,
            CentreLine,
            EdgeLine,
            WarningSign,
            SpeedUnit,
            Script,
            Letter,
            Language,
            Domain,
            Phone,
            Plate,
            Currency,
            Postcode,
            Pole,
            RoadsidePost,
            Climate,
            Plant,
            Sun,
            Hemisphere,
            Roof,
            Brand,
        ] {
            assert!(shipped().iter().any(|record| record.feature == feature), "{feature:?}");
        }
    }

    #[test]
    fn facts_that_everybody_knows() {
        let holds = |id: &str, code: &str| record(id).countries.contains(&code.parse().unwrap());
        for (id, inside, outside) in [
            ("driving_side-left", "GB", "FR"),
            ("driving_side-right", "US", "JP"),
            ("speed_unit-mph", "US", "CA"),
            ("centre_line-yellow", "BR", "PT"),
            ("language-pl", "PL", "CZ"),
            ("script-cyrl", "RU", "GR"),
            ("domain-uk", "GB", "UA"),
            ("phone-48", "PL", "DE"),
            ("climate-tropical", "BR", "SE"),
            ("sun-north", "AU", "NO"),
            ("warning_sign-yellow-diamond", "US", "DE"),
        ] {
            assert!(holds(id, inside) && !holds(id, outside), "{id}");
        }
    }

    /// Where the drawn street world states a fact, the record of it says the same: the two are made of one table.
    #[test]
    fn records_and_the_facts_of_the_drawn_world_agree() {
        for country in countries() {
            for (feature, value) in [
                (Feature::DrivingSide, &country.driving_side.value),
                (Feature::CentreLine, &country.centre_line.value),
                (Feature::EdgeLine, &country.edge_line.value),
                (Feature::SpeedUnit, &country.speed_unit.value),
                (Feature::Roof, &country.roof.value),
            ] {
                let holding = shipped().iter().find(|record| record.feature == feature && record.value == *value);
                let holding = holding.unwrap_or_else(|| panic!("{feature:?} {value}"));
                assert!(holding.countries.contains(&country.code), "{}: {}", country.name, holding.id);
            }
        }
    }

    #[test]
    fn a_few_words_find_their_records() {
        let first = |text: &str| shipped_clues().search(text, 20).first().map(|record| record.id.clone());
        assert_eq!(first("drives on the left").as_deref(), Some("driving_side-left"));
        assert_eq!(first("palm").as_deref(), Some("plant-palm"));
        assert!(first("yellow plates").is_some_and(|id| id.starts_with("plate-yellow")));
        assert!(first("double yellow centre line").is_some_and(|id| id == "centre_line-yellow"));
        assert_eq!(first("qqqq"), None);
        assert_eq!(first(""), None);
        assert_eq!(shipped_clues().search("a", 5).len(), 0, "an article is no word");
        assert_eq!(shipped_clues().search("p", 5).len(), 5);
    }

    #[test]
    fn own_records_stand_beside_and_in_place_of_the_shipped() {
        let mut own = record("plant-palm").clone();
        own.value = "mine".to_owned();
        let clues = Clues::with_own(&[own.clone()]);
        assert_eq!(clues.record("plant-palm"), Some(&own));
        assert_eq!(clues.records().len(), shipped().len());
        own.id = "other".to_owned();
        assert_eq!(Clues::with_own(&[own]).records().len(), shipped().len() + 1);
    }
}
