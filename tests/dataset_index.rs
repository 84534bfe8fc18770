//! The index of a data set, as a user relies on it: nothing twice, nothing lost, one clear line for whatever is wrong, and
//! exports that other programs read.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant, SystemTime},
};

use exif::{Field, In, Rational, Tag, Value, experimental::Writer};
use image::{ImageFormat, Rgb, RgbImage};
use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::{Field as Cell, RowAccessor as _},
};
use rusqlite::Connection;
use tempfile::TempDir;
use terrasight::{
    dataset::{
        self, GONE, Index, IndexError, IndexObserver, IndexOptions, IndexProgress, IndexSource, IndexSummary, Manifest,
        PositionSource, Row, Scorer, export,
        export::{ExportForm, Selection, Stage, Transfer},
        index_pictures,
    },
    picture::Picture,
};

type Outcome = Result<(), Box<dyn Error>>;

/// A folder of pictures and an index outside it.
struct Set {
    home: TempDir,
    index: Index,
}

impl Set {
    fn new() -> Result<Self, Box<dyn Error>> {
        let home = tempfile::tempdir()?;
        fs::create_dir(home.path().join("pictures"))?;
        let index = Index::create_or_open(&home.path().join("index.sqlite"))?;
        Ok(Self { home, index })
    }

    /// With so many pictures.
    fn of(count: u32) -> Result<Self, Box<dyn Error>> {
        let set = Self::new()?;
        for number in 0..count {
            set.add(&format!("{number:04}.jpg"), number)?;
        }
        Ok(set)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn picture(&self, name: &str) -> PathBuf {
        self.home.path().join("pictures").join(name)
    }

    /// Draws a picture into the folder.
    fn add(&self, name: &str, seed: u32) -> Outcome {
        let format = if name.ends_with("png") { ImageFormat::Png } else { ImageFormat::Jpeg };
        let path = self.picture(name);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        Ok(fs::write(path, encoded(&drawn(seed, 96, 64), format)?)?)
    }

    fn run(&mut self) -> Result<Run, Box<dyn Error>> {
        self.run_with(&IndexOptions::default(), None)
    }

    fn run_with(&mut self, options: &IndexOptions, scorer: Option<&mut dyn Scorer>) -> Result<Run, Box<dyn Error>> {
        let source = IndexSource::of(self.file("pictures"));
        let mut watcher = Watcher::default();
        let summary = index_pictures(&mut self.index, &source, options, scorer, &mut watcher)?;
        Ok(Run { summary, failures: watcher.failures })
    }

    fn run_source(&mut self, name: &str) -> Result<IndexSummary, IndexError> {
        let source = IndexSource::of(self.file(name));
        index_pictures(&mut self.index, &source, &IndexOptions::default(), None, &mut Watcher::default())
    }

    fn rows(&self) -> Result<BTreeMap<String, Row>, IndexError> {
        Ok(self.index.rows()?.into_iter().map(|row| (name(&row), row)).collect())
    }
}

struct Run {
    summary: IndexSummary,
    failures: Vec<(PathBuf, String)>,
}

impl Run {
    /// Read, left alone, failed, gone.
    fn counts(&self) -> [u64; 4] {
        [self.summary.done, self.summary.skipped, self.summary.failed, self.summary.gone]
    }
}

#[derive(Default)]
struct Watcher {
    failures: Vec<(PathBuf, String)>,
    /// Done when progress was told last.
    done: u64,
    cancel_after: Option<u64>,
    /// To be removed as soon as the source has been listed.
    remove: Option<PathBuf>,
}

impl IndexObserver for Watcher {
    fn progress(&mut self, progress: &IndexProgress) {
        self.done = progress.done;
        assert!(progress.done + progress.skipped <= progress.found, "{progress:?}");
        if let Some(folder) = self.remove.take_if(|_| progress.done > 0) {
            fs::remove_dir_all(folder).expect("the folder can be removed");
        }
    }

    fn failed(&mut self, path: &Path, reason: &str) {
        assert_eq!(reason.lines().count(), 1, "{reason}");
        self.failures.push((path.to_owned(), reason.to_owned()));
    }

    fn is_cancelled(&self) -> bool {
        self.cancel_after.is_some_and(|count| self.done >= count)
    }

    fn is_paused(&self) -> bool {
        false
    }
}

/// Gives every picture the same score, and counts.
struct Same {
    name: &'static str,
    score: Result<f64, String>,
    scored: usize,
}

impl Same {
    fn new(name: &'static str, score: f64) -> Self {
        Self { name, score: Ok(score), scored: 0 }
    }
}

impl Scorer for Same {
    fn name(&self) -> &str {
        self.name
    }

    fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>> {
        self.scored += pictures.len();
        pictures.iter().map(|_| self.score.clone()).collect()
    }
}

fn name(row: &Row) -> String {
    row.path.to_string_lossy().into_owned()
}

/// Blocks of grey that the seed decides, no two seeds alike.
fn drawn(seed: u32, width: u32, height: u32) -> RgbImage {
    let block = |x: u32, y: u32| {
        let mixed = (seed.wrapping_mul(0x9E37_79B1) ^ (x * 8 + y).wrapping_mul(0x85EB_CA6B)).wrapping_mul(0xC2B2_AE35);
        (mixed >> 24) as u8
    };
    RgbImage::from_fn(width, height, |x, y| Rgb([block(x * 8 / width, y * 8 / height); 3]))
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

/// A JPEG whose metadata say where and when it was taken.
fn with_exif(picture: &RgbImage, lat: f64, lon: f64) -> Result<Vec<u8>, Box<dyn Error>> {
    let degrees = |value: f64| {
        let parts = [value.abs().trunc(), value.abs().fract() * 60.0, 0.0];
        Value::Rational(parts.map(|part| Rational { num: (part * 1e4).round() as u32, denom: 10_000 }).to_vec())
    };
    let text = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let fields = [
        (Tag::GPSLatitude, degrees(lat)),
        (Tag::GPSLatitudeRef, text(if lat < 0.0 { "S" } else { "N" })),
        (Tag::GPSLongitude, degrees(lon)),
        (Tag::GPSLongitudeRef, text(if lon < 0.0 { "W" } else { "E" })),
        (Tag::DateTimeOriginal, text("2024:05:31 14:03:09")),
    ]
    .map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value });
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut exif = Cursor::new(b"Exif\0\0".to_vec());
    let mut tiff = Cursor::new(Vec::new());
    writer.write(&mut tiff, false)?;
    exif.get_mut().extend(tiff.into_inner());
    let exif = exif.into_inner();
    let jpeg = encoded(picture, ImageFormat::Jpeg)?;
    let length = u16::try_from(exif.len() + 2)?.to_be_bytes();
    Ok([&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat())
}

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
    assert_eq!((paris.width, paris.height, paris.error.as_deref()), (200, 300, None));
    assert_eq!(paris.sha256, Some(Picture::open(&set.picture("paris.JPG"))?.sha256));
    assert_eq!(paris.taken.as_deref(), Some("2024-05-31 14:03:09"));
    let position = paris.position.ok_or("no position")?;
    assert!((position.lat - 48.85).abs() < 1e-4 && (position.lon - 2.35).abs() < 1e-4, "{position:?}");
    assert_eq!(paris.position_source, Some(PositionSource::Exif));
    assert_eq!(paris.country.map(|code| code.to_string()).as_deref(), Some("FR"));
    assert_eq!(paris.file(&set.index.root()?), fs::canonicalize(set.picture("paris.JPG"))?);
    let thumbnail = image::load_from_memory(&set.index.thumbnail(paris.id)?.ok_or("no thumbnail")?)?;
    assert_eq!((thumbnail.width(), thumbnail.height()), (85, 128));

    assert_eq!(rows["empty.png"].error.as_deref(), Some("is empty (zero bytes); get the file again"));
    assert!(rows["broken.jpg"].error.as_deref().is_some_and(|error| error.starts_with("is damaged")));
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
    assert_eq!((gone.error.as_deref(), gone.sha256.as_ref()), (Some(GONE), before["0002.jpg"].sha256.as_ref()));
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
    assert_eq!(set.run_with(&options, Some(&mut failing))?.counts(), [20, 0, 20, 0]);
    assert_eq!(set.rows()?["0000.jpg"].error.as_deref(), Some("it could not be scored (no memory)"));
    assert_eq!(set.run_with(&options, Some(&mut failing))?.counts(), [0, 20, 0, 0]);
    let mut wrong = Same::new("wrong", 1.5);
    assert_eq!(set.run_with(&options, Some(&mut wrong))?.summary.failed, 20, "1.5 is no locatability");
    assert_eq!(set.run_with(&options, Some(&mut second))?.summary.failed, 0);
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

/// The built program.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrasight"));
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dataset-home");
    command.args(arguments).env("TERRASIGHT_HOME", home).stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the program writes UTF-8")
}

/// Exit code 1 and one line on standard error that says this.
#[track_caller]
fn assert_fails(output: &Output, expected: &str) {
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.starts_with("terrasight: ") && said.contains(expected), "'{said}' does not say '{expected}'");
}

#[test]
fn a_kill_at_any_moment_loses_only_what_was_in_flight() -> Outcome {
    let set = Set::of(0)?;
    for number in 0..400 {
        let picture = encoded(&drawn(number, 640, 480), ImageFormat::Jpeg)?;
        fs::write(set.picture(&format!("{number:04}.jpg")), picture)?;
    }
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
        // A window that was open all the while is closed too, so that opening has to mend what the kill left.
        let rows: BTreeMap<String, Row> =
            Index::open(&file)?.rows()?.into_iter().map(|row| (name(&row), row)).collect();
        assert!(rows.len() > before, "something was kept");
        for (name, row) in &seen {
            assert_eq!(Some(row), rows.get(name), "nothing is done twice");
        }
        seen = rows;
    }
    assert!(seen.len() < 400, "the kill came too late to test anything");
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

/// What a row says, wherever and whenever it was written.
fn content(row: &Row) -> Row {
    Row { id: 0, revision: 0, ..row.clone() }
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
    assert_eq!(rows["pictures/missing.jpg"].error.as_deref(), Some("there is no such file; check the name"));

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

#[test]
fn sources_that_are_none_get_one_line() -> Outcome {
    let set = Set::of(1)?;
    let files: [(&str, &[u8], &str); 6] = [
        ("wrong.csv", b"file,lat\na.jpg,1\n", "wrong.csv has no column 'path'"),
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

/// A set with places, scores, reasons, an error and two pictures that look alike.
fn labelled() -> Result<Set, Box<dyn Error>> {
    let mut set = Set::of(3)?;
    let same = drawn(0, 96, 64);
    fs::write(set.picture("0000 again.png"), encoded(&image::imageops::thumbnail(&same, 48, 32), ImageFormat::Png)?)?;
    fs::write(set.picture("bad.jpg"), b"")?;
    let table = concat!(
        "path,latitude,longitude,country_code,city,locatability,clues,reasons\n",
        "pictures/0000.jpg,48.85,2.35,FR,Paris,0.75,\"[\"\"plates\"\"]\",\"[\"\"Yellow plates.\"\"]\"\n",
        "pictures/0001.jpg,-33.9,151.2,AU,=cmd(),0.25,,\n",
        "pictures/0002.jpg,,,,,,,\n",
        "pictures/0000 again.png,48.85,2.35,FR,Paris,0.5,,\n",
        "pictures/bad.jpg,1.0,32.0,UG,,,,\n",
    );
    fs::write(set.file("table.csv"), table)?;
    set.run_source("table.csv")?;
    Ok(set)
}

fn exported(
    set: &Set,
    selection: &Selection,
    form: ExportForm,
    out: &str,
) -> Result<export::ExportSummary, Box<dyn Error>> {
    let rows = selection.of(set.index.rows()?);
    Ok(export::export(&set.index, &rows, form, &set.file(out), &mut |_| true)?)
}

#[test]
fn a_selection_takes_what_it_says() -> Outcome {
    let mut set = labelled()?;
    let names = |set: &Set, selection: Selection| -> Result<Vec<String>, IndexError> {
        Ok(selection.of(set.index.rows()?).iter().map(name).map(|name| name.replace("pictures/", "")).collect())
    };
    let all = Selection::default();
    assert_eq!(names(&set, all.clone())?, ["0000 again.png", "0000.jpg", "0001.jpg", "0002.jpg"]);
    assert_eq!(names(&set, Selection { with_errors: true, ..all.clone() })?.len(), 5);
    assert_eq!(names(&set, Selection { min_locatability: Some(0.5), ..all.clone() })?, ["0000 again.png", "0000.jpg"]);
    assert_eq!(names(&set, Selection { max_locatability: Some(0.5), ..all.clone() })?, ["0000 again.png", "0001.jpg"]);
    assert_eq!(names(&set, Selection { countries: vec!["AU".parse()?], ..all.clone() })?, ["0001.jpg"]);
    assert_eq!(names(&set, Selection { located: true, ..all.clone() })?.len(), 3);
    assert_eq!(names(&set, Selection { no_duplicates: Some(4), ..all.clone() })?, ["0000.jpg", "0001.jpg", "0002.jpg"]);
    let id = set.rows()?["pictures/0001.jpg"].id;
    set.index.set_checked(&[id], true)?;
    assert_eq!(names(&set, Selection { checked: true, ..all })?, ["0001.jpg"]);
    Ok(())
}

#[test]
fn a_csv_export_is_a_manifest() -> Outcome {
    let set = labelled()?;
    let selection = Selection { located: true, ..Selection::default() };
    let summary = exported(&set, &selection, ExportForm::Csv, "out.csv")?;
    assert_eq!((summary.written, summary.without_position), (3, 0));
    let manifest = Manifest::read(&set.file("out.csv"))?;
    let sample = &manifest.samples[1];
    assert_eq!((sample.name.as_str(), sample.locatability), ("pictures/0000.jpg", Some(0.75)));
    assert_eq!((sample.position.lat, sample.city.as_deref()), (48.85, Some("Paris")));
    assert_eq!((sample.reasons.len(), sample.clues.len()), (1, 1));
    assert_eq!(manifest.samples[2].city.as_deref(), Some("'=cmd()"), "no spreadsheet takes it for a formula");
    let summary = exported(&set, &Selection::default(), ExportForm::Csv, "out.csv")?;
    assert_eq!((summary.written, summary.without_position), (4, 1));
    Ok(())
}

#[test]
fn parquet_is_read_back() -> Outcome {
    let set = labelled()?;
    let selection = Selection { with_errors: true, ..Selection::default() };
    for (form, n_columns) in [(ExportForm::Parquet, 13), (ExportForm::GeoParquet, 14)] {
        assert_eq!(exported(&set, &selection, form, "out.parquet")?.written, 5);
        let reader = SerializedFileReader::new(fs::File::open(set.file("out.parquet"))?)?;
        let metadata = reader.metadata().file_metadata();
        assert_eq!(metadata.schema_descr().num_columns(), n_columns);
        let geo = metadata.key_value_metadata().into_iter().flatten().find(|pair| pair.key == "geo");
        let rows: Vec<parquet::record::Row> = reader.get_row_iter(None)?.collect::<Result<_, _>>()?;
        assert_eq!(rows.len(), 5);
        let known = set.rows()?;
        for row in &rows {
            let expected = &known[row.get_string(0)?];
            assert_eq!(optional(row, 1), expected.sha256.clone().map(Cell::Str));
            assert_eq!((row.get_int(2)? as u32, row.get_int(3)? as u32), (expected.width, expected.height));
            assert_eq!(optional(row, 4), expected.position.map(|at| Cell::Double(at.lat)));
            assert_eq!(optional(row, 5), expected.position.map(|at| Cell::Double(at.lon)));
            assert_eq!(optional(row, 6), expected.country.map(|code| Cell::Str(code.to_string())));
            assert_eq!(optional(row, 7), expected.city.clone().map(Cell::Str));
            assert_eq!(optional(row, 9), expected.locatability.map(Cell::Double));
            assert_eq!(optional(row, 10), expected.scorer.clone().map(Cell::Str));
            assert_eq!(row.get_bool(11)?, expected.checked);
            assert_eq!(optional(row, 12), expected.error.clone().map(Cell::Str));
            if form == ExportForm::GeoParquet {
                let point = optional(row, 13);
                let expected = expected
                    .position
                    .map(|at| [&[1, 1, 0, 0, 0][..], &at.lon.to_le_bytes(), &at.lat.to_le_bytes()].concat());
                assert_eq!(point, expected.map(|bytes| Cell::Bytes(bytes.into())));
            }
        }
        let geo = geo.and_then(|pair| pair.value.clone());
        assert_eq!(geo.is_some(), form == ExportForm::GeoParquet);
        if let Some(geo) = geo {
            let geo: serde_json::Value = serde_json::from_str(&geo)?;
            assert_eq!((&geo["version"], &geo["primary_column"]), (&"1.1.0".into(), &"geometry".into()));
            assert_eq!(geo["columns"]["geometry"]["encoding"], "WKB");
            assert_eq!(geo["columns"]["geometry"]["bbox"], serde_json::json!([2.35, -33.9, 151.2, 48.85]));
        }
    }
    Ok(())
}

fn optional(row: &parquet::record::Row, column: usize) -> Option<Cell> {
    let (_, cell) = row.get_column_iter().nth(column)?;
    (*cell != Cell::Null).then(|| cell.clone())
}

#[test]
fn the_training_forms_are_the_papers() -> Outcome {
    let set = labelled()?;
    let summary = exported(&set, &Selection::default(), ExportForm::QwenVl(Stage::Location), "location.json")?;
    assert_eq!((summary.written, summary.left_out), (3, 1));
    let read = |name: &str| -> Result<serde_json::Value, Box<dyn Error>> {
        Ok(serde_json::from_str(&fs::read_to_string(set.file(name))?)?)
    };
    let conversations = &read("location.json")?[1]["conversations"];
    let picture = fs::canonicalize(set.picture("0000.jpg"))?;
    let question = format!("Picture 1: <img>{}</img>\nWhich country and city is the image located?", picture.display());
    assert_eq!((&conversations[0]["from"], &conversations[0]["value"]), (&"user".into(), &question.into()));
    assert_eq!(conversations[1]["from"], "assistant");
    assert_eq!(conversations[1]["value"], "{'country': 'France', 'city': 'Paris'}");
    let summary = exported(&set, &Selection::default(), ExportForm::QwenVl(Stage::Reasoning), "reasons.json")?;
    assert_eq!((summary.written, summary.left_out), (1, 3));
    let conversations = &read("reasons.json")?[0]["conversations"];
    assert_eq!(conversations[1]["value"], "{'country': 'France', 'reasons': ['Yellow plates.']}");
    Ok(())
}

#[test]
fn a_folder_export_can_be_used_alone() -> Outcome {
    let set = labelled()?;
    for (out, transfer) in [("copies", Transfer::Copy), ("links", Transfer::Link)] {
        let selection = Selection { located: true, ..Selection::default() };
        assert_eq!(exported(&set, &selection, ExportForm::Folder(transfer), out)?.written, 3);
        let manifest = Manifest::read(&set.file(out).join("manifest.csv"))?;
        for sample in &manifest.samples {
            assert!(sample.path.starts_with(set.file(out)));
            let original = set.home.path().join(sample.name.trim_start_matches("pictures/"));
            assert_eq!(fs::read(&sample.path)?, fs::read(original)?);
        }
    }
    let again = exported(&set, &Selection::default(), ExportForm::Folder(Transfer::Copy), "copies");
    assert!(again.unwrap_err().to_string().contains("there already and not empty"));

    // Ended half way, nothing is left.
    let rows = set.index.rows()?;
    let form = ExportForm::Folder(Transfer::Copy);
    let ended = export::export(&set.index, &rows, form, &set.file("ended"), &mut |done| done < 2);
    assert!(ended.unwrap_err().to_string().contains("ended before it was done"));
    let nothing = exported(&set, &Selection { min_locatability: Some(0.99), ..Selection::default() }, form, "nothing");
    assert!(nothing.unwrap_err().to_string().contains("nothing was written"));
    let left: Vec<String> = fs::read_dir(set.home.path())?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, std::io::Error>>()?;
    assert!(
        !left.iter().any(|name| name.contains("ended") || name.contains("nothing") || name.contains("part-")),
        "{left:?}"
    );
    Ok(())
}

#[test]
fn the_commands_say_what_they_did() -> Outcome {
    let set = Set::of(4)?;
    let into = set.file("cli.sqlite");
    let output = program(&["dataset", "index", "--into"]).arg(&into).arg(set.file("pictures")).output()?;
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert!(text(&output.stdout).contains("4 pictures found: 4 read (0 failed)"), "{}", text(&output.stdout));
    let export = |form: &str, out: &str| {
        program(&["dataset", "export", "--as", form, "--out"]).arg(set.file(out)).arg(&into).output()
    };
    for (form, out) in [("csv", "a.csv"), ("parquet", "a.parquet"), ("geoparquet", "b.parquet"), ("folder", "copied")] {
        let output = export(form, out)?;
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{form}");
        assert!(text(&output.stdout).contains("4 pictures"), "{}", text(&output.stdout));
        assert!(set.file(out).exists());
    }
    assert_fails(&export("qwen-vl", "a.json")?, "no picture of the index is selected");
    assert_fails(&export("csv", "no/such/folder/a.csv")?, "does not exist");
    Ok(())
}

/// `cargo test --release --test dataset_index -- --ignored --nocapture figures`: what indexing costs.
#[test]
#[ignore = "measures; takes a minute"]
fn figures() -> Outcome {
    let mut set = Set::new()?;
    for seed in 0..2000 {
        let street = terrasight::street::draw(seed);
        fs::write(set.picture(&format!("{seed:05}.jpg")), encoded(&street.pixels, ImageFormat::Jpeg)?)?;
    }
    let run = set.run()?;
    println!("indexing: {:.0} pictures/s without a scorer", run.summary.done as f64 / run.summary.seconds);
    let again = set.run()?;
    println!("indexing again: {:.3} s", again.summary.seconds);
    let file = set.index.path().to_owned();
    drop(set.index);
    println!("index: {} bytes a picture", fs::metadata(&file)?.len() / 2000);
    let mut near: Vec<u32> = Vec::new();
    let hashes: Vec<u64> = Index::open(&file)?.rows()?.iter().filter_map(|row| row.hash).collect();
    for (at, a) in hashes.iter().enumerate() {
        near.extend(hashes[at + 1..].iter().map(|b| (a ^ b).count_ones()));
    }
    near.sort_unstable();
    println!("bits between two streets: least {}, one in a thousand {}", near[0], near[near.len() / 1000]);

    // A hundred thousand rows, copied from these.
    let connection = Connection::open(&file)?;
    connection.execute_batch(
        "INSERT INTO pictures SELECT id + 2000 * n, path || '.' || n, bytes, modified, sha256 || n, width, height, taken,
             random() % 90 * 0.9, random() % 180 * 0.9, 'exif', 'FR', 'Paris', abs(random() % 1000) / 1000.0, 'x',
             hash * n + random(), 0, NULL, NULL, written, revision
         FROM pictures, (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 49) SELECT n FROM t);
         INSERT INTO thumbnails SELECT id + 2000 * n, jpeg FROM thumbnails,
             (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 49) SELECT n FROM t);",
    )?;
    drop(connection);
    let begin = Instant::now();
    let index = Index::open(&file)?;
    println!("opening an index of 100,000: {:.3} s", begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    let rows = index.rows()?;
    println!("{} rows: {:.3} s", rows.len(), begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    for row in rows.iter().step_by(100) {
        index.thumbnail(row.id)?.ok_or("no thumbnail")?;
    }
    println!("a thumbnail: {:.1} us", begin.elapsed().as_secs_f64() * 1e6 / 1000.0);
    for distance in [0, 4, 8, 16] {
        let begin = Instant::now();
        let groups = dataset::duplicates(&rows, distance);
        println!("duplicates within {distance}: {} groups, {:.2} s", groups.len(), begin.elapsed().as_secs_f64());
    }
    for (form, out) in [(ExportForm::Csv, "out.csv"), (ExportForm::GeoParquet, "out.parquet")] {
        let begin = Instant::now();
        export::export(&index, &rows, form, &set.home.path().join(out), &mut |_| true)?;
        let bytes = fs::metadata(set.home.path().join(out))?.len();
        println!("{form:?}: {:.2} s, {bytes} bytes", begin.elapsed().as_secs_f64());
    }
    Ok(())
}
