//! Evidence is struck, weakened and taken back.

use egui::{Key, Modifiers, Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use terrasight::{app::TerrasightApp, state::Action};

use super::script::{Script, drop_files, settle, window};

const CITY: &str = "City named by the model";

/// A window with a picture that was located by pieces of evidence, the list of which is shown.
fn weighed() -> (Harness<'static, TerrasightApp>, Script) {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.find_weighed();
    settle(&mut window);
    window.get_by_label("a.jpg: located around Arica, Chile (62 %)");
    window.get_by_label("Evidence").click();
    settle(&mut window);
    (window, script)
}

#[test]
fn a_struck_piece_stays_listed_the_places_change_and_it_is_undone_and_done_again() {
    let (mut window, script) = weighed();
    window.get_by_label_contains("Candidate 1 on the map: Arica");
    window.get_by_label(CITY).click();
    settle(&mut window);
    window.get_by_label("City named by the model, off");
    window.get_by_label("Ranking anew …");
    script.rank();
    settle(&mut window);
    window.get_by_label_contains("The model's text names Arica");
    window.get_by_label_contains("Candidate 1 on the map: Santiago");

    window.get_by_label("Answer").click();
    settle(&mut window);
    window.get_by_label("Around Santiago, Chile");
    window.get_by_label("Changed by you: 1 piece of evidence is struck.");
    window.get_by_label("You changed the evidence: percentages are scores, not measured probabilities.");

    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    script.rank();
    settle(&mut window);
    window.get_by_label("Around Arica, Chile");
    assert!(window.query_by_label_contains("Changed by you").is_none());
    for again in [(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z), (Modifiers::COMMAND, Key::Y)] {
        window.key_press_modifiers(again.0, again.1);
        settle(&mut window);
        script.rank();
        settle(&mut window);
        window.get_by_label("Around Santiago, Chile");
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut window);
        script.rank();
        settle(&mut window);
        window.get_by_label("Around Arica, Chile");
    }
}

#[test]
fn what_would_change_a_candidate_stands_beneath_it_and_goes_with_the_next_strike() {
    let (mut window, script) = weighed();
    window.get_by_label("Candidates").click();
    settle(&mut window);
    assert!(window.query_by_label("What would change it").is_none());
    script.change();
    settle(&mut window);
    window.get_by_label("What would change it");
    window.get_by_label_contains("Santiago, Chile would stand first without this: The model's text names Arica");
    assert!(window.query_all_by_label_contains("if seen, it would speak for").count() > 0);
    window.get_by_label_contains("Candidate 2: ").click();
    settle(&mut window);
    window.get_by_label_contains("without which this place would stand first");

    window.get_by_label("Evidence").click();
    settle(&mut window);
    window.get_by_label(CITY).click();
    settle(&mut window);
    script.rank();
    settle(&mut window);
    window.get_by_label("Candidates").click();
    settle(&mut window);
    assert!(window.query_by_label("What would change it").is_none(), "of the new places it is not known yet");
    script.change();
    settle(&mut window);
    window.get_by_label("What would change it");
}

#[test]
fn what_sets_a_strength_lies_within_the_window_where_the_panel_is_narrow() {
    let (mut window, _script) = weighed();
    // The narrowest of three columns side by side.
    for width in [1600.0, 1500.0, 1920.0] {
        window.set_size(egui::vec2(width, 900.0));
        settle(&mut window);
        for slider in window.query_all_by_role(Role::Slider) {
            assert!(slider.rect().right() <= width - 8.0, "{} of {width}", slider.rect());
        }
        assert!(window.query_all_by_role(Role::Slider).count() > 0);
    }
}

#[test]
fn a_piece_is_weakened_from_the_keyboard_and_set_back() {
    let (mut window, script) = weighed();
    let radius = |window: &Harness<'_, TerrasightApp>| {
        window.state().state().selected().expect("one is open").found().expect("it is located").finding.credible_km.p50
    };
    let before = radius(&window);
    window.get_by_label("Strength of City named by the model").focus();
    window.run_ok();
    for _ in 0..4 {
        window.key_press(Key::ArrowLeft);
        settle(&mut window);
        script.rank();
        settle(&mut window);
    }
    window.get_by_label_contains("strength 0.30");
    assert!(radius(&window) > before, "{} {before}", radius(&window));
    window.get_by_label("As found").click();
    settle(&mut window);
    script.rank();
    settle(&mut window);
    window.get_by_label_contains("strength 0.50");
    assert_eq!(radius(&window).to_bits(), before.to_bits());
}

#[test]
fn what_was_struck_is_struck_when_the_session_comes_back() {
    let (mut window, script) = weighed();
    window.get_by_label(CITY).click();
    settle(&mut window);
    script.rank();
    settle(&mut window);
    let session = window.state().state().session();

    let (mut again, script) = super::script::window(|builder| builder);
    again.state_mut().perform(Action::OpenSession(Box::new(session)));
    settle(&mut again);
    again.get_by_label("Around Santiago, Chile");
    again.get_by_label("Evidence").click();
    settle(&mut again);
    again.get_by_label("City named by the model, off").click();
    settle(&mut again);
    script.rank();
    settle(&mut again);
    again.get_by_label(CITY);
    again.get_by_label_contains("Candidate 1 on the map: Arica");
}
