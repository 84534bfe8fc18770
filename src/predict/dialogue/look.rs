//! Where to look: the clue records that tell the leading countries apart best.

use crate::{
    geo::CountryCode,
    knowledge::clues::{ClueRecord, ClueSource, Clues, Feature},
    predict::statement::CountryShare,
};

/// So many countries are told apart.
const MOST_COUNTRIES: usize = 5;
/// Below this share a country does not lead.
const LEAST_SHARE: f64 = 0.02;
/// So many records are named.
const MOST_RECORDS: usize = 6;
/// And so many of one feature.
const MOST_OF_FEATURE: usize = 2;
/// A record that tells less, in bits, is not worth looking for.
const LEAST_BITS: f64 = 0.01;

/// A thing to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct Telling {
    /// The record's id.
    pub record: String,
    /// What it is about.
    pub feature: Feature,
    /// What is seen or not.
    pub value: String,
    /// The leading countries where it is so.
    pub seen_in: Vec<CountryCode>,
    /// The leading countries where it is not.
    pub not_in: Vec<CountryCode>,
    /// Where the fact comes from.
    pub source: ClueSource,
    /// How much looking for it is expected to tell, in bits.
    pub bits: f64,
}

/// The countries that lead.
pub(super) fn leading(shares: &[CountryShare]) -> Vec<CountryShare> {
    shares.iter().take(MOST_COUNTRIES).filter(|share| share.probability >= LEAST_SHARE).copied().collect()
}

/// The records of these features (of all where there are none) that tell the leading countries apart, best first.
pub(super) fn tellings(leading: &[CountryShare], features: &[Feature], clues: &Clues) -> Vec<Telling> {
    let wanted = |record: &&ClueRecord| features.is_empty() || features.contains(&record.feature);
    let mut all: Vec<Telling> = clues.records().iter().filter(wanted).map(|record| telling(leading, record)).collect();
    all.retain(|telling| telling.bits >= LEAST_BITS && !telling.seen_in.is_empty());
    all.sort_by(|a, b| b.bits.total_cmp(&a.bits).then_with(|| a.record.cmp(&b.record)));
    let mut chosen: Vec<Telling> = Vec::new();
    for telling in all {
        let n_alike = chosen.iter().filter(|other| other.feature == telling.feature).count();
        if chosen.len() < MOST_RECORDS && (n_alike < MOST_OF_FEATURE || features.len() == 1) {
            chosen.push(telling);
        }
    }
    chosen
}

fn telling(leading: &[CountryShare], record: &ClueRecord) -> Telling {
    let is_in = |share: &&CountryShare| record.countries.contains(&share.country_code);
    let codes = |shares: Vec<&CountryShare>| shares.iter().map(|share| share.country_code).collect();
    let (seen_in, not_in) = leading.iter().partition(is_in);
    let likelihood = |share: &CountryShare| if is_in(&share) { record.inside } else { record.outside };
    let weighted: Vec<(f64, f64)> = leading.iter().map(|share| (share.probability, likelihood(share))).collect();
    Telling {
        record: record.id.clone(),
        feature: record.feature,
        value: record.value.clone(),
        seen_in: codes(seen_in),
        not_in: codes(not_in),
        source: record.source.clone(),
        bits: expected_bits(&weighted),
    }
}

/// The mutual information, in bits, of which country it is and whether a thing is seen: H(sum p l) - sum p H(l), over
/// countries of probability p where it is seen with likelihood l (Lindley, "On a measure of the information provided by an
/// experiment", 1956).
fn expected_bits(weighted: &[(f64, f64)]) -> f64 {
    let entropy = |p: f64| {
        let part = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
        part(p) + part(1.0 - p)
    };
    let sum: f64 = weighted.iter().map(|(p, _)| p).sum::<f64>().max(f64::MIN_POSITIVE);
    let mean = weighted.iter().map(|(p, l)| p / sum * l).sum::<f64>();
    entropy(mean) - weighted.iter().map(|(p, l)| p / sum * entropy(*l)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::clues::shipped_clues;

    #[test]
    fn bits_of_a_look() {
        assert!(
            (expected_bits(&[(0.5, 1.0), (0.5, 0.0)]) - 1.0).abs() < 1e-12,
            "a sure sign halves two countries: one bit"
        );
        assert!((expected_bits(&[(0.25, 1.0), (0.25, 0.0)]) - 1.0).abs() < 1e-12, "shares need not sum to 1");
        assert!(expected_bits(&[(0.5, 0.7), (0.5, 0.7)]).abs() < 1e-12, "what is as likely everywhere tells nothing");
        // H(0.4) - (H(0.7) + H(0.1)) / 2 by hand
        assert!((expected_bits(&[(0.5, 0.7), (0.5, 0.1)]) - (0.970_951 - (0.881_291 + 0.468_996) / 2.0)).abs() < 1e-5);
    }

    #[test]
    fn a_record_tells_as_much_as_its_likelihoods_say() {
        let share = |code: &str, probability| CountryShare { country_code: code.parse().unwrap(), probability };
        let left = shipped_clues().record("driving_side-left").unwrap();
        let record = &ClueRecord { inside: 0.9, outside: 0.3, ..left.clone() };
        let telling = telling(&[share("GB", 0.8), share("FR", 0.2)], record);
        assert!((telling.bits - expected_bits(&[(0.8, record.inside), (0.2, record.outside)])).abs() < 1e-12);
        assert!((telling.bits - expected_bits(&[(0.8, record.outside), (0.2, record.inside)])).abs() > 1e-3);
        assert_eq!((telling.seen_in[0].as_str(), telling.not_in[0].as_str()), ("GB", "FR"));
    }

    #[test]
    fn no_more_than_two_of_a_feature_are_named_where_others_were_asked_for() {
        let share = |code: &str| CountryShare { country_code: code.parse().unwrap(), probability: 0.25 };
        let leading = ["JP", "DE", "BR", "TH"].map(share);
        let named = |features: &[Feature]| tellings(&leading, features, shipped_clues());
        let several = named(&[Feature::Language, Feature::Domain]);
        let n_of = |feature| several.iter().filter(|telling| telling.feature == feature).count();
        assert_eq!((n_of(Feature::Language), n_of(Feature::Domain)), (2, 2));
        assert!(named(&[Feature::Language]).len() > 2);
    }

    #[test]
    fn what_tells_neighbours_apart_is_named_first() {
        let share = |code: &str, probability| CountryShare { country_code: code.parse().unwrap(), probability };
        let leading = leading(&[share("GB", 0.5), share("FR", 0.4), share("DE", 0.01)]);
        assert_eq!(leading.len(), 2);
        let all = tellings(&leading, &[], shipped_clues());
        assert!(all.iter().any(|telling| telling.feature == Feature::DrivingSide), "{all:?}");
        assert!(all.windows(2).all(|pair| pair[0].bits >= pair[1].bits) && all.len() <= MOST_RECORDS);
        let plates = tellings(&leading, &[Feature::Plate], shipped_clues());
        assert!(!plates.is_empty() && plates.iter().all(|telling| telling.feature == Feature::Plate));
        assert!(tellings(&leading[..1], &[], shipped_clues()).is_empty(), "one country needs no telling apart");
    }
}
