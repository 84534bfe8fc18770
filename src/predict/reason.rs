//! A model's reasons, taken apart into clues and held against what was found in the picture and what is known: a small model's
//! reasons are often such as a blind one would give that knows the answer, so each is supported, not found, not checked, or
//! contradicts the knowledge.

use super::{
    hint::{named_text, stated},
    sign::Sign,
    sign_pieces,
    statement::Statement,
};
use crate::{
    geo::{CountryCode, fold},
    knowledge::{
        ade20k,
        clues::{ClueRecord, Clues, Feature, plain_words},
    },
    signs::ClueKind,
};

/// A class that covers less of a picture was not found in it.
const LEAST_SHARE: f64 = 5e-4;
/// A record that says less against a country contradicts nothing.
const LEAST_FACTOR: f64 = 4.0;
/// No more clues than this are taken from reasons.
const MOST_CLUES: usize = 100;

/// What was looked for in a picture, and found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Looked<'a> {
    /// What its signs say; none where no reader has looked.
    pub signs: Option<&'a [Sign]>,
    /// How large a part of it each of ADE20K's classes covers; none where no segmenter has looked that knows pictures of this
    /// kind.
    pub shares: Option<&'a [f64; ade20k::CLASSES]>,
}

/// A clue that a reason names, or a reason that names none.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedReason {
    /// The reason's number in the answer.
    pub reason: usize,
    /// The part of it.
    pub text: String,
    /// The record of the clue knowledge that it names.
    pub record: Option<String>,
    /// What was found of it.
    pub verdict: Verdict,
}

/// What was found of a clue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Signs say so, by their ids.
    OnSigns(Vec<String>),
    /// The picture shows such things, by ADE20K's names; of what kind they are was not checked.
    Shown(Vec<String>),
    /// Whatever knows such things has looked and found none.
    NotFound,
    /// Nothing at hand knows such things.
    NotChecked,
    /// By the clue knowledge it speaks against the country that the answer names.
    Contradicts(CountryCode),
}

/// Checks the reasons of an answer that names this country.
pub fn checked(
    reasons: &[String],
    country: Option<CountryCode>,
    looked: Looked<'_>,
    clues: &Clues,
) -> Vec<CheckedReason> {
    let all = reasons.iter().enumerate().flat_map(|(reason, text)| of_reason(reason, text, country, looked, clues));
    all.take(MOST_CLUES).collect()
}

fn of_reason(
    reason: usize,
    text: &str,
    country: Option<CountryCode>,
    looked: Looked<'_>,
    clues: &Clues,
) -> Vec<CheckedReason> {
    let checked = |text: &str, record: Option<&ClueRecord>, verdict| CheckedReason {
        reason,
        text: text.to_owned(),
        record: record.map(|record| record.id.clone()),
        verdict,
    };
    let mut all: Vec<CheckedReason> =
        named_text(text).into_iter().map(|said| checked(said, None, said_on_signs(said, looked))).collect();
    for clue in stated(text, clues) {
        let verdict = match country.filter(|code| contradicts(clue.record, clue.is_so, *code)) {
            Some(code) => Verdict::Contradicts(code),
            None if clue.is_so => found(clue.record, looked),
            None => Verdict::NotChecked,
        };
        all.push(checked(&clue.text, Some(clue.record), verdict));
    }
    if all.is_empty() { vec![checked(text.trim(), None, Verdict::NotChecked)] } else { all }
}

/// Whether a record speaks against a country.
fn contradicts(record: &ClueRecord, is_so: bool, country: CountryCode) -> bool {
    let factor = record.factor(is_so);
    if record.countries.contains(&country) { factor <= 1.0 / LEAST_FACTOR } else { factor >= LEAST_FACTOR }
}

fn found(record: &ClueRecord, looked: Looked<'_>) -> Verdict {
    match record.feature {
        feature if is_written(feature) => on_signs(record, looked),
        feature => shown(record, is_thing(feature), looked),
    }
}

/// Whether a clue stands in the text of a sign.
fn is_written(feature: Feature) -> bool {
    use Feature::*;
    matches!(feature, Script | Letter | Language | Domain | Phone | Currency | Postcode | Brand | StopSign | SpeedUnit)
}

/// Whether the classes of its records are the thing itself, and not only what it stands on, as lines stand on a road.
fn is_thing(feature: Feature) -> bool {
    use Feature::*;
    matches!(feature, Pole | Plant | Soil | Vehicle | RoadsidePost)
}

fn shown(record: &ClueRecord, is_thing: bool, looked: Looked<'_>) -> Verdict {
    let Some(shares) = looked.shares.filter(|_| !record.classes.is_empty()) else { return Verdict::NotChecked };
    let is_there =
        |class: &&String| (0..ade20k::CLASSES).any(|at| ade20k::short_name(at) == **class && shares[at] >= LEAST_SHARE);
    let there: Vec<String> = record.classes.iter().filter(is_there).cloned().collect();
    match there.is_empty() {
        true => Verdict::NotFound,
        false if is_thing => Verdict::Shown(there),
        false => Verdict::NotChecked,
    }
}

/// Whether signs say what a record is about: by what their texts tell, or by a name of the record in them.
fn on_signs(record: &ClueRecord, looked: Looked<'_>) -> Verdict {
    let Some(signs) = looked.signs else { return Verdict::NotChecked };
    let mut ids: Vec<String> = Vec::new();
    for sign in signs.iter().filter(|sign| sign.on) {
        let tells = sign_pieces::told(std::slice::from_ref(sign)).iter().any(|piece| match &piece.evidence.statement {
            Statement::Sign { clue, countries, .. } => {
                feature_of(*clue).contains(&record.feature)
                    && countries.iter().any(|code| record.countries.contains(code))
            }
            _ => false,
        });
        let words = plain_words(&sign.text);
        let names = record.words.iter().any(|name| words.ends_with(&plain_words(name)) && !words.is_empty());
        if tells || (names && record.feature == Feature::Brand) || is_stop_word(record, &words) {
            ids.push(sign.id.clone());
        }
    }
    verdict_of(ids, signs)
}

/// "PARE" on a sign is the value of the record of that word.
fn is_stop_word(record: &ClueRecord, words: &[String]) -> bool {
    record.feature == Feature::StopSign && words.contains(&fold(&record.value))
}

/// What the reader's clues are about; words of a language tell it as its letters and streets do.
fn feature_of(clue: ClueKind) -> &'static [Feature] {
    match clue {
        ClueKind::Domain => &[Feature::Domain],
        ClueKind::Dialling => &[Feature::Phone],
        ClueKind::Currency => &[Feature::Currency],
        ClueKind::Script => &[Feature::Script, Feature::Language],
        _ => &[Feature::Language, Feature::Letter],
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::clues::shipped_clues;

    fn sign(id: &str, text: &str) -> Sign {
        Sign {
            id: id.to_owned(),
            quad: [[0.0; 2]; 4],
            text: text.to_owned(),
            script: None,
            score: 0.9,
            on: true,
            read_as: None,
            is_added: false,
        }
    }

    fn shares(classes: &[&str]) -> [f64; ade20k::CLASSES] {
        std::array::from_fn(|at| if classes.contains(&ade20k::short_name(at)) { 0.1 } else { 0.0 })
    }

    #[track_caller]
    fn check(reason: &str, country: &str, looked: Looked<'_>, right: &[(Option<&str>, Verdict)]) {
        let found = checked(&[reason.to_owned()], country.parse().ok(), looked, shipped_clues());
        let found: Vec<_> = found.iter().map(|clue| (clue.record.as_deref(), clue.verdict.clone())).collect();
        assert_eq!(found, right, "{reason}");
    }

    #[test]
    fn a_reason_is_held_against_the_picture_and_the_knowledge() {
        use Verdict::*;
        let (nothing, classes, signs) = (Looked::default(), shares(&["road", "palm"]), [sign("1", "www.sklep.pl")]);
        let looked = Looked { signs: Some(&signs), shares: Some(&classes) };
        let palm = Some("plant-palm");
        check("palm trees", "BR", looked, &[(palm, Shown(vec!["palm".into()]))]);
        check("palm trees", "BR", Looked { shares: Some(&shares(&["road"])), ..looked }, &[(palm, NotFound)]);
        check("palm trees", "BR", nothing, &[(palm, NotChecked)]);
        check("palm trees", "NO", looked, &[(palm, Contradicts("NO".parse().unwrap()))]);
        check("a web address ending in .pl", "PL", looked, &[(Some("domain-pl"), OnSigns(vec!["1".into()]))]);
        check("a web address ending in .de", "DE", looked, &[(Some("domain-de"), NotFound)]);
        check("a web address ending in .de", "DE", nothing, &[(Some("domain-de"), NotChecked)]);
        check("the sign says SKLEP", "PL", looked, &[(None, OnSigns(vec!["1".into()]))]);
        check("the sign says Apotheke", "DE", looked, &[(None, NotFound)]);
    }

    #[test]
    fn what_no_class_stands_for_is_not_checked_but_needs_its_ground() {
        let line = Some("centre_line-yellow");
        let (road, sky) = (shares(&["road"]), shares(&["sky"]));
        check("yellow centre line", "BR", Looked { shares: Some(&road), signs: None }, &[(line, Verdict::NotChecked)]);
        check("yellow centre line", "BR", Looked { shares: Some(&sky), signs: None }, &[(line, Verdict::NotFound)]);
    }

    #[test]
    fn what_contradicts_the_knowledge_is_marked_with_its_record() {
        let against = |code: &str| Verdict::Contradicts(code.parse().unwrap());
        let nothing = Looked::default();
        check("traffic keeps left", "FR", nothing, &[(Some("driving_side-left"), against("FR"))]);
        check("they don't drive on the left", "GB", nothing, &[(Some("driving_side-left"), against("GB"))]);
        check("traffic keeps left", "GB", nothing, &[(Some("driving_side-left"), Verdict::NotChecked)]);
        check("a pleasant street", "GB", nothing, &[(None, Verdict::NotChecked)]);
    }

    #[test]
    fn a_sign_that_could_not_be_read_may_say_so() {
        let signs = [sign("1", "")];
        let looked = Looked { signs: Some(&signs), shares: None };
        check("the sign says Apotheke", "DE", looked, &[(None, Verdict::NotChecked)]);
    }

    #[test]
    fn reasons_stay_bounded() {
        let many = vec!["palm trees, yellow centre line. ".repeat(1000); 1000];
        assert_eq!(checked(&many, None, Looked::default(), shipped_clues()).len(), MOST_CLUES);
    }
}
