//! The clue knowledge is searched and sifted, a user's own clues are added, changed, removed and undone, and a clue is ticked
//! beside the picture.

use std::{fs, path::Path};

use egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use terrasight::{app::TerrasightApp, predict::finding::EvidenceKind};

use super::{
    hands::{Window, click, is_said, type_into, undo},
    script::{Script, drop_files, settle, window},
};

/// The page of the knowledge, in a window that keeps its things in this folder.
fn page(folder: &Path) -> Window {
    let (link, folder) = (Box::new(Script::default()), folder.to_owned());
    let builder = Harness::builder().with_size([1280.0, 800.0]).with_max_steps(60);
    let mut window = builder.build_eframe(|cc| TerrasightApp::keeping_in(cc, link, folder));
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    settle(&mut window);
    window
}

fn own(folder: &Path) -> String {
    fs::read_to_string(folder.join("clues.toml")).unwrap_or_default()
}

#[test]
fn records_are_found_by_words_country_and_what_they_are_about_and_say_what_they_rest_on() {
    let home = tempfile::tempdir().expect("a folder");
    let mut window = page(home.path());
    window.get_by_label("927 of 927 records");
    assert!(is_said(&window, "how strongly") && is_said(&window, "Holds in 46"), "the first is looked at");
    type_into(&mut window, "Words", "palm");
    assert!(is_said(&window, "Record plant-palm: Plants, palm"));
    click(&mut window, "Show all");
    type_into(&mut window, "Holds in the country", "Japan");
    assert!(!is_said(&window, "Record driving_side-right") && !is_said(&window, "927 of 927"));
    click(&mut window, "Driving side: 2");
    window.get_by_label("1 of 927 records");
    let record = window.get_by_label_contains("Record driving_side-left: ");
    record.click();
    settle(&mut window);
    window.get_by_label("98 % there, 1.6 % elsewhere");
    assert!(is_said(&window, "counted over 248: ") && is_said(&window, "a vision-language model"));
    assert!(is_said(&window, "StreetComplete"), "its source");
    click(&mut window, "Show all");
    type_into(&mut window, "Holds in the country", "Atlantis");
    assert!(is_said(&window, "No country is called 'Atlantis'.") && is_said(&window, "No record has all"));
    click(&mut window, "Show all records");
    window.get_by_label("927 of 927 records");
}

#[test]
fn an_own_clue_is_added_changed_removed_and_undone_and_its_file_says_so() {
    let home = tempfile::tempdir().expect("a folder");
    let mut window = page(home.path());
    click(&mut window, "Only my own (0)");
    assert!(is_said(&window, "You have no clues of your own yet"));
    click(&mut window, "Add a clue…");
    type_into(&mut window, "What is seen", "yellow kiosks");
    type_into(&mut window, "Codes of the countries where it is so", "QQ");
    assert!(is_said(&window, "QQ"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_ok();
    type_into(&mut window, "Codes of the countries where it is so", "PL");
    click(&mut window, "Keep");
    window.get_by_label("1 of 928 records");
    assert!(own(home.path()).contains("yellow kiosks"), "{}", own(home.path()));

    window.get_by_label_contains("Record own-1 (yours): Other, yellow kiosks").click();
    settle(&mut window);
    click(&mut window, "Edit…");
    type_into(&mut window, "What is seen", " by the road");
    click(&mut window, "Keep");
    assert!(own(home.path()).contains("by the road"));
    undo(&mut window);
    assert!(own(home.path()).contains("yellow kiosks") && !own(home.path()).contains("by the road"));
    click(&mut window, "Remove");
    assert!(is_said(&window, "You have no clues of your own yet") && !own(home.path()).contains("kiosks"));
    undo(&mut window);
    window.get_by_label("1 of 928 records");
    assert!(own(home.path()).contains("yellow kiosks"));
}

#[test]
fn a_damaged_file_of_own_clues_is_named_with_its_line_and_the_shipped_go_on() {
    let home = tempfile::tempdir().expect("a folder");
    let damaged = "# mine\n\n[[clue]]\nid = 7\n";
    fs::write(home.path().join("clues.toml"), damaged).expect("it is written");
    let mut window = page(home.path());
    assert!(is_said(&window, "clues.toml, line 4: "));
    window.get_by_label("927 of 927 records");
    window.key_press_modifiers(Modifiers::COMMAND, Key::N);
    settle(&mut window);
    assert!(window.query_by_label("What is seen").is_none(), "nothing can be added to it");
    assert_eq!(own(home.path()), damaged);
}

/// The kinds and ids of the pieces that the user has added.
fn added(window: &Window) -> Vec<(EvidenceKind, String)> {
    let (_, run) = window.state().state().selected().expect("one is open").answer().expect("it is located");
    run.own().iter().map(|piece| (piece.evidence.kind, piece.evidence.id.clone())).collect()
}

#[test]
fn a_clue_that_is_ticked_is_a_piece_of_evidence_until_it_is_undone() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.find_weighed();
    settle(&mut window);
    click(&mut window, "Evidence");
    click(&mut window, "Add a clue");
    type_into(&mut window, "Search for a clue to add", "qqqq");
    assert!(is_said(&window, "No record of the knowledge has these words."));
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_ok();
    type_into(&mut window, "Search for a clue to add", "drives on the left");
    click(&mut window, "I see: Driving side, left");
    script.rank();
    settle(&mut window);
    assert_eq!(added(&window), [(EvidenceKind::Clue, "hint-driving_side-left".to_owned())]);
    assert!(is_said(&window, "Strength of Clue: You see: driving side, left."));
    assert!(is_said(&window, "Driving side and country contradict each other: You see: driving side, left."));
    window.set_size(egui::vec2(2560.0, 1440.0));
    settle(&mut window);
    window.get_by_label_contains("Driving side and country contradict each other: You see: driving side, left.");
    window.set_size(egui::vec2(1280.0, 800.0));
    settle(&mut window);
    undo(&mut window);
    script.rank();
    settle(&mut window);
    assert!(added(&window).is_empty() && !is_said(&window, "contradict each other"));
    window.key_press(Key::K);
    settle(&mut window);
    window.get_by_label("Search for a clue to add").type_text("drives on the left");
    settle(&mut window);
    click(&mut window, "It is not so: Driving side, left");
    assert_eq!(added(&window), [(EvidenceKind::Clue, "hint-not-driving_side-left".to_owned())]);
}
