//! The Evaluation page: begun, watched, stopped, read, compared and saved by the names that screen readers say.

use std::{path::Path, sync::Arc};

use egui::{Key, Modifiers, Pos2, Shape, accesskit::Role, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use terrasight::{
    dataset::Source,
    eval::{Answered, Answerer, Difference, EvalConfig, EvalModel, Figure, Measure, Report, ResultRow},
    geo::LatLon,
    predict::{calibration::SignsSay, finding::ModelUsed},
    state::{Action, Page},
    worker::{
        Comparison, ErrorLine, Evaluated, EvaluationNews, EvaluationProgress, EvaluationTask, Event, JobId,
        KeptEvaluation,
    },
};

use super::{
    hands::{Window, click, is_said, press},
    script::{Script, settle, window},
};

fn config(folder: &str, models: &[&str]) -> EvalConfig {
    let mut config: EvalConfig = toml::from_str(&format!(
        "out = {folder:?}\n[data]\nstreets = {{ seed = 1000000, count = 40 }}\nthumbnail_streets = 0"
    ))
    .expect("it is one");
    config.models =
        models.iter().map(|name| EvalModel { name: Some((*name).to_owned()), ..EvalModel::default() }).collect();
    config
}

/// Of forty streets in France the first model knows ten, the second thirty.
fn evaluated(folder: &str, models: &[&str]) -> Evaluated {
    let row = |is_right: bool, at: usize| ResultRow {
        picture: format!("street {at}"),
        true_country: "FR".parse().ok(),
        country: if is_right { "FR" } else { "BE" }.parse().ok(),
        likeliest_country: if is_right { "FR" } else { "BE" }.parse().ok(),
        probability: Some(0.7),
        near_probability: Some(0.5),
        signs: Some(SignsSay::NotRead),
        true_latitude: Some(48.0),
        true_longitude: Some(at as f64 / 10.0),
        distance_km: Some(if is_right { 10.0 } else { 400.0 + at as f64 }),
        locatability: Some(if at.is_multiple_of(2) { 0.45 } else { 0.25 }),
        country_log_loss: Some(0.5),
        country_brier: Some(0.2),
        place_log_loss: Some(9.0),
        p50_in_cells: Some(is_right),
        p50_cells_km2: Some(100.0),
        p50_km: Some(20.0),
        p90_in_cells: Some(true),
        p90_cells_km2: Some(900.0),
        p90_km: Some(60.0),
        ..ResultRow::default()
    };
    let answered = |n_right: usize| Answered {
        answerer: Answerer {
            model: ModelUsed { device: "CPU".to_owned(), ..ModelUsed::default() },
            ..Answerer::default()
        },
        rows: (0..40).map(|at| row(at < n_right, at)).collect(),
    };
    let answered: Vec<Answered> = [10, 30].into_iter().take(models.len()).map(answered).collect();
    let report = Report::new(config(folder, models), None, "2026-03-04T05:06:07Z".to_owned(), &answered);
    let place = |lat, lon| LatLon::new(lat, lon).expect("it is on Earth");
    let line = ErrorLine { picture: "street 1".to_owned(), truth: place(48.0, 2.0), said: place(50.8, 4.3), km: 355.0 };
    Evaluated::new(folder.into(), report, vec![vec![line]; models.len()])
}

fn kept(evaluated: &Evaluated) -> KeptEvaluation {
    let report = Some(Arc::new(evaluated.report.clone()));
    KeptEvaluation { folder: evaluated.folder.clone(), config: evaluated.report.config.clone(), report }
}

fn say(window: &mut Window, script: &Script, job: JobId, news: EvaluationNews) {
    script.say(Event::Evaluation { job, news });
    settle(window);
}

/// The page, with these evaluations to be read.
fn page(all: Vec<KeptEvaluation>) -> (Window, Script) {
    let (mut window, script) = window(|builder| builder);
    window.state_mut().perform(Action::Show(Page::EVALUATION));
    settle(&mut window);
    let tasks = script.take_evaluation_tasks();
    let (job, _) = tasks.iter().find(|(_, task)| matches!(task, EvaluationTask::List(_))).expect("somebody looked");
    say(&mut window, &script, *job, EvaluationNews::Kept(all));
    script.say(Event::Done { job: *job });
    settle(&mut window);
    (window, script)
}

/// Reads what the page wants to open.
fn open(window: &mut Window, script: &Script, evaluated: &Evaluated) -> Vec<(JobId, EvaluationTask)> {
    let tasks = script.take_evaluation_tasks();
    let is_of = |task: &EvaluationTask| matches!(task, EvaluationTask::Open(folder) if *folder == evaluated.folder);
    let (job, _) = tasks.iter().find(|(_, task)| is_of(task)).expect("it is to be read");
    say(window, script, *job, EvaluationNews::Opened(Arc::new(evaluated.clone())));
    script.say(Event::Done { job: *job });
    settle(window);
    tasks
}

/// Whether a plain ground lies under this point.
fn is_painted(window: &Window, at: Pos2) -> bool {
    let covers = |shape: &Shape| matches!(shape, Shape::Rect(rect) if rect.rect.contains(at) && rect.fill.a() == 255);
    window.output().shapes.iter().any(|clipped| clipped.clip_rect.contains(at) && covers(&clipped.shape))
}

#[test]
fn where_no_evaluation_is_looked_at_the_page_is_painted() {
    let (mut window, _script) = page(vec![kept(&evaluated("/evaluations/a", &["starter"]))]);
    window.get_by_label_contains("Choose an evaluation at the left");
    window.step();
    for x in [500.0, 800.0, 1250.0] {
        for y in [100.0, 400.0, 700.0] {
            assert!(is_painted(&window, pos2(x, y)), "at {x}, {y}");
        }
    }
}

#[test]
fn an_evaluation_is_begun_from_the_empty_page_watched_and_stopped() {
    let (mut window, script) = page(Vec::new());
    window.get_by_label("How often is a model right, and how far off?");
    click(&mut window, "Evaluate models…");
    window.get_by_label("Drawn streets, which no model here has seen");
    assert!(window.get_by_label("Terrasight starter").accesskit_node().toggled().is_some(), "models are ticked");
    click(&mut window, "Start");
    let tasks = script.take_evaluation_tasks();
    let [(job, EvaluationTask::Run { config, .. })] = tasks.as_slice() else { panic!("{tasks:?}") };
    let streets = config.data.streets.expect("they are drawn");
    assert_eq!((streets.seed, streets.count, config.models.as_slice()), (1_000_000, 100, &[EvalModel::default()][..]));
    assert!(config.generation.reads_signs, "as locate does");
    window.get_by_label("waiting for the first answer");
    let progress = EvaluationProgress {
        model: 0,
        done: 25,
        all: 100,
        failed: 0,
        picture: "street 1000024".to_owned(),
        seconds_left: Some(180.0),
    };
    say(&mut window, &script, *job, EvaluationNews::Progress(progress));
    window.get_by_label("25 of 100 · 3 min left");
    window.state_mut().perform(Action::Show(Page::PICTURES));
    settle(&mut window);
    window.get_by_label("Evaluating starter: 25 of 100 · 3 min left");
    window.state_mut().perform(Action::Show(Page::EVALUATION));
    settle(&mut window);
    click(&mut window, "Stop");
    assert_eq!(script.cancelled(), [*job]);
    assert!(!is_said(&window, "25 of 100"));
}

#[test]
fn an_evaluation_is_begun_by_enter_and_its_numbers_are_grouped() {
    let (mut window, script) = page(Vec::new());
    click(&mut window, "Evaluate models…");
    assert!(window.query_all_by_value("1,000,000").next().is_some());
    press(&mut window, Key::Enter);
    let tasks = script.take_evaluation_tasks();
    assert!(matches!(tasks.as_slice(), [(_, EvaluationTask::Run { .. })]), "{tasks:?}");
}

#[test]
fn nothing_is_begun_without_a_model_and_any_source_will_do() {
    let (mut window, script) = page(Vec::new());
    click(&mut window, "Evaluate models…");
    click(&mut window, "Terrasight starter");
    assert!(window.get_by_label("Start").accesskit_node().is_disabled());
    click(&mut window, "Terrasight starter");
    assert!(!window.get_by_label("Start").accesskit_node().is_disabled());
    click(&mut window, "Labelled pictures of your own");
    assert!(window.get_by_label("Start").accesskit_node().is_disabled(), "no file is named");
    let folder = tempfile::tempdir().expect("a folder");
    let field = "Folder, table (CSV), index, or records as JSON, JSONL or Parquet";
    window.get_by_label(field).focus();
    window.run_ok();
    window.get_by_label(field).type_text(&folder.path().display().to_string());
    settle(&mut window);
    assert!(is_said(&window, "Pictures that say neither place nor country are left out and counted"));
    click(&mut window, "Start");
    let tasks = script.take_evaluation_tasks();
    let [(_, EvaluationTask::Run { config, .. })] = tasks.as_slice() else { panic!("{tasks:?}") };
    assert_eq!(config.data.sources, [Source::at(folder.path())]);
}

#[test]
fn figures_have_intervals_and_models_are_held_against_each_other() {
    let two = evaluated("all/b", &["plain", "tuned"]);
    let (mut window, script) = page(vec![kept(&two)]);
    click(
        &mut window,
        "Evaluation of plain and tuned on 40 drawn streets from seed 1,000,000 on, as JPEG of quality 90: \
         2026-03-04 05:06, country 25 %",
    );
    open(&mut window, &script, &two);
    assert!(is_said(&window, "25.0 % (12.5 to 37.5)"));
    window.get_by_label("tuned beside plain");
    assert!(is_said(&window, "+50.0 points ("), "twenty of forty more are right");
    assert!(is_said(&window, "not told apart"), "both name a country always");
    window.get_by_label("0.2 to 0.3");
    window.get_by_label("Europe");
    assert!(is_said(&window, "25.0 %, of 40"));
    window.get_by_label("Country by continent, as bars with intervals");
    window.get_by_label("Share of the pictures within each distance, as curves");
    window.get_by_label("Map of the errors");
    assert!(is_said(&window, "raw scores, which nobody has calibrated"));
}

#[test]
fn two_evaluations_stand_side_by_side_and_the_keyboard_goes_through_them() {
    let (one, two) = (evaluated("all/b", &["b"]), evaluated("all/a", &["a"]));
    let (mut window, script) = page(vec![kept(&one), kept(&two)]);
    press(&mut window, Key::ArrowDown);
    open(&mut window, &script, &one);
    press(&mut window, Key::C);
    let tasks = open(&mut window, &script, &two);
    window.get_by_label("Working out how they differ …");
    assert_eq!(window.query_all_by_label("within 25 km").count(), 1, "a row for both");
    let comparing = tasks.iter().find_map(|(job, task)| match task {
        EvaluationTask::Compare(first, second) => Some((*job, [first.clone(), second.clone()])),
        _ => None,
    });
    let (job, folders) = comparing.expect("they are held against each other");
    assert_eq!(folders, [one.folder.clone(), two.folder.clone()]);
    let figures = [(Measure::Country, Figure { value: 0.25, low: 0.1, high: 0.4 })].into();
    let differences = Some(vec![Difference { first: 0, second: 0, figures }]);
    let others = Comparison { folders: folders.clone(), differences: None };
    say(&mut window, &script, job, EvaluationNews::Compared(others));
    window.get_by_label("These are other pictures: the figures cannot be held against each other.");
    say(&mut window, &script, job, EvaluationNews::Compared(Comparison { folders, differences }));
    window.get_by_label("B: a beside A: b");
    window.get_by_label("+25.0 points (10.0 to 40.0)");
    assert_eq!(window.query_all_by_label_contains("40 pictures: 40 drawn streets").count(), 2);
    assert_eq!(window.query_all_by_label("within 25 km").count(), 2, "and one for how they differ");
    press(&mut window, Key::C);
    assert_eq!(window.query_all_by_label_contains("40 pictures: 40 drawn streets").count(), 1);
    press(&mut window, Key::Delete);
    window.get_by_label("Delete this evaluation?");
    window.get_by_role_and_label(Role::Button, "Delete").click();
    settle(&mut window);
    let tasks = script.take_evaluation_tasks();
    assert!(matches!(&tasks[0].1, EvaluationTask::Remove(folder) if folder == Path::new("all/b")), "{tasks:?}");
}

#[test]
fn a_report_is_saved_as_a_page_or_as_figures() {
    let one = evaluated("all/b", &["plain"]);
    let (mut window, script) = page(vec![kept(&one)]);
    press(&mut window, Key::ArrowDown);
    open(&mut window, &script, &one);
    let folder = tempfile::tempdir().expect("a folder");
    for (name, holds) in [("report.html", "<!doctype html>"), ("report.json", "\"figures\"")] {
        window.key_press_modifiers(Modifiers::COMMAND, Key::S);
        settle(&mut window);
        window.get_by_label("File").focus();
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.run_ok();
        let file = folder.path().join(name);
        window.get_by_label("File").type_text(&file.display().to_string());
        settle(&mut window);
        click(&mut window, "Save");
        window.get_by_label(&format!("The report was written to {}.", file.display()));
        assert!(std::fs::read_to_string(&file).expect("it is there").contains(holds), "{name}");
    }
}

#[test]
fn one_that_was_broken_off_goes_on() {
    let broken = KeptEvaluation { report: None, ..kept(&evaluated("all/b", &["plain"])) };
    let (mut window, script) = page(vec![broken]);
    press(&mut window, Key::ArrowDown);
    window.get_by_label("This evaluation was broken off");
    click(&mut window, "Go on");
    let tasks = script.take_evaluation_tasks();
    assert!(matches!(tasks.as_slice(), [(_, EvaluationTask::Run { config, .. })] if config.out == Path::new("all/b")));
}
