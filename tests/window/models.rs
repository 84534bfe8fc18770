//! The menu of the model in use.

use egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::Queryable as _;
use terrasight::{
    model::{LeftOut, ReadStats, WriteStats},
    predict::{
        FindingProblem,
        finding::{Finding, ModelUsed},
    },
    server::Server,
    state::{Action, UnloadAfter},
    worker::{Event, JobStage, Measured, ModelNote, ModelSource, ModelSummary},
};

use super::{
    hands::{Window, click, is_said, press, type_into},
    script::{Script, drop_files, finding, settle, summary, surface, window},
};

#[test]
fn the_detail_of_pictures_is_set_from_the_keyboard_and_set_back() {
    let (mut window, _script) = window(|builder| builder);
    let tokens = |window: &Window| window.state().state().settings().locate.picture_tokens;
    window.get_by_label("Model: Terrasight starter").click();
    settle(&mut window);
    window.get_by_label("about 123 MB of memory a picture; the time is known once one was located here");
    window.get_by_role_and_label(Role::Slider, "Picture detail, tokens").focus();
    window.run_ok();
    window.key_press(Key::ArrowRight);
    settle(&mut window);
    let finer = tokens(&window).expect("it was set");
    assert!(finer > 1280, "{finer}");
    window.get_by_label("As usual").click();
    settle(&mut window);
    assert_eq!(tokens(&window), None);
}

#[test]
fn the_length_of_answers_is_set_from_the_keyboard_and_set_back() {
    let (mut window, _script) = window(|builder| builder);
    let tokens = |window: &Window| window.state().state().settings().locate.max_new_tokens;
    click(&mut window, "Model: Terrasight starter");
    assert_eq!((tokens(&window), window.query_by_label("Answers as usual").is_none()), (1024, true));
    window.get_by_role_and_label(Role::Slider, "Longest answer, tokens").focus();
    window.run_ok();
    window.key_press(Key::ArrowRight);
    settle(&mut window);
    assert!(tokens(&window) > 1024, "{}", tokens(&window));
    click(&mut window, "Answers as usual");
    assert_eq!(tokens(&window), 1024);
}

#[test]
fn in_the_smallest_window_all_of_the_menu_can_be_reached() {
    let (mut window, _script) = window(|builder| builder.with_size([640.0, 420.0]));
    window.get_by_label("Model: Terrasight starter").click();
    settle(&mut window);
    let last = "Sentence encoder, for what the reasons mean";
    let is_in_view = |window: &Window, name| window.get_by_label(name).rect().bottom() < 420.0;
    assert!(is_in_view(&window, "The starter (knows drawn streets only)") && !is_in_view(&window, last));
    let menu = window.get_by_label("The starter (knows drawn streets only)").rect().center();
    window.hover_at(menu);
    window.run_ok();
    window.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, -2000.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    settle(&mut window);
    assert!(is_in_view(&window, last));
    click(&mut window, last);
    window.get_by_label("None (reasons are matched to clues by their words)");
}

#[test]
fn a_model_that_nobody_needs_is_unloaded_and_read_again_by_the_next_picture() {
    let (mut window, script) = window(|builder| builder);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    window.get_by_label("Terrasight starter on CPU as f32; about 9 MB of memory, and 123 MB more with a picture");
    let minutes = window.state().state().settings().unload_after;
    assert_eq!(minutes, UnloadAfter::after(15));
    window.state_mut().perform(Action::Unload(minutes.minutes));
    settle(&mut window);
    window.get_by_label("Terrasight starter, unloaded after 15 minutes without work");

    drop_files(&mut window, &["a.jpg"]);
    window.get_by_label("Model: Terrasight starter, unloaded");
    let job = script.last_job();
    script.say(Event::Stage { job, stage: JobStage::ReadingModel, fraction: None });
    settle(&mut window);
    window.get_by_label("a.jpg: reading the model, 0 s");
    script.say(Event::ModelReady { job, model: Box::new(summary(true)) });
    settle(&mut window);
    window.get_by_label("Model: Terrasight starter");
}

#[test]
fn when_the_memory_is_given_back_is_chosen_on_the_models_page_or_it_is_done_at_once() {
    let (mut window, _script) = window(|builder| builder);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    window.get_by_role_and_label(Role::ComboBox, "Memory is given back").click();
    settle(&mut window);
    click(&mut window, "never");
    assert_eq!(window.state().state().settings().unload_after, UnloadAfter::after(0));
    click(&mut window, "Unload now");
    window.get_by_label("Terrasight starter, unloaded");
}

#[test]
fn how_fast_it_is_stands_beside_the_model_once_it_was_measured() {
    let (mut window, script) = window(|builder| builder);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    drop_files(&mut window, &["a.jpg"]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    assert!(window.query_by_label_contains("tokens a second").is_none());
    let read = ReadStats { image_tokens: 100, encode_seconds: 1.0, prefill_seconds: 2.4, ..ReadStats::default() };
    let mut measured = Measured::default();
    measured.hear(&read, &WriteStats { tokens: 20, seconds: 1.6 });
    script
        .say(Event::ModelReady { job: script.last_job(), model: Box::new(ModelSummary { measured, ..summary(true) }) });
    settle(&mut window);
    window.get_by_label("first word of an answer after 3.4 s, then 12 tokens a second (measured in the last answers)");
}

#[test]
fn what_a_model_does_not_bring_is_said_where_it_is_chosen() {
    let (mut window, script) = window(|builder| builder);
    let notes = vec![ModelNote::LeftOut(vec![LeftOut::Preprocessor])];
    drop_files(&mut window, &["a.jpg"]);
    let model = ModelSummary { source: ModelSource::Starter, notes, ..summary(false) };
    script.say(Event::ModelReady { job: script.last_job(), model: Box::new(model) });
    settle(&mut window);
    click(&mut window, "Model: GLOBE-Qwen2.5VL-7B");
    window.get_by_label("This model comes with no preprocessor_config.json; the architecture's own settings are used.");
}

/// The window after a server was named in the form.
fn with_server() -> (Window, Script) {
    let (mut window, script) = window(|builder| builder);
    window.get_by_label("Nothing leaves this machine.");
    click(&mut window, "Model: Terrasight starter");
    click(&mut window, "Use a server…");
    let field = "Address of the server, and after # the name of its model where it has several";
    assert!(window.get_by_label(field).is_focused(), "one can type at once");
    type_into(&mut window, field, "http://192.168.1.4:8000/v1#qwen");
    for told in [
        "Each picture that is located from now on is sent to 192.168.1.4:8000, and so is what you ask the model about it, until \
         you choose another model or open another session.",
        "The connection is not encrypted: others on the network can see what is sent.",
    ] {
        window.get_by_label(told);
    }
    assert!(!script.models().iter().any(ModelSource::is_elsewhere), "nothing is sent before it was agreed to");
    click(&mut window, "Send pictures there");
    (window, script)
}

#[test]
fn a_server_answers_after_its_name_was_shown_and_not_where_the_network_is_forbidden() {
    let (mut window, script) = with_server();
    let chosen = script.models();
    assert!(matches!(chosen.last(), Some(ModelSource::Server(server)) if server.model() == Some("qwen")), "{chosen:?}");
    window.get_by_label("Each picture is sent to 192.168.1.4:8000, which answers.");
    window.get_by_role_and_label(Role::Label, "Network: pictures go to 192.168.1.4:8000");
    window.get_by_role_and_label(Role::Button, "Network: pictures go to 192.168.1.4:8000").click();
    settle(&mut window);
    window.get_by_label("Each picture that is located is sent to 192.168.1.4:8000, whose model answers.");
    click(&mut window, "Forbid every connection");
    assert_eq!(script.models().last(), Some(&ModelSource::Starter), "no picture is sent any more");
    window.get_by_label_contains("None does now.");
    press(&mut window, Key::Escape);
    window.state_mut().perform(Action::ChooseModel(server().into()));
    settle(&mut window);
    assert_eq!(script.models().last(), Some(&ModelSource::Starter));
    window.get_by_label_contains("the network is forbidden");
}

#[test]
fn while_a_server_answers_and_afterwards_the_window_says_so() {
    let (mut window, script) = with_server();
    drop_files(&mut window, &["a.jpg"]);
    let job = script.last_job();
    script.say(Event::Stage { job, stage: JobStage::Asking, fraction: None });
    settle(&mut window);
    assert!(is_said(&window, "waiting for the server"));
    let model = ModelUsed {
        name: "qwen at 192.168.1.4:8000".to_owned(),
        device: "the server http://192.168.1.4:8000/v1#qwen".to_owned(),
        ..finding().model
    };
    let host = "192.168.1.4:8000".to_owned();
    let problems = vec![FindingProblem::SentTo(host.clone()), FindingProblem::NoCountryScores(host)];
    script.find(Finding { model, problems, ..finding() }, surface());
    settle(&mut window);
    window.get_by_label("The picture was sent to 192.168.1.4:8000, whose model answered.");
    click(&mut window, "Evidence");
    assert!(is_said(&window, "192.168.1.4:8000 tells no probabilities of words"));
    click(&mut window, "Model: qwen at 192.168.1.4:8000");
    window.get_by_role_and_label(Role::RadioButton, "http://192.168.1.4:8000/v1#qwen");
    assert!(window.query_by_label("Picture detail, tokens").is_none(), "how finely it looks is its own affair");
}

#[test]
fn another_session_is_not_sent_to_the_server_of_the_one_before() {
    let (mut window, script) = with_server();
    window.state_mut().perform(Action::OpenRecent(None));
    settle(&mut window);
    assert_eq!(script.models().last(), Some(&ModelSource::Starter));
    click(&mut window, "Model: Terrasight starter");
    click(&mut window, "Use a server…");
    let field = "Address of the server, and after # the name of its model where it has several";
    assert_eq!(
        window.get_by_label(field).value().as_deref(),
        Some("http://192.168.1.4:8000/v1#qwen"),
        "it is proposed"
    );
}

fn server() -> Server {
    Server::at("http://127.0.0.1:8000/v1#qwen").expect("it is an address")
}
