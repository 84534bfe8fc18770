//! Answers as models really write them, and texts made to break a reader.

use super::*;

#[track_caller]
fn check(text: &str, country: &str, city: &str, reasons: &[&str]) {
    let (answer, problems) = parse(text);
    let found = (answer.country.as_deref().unwrap_or(""), answer.city.as_deref().unwrap_or(""));
    assert_eq!(found, (country, city), "{text}\n{problems:?}");
    assert_eq!(answer.reasons, reasons, "{text}");
}

#[track_caller]
fn problems(text: &str, expected: &[Problem]) {
    assert_eq!(parse(text).1, expected, "{text}");
}

#[test]
fn the_papers_form_with_reasons_as_text_or_list() {
    check(
        "{'country': 'Switzerland', 'city': 'Zurich', 'reasons': 'The driver's side and the tram lines.'}",
        "Switzerland",
        "Zurich",
        &["The driver's side and the tram lines."],
    );
    check(
        r#"{"country": "Côte d'Ivoire", "city": "Abidjan", "reasons": ["red soil", "French signs, and 'maquis'"]}"#,
        "Côte d'Ivoire",
        "Abidjan",
        &["red soil", "French signs, and 'maquis'"],
    );
    check("{'country': 'India','reasons':'Indian signboard'}", "India", "", &["Indian signboard"]);
    problems("{'country': 'India', 'city': 'Delhi', 'reasons': ['a', 'b']}", &[]);
}

#[test]
fn apostrophes_and_commas_inside_text() {
    check(
        "{'country': 'Ireland', 'city': 'Dublin', 'reasons': ['the drivers', keep left', 'it's Irish: 'Baile' on signs']}",
        "Ireland",
        "Dublin",
        &["the drivers', keep left", "it's Irish: 'Baile' on signs"],
    );
    check(
        "{'country': \"Democratic People's Republic of Korea\", 'city': 'P'yongyang', 'reasons': ''}",
        "Democratic People's Republic of Korea",
        "P'yongyang",
        &[],
    );
}

#[test]
fn fences_tags_and_wrappers() {
    check(
        "```json\n{\"country\": \"Peru\", \"city\": \"Lima\", \"reasons\": [\"x y\"]}\n```",
        "Peru",
        "Lima",
        &["x y"],
    );
    check(
        "<think>maybe {'country': 'Spain'}</think><answer>{'Country': 'Chile', 'City': 'Arica'}</answer>",
        "Chile",
        "Arica",
        &[],
    );
    check("<think>hmm, Spain</think>\n<answer>\ncountry: [France]\ncity: [Lyon]\n</answer>", "France", "Lyon", &[]);
    check(
        r#"{"answer": {"COUNTRY": "Japan", "town": "Nara", "explanation": "1. tiles\n2. kanji"}}"#,
        "Japan",
        "Nara",
        &["tiles", "kanji"],
    );
    check(
        "**Country:** Kenya\n**City:** Nairobi\n**Reasons:**\n- red soil\n- drives on the left",
        "Kenya",
        "Nairobi",
        &["red soil", "drives on the left"],
    );
    check("{'city': 'Lyon, France', 'reasons': []}", "France", "Lyon", &[]);
    check("{'location': 'Lyon, France'}", "France", "Lyon", &[]);
    check("{'country': ['Ghana', 'Togo'], 'city': ['Accra']}", "Ghana", "Accra", &[]);
}

#[test]
fn an_echoed_template_is_not_the_answer() {
    check(
        "Format {'country': '', 'city': '' ,'reasons':''}. {'country': 'Oman', 'city': 'Muscat', 'reasons': 'wadi'}",
        "Oman",
        "Muscat",
        &["wadi"],
    );
    check(
        "{'country': 'Oman', 'city': 'Muscat', 'reasons': 'wadi'} in the form {'country': '', 'city': '' ,'reasons':''}",
        "Oman",
        "Muscat",
        &["wadi"],
    );
    problems(
        "{'country': 'unknown', 'city': 'N/A', 'reasons': ''}",
        &[Problem::NoCountry, Problem::NoCity, Problem::NoReasons],
    );
}

#[test]
fn an_answer_that_breaks_off_keeps_what_was_said() {
    check("{'country': 'Brazil', 'city': 'Belo Horiz", "Brazil", "Belo Horiz", &[]);
    problems("{'country': 'Brazil', 'city': 'Belo Horiz", &[Problem::CutOff, Problem::NoReasons]);
    check("{'country': 'Brazil', 'city': 'Manaus', 'reasons': ['red", "Brazil", "Manaus", &["red"]);
}

#[test]
fn sentences_and_nothing() {
    check("This is probably Lyon, France", "France", "Lyon", &[]);
    problems("This is probably Lyon, France", &[Problem::Prose, Problem::NoReasons]);
    problems("", &[Problem::Empty]);
    problems(" \n\t ", &[Problem::Empty]);
    problems("?!", &[Problem::Prose, Problem::NoCountry, Problem::NoCity, Problem::NoReasons]);
    problems(
        &format!("{}{{'country': 'Oman', 'city': 'Nizwa', 'reasons': 'x'}}", "é".repeat(50_000)),
        &[Problem::TooLong],
    );
}

/// A small generator (xorshift64), so that the texts below are the same in every run.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 16) as usize
}

#[test]
fn no_truncation_and_no_noise_makes_it_panic_and_country_stays_once_said() {
    let whole = "<think>It's in the south.</think>```json\n{'country': 'Côte d\\u0027Ivoire', \"city\": \"Grand-Bassam\", \
                 'reasons': ['the driver's side', \"red “soil”\"]}\n``` <answer>country: [Ghana]</answer>";
    let said = whole.find(", \"city\"").unwrap();
    for (at, _) in whole.char_indices() {
        let (answer, _) = parse(&whole[..at]);
        let in_answer_tag = whole[..at].contains("<answer>");
        assert!(at < said || in_answer_tag || answer.country.as_deref() == Some("Côte d'Ivoire"), "{at} {answer:?}");
    }
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        "'",
        "\"",
        ":",
        ",",
        "\\",
        "\\u",
        "country",
        "city",
        "reasons",
        "France",
        "\n",
        "```",
        "<answer>",
        "</answer>",
        "<think>",
        "é",
        "😀",
        "\u{0}",
        "(",
        "“",
        "=",
        " ",
        "in",
        "Lyon",
        "not",
        ".",
        "1.",
        "\u{301}",
        "ß",
        "İ",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..3000 {
        let length = random(&mut state) % 40;
        let text: String = (0..length).map(|_| pieces[random(&mut state) % pieces.len()]).collect();
        parse(&text);
        let bytes: Vec<u8> = (0..length).map(|_| random(&mut state) as u8).collect();
        parse(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn hostile_texts_take_no_time() {
    for piece in ["{", "[", "{'country':", "'", "France, ", "in Paris ", "{a:{", "country: [", "A ", "St. "] {
        parse(&piece.repeat(40_000));
    }
}
