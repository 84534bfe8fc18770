//! What the user says becomes evidence, questions are answered, and an earlier turn can be gone back to.

use egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use terrasight::app::TerrasightApp;

use super::script::{Script, drop_files, settle, window};

type Window = Harness<'static, TerrasightApp>;

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

fn say(window: &mut Window, line: &str) {
    window.get_by_label("Say something").type_text(line);
    settle(window);
    window.key_press(Key::Enter);
    settle(window);
}

fn is_said(window: &Window, text: &str) -> bool {
    window.query_all_by_label_contains(text).next().is_some()
}

/// Ids of the pieces that the user has added.
fn own(window: &Window) -> Vec<String> {
    let (_, run) = window.state().state().selected().expect("one is open").last_run().expect("it is located");
    run.own().iter().map(|piece| piece.evidence.id.clone()).collect()
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
}
