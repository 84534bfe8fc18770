//! Sources that are none, and indexes that cannot be used.

use std::{fs, path::Path};

use rusqlite::Connection;
use terrasight::dataset::Index;

use crate::set::*;

#[test]
fn sources_that_are_none_get_one_line() -> Outcome {
    let set = Set::of(1)?;
    let files: [(&str, &[u8], &str); 6] = [
        ("wrong.csv", b"town,lat\na.jpg,1\n", "wrong.csv has no column 'path'; it has: town, lat; say which"),
        ("half.csv", b"path,latitude\na.jpg,1\n", "has no column 'longitude'"),
        ("bad.csv", b"path,latitude,longitude\na.jpg,95,1\n", "line 2, column 'latitude': 95 lies outside"),
        ("nothing.txt", b"not/there.jpg\n", "none of the files that it lists is there"),
        ("picture.jpg", b"\xff\xd8\xff\x00\x01", "neither a folder, nor a CSV"),
        ("empty.csv", b"path\n", "lists no pictures"),
    ];
    let into = set.file("new.sqlite");
    let index = |source: &Path| program(&["dataset", "index", "--into"]).arg(&into).arg(source).output();
    for (name, bytes, expected) in files {
        fs::write(set.file(name), bytes)?;
        assert_fails(&index(&set.file(name))?, expected);
    }
    assert_fails(&index(&set.file("no-such-folder"))?, "cannot be read");
    assert_eq!(Index::open(&into)?.rows()?, []);
    Ok(())
}

#[test]
fn an_index_that_cannot_be_used_is_refused_in_one_line() -> Outcome {
    let mut set = Set::of(300)?;
    set.run()?;
    let (home, index) = (set.home, set.index);
    let file = index.path().to_owned();
    drop(index);
    let at = |name: &str| home.path().join(name);
    let try_it = |file: &Path| program(&["dataset", "index", "--into"]).arg(file).arg(at("pictures")).output();

    // Another program's.
    Connection::open(at("foreign.sqlite"))?.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1);")?;
    let foreign = fs::read(at("foreign.sqlite"))?;
    assert_fails(&try_it(&at("foreign.sqlite"))?, "another program's SQLite file");
    assert_eq!(fs::read(at("foreign.sqlite"))?, foreign, "it is left as it was");
    fs::write(at("words.sqlite"), "these are words, and more than sixteen bytes of them")?;
    assert_fails(&try_it(&at("words.sqlite"))?, "no SQLite file");
    assert_fails(&try_it(&at("pictures"))?, "a folder");
    assert_fails(&try_it(&at("no/such/folder/index.sqlite"))?, "does not exist");
    let export =
        |file: &Path| program(&["dataset", "export", "--as", "csv", "--out"]).arg(at("x.csv")).arg(file).output();
    assert_fails(&export(&at("missing.sqlite"))?, "there is no such index");
    assert!(!at("missing.sqlite").exists());

    // A later version's.
    fs::copy(&file, at("newer.sqlite"))?;
    Connection::open(at("newer.sqlite"))?.pragma_update(None, "user_version", 99)?;
    assert_fails(&try_it(&at("newer.sqlite"))?, "made by a newer terrasight");

    // Damaged: cut off, or with rubbish inside.
    let whole = fs::read(&file)?;
    fs::write(at("cut.sqlite"), &whole[..whole.len() / 3])?;
    assert_fails(&try_it(&at("cut.sqlite"))?, "is damaged");
    let mut rubbish = whole.clone();
    rubbish[4096..32768].fill(0xA5);
    fs::write(at("rubbish.sqlite"), rubbish)?;
    assert_fails(&try_it(&at("rubbish.sqlite"))?, "is damaged");

    // In use.
    let other = Connection::open(&file)?;
    other.execute_batch("BEGIN EXCLUSIVE")?;
    fs::remove_file(at("pictures").join("0000.jpg"))?;
    assert_fails(&try_it(&file)?, "is in use by another program");
    other.execute_batch("ROLLBACK")?;
    drop(other);
    assert_eq!(try_it(&file)?.status.code(), Some(0));
    Ok(())
}

/// The program as somebody who may read the index and not write it: root, who may do anything, becomes nobody for it.
#[cfg(unix)]
fn as_a_reader(home: &Path, arguments: &[&str]) -> std::io::Result<std::process::Output> {
    use std::os::unix::{fs::MetadataExt as _, fs::PermissionsExt as _, process::CommandExt as _};
    const NOBODY: u32 = 65534;
    let mut command = program(arguments);
    if fs::metadata(home)?.uid() == 0 {
        // Nobody may not enter the folder that the program was built in.
        let copy = home.join("terrasight");
        if !copy.exists() {
            fs::copy(command.get_program(), &copy)?;
            fs::set_permissions(&copy, fs::Permissions::from_mode(0o755))?;
        }
        command = std::process::Command::new(copy);
        command.args(arguments).stdin(std::process::Stdio::null()).uid(NOBODY);
    }
    command.env("TERRASIGHT_HOME", home.join("home")).output()
}

#[cfg(unix)]
#[test]
fn an_index_on_read_only_media_opens_and_nothing_is_written_beside_it() -> Outcome {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    let mut set = Set::of(3)?;
    set.run()?;
    let (home, index) = (set.home, set.index.path().to_owned());
    drop(set.index);
    let desk = tempfile::tempdir()?;
    fs::create_dir(desk.path().join("home"))?;
    for folder in [desk.path(), &desk.path().join("home")] {
        mode(folder, 0o777)?;
    }
    mode(&index, 0o444)?;
    mode(home.path(), 0o555)?;
    let (index, out) = (index.to_string_lossy(), desk.path().join("out.csv"));
    let pictures = home.path().join("pictures");
    let export = ["dataset", "export", &index, "--as", "csv", "--out", &out.to_string_lossy()];
    let output = as_a_reader(desk.path(), &export)?;
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert!(text(&output.stdout).contains("3 pictures"), "{}", text(&output.stdout));
    fs::write(pictures.join("new.jpg"), encoded(&drawn(9, 60, 40), image::ImageFormat::Jpeg)?)?;
    let again = ["dataset", "index", &pictures.to_string_lossy(), "--no-score", "--into", &index];
    assert_fails(&as_a_reader(desk.path(), &again)?, "the index can be read but not written");
    let mut beside: Vec<_> = fs::read_dir(home.path())?.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
    beside.sort();
    assert_eq!(beside, ["index.sqlite", "pictures"]);
    Ok(mode(home.path(), 0o755)?)
}
