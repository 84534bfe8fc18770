//! The menu of the model in use.

use egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::Queryable as _;
use terrasight::{
    model::{ReadStats, WriteStats},
    state::{Action, UnloadAfter},
    worker::{Event, JobStage, Measured, ModelSummary},
};

use super::{
    hands::{Window, click},
    script::{drop_files, settle, summary, window},
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
