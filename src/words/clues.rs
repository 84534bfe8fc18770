//! Records of the clue knowledge in words.

use super::{
    count, factor, feature, percent,
    places::{country_name, some_countries},
};
use crate::knowledge::clues::{Basis, ClueRecord, Detector};

/// A record in a line: "Number plates, yellow at the rear only: in Cyprus, United Kingdom and 3 other countries."
pub fn clue(record: &ClueRecord) -> String {
    format!("{}, {}: in {}.", feature(record.feature), record.value, some_countries(&record.countries))
}

/// Where it holds, in a line: "Cyprus, United Kingdom and 3 other countries".
pub fn clue_regions(record: &ClueRecord) -> String {
    some_countries(&record.countries)
}

/// Every country of a record, by name.
pub fn clue_countries(record: &ClueRecord) -> String {
    let mut names: Vec<String> = record.countries.iter().map(|code| country_name(*code)).collect();
    names.sort();
    names.join(", ")
}

/// How likely it is seen: "90 % there, 4.5 % elsewhere".
pub fn clue_likelihood(record: &ClueRecord) -> String {
    format!("{} there, {} elsewhere", percent(record.inside), percent(record.outside))
}

/// How strongly it speaks: "× 20 where it is seen, × 0.1 where it is seen not to be so".
pub fn clue_factor(record: &ClueRecord) -> String {
    let (seen, not) = (factor(record.factor(true)), record.factor(false));
    let not = if not < 0.095 { format!("× {not:.2}") } else { factor(not) };
    format!("{seen} where it is seen, {not} where it is known not to be so")
}

/// How its likelihood is known.
pub fn clue_basis(record: &ClueRecord) -> String {
    match &record.basis {
        Basis::Judged => "judged, within a factor of 20".to_owned(),
        Basis::Counted { data, n } => {
            format!("counted over {}: {data}", count(usize::try_from(*n).unwrap_or(usize::MAX)))
        }
    }
}

/// Who can tell it from a picture.
pub fn detector(detector: Detector) -> &'static str {
    match detector {
        Detector::Reader => "the reader of signs",
        Detector::Segmenter => "the segmenter",
        Detector::Model => "a vision-language model, which is not always right",
        Detector::User => "only you",
    }
}

/// Where its fact is from, and under what terms.
pub fn clue_source(record: &ClueRecord) -> String {
    match record.source.licence.as_str() {
        "" => record.source.name.clone(),
        licence => format!("{} ({licence})", record.source.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::clues::shipped_clues;

    #[test]
    fn a_record_says_where_it_holds_how_likely_and_how_that_is_known() {
        let record = |id| shipped_clues().record(id).unwrap();
        assert!(clue(record("driving_side-left")).starts_with("Driving side, left: in "));
        assert_eq!(clue_likelihood(record("driving_side-left")), "98 % there, 1.6 % elsewhere");
        assert!(clue_basis(record("driving_side-left")).starts_with("counted over 248: countries "));
        assert_eq!(clue_basis(record("warning_sign-yellow-diamond")), "judged, within a factor of 20");
        assert_eq!(
            clue_factor(record("warning_sign-yellow-diamond")),
            "× 20 where it is seen, × 0.2 where it is known not to be so"
        );
        assert!(clue_countries(record("driving_side-left")).contains("Japan, "));
        assert!(clue_source(record("warning_sign-yellow-diamond")).contains("(facts in our own words (MIT))"));
    }
}
