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

/// As GLOBE writes its answers, and the form that it is shown: placeholders are no names.
#[test]
fn answers_of_a_model_that_thinks_aloud_are_read_and_scored_inside_their_tags() {
    let thought =
        "<think>\nThe signs are in French: 'Boulangerie'. Not Belgium, since the plates are blue-sided.\n</think>\n";
    for (answer, before) in [
        ("<answer>country: France\ncity: Lyon</answer>", "country: "),
        ("<answer>\ncountry: France\ncity: Lyon\n</answer>", "country: "),
        ("<answer>\ncountry: [France]\ncity: [Lyon]\n</answer>", "country: ["),
        ("<answer>\n**country:** France\n**city:** Lyon\n</answer>", "**country:** "),
        ("<answer>country: France, city: Lyon</answer>", "country: "),
        ("<answer>Country: France City: Lyon</answer>", "Country: "),
        ("<answer> country: France \n city: Lyon </answer>", "country: "),
        ("country: France\ncity: Lyon", "country: "),
    ] {
        let text = format!("{thought}{answer}");
        let Parsed { answer: found, country_at, .. } = parsed(&text, true);
        assert_eq!((found.country.as_deref(), found.city.as_deref()), (Some("France"), Some("Lyon")), "{text}");
        let at = country_at.expect(&text);
        assert!(text[at.clone()] == *"France" && text[..at.start].ends_with(before), "{text}");
    }
    for text in [
        "<think>Hm.</think><answer>country: [country name]\ncity: [city name]</answer>",
        "<think></think><answer>\ncountry: [Country Name]\ncity: [City Name]\n</answer>",
        "country: [country name]\ncity: [city name]",
        "<answer>country: <country name>\ncity: <city name></answer>",
    ] {
        let Parsed { answer, country_at, .. } = parsed(text, true);
        assert_eq!((answer.country, answer.city, country_at), (None, None, None), "{text}");
    }
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
fn guesses_in_one_object_are_the_likeliest_and_each_for_itself() {
    check(r#"{"guesses": [{"country": "Kenya", "city": "Nairobi"}, {"country": "Uganda"}]}"#, "Kenya", "Nairobi", &[]);
    let two = r#"{"1": {"country": "Kenya", "city": "Nairobi", "confidence": 0.2}, "2": {"country": "Uganda", "confidence": "70 %"}}"#;
    check(two, "Uganda", "", &[]);
    check(r#"{"country": "Ghana", "more": {"country": "Togo", "city": "Lomé", "score": 0.9}}"#, "Ghana", "", &[]);
    check(
        r#"{"location": {"country": "Italy", "city": "Florence", "coordinates": {"lat": 43.77, "lon": 11.25}}}"#,
        "Italy",
        "Florence",
        &[],
    );
}

#[test]
fn a_heading_is_a_key_and_what_stands_below_it_its_value() {
    check(
        "### Country\nJapan\n\n### City\n\nOsaka\n\n### Reasons\n1. The sign is in Japanese.",
        "Japan",
        "Osaka",
        &["The sign is in Japanese."],
    );
    check("**Country:**\nJapan\n**Reasons:**\n- red\n**City**\nOsaka", "Japan", "Osaka", &["red"]);
    check("**Location:**\nParis, France", "France", "Paris", &[]);
    check("### Country\nBased on the clues above, it is most likely Japan.", "Japan", "", &[]);
    check("国家: 中国，城市: 重庆。理由: 山。", "中国", "重庆", &["山"]);
    check("一条街。国家：日本。", "日本", "", &[]);
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

/// Answers as models write them, and what a careful reader takes from each: codes of countries and a town.
#[test]
fn what_a_careful_reader_takes_from_what_models_write() {
    for (text, codes, city) in [
        ("The image shows a narrow street in the medina of Fez, Morocco. People wear djellabas.", "MA", "Fez"),
        ("This is the Golden Gate Bridge, located in San Francisco, California, USA.", "US", "San Francisco"),
        ("The image shows a Japanese garden in Portland, Oregon, USA.", "US", "Portland"),
        (
            "**Signage**: Cyrillic.\n\nThe image is most likely from **Russia**, possibly in **Yekaterinburg**.",
            "RU",
            "Yekaterinburg",
        ),
        ("Based on the style of the houses, I would say the Netherlands.", "NL", ""),
        ("It is not the United States. The yellow rear plate points to the United Kingdom.", "GB", ""),
        ("No Cyrillic, which rules out Russia and Serbia. The remaining option is Croatia.", "HR", ""),
        (
            "The palm trees made me think of California, but the taxis indicate Uruguay. Final answer: Montevideo, Uruguay.",
            "UY",
            "Montevideo",
        ),
        (
            "At first I believed this was Poland. However, the text is Czech. Therefore the country is the Czech Republic.",
            "CZ",
            "",
        ),
        (
            "It was taken in Spain. Wait, the plate says AND. It was taken in Andorra la Vella, Andorra.",
            "AD",
            "Andorra la Vella",
        ),
        ("Top 3 guesses:\n1. **Bulgaria** – 55%\n2. **North Macedonia** – 25%\n3. **Serbia** – 20%", "BG", ""),
        ("The most likely countries are Thailand, Laos or Cambodia.", "KH LA TH", ""),
        ("It is probably in Mexico or Guatemala.", "GT MX", ""),
        (
            r#"{"location": {"city": "Cusco", "region": "Cusco", "country": "Peru"}, "reasoning": "Inca stonework"}"#,
            "PE",
            "Cusco",
        ),
        (r#"{"location": "Bruges, Belgium", "lat": 51.2093, "lng": 3.2247, "confidence": "high"}"#, "BE", "Bruges"),
        ("Location: Plaza Mayor, Madrid, Spain\nCoordinates: 40.4155° N, 3.7074° W", "ES", "Madrid"),
        ("La foto parece haber sido tomada en Buenos Aires, Argentina, debido a los colectivos.", "AR", "Buenos Aires"),
        (
            "<think>Iceland or Norway.</think>\n<answer>\nIt is likely Oslo.\ncountry: Norway\ncity: Oslo\n</answer>",
            "NO",
            "Oslo",
        ),
        ("The image shows a restaurant named 'Little Italy' with a sign advertising pizza from Naples, Italy.", "", ""),
        ("The image features a map of Australia hanging on a classroom wall.", "", ""),
        ("The photo shows an Air France airplane at an airport.", "", ""),
        ("The baobab trees suggest Madagascar, but they grow in mainland Africa, so I cannot say for certain.", "", ""),
        ("This could be somewhere in South America, perhaps Bolivia or Peru.", "", ""),
    ] {
        let (answer, problems) = parse(text);
        let named = answer.country.as_deref().map(countries).unwrap_or_default();
        let mut found: Vec<&str> = named.iter().map(|country| country.code.as_str()).collect();
        found.sort_unstable();
        assert_eq!(
            (found.join(" ").as_str(), answer.city.as_deref().unwrap_or("")),
            (codes, city),
            "{text}\n{problems:?}"
        );
    }
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

#[test]
fn a_field_may_stand_behind_a_sentence() {
    check("The school bus is yellow. Country: United States\nCity: Chicago", "United States", "Chicago", &[]);
    check("I can't tell the city! Country: not clear, maybe France", "", "", &[]);
}
