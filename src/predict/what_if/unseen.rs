//! What to look for: the clue records that would tell two countries apart best and that nothing at hand speaks of.

use super::rivals::Rivals;
use crate::{
    geo::CountryCode,
    knowledge::clues::{ClueRecord, Clues, Feature},
    predict::{
        change::Unseen,
        evidence::Piece,
        statement::{Said, Statement},
        written::features_of,
    },
};

/// So many are named, none of them akin.
const MOST_NAMED: usize = 2;
/// A record that speaks less for a country against the other is not worth looking for.
const LEAST_FACTOR: f64 = 2.0;

/// What would speak for the candidate at this place in the list against the first one; of the first one, what would put the
/// likeliest other country before it. Those with the greatest likelihood ratio stand first, of equals those seen most often.
pub(super) fn between(rivals: &Rivals, at: usize, pieces: &[Piece], clues: &Clues) -> Vec<Unseen> {
    let first = rivals.country(0);
    let against_first = match rivals.country(at) {
        here if here != first => Some((here, LEAST_FACTOR)),
        _ if at == 0 => rivals.second_country().map(|(second, lead)| (second, lead.max(LEAST_FACTOR))),
        _ => None,
    };
    let Some((country, least)) = against_first else { return Vec::new() };
    let tells = |record: &&ClueRecord| {
        record.countries.contains(&country)
            && !record.countries.contains(&first)
            && record.factor(true) >= least
            && !pieces.iter().any(|piece| speaks_of(piece, record.feature, country))
    };
    let mut told: Vec<(f64, &ClueRecord)> =
        clues.records().iter().filter(tells).map(|record| (record.factor(true), record)).collect();
    told.sort_by(|(one, a), (other, b)| {
        other.total_cmp(one).then(b.inside.total_cmp(&a.inside)).then_with(|| a.id.cmp(&b.id))
    });
    let mut named: Vec<Unseen> = Vec::new();
    let (country_code, against) = (country, first);
    for (factor, record) in told {
        if named.len() < MOST_NAMED && named.iter().all(|other| !are_akin(other.feature, record.feature)) {
            let (feature, value) = (record.feature, record.value.clone());
            named.push(Unseen { record: record.id.clone(), feature, value, country_code, against, factor });
        }
    }
    named
}

/// Whether what is seen of one feature is seen of the other as well: a language comes with its script and its letters.
pub(super) fn are_akin(one: Feature, other: Feature) -> bool {
    let is_writing = |feature| matches!(feature, Feature::Script | Feature::Letter | Feature::Language);
    one == other || (is_writing(one) && is_writing(other))
}

/// Whether a piece, struck or not, says already how it stands with a feature: the user's word settles it, and a sign does for the
/// countries that it speaks for.
fn speaks_of(piece: &Piece, feature: Feature, country: CountryCode) -> bool {
    match &piece.evidence.statement {
        Statement::Said(Said::Clue { feature: said, .. }) => *said == feature,
        Statement::Sign { clue, text, countries } => {
            features_of(*clue, text).contains(&feature) && countries.contains(&country)
        }
        _ => false,
    }
}
