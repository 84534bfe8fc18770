//! How the window is looked at: larger for a class, small and wide, by keyboard, and with the answer hidden.

use egui::{Event, Key, Modifiers, Rect, Role, os::OperatingSystem, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _, by},
};
use terrasight::app::TerrasightApp;

use super::script::{Script, drop_files, settle, window};

type Window = Harness<'static, TerrasightApp>;

fn located(size: [f32; 2], name: &str) -> (Window, Script) {
    let (mut window, script) = window(|builder| builder.with_size(size));
    drop_files(&mut window, &[name]);
    script.locate();
    settle(&mut window);
    (window, script)
}

fn rect(window: &Window, label: &str) -> Rect {
    window.get_by_label(label).rect()
}

#[test]
fn larger_words_leave_the_photograph_as_it_is() {
    let (mut window, _script) = located([1280.0, 800.0], "a.jpg");
    window.key_press(Key::Num1);
    settle(&mut window);
    window.get_by_label("100 %");
    let before = rect(&window, "Locate").height() * window.ctx.pixels_per_point();
    for _ in 0..3 {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
        settle(&mut window);
    }
    assert!((window.ctx.zoom_factor() - 1.3).abs() < 1e-3);
    let after = rect(&window, "Locate").height() * window.ctx.pixels_per_point();
    assert!(after > 1.2 * before, "the button grew from {before} to {after} pixels");
    window.get_by_label("100 %");

    // In a slow frame Ctrl is let go again by the time that its key is looked at.
    for pressed in [true, false] {
        let (key, modifiers) = (Key::Plus, Modifiers::COMMAND | Modifiers::CTRL);
        window.event(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
    }
    settle(&mut window);
    assert!((window.ctx.zoom_factor() - 1.4).abs() < 1e-3);
    window.get_by_label("100 %");
}

/// 1280 × 720 pixels at one and a half times the size.
const SMALL: [f32; 2] = [1280.0 / 1.5, 720.0 / 1.5];

#[test]
fn in_a_small_window_nothing_overlaps_and_the_reasons_can_be_read() {
    let (window, _script) = located(SMALL, "a.jpg");
    let whole = Rect::from_min_size(egui::Pos2::ZERO, SMALL.into());
    let mut seen: Vec<(String, Rect)> = Vec::new();
    for role in [Role::Button, Role::Tab, Role::Image] {
        for node in window.query_all_by_role(role) {
            let (name, rect) = (format!("{role:?} {:?}", node.accesskit_node().label()), node.rect().shrink(1.0));
            assert!(whole.contains_rect(rect), "{name} at {rect} sticks out");
            if let Some((other, at)) = seen.iter().find(|(_, other)| other.intersects(rect)) {
                panic!("{name} at {rect} lies over {other} at {at}");
            }
            seen.push((name, rect));
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
    let caution = window.get_by_label_contains("knows drawn streets only:").rect();
    for reason in [
        "The cars drive on the right and the centre line is yellow.",
        "The words on the sign are Spanish.",
        "Dry grass and the height of the sun speak for the southern hemisphere.",
    ] {
        let at = rect(&window, reason);
        assert!(whole.contains_rect(at) && at.max.y <= caution.min.y, "'{reason}' at {at}, the caution at {caution}");
    }
}

#[test]
fn in_a_small_window_the_map_is_a_tab() {
    let (mut window, _script) = located(SMALL, "a.jpg");
    assert!(window.query_by_label("World map").is_none());
    window.get_by_label("Map").click();
    settle(&mut window);
    window.get_by_label("Candidate 2 on the map: Lima, Peru, 17 %");
}

#[test]
fn a_window_that_grows_shares_what_it_gains() {
    let (mut window, _script) = located([1280.0, 800.0], "a.jpg");
    let share = |window: &Window, width: f32| rect(window, "Picture a.jpg").width() / width;
    let before = share(&window, 1280.0);
    window.set_size(vec2(2560.0, 1440.0));
    settle(&mut window);
    let after = share(&window, 2560.0);
    assert!((before - after).abs() < 0.05, "the picture's share went from {before} to {after}");
    assert!(rect(&window, "World map").width() > 0.45 * 2560.0);
    for circle in ["Whole circle on the map: half within", "Dashed circle on the map: nine tenths within"] {
        assert!(rect(&window, "World map").contains_rect(rect(&window, circle)), "{circle}");
    }
}

#[test]
fn the_line_between_picture_and_map_moves_by_key() {
    let (mut window, _script) = located([1280.0, 800.0], "a.jpg");
    let before = rect(&window, "Picture a.jpg").width();
    window.get_by_label("Line between pictures and findings").focus();
    settle(&mut window);
    window.key_press(Key::ArrowLeft);
    settle(&mut window);
    let after = rect(&window, "Picture a.jpg").width();
    assert!(after < before - 10.0, "{before} to {after}");
}

#[test]
fn the_strip_scrolls_by_wheel() {
    let (mut window, _script) = window(|builder| builder);
    let names: Vec<String> = (0..30).map(|n| format!("p{n}.jpg")).collect();
    drop_files(&mut window, &names.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(window.query_by_label("p29.jpg: waiting").is_none());
    let at = rect(&window, "p1.jpg: waiting").center();
    window.hover_at(at);
    window.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, -9000.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    settle(&mut window);
    window.get_by_label("p29.jpg: waiting");
}

#[test]
fn the_strip_is_one_stop_for_tab_and_its_arrows_choose() {
    let (mut window, _script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg", "b.jpg", "c.jpg"]);
    window.get_by_label("Open pictures: 3").focus();
    settle(&mut window);
    window.key_press(Key::ArrowRight);
    settle(&mut window);
    assert_eq!(window.state().state().selected().expect("one is open").name, "b.jpg");
    window.key_press(Key::Tab);
    settle(&mut window);
    assert!(!window.get_by_label("Open pictures: 3").is_focused());
    assert!(window.query_all_by_role(Role::ListBoxOption).all(|cell| !cell.is_focused()));
}

#[test]
fn tab_goes_round_all_controls_and_each_is_in_sight() {
    let size = vec2(1280.0, 720.0);
    let (mut window, _script) = located(size.into(), "a.jpg");
    let whole = Rect::from_min_size(egui::Pos2::ZERO, size);
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..60 {
        window.key_press(Key::Tab);
        settle(&mut window);
        // A window as a whole has the focus where no control has.
        let Some(node) = window.query_all(by()).find(egui_kittest::Node::is_focused) else { continue };
        let name = format!("{:?} {}", node.accesskit_node().role(), node.accesskit_node().label().unwrap_or_default());
        assert!(whole.intersects(node.rect()), "{name} has the focus at {}", node.rect());
        if seen.first() == Some(&name) {
            break;
        }
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    for control in ["Open…", "Locate", "Hide answer", "Picture a.jpg", "Open pictures: 1", "World map", "Evidence"] {
        assert!(seen.iter().any(|name| name.ends_with(control)), "{control} is none of {seen:#?}");
    }
}

#[test]
fn where_nothing_is_known_the_map_is_not_left_at_another_pictures_place() {
    let (mut window, _script) = located([1280.0, 800.0], "a.jpg");
    let shows_the_world = |window: &mut Window| {
        window.hover_at(rect(window, "World map").center());
        settle(window);
        window.query_by_label("Pointer at 20.0000° N, 10.0000° E").is_some()
    };
    assert!(!shows_the_world(&mut window));
    drop_files(&mut window, &["b.jpg"]);
    assert_eq!(window.state().state().selected().expect("the one dropped").name, "b.jpg");
    assert!(shows_the_world(&mut window));
}

#[test]
fn on_a_mac_the_list_of_keys_says_so() {
    let (mut window, _script) = window(|builder| builder);
    window.key_press(Key::F1);
    settle(&mut window);
    window.get_by_label("Ctrl+Shift+O");
    window.ctx.set_os(OperatingSystem::Mac);
    settle(&mut window);
    assert!(window.query_by_label("Ctrl+Shift+O").is_none());
}

#[test]
fn the_answer_is_hidden_and_shown_clue_by_clue() {
    let (mut window, _script) = located([1280.0, 800.0], "gps.jpg");
    let gives_away = |window: &Window| {
        let told = ["Santiago", "Chile", "36.8", "Canon"];
        told.into_iter().find(|text| window.query_all_by_label_contains(text).next().is_some())
    };
    assert!(gives_away(&window).is_some());
    window.get_by_label("Hide answer").click();
    settle(&mut window);
    assert_eq!(gives_away(&window), None);
    window.get_by_label("gps.jpg: located, the answer is hidden");
    window.get_by_label("Show clue 1 of 3").click();
    settle(&mut window);
    window.get_by_label("The cars drive on the right and the centre line is yellow.");
    assert!(window.query_by_label("The words on the sign are Spanish.").is_none());
    assert_eq!(gives_away(&window), None);
    window.get_by_label("Show the answer").click();
    settle(&mut window);
    window.get_by_label("Around Santiago, Chile");
}

#[test]
fn what_the_file_says_stands_at_the_head_and_is_on_the_map() {
    let (mut window, _script) = located([1280.0, 800.0], "gps.jpg");
    let place = "36.8000° S, 174.7000° E";
    assert!(rect(&window, "Place").max.y < rect(&window, "Around Santiago, Chile").min.y);
    for fact in ["2026-02-03 14:05:11", "Canon EOS R5"] {
        window.get_by_label(fact);
    }
    let map = rect(&window, "World map");
    let marker = rect(&window, &format!("Position in the picture file: {place}")).center();
    assert!(map.contains(marker), "the map's fit shows it");
    window.get_by_label(place).click();
    settle(&mut window);
    let marker = rect(&window, &format!("Position in the picture file: {place}")).center();
    assert!((marker - map.center()).length() < 40.0, "{marker} on {map}");
}
