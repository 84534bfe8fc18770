//! Finds country, city and reasons in sentences, for models that answer `This is probably Lyon, France.`

use super::Answer;
use crate::geo::{Country, country_called, places_named};

/// The longest country name in words ("South Georgia and the South Sandwich Islands").
const LONGEST_NAME: usize = 7;

/// How many phrases are looked up in the gazetteer.
const MOST_LOOK_UPS: usize = 30;

/// Words with which a conclusion is said.
const CONCLUDING: [&str; 14] = [
    "probably",
    "likely",
    "located",
    "conclude",
    "conclusion",
    "answer",
    "therefore",
    "taken",
    "guess",
    "suggests",
    "suggest",
    "believe",
    "appears",
    "final",
];

/// Words before a name that say the opposite.
const DENYING: [&str; 9] = ["not", "isn't", "unlike", "than", "rule", "excluding", "neither", "nor", "never"];

/// Words that begin a reason.
const GIVING_REASONS: [&str; 12] = [
    "because",
    "since",
    "sign",
    "signs",
    "indicate",
    "indicates",
    "suggest",
    "suggests",
    "typical",
    "characteristic",
    "consistent",
    "due",
];

/// What the sentences say; fields are none where they say nothing.
pub(super) fn read(text: &str) -> Answer {
    let sentences: Vec<Vec<Word<'_>>> = sentences(text).map(words).collect();
    let country = country_of(&sentences);
    let city = city_of(&sentences, country);
    let reasons = sentences
        .iter()
        .zip(self::sentences(text))
        .filter(|(words, _)| words.iter().any(|word| GIVING_REASONS.contains(&word.low.as_str())))
        .map(|(_, sentence)| sentence.trim().to_owned())
        .take(8)
        .collect();
    Answer { country: country.map(|country| country.name.clone()), city, reasons }
}

struct Word<'a> {
    /// Without the punctuation around it.
    text: &'a str,
    low: String,
    capital: bool,
    /// A comma or other stop stands behind it, so that no name goes on past it.
    stop: bool,
    comma: bool,
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    // A full stop ends a sentence only before a space, so that "U.S.A." and "St. Louis" mostly stay whole.
    text.split_inclusive(['\n', '!', '?', '。'])
        .flat_map(|line| line.split_inclusive(". "))
        .filter(|sentence| !sentence.trim().is_empty())
}

fn words(sentence: &str) -> Vec<Word<'_>> {
    let outside = |c: char| !c.is_alphanumeric();
    sentence
        .split_whitespace()
        .filter_map(|raw| {
            let inner = raw.trim_matches(outside);
            let text = inner.strip_suffix("'s").or_else(|| inner.strip_suffix("’s")).unwrap_or(inner);
            let behind = raw.trim_end_matches(['*', '_', '"', '\'']).chars().next_back()?;
            (!text.is_empty()).then(|| Word {
                text,
                low: text.to_lowercase(),
                capital: text
                    .chars()
                    .next()
                    .is_some_and(|c| c.is_uppercase() || (c.is_alphabetic() && !c.is_lowercase())),
                stop: matches!(behind, ',' | ';' | ':' | '!' | '?' | ')'),
                comma: behind == ',',
            })
        })
        .collect()
}

/// The country with the most weight: a mention counts once, thrice in a concluding sentence, not at all when denied; the
/// later of two equals is the conclusion.
fn country_of(sentences: &[Vec<Word<'_>>]) -> Option<&'static Country> {
    let mut tally: Vec<(&'static Country, u32)> = Vec::new();
    for words in sentences {
        let concluding = words.iter().any(|word| CONCLUDING.contains(&word.low.as_str()));
        for (at, _, country) in countries_in(words) {
            if denied(words, at) {
                continue;
            }
            let weight = if concluding { 3 } else { 1 };
            match tally.iter().position(|(other, _)| other.code == country.code) {
                Some(found) => {
                    let (country, before) = tally.remove(found);
                    tally.push((country, before + weight));
                }
                None => tally.push((country, weight)),
            }
        }
    }
    tally.into_iter().max_by_key(|(_, weight)| *weight).map(|(country, _)| country)
}

/// Where country names stand: first word, number of words, country; longer names before shorter ones.
fn countries_in(words: &[Word<'_>]) -> Vec<(usize, usize, &'static Country)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let hit = if words[at].capital {
            (1..=LONGEST_NAME.min(words.len() - at)).rev().find_map(|n| Some((n, country_in(&words[at..at + n])?)))
        } else {
            None
        };
        match hit {
            Some((n, country)) => {
                found.push((at, n, country));
                at += n;
            }
            None => at += 1,
        }
    }
    found
}

fn country_in(words: &[Word<'_>]) -> Option<&'static Country> {
    let (last, before) = words.split_last()?;
    if before.iter().any(|word| word.stop) || !last.capital {
        return None;
    }
    if before.is_empty() && last.text.len() < 4 && !last.text.chars().all(char::is_uppercase) && last.text.is_ascii() {
        return None; // "Us" and "Lao" are hardly ever the country
    }
    if before.is_empty() && last.text == "US" {
        return country_called("USA");
    }
    let name = words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
    country_called(&name)
}

fn denied(words: &[Word<'_>], at: usize) -> bool {
    // A comma ends what "not" is said of: "not Spain, it is Italy".
    let before = words[at.saturating_sub(4)..at].iter().rev().take_while(|word| !word.stop);
    before.into_iter().any(|word| DENYING.contains(&word.low.as_str()))
}

/// A town: what stands right before ", Country", or a known town of the country after "in", "near" or "of".
fn city_of(sentences: &[Vec<Word<'_>>], country: Option<&'static Country>) -> Option<String> {
    let country = country?;
    let mut look_ups = MOST_LOOK_UPS;
    let mut best: Option<(u32, String)> = None;
    for words in sentences {
        for (at, _, found) in countries_in(words) {
            let before = at.checked_sub(1).map(|before| &words[before]);
            let led = before.is_some_and(|word| word.comma && word.capital) && !denied(words, at);
            if found.code == country.code && led && look_ups > 0 {
                look_ups -= 1;
                let name = joined(&words[phrase_start(words, at - 1)..at]);
                // "Unlike Norway, Sweden" names no town.
                if places_named(&name, Some(country.code)).iter().any(|town| town.score >= 0.8) {
                    return Some(name);
                }
            }
        }
        for at in 1..words.len() {
            let leads = matches!(words[at - 1].low.as_str(), "in" | "near" | "of" | "be" | "is" | "at" | "city");
            if !leads || !words[at].capital || denied(words, at) || look_ups == 0 {
                continue;
            }
            look_ups -= 1;
            let name = joined(&words[at..=phrase_end(words, at)]);
            if let Some(town) = places_named(&name, Some(country.code)).into_iter().find(|town| town.score >= 1.0) {
                let weight =
                    town.population + u32::from(words.iter().any(|word| CONCLUDING.contains(&word.low.as_str())));
                let is_country = country_called(&name).is_some();
                if !is_country && best.as_ref().is_none_or(|(least, _)| weight >= *least) {
                    best = Some((weight, name));
                }
            }
        }
    }
    best.map(|(_, name)| name)
}

fn phrase_start(words: &[Word<'_>], last: usize) -> usize {
    let mut start = last;
    while start > 0 && last - start < 4 && part_of_name(&words[start - 1]) && !words[start - 1].stop {
        start -= 1;
    }
    while start < last && !words[start].capital {
        start += 1;
    }
    start
}

fn phrase_end(words: &[Word<'_>], first: usize) -> usize {
    let mut end = first;
    while end + 1 < words.len() && end - first < 4 && !words[end].stop && part_of_name(&words[end + 1]) {
        end += 1;
    }
    while end > first && !words[end].capital {
        end -= 1;
    }
    end
}

fn part_of_name(word: &Word<'_>) -> bool {
    const WITHIN: [&str; 12] = ["de", "la", "del", "do", "da", "di", "am", "an", "der", "sur", "upon", "le"];
    const NEVER: [&str; 12] =
        ["The", "This", "It", "In", "I", "A", "My", "Based", "Probably", "Likely", "Answer", "So"];
    (word.capital && !NEVER.contains(&word.text)) || WITHIN.contains(&word.low.as_str())
}

fn joined(words: &[Word<'_>]) -> String {
    words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, country: Option<&str>, city: Option<&str>) {
        let answer = read(text);
        assert_eq!((answer.country.as_deref(), answer.city.as_deref()), (country, city), "{text}");
    }

    #[test]
    fn a_place_said_in_a_sentence() {
        check("This is probably Lyon, France.", Some("France"), Some("Lyon"));
        check(
            "The image was likely taken in São Paulo, Brazil, because of the plates.",
            Some("Brazil"),
            Some("São Paulo"),
        );
        check("I believe this street is in the United States of America.", Some("United States"), None);
        check("Probably somewhere in Czech Republic near Brno.", Some("Czechia"), Some("Brno"));
        check("Located in **Kuala Lumpur, Malaysia**", Some("Malaysia"), Some("Kuala Lumpur"));
    }

    #[test]
    fn the_conclusion_goes_before_what_is_weighed_or_denied() {
        check(
            "It could be Spain or Portugal. The plates look like Spain. So it is likely Portugal.",
            Some("Portugal"),
            None,
        );
        check("This is not Spain, it is Italy.", Some("Italy"), None);
        check("Unlike Norway, Sweden has yellow signs.", Some("Sweden"), None);
    }

    #[test]
    fn sentences_without_a_place_say_nothing() {
        check("", None, None);
        check("I cannot tell where this is. Let us look at it.", None, None);
        check("a turkey and a can of chili", None, None);
    }

    #[test]
    fn reasons_are_the_sentences_that_give_them() {
        let answer = read("It is Peru. The signs are in Spanish. Lovely weather.");
        assert_eq!(answer.reasons, ["The signs are in Spanish."]);
    }
}
