//! A run between its steps: broken off and gone on with, with numbers that are not finite, with a disk that takes no more.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::*;
use crate::{
    model::{
        Content, Dropout, GenerateOptions, Message, Prompt, Role, Sampling, VisionLanguageModel,
        qwen2_5_vl::{Kept, Passes},
    },
    train::{config::Stage, recipe::Recipe},
};

/// A tiny model from scratch on eight drawn streets, six steps of two batches of two.
fn config(out: &Path) -> TrainConfig {
    let recipe = Recipe::tiny()
        .with("\"run\"", &format!("'{}'", out.display()))
        .with("stage = \"location\"", "stage = \"correction\"")
        .with("count = 8", "count = 10")
        .with("warmup_steps = 2", "warmup_ratio = 0.3\nmax_answer_tokens = 24")
        .with("share = 0.0", "share = 0.2\nevery = 3\n[probes]\npictures = 2\nevery = 6");
    toml::from_str(&recipe.0).unwrap()
}

fn last(out: &Path, file: &str) -> Vec<u8> {
    fs::read(out.join("last").join(file)).unwrap()
}

/// Weights, optimizer and the rest of what the next step depends on, without the seconds; and what the log says.
type Left = (Vec<u8>, Vec<u8>, Value, Vec<(u64, Option<f64>, Option<f64>)>);

fn left_in(out: &Path) -> Left {
    let mut state: Value = serde_json::from_slice(&last(out, "training_state.json")).unwrap();
    state["seconds"] = Value::Null;
    state["config"]["out"] = Value::Null;
    let lines = super::super::log::read(&out.join("log.jsonl")).unwrap();
    let lines = lines.iter().map(|line| (line.step, line.loss, line.val_loss)).collect();
    (last(out, "model.safetensors"), last(out, "optimizer.safetensors"), state, lines)
}

fn go_on(task: &mut TrainTask) -> Vec<TrainEvent> {
    let mut events = Vec::new();
    while !task.is_done() {
        task.step(&mut |event| events.push(event)).unwrap();
    }
    task.finish(&mut |event| events.push(event)).unwrap();
    events
}

/// A run of which so many pictures are learned at once: a batch, or one as of a large model on a processor.
fn run_of(out: &Path, resume: bool, at_once: usize) -> TrainTask {
    let task = TrainTask::open(&config(out), resume).unwrap();
    assert_eq!(task.at_once, 2);
    TrainTask { at_once, ..task }
}

#[test]
fn a_run_dropped_in_the_middle_of_a_step_is_the_run_that_was_never_stopped() {
    for (at_once, n_learned, step) in [(2, 2, 4), (1, 1, 5)] {
        let (whole, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        go_on(&mut run_of(whole.path(), false, at_once));

        let mut task = run_of(broken.path(), false, at_once);
        let is_in_the_middle = |task: &TrainTask| matches!(&task.phase, Phase::Learning(Some(learning)) if task.state.step == step && learning.n_learned == n_learned);
        while !is_in_the_middle(&task) {
            task.step(&mut |_| {}).unwrap();
        }
        // After an even step it has just saved. Stopped after an odd one, it saves without the step that it is at, and begins that
        // one again.
        if step % 2 == 1 {
            task.finish(&mut |_| {}).unwrap();
        }
        drop(task);
        let mut task = run_of(broken.path(), true, at_once);
        assert_eq!(task.plan().done, step);
        go_on(&mut task);
        let (left, right) = (left_in(broken.path()), left_in(whole.path()));
        assert!(left.0 == right.0, "the weights differ");
        assert!(left.1 == right.1, "the optimizer differs");
        assert_eq!((left.2, left.3), (right.2, right.3));
    }
}

#[test]
fn what_a_step_learns_does_not_depend_on_how_many_pictures_are_learned_at_once() {
    let [batches, pictures] = [2, 1].map(|at_once| {
        let out = tempfile::tempdir().unwrap();
        let mut task = run_of(out.path(), false, at_once);
        let (mut n_parts, mut losses) = (0, Vec::new());
        while task.state.step == 0 {
            n_parts += usize::from(matches!(task.phase, Phase::Learning(Some(_))));
            let mut hear = |event: TrainEvent| {
                if let TrainEvent::Stepped(report) = event {
                    losses.push(report.loss);
                }
            };
            task.step(&mut hear).unwrap();
        }
        (n_parts, losses[0])
    });
    // Four pictures, each of them told and then learned.
    assert_eq!((batches.0, pictures.0), (4, 8));
    assert!((batches.1 - pictures.1).abs() < 1e-5, "{batches:?} {pictures:?}");
}

#[test]
fn the_log_begins_with_what_was_seen_before_the_first_step_also_after_a_stop() {
    let out = tempfile::tempdir().unwrap();
    let mut task = TrainTask::open(&config(out.path()), false).unwrap();
    while task.state.step < 2 {
        task.step(&mut |_| {}).unwrap();
    }
    task.finish(&mut |_| {}).unwrap();
    let task = TrainTask::open(&config(out.path()), true).unwrap();
    let first = &task.lines()[0];
    assert_eq!((first.step, first.loss), (0, None));
    assert!(first.look(1).is_some_and(|look| look.loss > 0.0) && first.answers.len() == 2, "{first:?}");
    assert_eq!(task.lines().iter().map(|line| line.step).collect::<Vec<_>>(), [0, 1, 2]);
}

/// What is left out follows from the step and from the batch within it, and where there is no dropout nothing is.
#[test]
fn every_batch_of_every_step_leaves_out_numbers_of_its_own() {
    let out = tempfile::tempdir().unwrap();
    let mut task = TrainTask::open(&config(out.path()), false).unwrap();
    assert_eq!(task.passes(0), Passes { kept: Kept::Input, dropout: None });
    (task.config.lora.dropout, task.config.lora.recompute, task.config.seed) = (0.1, false, 9);
    for (step, n_learned, batch) in [(0, 0, 0), (0, 2, 1), (5, 0, 0)] {
        task.state.step = step;
        let dropout = Some(Dropout { probability: 0.1, seed: 9, step, batch });
        assert_eq!(task.passes(n_learned), Passes { kept: Kept::Graph, dropout });
    }
}

#[test]
fn a_run_can_be_gone_on_with_from_its_folder_and_leaves_a_training_file_there_as_it_was_written() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join(RECIPE_FILE);
    let begun = config(out.path());
    drop(TrainTask::open(&begun, false).unwrap());
    assert_eq!(TrainConfig::read(&file).unwrap(), begun);
    // The user's own, in the folder that it names.
    let text = toml::to_string(&begun).unwrap();
    let place = text.lines().next().filter(|line| line.starts_with("out = ")).unwrap();
    let text = text.replace(place, "# mine\nout = \".\"");
    fs::write(&file, &text).unwrap();
    drop(TrainTask::open(&TrainConfig::read(&file).unwrap(), false).unwrap());
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_step_without_a_finite_loss_is_left_out_and_nothing_is_saved_before_a_good_one() {
    let out = tempfile::tempdir().unwrap();
    let mut task = TrainTask::open(&config(out.path()), false).unwrap();
    let mut events = Vec::new();
    let poison = |task: &mut TrainTask| {
        if let Phase::Learning(Some(learning)) = &mut task.phase {
            learning.lessons[0].patches.values[0] = f32::NAN;
        }
    };
    while !task.is_done() {
        if task.state.step == 1 {
            poison(&mut task);
        }
        task.step(&mut |event| events.push(event)).unwrap();
    }
    assert_eq!(events.iter().filter(|event| matches!(event, TrainEvent::NotFollowed { step: 2, .. })).count(), 1);
    let saved = |event: &TrainEvent| match event {
        TrainEvent::Saved { step, folder } if folder.ends_with("last") => Some(*step),
        _ => None,
    };
    assert_eq!(events.iter().filter_map(saved).collect::<Vec<_>>(), [4, 6], "not after the second");
    assert_eq!(task.state.not_followed, 1);
    let finite =
        |bytes: &[u8]| bytes.chunks_exact(4).all(|word| f32::from_le_bytes(word.try_into().unwrap()).is_finite());
    let model = last(out.path(), "model.safetensors");
    let tensors = safetensors::SafeTensors::deserialize(&model).unwrap();
    assert!(tensors.iter().all(|(_, tensor)| finite(tensor.data())));
    assert_eq!(left_in(out.path()).3.iter().map(|line| line.0).collect::<Vec<_>>(), [0, 1, 3, 4, 5, 6]);

    // The optimizer has moved once less than there were steps: the next stretch must know.
    let state = Checkpoints::open(out.path()).unwrap().state().unwrap().unwrap();
    assert_eq!((state.step, state.not_followed), (6, 1));
}

#[test]
fn a_save_that_fails_ends_the_run_and_leaves_the_checkpoint_before() {
    let out = tempfile::tempdir().unwrap();
    let mut task = TrainTask::open(&config(out.path()), false).unwrap();
    while task.saved_at < 2 {
        task.step(&mut |_| {}).unwrap();
    }
    let before = left_in(out.path());
    // Where the next checkpoint is to be filled nothing can be written.
    fs::write(out.path().join(".last.new"), "in the way").unwrap();
    let error = loop {
        if let Err(error) = task.step(&mut |_| {}) {
            break error;
        }
    };
    assert!(matches!(&error, TrainError::Write { path, .. } if path.ends_with(".last.new")), "{error}");
    assert!(left_in(out.path()).0 == before.0, "the checkpoint was touched");
    fs::remove_file(out.path().join(".last.new")).unwrap();
    let mut task = TrainTask::open(&config(out.path()), true).unwrap();
    assert_eq!(task.plan().done, 2);
    go_on(&mut task);
}

#[test]
fn what_a_probe_is_answered_in_training_is_what_the_model_answers_in_use() {
    let [out, settings] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let mut config = TrainConfig { stage: Stage::Full, ..config(out.path()) };
    let init = config.model.init.as_mut().unwrap();
    for file in fs::read_dir(&init.tokenizer).unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&file, settings.path().join(file.file_name().unwrap())).unwrap();
    }
    fs::write(settings.path().join("generation_config.json"), r#"{"repetition_penalty": 1.5}"#).unwrap();
    init.tokenizer = settings.path().to_owned();
    let mut task = TrainTask::open(&config, false).unwrap();
    let answered = |events: &[TrainEvent], step: u64| -> Vec<String> {
        let said = |event: &TrainEvent| match event {
            TrainEvent::Answered(answered) if answered.step == step => Some(answered.said.clone()),
            _ => None,
        };
        events.iter().filter_map(said).collect()
    };
    let events = go_on(&mut task);
    assert_eq!((answered(&events, 0).len(), answered(&events, 6).len()), (2, 2));
    let folder: PathBuf = task.write_as("tried").unwrap();
    let model = VisionLanguageModel::open(&folder, &ComputeDevice::cpu()).unwrap();
    assert_eq!(model.facts().repetition_penalty, 1.5);
    for (probe, said) in task.probes().iter().zip(answered(&events, 6)) {
        let asked = Content::Text(task.teacher.full_question.clone());
        let messages = vec![Message { role: Role::User, content: vec![Content::Picture, asked] }];
        let pictures = vec![model.patches(&probe.pixels, None).unwrap()];
        let prompt = Prompt { messages, pictures, answer_start: String::new() };
        let mut context = model.start();
        model.read(&mut context, &prompt).unwrap();
        let options = GenerateOptions { max_new_tokens: 24, sampling: Sampling::GREEDY, stop: Vec::new() };
        let generated = model.generate(&mut context, &options, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        assert_eq!(generated.text, said, "{}", probe.name);
    }
}
