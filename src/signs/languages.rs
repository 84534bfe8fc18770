//! Languages of many words together, never of one short word alone: whatlang's answer for a sentence, or for the readings
//! together, and words that stand on signs. All readings of a language are one clue.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::LazyLock,
};

use super::{
    Text,
    alphabets::script_of_letter,
    clue::{ClueKind, Found},
    scripts::script_of,
    tables::{codes_with_shares, rows},
    tokens::tokens,
};
use crate::{
    geo::{CountryCode, fold},
    knowledge::Script,
};

pub(super) const TABLE: &str = include_str!("../../assets/knowledge/signs_languages.csv");
pub(super) const WORDS: &str = include_str!("../../assets/knowledge/signs_words.csv");

struct Language {
    code: &'static str,
    /// Its name for whatlang, `deu`; `-` where it does not know it.
    iso639_3: &'static str,
    name: &'static str,
    /// How many times likelier a text in it is in its countries.
    times: f64,
    countries: Vec<CountryCode>,
}

static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| {
    let language = |[code, iso639_3, name, times, countries]: [&'static str; 5]| {
        Some(Language { code, iso639_3, name, times: times.parse().ok()?, countries: codes_with_shares(countries) })
    };
    rows::<5>(TABLE).into_iter().filter_map(language).collect()
});

/// The languages of each word, as places in [`LANGUAGES`].
static LANGUAGES_OF_WORD: LazyLock<HashMap<String, Vec<usize>>> = LazyLock::new(|| {
    let mut found: HashMap<String, Vec<usize>> = HashMap::new();
    for [code, words] in rows::<2>(WORDS) {
        let language = LANGUAGES.iter().position(|language| language.code == code);
        for word in words.split(' ').map(key_of).filter(|word| word.chars().count() >= LEAST_WORD) {
            let languages = found.entry(word).or_default();
            languages.extend(language.filter(|language| !languages.contains(language)));
        }
    }
    found
});

/// A sentence has so many words of letters.
const LEAST_WORDS: usize = 4;
/// The readings of a picture taken together have so many: they are names as often as sentences.
const LEAST_WORDS_TOGETHER: usize = 6;
/// whatlang's confidence from which a sentence is believed, and all readings together.
const LEAST_CONFIDENCE: f64 = 0.4;
const LEAST_CONFIDENCE_TOGETHER: f64 = 0.8;
/// A word of the table has so many letters.
const LEAST_WORD: usize = 4;
/// One word alone tells where it is so long, and then less than several.
const LONG_WORD: usize = 7;
/// Each of so many readings is looked at alone.
const MOST_SENTENCES: usize = 500;
/// A text of more than this is not needed to tell its language, in bytes.
const LONGEST_TOGETHER: usize = 4000;

/// The languages of the readings: for each which readings, and what it says. By the order of the first reading.
pub(super) fn find(readings: &[Text<'_>]) -> Vec<(Vec<usize>, Found)> {
    let mut found: BTreeMap<usize, (Vec<usize>, f64)> = BTreeMap::new();
    let mut add = |language: usize, places: &[usize], times: f64| {
        let (known, strength) = found.entry(language).or_default();
        known.extend(places);
        *strength = strength.max(times);
    };
    for (place, reading) in readings.iter().enumerate().take(MOST_SENTENCES) {
        if let Some(language) = of_sentence(reading.text, LEAST_WORDS, LEAST_CONFIDENCE) {
            add(language, &[place], LANGUAGES[language].times);
        }
    }
    if let Some((language, places)) = of_all(readings) {
        add(language, &places, LANGUAGES[language].times);
    }
    if let Some((language, places, is_alone)) = of_words(readings) {
        let times = LANGUAGES[language].times;
        add(language, &places, if is_alone { times.sqrt() } else { times });
    }
    let clue = |(language, (mut places, times)): (usize, (Vec<usize>, f64))| {
        places.sort_unstable();
        places.dedup();
        let Language { name, countries, .. } = &LANGUAGES[language];
        (places, Found::new(ClueKind::Language, *name, countries).times(times))
    };
    let mut clues: Vec<_> = found.into_iter().map(clue).collect();
    clues.sort_by(|a, b| a.0.cmp(&b.0));
    clues
}

/// The language of a text of enough different words, where whatlang is sure enough.
fn of_sentence(text: &str, least_words: usize, least_confidence: f64) -> Option<usize> {
    let is_word = |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    // A word that stands there four times is one word.
    let words: HashSet<String> = tokens(text).filter(is_word).map(str::to_lowercase).collect();
    if words.len() < least_words {
        return None;
    }
    // Capitals make no difference to it but where it counts letters.
    let told = whatlang::detect(&text.to_lowercase()).filter(|told| told.confidence() >= least_confidence)?;
    LANGUAGES.iter().position(|language| language.iso639_3 == told.lang().code())
}

/// The language of the Latin readings taken together, and those.
fn of_all(readings: &[Text<'_>]) -> Option<(usize, Vec<usize>)> {
    let (mut together, mut places) = (String::new(), Vec::new());
    for (place, reading) in readings.iter().enumerate() {
        if together.len() < LONGEST_TOGETHER && script_of(reading.text) == Some(Script::Latin) {
            together.push_str(reading.text);
            together.push_str(". ");
            places.push(place);
        }
    }
    Some((of_sentence(&together, LEAST_WORDS_TOGETHER, LEAST_CONFIDENCE_TOGETHER)?, places))
}

/// A word as it is looked up: Latin letters without their accents, which readers lose; others as they are, for in Latin
/// letters they would be words of other languages.
fn key_of(word: &str) -> String {
    if word.chars().all(|c| c.is_ascii() || script_of_letter(c) == Some(Script::Latin)) {
        fold(word)
    } else {
        word.to_lowercase()
    }
}

/// The language that most of the known words belong to, which readings hold them, and whether it is one word alone; none
/// where two languages have as many.
fn of_words(readings: &[Text<'_>]) -> Option<(usize, Vec<usize>, bool)> {
    let mut of_language: BTreeMap<usize, (Vec<String>, Vec<usize>)> = BTreeMap::new();
    for (place, reading) in readings.iter().enumerate() {
        for word in tokens(reading.text).map(key_of) {
            for language in LANGUAGES_OF_WORD.get(&word).into_iter().flatten() {
                let (words, places) = of_language.entry(*language).or_default();
                places.push(place);
                if !words.contains(&word) {
                    words.push(word.clone());
                }
            }
        }
    }
    let most = of_language.values().map(|(words, _)| words.len()).max()?;
    let mut best = of_language.into_iter().filter(|(_, (words, _))| words.len() == most);
    let (language, (words, places)) = best.next().filter(|_| best.next().is_none())?;
    let is_alone = words.len() == 1;
    (!is_alone || words[0].chars().count() >= LONG_WORD).then_some((language, places, is_alone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::tables::tests::{check_strengths, check_table};

    #[track_caller]
    fn check(readings: &[&str], right: &[(&str, &[usize])]) {
        let texts: Vec<Text<'_>> = readings.iter().map(|text| Text::typed(text)).collect();
        let found = find(&texts);
        let found: Vec<_> = found.iter().map(|(places, found)| (found.text.as_str(), places.as_slice())).collect();
        assert_eq!(found, right, "{readings:?}");
    }

    const SENTENCES: [(&str, &str); 20] = [
        ("German", "Bitte Türen schließen und Ruhe bewahren"),
        ("French", "Ouvert tous les jours sauf le dimanche et les jours fériés"),
        ("Spanish", "Prohibido estacionar frente a la entrada de vehículos"),
        ("Portuguese", "Proibido estacionar em frente à entrada de veículos"),
        ("Italian", "Vietato parcheggiare davanti al cancello, passo carrabile"),
        ("Dutch", "Verboden te parkeren voor de uitrit"),
        ("Polish", "Zakaz parkowania przed bramą, teren prywatny"),
        ("Czech", "Zákaz parkování před vraty, soukromý pozemek"),
        ("Swedish", "Förbjudet att parkera framför utfarten"),
        ("Finnish", "Yksityisalue, läpikulku kielletty, kirjasto avoinna"),
        ("Romanian", "Parcarea interzisă în fața porții, proprietate privată"),
        ("Vietnamese", "Xin vui lòng không đỗ xe trước cổng"),
        ("Turkish", "Garaj önüne park etmek yasaktır"),
        ("English", "Please do not park in front of the gate"),
        ("Ukrainian", "Вхід заборонено, приватна територія"),
        ("Russian", "Аптека открыта каждый день с девяти до восьми"),
        ("Bulgarian", "Вход забранен, аптеката е затворена, болница"),
        ("Greek", "Απαγορεύεται η στάθμευση μπροστά στην είσοδο"),
        ("Hungarian", "Tilos a parkolás a kapu előtt, a gyógyszertár zárva"),
        ("Indonesian or Malay", "Dilarang parkir di depan pintu masuk, toko tutup"),
    ];

    #[test]
    fn sentences_in_twenty_languages() {
        for (language, sentence) in SENTENCES {
            check(&[sentence], &[(language, &[0])]);
        }
    }

    #[test]
    fn words_on_signs_are_one_clue_together() {
        check(&["Apotheke", "Pizza", "Sparkasse", "BÄCKEREI"], &[("German", &[0, 2, 3])]);
        check(&["Lékárna", "Potraviny"], &[("Czech", &[0, 1])]);
        check(&["PHARMACIE", "Boulangerie Tabac"], &[("French", &[0, 1])]);
    }

    #[test]
    fn few_words_are_not_enough() {
        for readings in [
            &["Open 24 hours"][..],
            &["Police"],
            &["Hotel Central Bar"],
            &["Restaurant Pizzeria Bella Napoli"],
            &["STOP"],
            &["Farmacia"],
            &["Für Elise GmbH & Co KG"],
            &["Sony", "Canon", "Adidas", "Nike", "Samsung", "Toyota"],
            &["12 34 56 78"],
            &["BAR", "ATM", "WC", "TAXI"],
        ] {
            check(readings, &[]);
        }
    }

    /// No short word tells a language, alone or as often as one likes, be it of the tables or not; a long one less than its
    /// language has.
    #[test]
    fn one_word_tells_little_and_a_short_one_nothing() {
        let listed = rows::<2>(WORDS).into_iter().flat_map(|[_, words]| words.split(' '));
        let mut n_short = 0;
        for word in listed.chain(["Straße", "rue", "Łódź", "ulica", "Größe", "TAXI", "Çay", "über", "señor", "Ωmega"])
        {
            for times in [1, 4, 9] {
                let texts: Vec<Text<'_>> = (0..times).map(|_| Text::typed(word)).collect();
                let one_line = [word; 9].join(" ");
                let line = [Text::typed(&one_line)];
                for (places, found) in find(&texts).into_iter().chain(find(&line)) {
                    let most = LANGUAGES.iter().find(|language| language.name == found.text).unwrap().times;
                    assert!(key_of(word).chars().count() >= LONG_WORD, "{word} {times} {places:?} {}", found.text);
                    assert!(found.times < most, "{word} {}", found.times);
                }
            }
            n_short += usize::from(key_of(word).chars().count() < LONG_WORD);
        }
        assert!(n_short > 100, "{n_short}");
    }

    /// A sentence that lacks any one of its words is still of its language, or tells nothing.
    #[test]
    fn a_sentence_without_a_word_is_of_no_other_language() {
        let mut silent = 0;
        for (language, sentence) in SENTENCES {
            let words: Vec<&str> = sentence.split(' ').collect();
            for without in 0..words.len() {
                let left: Vec<&str> =
                    words.iter().enumerate().filter(|(at, _)| *at != without).map(|(_, w)| *w).collect();
                let text = left.join(" ");
                let found = find(&[Text::typed(&text)]);
                assert!(found.iter().all(|(_, found)| found.text == language), "{text}: {found:?}");
                silent += usize::from(found.is_empty());
            }
        }
        assert!(silent < 20, "{silent}");
    }

    #[test]
    fn one_long_word_says_less_than_two() {
        let texts =
            |words: &[&'static str]| -> Vec<Text<'static>> { words.iter().map(|text| Text::typed(text)).collect() };
        let one = find(&texts(&["Apotheke"])).pop().map(|(_, found)| found.times);
        let two = find(&texts(&["Apotheke", "Bäckerei"])).pop().map(|(_, found)| found.times);
        assert!(one > Some(3.0) && one < two, "{one:?} {two:?}");
    }

    #[test]
    fn the_tables_are_sound() {
        check_table(TABLE, 5, 4);
        check_strengths(TABLE, 3);
        let known: Vec<&str> = whatlang::Lang::all().iter().map(whatlang::Lang::code).collect();
        for language in LANGUAGES.iter() {
            assert!(language.iso639_3 == "-" || known.contains(&language.iso639_3), "{}", language.name);
        }
        for [code, words] in rows::<2>(WORDS) {
            assert!(LANGUAGES.iter().any(|language| language.code == code), "{code}");
            assert!(words.split(' ').count() >= 8, "{code}");
        }
    }
}
