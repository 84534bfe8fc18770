//! A set of drawn streets on disk: pictures, label maps and a manifest.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use serde::Serialize;
use tempfile::Builder;

use super::{FIRST_EVALUATION_SEED, HEIGHT, StreetPicture, VisibleClue, WIDTH, bulk::draw_many, clue::ClueKind};

/// Why a set could not be written.
#[derive(Debug, thiserror::Error)]
pub enum StreetError {
    /// None was asked for.
    #[error("no street to draw: ask for at least one")]
    NoPictures,
    /// The range of seeds has pictures for training and for evaluation.
    #[error(
        "seeds {first} to {last} cross {FIRST_EVALUATION_SEED}, where training ends and evaluation begins: choose a range on one side of it"
    )]
    SeedsCross {
        /// Seed of the first picture.
        first: u64,
        /// Seed of the last picture.
        last: u64,
    },
    /// The last seed is larger than a seed can be.
    #[error("seed {first} and {count} pictures go beyond the largest seed: choose a smaller seed")]
    SeedsEnd {
        /// Seed of the first picture.
        first: u64,
        /// How many pictures were asked for.
        count: u64,
    },
    /// A file or folder could not be written.
    #[error("cannot write {path}: {cause}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file could not be encoded.
    #[error("cannot encode {path}: {cause}")]
    Encode {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        cause: String,
    },
}

/// What a set consists of, in the order in which it is put in place: where the manifest is, all that it names is there.
pub const PARTS: [&str; 3] = ["pictures", "labels", "manifest.csv"];

/// Draws `count` streets, picture i from seed `first + i`, into `folder`: `pictures/NNNNNN.png`, `labels/NNNNNN.png` (8-bit,
/// class index plus one, 0 for none) and `manifest.csv`. `progress` hears how many are done.
///
/// The set grows in a folder of its own within `folder` and takes its place when it is whole. An earlier set is replaced
/// then, and stays as it is when this one fails; what else lies beside its pictures stays in any case.
pub fn write_set(count: u64, first: u64, folder: &Path, progress: &mut dyn FnMut(u64)) -> Result<(), StreetError> {
    check_seeds(first, count)?;
    let is_new = !folder.exists();
    let done = draw_into(count, first, folder, progress);
    if is_new && done.is_err() {
        let _ = fs::remove_dir(folder); // empty, or it stays; the failure itself is what is told
    }
    done
}

fn draw_into(count: u64, first: u64, folder: &Path, progress: &mut dyn FnMut(u64)) -> Result<(), StreetError> {
    let cannot = |path: &Path| {
        let path = path.to_owned();
        move |cause| StreetError::Write { path, cause }
    };
    fs::create_dir_all(folder).map_err(cannot(folder))?;
    let unfinished =
        Builder::new().prefix(".terrasight-").suffix(".part").tempdir_in(folder).map_err(cannot(folder))?;
    for part in ["pictures", "labels"] {
        let path = unfinished.path().join(part);
        fs::create_dir(&path).map_err(cannot(&path))?;
    }
    let manifest = unfinished.path().join("manifest.csv");
    let not_encoded = |path: &str, cause: String| StreetError::Encode { path: folder.join(path), cause };
    let mut rows = csv::Writer::from_writer(Vec::new());
    draw_many(
        first,
        count,
        |street| encode(&street),
        |at, drawn| {
            let (name, labels_name) = (file_name("pictures", at), file_name("labels", at));
            let Encoded { picture, labels, mut row } = drawn.map_err(|cause| not_encoded(&name, cause))?;
            for (name, bytes) in [(&name, picture), (&labels_name, labels)] {
                fs::write(unfinished.path().join(name), bytes).map_err(cannot(&folder.join(name)))?;
            }
            row.path = name;
            rows.serialize(row).map_err(|cause| not_encoded("manifest.csv", cause.to_string()))?;
            progress(at + 1);
            Ok(())
        },
    )?;
    let rows = rows.into_inner().map_err(|cause| not_encoded("manifest.csv", cause.to_string()))?;
    fs::write(&manifest, &rows).map_err(cannot(&folder.join("manifest.csv")))?;
    put_in_place(unfinished.path(), folder)
}

/// Moves the parts of a whole set to their places, all of them or none.
fn put_in_place(set: &Path, folder: &Path) -> Result<(), StreetError> {
    let old = set.join("before");
    fs::create_dir(&old).map_err(|cause| StreetError::Write { path: old.clone(), cause })?;
    let mut moved: Vec<(PathBuf, PathBuf)> = Vec::new();
    for part in PARTS {
        let place = folder.join(part);
        let before = place.exists().then(|| (place.clone(), old.join(part)));
        for (from, to) in before.into_iter().chain([(set.join(part), place.clone())]) {
            if let Err(cause) = fs::rename(&from, &to) {
                // What went wrong is told; that the way back fails too would say nothing more.
                moved.iter().rev().for_each(|(from, to)| drop(fs::rename(to, from)));
                return Err(StreetError::Write { path: place, cause });
            }
            moved.push((from, to));
        }
    }
    for part in ["pictures", "labels"] {
        let Ok(entries) = fs::read_dir(old.join(part)) else { continue };
        for entry in entries.flatten().filter(|entry| !is_of_a_set(&entry.file_name())) {
            let place = folder.join(part).join(entry.file_name());
            fs::rename(entry.path(), &place).map_err(|cause| StreetError::Write { path: place, cause })?;
        }
    }
    Ok(())
}

/// Whether a file has a name that sets give (`000041.png`).
fn is_of_a_set(name: &OsStr) -> bool {
    let stem = name.to_str().and_then(|name| name.strip_suffix(".png"));
    stem.is_some_and(|stem| stem.len() >= 6 && stem.bytes().all(|byte| byte.is_ascii_digit()))
}

fn check_seeds(first: u64, count: u64) -> Result<(), StreetError> {
    if count == 0 {
        return Err(StreetError::NoPictures);
    }
    let last = first.checked_add(count - 1).ok_or(StreetError::SeedsEnd { first, count })?;
    if first < FIRST_EVALUATION_SEED && last >= FIRST_EVALUATION_SEED {
        return Err(StreetError::SeedsCross { first, last });
    }
    Ok(())
}

fn file_name(part: &str, at: u64) -> String {
    format!("{part}/{at:06}.png")
}

/// A line of the manifest, columns in order.
#[derive(Serialize)]
struct ManifestRow {
    path: String,
    latitude: f64,
    longitude: f64,
    country_code: String,
    city: String,
    locatability: f64,
    clues: String,
    reasons: String,
}

/// A clue in the manifest.
#[derive(Serialize)]
struct ClueEntry<'a> {
    kind: ClueKind,
    value: &'a str,
    text: Option<&'a str>,
    fact: &'a str,
    r#box: [u32; 4],
}

impl<'a> ClueEntry<'a> {
    fn of(clue: &'a VisibleClue) -> Self {
        Self { kind: clue.kind, value: &clue.value, text: clue.text.as_deref(), fact: &clue.fact, r#box: clue.bbox }
    }
}

struct Encoded {
    picture: Vec<u8>,
    labels: Vec<u8>,
    row: ManifestRow,
}

/// Encodes a street on the thread that drew it.
fn encode(street: &StreetPicture) -> Result<Encoded, String> {
    let clues: Vec<ClueEntry> = street.clues.iter().map(ClueEntry::of).collect();
    Ok(Encoded {
        picture: png(street.pixels.as_raw(), ExtendedColorType::Rgb8)?,
        labels: png(street.labels.as_raw(), ExtendedColorType::L8)?,
        row: ManifestRow {
            path: String::new(),
            latitude: street.place.lat,
            longitude: street.place.lon,
            country_code: street.country.to_string(),
            city: street.city.clone(),
            locatability: street.locatability,
            clues: serde_json::to_string(&clues).map_err(|cause| cause.to_string())?,
            reasons: serde_json::to_string(&street.reasons).map_err(|cause| cause.to_string())?,
        },
    })
}

fn png(bytes: &[u8], colours: ExtendedColorType) -> Result<Vec<u8>, String> {
    let mut file = Vec::new();
    PngEncoder::new(&mut file).write_image(bytes, WIDTH, HEIGHT, colours).map_err(|cause| cause.to_string())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_stay_on_one_side() {
        assert!(matches!(check_seeds(999_999, 2), Err(StreetError::SeedsCross { .. })));
        assert!(matches!(check_seeds(u64::MAX, 2), Err(StreetError::SeedsEnd { .. })));
        assert!(matches!(check_seeds(5, 0), Err(StreetError::NoPictures)));
        assert!(check_seeds(999_999, 1).is_ok());
        assert!(check_seeds(1_000_000, 500).is_ok());
    }

    fn files(folder: &Path) -> Vec<String> {
        let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
        let files = files.filter(|entry| entry.file_type().is_file());
        files.map(|entry| entry.path().strip_prefix(folder).unwrap().display().to_string()).collect()
    }

    #[test]
    fn a_set_takes_the_place_of_the_one_before_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        write_set(3, 7, folder.path(), &mut |_| {}).unwrap();
        fs::write(folder.path().join("pictures/mine.png"), "mine").unwrap();
        write_set(1, 9, folder.path(), &mut |_| {}).unwrap();
        assert_eq!(
            files(folder.path()),
            ["labels/000000.png", "manifest.csv", "pictures/000000.png", "pictures/mine.png"]
        );
        let picture = image::open(folder.path().join("pictures/000000.png")).unwrap().to_rgb8();
        assert_eq!(picture, crate::street::draw(9).pixels);
    }

    #[test]
    fn a_set_that_fails_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        write_set(2, 7, folder.path(), &mut |_| {}).unwrap();
        let before = files(folder.path());
        let manifest = fs::read(folder.path().join("manifest.csv")).unwrap();
        // A whole set but for its manifest: the last of its parts cannot be moved.
        let torn = folder.path().join(".torn");
        for part in ["pictures", "labels"] {
            fs::create_dir_all(torn.join(part)).unwrap();
        }
        assert!(put_in_place(&torn, folder.path()).is_err());
        fs::remove_dir_all(&torn).unwrap();
        assert_eq!(files(folder.path()), before);
        assert_eq!(fs::read(folder.path().join("manifest.csv")).unwrap(), manifest);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = write_set(1, 7, &file.path().join("streets"), &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("streets"), "{error}");
    }
}
