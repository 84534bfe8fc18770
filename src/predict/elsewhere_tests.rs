//! What is sent to a server, and what becomes of its answer.

use image::Rgb;
use serde_json::json;

use super::*;
use crate::{
    predict::{
        Unobserved,
        answer::Problem,
        converse::Spoken,
        finding::{EvidenceKind, ProbabilityKind},
    },
    server::stand_in::{Answer, StandIn, chile, end, plain},
};

fn picture(width: u32, height: u32) -> Picture {
    Picture::from_rgb("secret name.jpg", RgbImage::from_pixel(width, height, Rgb([90, 120, 60])))
}

fn located(local: &StandIn) -> Located {
    let settings = LocateSettings { picture_tokens: Some(64), ..LocateSettings::default() };
    locate_elsewhere(
        (&local.server, "a-model"),
        Prompting::known(None),
        &picture(64, 48),
        Vec::new(),
        &settings,
        &mut Unobserved,
    )
    .unwrap()
}

fn has(located: &Located, kind: EvidenceKind) -> bool {
    located.finding.evidence.iter().any(|piece| piece.kind == kind)
}

#[test]
fn an_answer_is_weighed_as_a_local_models_and_says_where_it_comes_from() {
    let local = StandIn::answering([Answer::Stream(chile())]);
    let located = located(&local);
    let (finding, host) = (&located.finding, local.server.host());
    assert_eq!(finding.model.name, format!("a-model at {host}"));
    assert_eq!(finding.model.device, format!("the server {}", local.server));
    assert_eq!((finding.settings.picture_tokens, &finding.model.sha256), (0, &None));
    assert_eq!(finding.problems, [FindingProblem::SentTo(host)]);
    assert_eq!(finding.probability_kind, ProbabilityKind::Raw, "no calibration is known of it");
    assert_eq!(finding.candidates[0].city, "Arica");
    assert!(has(&located, EvidenceKind::ModelCountries));
    let share = |code: &str| finding.countries.iter().find(|share| share.country_code.as_str() == code).unwrap();
    assert!(share("CL").probability > share("PE").probability, "{:?}", finding.countries);

    let asked = local.take_asked().remove(0);
    let sent = asked.body.to_string() + &asked.head;
    assert!(!sent.contains("secret name"), "the file's name stays here");
    assert_eq!(asked.body["messages"][0]["content"][1]["text"], json!(finding.settings.prompt));
}

#[test]
fn without_probabilities_there_are_none_of_countries_and_that_is_said() {
    let stream = vec![plain("{'country': 'Chile', 'city': 'Arica', 'reasons': 'Dry.'}"), end("stop")];
    let local = StandIn::answering([Answer::Stream(stream)]);
    let located = located(&local);
    assert!(located.finding.problems.contains(&FindingProblem::NoCountryScores(local.server.host())));
    assert!(!has(&located, EvidenceKind::ModelCountries));
    assert_eq!(located.finding.candidates[0].country, "Chile", "the country that it names counts");
}

#[test]
fn the_distribution_is_taken_where_the_answer_names_its_country_and_nowhere_else() {
    let named = |text: &str| Answer::Stream(vec![plain(text), end("stop")]);
    let local = StandIn::answering([named("{'country': 'Unknown', 'city': ''}"), named("It may be Spain or Peru.")]);
    for _ in 0..2 {
        let found = located(&local);
        assert!(!has(&found, EvidenceKind::ModelCountries) && found.finding.candidates.is_empty());
        let told = FindingProblem::NoCountryScores(local.server.host());
        assert!(!found.finding.problems.contains(&told), "that none were asked for is not the server's fault");
    }
}

#[test]
fn a_place_that_is_only_described_counts_half_and_that_is_said() {
    let named = |text: &str| Answer::Stream(vec![plain(text), end("stop")]);
    let local = StandIn::answering([
        named("The image shows a street in Arica, Chile."),
        named("It was taken in Arica, Chile."),
    ]);
    let (described, concluded) = (located(&local), located(&local));
    for kind in [EvidenceKind::ModelCountry, EvidenceKind::ModelCity] {
        let strength = |of: &Located| of.finding.evidence.iter().find(|piece| piece.kind == kind).unwrap().strength;
        assert!(strength(&described) > 0.0 && strength(&described) < 0.6 * strength(&concluded), "{kind:?}");
    }
    let is_said = |of: &Located| of.finding.problems.contains(&FindingProblem::Answer(Problem::Described));
    assert!(is_said(&described) && !is_said(&concluded));
}

#[test]
fn an_answer_that_was_cut_says_so_and_its_sentences_name_nothing() {
    let local = StandIn::answering([Answer::Stream(vec![plain("It was taken in Chile, or"), end("length")])]);
    let found = located(&local);
    assert!(
        found.finding.problems.contains(&FindingProblem::Answer(Problem::CutOff))
            && found.finding.candidates.is_empty()
    );
}

#[test]
fn nonsense_becomes_no_place_or_one_line() {
    let none = located(&StandIn::answering([Answer::Stream(vec![plain("I cannot help with that."), end("stop")])]));
    assert!(none.finding.answer.is_some_and(|answer| answer.country.is_none()));
    let html = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nHi".to_vec();
    let local = StandIn::answering([Answer::Bytes(html)]);
    let settings = LocateSettings::default();
    let wrong = locate_elsewhere(
        (&local.server, "a-model"),
        Prompting::known(None),
        &picture(8, 8),
        Vec::new(),
        &settings,
        &mut Unobserved,
    )
    .unwrap_err();
    assert!(wrong.to_string().contains("holds no answer"), "{wrong}");
}

/// Stops as soon as the first words have come.
#[derive(Default)]
struct Hasty {
    heard: String,
    stages: Vec<LocateStage>,
}

impl Observer for Hasty {
    fn stage(&mut self, stage: LocateStage, _fraction: Option<f32>) {
        self.stages.push(stage);
    }

    fn token(&mut self, text: &str) {
        self.heard.push_str(text);
    }

    fn is_cancelled(&self) -> bool {
        !self.heard.is_empty()
    }
}

#[test]
fn what_is_no_longer_wanted_is_no_finding_and_in_a_conversation_its_words_stay() {
    let some = || Answer::StreamThenSilence(vec![plain("Chi")]);
    let local = StandIn::answering([some(), some()]);
    let (settings, mut hasty) = (LocateSettings::default(), Hasty::default());
    let stopped = locate_elsewhere(
        (&local.server, "a-model"),
        Prompting::known(None),
        &picture(8, 8),
        Vec::new(),
        &settings,
        &mut hasty,
    );
    assert!(matches!(stopped, Err(LocateError::Cancelled)));
    assert_eq!((hasty.heard.as_str(), hasty.stages), ("Chi", vec![LocateStage::Asking, LocateStage::Reasoning]));
    let talk = Conversation { opening: None, turns: Vec::new(), asked: "Why?".to_owned() };
    let (pixels, mut hasty) = (picture(8, 8).pixels, Hasty::default());
    let said = converse_elsewhere((&local.server, "a-model"), &pixels, &talk, &settings, &mut hasty).unwrap();
    assert_eq!((said.text.as_str(), said.finish), ("Chi", Finish::Cancelled));
}

#[test]
fn a_server_is_told_what_it_said_itself_and_nothing_of_another_model() {
    let local = StandIn::answering([Answer::Stream(vec![plain("Dry."), end("stop")])]);
    let exchange = |model: &str, text: &str| Exchange {
        asked: format!("to {model}"),
        spoken: Spoken { model: model.to_owned(), text: text.to_owned(), ..Spoken::default() },
    };
    let own = name_of(&local.server, "a-model");
    let talk = Conversation {
        opening: Some(exchange("GLOBE", "Chile.")),
        turns: vec![exchange(&own, "Peru."), exchange("GLOBE", "The sign says Arica.")],
        asked: "Why?".to_owned(),
    };
    let pixels = picture(8, 8).pixels;
    let settings = LocateSettings::default();
    converse_elsewhere((&local.server, "a-model"), &pixels, &talk, &settings, &mut Unobserved).unwrap();
    let asked = local.take_asked().remove(0);
    let messages = asked.body["messages"].as_array().unwrap();
    assert_eq!(messages[0]["content"][1]["text"], json!(format!("to {own}")));
    assert_eq!(
        messages[1..],
        [json!({ "role": "assistant", "content": "Peru." }), json!({ "role": "user", "content": "Why?" })]
    );
}

#[test]
fn a_large_picture_is_sent_reduced_and_without_what_its_file_says() {
    for ((width, height), sent) in [((4096, 1024), (2048, 512)), ((300, 200), (300, 200)), ((9000, 1), (2048, 1))] {
        let jpeg = jpeg_of(&RgbImage::new(width, height)).unwrap();
        let read = image::load_from_memory(&jpeg).unwrap();
        assert_eq!((read.width(), read.height()), sent);
        assert!(!jpeg.windows(4).any(|bytes| bytes == b"Exif"));
    }
}
