//! Data sets that were moved or copied, whole or in part, with their index or without: nothing doubled, marks kept.

use std::{fs, path::Path};

use terrasight::dataset::{self, Index, IndexSource};

use crate::set::*;

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Twelve pictures, indexed, of which the third is marked.
fn marked() -> Result<Set, Box<dyn std::error::Error>> {
    let mut set = Set::of(12)?;
    set.run()?;
    let id = set.rows()?["0003.jpg"].id;
    set.index.set_checked(&[id], true)?;
    Ok(set)
}

fn assert_twelve_and_the_mark(index: &Index) -> Outcome {
    let rows = index.rows()?;
    assert_eq!(rows.len(), 12, "nothing is doubled");
    assert!(rows.iter().all(|row| !row.is_gone()), "nothing is gone");
    let checked: Vec<String> = rows.iter().filter(|row| row.checked).map(name).collect();
    assert!(checked.len() == 1 && checked[0].ends_with("0003.jpg"), "{checked:?}");
    Ok(())
}

#[test]
fn a_set_that_moved_with_its_index_is_read_where_it_is() -> Outcome {
    let set = marked()?;
    let elsewhere = tempfile::tempdir()?;
    let file = elsewhere.path().join("index.sqlite");
    drop(set.index);
    copy(set.home.path(), elsewhere.path())?;
    let pictures = fs::canonicalize(elsewhere.path().join("pictures"))?;
    let root = |file: &Path| -> Result<_, Box<dyn std::error::Error>> { Ok(Index::open(file)?.root()?) };
    assert_eq!(root(&file)?, pictures, "a copy does not reach back to the original");
    assert_eq!(root(&set.home.path().join("index.sqlite"))?, fs::canonicalize(set.home.path().join("pictures"))?);
    set.home.close()?;
    assert_eq!(root(&file)?, pictures);
    let output = program(&["dataset", "index", "--no-score", "--into"]).arg(&file).arg(&pictures).output()?;
    assert!(text(&output.stdout).starts_with("12 pictures found: "), "{}", text(&output.stdout));
    assert_twelve_and_the_mark(&Index::open(&file)?)
}

#[test]
fn pictures_that_moved_without_their_index_are_recognised() -> Outcome {
    for is_moved in [true, false] {
        let mut set = marked()?;
        copy(&set.file("pictures"), &set.file("new/name"))?;
        if is_moved {
            fs::remove_dir_all(set.file("pictures"))?;
        }
        set.run_source("new/name")?;
        assert_twelve_and_the_mark(&set.index)?;
        assert_eq!(set.index.root()?, fs::canonicalize(set.file("new/name"))?);
    }
    Ok(())
}

#[test]
fn pictures_that_were_sorted_into_folders_keep_their_marks() -> Outcome {
    let mut set = marked()?;
    let before = set.rows()?;
    fs::create_dir(set.picture("france"))?;
    for number in 0..6 {
        fs::rename(set.picture(&format!("{number:04}.jpg")), set.picture(&format!("france/{number:04}.jpg")))?;
    }
    fs::copy(set.picture("0007.jpg"), set.picture("a copy.jpg"))?;
    fs::remove_file(set.picture("0008.jpg"))?;
    let summary = set.run()?.summary;
    assert_eq!((summary.moved, summary.gone, summary.done), (6, 1, 7));
    let rows = set.rows()?;
    assert_eq!(rows.len(), 13, "a copy beside its original is a picture of its own");
    assert!(rows["france/0003.jpg"].checked && rows["france/0003.jpg"].id == before["0003.jpg"].id);
    assert!(!rows["a copy.jpg"].checked && rows["0008.jpg"].is_gone());
    assert_eq!(set.run()?.counts(), [0, 12, 0, 0], "and all is known from then on");
    Ok(())
}

#[test]
fn merging_keeps_marks_and_knows_the_same_set_on_another_machine() -> Outcome {
    let mut set = marked()?;
    // The same pictures at another place, read later and not marked; another one is marked there.
    let elsewhere = tempfile::tempdir()?;
    copy(&set.file("pictures"), &elsewhere.path().join("set"))?;
    let file = elsewhere.path().join("other.sqlite");
    let mut other = Index::create_or_open(&file)?;
    let source = IndexSource::of(elsewhere.path().join("set"));
    dataset::index_pictures(&mut other, &source, &Default::default(), None, &mut Watcher::default())?;
    let id = other.rows()?[7].id;
    other.set_checked(&[id], true)?;
    drop(other);
    dataset::merge(&mut set.index, &[file])?;
    let rows = set.rows()?;
    assert_eq!(rows.len(), 12, "nothing is doubled");
    let checked: Vec<&str> = rows.iter().filter(|(_, row)| row.checked).map(|(name, _)| name.as_str()).collect();
    assert_eq!(checked, ["0003.jpg", "0007.jpg"]);
    Ok(())
}
