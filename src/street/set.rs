//! A set of drawn streets on disk: pictures, label maps and a manifest.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use serde::Serialize;

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

/// Draws `count` streets, picture i from seed `first + i`, into `folder`: `pictures/NNNNNN.png`, `labels/NNNNNN.png` (8-bit,
/// class index plus one, 0 for none) and `manifest.csv`. `progress` hears how many are done.
///
/// Files are written beside their place and moved there whole, the manifest last, so that a folder with a manifest is
/// complete; an earlier set in the folder is overwritten.
pub fn write_set(count: u64, first: u64, folder: &Path, progress: &mut dyn FnMut(u64)) -> Result<(), StreetError> {
    check_seeds(first, count)?;
    for part in ["pictures", "labels"] {
        let path = folder.join(part);
        fs::create_dir_all(&path).map_err(|cause| StreetError::Write { path, cause })?;
    }
    let manifest = folder.join("manifest.csv");
    match fs::remove_file(&manifest) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            return Err(StreetError::Write { path: manifest, cause });
        }
        _ => {}
    }
    let mut rows = csv::Writer::from_writer(Vec::new());
    draw_many(
        first,
        count,
        |street| encode(&street),
        |at, drawn| {
            let Encoded { picture, labels, mut row } = drawn.map_err(|cause| {
                let path = folder.join(file_name("pictures", at));
                StreetError::Encode { path, cause }
            })?;
            row.path = file_name("pictures", at);
            write_whole(&folder.join(&row.path), &picture)?;
            write_whole(&folder.join(file_name("labels", at)), &labels)?;
            rows.serialize(row)
                .map_err(|cause| StreetError::Encode { path: manifest.clone(), cause: cause.to_string() })?;
            progress(at + 1);
            Ok(())
        },
    )?;
    let rows =
        rows.into_inner().map_err(|cause| StreetError::Encode { path: manifest.clone(), cause: cause.to_string() })?;
    write_whole(&manifest, &rows)
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
struct Row {
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
    r#box: [u32; 4],
}

impl<'a> ClueEntry<'a> {
    fn of(clue: &'a VisibleClue) -> Self {
        Self { kind: clue.kind, value: &clue.value, text: clue.text.as_deref(), r#box: clue.bbox }
    }
}

struct Encoded {
    picture: Vec<u8>,
    labels: Vec<u8>,
    row: Row,
}

/// Encodes a street on the thread that drew it.
fn encode(street: &StreetPicture) -> Result<Encoded, String> {
    let clues: Vec<ClueEntry> = street.clues.iter().map(ClueEntry::of).collect();
    Ok(Encoded {
        picture: png(street.pixels.as_raw(), ExtendedColorType::Rgb8)?,
        labels: png(street.labels.as_raw(), ExtendedColorType::L8)?,
        row: Row {
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

/// Writes a file under another name in the same folder, then moves it to its place.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StreetError> {
    let partial = path.with_extension("partial");
    let moved = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    moved.map_err(|cause| {
        // What is left of a failed write helps nobody; the failure itself is what is told.
        let _ = fs::remove_file(&partial);
        StreetError::Write { path: path.to_owned(), cause }
    })
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

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = write_set(1, 7, &file.path().join("streets"), &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("streets"), "{error}");
    }
}
