//! What 'calibrate' records of streets, with signs that it reads or that it takes from earlier records, and what 'experiment' makes of
//! the records: by evidence, and by asking the model again.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn run(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_terrasight"))
        .args(arguments)
        .current_dir(home)
        .env("TERRASIGHT_HOME", home)
        .stdin(Stdio::null())
        .output()
        .expect("the program can be run")
}

#[track_caller]
fn well(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("the program writes UTF-8")
}

/// A few of the streets of each set, the same every time.
fn record(home: &Path, into: &str, more: &[&str]) {
    let part = ["calibrate", "--streets", "--tried", "6000", "--shard", "0/3000", "--device", "cpu", "--records", into];
    well(&run(home, &[&part[..], more].concat()));
}

fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).expect("a file of records");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn streets_are_recorded_and_hints_tried_on_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path();
    record(home, "records", &[]);
    let of_test = home.join("records/test-0-of-3000.jsonl");
    let mut recorded = lines(&of_test);
    assert!(recorded.len() > 1, "{recorded:?}");

    // What stands on signs is not read again but taken from there; all else is the same.
    for record in &mut recorded {
        record["signs"] = serde_json::json!([{ "text": "PLANTED", "script": "Latn", "score": 0.9 }]);
    }
    fs::create_dir(home.join("planted")).expect("a folder");
    let text: String = recorded.iter().map(|record| format!("{record}\n")).collect();
    fs::write(home.join("planted/test.jsonl"), text).expect("a file");
    record(home, "again", &["--signs-of", "planted"]);
    assert_eq!(lines(&home.join("again/test-0-of-3000.jsonl")), recorded);
    let read = lines(&home.join("again/temperatures-0-of-3000.jsonl"));
    assert_eq!(read, lines(&home.join("records/temperatures-0-of-3000.jsonl")), "those that it has not are read");
    let none = run(home, &["calibrate", "--streets", "--device", "cpu", "--signs-of", "nowhere"]);
    assert!(String::from_utf8_lossy(&none.stderr).contains("nowhere: there is no such folder"));

    let experiment = |more: &[&str]| {
        well(&run(home, &[&["experiment", "records", "--limit", "6000", "--device", "cpu"][..], more].concat()))
    };
    assert_eq!(experiment(&[]).matches("The model was not asked again").count(), 2);
    let asked = experiment(&["--converse"]);
    assert!(!asked.contains("was not asked again"), "{asked}");
    assert_eq!(asked.matches("| the likeliest wrong country |").count(), 3, "{asked}");
    let kept = home.join("records/hinted.jsonl");
    let hinted = lines(&kept);
    assert_eq!(hinted.len(), recorded.len());
    for (hinted, record) in hinted.iter().zip(&recorded) {
        let told: Vec<&Value> = (0..3).map(|at| &hinted["answers"][at]["told"]).collect();
        assert_eq!((&hinted["picture"], told[0]), (&record["picture"], &record["country"]));
        assert!(told[1..].iter().all(|wrong| *wrong != &record["country"]), "{told:?}");
        assert!(hinted["answers"][0]["log_shares"].as_array().is_some_and(|shares| !shares.is_empty()));
    }

    // Broken off within a line, it asks that one again and no other.
    let whole = fs::read_to_string(&kept).expect("a file");
    fs::write(&kept, &whole[..whole.len() - 9]).expect("a file");
    assert_eq!(experiment(&["--converse"]), asked);
    assert_eq!(fs::read_to_string(&kept).expect("a file"), whole);
}
