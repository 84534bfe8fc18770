//! What is asked before something is done, and that nothing is replaced or put beside evidence unasked.

use std::path::Path;

use egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use terrasight::{app::TerrasightApp, state::Action};

use super::script::{Script, drop_files, settle, window};

fn located() -> (Harness<'static, TerrasightApp>, Script) {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    settle(&mut window);
    (window, script)
}

/// Opens the form for an export and puts a path into it.
fn export_to(window: &mut Harness<'_, TerrasightApp>, path: &Path) {
    window.get_by_label("Export…").click();
    settle(window);
    window.get_by_label("File").focus();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_ok();
    window.get_by_label("File").type_text(&path.display().to_string());
    settle(window);
    window.get_by_label("Save").click();
    settle(window);
}

#[test]
fn an_answer_is_exported_to_a_typed_path_and_the_next_one_is_proposed_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut window, _script) = located();
    let path = folder.path().join("answer.txt");
    export_to(&mut window, &path);
    settle(&mut window);
    window.get_by_label(&format!("The answer was written to {}.", path.display()));
    let text = std::fs::read_to_string(&path).expect("the file was written");
    assert!(text.contains("Santiago, Región Metropolitana, Chile") && text.contains("To keep in mind"), "{text}");

    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    settle(&mut window);
    let proposed = window.get_by_label("File").value().expect("a path is proposed");
    assert_eq!(Path::new(&proposed), folder.path().join("a.txt"));
}

#[test]
fn what_cannot_be_written_is_refused_in_the_form_which_keeps_what_was_typed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("none/answer.txt");
    let (mut window, _script) = located();
    export_to(&mut window, &path);
    window.get_by_label(&format!("There is no folder {}: choose another place.", folder.path().join("none").display()));
    assert_eq!(window.get_by_label("File").value().as_deref(), Some(&*path.display().to_string()));
    std::fs::create_dir(folder.path().join("none")).expect("a folder");
    window.get_by_label("Save").click();
    settle(&mut window);
    window.get_by_label(&format!("The answer was written to {}.", path.display()));
}

#[test]
fn an_export_is_never_proposed_beside_the_photograph() {
    let evidence = tempfile::tempdir().expect("a folder");
    let photograph = evidence.path().join("photograph.jpg");
    let (mut window, script) = window(|builder| builder);
    window.state_mut().perform(Action::Open(vec![terrasight::worker::PictureSource::Path(photograph)]));
    settle(&mut window);
    script.locate();
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    settle(&mut window);
    let proposed = window.get_by_label("File").value().expect("a path is proposed");
    assert_eq!(Path::new(&proposed).file_name().expect("a name"), "photograph.txt");
    assert!(!Path::new(&proposed).starts_with(evidence.path()), "{proposed}");
}

#[test]
fn a_file_is_replaced_only_after_a_question() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("evidence.txt");
    std::fs::write(&path, "what somebody wrote").expect("a file");
    let (mut window, _script) = located();
    export_to(&mut window, &path);
    window.get_by_label("Replace this file?");
    window.get_by_label("Keep it").click();
    settle(&mut window);
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "what somebody wrote");
    window.get_by_label("Save").click();
    settle(&mut window);
    window.get_by_label("Replace").click();
    settle(&mut window);
    window.get_by_label(&format!("The answer was written to {}.", path.display()));
    assert_ne!(std::fs::read_to_string(&path).expect("it is there"), "what somebody wrote");
}

#[test]
fn escape_takes_the_question_back_and_then_closes_the_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("evidence.txt");
    std::fs::write(&path, "what somebody wrote").expect("a file");
    let (mut window, _script) = located();
    export_to(&mut window, &path);
    window.key_press(Key::Escape);
    settle(&mut window);
    window.get_by_label("Save");
    window.key_press(Key::Escape);
    settle(&mut window);
    assert!(window.query_by_label("Save").is_none());
}
