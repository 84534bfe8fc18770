//! What is said in passing: it goes by itself, by Escape, and covers nothing.

use egui::Key;
use egui_kittest::{Harness, kittest::Queryable as _};
use terrasight::{
    app::TerrasightApp,
    state::{Action, NoticeKind},
};

use super::script::{drop_files, settle, window};

fn tell(window: &mut Harness<'_, TerrasightApp>, kind: NoticeKind, text: &str) {
    window.state_mut().perform(Action::Tell(kind, text.to_owned()));
    settle(window);
}

#[test]
fn it_goes_by_itself_and_a_failure_stays_longer() {
    let (mut window, _script) = window(|builder| builder.with_step_dt(0.25));
    tell(&mut window, NoticeKind::Info, "It was written.");
    tell(&mut window, NoticeKind::Error, "It was not written.");
    window.get_by_label("It was written.");
    // Ten seconds of egui's clock.
    for _ in 0..40 {
        window.step();
    }
    assert!(window.query_by_label("It was written.").is_none());
    window.get_by_label("It was not written.");
    for _ in 0..100 {
        window.step();
    }
    assert!(window.query_by_label("It was not written.").is_none());
}

#[test]
fn escape_puts_it_away_before_it_stops_anything() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    tell(&mut window, NoticeKind::Error, "It was not written.");
    window.key_press(Key::Escape);
    settle(&mut window);
    assert!(window.query_by_label("It was not written.").is_none());
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
    tell(&mut window, NoticeKind::Error, "It was not written.");
    let notice = window.get_by_label("It was not written.").rect();
    for name in ["Dry grass and the height of the sun speak for the southern hemisphere.", "World map", "Picture a.jpg"]
    {
        let other = window.get_by_label(name).rect();
        assert!(!other.intersects(notice), "{name} at {other} under the notice at {notice}");
    }
}
