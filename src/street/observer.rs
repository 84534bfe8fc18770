//! The ideal observer: reads every visible clue without error, applies the knowledge tables, and names the likeliest
//! country. No model can do better on average, so its accuracy is the ceiling that figures are given beside.

use std::{
    collections::BTreeMap,
    sync::{OnceLock, RwLock},
};

use super::{
    clue::{ClueKind, VisibleClue},
    scene::{PLANTS, climate_shares, plant_shares},
    signs::{no_entry_look, speed_limits},
};
use crate::{
    geo::CountryCode,
    knowledge::{Climate, CountryFacts, countries, language},
};

/// How likely a country's streets are to show this, given that they show a clue of this kind at all.
pub fn likelihood(clue: &VisibleClue, country: &CountryFacts) -> f64 {
    let value = clue.value.as_str();
    let same = |fact: &str| f64::from(u8::from(fact == value));
    let plate = |ground: &str| same(&format!("{ground} {}", country.plate_shape.value));
    match clue.kind {
        ClueKind::Word => word_likelihood(clue.text.as_deref().unwrap_or_default(), country),
        ClueKind::StopWord => same(&country.stop_word.value),
        ClueKind::PlateRear => plate(&country.plate_rear.value),
        ClueKind::PlateFront => plate(&country.plate_front.value),
        ClueKind::DrivingSide => same(&country.driving_side.value),
        ClueKind::CentreLine => same(&country.centre_line.value),
        ClueKind::EdgeLine => same(&country.edge_line.value),
        ClueKind::WarningSign => same(&country.warning_sign.value),
        ClueKind::SpeedSign => {
            let limits = speed_limits(&country.speed_unit.value);
            let known = clue.text.as_deref().is_none_or(|limit| limits.contains(&limit));
            same(&country.speed_sign.value) * f64::from(u8::from(known))
        }
        ClueKind::NoEntrySign => same(no_entry_look(&country.no_entry_sign.value)),
        ClueKind::DirectionSign => same(&country.direction_sign.value),
        ClueKind::RoadsidePost => same(&country.roadside_post.value),
        ClueKind::Pole => same(&country.pole.value),
        ClueKind::Plant => {
            let at = PLANTS.iter().position(|plant| *plant == value).unwrap_or(0);
            let shares = Climate::ALL.iter().zip(climate_shares(country));
            shares.map(|(climate, share)| f64::from(share * plant_shares(*climate)[at])).sum()
        }
    }
}

fn word_likelihood(word: &str, country: &CountryFacts) -> f64 {
    let in_language = |code: &str| {
        let Some(language) = language(code) else { return 0.0 };
        let times = language.words.iter().filter(|other| *other == word).count();
        times as f64 / language.words.len() as f64
    };
    country.languages.value.iter().map(|part| part.share * in_language(&part.code)).sum()
}

/// The probability of each country given the clues, the countries being equally likely before.
pub fn posterior(clues: &[VisibleClue]) -> Vec<(CountryCode, f64)> {
    let score = |country: &CountryFacts| clues.iter().map(|clue| likelihood(clue, country)).product::<f64>();
    let scores: Vec<f64> = countries().iter().map(score).collect();
    let total: f64 = scores.iter().sum();
    let even = 1.0 / scores.len() as f64;
    let share = |score: f64| if total > 0.0 { score / total } else { even };
    countries().iter().zip(scores).map(|(country, score)| (country.code, share(score))).collect()
}

/// The probability that the observer, guessing the likeliest country and among equals any, is right.
pub fn chance_of_being_right(clues: &[VisibleClue], truth: CountryCode) -> f64 {
    let posterior = posterior(clues);
    let best = posterior.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    let ties: Vec<CountryCode> =
        posterior.iter().filter(|(_, share)| *share >= best * (1.0 - 1e-9)).map(|(code, _)| *code).collect();
    if ties.contains(&truth) { 1.0 / ties.len() as f64 } else { 0.0 }
}

/// How much one clue alone tells, in bits: the entropy it takes from an even guess.
pub fn information(clue: &VisibleClue) -> f64 {
    type Known = BTreeMap<(ClueKind, String, Option<String>), f64>;
    static KNOWN: OnceLock<RwLock<Known>> = OnceLock::new();
    let known = KNOWN.get_or_init(Default::default);
    let key = (clue.kind, clue.value.clone(), clue.text.clone());
    if let Some(bits) = known.read().ok().and_then(|known| known.get(&key).copied()) {
        return bits;
    }
    let posterior = posterior(std::slice::from_ref(clue));
    let entropy: f64 = posterior.iter().filter(|(_, p)| *p > 0.0).map(|(_, p)| -p * p.log2()).sum();
    let bits = (posterior.len() as f64).log2() - entropy;
    if let Ok(mut known) = known.write() {
        known.insert(key, bits);
    }
    bits
}

/// Most reasons that are given.
const REASONS: usize = 3;

/// One to three reasons, the most telling first; none where nothing can be seen.
pub fn reasons(clues: &[VisibleClue]) -> Vec<String> {
    let mut ranked: Vec<(f64, &VisibleClue)> = clues.iter().map(|clue| (information(clue), clue)).collect();
    ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(x.kind.cmp(&y.kind)));
    let mut reasons: Vec<String> = Vec::new();
    for (bits, clue) in ranked {
        let worth_saying = reasons.is_empty() || bits > 0.25;
        if reasons.len() < REASONS && worth_saying && !reasons.contains(&clue.fact) {
            reasons.push(clue.fact.clone());
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clue(kind: ClueKind, value: &str, text: Option<&str>) -> VisibleClue {
        VisibleClue::new(kind, value, text.map(str::to_owned), [0, 0, 10, 10])
    }

    fn share(posterior: &[(CountryCode, f64)], code: &str) -> f64 {
        posterior.iter().find(|(country, _)| country.as_str() == code).map_or(0.0, |(_, share)| *share)
    }

    #[test]
    fn a_word_of_one_country_settles_it() {
        let posterior = posterior(&[clue(ClueKind::Word, "pl", Some("SZKOŁA"))]);
        assert!(share(&posterior, "PL") > 0.999);
    }

    #[test]
    fn shared_words_are_told_apart_by_the_road() {
        let word = clue(ClueKind::Word, "en", Some("SCHOOL"));
        let alone = posterior(std::slice::from_ref(&word));
        assert!(share(&alone, "GB") < 0.5 && share(&alone, "US") > 0.05);
        let with_line =
            posterior(&[word, clue(ClueKind::CentreLine, "yellow", None), clue(ClueKind::DrivingSide, "right", None)]);
        assert!(share(&with_line, "US") > 0.7 && share(&with_line, "GB") == 0.0);
    }

    #[test]
    fn nothing_seen_leaves_all_equal() {
        let posterior = posterior(&[]);
        assert!((share(&posterior, "FR") - 1.0 / countries().len() as f64).abs() < 1e-12);
    }

    #[test]
    fn rarer_clues_tell_more() {
        let left = information(&clue(ClueKind::DrivingSide, "left", None));
        let right = information(&clue(ClueKind::DrivingSide, "right", None));
        let thai = information(&clue(ClueKind::Word, "th", Some("ตลาด")));
        assert!(thai > 5.0 && left > right && right > 0.0);
    }

    #[test]
    fn what_can_be_drawn_of_a_country_has_probability_one_in_all() {
        for country in countries() {
            let words: f64 = crate::knowledge::languages()
                .iter()
                .flat_map(|language| language.words.iter())
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .map(|word| likelihood(&clue(ClueKind::Word, "", Some(word)), country))
                .sum();
            let plants: f64 = PLANTS.iter().map(|plant| likelihood(&clue(ClueKind::Plant, plant, None), country)).sum();
            assert!((words - 1.0).abs() < 1e-9 && (plants - 1.0).abs() < 1e-6, "{}: {words} {plants}", country.name);
        }
    }
}
