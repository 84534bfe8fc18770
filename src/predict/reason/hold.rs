//! One claim held against what was found in the picture and what is known.

use super::{About, Thing, Verdict};
use crate::{
    geo::{CountryCode, fold},
    knowledge::clues::{ClueRecord, Feature, plain_words},
    predict::{
        evidence::Piece,
        sign::Sign,
        sign_pieces,
        statement::Statement,
        written::{features_of, is_written},
    },
};

/// A record that says less against a country contradicts nothing.
const LEAST_FACTOR: f64 = 4.0;
/// A sign supports a claim where more than this part of the countries that it speaks for are the claim's.
const MOST: f64 = 0.5;

/// What was looked for in a picture, and found.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Looked<'a> {
    /// What its signs say; none where no reader has looked.
    pub(super) signs: Option<&'a [Sign]>,
    /// What it shows; none where no segmenter has looked that knows pictures of this kind.
    pub(super) things: Option<&'a [Thing]>,
    /// The country that the answer names.
    pub(super) country: Option<CountryCode>,
}

/// What is found of a claim, and where.
pub(super) fn held(about: &About, looked: Looked<'_>) -> (Verdict, Vec<[f32; 4]>) {
    match about {
        About::Unknown => (Verdict::NotChecked, Vec::new()),
        About::Sign(said) => with_signs(said_on_signs(said, looked), looked),
        About::Clue { record, is_so, .. } => {
            let (verdict, places) = if *is_so { found(record, looked) } else { (Verdict::NotChecked, Vec::new()) };
            match looked.country.filter(|code| contradicts(record, *is_so, *code)) {
                Some(code) => (Verdict::Contradicts(code), places),
                None => (verdict, places),
            }
        }
    }
}

/// Whether a record speaks against a country.
fn contradicts(record: &ClueRecord, is_so: bool, country: CountryCode) -> bool {
    let factor = record.factor(is_so);
    if record.countries.contains(&country) { factor <= 1.0 / LEAST_FACTOR } else { factor >= LEAST_FACTOR }
}

fn found(record: &ClueRecord, looked: Looked<'_>) -> (Verdict, Vec<[f32; 4]>) {
    if is_written(record.feature) { with_signs(on_signs(record, looked), looked) } else { shown(record, looked) }
}

fn with_signs(verdict: Verdict, looked: Looked<'_>) -> (Verdict, Vec<[f32; 4]>) {
    let named = |sign: &&Sign| matches!(&verdict, Verdict::OnSigns(ids) if ids.contains(&sign.id));
    let places = looked.signs.unwrap_or_default().iter().filter(named).map(Sign::region).collect();
    (verdict, places)
}

/// Whether the classes of its records are the thing itself, and not only what it stands on, as lines stand on a road.
fn is_thing(feature: Feature) -> bool {
    use Feature::*;
    matches!(feature, Pole | Plant | Soil | Vehicle | RoadsidePost)
}

fn shown(record: &ClueRecord, looked: Looked<'_>) -> (Verdict, Vec<[f32; 4]>) {
    let Some(things) = looked.things.filter(|_| !record.classes.is_empty()) else {
        return (Verdict::NotChecked, Vec::new());
    };
    let there: Vec<&Thing> = things.iter().filter(|thing| record.classes.contains(&thing.class)).collect();
    let places = there.iter().flat_map(|thing| thing.boxes.iter().copied()).collect();
    let verdict = match there.is_empty() {
        true => Verdict::NotFound,
        false if is_thing(record.feature) => Verdict::Shown(there.iter().map(|thing| thing.class.clone()).collect()),
        false => Verdict::NotChecked,
    };
    (verdict, places)
}

/// Whether signs say what a record is about: by what their texts tell, or by a name of the record in them. What tells of many
/// countries beside the record's, as the letter ö does beside Finnish, leaves it open, and so do words that tell nothing.
fn on_signs(record: &ClueRecord, looked: Looked<'_>) -> Verdict {
    let Some(signs) = looked.signs else { return Verdict::NotChecked };
    let (mut ids, mut is_open): (Vec<String>, bool) = (Vec::new(), false);
    for sign in signs.iter().filter(|sign| sign.on) {
        let words = plain_words(&sign.text);
        let names = record.words.iter().any(|name| words.ends_with(&plain_words(name)) && !words.is_empty());
        let is_named = (names && record.feature == Feature::Brand) || is_stop_word(record, &words);
        let told = sign_pieces::told(std::slice::from_ref(sign));
        let share = told_share(record, &told);
        if is_named || share.is_some_and(|share| share > MOST) {
            ids.push(sign.id.clone());
        }
        let may_be_of_any = record.feature == Feature::Language && told.is_empty() && !words.is_empty();
        is_open |= may_be_of_any || share.is_some_and(|share| share > 0.0);
    }
    match ids.is_empty() && is_open {
        true => Verdict::NotChecked,
        false => verdict_of(ids, signs),
    }
}

/// The largest part that a record's countries are of those for which something that a sign tells speaks, where it is about the
/// same; none where nothing of it is.
fn told_share(record: &ClueRecord, told: &[Piece]) -> Option<f64> {
    let share = |piece: &Piece| match &piece.evidence.statement {
        Statement::Sign { clue, text, countries } if features_of(*clue, text).contains(&record.feature) => {
            let n_shared = countries.iter().filter(|code| record.countries.contains(code)).count();
            Some(n_shared as f64 / countries.len().max(1) as f64)
        }
        _ => None,
    };
    told.iter().filter_map(share).max_by(f64::total_cmp)
}

/// "PARE" on a sign is the value of the record of that word.
fn is_stop_word(record: &ClueRecord, words: &[String]) -> bool {
    record.feature == Feature::StopSign && words.contains(&fold(&record.value))
}

/// Whether a text that a reason quotes stands on a sign.
fn said_on_signs(said: &str, looked: Looked<'_>) -> Verdict {
    let Some(signs) = looked.signs else { return Verdict::NotChecked };
    let said = fold(said);
    let says = |sign: &&Sign| sign.on && !said.is_empty() && fold(&sign.text).contains(&said);
    verdict_of(signs.iter().filter(says).map(|sign| sign.id.clone()).collect(), signs)
}

/// A sign that could not be read may say anything.
fn verdict_of(ids: Vec<String>, signs: &[Sign]) -> Verdict {
    let is_unread = |sign: &Sign| sign.on && sign.text.trim().is_empty();
    match ids.is_empty() {
        false => Verdict::OnSigns(ids),
        true if signs.iter().any(is_unread) => Verdict::NotChecked,
        true => Verdict::NotFound,
    }
}
