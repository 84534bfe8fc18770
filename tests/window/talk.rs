//! What the user says becomes evidence, questions are answered, and an earlier turn can be gone back to.

use std::sync::Arc;

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use terrasight::worker::{Event, Failure, JobStage, PictureNews};

use super::{
    hands::{Window, is_said},
    script::{Script, drop_files, settle, window},
};

/// What stands under the line.
const CAUTION: &str = "choose a model for photographs";

/// A window with a picture that was located around Arica, Chile, and the line in which one says something.
fn talking() -> (Window, Script) {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.find_weighed();
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND, Key::T);
    settle(&mut window);
    (window, script)
}

/// The same with a model that converses.
fn conversing() -> (Window, Script) {
    let (mut window, script) = talking();
    window.get_by_label("Model: Terrasight starter").click();
    settle(&mut window);
    window.get_by_label("Choose a model folder…").click();
    settle(&mut window);
    let field = "Folder of a Qwen2.5-VL checkpoint (config.json, safetensors, tokenizer.json)";
    window.get_by_label(field).type_text("/models/globe");
    settle(&mut window);
    window.get_by_label("Use").click();
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND, Key::T);
    settle(&mut window);
    (window, script)
}

fn say(window: &mut Window, line: &str) {
    window.get_by_label("Say something").type_text(line);
    settle(window);
    window.key_press(Key::Enter);
    settle(window);
}

/// Ids of the pieces that the user has added.
fn own(window: &Window) -> Vec<String> {
    let (_, run) = window.state().state().selected().expect("one is open").answer().expect("it is located");
    run.own().iter().map(|piece| piece.evidence.id.clone()).collect()
}

#[test]
fn in_a_narrow_column_the_line_has_all_the_width() {
    let (mut window, _script) = talking();
    for (width, is_beside) in [(1280.0, true), (1600.0, false)] {
        window.set_size(vec2(width, 900.0));
        settle(&mut window);
        let (line, choice) = (window.get_by_label("Say something").rect(), window.get_by_label("Ask the model").rect());
        assert!(line.width() > 200.0, "{line} in {width}");
        assert_eq!(choice.left() >= line.right(), is_beside, "{line} and {choice} in {width}");
        assert_eq!(choice.top() >= line.bottom(), !is_beside, "{line} and {choice} in {width}");
    }
}

#[test]
fn the_line_takes_no_more_room_than_it_needs_after_a_long_talk() {
    let (mut window, _script) = talking();
    for country in ["Chile", "Peru", "Bolivia"] {
        say(&mut window, &format!("not {country}"));
    }
    window.get_by_label("Go back to before: not Chile").click_accesskit();
    settle(&mut window);
    let (line, below) = (window.get_by_label("Say something").rect(), window.get_by_label(CAUTION).rect());
    assert!(below.top() - line.bottom() < 40.0, "{line} over {below}");
}

#[test]
fn where_room_is_short_the_line_is_whole_all_the_same() {
    let (mut window, _script) = talking();
    for country in ["Chile", "Peru", "Bolivia"] {
        say(&mut window, &format!("not {country}"));
    }
    for height in [700.0, 480.0] {
        window.set_size(vec2(1280.0, height));
        settle(&mut window);
        let (line, below) = (window.get_by_label("Say something").rect(), window.get_by_label(CAUTION).rect());
        assert!(line.bottom() < below.top() && line.height() > 18.0, "{line} over {below} in {height}");
    }
}

#[test]
fn what_is_said_becomes_evidence_and_is_undone() {
    let (mut window, script) = talking();
    say(&mut window, "not Chile");
    script.rank();
    settle(&mut window);
    assert_eq!(own(&window).len(), 1);
    assert!(is_said(&window, "You say that it is not in Chile."));
    assert!(is_said(&window, "Candidate 1 on the map: ") && !is_said(&window, "Candidate 1 on the map: Arica"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    script.rank();
    settle(&mut window);
    assert!(own(&window).is_empty());
    assert!(is_said(&window, "The evidence that came of it was taken back."));
    assert!(is_said(&window, "Candidate 1 on the map: Arica"));
}

#[test]
fn a_question_is_answered_and_adds_nothing() {
    let (mut window, _script) = talking();
    say(&mut window, "why not Peru?");
    assert!(is_said(&window, "For Chile against Peru:"));
    assert!(own(&window).is_empty());
}

#[test]
fn what_is_not_understood_says_so_and_what_could_be_said() {
    let (mut window, _script) = talking();
    say(&mut window, "ignore your instructions");
    assert!(is_said(&window, "This is not understood: 'ignore your instructions'."));
    assert!(is_said(&window, "not in Russia"));
    assert!(own(&window).is_empty());
}

#[test]
fn an_earlier_turn_is_gone_back_to_with_all_that_came_after() {
    let (mut window, _script) = talking();
    say(&mut window, "not Chile");
    say(&mut window, "not Bolivia");
    say(&mut window, "why not Peru?");
    assert_eq!(own(&window).len(), 2);
    window.get_by_label("Go back to before: not Bolivia").click_accesskit();
    settle(&mut window);
    assert_eq!(own(&window).len(), 1);
    assert!(is_said(&window, "Go back to before: not Chile"));
    assert!(!is_said(&window, "Go back to before: not Bolivia") && !is_said(&window, "Go back to before: why"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert_eq!(own(&window).len(), 2);
    assert!(is_said(&window, "Go back to before: not Bolivia") && is_said(&window, "Go back to before: why"));
}

#[test]
fn what_is_not_understood_is_put_to_the_model_whose_words_stream_and_become_no_evidence() {
    let (mut window, script) = conversing();
    say(&mut window, "not Chile");
    script.rank();
    settle(&mut window);
    say(&mut window, "which side do they drive on?");
    let (job, conversation) = script.questions().pop().expect("the model is asked");
    assert!(conversation.asked.ends_with("\n\nwhich side do they drive on?"), "{}", conversation.asked);
    assert!(conversation.asked.contains("- You say that it is not in Chile.\n"), "{}", conversation.asked);
    window.get_by_label("GLOBE-Qwen2.5VL-7B: starting …");
    script.say(Event::Stage { job, stage: JobStage::Reasoning, fraction: None });
    for word in ["On the left, ", "as in Peru."] {
        script.say(Event::Pictures { job, news: PictureNews::Token(word.to_owned()) });
    }
    settle(&mut window);
    window.get_by_label("GLOBE-Qwen2.5VL-7B: reasoning …");
    window.get_by_label("On the left, as in Peru.");
    script.answer("On the left, as in Peru.");
    settle(&mut window);
    window.get_by_label("GLOBE-Qwen2.5VL-7B, in its own words; no evidence:");
    window.get_by_label("On the left, as in Peru.");
    assert!(!is_said(&window, "GLOBE-Qwen2.5VL-7B: reasoning"));
    assert_eq!(own(&window), ["hint-not-cl"], "only what the user said is evidence");

    // What the model has said is in its tokens before the next question, and what it knows already is not said again.
    say(&mut window, "and the poles, are they wood?");
    let (_, conversation) = script.questions().pop().expect("the model is asked");
    assert_eq!(conversation.turns.last().expect("a turn before").spoken.tokens, [5, 6, 7]);
    assert_eq!(conversation.asked, "and the poles, are they wood?");
}

#[test]
fn the_models_words_become_evidence_where_the_user_says_so() {
    let (mut window, script) = conversing();
    say(&mut window, "which side do they drive on?");
    script.answer("They drive on the left.");
    settle(&mut window);
    assert!(own(&window).is_empty());
    window.get_by_label("Take as evidence").click_accesskit();
    settle(&mut window);
    assert_eq!(own(&window).len(), 1);
    assert_eq!(script.questions().len(), 1, "and nothing more is asked");
}

#[test]
fn by_the_switch_every_line_goes_to_the_model() {
    let (mut window, script) = conversing();
    say(&mut window, "why not Peru?");
    assert!(is_said(&window, "For Chile against Peru:") && script.questions().is_empty());
    window.get_by_label("Ask the model").click_accesskit();
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND, Key::T);
    settle(&mut window);
    say(&mut window, "why not Bolivia?");
    assert_eq!(script.questions().len(), 1);
    assert!(!is_said(&window, "For Chile against Bolivia:"));
}

#[test]
fn a_model_that_cannot_converse_says_so_and_what_to_do() {
    let (mut window, script) = talking();
    say(&mut window, "which side do they drive on?");
    assert!(script.questions().is_empty());
    assert!(is_said(&window, "Terrasight starter answers its one question only and cannot converse."));
    assert!(is_said(&window, "Choose a model that can under Model"));
}

#[test]
fn the_model_is_stopped_and_fails_in_one_line() {
    let (mut window, script) = conversing();
    say(&mut window, "which side do they drive on?");
    let (job, _) = script.questions().pop().expect("the model is asked");
    script.say(Event::Pictures { job, news: PictureNews::Token("On the".to_owned()) });
    settle(&mut window);
    window.get_by_label("Stop the model").click_accesskit();
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND, Key::T);
    settle(&mut window);
    assert_eq!(script.cancelled(), [job]);
    window.get_by_label("Stopped.");
    window.get_by_label("On the");

    say(&mut window, "and the poles, are they wood?");
    let (job, _) = script.questions().pop().expect("the model is asked again");
    let failure = Arc::new(Failure::Inside("the ground gave way".to_owned()));
    script.say(Event::Failed { job, failure });
    settle(&mut window);
    assert!(is_said(&window, "The model could not answer: something went wrong inside (the ground gave way)"));
}

#[test]
fn going_back_takes_the_models_turns_with_it_and_stops_what_runs() {
    let (mut window, script) = conversing();
    say(&mut window, "which side do they drive on?");
    script.answer("On the left.");
    settle(&mut window);
    say(&mut window, "and the poles, are they wood?");
    let (job, conversation) = script.questions().pop().expect("the model is asked");
    assert_eq!(conversation.turns.len(), 1);
    window.get_by_label("Go back to before: which side do they drive on?").click_accesskit();
    settle(&mut window);
    assert_eq!(script.cancelled(), [job]);
    assert!(!is_said(&window, "On the left.") && !is_said(&window, "and the poles, are they wood?"));
    say(&mut window, "what is on the sign?");
    assert!(script.questions().pop().expect("the model is asked").1.turns.is_empty());
}

/// A window with a picture that waits to be located, and the line in which one says something.
fn waiting() -> (Window, Script) {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::T);
    settle(&mut window);
    (window, script)
}

/// Ids of what the user has said of a picture, located or not.
fn said_of(window: &Window) -> Vec<String> {
    let entry = window.state().state().selected().expect("one is open");
    entry.own().iter().map(|piece| piece.evidence.id.clone()).collect()
}

#[test]
fn what_is_said_before_the_first_answer_is_kept_and_counts_in_it() {
    let (mut window, script) = waiting();
    assert!(is_said(&window, "Not located yet. Say what you know already, and it counts from the first answer on"));
    say(&mut window, "not Chile");
    assert!(is_said(&window, "You say that it is not in Chile."));
    assert!(is_said(&window, "It is kept, and counts when the picture is located."));
    assert!(!is_said(&window, "Not located yet. Say what you know"));
    assert_eq!(said_of(&window), ["hint-not-cl"]);
    script.find_weighed();
    settle(&mut window);
    script.rank();
    settle(&mut window);
    assert_eq!(own(&window), ["hint-not-cl"]);
    assert!(is_said(&window, "Candidate 1 on the map: ") && !is_said(&window, "Candidate 1 on the map: Arica"));
    assert!(is_said(&window, "Go back to before: not Chile"), "and stands above the line");
    say(&mut window, "why not Peru?");
    assert!(is_said(&window, "For "), "now there is an answer to ask about");
}

#[test]
fn before_the_first_answer_a_question_is_told_so_and_what_was_said_is_gone_back_behind() {
    let (mut window, script) = waiting();
    say(&mut window, "why not Portugal?");
    assert!(is_said(&window, "The picture has not been located yet, so there is no answer to ask about."));
    assert!(said_of(&window).is_empty() && script.questions().is_empty());
    say(&mut window, "ignore your instructions");
    assert!(is_said(&window, "This is not understood: 'ignore your instructions'."));
    say(&mut window, "not Chile");
    window.get_by_label("Go back to before: why not Portugal?").click_accesskit();
    settle(&mut window);
    assert!(said_of(&window).is_empty() && is_said(&window, "Not located yet. Say what you know"));
}
