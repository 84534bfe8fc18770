//! Clue records that a reason means without naming them: the vector of its words lies close to that of one of the record's
//! names (sentence vectors: Reimers and Gurevych 2019, <https://arxiv.org/abs/1908.10084>). Only what is seen is matched so:
//! a language, a number or a shop is its name, and one name is as close to the next as to itself.

use std::collections::{HashMap, HashSet};

use super::{About, Claim, Reasons, Verdict};
use crate::{
    knowledge::clues::{ClueRecord, Clues},
    model::{ModelError, SentenceEncoder},
    predict::{answer::Answer, hint, written::is_written},
};

/// A text means a record from this cosine on. It and the lead were taken from the first part of
/// `tests/fixtures/paraphrases.tsv` with all-MiniLM-L6-v2, for few wrong matches rather than many right ones; the test beside
/// it says how the second part fares.
const LEAST_COSINE: f32 = 0.65;
/// And no other record of the same kind may come closer than so much below: "keeps left" and "keeps right" are nearly one to a
/// sentence encoder, and what it cannot tell apart is left to the words.
const LEAST_LEAD: f32 = 0.1;
/// No more names than this are known by their vectors, a user's own first.
const MOST_NAMES: usize = 5000;

/// The names of clue records as a sentence encoder understands them; each is embedded once.
#[derive(Debug)]
pub struct Meanings {
    encoder: SentenceEncoder,
    vectors: HashMap<String, Vec<f32>>,
}

/// A record that a text means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meant<'c> {
    /// The record.
    pub record: &'c ClueRecord,
    /// The cosine between the text and the closest of its names.
    pub cosine: f32,
}

impl Meanings {
    /// By this encoder; nothing is embedded yet.
    pub fn new(encoder: SentenceEncoder) -> Self {
        Self { encoder, vectors: HashMap::new() }
    }

    /// The record that each text means, in order; none where nothing is close, or two of a kind are about as close.
    pub fn meant<'c>(&mut self, texts: &[&str], clues: &'c Clues) -> Result<Vec<Option<Meant<'c>>>, ModelError> {
        let seen: Vec<&ClueRecord> = clues.records().iter().filter(|record| !is_written(record.feature)).collect();
        self.learn(seen.iter().flat_map(|record| names(record)).take(MOST_NAMES).collect())?;
        let vectors = self.encoder.embed_texts(texts)?;
        Ok(vectors.iter().map(|vector| self.closest(vector, &seen)).collect())
    }

    /// Embeds the names that are new, and forgets those that are no more.
    fn learn(&mut self, names: HashSet<&str>) -> Result<(), ModelError> {
        self.vectors.retain(|name, _| names.contains(name.as_str()));
        let mut new: Vec<&str> = names.into_iter().filter(|name| !self.vectors.contains_key(*name)).collect();
        new.sort_unstable();
        let vectors = self.encoder.embed_texts(&new)?;
        self.vectors.extend(new.into_iter().map(str::to_owned).zip(vectors));
        Ok(())
    }

    fn closest<'c>(&self, vector: &[f32], records: &[&'c ClueRecord]) -> Option<Meant<'c>> {
        let cosine = |record: &ClueRecord| {
            let vectors = names(record).filter_map(|name| self.vectors.get(name));
            vectors.map(|other| dot(vector, other)).fold(-1.0, f32::max)
        };
        let all: Vec<Meant<'c>> = records.iter().map(|&record| Meant { record, cosine: cosine(record) }).collect();
        let best = all.iter().max_by(|a, b| a.cosine.total_cmp(&b.cosine))?;
        let is_rival =
            |other: &&Meant<'_>| other.record.feature == best.record.feature && other.record.id != best.record.id;
        let second = all.iter().filter(is_rival).map(|other| other.cosine).fold(-1.0, f32::max);
        (best.cosine >= LEAST_COSINE && best.cosine - second >= LEAST_LEAD).then_some(*best)
    }
}

/// What a record is called; its value where it has no words of its own.
fn names(record: &ClueRecord) -> impl Iterator<Item = &str> {
    let value = record.words.is_empty().then_some(record.value.as_str());
    record.words.iter().map(String::as_str).chain(value)
}

/// The cosine of two vectors of unit length.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Reasons {
    /// With the records that parts of the reasons mean, where they name none and quote no sign; what is new has not been held
    /// against anything yet.
    pub fn with_meant(mut self, answer: &Answer, clues: &Clues, meanings: &mut Meanings) -> Result<Self, ModelError> {
        let silent = |(number, reason): (usize, &String)| {
            let parts = if hint::named_text(reason).is_empty() { hint::parts(reason, clues) } else { Vec::new() };
            let parts = parts.into_iter().filter(|part| part.records.is_empty());
            parts.map(move |part| (number, part)).collect::<Vec<_>>()
        };
        let parts: Vec<(usize, hint::Part<'_>)> =
            answer.reasons.iter().enumerate().flat_map(silent).take(super::MOST_CLAIMS).collect();
        if parts.is_empty() {
            return Ok(self);
        }
        let texts: Vec<&str> = parts.iter().map(|(_, part)| part.text.trim()).collect();
        let meant = meanings.meant(&texts, clues)?;
        for ((reason, part), meant) in parts.iter().zip(meant) {
            let Some(Meant { record, cosine }) = meant else { continue };
            let pointed = self.of_reason(*reason).next().map_or_else(Vec::new, |(_, claim)| claim.pointed.clone());
            // What names nothing is not said beside what it means.
            self.claims.retain(|claim| claim.reason != *reason || claim.about != About::Unknown);
            self.claims.push(Claim {
                reason: *reason,
                text: part.text.trim().to_owned(),
                about: About::Clue { record: Box::new(record.clone()), is_so: part.is_so, cosine: Some(cosine) },
                pointed,
                verdict: Verdict::NotChecked,
                places: Vec::new(),
            });
        }
        self.claims.sort_by_key(|claim| claim.reason);
        self.claims.truncate(super::MOST_CLAIMS);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        knowledge::clues::{Feature, shipped},
        model::ComputeDevice,
        predict::reason::Thing,
    };

    /// A tiny encoder whose numbers are of chance: the same words alone are close to each other.
    fn meanings() -> Meanings {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/bert/plain");
        Meanings::new(SentenceEncoder::open(&folder, &ComputeDevice::cpu().in_f32()).unwrap())
    }

    /// A record of the user's that no word names.
    fn own(id: &str, value: &str) -> ClueRecord {
        ClueRecord {
            id: id.to_owned(),
            feature: Feature::Other,
            value: value.to_owned(),
            countries: vec!["PT".parse().unwrap()],
            inside: 0.5,
            outside: 0.1,
            words: Vec::new(),
            classes: vec!["wall".to_owned()],
            ..shipped()[0].clone()
        }
    }

    fn said(reasons: &[&str], clues: &Clues) -> (Answer, Reasons) {
        let reasons = reasons.iter().map(|&reason| reason.to_owned()).collect();
        let answer = Answer { country: Some("Norway".to_owned()), reasons, ..Answer::default() };
        let wall = Thing { class: "wall".to_owned(), share: 0.2, boxes: vec![[0.0, 0.0, 0.5, 0.5]] };
        let reasons = Reasons::of(&answer, &[], None, Some(vec![wall]), clues);
        (answer, reasons)
    }

    #[test]
    fn a_reason_that_names_no_record_is_given_the_one_that_it_means() {
        // In the place of the one record of its kind, so that none is close to it.
        let bare = ClueRecord { feature: Feature::Soil, ..own("soil-red-earth", "no grass at all") };
        let clues = Clues::with_own(&[own("tiles", "walls of blue tiles"), bare]);
        let reasons = ["palm trees, walls of blue tiles", "no grass at all", "the sign says walls of blue tiles"];
        let (answer, by_words) = said(&reasons, &clues);
        let mut meanings = meanings();
        let held = by_words.clone().with_meant(&answer, &clues, &mut meanings).unwrap().held(&[]);
        let found = |reason: usize| {
            let of_reason = held.of_reason(reason);
            of_reason.map(|(_, claim)| claim.record().map(|record| record.id.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(found(0), [Some("plant-palm"), Some("tiles")], "what words name stands as it did");
        let negated = held.of_reason(1).next().unwrap().1.clue().map(|(record, is_so)| (record.id.as_str(), is_so));
        assert_eq!(negated, Some(("soil-red-earth", false)));
        assert_eq!(found(2), [None], "what a sign says is its text");
        let tiles = held.of_reason(0).nth(1).unwrap().1;
        assert!(matches!(tiles.about, About::Clue { is_so: true, cosine: Some(cosine), .. } if cosine > 0.99));
        assert_eq!(
            (tiles.text.as_str(), tiles.places.as_slice()),
            ("walls of blue tiles", &[[0.0, 0.0, 0.5, 0.5]][..])
        );
        assert!(matches!(tiles.verdict, Verdict::Contradicts(_)), "Norway is not Portugal: {:?}", tiles.verdict);
        assert!(meanings.vectors.contains_key("walls of blue tiles"));
        let none = Clues::with_own(&[]);
        let again = by_words.with_meant(&answer, &none, &mut meanings).unwrap();
        assert!(again.claims.iter().all(|claim| claim.record().is_none_or(|record| record.id != "tiles")));
        assert!(!meanings.vectors.contains_key("walls of blue tiles"), "a record that is no more is forgotten");
    }

    #[test]
    fn two_records_that_are_about_as_close_mean_nothing() {
        let clues = Clues::with_own(&[own("one", "walls of blue tiles"), own("other", "walls of blue tiles")]);
        assert_eq!(meanings().meant(&["walls of blue tiles"], &clues).unwrap(), [None]);
        assert!(meanings().meant(&[], &clues).unwrap().is_empty());
    }

    #[test]
    fn what_is_written_is_never_meant() {
        let brand = ClueRecord { feature: Feature::Brand, ..own("brand", "walls of blue tiles") };
        let clues = Clues::with_own(&[brand]);
        let meant = meanings().meant(&["walls of blue tiles"], &clues).unwrap();
        assert!(meant[0].is_none_or(|meant| meant.record.id != "brand"));
    }
}
