//! Pictures that lie inside Parquet files, and what damage to these costs.

use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
};

use ::parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::*;
use crate::{dataset::Split, geo::LatLon};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/examples").join(name)
}

/// A copy of a fixture, and a folder to lay out what lies inside.
fn copied(name: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(name);
    fs::copy(fixture(name), &file).unwrap();
    let folder = home.path().join("unpacked");
    (home, file, folder)
}

fn read(file: &Path, folder: &Path) -> Result<Examples, SourceError> {
    Source::at(file).read_with(&Unpacking { folder: Some(folder), ..Unpacking::default() })
}

fn names(examples: &Examples) -> Vec<&str> {
    examples.examples.iter().map(|example| example.name.as_str()).collect()
}

fn said(examples: &Examples) -> Vec<String> {
    examples.bad.iter().map(BadExample::to_string).collect()
}

#[test]
fn pictures_inside_become_files_once_and_keep_what_is_said_of_them() {
    let (home, file, folder) = copied("inside.parquet");
    let first = read(&file, &folder).unwrap();
    assert_eq!(names(&first), ["paris one.png", "inside.parquet#2", "broken.png", "beside.png", "../../out.png"]);
    assert!(first.bad.is_empty(), "{:?}", first.bad);
    assert_eq!(first.examples[1].label.position, LatLon::new(-1.25, 36.75));
    let grey = |example: &Example| example.open().map(|picture| picture.pixels.get_pixel(3, 3).0[0]);
    let greys: Vec<Option<u8>> = first.examples.iter().map(|example| grey(example).ok()).collect();
    assert_eq!(greys, [Some(10), Some(20), None, None, Some(50)], "one is damaged, and one was never there");
    assert_eq!(first.examples[3].path, home.path().join("beside.png"), "a path without bytes is a file's");
    assert!(first.examples.iter().all(|example| example.path.starts_with(home.path())));
    assert!(first.examples[0].path.to_string_lossy().ends_with("00000/000000-paris_one.png"), "{first:?}");
    let written = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let before = written(&first.examples[0].path);
    let again = read(&file, &folder).unwrap();
    assert_eq!((again.examples, written(&first.examples[0].path)), (first.examples, before));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "nothing lies beside the file but what was asked for");
}

#[test]
fn what_was_broken_off_goes_on_with_the_next_row_group() {
    let (_home, file, folder) = copied("inside.parquet");
    let asked = Cell::new(0);
    let go_on = |done| {
        asked.set(done);
        done < 3
    };
    let ended = Source::at(&file).read_with(&Unpacking { folder: Some(&folder), go_on: &go_on });
    assert!(matches!(ended, Err(SourceError::Ended(_))) && asked.get() == 3, "{ended:?}");
    let of_file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let groups = |folder: &Path| {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|group| group.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(groups(&of_file), ["00000"], "a group is there whole or not at all");
    let all = Cell::new(0);
    let count = |done| {
        all.set(done);
        true
    };
    Source::at(&file).read_with(&Unpacking { folder: Some(&folder), go_on: &count }).unwrap();
    assert_eq!((all.get(), groups(&of_file).len()), (2, 3), "the first two were there");
}

#[test]
fn lists_of_one_and_columns_of_bytes_hold_pictures_too_and_text_is_text() {
    let (_home, file, folder) = copied("lists.parquet");
    let read_lists = read(&file, &folder).unwrap();
    assert_eq!((names(&read_lists), read_lists.examples[0].turns.len()), (vec!["lists.parquet#1"], 1));
    assert!(read_lists.examples[0].open().is_ok());
    let bad = said(&read_lists);
    assert!(bad[0].contains("about 2 pictures") && bad[1].contains("names no picture"), "{bad:?}");
    let (_home, file, folder) = copied("bytes.parquet");
    let read_bytes = read(&file, &folder).unwrap();
    assert_eq!(
        (names(&read_bytes), said(&read_bytes)),
        (vec!["bytes.parquet#1"], vec!["record 2: it names no picture".to_owned()])
    );
    assert!(read_bytes.examples[0].open().is_ok());
    let (_home, file, folder) = copied("text.parquet");
    assert_eq!(names(&read(&file, &folder).unwrap()), ["a.jpg", "b.jpg"]);
    assert!(!folder.exists());
}

#[test]
fn a_damaged_row_group_is_one_line_and_the_others_are_read() {
    let (_home, file, folder) = copied("inside.parquet");
    let reader = SerializedFileReader::new(fs::File::open(&file).unwrap()).unwrap();
    let column = reader.metadata().row_group(1).column(0).byte_range().0 as usize;
    let mut bytes = fs::read(&file).unwrap();
    bytes[column..column + 24].fill(0xff);
    fs::write(&file, bytes).unwrap();
    let read_rest = read(&file, &folder).unwrap();
    assert_eq!(names(&read_rest), ["paris one.png", "inside.parquet#2", "../../out.png"]);
    let bad = said(&read_rest);
    assert!(bad.len() == 1 && bad[0].starts_with("row group 2: it cannot be read ("), "{bad:?}");
    assert!(bad[0].ends_with("its 2 records are left out") && !bad[0].contains('\n'), "{bad:?}");
}

/// Every byte of a small file in turn is another: it is read, or refused in a line, and the reader comes to an end.
#[test]
fn no_broken_byte_is_worse_than_a_line() {
    let (home, file, _) = copied("bytes.parquet");
    let whole = fs::read(&file).unwrap();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x5a;
        fs::write(&file, bytes).unwrap();
        match read(&file, &home.path().join(format!("unpacked{place}"))) {
            Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
            Ok(read) => assert!(read.examples.len() + read.bad.len() <= 2, "byte {place}: {read:?}"),
        }
    }
}

#[test]
fn more_rows_than_a_file_can_have_are_not_believed() {
    let (_home, file, folder) = copied("claims.parquet");
    let refused = read(&file, &folder).unwrap_err().to_string();
    assert!(refused.contains("1000000000000 records, more than the file has bytes"), "{refused}");
}

#[test]
fn a_copy_of_a_picture_inside_is_not_learned_where_the_picture_is_held_back() {
    let (home, file, folder) = copied("bytes.parquet");
    let inside = read(&file, &folder).unwrap().examples.remove(0);
    let copy = home.path().join("copy.png");
    fs::copy(&inside.path, &copy).unwrap();
    let examples = [inside, Example { path: copy, ..Example::default() }];
    let split = Split::by_place(&examples, 1, 0.2, 0);
    assert_eq!((split.learned.len(), split.held_back.len()), (0, 2));
}
