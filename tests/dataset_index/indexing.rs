//! What the index takes in, and when it does anything at all.

use std::{fs, time::SystemTime};

use image::ImageFormat;
use terrasight::{
    dataset::{IndexOptions, PositionSource, Scorer, Trouble},
    picture::Picture,
};

use crate::set::*;

#[test]
fn a_folder_is_indexed_with_all_that_is_in_it() -> Outcome {
    let mut set = Set::new()?;
    set.add("a.jpg", 1)?;
    set.add("within/further/b.png", 2)?;
    set.add(".hidden/c.png", 3)?;
    fs::write(set.picture("notes.txt"), "no picture")?;
    fs::write(set.picture("broken.jpg"), b"\xff\xd8\xff\xe0\x00\x10JFIF\x00")?;
    fs::write(set.picture("empty.png"), b"")?;
    fs::write(set.picture("paris.JPG"), with_exif(&drawn(4, 200, 300), 48.85, 2.35)?)?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(set.file("pictures"), set.picture("within/round-and-round"))?;
    let run = set.run()?;
    assert_eq!(run.counts(), [5, 0, 2, 0]);
    let rows = set.rows()?;
    let names: Vec<&str> = rows.keys().map(String::as_str).collect();
    assert_eq!(names, ["a.jpg", "broken.jpg", "empty.png", "paris.JPG", "within/further/b.png"]);

    let paris = &rows["paris.JPG"];
    assert_eq!((paris.width, paris.height, &paris.error), (200, 300, &None));
    assert_eq!(paris.sha256, Some(Picture::open(&set.picture("paris.JPG"))?.sha256));
    assert_eq!(paris.taken.as_deref(), Some("2024-05-31 14:03:09"));
    let position = paris.position.ok_or("no position")?;
    assert!((position.lat - 48.85).abs() < 1e-4 && (position.lon - 2.35).abs() < 1e-4, "{position:?}");
    assert_eq!(paris.position_source, Some(PositionSource::Exif));
    assert_eq!(paris.country.map(|code| code.to_string()).as_deref(), Some("FR"));
    assert_eq!(paris.file(&set.index.root()?), fs::canonicalize(set.picture("paris.JPG"))?);
    let thumbnail = image::load_from_memory(&set.index.thumbnail(paris.id)?.ok_or("no thumbnail")?)?;
    assert_eq!((thumbnail.width(), thumbnail.height()), (85, 128));

    let unread = |name: &str| match &rows[name].error {
        Some(Trouble::Unread(reason)) => reason.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(unread("empty.png"), "is empty (zero bytes); get the file again");
    assert!(unread("broken.jpg").starts_with("is damaged"));
    assert_eq!(set.index.thumbnail(rows["empty.png"].id)?, None);
    assert_eq!(run.failures.len(), 2);
    let total = set.index.summary()?;
    assert_eq!((total.rows, total.errors, total.located, total.scored), (5, 2, 1, 0));
    Ok(())
}

#[test]
fn what_has_not_changed_is_left_alone_and_what_has_is_done_again() -> Outcome {
    let mut set = Set::of(5)?;
    fs::write(set.picture("bad.jpg"), b"")?;
    assert_eq!(set.run()?.counts(), [6, 0, 1, 0]);
    let before = set.rows()?;
    assert_eq!(set.run()?.counts(), [0, 6, 0, 0]);
    assert_eq!(set.rows()?, before, "nothing was written");
    assert_eq!(set.run_with(&IndexOptions { retry: true, ..IndexOptions::default() }, None)?.counts(), [1, 5, 1, 0]);

    // One is changed, one vanishes, one is mended.
    set.index.set_checked(&[before["0001.jpg"].id], true)?;
    set.add("0001.jpg", 100)?;
    fs::remove_file(set.picture("0002.jpg"))?;
    set.add("bad.jpg", 6)?;
    let revision = set.index.rows()?.iter().map(|row| row.revision).max().ok_or("no rows")?;
    assert_eq!(set.run()?.counts(), [2, 3, 0, 1]);
    let changed: Vec<String> = set.index.rows_since(revision)?.iter().map(name).collect();
    assert_eq!(changed, ["0001.jpg", "0002.jpg", "bad.jpg"]);
    let after = set.rows()?;
    assert_ne!(after["0001.jpg"].sha256, before["0001.jpg"].sha256);
    assert_eq!(after["0001.jpg"].id, before["0001.jpg"].id);
    assert!(after["0001.jpg"].checked, "the mark stays");
    assert_eq!(after["bad.jpg"].error, None);
    let gone = &after["0002.jpg"];
    assert_eq!((&gone.error, &gone.sha256), (&Some(Trouble::Gone), &before["0002.jpg"].sha256));
    assert!(gone.is_gone() && set.index.thumbnail(gone.id)?.is_some(), "what was known of it is kept");
    assert_eq!(set.run()?.counts(), [0, 5, 0, 0], "it is said to be gone once");
    Ok(())
}

#[test]
fn a_picture_that_comes_back_is_not_read_again() -> Outcome {
    let mut set = Set::of(2)?;
    set.run()?;
    let before = set.rows()?;
    fs::rename(set.picture("0000.jpg"), set.file("aside.jpg"))?;
    assert_eq!(set.run()?.counts(), [0, 1, 0, 1]);
    fs::rename(set.file("aside.jpg"), set.picture("0000.jpg"))?;
    assert_eq!(set.run()?.counts(), [0, 2, 0, 0]);
    let back = &set.rows()?["0000.jpg"];
    assert_eq!((back.error.as_ref(), &back.sha256), (None, &before["0000.jpg"].sha256));
    Ok(())
}

#[test]
fn scores_are_made_once_a_scorer_and_content() -> Outcome {
    let mut set = Set::of(20)?;
    let options = IndexOptions::default();
    assert_eq!(set.run()?.counts(), [20, 0, 0, 0]);
    let mut first = Same::new("first", 0.25);
    assert_eq!(set.run_with(&options, Some(&mut first))?.counts(), [20, 0, 0, 0]);
    assert_eq!(set.run_with(&options, Some(&mut first))?.counts(), [0, 20, 0, 0]);
    assert_eq!(first.scored, 20);
    assert!(
        set.index.rows()?.iter().all(|row| row.locatability == Some(0.25) && row.scorer.as_deref() == Some("first"))
    );

    // A file that was only touched is read, to see that it is the same, and not scored.
    fs::File::options().append(true).open(set.picture("0003.jpg"))?.set_modified(SystemTime::UNIX_EPOCH)?;
    assert_eq!(set.run_with(&options, Some(&mut first))?.counts(), [1, 19, 0, 0]);
    assert_eq!(first.scored, 20);
    set.add("0003.jpg", 333)?;
    assert_eq!(set.run()?.counts(), [1, 19, 0, 0]);
    assert_eq!(set.rows()?["0003.jpg"].locatability, None, "the score of other bytes is not kept");
    set.run_with(&options, Some(&mut first))?;
    assert_eq!(first.scored, 21);

    let mut second = Same::new("second", 0.75);
    assert_eq!(set.run_with(&options, Some(&mut second))?.counts(), [20, 0, 0, 0]);
    assert_eq!(second.scored, 20);
    assert!(set.index.rows()?.iter().all(|row| row.locatability == Some(0.75) && row.hash.is_some()));

    let mut failing = Same { name: "failing", score: Err("no memory".to_owned()), scored: 0 };
    let without = set.run_with(&options, Some(&mut failing))?;
    assert_eq!((without.counts(), without.summary.unscored), ([20, 0, 0, 0], 20), "they were read");
    assert_eq!(set.rows()?["0000.jpg"].error, Some(Trouble::Unscored("no memory".to_owned())));
    assert_eq!(set.run_with(&options, Some(&mut failing))?.counts(), [0, 20, 0, 0]);
    let mut wrong = Same::new("wrong", 1.5);
    assert_eq!(set.run_with(&options, Some(&mut wrong))?.summary.unscored, 20, "1.5 is no locatability");
    assert_eq!(set.run_with(&options, Some(&mut second))?.summary.unscored, 0);
    assert_eq!(set.rows()?["0000.jpg"].error, None);
    Ok(())
}

#[test]
fn large_pictures_reach_the_scorer_reduced() -> Outcome {
    struct Sizes(Vec<(u32, u32, u32)>);
    impl Scorer for Sizes {
        fn name(&self) -> &str {
            "sizes"
        }
        fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>> {
            self.0.extend(pictures.iter().map(|seen| (seen.pixels.width(), seen.pixels.height(), seen.width)));
            pictures.iter().map(|_| Ok(0.5)).collect()
        }
    }
    let mut set = Set::new()?;
    fs::write(set.picture("a.png"), encoded(&drawn(1, 3000, 1500), ImageFormat::Png)?)?;
    let mut sizes = Sizes(Vec::new());
    set.run_with(&IndexOptions::default(), Some(&mut sizes))?;
    assert_eq!(sizes.0, [(1024, 512, 3000)]);
    Ok(())
}

#[test]
fn tables_bring_places_and_need_only_paths() -> Outcome {
    let mut set = Set::of(4)?;
    fs::write(set.picture("gps.jpg"), with_exif(&drawn(9, 60, 60), -33.9, 151.2)?)?;
    let table = concat!(
        "path,latitude,longitude,country_code,city,locatability,reasons\n",
        "pictures/0000.jpg,48.85,2.35,FR,Paris,0.75,\"[\"\"Yellow plates.\"\"]\"\n",
        "pictures/0001.jpg,52.5,13.4,,,,\n",
        "pictures/gps.jpg,,,,,,\n",
        "pictures/missing.jpg,1,2,,,,\n",
    );
    fs::write(set.file("table.csv"), table)?;
    let summary = set.run_source("table.csv")?;
    assert_eq!((summary.done, summary.failed), (4, 1));
    let rows = set.rows()?;
    let country = |name: &str| rows[name].country.map(|code| code.to_string()).unwrap_or_default();
    assert_eq!((country("pictures/0000.jpg"), country("pictures/0001.jpg")), ("FR".to_owned(), "DE".to_owned()));
    let paris = &rows["pictures/0000.jpg"];
    assert_eq!((paris.city.as_deref(), paris.position_source), (Some("Paris"), Some(PositionSource::Manifest)));
    assert_eq!((paris.locatability, paris.scorer.as_deref()), (Some(0.75), Some("manifest")));
    assert_eq!(country("pictures/gps.jpg"), "AU");
    assert_eq!(rows["pictures/gps.jpg"].position_source, Some(PositionSource::Exif));
    assert_eq!(rows["pictures/missing.jpg"].error, Some(Trouble::Missing));

    assert_eq!(set.run_source("table.csv")?.skipped, 4);
    fs::write(set.file("table.csv"), table.replace("Paris", "Lutetia"))?;
    assert_eq!(set.run_source("table.csv")?.done, 1, "what the table says anew is taken in");
    assert_eq!(set.rows()?["pictures/0000.jpg"].city.as_deref(), Some("Lutetia"));

    // A list says nothing of places, and takes nothing away.
    fs::write(set.file("list.txt"), "./pictures/0000.jpg\n\npictures/0002.jpg\r\npictures/0002.jpg\n")?;
    let summary = set.run_source("list.txt")?;
    assert_eq!((summary.found, summary.done, summary.skipped), (2, 1, 1));
    assert_eq!(set.rows()?["pictures/0000.jpg"].city.as_deref(), Some("Lutetia"));
    fs::write(set.file("paths.csv"), "note,path\nx,pictures/0003.jpg\n")?;
    assert_eq!(set.run_source("paths.csv")?.done, 1);
    Ok(())
}
