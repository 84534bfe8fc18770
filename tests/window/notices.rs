//! What is said in passing: it goes by itself, by Escape, and covers nothing.

use egui::Key;
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
fn it_covers_nothing() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    settle(&mut window);
    tell(&mut window, not_written());
    let notice = window.get_by_label(NOT_WRITTEN).rect();
    for name in ["Dry grass and the height of the sun speak for the southern hemisphere.", "World map", "Picture a.jpg"]
    {
        let other = window.get_by_label(name).rect();
        assert!(!other.intersects(notice), "{name} at {other} under the notice at {notice}");
    }
}
