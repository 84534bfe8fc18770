//! The model's reasons are held against the picture and the knowledge, framed on the picture, and what does not fit together is
//! said.

use std::sync::Arc;

use egui::{Key, Modifiers, vec2};
use egui_kittest::{Harness, kittest::Queryable as _};
use terrasight::{
    app::TerrasightApp,
    knowledge::ade20k::{self, ClassWeights},
    locatability::Score,
    model::LabelMap,
    predict::{
        reason::{Thing, things},
        sign::Sign,
    },
    worker::{Event, PictureNews},
};

use super::script::{Script, drop_files, settle, window};

type Window = Harness<'static, TerrasightApp>;

const PALM: &str = "Clue palm trees: supported: the picture shows palm; of which kind was not checked";
const SIGN: &str = "Clue Salida: supported: sign 2 says so";

/// A window with a picture that a model holds for one of Brazil, with palms, a road and two signs in it.
fn claiming() -> (Window, Script) {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    let sign = |id: &str, text: &str| Sign {
        id: id.into(),
        is_added: false,
        score: 0.9,
        ..Sign::added([0.2, 0.3, 0.4, 0.4], text)
    };
    let thing = |class: &str| Thing { class: class.into(), share: 0.2, boxes: vec![[0.5, 0.5, 0.9, 0.9]] };
    let reasons = [
        "palm trees",
        "the sign says Salida",
        "a web address ending in .br",
        "a pleasant street",
        "traffic keeps left",
    ];
    let signs = vec![sign("1", "www.ejemplo.cl"), sign("2", "Salida")];
    script.find_claiming("Brazil", &reasons, signs, vec![thing("palm"), thing("road")]);
    window.set_size(vec2(1280.0, 1300.0));
    settle(&mut window);
    (window, script)
}

fn is_there(window: &Window, name: &str) -> bool {
    window.query_by_label(name).is_some()
}

#[test]
fn each_reason_says_what_was_found_of_it() {
    let (window, _script) = claiming();
    for name in [
        PALM,
        SIGN,
        "Clue a web address ending in .br: not found in the picture",
        "Clue a pleasant street: not checked",
        "Clue traffic keeps left: contradicts the knowledge (driving side, left; record driving_side-left) of Brazil",
    ] {
        assert!(is_there(&window, name), "{name}");
    }
}

/// Its shape and its colour are two clues, of which neither was looked for.
#[test]
fn what_reads_alike_of_a_reason_is_said_once() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.find_claiming("Kenya", &["long yellow rear plate"], Vec::new(), Vec::new());
    window.set_size(vec2(1280.0, 1300.0));
    settle(&mut window);
    assert_eq!(window.query_all_by_label_contains("Clue long yellow rear plate: ").count(), 1);
}

#[test]
fn a_reason_that_is_pointed_at_is_framed_and_one_that_is_clicked_stays_so() {
    let (mut window, _script) = claiming();
    let frame = "Clue palm trees (on the picture)";
    assert!(!is_there(&window, frame));
    window.get_by_label(PALM).hover();
    settle(&mut window);
    assert!(is_there(&window, frame));
    let (place, picture) = (window.get_by_label(frame).rect(), window.get_by_label("Picture a.jpg").rect());
    assert!(place.center().x > picture.center().x && place.center().y > picture.center().y, "{place} in {picture}");
    window.get_by_label(SIGN).hover();
    settle(&mut window);
    assert!(!is_there(&window, frame) && is_there(&window, "Clue Salida (on the picture)"));
    window.get_by_label(PALM).click();
    settle(&mut window);
    window.hover_at(egui::pos2(600.0, 20.0));
    settle(&mut window);
    assert!(is_there(&window, frame));
    window.get_by_label(PALM).click();
    settle(&mut window);
    window.hover_at(egui::pos2(600.0, 20.0));
    settle(&mut window);
    assert!(!is_there(&window, frame));
}

#[test]
fn the_regions_that_the_segmenter_saw_are_tinted_instead_of_framed() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    let palm = (0..ade20k::CLASSES).find(|class| ade20k::short_name(*class) == "palm").expect("it is a class");
    let labels = Arc::new(LabelMap { width: 2, height: 2, labels: vec![3, 3, 7, palm as u8 + 1] });
    let score = Arc::new(Score::of(&labels.labels, &ClassWeights::default()));
    let things = things(&labels);
    let news = PictureNews::Locatability { labels, score, segmenter: "a segmenter".to_owned() };
    script.say(Event::Pictures { job: script.last_job(), news });
    let sign = Sign { id: "1".into(), is_added: false, score: 0.9, ..Sign::added([0.2, 0.3, 0.4, 0.4], "Salida") };
    script.find_claiming("Brazil", &["palm trees", "yellow centre line", "the sign says Salida"], vec![sign], things);
    window.set_size(vec2(1280.0, 1300.0));
    settle(&mut window);
    let points_at = |window: &mut Window, clue: &str| {
        window.get_by_label_contains(&format!("Clue {clue}: ")).hover();
        settle(window);
        let is_there = |name: &str| window.query_by_label(name).is_some();
        (
            is_there(&format!("Clue {clue} (a region of the picture)")),
            is_there(&format!("Clue {clue} (on the picture)")),
        )
    };
    assert_eq!(points_at(&mut window, "palm trees"), (true, false));
    assert_eq!(points_at(&mut window, "yellow centre line"), (true, false), "where to look for it");
    assert_eq!(points_at(&mut window, "Salida"), (false, true), "a sign has its frame");
}

#[test]
fn a_struck_sign_supports_nothing_any_more() {
    let (mut window, script) = claiming();
    window.get_by_label("Signs").click();
    settle(&mut window);
    window.get_by_label("Sign 2: Salida").click();
    settle(&mut window);
    script.rank();
    settle(&mut window);
    window.get_by_label("Answer").click();
    settle(&mut window);
    assert!(is_there(&window, "Clue Salida: not found in the picture"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    script.rank();
    settle(&mut window);
    assert!(is_there(&window, SIGN));
}

#[test]
fn a_driving_side_that_the_country_has_not_is_said_aloud() {
    let (mut window, _script) = claiming();
    window.get_by_label("Evidence (1 !)").click();
    settle(&mut window);
    window
        .get_by_label_contains("Driving side and country contradict each other: The model says: 'traffic keeps left'.");
}
