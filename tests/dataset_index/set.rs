//! A folder of pictures with an index of it, and those who watch and score.

use std::{
    cell::Cell,
    collections::BTreeMap,
    error::Error,
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    rc::Rc,
};

use exif::{Field, In, Rational, Tag, Value, experimental::Writer};
use image::{ImageFormat, Rgb, RgbImage};
use tempfile::TempDir;
use terrasight::{
    dataset::{
        Index, IndexError, IndexObserver, IndexOptions, IndexProgress, IndexSource, IndexSummary, Row, Scorer, Unused,
        index_pictures,
    },
    picture::Picture,
};

pub type Outcome = Result<(), Box<dyn Error>>;

/// A folder of pictures and an index outside it.
pub struct Set {
    pub home: TempDir,
    pub index: Index,
}

impl Set {
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let home = tempfile::tempdir()?;
        fs::create_dir(home.path().join("pictures"))?;
        let index = Index::create_or_open(&home.path().join("index.sqlite"))?;
        Ok(Self { home, index })
    }

    /// With so many pictures.
    pub fn of(count: u32) -> Result<Self, Box<dyn Error>> {
        let set = Self::new()?;
        for number in 0..count {
            set.add(&format!("{number:04}.jpg"), number)?;
        }
        Ok(set)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn picture(&self, name: &str) -> PathBuf {
        self.home.path().join("pictures").join(name)
    }

    /// Draws a picture into the folder.
    pub fn add(&self, name: &str, seed: u32) -> Outcome {
        let format = if name.ends_with("png") { ImageFormat::Png } else { ImageFormat::Jpeg };
        let path = self.picture(name);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        Ok(fs::write(path, encoded(&drawn(seed, 96, 64), format)?)?)
    }

    pub fn run(&mut self) -> Result<Run, Box<dyn Error>> {
        self.run_with(&IndexOptions::default(), None)
    }

    pub fn run_with(&mut self, options: &IndexOptions, scorer: Option<&mut dyn Scorer>) -> Result<Run, Box<dyn Error>> {
        let source = IndexSource::of(self.file("pictures"));
        let mut watcher = Watcher::default();
        let summary = index_pictures(&mut self.index, &source, options, scorer, &mut watcher)?;
        Ok(Run { summary, failures: watcher.failures })
    }

    pub fn run_source(&mut self, name: &str) -> Result<IndexSummary, IndexError> {
        let source = IndexSource::of(self.file(name));
        index_pictures(&mut self.index, &source, &IndexOptions::default(), None, &mut Watcher::default())
    }

    pub fn rows(&self) -> Result<BTreeMap<String, Row>, IndexError> {
        Ok(self.index.rows()?.into_iter().map(|row| (name(&row), row)).collect())
    }
}

pub struct Run {
    pub summary: IndexSummary,
    pub failures: Vec<(PathBuf, String)>,
}

impl Run {
    /// Read, left alone, failed, gone.
    pub fn counts(&self) -> [u64; 4] {
        [self.summary.done, self.summary.skipped, self.summary.failed, self.summary.gone]
    }
}

#[derive(Default)]
pub struct Watcher {
    pub failures: Vec<(PathBuf, String)>,
    /// Becomes true when the run shall end.
    pub stop: Rc<Cell<bool>>,
}

impl IndexObserver for Watcher {
    fn progress(&mut self, progress: &IndexProgress) {
        assert!(progress.done + progress.skipped <= progress.found, "{progress:?}");
        assert!(progress.rate.is_finite(), "{progress:?}");
        let is_at_end = progress.done + progress.skipped == progress.found;
        assert!(!is_at_end || progress.seconds_left.is_none_or(|seconds| seconds == 0.0), "{progress:?}");
    }

    fn failed(&mut self, path: &Path, why: &Unused) {
        let reason = why.to_string();
        assert_eq!(reason.lines().count(), 1, "{reason}");
        self.failures.push((path.to_owned(), reason));
    }

    fn is_cancelled(&self) -> bool {
        self.stop.get()
    }

    fn is_paused(&self) -> bool {
        false
    }
}

/// Gives every picture the same score, and counts.
pub struct Same {
    pub name: &'static str,
    pub score: Result<f64, String>,
    pub scored: usize,
}

impl Same {
    pub fn new(name: &'static str, score: f64) -> Self {
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

/// Scores like [`Same`], and does something as soon as it has scored so many pictures: in the middle of a run, however fast
/// the machine is, because the run waits for its scores.
pub struct Midway<F: FnMut()> {
    pub scored: usize,
    pub at: usize,
    pub then: F,
}

impl<F: FnMut()> Scorer for Midway<F> {
    fn name(&self) -> &str {
        "midway"
    }

    fn batch_size(&self) -> usize {
        4
    }

    fn score(&mut self, pictures: &[&Picture]) -> Vec<Result<f64, String>> {
        let before = self.scored;
        self.scored += pictures.len();
        if (before..self.scored).contains(&(self.at - 1)) {
            (self.then)();
        }
        pictures.iter().map(|_| Ok(0.5)).collect()
    }
}

pub fn name(row: &Row) -> String {
    row.path.to_string_lossy().into_owned()
}

/// Blocks of grey that the seed decides, no two seeds alike.
pub fn drawn(seed: u32, width: u32, height: u32) -> RgbImage {
    let block = |x: u32, y: u32| {
        let mixed = (seed.wrapping_mul(0x9E37_79B1) ^ (x * 8 + y).wrapping_mul(0x85EB_CA6B)).wrapping_mul(0xC2B2_AE35);
        (mixed >> 24) as u8
    };
    RgbImage::from_fn(width, height, |x, y| Rgb([block(x * 8 / width, y * 8 / height); 3]))
}

pub fn encoded(picture: &RgbImage, format: ImageFormat) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

/// A JPEG whose metadata say where and when it was taken.
pub fn with_exif(picture: &RgbImage, lat: f64, lon: f64) -> Result<Vec<u8>, Box<dyn Error>> {
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

/// The built program.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrasight"));
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dataset-home");
    command.args(arguments).env("TERRASIGHT_HOME", home).stdin(Stdio::null());
    command
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the program writes UTF-8")
}

/// Exit code 1 and one line on standard error that says this.
#[track_caller]
pub fn assert_fails(output: &Output, expected: &str) {
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.starts_with("terrasight: ") && said.contains(expected), "'{said}' does not say '{expected}'");
}

/// What a row says, wherever and whenever it was written.
pub fn content(row: &Row) -> Row {
    Row { id: 0, revision: 0, ..row.clone() }
}
