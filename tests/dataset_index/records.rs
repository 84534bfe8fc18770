//! Records as data sets: with pictures inside a Parquet file, and with what conversations say of the place.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use terrasight::dataset::Index;

use crate::set::*;

/// A copy of a Parquet file with pictures inside, alone in a folder.
fn shard(home: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let folder = home.join("hub");
    fs::create_dir(&folder)?;
    let file = folder.join("inside.parquet");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/examples/inside.parquet"), &file)?;
    Ok(file)
}

fn run(home: &Path, arguments: &[&str], paths: &[&Path]) -> Result<Output, std::io::Error> {
    program(arguments).args(paths).env("TERRASIGHT_HOME", home.join("own")).output()
}

#[test]
fn pictures_inside_parquet_are_indexed_and_exported_and_nothing_lies_beside_the_file() -> Outcome {
    let home = tempfile::tempdir()?;
    let (file, index) = (shard(home.path())?, home.path().join("index.sqlite"));
    let indexed = |expected: &str| -> Outcome {
        let output = run(home.path(), &["dataset", "index", "--no-score", "--into"], &[&index, &file])?;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains(expected), "{}", text(&output.stdout));
        Ok(())
    };
    indexed("5 pictures found: 5 read (2 failed), 0 as before")?;
    indexed("0 read (0 failed), 5 as before")?;
    let rows = Index::open(&index)?.rows()?;
    let country = |row: &terrasight::dataset::Row| row.country.map(|code| code.to_string());
    let read: Vec<_> = rows.iter().filter(|row| row.error.is_none()).collect();
    assert_eq!(
        read.iter().map(|row| country(row)).collect::<Vec<_>>(),
        [Some("FR"), Some("KE"), Some("JP")].map(|c| c.map(str::to_owned))
    );
    assert!(read.iter().all(|row| row.position.is_some() && row.hash.is_some()));
    assert_eq!(fs::read_dir(file.parent().ok_or("no folder")?)?.count(), 1);
    let out = home.path().join("copied");
    let output = run(home.path(), &["dataset", "export", "--as", "folder", "--out"], &[&out, &index])?;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(fs::read_to_string(out.join("manifest.csv"))?.contains("FR"));
    Ok(())
}

#[test]
fn pictures_inside_parquet_are_checked_and_converted() -> Outcome {
    let home = tempfile::tempdir()?;
    let file = shard(home.path())?;
    let output = run(home.path(), &["dataset", "check", "--format", "json"], &[&file])?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&report["examples"], &report["pictures_opened"]), (&5.into(), &3.into()), "{report}");
    assert_eq!(report["unusable"], 2, "one is damaged and one is not there: {report}");
    let out = home.path().join("for_swift");
    let arguments = ["dataset", "convert", "--as", "ms-swift", "--copy", "--out"];
    let output = run(home.path(), &arguments, &[&out, &file])?;
    let said = fs::read_to_string(out.join("train.jsonl"))?;
    assert!(said.lines().count() >= 3 && said.contains("France"), "{said}\n{}", text(&output.stderr));
    Ok(())
}

#[test]
fn an_index_of_conversations_knows_what_their_answers_say() -> Outcome {
    let set = Set::of(2)?;
    let records = r#"[{"id": "identity_0", "conversations": [
        {"from": "user", "value": "Picture 1: <img>pictures/0000.jpg</img>\nWhich country? Explain the reason."},
        {"from": "assistant", "value": "{'country': 'India', 'reasons': 'A sign in Hindi.'}"}]},
        {"image": "pictures/0001.jpg", "lat": 48.85, "lon": 2.35, "conversations": [
        {"from": "human", "value": "<image>\nWhere?"}, {"from": "gpt", "value": "In Paris, France."}]},
        {"id": "7"}]"#;
    fs::write(set.file("georeasoner.json"), records)?;
    let mut command = program(&["dataset", "index", "--no-score", "--into"]);
    let output = command.arg(set.index.path()).arg(set.file("georeasoner.json")).output()?;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("7: there is no such file"), "{}", text(&output.stderr));
    let rows = set.rows()?;
    let country = |path: &str| rows.get(path).and_then(|row| row.country).map(|code| code.to_string());
    assert_eq!(country("pictures/0000.jpg").as_deref(), Some("IN"), "{rows:?}");
    assert_eq!(country("pictures/0001.jpg").as_deref(), Some("FR"));
    assert!(rows.get("pictures/0001.jpg").is_some_and(|row| row.position.is_some()));
    Ok(())
}
