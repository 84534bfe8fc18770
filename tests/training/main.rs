//! What users rely on when they train: it learns, it goes on exactly where it stopped, what it saves is an ordinary
//! model, and it says what is wrong with a run before it spends hours on it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(unix)]
mod killed;
#[path = "../fixtures/recipe.rs"]
mod recipe;
mod run;
mod sources;

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use terrasight::train::{NotFinite, TrainError, TrainEvent};

use recipe::Recipe;
use run::Run;

#[test]
fn a_small_model_learns_eight_pictures_by_heart() {
    let run = Run::new()
        .with("steps = 6", "steps = 160")
        .with("3e-3", "6e-3")
        .with("batch = 2", "batch = 8")
        .with("accumulate = 2", "accumulate = 1")
        .with("every = 2", "every = 1000")
        .with("text = { width = 32, layers = 1", "text = { width = 64, layers = 2");
    run.train(false, |_, _| {}).unwrap();
    let losses = run.losses();
    let (first, last) = (losses[0].1, losses[losses.len() - 1].1);
    assert!(first > 5.0, "a model that knows nothing is about as wrong as a guess among 800 tokens: {first}");
    assert!(last < 0.1, "{last}");
}

#[test]
fn a_resumed_run_is_the_run_that_was_never_stopped() {
    let whole = Run::new();
    whole.train(false, |_, _| {}).unwrap();

    // Stopped by its user after three steps.
    let stopped = Run::new();
    let outcome = stopped
        .train(false, |event, cancel| {
            if matches!(event, TrainEvent::Stepped(report) if report.step == 3) {
                cancel.store(true, Ordering::Relaxed);
            }
        })
        .unwrap();
    assert_eq!((outcome.step, outcome.steps), (3, 6));
    stopped.train(true, |_, _| {}).unwrap();
    assert_eq!(stopped.losses(), whole.losses());
    assert!(stopped.weights() == whole.weights(), "the weights differ");

    // Killed in the fifth step: what the disk held after the save of the fourth, and a log that knows more.
    let killed = Run::new();
    let left = tempfile::tempdir().unwrap();
    killed
        .train(false, |event, _| {
            if matches!(event, TrainEvent::Saved { step: 4, .. }) {
                copy(&killed.out().join("last"), &left.path().join("last"));
            }
        })
        .unwrap();
    fs::remove_dir_all(killed.out().join("last")).unwrap();
    copy(&left.path().join("last"), &killed.out().join("last"));
    let mut begun_at = None;
    killed
        .train(true, |event, _| {
            if let TrainEvent::Started(plan) = event {
                begun_at = Some(plan.done);
            }
        })
        .unwrap();
    assert_eq!(begun_at, Some(4));
    assert_eq!(killed.losses(), whole.losses());
    assert!(killed.weights() == whole.weights(), "the weights differ");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn summed_batches_are_one_large_batch() {
    let summed = Run::new().with("steps = 6", "steps = 3");
    let large = Run::new().with("steps = 6", "steps = 3").with("batch = 2", "batch = 4").with("late = 2", "late = 1");
    summed.train(false, |_, _| {}).unwrap();
    large.train(false, |_, _| {}).unwrap();
    for ((_, a), (_, b)) in summed.losses().iter().zip(large.losses()) {
        assert!((a - b).abs() < 1e-3 * b, "{a} and {b}");
    }
}

#[test]
fn held_back_pictures_are_looked_at_and_the_best_model_kept() {
    let run =
        Run::new().with("share = 0.0", "share = 0.25\nevery = 3").with("[checkpoint]", "[checkpoint]\nbest = \"f16\"");
    let mut looks = Vec::new();
    let outcome = run
        .train(false, |event, _| {
            if let TrainEvent::Validated(validation) = event {
                looks.push((validation.step, validation.pictures));
                assert!((0.0..=1.0).contains(&validation.country_accuracy));
            }
        })
        .unwrap();
    assert_eq!(looks, [(0, 2), (3, 2), (6, 2)]);
    let (folder, best) = outcome.best.unwrap();
    assert!(best.step == 3 || best.step == 6, "six steps are better than none");
    let size = |folder: &Path| fs::metadata(folder.join("model.safetensors")).unwrap().len();
    assert!(size(&folder) < size(&outcome.last) * 6 / 10, "half precision is half as large");
    assert!(fs::read_to_string(folder.join("config.json")).unwrap().contains("float16"));
    assert!(folder.join("tokenizer.json").is_file());
}

#[test]
fn a_frozen_vision_tower_stays_as_it_is() {
    let first = Run::new().with("steps = 6", "steps = 1");
    first.train(false, |_, _| {}).unwrap();
    let base = first.out().join("last");
    let recipe = Recipe::tiny().with("steps = 6", "steps = 2").on(&base, "parameters = \"text\"");
    let second = Run::of(recipe);
    let mut plan = None;
    second
        .train(false, |event, _| {
            if let TrainEvent::Started(started) = event {
                plan = Some(started.clone());
            }
        })
        .unwrap();
    let plan = plan.unwrap();
    let saved = fs::read(base.join("model.safetensors")).unwrap();
    let saved = safetensors::SafeTensors::deserialize(&saved).unwrap();
    let n_of = |is_counted: fn(&str) -> bool| -> usize {
        let counted = saved.iter().filter(|(name, _)| is_counted(name));
        counted.map(|(_, tensor)| tensor.shape().iter().product::<usize>()).sum()
    };
    assert_eq!(plan.parameters, n_of(|_| true));
    assert_eq!(plan.learning, n_of(|name| !name.starts_with("visual.")));
    let tensors = |bytes: &[u8], name: &str| {
        safetensors::SafeTensors::deserialize(bytes).unwrap().tensor(name).unwrap().data().to_vec()
    };
    let (before, after) = (fs::read(base.join("model.safetensors")).unwrap(), second.weights());
    let vision = "visual.blocks.0.attn.qkv.weight";
    let text = "model.layers.0.mlp.up_proj.weight";
    assert_eq!(tensors(&before, vision), tensors(&after, vision));
    assert_ne!(tensors(&before, text), tensors(&after, text));
}

/// Where a question is asked they are refused; a lesson would read rows of a table that has none.
#[test]
fn a_base_whose_files_do_not_fit_one_another_is_refused_before_anything_is_learned() {
    let first = Run::new().with("steps = 6", "steps = 1");
    first.train(false, |_, _| {}).unwrap();
    let spoil = |file: &str, change: &dyn Fn(&mut serde_json::Value)| {
        let base = tempfile::tempdir().unwrap();
        copy(&first.out().join("last"), base.path());
        let path = base.path().join(file);
        let mut json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut json);
        fs::write(path, json.to_string()).unwrap();
        ["parameters = \"text\"", "parameters = \"lora\""].map(|learns| {
            let run = Run::of(Recipe::tiny().on(base.path(), learns));
            run.train(false, |_, _| {}).unwrap_err().to_string()
        })
    };
    let one_more = |json: &mut serde_json::Value| {
        let added = json["added_tokens"].as_array_mut().unwrap();
        let mut more = added.last().unwrap().clone();
        (more["id"], more["content"]) = ((more["id"].as_u64().unwrap() + 1).into(), "<more>".into());
        added.push(more);
    };
    for said in spoil("tokenizer.json", &one_more) {
        assert!(said.contains("tokenizer.json") && said.lines().count() == 1, "{said}");
    }
    for said in spoil("preprocessor_config.json", &|json| json["patch_size"] = 16.into()) {
        assert!(said.contains("patches of 1536 numbers") && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn runs_are_not_mixed_up() {
    let run = Run::new().with("steps = 6", "steps = 1");
    assert!(matches!(run.train(true, |_, _| {}), Err(TrainError::NothingToResume { .. })));
    run.train(false, |_, _| {}).unwrap();
    assert!(matches!(run.train(false, |_, _| {}), Err(TrainError::OutInUse { .. })));
    let other = run.with("3e-3", "4e-3");
    let error = other.train(true, |_, _| {}).unwrap_err().to_string();
    assert!(error.contains("another 'schedule'"), "{error}");
}

#[test]
fn a_gradient_without_end_is_not_followed_and_the_last_checkpoint_stays() {
    let run = Run::new().with("every = 2", "every = 1").with("steps = 6", "steps = 9");
    let stop = |event: &TrainEvent, cancel: &AtomicBool| {
        if matches!(event, TrainEvent::Stepped(report) if report.step == 2) {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    run.train(false, stop).unwrap();
    // The loss of such scores is large and finite; the squares of its gradient are not.
    let file = run.out().join("last/model.safetensors");
    let mut bytes = fs::read(&file).unwrap();
    let norm = {
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let data = tensors.tensor("model.norm.weight").unwrap().data();
        let from = data.as_ptr() as usize - bytes.as_ptr() as usize;
        from..from + data.len()
    };
    bytes[norm].chunks_exact_mut(4).for_each(|word| word.copy_from_slice(&1e30_f32.to_le_bytes()));
    fs::write(&file, &bytes).unwrap();
    let error = run.train(true, |_, _| {}).unwrap_err();
    assert!(
        matches!(error, TrainError::Diverged { what: NotFinite::Gradient, step: 7, in_a_row: 5, last: Some(_) }),
        "{error}"
    );
    assert!(run.weights() == bytes, "the checkpoint was overwritten");
}

#[test]
fn a_manifest_that_changed_is_not_resumed() {
    let run = Run::new().with("steps = 6", "steps = 1").with("accumulate = 2", "accumulate = 1");
    terrasight::street::draw(3).pixels.save(run.folder.path().join("good.png")).unwrap();
    let manifest = run.folder.path().join("manifest.csv");
    let table = "path,latitude,longitude,country_code\ngood.png,48.8,2.3,FR\n";
    fs::write(&manifest, table).unwrap();
    let run = run.with("streets = { seed = 40, count = 8 }", "manifests = [\"manifest.csv\"]");
    run.train(false, |_, _| {}).unwrap();
    fs::write(&manifest, table.replace("FR", "BE")).unwrap();
    assert!(matches!(run.train(true, |_, _| {}), Err(TrainError::DataChanged { .. })));
    fs::write(&manifest, table).unwrap();
    run.train(true, |_, _| {}).unwrap();
}

#[test]
fn pictures_that_cannot_be_used_are_left_out_and_named() {
    let run = Run::new().with("steps = 6", "steps = 2").with("accumulate = 2", "accumulate = 1");
    let picture = terrasight::street::draw(3).pixels;
    picture.save(run.folder.path().join("good.png")).unwrap();
    fs::write(run.folder.path().join("bad.png"), "no picture").unwrap();
    let table = "path,latitude,longitude,country_code\ngood.png,48.8,2.3,FR\nbad.png,48.8,2.3,FR\n";
    fs::write(run.folder.path().join("manifest.csv"), table).unwrap();
    let run = run.with("streets = { seed = 40, count = 8 }", "manifests = [\"manifest.csv\"]");
    let mut left_out = Vec::new();
    run.train(false, |event, _| {
        if let TrainEvent::Skipped { picture, .. } = event {
            left_out.push(picture.clone());
        }
    })
    .unwrap();
    assert_eq!(left_out, ["bad.png", "bad.png"]);

    let table = "path,latitude,longitude,country_code\nbad.png,48.8,2.3,FR\n";
    fs::write(run.folder.path().join("manifest.csv"), table).unwrap();
    fs::remove_dir_all(run.out()).unwrap();
    let error = run.train(false, |_, _| {}).unwrap_err().to_string();
    assert!(error.contains("none of the pictures of step 1 can be used") && error.contains("bad.png"), "{error}");
}
