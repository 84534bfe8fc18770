//! Questions: "why not Portugal?", "which clue matters most?", "look at the poles".

use super::{land, sentence::Sentence};
use crate::{geo::CountryCode, knowledge::clues::Feature};

/// What a user asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Why this country, or why not.
    Country(CountryCode),
    /// Why the country that stands first.
    First,
    /// Which piece of evidence matters most.
    Strongest,
    /// What speaks against the country that stands first.
    Against,
    /// Where to look in the picture; empty for anywhere.
    WhereToLook(Vec<Feature>),
    /// How sure the answer is.
    HowSure,
}

/// What words of a question ask for; the first that fits.
const ASKED: [(&[&str], Question); 5] = [
    (
        &["how sure", "how certain", "how confident", "are you sure", "wie sicher", "tu es sur", "estas seguro"],
        Question::HowSure,
    ),
    (
        &[
            "speaks against",
            "speak against",
            "against it",
            "argues against",
            "contradicts",
            "contradict",
            "was spricht dagegen",
        ],
        Question::Against,
    ),
    (
        &["matters most", "most important", "strongest", "which clue", "which evidence", "what matters", "which piece"],
        Question::Strongest,
    ),
    (
        &[
            "where should i look",
            "where to look",
            "what should i look",
            "what to look",
            "what else",
            "what can i look",
            "which clues help",
        ],
        Question::WhereToLook(Vec::new()),
    ),
    (&["why", "warum", "pourquoi", "por que"], Question::First),
];

/// How an order to look at something begins.
const LOOK: [&str; 8] =
    ["look at", "look for", "look closer at", "check", "what about", "schau auf", "regarde", "mira"];

/// What people call the things that records are about.
const THINGS: [(&str, &[Feature]); 22] = [
    ("pole", &[Feature::Pole]),
    ("line", &[Feature::CentreLine, Feature::EdgeLine]),
    ("marking", &[Feature::CentreLine, Feature::EdgeLine]),
    ("road", &[Feature::CentreLine, Feature::EdgeLine, Feature::DrivingSide, Feature::RoadsidePost]),
    ("plate", &[Feature::Plate]),
    ("car", &[Feature::Plate, Feature::DrivingSide, Feature::Vehicle]),
    ("traffic", &[Feature::DrivingSide, Feature::Vehicle]),
    ("bollard", &[Feature::RoadsidePost]),
    ("post", &[Feature::RoadsidePost]),
    (
        "sign",
        &[
            Feature::WarningSign,
            Feature::DirectionSign,
            Feature::StopSign,
            Feature::SpeedSign,
            Feature::NoEntrySign,
            Feature::ParkingSign,
            Feature::SpeedUnit,
            Feature::Language,
            Feature::Script,
        ],
    ),
    ("text", &[Feature::Language, Feature::Script, Feature::Letter]),
    ("letter", &[Feature::Letter, Feature::Script]),
    ("language", &[Feature::Language, Feature::Script]),
    ("tree", &[Feature::Plant, Feature::Climate]),
    ("plant", &[Feature::Plant, Feature::Climate]),
    ("vegetation", &[Feature::Plant, Feature::Climate]),
    ("house", &[Feature::Roof]),
    ("roof", &[Feature::Roof]),
    ("phone", &[Feature::Phone]),
    ("price", &[Feature::Currency]),
    ("shop", &[Feature::Brand, Feature::Language]),
    ("sun", &[Feature::Sun, Feature::Hemisphere]),
];

/// The question of a sentence; none where it asks nothing.
pub(super) fn asked(sentence: &Sentence<'_>) -> Option<Question> {
    let words = format!(" {} ", sentence.plain().join(" "));
    let holds = |phrase: &&str| words.contains(&format!(" {phrase} "));
    let begins = |phrase: &&str| words.starts_with(&format!(" {phrase} "));
    let things = things(&words);
    if !things.is_empty() && LOOK.iter().any(begins) {
        return Some(Question::WhereToLook(things));
    }
    let asked = ASKED.iter().find(|(phrases, _)| phrases.iter().any(holds)).map(|(_, question)| question.clone());
    let country = || sentence.segments().iter().find_map(land::asked_about);
    match asked {
        Some(Question::First) => Some(country().map_or(Question::First, Question::Country)),
        Some(Question::WhereToLook(_)) => Some(Question::WhereToLook(things)),
        Some(question) => Some(question),
        // "is it in Spain?"
        None if sentence.is_asked => country().map(Question::Country),
        None => None,
    }
}

fn things(words: &str) -> Vec<Feature> {
    let mut all = Vec::new();
    for (thing, features) in THINGS {
        if words.contains(&format!(" {thing} ")) || words.contains(&format!(" {thing}s ")) {
            all.extend(features.iter().filter(|feature| !all.contains(*feature)).copied().collect::<Vec<_>>());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{super::sentence::sentences, *};

    #[track_caller]
    fn check(text: &str, right: Option<Question>) {
        assert_eq!(Vec::from_iter(asked(&sentences(text)[0])), Vec::from_iter(right), "{text}");
    }

    #[test]
    fn questions_as_people_ask_them() {
        let code = |code: &str| code.parse::<CountryCode>().unwrap();
        check("why not Portugal?", Some(Question::Country(code("PT"))));
        check("Why Spain", Some(Question::Country(code("ES"))));
        check("Why do you think so?", Some(Question::First));
        check("Could it be in Austria?", Some(Question::Country(code("AT"))));
        check("warum nicht Deutschland?", Some(Question::Country(code("DE"))));
        check("which clue matters most?", Some(Question::Strongest));
        check("What speaks against it?", Some(Question::Against));
        check("where should I look?", Some(Question::WhereToLook(vec![])));
        check("look at the poles", Some(Question::WhereToLook(vec![Feature::Pole])));
        check("Check the number plates.", Some(Question::WhereToLook(vec![Feature::Plate])));
        check("how sure are you?", Some(Question::HowSure));
        for text in
            ["not Portugal", "they drive on the left", "they look at the poles", "is it nice?", "look, it is Spain"]
        {
            check(text, None);
        }
    }
}
