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
    check("{'country': ['Ghana'], 'city': ['Accra']}", "Ghana", "Accra", &[]);
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
    check("{'country': 'Brazil', 'city': 'Belo Horiz", "Brazil", "", &[]);
    problems("{'country': 'Brazil', 'city': 'Belo Horiz", &[Problem::CutOff, Problem::NoCity, Problem::NoReasons]);
    check("{'country': 'Brazil', 'city': 'Manaus', 'reasons': ['red", "Brazil", "Manaus", &["red"]);
}

#[test]
fn what_breaks_off_in_a_name_or_a_thought_names_nothing() {
    for text in [
        "{\"country\": \"Niger",
        "{country: Niger",
        "<answer>country: [Niger",
        "<think>The sign is Finnish, so it is likely Finland. But Estonia, Estonia, where",
        "Hm. <think>{'country': 'Finland'} or",
    ] {
        let (answer, problems) = parse(text);
        assert!(answer.country.is_none() && problems.contains(&Problem::CutOff), "{text} {answer:?} {problems:?}");
    }
    for text in ["It was taken in Peru, or rather in", "country: Niger", "The answer is Chile"] {
        let Parsed { answer, problems, .. } = parsed(text, false);
        assert!(answer.country.is_none() && problems.contains(&Problem::CutOff), "{text} {answer:?} {problems:?}");
    }
    let cut = parsed("country: Peru\ncity: Cus", false);
    assert_eq!((cut.answer.country.as_deref(), cut.answer.city), (Some("Peru"), None));
}

#[test]
fn a_thought_is_no_answer_and_what_is_said_behind_it_is() {
    check("<think>Maybe Brazil? It was taken in Brazil. No, Argentina.</think>", "", "", &[]);
    check("<think>{'country': 'Spain'}</think>I cannot say.", "", "", &[]);
    check("It is likely Spain.</think>\nThis is Chile.", "Chile", "", &[]);
    check("<think>Estonia or <answer>country: [Finland], city: [Kuopio]</answer>", "Finland", "Kuopio", &[]);
    check("<think>Estonia?</think><answer>country: Finland\ncity: Kuopio</answer>", "Finland", "Kuopio", &[]);
}

#[test]
fn of_several_answers_the_last_counts_unless_it_is_an_alternative() {
    let two = |between: &str| format!("{{'country': 'Uruguay'}}{between}{{'country': 'Argentina'}}");
    check(&two("\n\nAlternatively, it could be "), "Uruguay", "", &[]);
    check(&two("\nOther possibilities:\n"), "Uruguay", "", &[]);
    check(&two("\nOn reflection that is wrong, and the correct answer is "), "Argentina", "", &[]);
    check(&two(",\n"), "Uruguay", "", &[]);
    check("{'country': 'Chile'} or also {'country': 'Peru', 'city': 'Lima'}", "Chile", "", &[]);
    check("{'city': 'Lyon, France or Turin, Italy'}", "", "Lyon, France or Turin, Italy", &[]);
    let listed =
        "[{'country': 'Chile', 'probability': 0.2}, {'country': 'Peru', 'probability': 0.7}, {'country': 'Bolivia'}]";
    check(listed, "Peru", "", &[]);
    check("{'alternative': {'country': 'Togo'}, 'answer': {'country': 'Ghana'}}", "Ghana", "", &[]);
    check("{'alternatives': [{'country': 'Togo'}], 'country': 'Ghana'}", "Ghana", "", &[]);
}

#[test]
fn several_countries_in_one_field_are_a_choice_and_a_refusal_is_none() {
    check("{'country': 'Spain or Portugal', 'city': 'Unknown'}", "Spain or Portugal", "", &[]);
    check("{'country': ['Ghana', 'Togo'], 'city': ['Accra']}", "Ghana or Togo", "Accra", &[]);
    problems("{'country': 'Spain/Portugal', 'city': 'x', 'reasons': 'y'}", &[Problem::Several]);
    problems(
        "It is likely in either Spain or Portugal.",
        &[Problem::Prose, Problem::Several, Problem::NoCity, Problem::NoReasons],
    );
    for text in [
        "{'country': 'Not determinable', 'city': 'Cannot be told'}",
        "{'country': 'Various countries', 'city': 'Various cities'}",
        "{'country': null, 'city': null}",
        "Country: Not Germany\nCity: Unknown",
        "Country: Unknown\nReasons: The car is likely from Japan.",
    ] {
        let (answer, problems) = parse(text);
        assert!(answer.country.is_none() && answer.city.is_none(), "{text} {answer:?}");
        assert!(problems.contains(&Problem::NoCountry), "{text} {problems:?}");
    }
    check("{'country': 'Chile', 'city': 'Coastal city'}", "Chile", "", &[]);
}

#[test]
fn keys_may_share_a_line_and_be_of_other_languages() {
    check("<answer>country: [Finland], city: [Kuopio]</answer>", "Finland", "Kuopio", &[]);
    check(
        "Country: Finland; City: Kuopio; Reasons: a lake, city: of wood",
        "Finland",
        "Kuopio",
        &["a lake, city: of wood"],
    );
    check("{'país': 'España', 'ciudad': 'Granada', 'razones': 'La Alhambra'}", "España", "Granada", &["La Alhambra"]);
    check("{'pays': 'France', 'ville': 'Nice', 'raisons': 'la mer'}", "France", "Nice", &["la mer"]);
    check("{'Land': 'Österreich', 'Stadt': 'Graz', 'Gründe': 'ein Schild'}", "Österreich", "Graz", &["ein Schild"]);
    check("{\"国家\": \"日本\", \"城市\": \"东京\", \"理由\": \"日语招牌\"}", "日本", "东京", &["日语招牌"]);
    check("So: \\boxed{Windhoek, Namibia}", "Namibia", "Windhoek", &[]);
}

#[test]
fn sentences_and_nothing() {
    check("This is probably Lyon, France", "France", "Lyon", &[]);
    problems("This is probably Lyon, France", &[Problem::Prose, Problem::NoReasons]);
    problems("", &[Problem::Empty]);
    problems(" \n\t ", &[Problem::Empty]);
    problems("It could be Peru.", &[Problem::Undecided, Problem::NoCountry, Problem::NoCity, Problem::NoReasons]);
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
    for piece in [
        "{",
        "[",
        "{'country':",
        "'",
        "France, ",
        "in Paris ",
        "{a:{",
        "country: [",
        "A ",
        "St. ",
        "It is Peru, or ",
        "country: a, ",
    ] {
        parse(&piece.repeat(40_000));
    }
}
