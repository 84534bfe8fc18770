//! A case of many photographs: which of them the strip shows, and the way from one with a place to the next.

use egui::{Key, accesskit::Role};
use egui_kittest::kittest::Queryable as _;
use terrasight::predict::finding::{Finding, Withheld};

use super::{
    hands::{Window, click, is_said, press},
    script::{Script, drop_files, finding, settle, surface, window},
};

fn selected(window: &Window) -> String {
    window.state().state().selected().expect("one is open").name.clone()
}

/// Thirty pictures, of which the third and the eighth have a place, and one more file that is no picture.
fn case() -> (Window, Script) {
    let (mut window, script) = window(|builder| builder);
    let names: Vec<String> = (1..=30).map(|n| format!("p{n}.jpg")).chain(["notes.txt".to_owned()]).collect();
    drop_files(&mut window, &names.iter().map(String::as_str).collect::<Vec<_>>());
    for n in 1..=8 {
        if [3, 8].contains(&n) {
            script.locate();
        } else {
            let withheld = Some(Withheld::KnowsDrawingsOnly);
            let nothing = Finding { withheld, candidates: Vec::new(), countries: Vec::new(), ..finding() };
            script.find(nothing, surface());
        }
        settle(&mut window);
    }
    click(&mut window, "Cancel");
    window.key_press(Key::Home);
    (window, script)
}

fn cells(window: &Window) -> Vec<String> {
    use egui_kittest::kittest::NodeT as _;
    let cells = window.query_all_by_role(Role::ListBoxOption);
    cells.filter_map(|cell| cell.accesskit_node().label()).collect()
}

#[test]
fn the_next_picture_with_a_place_is_a_press_away() {
    let (mut window, _script) = case();
    window.get_by_label("31 pictures,");
    assert_eq!(selected(&window), "p1.jpg");
    click(&mut window, "2 located");
    assert_eq!(selected(&window), "p3.jpg");
    press(&mut window, Key::G);
    assert_eq!(selected(&window), "p8.jpg");
    press(&mut window, Key::G);
    assert_eq!(selected(&window), "p3.jpg", "and from the first again");
    press(&mut window, Key::F1);
    assert!(is_said(&window, "The next picture with a place"), "the list of shortcuts names it");
}

#[test]
fn the_strip_shows_those_with_a_place_alone_and_the_arrows_walk_them() {
    let (mut window, script) = case();
    window.get_by_label("All 31");
    window.get_by_label("Failed 1");
    click(&mut window, "With a place 2");
    window.get_by_label("Open pictures: 2 of 31");
    assert_eq!(cells(&window).len(), 2);
    window.get_by_label("Open pictures: 2 of 31").focus();
    settle(&mut window);
    for after in ["p3.jpg", "p8.jpg", "p8.jpg"] {
        press(&mut window, Key::ArrowRight);
        assert_eq!(selected(&window), after);
    }
    press(&mut window, Key::PageUp);
    assert_eq!(selected(&window), "p3.jpg");
    press(&mut window, Key::End);
    assert_eq!(selected(&window), "p8.jpg");

    // What is located meanwhile joins them.
    click(&mut window, "All 31");
    click(&mut window, "p7.jpg: no place given");
    click(&mut window, "Locate");
    script.locate();
    settle(&mut window);
    click(&mut window, "With a place 3");
    assert_eq!(cells(&window).len(), 3);

    click(&mut window, "Failed 1");
    assert!(matches!(cells(&window).as_slice(), [one] if one.starts_with("notes.txt: ")), "{:?}", cells(&window));
}

#[test]
fn where_none_is_shown_the_strip_says_so_and_where_all_fit_nothing_is_chosen() {
    let (mut window, _script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg", "b.jpg"]);
    assert!(!is_said(&window, "With a place"));
    let more: Vec<String> = (0..12).map(|n| format!("p{n}.jpg")).collect();
    drop_files(&mut window, &more.iter().map(String::as_str).collect::<Vec<_>>());
    click(&mut window, "With a place 0");
    window.get_by_label("No place is given for any picture yet.");
    window.get_by_label("Open pictures: 0 of 14");
    let before = selected(&window);
    press(&mut window, Key::ArrowRight);
    assert_eq!(selected(&window), before, "there is none to go to");
}
