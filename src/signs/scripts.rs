//! Scripts other than Latin: which countries write their signs in them. A text that somebody typed says itself which script it
//! is in, by most of its letters. One that was read says so only where the reader saw no other script in its box, by words
//! whose letters Latin has not as well; and where nothing was read, the script that was seen in the box speaks, if the reader
//! could not have read it.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    SeenScript, Text,
    alphabets::{alphabets_of, script_of_letter},
    clue::{ClueKind, Found},
    counts,
    tables::{codes, rows},
};
use crate::{geo::CountryCode, knowledge::Script, model::reader::can_read};

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_scripts.csv");

/// Who writes a script.
struct Users {
    /// The script's code.
    code: &'static str,
    /// How many times likelier it is on signs in its countries where that was not counted.
    times: f64,
    /// The share of their people who use it.
    share: f64,
    countries: Vec<CountryCode>,
}

static USERS: LazyLock<HashMap<Script, Users>> = LazyLock::new(|| {
    let user = |[code, times, share, countries]: [&'static str; 4]| {
        let (times, share) = (times.parse().ok()?, share.parse().ok()?);
        Some((code.parse().ok()?, Users { code, times, share, countries: codes(countries) }))
    };
    rows::<4>(TABLE).into_iter().filter_map(user).collect()
});

/// From so many letters on a text says itself which script it is in: one or two may be a symbol or a slip.
const LEAST_LETTERS: usize = 3;
/// The same for scripts whose letters are whole syllables or words, where somebody typed it.
const LEAST_SYLLABLES: usize = 2;
/// Where it was read, and the same script was seen in the box by other means.
const LEAST_SYLLABLES_SEEN: usize = 1;

/// A script's share in what the reader's eye for scripts was trained on: one part of 33.2 (`training/script/generate.py`).
const TRAINED_SHARE: f64 = 1.0 / 33.2;
/// No script is seen more surely than this.
const MOST_CERTAIN: f64 = 0.9999;

/// The script of a text, if it is not Latin.
pub(super) fn find(reading: &Text<'_>) -> Vec<Found> {
    let found = match reading.seen {
        None => script_of(reading.text).and_then(|script| found(&[script])),
        Some(seen) if reading.text.trim().is_empty() => found_unread(seen),
        Some(seen) => found(&scripts_read(reading.text, seen.script)),
    };
    found.into_iter().collect()
}

/// That a text stands in one of these scripts; nothing where there is none, or one of them is Latin.
fn found(scripts: &[Script]) -> Option<Found> {
    let of = |script: &Script| {
        let users = USERS.get(script)?;
        Some(
            Found::new(ClueKind::Script, script.name(), &users.countries)
                .times(users.times)
                .counted("script", users.code),
        )
    };
    let each: Vec<Found> = scripts.iter().map(of).collect::<Option<_>>()?;
    let either = |a: Found, b: Found| {
        let mut countries = [a.countries.as_slice(), &b.countries].concat();
        countries.sort_unstable();
        let text = format!("{} or {}", a.text, b.text);
        let weaker = if a.times <= b.times { a } else { b };
        Found { text, countries, ..weaker }
    };
    each.into_iter().reduce(either)
}

/// The script of a box in which nothing was read. What the reader could have read, and has not, is likelier something else.
fn found_unread(seen: SeenScript) -> Option<Found> {
    let script = seen.script.filter(|script| !can_read(*script))?;
    let users = USERS.get(&script)?;
    let share = counts::of("script", users.code).map_or(users.share, |counted| counted.at_home);
    let found = found(&[script])?;
    let times = times_seen(found.times, share, seen.certainty);
    Some(found.times(times))
}

/// How many times likelier a box in which a script was seen so surely is at home, where the script is `times` likelier on signs
/// than elsewhere and stands on this share of them.
///
/// With B the ratio of the odds that the reader gives to those in what it was trained on (Bayes' rule), a sign that is in the
/// script so with probability r is seen so 1 - r + r B times as often as by chance. The piece that comes of this counts with the
/// reader's certainty as its strength, so that this is divided by it.
fn times_seen(times: f64, share: f64, certainty: f64) -> f64 {
    let certainty = certainty.clamp(TRAINED_SHARE, MOST_CERTAIN);
    let odds = |p: f64| p / (1.0 - p);
    let ratio = odds(certainty) / odds(TRAINED_SHARE);
    let seen = |share: f64| 1.0 - share + share * ratio;
    (1.0 + (seen(share) / seen(share / times) - 1.0) / certainty).min(times)
}

/// The scripts that a text which was read may stand in, where `seen` was seen in its box. None where they do not agree, or
/// letters are too few to say; two where two alphabets write its letters alike.
fn scripts_read(text: &str, seen: Option<Script>) -> Vec<Script> {
    let least = if seen.is_some() { LEAST_SYLLABLES_SEEN } else { LEAST_LETTERS };
    let Some(script) = script_with(text, least) else { return Vec::new() };
    let scripts = if matches!(script, Script::Greek | Script::Cyrillic) { alphabets_read(text) } else { vec![script] };
    let agrees =
        |seen: Script| scripts.contains(&seen) || (is_chinese(seen) && scripts.iter().copied().any(is_chinese));
    if seen.is_none_or(agrees) { scripts } else { Vec::new() }
}

/// Japanese mixes Chinese characters with its own.
fn is_chinese(script: Script) -> bool {
    matches!(script, Script::Han | Script::Kana)
}

/// Of Greek and Cyrillic, which have all the letters of all words that Latin cannot write. A word that no alphabet can write
/// was misread.
fn alphabets_read(text: &str) -> Vec<Script> {
    let (mut scripts, mut n_letters) = (vec![Script::Greek, Script::Cyrillic], 0);
    // Letters among digits are a number plate's or the like, and some are digits that were misread.
    for word in text.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit())) {
        let of_word = alphabets_of(word);
        if !of_word.is_empty() && !of_word.contains(&Script::Latin) {
            scripts.retain(|script| of_word.contains(script));
            n_letters += word.chars().filter(|c| c.is_alphabetic()).count();
        }
    }
    if n_letters >= LEAST_LETTERS { scripts } else { Vec::new() }
}

/// The script of most letters of a text; none where there are too few.
pub(super) fn script_of(text: &str) -> Option<Script> {
    script_with(text, LEAST_SYLLABLES)
}

/// The same, with so many syllables at least where its letters are whole syllables or words.
fn script_with(text: &str, least_syllables: usize) -> Option<Script> {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for script in text.chars().filter_map(script_of_letter) {
        match counts.iter_mut().find(|(known, _)| *known == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    let count_of = |script| counts.iter().find(|(known, _)| *known == script).map_or(0, |(_, count)| *count);
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    let (n_latin, n_kana) = (count_of(Script::Latin), count_of(Script::Kana));
    // Japanese mixes Chinese characters with its own.
    if n_kana >= least_syllables && n_kana + count_of(Script::Han) + n_latin == all {
        return Some(Script::Kana);
    }
    // Latin names stand on the signs of every script.
    let other = counts.into_iter().filter(|(script, _)| *script != Script::Latin).max_by_key(|(_, count)| *count);
    let Some((script, count)) = other else { return (n_latin >= LEAST_LETTERS).then_some(Script::Latin) };
    let is_syllabic = matches!(script, Script::Han | Script::Kana | Script::Hangul | Script::Ethiopic);
    let least = if is_syllabic { least_syllables } else { LEAST_LETTERS };
    (count >= least && 3 * count >= all && 3 * count >= 2 * (all - n_latin)).then_some(script)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::{
        tables::tests::{check_strengths, check_table},
        tests::check,
    };

    #[test]
    fn scripts_tell_where_they_are_written() {
        check(find, "ร้านยา", &[("Thai", "TH")]);
        check(find, "ქართული", &[("Georgian", "GE")]);
        check(find, "パン屋", &[("Japanese kana", "JP")]);
        check(find, "약국 GS25", &[("Hangul", "KP KR")]);
        check(find, "銀行", &[("Chinese characters", "CN HK JP MO MY SG TW")]);
        check(find, "ΦΑΡΜΑΚΕΙΟ", &[("Greek", "CY GR")]);
        for plain in ["Ω 5 µm", "αβ", "Bäckerei", "中", "CAFÉ α", "12:30", "β-carotene", "→ 🅿"] {
            check(find, plain, &[]);
        }
    }

    fn read(text: &str, script: Option<Script>) -> Option<String> {
        find(&Text::read(text, script, 0.9)).pop().map(|found| found.text)
    }

    #[test]
    fn the_script_of_the_box_speaks_where_nothing_was_read_and_nothing_could_be() {
        assert_eq!(read("", Some(Script::Thai)).as_deref(), Some("Thai"));
        assert_eq!(read(" ", Some(Script::Thai)).as_deref(), Some("Thai"));
        assert_eq!(read("", Some(Script::Cyrillic)), None, "the reader knows Cyrillic, and has read nothing");
        assert_eq!(read("", Some(Script::Latin)), None);
        assert_eq!(read("", None), None);
    }

    #[test]
    fn a_text_that_was_read_and_the_script_of_its_box_must_agree() {
        let (greek, cyrillic) = (Some(Script::Greek), Some(Script::Cyrillic));
        assert_eq!(read("ΦΟΥΡΝΟΣ", greek).as_deref(), Some("Greek"));
        assert_eq!(read("ΦΟΥΡΝΟΣ", None).as_deref(), Some("Greek"));
        assert_eq!(read("ШКОЛА", cyrillic).as_deref(), Some("Cyrillic"));
        for (text, script) in
            [("ΦΟΥΡΝΟΣ", cyrillic), ("ШКОЛА", greek), ("ШКОЛА", Some(Script::Latin)), ("8 12", cyrillic)]
        {
            assert_eq!(read(text, script), None, "{text}");
        }
        assert_eq!(read("停", Some(Script::Han)).as_deref(), Some("Chinese characters"));
        assert_eq!(read("超市", Some(Script::Kana)).as_deref(), Some("Chinese characters"));
        assert_eq!(read("コーヒー", None).as_deref(), Some("Japanese kana"));
        for (text, script) in [("停", None), ("中中", None), ("停", Some(Script::Hangul)), ("停", Some(Script::Thai))]
        {
            assert_eq!(read(text, script), None, "{text}");
        }
    }

    #[test]
    fn letters_that_alphabets_share_do_not_tell_them_apart() {
        let greek = Some(Script::Greek);
        for latin in ["ΡΗό", "ΤΑΒΕΡΝΑ", "ΡΗ 12", "ΩΗd", "ΩΣ"] {
            assert_eq!(read(latin, greek), None, "{latin}");
        }
        for latin in ["РЕСТОРАН", "СТ8438", "ХНЗ506", "МО", "ЖК 12"] {
            assert_eq!(read(latin, Some(Script::Cyrillic)), None, "{latin}");
        }
        let both = find(&Text::read("ΜΕΚΤΕΠ", greek, 0.9)).pop().unwrap();
        assert_eq!(both.text, "Greek or Cyrillic");
        assert!(["GR", "KZ", "RU"].iter().all(|code| both.countries.contains(&code.parse().unwrap())));
        assert!(both.countries.is_sorted());
        assert_eq!(read("CAFE ΦΟΥΡΝΟΣ", greek).as_deref(), Some("Greek"));
        assert_eq!(find(&Text::typed("ΤΑΒΕΡΝΑ")).pop().unwrap().text, "Greek", "who types knows the letters");
    }

    #[test]
    fn what_is_seen_unsurely_or_seldom_on_signs_speaks_little() {
        let near = |value: f64, right: f64| assert!((value - right).abs() < 1e-9, "{value}, not {right}");
        let certainty = 1.0 / (1.0 + 32.2 / 2.0);
        // Twice the odds of training: B is 2, and the certainty divides what is above 1.
        near(times_seen(20.0, 0.5, certainty), 1.0 + (1.5 / 1.025 - 1.0) / certainty);
        assert!(times_seen(18.0, 0.034, 0.79) < 8.0, "a script that stands on few of its countries' signs");
        near(times_seen(18.0, 0.9, 0.99), 18.0);
        let rising: Vec<f64> =
            [0.5, 0.8, 0.95, 1.0].map(|certainty| times_seen(50.0, 0.2, certainty) * certainty).to_vec();
        assert!(rising.is_sorted() && rising.iter().all(|times| times.is_finite()), "{rising:?}");
        let tifinagh = find(&Text::read("", Some(Script::Tifinagh), 0.79)).pop().unwrap();
        assert!(tifinagh.times < 6.0, "{}", tifinagh.times);
    }

    #[test]
    fn every_script_but_latin_is_in_the_table() {
        check_table(TABLE, 4, 3);
        check_strengths(TABLE, 1);
        for script in Script::ALL.iter().filter(|script| **script != Script::Latin) {
            assert!((0.0..=1.0).contains(&USERS[script].share), "{script}");
        }
    }
}
