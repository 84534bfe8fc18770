//! What is said in passing: it goes by itself, by Escape, and moves nothing.

use std::time::Duration;

use egui::{Key, ViewportId};
use egui_kittest::{Harness, kittest::Queryable as _};
use terrasight::{
    app::TerrasightApp,
    state::{Action, NotWritten, Remark},
};

use super::script::{drop_files, settle, window};

const WRITTEN: &str = "The answer was written to a.txt.";
const NOT_WRITTEN: &str = "a.txt: it is there already; choose another place";

fn tell(window: &mut Harness<'_, TerrasightApp>, remark: Remark) {
    window.state_mut().perform(Action::Tell(remark));
    settle(window);
}

fn not_written() -> Remark {
    Remark::NotWritten("a.txt".into(), NotWritten::IsThere)
}

#[test]
fn it_goes_by_itself_and_a_failure_stays_longer() {
    let (mut window, _script) = window(|builder| builder.with_step_dt(0.25));
    tell(&mut window, Remark::AnswerWritten("a.txt".into()));
    tell(&mut window, not_written());
    window.get_by_label(WRITTEN);
    // Ten seconds of egui's clock.
    for _ in 0..40 {
        window.step();
    }
    assert!(window.query_by_label(WRITTEN).is_none());
    window.get_by_label(NOT_WRITTEN);
    for _ in 0..100 {
        window.step();
    }
    assert!(window.query_by_label(NOT_WRITTEN).is_none());
}

/// After how long the window draws itself again.
fn wakes_after(window: &Harness<'_, TerrasightApp>) -> Duration {
    window.output().viewport_output[&ViewportId::ROOT].repaint_delay
}

#[test]
fn the_window_is_drawn_without_it_though_nothing_else_happens() {
    let (mut window, _script) = window(|builder| builder.with_step_dt(0.25));
    tell(&mut window, Remark::AnswerWritten("a.txt".into()));
    window.step();
    assert!(wakes_after(&window) > Duration::ZERO && wakes_after(&window) < Duration::from_secs(8));
    for _ in 0..40 {
        if window.state().state().notices().is_empty() {
            break;
        }
        window.step();
    }
    assert!(window.state().state().notices().is_empty());
    assert_eq!(wakes_after(&window), Duration::ZERO);
}

#[test]
fn a_pointer_that_was_there_before_does_not_keep_it() {
    let (mut window, _script) = window(|builder| builder.with_step_dt(0.25));
    tell(&mut window, Remark::AnswerWritten("a.txt".into()));
    window.get_by_label(WRITTEN).hover();
    for _ in 0..40 {
        window.step();
    }
    assert!(window.query_by_label(WRITTEN).is_none());
}

#[test]
fn two_take_a_line_each_and_do_not_grow() {
    let (mut window, _script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    tell(&mut window, Remark::AnswerWritten("a.txt".into()));
    tell(&mut window, not_written());
    let places =
        |window: &Harness<'_, TerrasightApp>| [WRITTEN, NOT_WRITTEN].map(|name| window.get_by_label(name).rect());
    let before = places(&window);
    for _ in 0..10 {
        window.step();
    }
    assert_eq!(places(&window), before);
    let [first, second] = before;
    assert!(second.top() - first.top() < 40.0 && first.top() > 800.0 - 110.0, "{first} {second}");
}

#[test]
fn escape_puts_it_away_before_it_stops_anything() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    tell(&mut window, not_written());
    window.key_press(Key::Escape);
    settle(&mut window);
    assert!(window.query_by_label(NOT_WRITTEN).is_none());
    assert!(script.cancelled().is_empty());
    window.key_press(Key::Escape);
    settle(&mut window);
    assert_eq!(script.cancelled().len(), 1);
}

#[test]
fn it_moves_nothing() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    settle(&mut window);
    let names =
        ["Dry grass and the height of the sun speak for the southern hemisphere.", "World map", "Picture a.jpg"];
    let places = |window: &Harness<'_, TerrasightApp>| names.map(|name| window.get_by_label(name).rect());
    let before = places(&window);
    tell(&mut window, not_written());
    window.get_by_label(NOT_WRITTEN);
    assert_eq!(places(&window), before);
}
