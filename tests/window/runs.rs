//! Models that runs have left, wherever a model is chosen: under their own name, and never by a path.

use std::path::Path;

use egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use terrasight::{
    eval::EvalModel,
    model::LoraChoice,
    state::{Action, Page, TrainingAction},
    train::Parameters,
    worker::{EvaluationNews, EvaluationTask, Event, ModelSource, RunRecord, TrainingNews, TrainingTask},
};

use super::{
    fetching::stock,
    hands::{Window, click, is_said, type_into},
    script::{Script, drop_files, settle, window},
    training::record,
};

/// A run of adapters on the model in `/models/globe`.
fn of_adapters(name: &str) -> RunRecord {
    let mut run = record(name, 40);
    let config = &mut run.state.as_mut().expect("it was saved").config;
    (config.model.base, config.model.parameters) = (Some("/models/globe".into()), Parameters::Lora);
    run
}

/// A run that was broken off before anything was saved.
fn of_nothing() -> RunRecord {
    RunRecord { state: None, ..record("nothing", 1) }
}

fn best(run: &str) -> ModelSource {
    ModelSource::Directory(Path::new("/runs").join(run).join("best"))
}

fn adapted() -> ModelSource {
    ModelSource::Directory("/models/globe".into()).with_loras(vec![LoraChoice::whole("/runs/laid/best".into())])
}

/// Answers the last look at the runs with these.
fn look(window: &mut Window, script: &Script, runs: Vec<RunRecord>) {
    let tasks = script.take_training_tasks();
    let (job, _) = tasks.iter().rfind(|(_, task)| matches!(task, TrainingTask::Runs(_))).expect("somebody looks");
    script.say(Event::Training { job: *job, news: TrainingNews::Runs(runs) });
    script.say(Event::Done { job: *job });
    settle(window);
}

/// A window on this page of a machine with two runs of whole models, one of adapters, and one that has left nothing.
fn with_runs(page: Page) -> (Window, Script) {
    let (mut window, script) = window(|builder| builder.with_size([1280.0, 900.0]));
    stock(&script, Vec::new());
    window.state_mut().perform(Action::Training(TrainingAction::Look("/runs".into())));
    look(&mut window, &script, vec![record("run 2", 100), of_adapters("laid"), record("run 1", 40), of_nothing()]);
    window.state_mut().perform(Action::Show(page));
    settle(&mut window);
    (window, script)
}

#[test]
fn the_model_menu_offers_what_runs_have_left_by_its_name() {
    let (mut window, script) = with_runs(Page::PICTURES);
    click(&mut window, "Model: Terrasight starter");
    for name in ["run 2 (best)", "run 2 (last)", "globe + laid (best)", "run 1 (best)"] {
        window.get_by_role_and_label(Role::RadioButton, name);
    }
    let last = "run 1 (last)";
    assert!(!is_said(&window, last) && !is_said(&window, "laid (last)"), "which is the best of these");
    assert!(!is_said(&window, "nothing") && !is_said(&window, "/runs"));
    click(&mut window, "globe + laid (best)");
    assert_eq!(script.models().last(), Some(&adapted()));
    window.get_by_label_contains("Model: ").click();
    settle(&mut window);
    let is_on = |name: &str| window.get_by_role_and_label(Role::RadioButton, name).accesskit_node().toggled();
    assert_eq!(is_on("globe + laid (best)"), Some(egui::accesskit::Toggled::True));
    assert_eq!(is_on("globe"), Some(egui::accesskit::Toggled::False), "its model without what was laid on it");
}

#[test]
fn two_runs_are_compared_on_one_picture() {
    let (mut window, script) = with_runs(Page::PICTURES);
    click(&mut window, "Model: Terrasight starter");
    click(&mut window, "run 1 (best)");
    drop_files(&mut window, &["a.jpg"]);
    script.locate();
    settle(&mut window);
    window.get_by_label_contains("Model: ").click();
    settle(&mut window);
    click(&mut window, "Compare with…");
    window.get_all_by_label("run 2 (best)").last().expect("it can be compared").click();
    settle(&mut window);
    script.locate(); // what stands was found by another than the one in use, in the script's words
    settle(&mut window);
    assert_eq!(script.located_by().last(), Some(&Some(best("run 2"))));
}

#[test]
fn the_models_page_lists_them_and_leads_to_their_curves() {
    let (mut window, script) = with_runs(Page::MODELS);
    window.get_by_label("Trained here");
    assert!(is_said(&window, "; 4 trained"), "the foot counts them");
    click(&mut window, "Use run 1 (best)");
    assert_eq!(script.models().last(), Some(&best("run 1")));
    assert!(window.query_by_label("Use run 1 (best)").is_none(), "it is in use");
    click(&mut window, "Compare globe + laid (best)");
    let comparison = window.state().state().comparison().expect("two are compared");
    assert_eq!(comparison.source, adapted());
    window.state_mut().perform(Action::Show(Page::MODELS));
    settle(&mut window);
    window.get_by_label("compared");
    click(&mut window, "See the Training page");
    assert_eq!(window.state().state().settings().page, Page::TRAINING);
}

#[test]
fn a_run_that_was_deleted_is_offered_no_longer() {
    let (mut window, script) = with_runs(Page::MODELS);
    window.get_by_label("Use run 1 (best)");
    look(&mut window, &script, vec![record("run 2", 100)]);
    assert!(!is_said(&window, "run 1") && is_said(&window, "run 2 (best)"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num6);
    settle(&mut window);
    look(&mut window, &script, Vec::new());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    assert!(!is_said(&window, "Trained here"), "the page of evaluations has looked again");
}

/// The form that asks what to evaluate.
fn evaluating() -> (Window, Script) {
    let (mut window, script) = with_runs(Page::EVALUATION);
    let tasks = script.take_evaluation_tasks();
    let (job, _) = tasks.iter().find(|(_, task)| matches!(task, EvaluationTask::List(_))).expect("somebody looked");
    script.say(Event::Evaluation { job: *job, news: EvaluationNews::Kept(Vec::new()) });
    script.say(Event::Done { job: *job });
    settle(&mut window);
    click(&mut window, "Evaluate models…");
    (window, script)
}

#[test]
fn runs_and_another_folder_are_put_on_the_same_pictures() {
    let (mut window, script) = evaluating();
    window.get_by_label("globe + laid (best)");
    click(&mut window, "Another folder…");
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, gone) = (folder.path().join("mine"), folder.path().join("gone"));
    std::fs::create_dir(&mine).expect("a folder");
    type_into(&mut window, "Folder of a model, or its GGUF file", &gone.display().to_string());
    click(&mut window, "Add the model");
    assert!(is_said(&window, "There is nothing at"));
    // What is wrong is written over.
    window.get_by_label("Folder of a model, or its GGUF file").focus();
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    type_into(&mut window, "Folder of a model, or its GGUF file", &mine.display().to_string());
    click(&mut window, "Add the model");
    let ticked = window.get_by_role_and_label(Role::CheckBox, "mine").accesskit_node().toggled();
    assert_eq!(ticked, Some(egui::accesskit::Toggled::True));
    click(&mut window, "Start");
    let tasks = script.take_evaluation_tasks();
    let [(_, EvaluationTask::Run { config, .. })] = tasks.as_slice() else { panic!("{tasks:?}") };
    let named = EvalModel { folder: Some(mine), adapters: Vec::new(), name: Some("mine".to_owned()) };
    assert_eq!(config.models, [EvalModel::default(), named]);
}

#[test]
fn a_run_that_is_gone_is_named_before_anything_is_evaluated() {
    let (mut window, script) = evaluating();
    click(&mut window, "run 1 (best)");
    click(&mut window, "globe + laid (best)");
    click(&mut window, "Start");
    assert!(script.take_evaluation_tasks().is_empty());
    window.get_by_label("globe + laid (best) is no longer there: take its tick away.");
    click(&mut window, "globe + laid (best)");
    click(&mut window, "Start");
    window.get_by_label("run 1 (best) is no longer there: take its tick away.");
}
