//! Runs that end early, by whatever, and runs on several machines.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    rc::Rc,
};

use rusqlite::Connection;
use terrasight::dataset::{self, Index, IndexError, IndexOptions, IndexSource, Row, index_pictures};

use crate::set::*;

#[test]
fn ended_early_it_keeps_what_is_done_and_goes_on() -> Outcome {
    let mut set = Set::of(40)?;
    let source = IndexSource::of(set.file("pictures"));
    let mut watcher = Watcher::default();
    let stop = Rc::clone(&watcher.stop);
    let mut scorer = Midway { scored: 0, at: 12, then: || stop.set(true) };
    let summary = index_pictures(&mut set.index, &source, &one_thread(), Some(&mut scorer), &mut watcher)?;
    assert!(summary.cancelled);
    let kept = set.index.rows()?.len() as u64;
    assert_eq!(kept, summary.done);
    assert!((12..40).contains(&kept), "{kept}");
    assert_eq!(set.run()?.counts(), [40 - kept, kept, 0, 0]);
    Ok(())
}

#[test]
fn a_folder_that_goes_away_is_said_and_what_was_done_is_kept() -> Outcome {
    let mut set = Set::of(40)?;
    let folder = set.file("pictures");
    let source = IndexSource::of(folder.clone());
    let remove = || fs::remove_dir_all(&folder).expect("the folder can be removed");
    let mut scorer = Midway { scored: 0, at: 12, then: remove };
    let outcome = index_pictures(&mut set.index, &source, &one_thread(), Some(&mut scorer), &mut Watcher::default());
    let error = outcome.unwrap_err();
    assert!(matches!(error, IndexError::SourceGone(_)), "{error}");
    let kept = set.index.rows()?;
    assert!((12..40).contains(&kept.len()) && kept.iter().all(|row| row.error.is_none()));
    let error = set.run_source("pictures").unwrap_err().to_string();
    assert!(error.contains("pictures: cannot be read"), "{error}");
    assert_eq!(set.index.rows()?, kept, "nothing is said to be gone");
    Ok(())
}

fn one_thread() -> IndexOptions {
    IndexOptions { threads: Some(1), ..IndexOptions::default() }
}

/// How many pictures [`held`] has. Every second one is damaged.
const N_HELD: usize = 1600;

/// Pictures whose indexing the test holds in its hand: each damaged one is complained of in a line of a kilobyte, and a pipe
/// that nobody reads takes some dozens of those. So the program waits until the test reads on.
fn held() -> Result<Set, Box<dyn Error>> {
    let set = Set::new()?;
    let folder = ["x".repeat(240).as_str(); 4].join("/");
    for number in 0..N_HELD as u32 {
        let name = format!("{folder}/{number:04}.jpg");
        if number % 2 == 0 {
            set.add(&name, number)?;
        } else {
            fs::write(set.picture(&name), b"")?;
        }
    }
    Ok(set)
}

#[test]
fn a_kill_at_any_moment_loses_only_what_was_in_flight() -> Outcome {
    let set = held()?;
    let file = set.file("index.sqlite");
    let (folder, into) = (set.file("pictures"), file.to_str().ok_or("a plain name")?.to_owned());
    let arguments = ["dataset", "index", folder.to_str().ok_or("a plain name")?, "--into", &into, "--no-score"];
    let mut seen: BTreeMap<String, Row> = BTreeMap::new();
    for _ in 0..2 {
        let mut child =
            program(&arguments).args(["--threads", "1"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        // After so many complaints enough was done for rows to have been written. The pipe stays open to the end.
        let mut complaints = BufReader::new(child.stderr.take().ok_or("no pipe")?).lines();
        assert_eq!(complaints.by_ref().take(260).count(), 260);
        child.kill()?;
        child.wait()?;
        let rows: BTreeMap<String, Row> =
            Index::open(&file)?.rows()?.into_iter().map(|row| (name(&row), row)).collect();
        assert!(rows.len() > seen.len() && rows.len() < N_HELD, "{} after {}", rows.len(), seen.len());
        for (name, row) in &seen {
            assert_eq!(Some(row), rows.get(name), "nothing is done twice");
        }
        seen = rows;
    }
    let output = program(&arguments).output()?;
    assert_eq!(output.status.code(), Some(0));
    let (read, failed) = (N_HELD - seen.len(), N_HELD / 2 - seen.values().filter(|row| row.error.is_some()).count());
    let expected = format!("{N_HELD} pictures found: {read} read ({failed} failed), {} as before", seen.len());
    assert!(text(&output.stdout).starts_with(&expected), "{}", text(&output.stdout));
    let rows = set.rows()?;
    assert_eq!(rows.len(), N_HELD);
    assert!(seen.iter().all(|(name, row)| rows.get(name) == Some(row)));
    for row in rows.values() {
        let is_whole = row.sha256.is_some() && set.index.thumbnail(row.id)?.is_some();
        assert_eq!(is_whole, row.error.is_none());
    }
    let check: String = Connection::open(&file)?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(check, "ok");
    Ok(())
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_done() -> Outcome {
    let set = held()?;
    let mut command = program(&["dataset", "index", "--no-score", "--threads", "1", "--into"]);
    command.arg(set.index.path()).arg(set.file("pictures")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let mut complaints = BufReader::new(child.stderr.take().ok_or("no pipe")?).lines();
    complaints.next().ok_or("it complains of the first damaged picture")??;
    Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    // It waits for its complaints to be read, with the signal before it.
    let said: Vec<String> = complaints.collect::<Result<_, _>>()?;
    let output = child.wait_with_output()?;
    let said: Vec<&String> = said.iter().filter(|line| line.len() < 500).collect();
    assert_eq!((output.status.code(), said.len()), (Some(1), 2), "{said:?}");
    assert!(said[0].contains("stopping, and keeping what is done"), "{said:?}");
    assert!(said[1].contains("the same command goes on"), "{said:?}");
    let kept = set.index.rows()?.len();
    assert!(kept > 0 && kept < N_HELD, "{kept}");
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

    // A later mark wins, whichever index it is in and whatever was read since.
    let mut part = Index::open(&parts[0])?;
    let id = part.rows()?[0].id;
    part.set_checked(&[id], true)?;
    drop(part);
    assert_eq!(dataset::merge(&mut merged, &parts)?.taken, 1);
    assert_eq!(merged.summary()?.checked, 1);
    Connection::open(&parts[0])?
        .execute("UPDATE pictures SET written = written + 1000, marked = NULL, checked = 0", [])?;
    assert_eq!(dataset::merge(&mut merged, &parts)?.taken, sizes[0] as u64, "they were read again elsewhere");
    assert_eq!(merged.summary()?.checked, 1, "and nobody took the mark away");
    assert_fails(&program(&["dataset", "merge", "--into"]).arg(&into).arg(&into).output()?, "name it once");
    Ok(())
}
