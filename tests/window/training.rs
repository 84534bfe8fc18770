//! The Training page: a recipe, what it takes, a run with its curves and probes, and the runs before it.

use std::{path::Path, sync::Arc};

use egui::{Key, Modifiers, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use terrasight::{
    hub::{DeviceMemory, Fit, Verdict},
    model::{ComputeKind, Products},
    state::{Action, Page, TrainingAction},
    train::{
        Answered, Estimate, LogLine, LoraTable, Lower, Parameters, Plan, StepReport, TrainConfig, TrainEvent,
        TrainMemory, Trained, Validation, data::Fault,
    },
    worker::{DryRun, Event, JobId, ModelSource, OpenedRun, RunRecord, TrainingNews, TrainingTask},
};

use super::{
    hands::is_said,
    script::{Script, settle, window},
};

type Window = super::hands::Window;

/// The page, with a folder for runs in which these lie.
fn page(runs: Vec<RunRecord>) -> (Window, Script) {
    let (mut window, script) = window(|builder| builder.with_size([1280.0, 900.0]));
    window.state_mut().perform(Action::Show(Page::TRAINING));
    window.state_mut().perform(Action::Training(TrainingAction::Look("/runs".into())));
    let (job, _) = script.take_training_tasks().pop().expect("somebody looks");
    say(&script, job, TrainingNews::Runs(runs));
    script.say(Event::Done { job });
    settle(&mut window);
    (window, script)
}

fn say(script: &Script, job: JobId, news: TrainingNews) {
    script.say(Event::Training { job, news });
}

/// Answers what is asked to be reckoned, until nothing more is.
fn reckon(window: &mut Window, script: &Script, verdict: Verdict) -> TrainConfig {
    let mut reckoned = None;
    for _ in 0..4 {
        for (job, task) in script.take_training_tasks() {
            let TrainingTask::DryRun { config, .. } = task else { continue };
            let memory = TrainMemory { weights: 1 << 30, optimizer: 3 << 30, activations: 1 << 30, scores: 1 << 20 };
            let estimate = Estimate {
                memory,
                pictures: 1900,
                held_back: 64,
                steps: 119,
                done: 0,
                seconds_left: None,
                earlier: None,
                lower: Lower::Batch,
                adapter: (config.model.parameters == Parameters::Lora).then(|| config.lora.clone()),
                on: Vec::new(),
                faults: vec![(Fault::MissingPicture, 3), (Fault::AtSea, 1)],
                cleaned: None,
            };
            let bytes = if verdict == Verdict::TooLarge { 4 << 30 } else { 16 << 30 };
            let device =
                DeviceMemory { name: "CPU".to_owned(), kind: ComputeKind::Cpu, all: Some(bytes), free: Some(bytes) };
            let fit = Fit { memory: device, needs: None, verdict };
            say(script, job, TrainingNews::Reckoned(Box::new(DryRun { estimate, fit })));
            script.say(Event::Done { job });
            reckoned = Some(*config);
        }
        settle(window);
    }
    reckoned.expect("something was to be reckoned")
}

pub fn config(name: &str) -> TrainConfig {
    let text = format!(
        "out = \"/runs/{name}\"\nstage = \"location\"\n[model]\nbase = \"/b\"\n[data]\nstreets = {{ seed = 0, count = 9 }}\n\
         [schedule]\nsteps = 100\nbatch = 1\nlearning_rate = 0.1\n"
    );
    toml::from_str(&text).expect("a sound recipe")
}

fn line(step: u64, val_loss: Option<f64>) -> LogLine {
    let report = StepReport {
        step,
        steps: 100,
        loss: 2.0 / step as f64,
        learning_rate: 1e-4,
        grad_norm: 1.0,
        tokens_per_s: 10.0,
        pictures_per_s: 2.5,
        seconds_left: 90.0,
    };
    LogLine { val_loss, ..LogLine::of(&report, step) }
}

/// A run of this name that has come so far; its best was after 40 steps.
pub fn record(name: &str, done: u64) -> RunRecord {
    let state = serde_json::json!({
        "step": done, "pictures": done, "seconds": 1.0, "best": { "step": 40, "loss": 0.5 }, "steps": 100, "config": config(name)
    });
    let state = serde_json::from_value(state).expect("a sound state");
    RunRecord {
        folder: Path::new("/runs").join(name),
        state: Some(state),
        lines: vec![line(10, None), line(40, Some(0.5))],
        steps: Some(100),
    }
}

#[test]
fn an_empty_page_says_what_it_is_for_and_a_recipe_is_reckoned_before_it_begins() {
    let (mut window, script) = page(Vec::new());
    window.get_by_label("A model that learns your places");
    window.get_by_label("None yet. Each one stays here with its curves, to be set beside the next.");
    let reckoned = reckon(&mut window, &script, Verdict::Fits);
    assert_eq!(reckoned.out, Path::new("/runs/run 1"));
    window.get_by_label("Memory: about 5.4 GB; fits into 17 GB that are free on CPU.");
    window.get_by_label("Time: not known before the first steps.");
    window.get_by_label("In the data: 3 examples whose picture is not there, not learned.");
    window.get_by_label("In the data: 1 example at sea.");

    window.get_by_label("Reasoning").click_accesskit();
    settle(&mut window);
    let reckoned = reckon(&mut window, &script, Verdict::Fits);
    assert_eq!(reckoned.schedule.epochs, Some(5.0), "the stage's own");
    window.get_by_label("Begin…").click_accesskit();
    settle(&mut window);
    window.get_by_label("Begin").click();
    settle(&mut window);
    let (_, task) = script.take_training_tasks().pop().expect("it begins");
    let TrainingTask::Train { config, resume: false, replaces: false } = task else { panic!("{task:?}") };
    assert_eq!(*config, reckoned);
}

#[test]
fn an_adapter_begins_with_the_papers_settings_and_the_reckoning_names_them() {
    let (mut window, script) = page(Vec::new());
    let whole = reckon(&mut window, &script, Verdict::Fits);
    assert_eq!(whole.lora, LoraTable::default(), "nothing is said of an adapter where there is none");
    window.get_by_label("Adapter").click_accesskit();
    settle(&mut window);
    let reckoned = reckon(&mut window, &script, Verdict::Fits);
    assert_eq!((reckoned.lora.dropout, &reckoned.lora), (0.05, &LoraTable::of_paper()));
    window.get_by_label(
        "Adapter: rank 64, alpha 16, dropout 0.05, on q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, beside weights in \
         full precision, products in bf16.",
    );
    window.get_by_label("More").click_accesskit();
    settle(&mut window);
    window.get_by_label("Dropout");
    window.get_by_label("Products");
    window.get_by_label("f32").click_accesskit();
    settle(&mut window);
    assert_eq!(reckon(&mut window, &script, Verdict::Fits).lora.products, Products::F32);
}

#[test]
fn the_first_run_is_listed_while_it_goes_on() {
    let (mut window, script) = page(Vec::new());
    reckon(&mut window, &script, Verdict::Fits);
    window.get_by_label("Begin…").click_accesskit();
    settle(&mut window);
    window.get_by_label("Begin").click();
    settle(&mut window);
    window.get_by_label("goes on");
    assert!(!is_said(&window, "None yet"));
}

/// However long the recipe is and however small the window.
#[test]
fn the_button_that_begins_is_always_in_sight() {
    let (mut window, script) = page(Vec::new());
    window.get_by_label("Adapter").click_accesskit();
    window.get_by_label("More").click_accesskit();
    let size = vec2(1280.0 / 1.5, 720.0 / 1.5);
    window.set_size(size);
    settle(&mut window);
    reckon(&mut window, &script, Verdict::Fits);
    for label in ["Begin…", "Save the recipe…", "Memory: about 5.4 GB; fits into 17 GB that are free on CPU."] {
        let rect = window.get_by_label(label).rect();
        assert!(Rect::from_min_size(Pos2::ZERO, size).contains_rect(rect), "{label}: {rect}");
    }
}

/// And where all of it can be seen, right under its last field.
#[test]
fn in_a_large_window_the_button_that_begins_stands_under_the_recipe() {
    let (mut window, script) = page(Vec::new());
    window.set_size(vec2(2560.0, 1440.0));
    settle(&mut window);
    reckon(&mut window, &script, Verdict::Fits);
    let [more, begin, runs] = ["More", "Begin…", "Runs"].map(|label| window.get_by_label(label).rect());
    assert!(begin.top() > more.bottom() && begin.bottom() < runs.top() && begin.top() < 720.0, "{begin}");
    assert!(
        window.get_by_label("Line between recipe and run").rect().left() < 560.0,
        "the fields are no wider than needed"
    );
}

#[test]
fn what_cannot_fit_cannot_begin_and_says_what_to_lower() {
    let (mut window, script) = page(Vec::new());
    reckon(&mut window, &script, Verdict::TooLarge);
    let label = "Memory: about 5.4 GB; CPU has 4.3 GB: lower schedule.batch and raise schedule.accumulate by as much, which \
                 learns the same.";
    window.get_by_label(label);
    assert!(window.get_by_label("Begin…").accesskit_node().is_disabled());
}

#[test]
fn a_run_of_the_same_name_is_replaced_only_when_the_user_says_so() {
    let (mut window, script) = page(vec![record("run 1", 100)]);
    let used = ModelSource::Directory("/runs/run 1/best".into());
    window.state_mut().perform(Action::ChooseModel(used));
    reckon(&mut window, &script, Verdict::Fits);
    window.get_by_label("Name").focus();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_ok();
    window.get_by_label("Name").type_text("run 1");
    settle(&mut window);
    let reckoned = reckon(&mut window, &script, Verdict::Fits);
    assert_eq!(reckoned.out, Path::new("/runs/run 1.new"), "as if it were not there");
    window.get_by_label("Begin…").click_accesskit();
    settle(&mut window);
    window.get_by_label("Begin").click();
    settle(&mut window);
    window.get_by_label("Replace this run?");
    window.get_by_label(
        "“run 1” is there already. Its curves, checkpoints and trained models would be lost, the model in use among them.",
    );
    assert!(script.take_training_tasks().is_empty());
    window.get_by_label("Replace").click();
    settle(&mut window);
    let (_, task) = script.take_training_tasks().pop().expect("it begins");
    let TrainingTask::Train { config, replaces: true, .. } = task else { panic!("{task:?}") };
    assert_eq!(config.out, Path::new("/runs/run 1"));
}

#[test]
fn the_next_run_is_offered_under_the_next_free_number_and_begins_by_enter() {
    let (mut window, script) = page(vec![record("alps", 100), record("run 12", 100), record("run 2", 100)]);
    let reckoned = reckon(&mut window, &script, Verdict::Fits);
    assert_eq!(reckoned.out, Path::new("/runs/run 13"));
    window.get_by_label("Begin…").click_accesskit();
    settle(&mut window);
    window.get_by_label("Begin “run 13”?");
    window.key_press(Key::Enter);
    settle(&mut window);
    let (_, task) = script.take_training_tasks().pop().expect("it begins");
    assert!(matches!(task, TrainingTask::Train { replaces: false, .. }), "{task:?}");
}

#[test]
fn a_run_is_watched_paused_tried_and_stopped() {
    let (mut window, script) = page(vec![record("before", 100)]);
    reckon(&mut window, &script, Verdict::Fits);
    window.get_by_label("Begin…").click_accesskit();
    settle(&mut window);
    window.get_by_label("Begin").click();
    settle(&mut window);
    let (job, _) = script.take_training_tasks().pop().expect("it begins");
    let plan = Plan {
        parameters: 12_345,
        learning: 12_345,
        pictures: 90,
        held_back: 10,
        steps: 100,
        done: 0,
        device: "CPU".to_owned(),
    };
    say(&script, job, TrainingNews::Opened(Box::new(OpenedRun { plan, lines: Vec::new(), probes: Vec::new() })));
    settle(&mut window);
    window.get_by_label("goes on");
    let doing = "step 0 of 100, looking at the held-back pictures";
    assert_eq!(window.query_all_by_label(doing).count(), 2, "on the page and in the status line");
    let look = |step, loss, country_accuracy| {
        let look = Validation { step, loss, country_accuracy, median_km: Some(1234.0), pictures: 10 };
        TrainingNews::Said(TrainEvent::Validated(look))
    };
    say(&script, job, look(0, 2.5, 0.1));
    for step in 1..=3 {
        let LogLine { loss, lr, .. } = line(step, None);
        let report = StepReport {
            step,
            steps: 100,
            loss: loss.unwrap(),
            learning_rate: lr,
            grad_norm: 1.0,
            tokens_per_s: 10.0,
            pictures_per_s: 2.5,
            seconds_left: 90.0,
        };
        say(&script, job, TrainingNews::Said(TrainEvent::Stepped(report)));
    }
    say(&script, job, look(3, 1.25, 0.4));
    say(&script, job, TrainingNews::Takes(2_000_000_000));
    let answered = Answered { step: 3, number: 0, said: "{'country': 'Chile'}".to_owned() };
    say(&script, job, TrainingNews::Said(TrainEvent::Answered(answered)));
    settle(&mut window);
    window.get_by_label("Loss: run 1 1.250 at step 3");
    window.get_by_label("Country right: run 1 40.000 at step 3");
    let figures = "loss 0.667 · rate 1.0e-4 · 2.5 pictures a second · country right in 4 of 10 · off by 1,234 km in the median \
                   · 2.0 GB of memory · about 90 s left";
    // A line breaks between figures and nowhere else.
    window.get_by_label(&figures.replace(' ', "\u{a0}").replace("\u{a0}·\u{a0}", " · "));
    window.get_by_label("before").click_accesskit();
    settle(&mut window);
    window.get_by_label("Loss: run 1 1.250 at step 3, before 0.500 at step 40");

    window.state_mut().perform(Action::Show(Page::PICTURES));
    settle(&mut window);
    window.get_by_label("Training run 1: step 3 of 100, about 90 s left");
    window.state_mut().perform(Action::Show(Page::TRAINING));
    settle(&mut window);
    window.get_by_label("Pause").click();
    settle(&mut window);
    assert_eq!(script.paused(), [(job, true)]);
    assert_eq!(window.query_all_by_label("paused at step 3 of 100").count(), 2, "on the page and in the status line");
    window.get_by_label("Try the model").click();
    settle(&mut window);
    let (writing, task) = script.take_training_tasks().pop().expect("it is written");
    assert!(matches!(task, TrainingTask::Write));
    say(&script, writing, TrainingNews::Written("/runs/run 1/tried".into()));
    script.say(Event::Done { job: writing });
    settle(&mut window);
    assert_eq!(script.models().last(), Some(&ModelSource::Directory("/runs/run 1/tried".into())));
    window.get_by_label(
        "“run 1” as it was after step 3 is the model in use now. To go back, choose the model before in the Model menu: starter.",
    );

    window.get_by_label("Save and stop").click();
    settle(&mut window);
    assert_eq!(script.cancelled(), [job]);
    let trained = Trained { step: 3, steps: 100, last: "/runs/run 1/last".into(), best: None };
    say(&script, job, TrainingNews::Ended(trained));
    script.say(Event::Done { job });
    settle(&mut window);
    window.get_by_label("Before and after");
    window.get_by_label("1 of 10");
    window.get_by_label("4 of 10");

    window.get_by_label("Copy the report").click_accesskit();
    settle(&mut window);
    window.get_by_label("The report is copied.");
    window.get_by_label("Save the report…").click_accesskit();
    settle(&mut window);
    window.get_by_label("File").focus();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_ok();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.html");
    window.get_by_label("File").type_text(&file.display().to_string());
    settle(&mut window);
    window.get_by_label("Save").click();
    settle(&mut window);
    window.get_by_label(&format!("The report was written to {}.", file.display()));
    let page = std::fs::read_to_string(file).expect("it is there");
    for told in
        ["run 1: Full answer, before and after", "<td>1 of 10</td><td>4 of 10</td>", "seed = 500000", "step 3 of 100"]
    {
        assert!(page.contains(told), "{told}");
    }
    assert!(!page.contains("<script") && !page.contains("://"), "nothing is fetched");
}

#[test]
fn a_run_that_was_broken_off_is_offered_and_goes_on() {
    let (mut window, script) = page(vec![record("broken", 60), record("whole", 100)]);
    window.get_by_label("“broken” stopped at step 60 of 100, best loss 0.500 at step 40.");
    window.get_by_label("Go on with it").click_accesskit();
    settle(&mut window);
    let tasks = script.take_training_tasks();
    let task = tasks.into_iter().find(|(_, task)| matches!(task, TrainingTask::Train { .. }));
    let Some((job, TrainingTask::Train { config, resume: true, replaces: false })) = task else { panic!("{task:?}") };
    assert_eq!(*config, self::config("broken"));
    let failure = Arc::new(terrasight::worker::Failure::RunsAlready);
    script.say(Event::Failed { job, failure });
    settle(&mut window);
    window.get_by_label("a run is going on: save and stop it first");
}
