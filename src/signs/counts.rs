//! How often letters, scripts, ways of writing Chinese characters and domains are met in their countries and elsewhere, counted on the names and websites of
//! brands that exist in one country (`signs_counts.csv`).

use std::{collections::HashMap, sync::LazyLock};

use super::tables::rows;

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_counts.csv");

/// No counted clue speaks more than so many times for its countries: chains of shops are not all signs, and vans, menus and
/// shops for tourists carry what is foreign.
pub const MOST_COUNTED: f64 = 50.0;

/// What was counted of a fact.
#[derive(Debug)]
pub(super) struct Counted {
    /// How many times likelier it is seen in its countries than elsewhere.
    pub(super) times: f64,
    /// The share of what was looked at in its countries that has it.
    pub(super) at_home: f64,
    pub(super) source: String,
}

static COUNTS: LazyLock<HashMap<String, Counted>> = LazyLock::new(|| {
    let row = |[kind, key, inside, of_inside, outside, of_outside]: [&'static str; 6]| {
        let [inside, of_inside, outside, of_outside] =
            [inside, of_inside, outside, of_outside].map(|cell| cell.parse::<u32>().ok());
        Some((name_of(kind, key), counted(inside?, of_inside?, outside?, of_outside?)?))
    };
    rows::<6>(TABLE).into_iter().filter_map(row).collect()
});

/// What was counted of a letter, script or domain; none where too few brands have it.
pub(super) fn of(kind: &str, key: &str) -> Option<&'static Counted> {
    COUNTS.get(&name_of(kind, key))
}

fn name_of(kind: &str, key: &str) -> String {
    format!("{kind} {key}")
}

/// Nothing where it was never met at home. Half a case more on each side keeps the ratio finite (Haldane and Anscombe).
fn counted(inside: u32, of_inside: u32, outside: u32, of_outside: u32) -> Option<Counted> {
    let rate = |met: u32, of: u32| (f64::from(met) + 0.5) / (f64::from(of) + 1.0);
    let at_home = rate(inside, of_inside);
    let times = (at_home / rate(outside, of_outside)).min(MOST_COUNTED);
    let source = format!(
        "counted on {inside} of {of_inside} brands of its countries and {outside} of {of_outside} of others \
         (name-suggestion-index, BSD-3-Clause; Wikidata, CC0), at most {MOST_COUNTED} times"
    );
    (inside > 0 && times > 1.0).then_some(Counted { times, at_home, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_of_shares_with_half_a_case_more() {
        let times =
            |inside, of_inside, outside, of_outside| counted(inside, of_inside, outside, of_outside).map(|c| c.times);
        assert!(times(9, 19, 9, 189).is_some_and(|times| (times - 9.5).abs() < 1e-9));
        assert_eq!(times(166, 181, 1, 11668), Some(MOST_COUNTED));
        assert_eq!(times(0, 50, 0, 10_000), None, "it was never met, so that nothing is known");
        assert_eq!(times(1, 1000, 20, 1000), None, "it speaks against its own countries");
        assert!(of("domain", "nl").is_some_and(|counted| counted.source.contains("166 of 181")));
    }

    /// Each row is of a letter, script or domain that the tables have, and no share is more than all.
    #[test]
    fn the_table_is_sound() {
        for [kind, key, inside, of_inside, outside, of_outside] in rows::<6>(TABLE) {
            let table = match kind {
                "letter" => super::super::letters::TABLE,
                "script" => super::super::scripts::TABLE,
                "han" => super::super::han::TABLE,
                _ => super::super::domains::TABLE,
            };
            assert!(table.lines().any(|line| line.split(',').any(|cell| cell == key)), "{kind} {key}");
            let [inside, of_inside, outside, of_outside] =
                [inside, of_inside, outside, of_outside].map(|cell| cell.parse::<u32>().unwrap());
            assert!(inside <= of_inside && outside <= of_outside && of_inside >= 20, "{kind} {key}");
        }
    }
}
