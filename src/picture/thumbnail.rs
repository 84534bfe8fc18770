//! A quick small copy of a file's picture.

use std::{panic::catch_unwind, path::Path};

use image::RgbImage;

use super::{PictureError, decode, decoded, heif, jpeg, kind::Kind, metadata, opened, read_metadata, resample, whole};

/// The sides of an embedded picture may differ so much in proportion from the whole: one that differs more shows another
/// part of it, or has bars at its edges.
const SAME_SHAPE: f64 = 0.02;

/// The file's picture, upright, its longest side at most `side` pixels. Where the file brings a small copy of its own that
/// is large enough and has the shape of the picture, that one, which is many times faster.
pub fn thumbnail(path: &Path, side: u32) -> Result<RgbImage, PictureError> {
    let shown = path.display().to_string();
    let (mut file, length) = opened(path, &shown)?;
    let bytes = whole(&shown, &mut file, length)?;
    let kind = Kind::of(&bytes);
    let embedded = catch_unwind(|| embedded(kind, &bytes, side)).ok().flatten();
    if let Some(small) = embedded {
        return Ok(fitted(&small, side));
    }
    let metadata = read_metadata(kind, &bytes);
    decoded(&shown, kind, bytes, file, &metadata).map(|decoded| fitted(&decoded.pixels, side))
}

/// The copy inside, upright, where it will do.
fn embedded(kind: Kind, file: &[u8], side: u32) -> Option<RgbImage> {
    let (small, whole_size) = match kind {
        Kind::Jpeg => {
            let (width, height) = jpeg::size_of(file)?;
            let copy = metadata::thumbnail(kind, file)?;
            // It lies as the whole does.
            let orientation = metadata::read(kind, file).orientation;
            let small = decode::jpeg(&copy, orientation).ok().filter(|copy| copy.problems.is_empty())?.pixels;
            let lies = orientation.is_some_and(|value| value > 4);
            (small, if lies { (height, width) } else { (width, height) })
        }
        Kind::Heif(_) => heif::thumbnail(file)?,
        _ => return None,
    };
    let shape = |(width, height): (u32, u32)| f64::from(width) / f64::from(height.max(1));
    let alike = (shape(small.dimensions()) / shape(whole_size) - 1.0).abs() < SAME_SHAPE;
    (alike && small.width().max(small.height()) >= side).then_some(small)
}

/// The picture with its longest side reduced to `side`, or as it is where it is no longer than that; however thin it is, one
/// pixel stays.
pub(super) fn fitted(picture: &RgbImage, side: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let scale = f64::from(side) / f64::from(width.max(height).max(1));
    if scale >= 1.0 {
        return picture.clone();
    }
    let to = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    resample::shrunk(picture, to(width), to(height))
}
