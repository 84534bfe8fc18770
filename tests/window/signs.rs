//! Signs are framed and listed, corrected, struck, added and taken back; what they tell is evidence.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use terrasight::{knowledge::Script as Letters, predict::sign::Sign};

use super::{
    hands::{Window, click, is_said, press, undo},
    script::{Script, drag, drop_files, settle, window},
};

/// A sign that was read at this height of the picture.
fn read(id: &str, text: &str, top: f32) -> Sign {
    let place = Sign::added([0.4, top, 0.6, top + 0.06], text);
    Sign { id: id.to_owned(), score: 0.93, is_added: false, ..place }
}

/// An address of Chile, a word, and letters that cannot be read.
fn signs() -> Vec<Sign> {
    let unread = Sign { script: Some(Letters::Cyrillic), ..read("3", "", 0.5) };
    vec![read("1", "www.ejemplo.cl", 0.1), read("2", "Salida", 0.3), unread]
}

/// A window with a picture that was located by a model and these signs, whose list is shown.
fn located(signs: Vec<Sign>) -> (Window, Script) {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.find_with_signs(signs);
    settle(&mut window);
    window.get_by_label("Signs").click();
    settle(&mut window);
    (window, script)
}

fn sign(window: &Window, id: &str) -> Option<Sign> {
    let (_, run) = window.state().state().selected()?.answer()?;
    run.signs().iter().find(|sign| sign.id == id).cloned()
}

/// Types over what stands in a field.
fn type_over(window: &mut Window, field: &str, text: &str) {
    window.get_by_label(field);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_ok();
    window.get_by_label(field).type_text(text);
    settle(window);
}

#[test]
fn signs_are_framed_and_listed_with_how_surely_they_were_read() {
    let (mut window, _script) = located(signs());
    window.get_by_label("Sign 1: www.ejemplo.cl (on the picture)");
    window.get_by_label("Sign 1: www.ejemplo.cl");
    assert_eq!(window.query_all_by_label("read clearly, 0.93").count(), 2);
    window.get_by_label("Sign 3: text in Cyrillic");
    window.get_by_label("Cyrillic · seen, not read, 0.93");

    click(&mut window, "3 signs");
    assert!(!is_said(&window, "(on the picture)"));
    window.get_by_label("Sign 1: www.ejemplo.cl");
    assert!(window.state().state().settings().hides_signs, "it is remembered");
    press(&mut window, Key::S);
    window.get_by_label("Sign 2: Salida (on the picture)");
}

#[test]
fn a_picture_without_signs_says_so() {
    let (window, _script) = located(Vec::new());
    window.get_by_label("No text was read in this picture.");
    assert!(window.query_by_label("1 sign").is_none());
}

#[test]
fn a_reading_is_corrected_the_places_are_ranked_anew_and_it_is_undone() {
    let (mut window, script) = located(signs());
    click(&mut window, "Edit sign 1");
    type_over(&mut window, "Text of sign 1", "www.ejemplo.pe");
    press(&mut window, Key::Enter);
    window.get_by_label("Sign 1: www.ejemplo.pe");
    window.get_by_label("typed by you; read as 'www.ejemplo.cl', 0.93");
    script.rank();
    settle(&mut window);
    click(&mut window, "Evidence");
    assert!(is_said(&window, "speaks for Peru") && !is_said(&window, "speaks for Chile"));

    undo(&mut window);
    script.rank();
    settle(&mut window);
    assert!(is_said(&window, "speaks for Chile") && !is_said(&window, "speaks for Peru"));
    assert_eq!(sign(&window, "1"), Some(signs().remove(0)));
}

#[test]
fn escape_gives_a_correction_up_and_what_was_read_comes_back() {
    let (mut window, script) = located(signs());
    click(&mut window, "Edit sign 2");
    type_over(&mut window, "Text of sign 2", "Sortie");
    press(&mut window, Key::Escape);
    window.get_by_label("Sign 2: Salida");
    assert!(window.query_by_label("Text of sign 2").is_none());

    click(&mut window, "Edit sign 2");
    type_over(&mut window, "Text of sign 2", "Sortie");
    press(&mut window, Key::Enter);
    script.rank();
    settle(&mut window);
    click(&mut window, "Sign 2 as it was read");
    assert_eq!(sign(&window, "2"), Some(signs().remove(1)));
}

#[test]
fn a_struck_sign_tells_nothing_until_it_is_restored() {
    let (mut window, script) = located(signs());
    click(&mut window, "Sign 1: www.ejemplo.cl");
    window.get_by_label("Sign 1: www.ejemplo.cl, struck");
    script.rank();
    settle(&mut window);
    click(&mut window, "Evidence");
    assert!(!is_said(&window, "speaks for Chile"));
    click(&mut window, "Signs");
    click(&mut window, "Sign 1: www.ejemplo.cl, struck");
    script.rank();
    settle(&mut window);
    click(&mut window, "Evidence");
    assert!(is_said(&window, "speaks for Chile"));
}

#[test]
fn a_sign_is_added_by_drawing_its_box_and_typing_what_it_says() {
    let (mut window, script) = located(signs());
    press(&mut window, Key::B);
    window.get_by_label("Drag a box around it on the picture. Esc gives up.");
    let picture = window.get_by_label("Picture a.jpg").rect().center();
    drag(&mut window, picture + vec2(-60.0, 20.0), picture + vec2(40.0, 60.0));
    window.drop_at(picture + vec2(40.0, 60.0));
    settle(&mut window);
    window.get_by_label("What it says (Enter adds it, Esc gives up)").type_text("www.ejemplo.pe");
    settle(&mut window);
    press(&mut window, Key::Enter);
    window.get_by_label("Sign 4: www.ejemplo.pe");
    window.get_by_label("Sign 4: www.ejemplo.pe (on the picture)");
    let added = sign(&window, "4").expect("it is added");
    let [left, top, right, bottom] = added.region();
    assert!(left < 0.5 && right > 0.5 && top > 0.5 && bottom > top, "{:?}", added.region());
    script.rank();
    settle(&mut window);
    click(&mut window, "Remove sign 4");
    assert_eq!(sign(&window, "4"), None);
    undo(&mut window);
    assert_eq!(sign(&window, "4"), Some(added));
}

#[test]
fn what_a_sign_tells_can_be_struck_by_itself_and_is_named_as_what_carries_a_candidate() {
    let (mut window, script) = located(signs());
    window.set_size(vec2(1280.0, 1400.0));
    settle(&mut window);
    click(&mut window, "Candidates");
    window.get_by_label("× 47  The web address 'www.ejemplo.cl' speaks for Chile.");
    click(&mut window, "Evidence");
    click(&mut window, "On a sign: The web address 'www.ejemplo.cl' speaks for Chile");
    script.rank();
    settle(&mut window);
    window.get_by_label("On a sign: The web address 'www.ejemplo.cl' speaks for Chile, off");
    click(&mut window, "Candidates");
    assert!(!is_said(&window, "The web address"));
}

#[test]
fn on_a_photograph_that_the_model_was_not_asked_about_signs_speak_alone_and_it_says_so() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.find_signs_alone(signs());
    settle(&mut window);
    window.get_by_label("The model was not asked: the places rest on signs in the picture.");
    assert!(!is_said(&window, "No place is given"));
    assert!(is_said(&window, "Candidate 1 on the map: "));
}

#[test]
fn hundreds_of_signs_are_listed_and_only_some_are_numbered() {
    let many = (1..=900).map(|n| read(&n.to_string(), &format!("word {n}"), (n % 90) as f32 / 100.0)).collect();
    let (mut window, _script) = located(many);
    window.get_by_label("900 signs");
    let n_framed = window.query_all_by_label_contains("(on the picture)").count();
    assert!((1..=400).contains(&n_framed), "{n_framed}");
    window.get_by_label("Sign 1: word 1");
    assert!(window.query_by_label("Sign 900: word 900").is_none(), "rows out of sight are not made");
    settle(&mut window);
}
