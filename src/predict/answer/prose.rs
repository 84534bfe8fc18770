//! Finds country, city and reasons in sentences, for models that answer `This is probably Lyon, France.`

use super::{
    Answer,
    conclusion::{self, Firmness},
    listed,
    sentence::{Word, countries_in, joined, phrase_end, phrase_start, sentences, words},
};
use crate::geo::{Country, country_called, is_division_of, places_named};

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

/// What the sentences conclude on, or at least describe; fields are none where they do neither.
pub(super) fn read(text: &str) -> (Answer, Firmness) {
    let read: Vec<Vec<Word<'_>>> = sentences(text).map(words).collect();
    let concluded = conclusion::of(&read);
    if concluded.as_ref().is_none_or(|(_, firmness)| *firmness < Firmness::Firm)
        && let Some(guess) = listed::likeliest(text)
    {
        return self::read(guess);
    }
    let (countries, firmness) = concluded.unwrap_or((Vec::new(), Firmness::Firm));
    let city = if let [country] = countries[..] { city_of(&read, country, firmness) } else { None };
    let reasons = read
        .iter()
        .zip(sentences(text))
        .filter(|(words, _)| words.iter().any(|word| GIVING_REASONS.contains(&word.low.as_str())))
        .map(|(_, sentence)| sentence.trim().to_owned())
        .take(8)
        .collect();
    let names: Vec<&str> = countries.iter().map(|country| country.name.as_str()).collect();
    (Answer { country: (!names.is_empty()).then(|| names.join(" or ")), city, reasons }, firmness)
}

/// Whether the sentences speak of any country.
pub(super) fn mentions_country(text: &str) -> bool {
    sentences(text).any(|sentence| !countries_in(&words(sentence)).is_empty())
}

/// A town of the country in a sentence that concludes: what stands right before ", Country", or a known one after "in", "near" or
/// "of".
fn city_of(sentences: &[Vec<Word<'_>>], country: &Country, firmness: Firmness) -> Option<String> {
    let is_bare = conclusion::is_bare(sentences);
    let mut look_ups = MOST_LOOK_UPS;
    let mut best: Option<(u32, String)> = None;
    for words in sentences.iter().filter(|words| conclusion::says(words, is_bare, firmness)) {
        let names = countries_in(words);
        for name in &names {
            let before = name.start.checked_sub(1).map(|before| &words[before]);
            let led = before.is_some_and(|word| word.comma && word.capital) && !conclusion::is_denied(words, *name);
            if name.country.code == country.code && led && look_ups > 0 {
                look_ups -= 1;
                let mut start = phrase_start(words, name.start - 1);
                let mut town = joined(&words[start..name.start]);
                // "San Francisco, California, USA".
                let is_led = start > 0 && words[start - 1].comma && words[start - 1].capital;
                if is_led && is_division_of(&town, country.code) {
                    let end = start;
                    start = phrase_start(words, end - 1);
                    town = joined(&words[start..end]);
                }
                // "Unlike Norway, Sweden" names no town.
                if places_named(&town, Some(country.code)).iter().any(|town| town.score >= 0.9) {
                    return Some(town);
                }
            }
            // "Sri Lanka, Colombo".
            let goes_on = words[name.end - 1].comma && words.get(name.end).is_some_and(|word| word.capital);
            if name.country.code == country.code && goes_on && look_ups > 0 {
                look_ups -= 1;
                let town = joined(&words[name.end..=phrase_end(words, name.end)]);
                let is_town = |town: &str| places_named(town, Some(country.code)).iter().any(|town| town.score >= 1.0);
                if country_called(&town).is_none() && is_town(&town) {
                    return Some(town);
                }
            }
        }
        for at in 1..words.len() {
            let leads = matches!(
                words[at - 1].low.as_str(),
                "in" | "near" | "of" | "be" | "is" | "at" | "city" | "downtown" | "à"
            );
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
        let (answer, _) = read(text);
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
        check("It was not taken in Norway, Sweden or Denmark, but in Finland.", Some("Finland"), None);
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
    fn what_a_picture_shows_names_a_place_where_nothing_better_does() {
        for (text, country, city) in [
            ("The image shows a street in Nairobi, Kenya.", "Kenya", "Nairobi"),
            ("This is a view of the harbour of Valparaíso, Chile.", "Chile", "Valparaíso"),
            (
                "The photo captures a narrow alley in the old town of Tallinn, Estonia, with a sign.",
                "Estonia",
                "Tallinn",
            ),
            ("This image shows the city of Prague in the Czech Republic.", "Czechia", "Prague"),
            ("The picture depicts a busy square in downtown Hanoi, the capital of Vietnam.", "Vietnam", "Hanoi"),
            ("The scene is set in Marrakech, Morocco. It is warm.", "Morocco", "Marrakech"),
            ("La imagen muestra una calle en Sevilla, España.", "Spain", "Sevilla"),
            ("L'image montre une rue à Lyon, en France.", "France", "Lyon"),
            ("Das Bild zeigt eine Straße in Hamburg, Deutschland.", "Germany", "Hamburg"),
        ] {
            check(text, Some(country), Some(city));
            assert_eq!(read(text).1, Firmness::Described, "{text}");
        }
        let shown = "The image shows a street in Nairobi, Kenya.";
        check(&format!("{shown} But it was taken in Kampala, Uganda."), Some("Uganda"), Some("Kampala"));
        for more in ["It is not Kenya.", "I cannot determine where it is.", "The image shows a street in Lima, Peru."] {
            check(&format!("{shown} {more}"), None, None);
        }
        for text in [
            "The image shows a street that resembles those in Kenya.",
            "The image shows a Swiss flag.",
            "The image shows the flag of Switzerland and the president of France.",
            "The image shows a shop selling Kenyan coffee, and coffee from Kenya.",
            "The image shows a car with a licence plate from Germany.",
            "The image shows a sign that reads 'Nairobi, Kenya'.",
            "The image shows a poster of a beach in Thailand on a wall in an office.",
            "The image shows plants commonly found in Kenya.",
            "The image shows a man in a Brazil jersey.",
            "It is a popular car in Kenya. This is a dish in Thailand.",
            "If the image shows a street in Kenya, it is odd.",
        ] {
            check(text, None, None);
        }
    }

    #[test]
    fn of_guesses_with_shares_the_likeliest_is_the_answer_unless_the_text_concludes() {
        let list = "1. Porto, Portugal - 20%\n2. Lisbon, Portugal - 70%\n3. Seville, Spain - 10%";
        check(list, Some("Portugal"), Some("Lisbon"));
        check(&format!("{list}\nSo it was most likely taken in Spain."), Some("Spain"), None);
        check("Answer: Sri Lanka, Colombo", Some("Sri Lanka"), Some("Colombo"));
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
            "It was not taken in Atlanta, Georgia, USA.",
            "The photo was not taken in Germany, Austria, or Switzerland.",
            "It was most likely not taken in Belgium, the United Kingdom or the Netherlands.",
            "Il est impossible de déterminer si la photo a été prise en France.",
            "No es posible determinar si la foto fue tomada en España.",
            "Ich weiß nicht, ob das Foto wahrscheinlich in Deutschland entstand.",
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
        let (answer, _) = read("It is Peru. The signs are in Spanish. Lovely weather.");
        assert_eq!(answer.reasons, ["The signs are in Spanish."]);
    }
}
