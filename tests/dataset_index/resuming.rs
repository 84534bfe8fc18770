//! Runs that end early, by whatever, and runs on several machines.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use image::ImageFormat;
use rusqlite::Connection;
use terrasight::dataset::{self, Index, IndexError, IndexOptions, IndexSource, Row, index_pictures};

use crate::set::*;

#[test]
fn ended_early_it_keeps_what_is_done_and_goes_on() -> Outcome {
    let mut set = Set::of(600)?;
    let source = IndexSource::of(set.file("pictures"));
    let mut watcher = Watcher { cancel_after: Some(1), ..Watcher::default() };
    let options = IndexOptions { threads: Some(1), ..IndexOptions::default() };
    let summary = index_pictures(&mut set.index, &source, &options, None, &mut watcher)?;
    assert!(summary.cancelled);
    let kept = set.index.rows()?.len() as u64;
    assert_eq!(kept, summary.done);
    assert!(kept > 0 && kept < 600, "{kept}");
    assert_eq!(set.run()?.counts(), [600 - kept, kept, 0, 0]);
    Ok(())
}

#[test]
fn a_folder_that_goes_away_is_said_and_what_was_done_is_kept() -> Outcome {
    let mut set = Set::of(600)?;
    let folder = set.file("pictures");
    let source = IndexSource::of(folder.clone());
    let mut watcher = Watcher { remove: Some(folder), ..Watcher::default() };
    let options = IndexOptions { threads: Some(1), ..IndexOptions::default() };
    let error = index_pictures(&mut set.index, &source, &options, None, &mut watcher).unwrap_err();
    assert!(matches!(error, IndexError::SourceGone(_)), "{error}");
    let kept = set.index.rows()?;
    assert!(!kept.is_empty() && kept.iter().all(|row| row.error.is_none()));
    let error = set.run_source("pictures").unwrap_err().to_string();
    assert!(error.contains("pictures: cannot be read"), "{error}");
    assert_eq!(set.index.rows()?, kept, "nothing is said to be gone");
    Ok(())
}

/// Four hundred pictures that take a while to read. What follows a picture's end is not looked at, but hashed.
fn many() -> Result<Set, Box<dyn Error>> {
    let set = Set::new()?;
    let picture = encoded(&drawn(1, 640, 480), ImageFormat::Jpeg)?;
    for number in 0..400_u32 {
        fs::write(set.picture(&format!("{number:04}.jpg")), [&picture[..], &number.to_le_bytes()].concat())?;
    }
    Ok(set)
}

#[test]
fn a_kill_at_any_moment_loses_only_what_was_in_flight() -> Outcome {
    let set = many()?;
    let file = set.file("index.sqlite");
    let (folder, into) = (set.file("pictures"), file.to_str().ok_or("a plain name")?.to_owned());
    let arguments = ["dataset", "index", folder.to_str().ok_or("a plain name")?, "--into", &into, "--no-score"];
    let mut seen: BTreeMap<String, Row> = BTreeMap::new();
    for _ in 0..3 {
        let before = seen.len();
        let mut child =
            program(&arguments).args(["--threads", "1"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let begin = Instant::now();
        while set.index.rows()?.len() <= before && begin.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(2));
        }
        child.kill()?;
        child.wait()?;
        let rows: BTreeMap<String, Row> =
            Index::open(&file)?.rows()?.into_iter().map(|row| (name(&row), row)).collect();
        assert!(rows.len() > before, "something was kept");
        assert!(before > 0 || rows.len() < 400, "the first kill came too late to test anything");
        for (name, row) in &seen {
            assert_eq!(Some(row), rows.get(name), "nothing is done twice");
        }
        seen = rows;
        if seen.len() == 400 {
            break;
        }
    }
    let output = program(&arguments).output()?;
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let expected = format!("400 pictures found: {} read (0 failed), {} as before", 400 - seen.len(), seen.len());
    assert!(text(&output.stdout).starts_with(&expected), "{}", text(&output.stdout));
    let rows = set.rows()?;
    assert_eq!(rows.len(), 400);
    assert!(seen.iter().all(|(name, row)| rows.get(name) == Some(row)));
    for row in rows.values() {
        assert!(row.sha256.is_some() && set.index.thumbnail(row.id)?.is_some());
    }
    let check: String = Connection::open(&file)?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(check, "ok");
    Ok(())
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_done() -> Outcome {
    let set = many()?;
    let mut command = program(&["dataset", "index", "--no-score", "--threads", "1", "--into"]);
    command.arg(set.index.path()).arg(set.file("pictures")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn()?;
    while set.index.rows()?.is_empty() {
        sleep(Duration::from_millis(2));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    let output = child.wait_with_output()?;
    let said: Vec<&str> = text(&output.stderr).lines().collect();
    assert_eq!((output.status.code(), said.len()), (Some(1), 2), "{said:?}");
    assert!(said[0].contains("stopping, and keeping what is done"), "{said:?}");
    assert!(said[1].contains("the same command goes on"), "{said:?}");
    let kept = set.index.rows()?.len();
    assert!(kept > 0 && kept < 400, "{kept}");
    assert!(text(&output.stdout).contains(&format!("{kept} read")), "{}", text(&output.stdout));
    Ok(())
}

#[test]
fn shards_merged_are_the_whole() -> Outcome {
    let mut set = Set::of(60)?;
    fs::write(set.picture("bad.jpg"), b"")?;
    set.run()?;
    let whole = set.rows()?;
    let mut parts = Vec::new();
    for number in 0..3 {
        let file = set.file(&format!("part{number}.sqlite"));
        let (folder, shard) = (set.file("pictures"), format!("{number}/3"));
        let output = program(&["dataset", "index", "--no-score", "--shard", &shard])
            .arg(&folder)
            .arg("--into")
            .arg(&file)
            .output()?;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        parts.push(file);
    }
    let sizes: Vec<usize> =
        parts.iter().map(|part| Ok(Index::open(part)?.rows()?.len())).collect::<Result<_, IndexError>>()?;
    assert_eq!(sizes.iter().sum::<usize>(), 61);
    assert!(sizes.iter().all(|size| *size > 0), "{sizes:?}");

    let into = set.file("merged.sqlite");
    let output = program(&["dataset", "merge", "--into"]).arg(&into).args(&parts).output()?;
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let mut merged = Index::open(&into)?;
    let contents = |rows: Vec<Row>| rows.iter().map(|row| (name(row), content(row))).collect::<BTreeMap<_, _>>();
    assert_eq!(contents(merged.rows()?), whole.iter().map(|(name, row)| (name.clone(), content(row))).collect());
    assert_eq!(merged.root()?, set.index.root()?);
    for row in merged.rows()? {
        assert_eq!(merged.thumbnail(row.id)?, set.index.thumbnail(whole[&name(&row)].id)?);
    }
    let before = merged.rows()?;
    assert_eq!(dataset::merge(&mut merged, &parts)?.taken, 0, "merging again changes nothing");
    assert_eq!(merged.rows()?, before);

    // The newer row wins, whichever index it is in.
    sleep(Duration::from_millis(5));
    let mut part = Index::open(&parts[0])?;
    let id = part.rows()?[0].id;
    part.set_checked(&[id], true)?;
    drop(part);
    assert_eq!(dataset::merge(&mut merged, &parts)?.taken, 1);
    assert_eq!(merged.summary()?.checked, 1);
    assert_fails(&program(&["dataset", "merge", "--into"]).arg(&into).arg(&into).output()?, "name it once");
    Ok(())
}
