//! The experiment of the papers' claims in its smallest form: begun, broken off, gone on with, and brought to its tables.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use terrasight::eval::claims::{Claims, ClaimsConfig, ClaimsError, ClaimsEvent, Page, run};

fn config(out: &Path, more: &str) -> ClaimsConfig {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/starter");
    let file = out.join("claims.toml");
    let text = format!(
        "out = \"out\"\nbase = {base:?}\ndevice = \"cpu\"\nrepetitions = 1\npictures = 2\nbatch = 2\nlearning_rate = 1e-4\n\
         streets = {{ seed = 3000, count = 400 }}\ntest = {{ seed = 1000000, count = 2 }}\n{more}"
    );
    fs::write(&file, text).unwrap();
    ClaimsConfig::read(&file).unwrap()
}

fn answers(out: &Path, model: &str) -> Option<String> {
    fs::read_to_string(out.join("out/repetition-1").join(model).join("answers.jsonl")).ok()
}

#[test]
fn it_goes_on_where_it_was_broken_off() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let cancel = AtomicBool::new(false);
    // Broken off after the second model, and once more when the third has been asked.
    let stopped = run(&config(out, ""), &cancel, &mut |event| {
        if matches!(event, ClaimsEvent::Done { models: 2, .. }) {
            cancel.store(true, Ordering::Relaxed);
        }
    });
    assert!(stopped.unwrap().is_none());
    let first = answers(out, "location-0").unwrap();
    assert_eq!(first.lines().count(), 2);
    assert!(answers(out, "location-50").is_none());
    cancel.store(false, Ordering::Relaxed);
    let stopped = run(&config(out, ""), &cancel, &mut |event| {
        if matches!(&event, ClaimsEvent::At { model: "location, 50 %", doing, .. } if doing.contains("about 2 of 2")) {
            cancel.store(true, Ordering::Relaxed);
        }
    });
    assert!(stopped.unwrap().is_none());
    let asked = answers(out, "location-50").unwrap();
    assert_eq!(asked.lines().count(), 2);
    assert!(answers(out, "location-75").is_none());
    // A line that a killed process left half written is written anew.
    let half = &asked[..asked.find('\n').unwrap() + 12];
    fs::write(out.join("out/repetition-1/location-50/answers.jsonl"), half).unwrap();

    cancel.store(false, Ordering::Relaxed);
    let mut done = Vec::new();
    let claims = run(&config(out, ""), &cancel, &mut |event| {
        if let ClaimsEvent::Done { models, of } = event {
            done.push((models, of));
        }
    });
    let claims: Claims = claims.unwrap().unwrap();
    assert_eq!(done, (1..=9).map(|models| (models, 9)).collect::<Vec<_>>());
    assert_eq!(answers(out, "location-0").unwrap(), first, "nobody was asked again");
    assert_eq!(answers(out, "location-50").unwrap(), asked);
    assert_eq!((claims.models.len(), claims.hinted.len(), claims.differences.len()), (9, 2, 10));
    let page = Page(&claims).to_string();
    assert!(page.contains("| 2 | reasoning then location, against location alone |"), "{page}");
    // The correction stage is laid on reasoning and location, and is told hints.
    let corrected = answers(out, "reasoning-location-correction").unwrap();
    assert!(corrected.lines().all(|line| line.contains("\"right\":{") && line.contains("\"wrong\":{")), "{corrected}");
    let recipe = fs::read_to_string(out.join("out/repetition-1/reasoning-location-correction/recipe.toml")).unwrap();
    assert!(recipe.contains("reasoning-location/last") && recipe.contains("stage = \"correction\""), "{recipe}");

    let other = run(&config(out, "epochs = 2"), &cancel, &mut |_| ());
    assert!(matches!(other, Err(ClaimsError::Another { .. })), "{other:?}");
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("claims.toml");
    let good = "out = \"o\"\nbase = \"b\"\nrepetitions = 3\npictures = 8\nbatch = 2\nlearning_rate = 1e-3\n\
                streets = { seed = 0, count = 900 }\ntest = { seed = 1000000, count = 5 }\n";
    let read = |from: &str, to: &str| {
        assert!(good.contains(from));
        fs::write(&file, good.replace(from, to)).unwrap();
        ClaimsConfig::read(&file).map_err(|error| error.to_string())
    };
    assert_eq!(read("out", "out").unwrap().base, folder.path().join("b"));
    for (from, to, expected) in [
        ("repetitions = 3", "repetitions = 0", "repetitions must be"),
        ("batch = 2", "batch = 0", "batch must be"),
        ("1e-3", "-1.0", "learning_rate must be"),
        ("seed = 1000000", "seed = 999999", "earlier ones are learned"),
        ("seed = 0, count = 900", "seed = 999999, count = 900", "streets"),
        ("pictures = 8", "pictures = 8\nepochs = 0.0", "epochs must be"),
        ("pictures = 8", "pictures = 8\ncorrection_epochs = 0.0", "correction_epochs must be"),
        ("pictures = 8", "picture = 8", "unknown field `picture`"),
    ] {
        let error = read(from, to).unwrap_err();
        assert!(error.contains(expected), "'{error}' does not say '{expected}'");
    }
}

#[test]
fn too_few_streets_are_said_before_anything_is_learned() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path(), "");
    config.streets.count = 2;
    let error = run(&config, &AtomicBool::new(false), &mut |_| ()).unwrap_err();
    assert!(matches!(error, ClaimsError::TooFewStreets { streets: 2, .. }), "{error}");
}
