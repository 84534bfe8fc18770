//! Two models on the same picture, by the names that screen readers say.

use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use terrasight::{
    hub::{Keeper, Shelved},
    model::{DeviceError, Footprint, Purpose},
    predict::finding::{Finding, ModelUsed},
    worker::{Event, Failure, JobStage, ModelSource},
};

use super::{
    fetching::stock,
    hands::{Window, click, is_said, type_into, undo},
    script::{Script, candidate, drop_files, finding, settle, summary, surface, window},
};

const GLOBE: &str = "GLOBE-Qwen2.5VL-7B";

fn globe() -> ModelSource {
    ModelSource::Directory("/models/GLOBE-Qwen2.5VL-7B".into())
}

/// What the other model finds: a town of Chile, and then one of Spain.
fn by_globe() -> Finding {
    let candidates = vec![
        candidate(1, -33.05, -71.62, 0.5, ("Valparaíso", "Valparaíso", "Chile")),
        candidate(2, 40.42, -3.70, 0.2, ("Madrid", "Madrid", "Spain")),
    ];
    let model = ModelUsed { name: GLOBE.to_owned(), ..finding().model };
    Finding { candidates, model, ..finding() }
}

fn globe_finds(window: &mut Window, script: &Script) {
    let job = script.last_job();
    script.say(Event::ModelReady { job, model: Box::new(summary(false)) });
    script.find(by_globe(), surface());
    settle(window);
}

/// A window with a picture that the starter has located, after the other model was named by its folder.
fn comparing() -> (Window, Script) {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    settle(&mut window);
    click(&mut window, "Model: Terrasight starter");
    click(&mut window, "Compare with…");
    click(&mut window, "Choose a folder to compare with…");
    let field = "Folder of a Qwen2.5-VL checkpoint (config.json, safetensors, tokenizer.json)";
    type_into(&mut window, field, "/models/GLOBE-Qwen2.5VL-7B");
    click(&mut window, "Compare");
    (window, script)
}

#[test]
fn a_second_model_is_asked_and_both_answers_stand_side_by_side() {
    let (mut window, script) = comparing();
    assert_eq!(script.located_by(), [None, Some(globe())], "what the model in use has found stands");
    window.get_by_label("a.jpg: starting");
    let job = script.last_job();
    script.say(Event::Stage { job, stage: JobStage::Reasoning, fraction: None });
    settle(&mut window);
    window.get_by_label("Reasoning …");
    window.get_by_label("1. Santiago, Región Metropolitana, Chile, 41 %");
    globe_finds(&mut window, &script);

    window.get_by_label("Both say Chile; 100 km apart.");
    for said in [
        "Terrasight starter",
        GLOBE,
        "Around Santiago, Chile",
        "Around Valparaíso, Chile",
        "1. Valparaíso, Chile, 50 %",
        "2. Madrid, Spain, 20 %",
        "It knows drawn streets only.",
        "Circles on the map: Terrasight starter",
        "Diamonds on the map: GLOBE-Qwen2.5VL-7B",
        "GLOBE-Qwen2.5VL-7B on the map, 1: Valparaíso, Chile, 50 %",
        "Candidate 1 on the map: Santiago, Chile, 41 %",
    ] {
        assert!(is_said(&window, said), "{said}");
    }
    assert_eq!(window.query_all_by_label("Took 2.0 s").count(), 2);
    let scores = "Percentages are raw scores: how often they are right has not been measured.";
    assert_eq!(window.query_all_by_label(scores).count(), 2, "nothing was calibrated");

    window.get_by_label("Leave comparison").click_accesskit();
    settle(&mut window);
    window.get_by_label("Around Santiago, Chile");
    assert!(!is_said(&window, "Valparaíso") && !is_said(&window, "Both say Chile"));
}

#[test]
fn the_others_answer_is_taken_and_given_back() {
    let (mut window, script) = comparing();
    globe_finds(&mut window, &script);
    click(&mut window, "Take as the answer");
    window.get_by_label("Circles on the map: GLOBE-Qwen2.5VL-7B");
    window.get_by_label("a.jpg: located around Valparaíso, Chile (50 %)");
    click(&mut window, "Answer");
    window.get_by_label("Around Valparaíso, Chile");
    undo(&mut window);
    window.get_by_label("a.jpg: located around Santiago, Chile (41 %)");
}

#[test]
fn the_next_picture_is_located_with_both_and_what_goes_wrong_with_one_leaves_the_other_whole() {
    let (mut window, script) = comparing();
    globe_finds(&mut window, &script);
    drop_files(&mut window, &["b.jpg"]);
    window.get_by_label("b.jpg: starting");
    assert_eq!(script.located_by()[2..], [None]);
    script.locate();
    settle(&mut window);
    assert_eq!(script.located_by()[2..], [None, Some(globe())]);
    let failure =
        Arc::new(Failure::Device(DeviceError::Failed { name: "GPU".to_owned(), reason: "it was lost".to_owned() }));
    let why = failure.to_string();
    let job = script.last_job();
    script.say(Event::GaveWay { job });
    script.say(Event::Failed { job, failure });
    settle(&mut window);
    window.key_press(Key::ArrowRight);
    window.get_by_label("b.jpg: located around Santiago, Chile (41 %)").click();
    settle(&mut window);
    assert!(is_said(&window, &why), "{why}");
    assert!(is_said(&window, "Both do not fit into memory: each is read in its turn"));
    window.get_by_label("Model: Terrasight starter, unloaded");
    window.get_by_label("1. Santiago, Región Metropolitana, Chile, 41 %");
}

#[test]
fn a_model_on_the_disk_is_compared_from_the_models_page() {
    let (mut window, script) = window(|builder| builder);
    let architecture = "Qwen2_5_VLForConditionalGeneration";
    let footprint = Footprint { purpose: Purpose::Locate, architecture, bytes: 15, parameters: 3, shape: None };
    let shelved = Shelved {
        name: "globe".to_owned(),
        path: "/models/GLOBE-Qwen2.5VL-7B".into(),
        keeper: Keeper::Own,
        bytes: 15_000_000,
        footprint: Some(footprint),
        problem: None,
    };
    stock(&script, vec![shelved]);
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    click(&mut window, "Model globe: says where, 15 MB, fits, ready");
    click(&mut window, "Compare");
    assert_eq!(script.located_by(), [None, Some(globe())]);
    globe_finds(&mut window, &script);
    window.get_by_label("Both say Chile; 100 km apart.");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    window.get_by_label("Model globe: says where, 15 MB, fits, compared, ready");
    assert!(is_said(&window, "GLOBE-Qwen2.5VL-7B on CPU as f32"));
    click(&mut window, "Leave comparison");
    window.get_by_label("Model globe: says where, 15 MB, fits, ready");
}
