//! The window as its users meet it: found by the names that screen readers say, with a script in the engine's place.
//! No test here needs a display or a graphics driver but those marked so.

mod areas;
mod claims;
mod comparing;
mod dataset;
mod evaluation;
mod evidence;
mod fetching;
mod forms;
mod hands;
mod indexing;
mod knowledge;
mod looking;
mod models;
mod notices;
mod pictures;
mod pixels;
mod runs;
mod script;
mod scrolling;
mod sessions;
mod signs;
mod sources;
mod strip;
mod talk;
mod training;

use std::sync::Arc;

use egui::{Event as Input, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use script::{drop_files, settle, window};
use terrasight::{
    geo::{LatLon, Surface},
    knowledge::ade20k::ClassWeights,
    locatability::Score,
    model::{DeviceError, LabelMap},
    predict::finding::{Finding, Withheld},
    state::Page,
    worker::{Event, JobStage, ModelSource, PictureNews},
};

#[test]
fn dropped_pictures_are_located_in_order_and_the_answer_streams() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg", "b.jpg"]);
    assert_eq!(script.locating().iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["a.jpg"]);
    window.get_by_label("a.jpg: starting");
    window.get_by_label("b.jpg: waiting");

    let job = script.last_job();
    script.say(Event::Stage { job, stage: JobStage::Reasoning, fraction: None });
    script.say(Event::Pictures { job, news: PictureNews::Token("The words on the ".to_owned()) });
    script.say(Event::Pictures { job, news: PictureNews::Token("sign are Spanish.".to_owned()) });
    settle(&mut window);
    window.get_by_label("The words on the sign are Spanish.");
    window.get_by_label("Reasoning …");

    script.locate();
    settle(&mut window);
    window.get_by_label("a.jpg: located around Santiago, Chile (41 %)");
    assert_eq!(script.locating().last().expect("the second began").1, "b.jpg");
}

#[test]
fn how_locatable_a_picture_is_stands_under_it_with_what_it_is_made_of() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    let labels = Arc::new(LabelMap { width: 2, height: 2, labels: vec![3, 3, 7, 7] });
    let score = Arc::new(Score::of(&labels.labels, &ClassWeights::default()));
    let job = script.last_job();
    script.say(Event::Pictures {
        job,
        news: PictureNews::Locatability { labels, score, segmenter: "a segmenter".to_owned() },
    });
    settle(&mut window);
    assert!(window.query_by_label("Opacity").is_none());
    window.get_by_label("Locatability 0.58").click();
    settle(&mut window);
    window.get_by_label("road: 50 % of the picture × weight 1.00 = 0.500");
    window.get_by_label("sky: 50 % of the picture × weight 0.17 = 0.084");
    window.key_press(Key::H);
    settle(&mut window);
    assert!(window.query_by_label("road: 50 % of the picture × weight 1.00 = 0.500").is_none());
}

#[test]
fn a_finding_stands_in_words_in_the_table_and_on_the_map() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    settle(&mut window);
    window.get_by_label("Around Santiago, Chile");
    window.get_by_label_contains("Chile: 46 %");
    window.get_by_label(
        "Santiago is the likeliest town: 21 % within 100 km; half of the belief lies within 420 km, nine tenths within \
         2,650 km",
    );
    window.get_by_label("The words on the sign are Spanish.");
    window.get_by_label("Candidate 2 on the map: Lima, Peru, 17 %");

    window.get_by_label("Candidates").click();
    settle(&mut window);
    window.get_by_label("Chile: 46 %");
    window.get_by_label("Candidate 2: Lima, Peru, 17 %").click();
    settle(&mut window);
    assert_eq!(window.state().state().selected().expect("one is open").chosen_rank, 2);
    window.get_by_label("Candidate 1 on the map: Santiago, Chile, 41 %").click();
    settle(&mut window);
    assert_eq!(window.state().state().selected().expect("one is open").chosen_rank, 1);

    window.get_by_label("Evidence").click();
    settle(&mut window);
    window.get_by_label("The model prefers Chile to Peru by 2.4 to 1.");
    window.get_by_label("The picture's own position contradicts the answer by 9,650 km.");
}

#[test]
fn under_every_answer_of_the_starter_stands_what_it_is_worth_and_only_there() {
    let (mut window, script) = window(|builder| builder);
    let caution = &format!("{} knows drawn streets only:", script::finding().model.name);
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    settle(&mut window);
    window.get_by_label(caution);
    window.get_by_label("Evidence").click();
    settle(&mut window);
    assert!(window.query_by_label("Of the model's folder.").is_none(), "it is said below");

    window.get_by_label("choose a model for photographs").click();
    settle(&mut window);
    assert_eq!(window.state().state().settings().page, Page::MODELS, "where one can be fetched");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    settle(&mut window);
    window.get_by_label_contains("Model: ").click();
    settle(&mut window);
    window.get_by_label("Choose a model folder…").click_accesskit();
    settle(&mut window);
    window
        .get_by_label("Folder of a Qwen2.5-VL checkpoint (config.json, safetensors, tokenizer.json)")
        .type_text("/models/globe");
    settle(&mut window);
    window.get_by_label("Use").click();
    settle(&mut window);
    assert_eq!(script.models().last(), Some(&ModelSource::Directory("/models/globe".into())));
    window.get_by_label("Locate").click();
    settle(&mut window);
    script.locate();
    settle(&mut window);
    assert!(window.query_by_label(caution).is_none());
    window.get_by_label("Of the model's folder.");
}

#[test]
fn on_a_photograph_a_model_of_drawings_gives_no_place_but_what_the_file_says_and_what_to_do() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["gps.jpg"]);
    let mut withheld = Finding {
        answer: None,
        withheld: Some(Withheld::KnowsDrawingsOnly),
        reasoning: String::new(),
        candidates: Vec::new(),
        countries: Vec::new(),
        ..script::finding()
    };
    withheld.picture.metadata.position = LatLon::new(-36.8, 174.7);
    script.find(withheld, Surface::default());
    settle(&mut window);
    window.get_by_label("gps.jpg: place of its file");
    window.get_by_label("Only the file says where");
    window.get_by_label_contains("nothing that was read in the picture tells of its place");
    window.get_by_label("Candidates").click();
    settle(&mut window);
    window.get_by_label("Only the file says where. See Answer for why.");
    assert!(window.query_all_by_label_contains("Percentages").next().is_none());
    window.get_by_label("Answer").click();
    settle(&mut window);
    window.get_by_label("36.8000° S, 174.7000° E");
    window.get_by_label("Choose a model for photographs");
    window.get_by_label("Choose a segmenter for photographs");
    fetching::stock(&script, Vec::new());
    settle(&mut window);
    window.get_by_label("Get SegFormer B0, 15 MB");
    assert!(window.query_all_by_label_contains("Santiago").next().is_none());
    assert!(window.query_all_by_label_contains("The starter knows").next().is_none());
    window.get_by_label("See the Models page");
    window.get_by_label("Choose a model folder…").click_accesskit();
    settle(&mut window);
    window.get_by_label("Folder of a Qwen2.5-VL checkpoint (config.json, safetensors, tokenizer.json)");
}

#[test]
fn a_new_session_can_be_begun_before_any_was_kept() {
    let (mut window, _script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg", "b.jpg"]);
    window.get_by_label("Sessions").click();
    settle(&mut window);
    window.get_by_label("New session");
}

#[test]
fn a_gguf_file_is_dropped_on_any_page_or_typed_and_used() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["mmproj-tiny.gguf", "a.jpg", "tiny-Q4_K_M.GGUF"]);
    let dropped = ModelSource::Directory("/pictures/tiny-Q4_K_M.GGUF".into());
    assert_eq!(script.models().last(), Some(&dropped));
    assert!(window.query_all_by_label_contains("a.jpg: ").next().is_some(), "the picture beside it is opened");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    settle(&mut window);
    drop_files(&mut window, &["other.gguf"]);
    assert_eq!(script.models().last(), Some(&ModelSource::Directory("/pictures/other.gguf".into())));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    settle(&mut window);
    window.get_by_label_contains("Model: ").click();
    settle(&mut window);
    window.get_by_label("Choose a GGUF file…").click_accesskit();
    settle(&mut window);
    window.get_by_label("GGUF file of a Qwen2.5-VL model (its vision file, mmproj, beside it)");
}

#[test]
fn what_cannot_be_opened_says_why_and_the_rest_goes_on() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["notes.txt", "b.jpg"]);
    window.get_by_label("notes.txt could not be opened");
    window.get_by_label("Not opened");
    assert!(window.query_all_by_label_contains("Press Locate").next().is_none());
    window.get_by_label("notes.txt is empty (zero bytes); get the file again");
    assert_eq!(script.locating().last().expect("the other began").1, "b.jpg");
}

#[test]
fn cancel_stops_by_button_and_by_escape() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg", "b.jpg"]);
    let first = script.last_job();
    window.get_by_label("Cancel").click();
    settle(&mut window);
    assert_eq!(script.cancelled(), [first]);
    window.get_by_label("a.jpg: stopped");
    window.get_by_label("b.jpg: stopped");

    window.key_press_modifiers(Modifiers::COMMAND, Key::L);
    settle(&mut window);
    let again = script.last_job();
    window.key_press(Key::Escape);
    settle(&mut window);
    assert_eq!(script.cancelled(), [first, again]);
    script.say(Event::Pictures { job: again, news: PictureNews::Token("too late".to_owned()) });
    settle(&mut window);
    assert!(window.query_by_label("too late").is_none());
}

#[test]
fn escape_in_a_line_of_text_leaves_the_line_and_stops_nothing() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg", "b.jpg"]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::T);
    settle(&mut window);
    assert!(window.get_by_label("Say something").is_focused());
    window.key_press(Key::Escape);
    settle(&mut window);
    assert!(!window.get_by_label("Say something").is_focused());
    assert!(script.cancelled().is_empty(), "who leaves a line does not stop what goes on");
    window.key_press(Key::Escape);
    settle(&mut window);
    assert_eq!(script.cancelled(), [script.last_job()]);
}

#[test]
fn a_failure_of_the_engine_is_one_line_under_the_picture() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    let lost = DeviceError::Failed { name: "GPU".to_owned(), reason: "it was lost".to_owned() };
    script.say(Event::Failed { job: script.last_job(), failure: Arc::new(lost.into()) });
    settle(&mut window);
    window.get_by_label("Not located");
    window.get_by_label("GPU failed: it was lost; the CPU works without it");
    window.get_by_label("Locate");
}

#[test]
fn everything_can_be_done_from_the_keyboard() {
    let (mut window, _script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg", "b.jpg", "c.jpg"]);
    let selected = |window: &egui_kittest::Harness<'_, terrasight::app::TerrasightApp>| {
        window.state().state().selected().expect("one is open").name.clone()
    };
    window.key_press(Key::ArrowRight);
    settle(&mut window);
    assert_eq!(selected(&window), "b.jpg");
    window.key_press(Key::PageDown);
    settle(&mut window);
    window.key_press(Key::Delete);
    settle(&mut window);
    assert_eq!(selected(&window), "b.jpg");
    assert_eq!(window.state().state().entries().len(), 2);

    window.key_press(Key::F1);
    settle(&mut window);
    window.get_by_label("Open a path that is typed");
    window.key_press(Key::Escape);
    settle(&mut window);
    assert!(window.query_by_label("Open a path that is typed").is_none());

    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    settle(&mut window);
    let folder = tempfile::tempdir().expect("a folder");
    let typed = folder.path().join("typed.jpg");
    window.get_by_label("Path of a picture or of a folder").type_text(&typed.display().to_string());
    settle(&mut window);
    window.key_press(Key::Enter);
    settle(&mut window);
    window.get_by_label_contains("There is nothing at");
    std::fs::write(&typed, "the script opens it").expect("a file");
    window.get_by_label("Open").click();
    settle(&mut window);
    assert_eq!(selected(&window), "typed.jpg");
}

#[test]
fn a_pasted_picture_and_pasted_paths_are_opened() {
    let (mut window, script) = window(|builder| builder);
    let image = egui::ColorImage::filled([40, 30], egui::Color32::from_rgb(3, 4, 5));
    window.event(Input::PasteImage(Arc::new(image)));
    settle(&mut window);
    window.get_by_label("pasted picture 1: starting");
    window.event(Input::Paste("file:///pictures/a%20b.jpg\nnot a path".to_owned()));
    settle(&mut window);
    window.get_by_label("a b.jpg: waiting");
    assert_eq!(script.locating().len(), 1);
}

#[test]
fn the_position_in_the_file_has_a_marker_of_its_own() {
    let (mut window, _script) = window(|builder| builder);
    drop_files(&mut window, &["gps.jpg"]);
    window.get_by_label("Position in the picture file: 36.8000° S, 174.7000° E");
}

#[test]
fn the_network_is_unused_until_switched_on_and_one_switch_forbids_it() {
    let (mut window, _script) = window(|builder| builder);
    window.get_by_label("Network: no connections");
    window.get_by_label("Network: unused").click();
    settle(&mut window);
    window.get_by_label("Map tiles from tile.openstreetmap.org");
    window.get_by_label("Forbid every connection").click();
    settle(&mut window);
    assert!(window.state().state().settings().network.forbidden);
    window.get_by_label("Network: forbidden");
}
