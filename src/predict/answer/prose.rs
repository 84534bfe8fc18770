//! Finds country, city and reasons in sentences, for models that answer `This is probably Lyon, France.`

use super::{
    Answer, conclusion,
    sentence::{Word, countries_in, joined, phrase_end, phrase_start, sentences, words},
};
use crate::geo::{Country, country_called, places_named};

/// How many phrases are looked up in the gazetteer.
const MOST_LOOK_UPS: usize = 30;

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

/// What the sentences conclude on; fields are none where they conclude on nothing.
pub(super) fn read(text: &str) -> Answer {
    let read: Vec<Vec<Word<'_>>> = sentences(text).map(words).collect();
    let countries = conclusion::of(&read);
    let city = if let [country] = countries[..] { city_of(&read, country) } else { None };
    let reasons = read
        .iter()
        .zip(sentences(text))
        .filter(|(words, _)| words.iter().any(|word| GIVING_REASONS.contains(&word.low.as_str())))
        .map(|(_, sentence)| sentence.trim().to_owned())
        .take(8)
        .collect();
    let names: Vec<&str> = countries.iter().map(|country| country.name.as_str()).collect();
    Answer { country: (!names.is_empty()).then(|| names.join(" or ")), city, reasons }
}

/// Whether the sentences speak of any country.
pub(super) fn mentions_country(text: &str) -> bool {
    sentences(text).any(|sentence| !countries_in(&words(sentence)).is_empty())
}

/// A town of the country in a sentence that concludes: what stands right before ", Country", or a known one after "in", "near" or
/// "of".
fn city_of(sentences: &[Vec<Word<'_>>], country: &Country) -> Option<String> {
    let is_bare = conclusion::is_bare(sentences);
    let mut look_ups = MOST_LOOK_UPS;
    let mut best: Option<(u32, String)> = None;
    for words in sentences.iter().filter(|words| conclusion::concludes(words, is_bare)) {
        let names = countries_in(words);
        for name in &names {
            let before = name.start.checked_sub(1).map(|before| &words[before]);
            let led = before.is_some_and(|word| word.comma && word.capital) && !conclusion::is_denied(words, *name);
            if name.country.code == country.code && led && look_ups > 0 {
                look_ups -= 1;
                let town = joined(&words[phrase_start(words, name.start - 1)..name.start]);
                // "Unlike Norway, Sweden" names no town.
                if places_named(&town, Some(country.code)).iter().any(|town| town.score >= 0.9) {
                    return Some(town);
                }
            }
        }
        for at in 1..words.len() {
            let leads = matches!(words[at - 1].low.as_str(), "in" | "near" | "of" | "be" | "is" | "at" | "city" | "à");
            if !leads || !words[at].capital || look_ups == 0 {
                continue;
            }
            look_ups -= 1;
            let name = joined(&words[at..=phrase_end(words, at)]);
            if let Some(town) = places_named(&name, Some(country.code)).into_iter().find(|town| town.score >= 1.0) {
                let is_country = country_called(&name).is_some();
                if !is_country && best.as_ref().is_none_or(|(least, _)| town.population >= *least) {
                    best = Some((town.population, name));
                }
            }
        }
    }
    best.map(|(_, name)| name)
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
        check("Unlike Norway, this is clearly Sweden.", Some("Sweden"), None);
    }

    #[test]
    fn a_sentence_concludes_in_many_ways() {
        check("The image was taken not in Germany but in Austria, as a sign says.", Some("Austria"), None);
        check("This is neither Sweden nor Norway. It is clearly Finland.", Some("Finland"), None);
        check("Chile has the Andes, Peru the plateau.\n\nThe most likely candidate is Peru.", Some("Peru"), None);
        check("A sign reads \"Embassy of Italy\". Location: Bangkok, Thailand", Some("Thailand"), Some("Bangkok"));
        check("It was likely taken in Atlanta, Georgia, USA.", Some("United States"), Some("Atlanta"));
        check("A Mercedes made in Germany. The image is located in Belgium.", Some("Belgium"), None);
        check("While the signs suggest Spain, the photo was taken in Portugal.", Some("Portugal"), None);
        check("It lies most likely in Spain, near the border with Portugal.", Some("Spain"), None);
        check("I cannot tell the exact street, but it is likely in Peru.", Some("Peru"), None);
        check("LOOK: 'JOIN US'. IT IS LOCATED IN CANADA.", Some("Canada"), None);
        check("It is located in St. Petersburg, Russia.", Some("Russia"), Some("St Petersburg"));
        check("Das Bild wurde nicht in Deutschland, sondern in Österreich aufgenommen.", None, None);
        check("Cette photo a probablement été prise à Marseille, en France.", Some("France"), Some("Marseille"));
        check("Based on the clues, this image appears to be from **Japan**.", Some("Japan"), None);
        check("Namibia", Some("Namibia"), None);
        check("Windhoek, Namibia", Some("Namibia"), Some("Windhoek"));
    }

    #[test]
    fn two_in_one_conclusion_are_both_left_open() {
        check("It is most likely located in either Spain or Portugal.", Some("Spain or Portugal"), None);
        check("This is probably Lyon, France, or Turin, Italy.", Some("France or Italy"), None);
    }

    #[test]
    fn what_is_mentioned_refused_denied_or_only_possible_is_no_answer() {
        for text in [
            "I'm sorry, but I cannot determine where it is. It could be Germany, France, or Italy.",
            "There is not enough here to tell. The car resembles those common in Japan, but that is not sufficient.",
            "A man in a Michael Jordan jersey. I cannot determine the location.",
            "It shows Michael Jordan. It is Michael Jordan.",
            "It sells China porcelain and Turkey sandwiches. The picture was probably taken in New York City.",
            "We can exclude France because the plates are not French.",
            "Spain can be ruled out. Portugal remains a possibility.",
            "Brazil is unlikely because cars drive on the left.",
            "The car is likely made in Germany, and the plates are probably from Poland.",
            "The plates suggest Spain. The signs suggest Portugal.",
            "It is probably Italy. But there is not enough to be sure.",
            "If this is Spain, the plates are odd. Is it Spain?",
            "It is not Prague, Czech Republic.",
            "This is the Bank of China.",
            "It is likely on Jordan Street.",
            "Certainly, here is what the signs of Japan say. To answer that, look at Kenya.",
            "It is typical of Japan's towns. It is Japan's style.",
        ] {
            check(text, None, None);
        }
        assert!(mentions_country("It could be Peru.") && !mentions_country("It could be anywhere."));
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
