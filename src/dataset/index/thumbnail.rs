//! What is made of a picture's pixels: a thumbnail, a perceptual hash, and the copy that a scorer sees.

use image::{RgbImage, codecs::jpeg::JpegEncoder};
use image_hasher::{HashAlg, Hasher, HasherConfig};

use crate::picture::{Picture, resample::shrunk};

/// The longest side of a thumbnail, in pixels.
const THUMBNAIL_SIDE: u32 = 128;

/// At this quality a thumbnail takes some four kilobytes.
const THUMBNAIL_QUALITY: u8 = 75;

/// The longest side of what a scorer sees, in pixels: beyond it nothing is gained for a network that sees 512, and a few
/// hundred photographs in memory would be a few dozen.
pub const SCORED_SIDE: u32 = 1024;

/// The picture as a [`Scorer`](super::Scorer) is to see it, wherever it is scored: reduced to [`SCORED_SIDE`] if it is
/// larger. Width and height still say how large the whole picture is.
pub fn for_scorer(mut picture: Picture) -> Picture {
    if let Some(smaller) = reduced_for_scorer(&picture.pixels) {
        picture.pixels = smaller;
    }
    picture
}

/// The pixels as a scorer is to see them; none where they are few enough already.
pub fn reduced_for_scorer(pixels: &RgbImage) -> Option<RgbImage> {
    fitted(pixels, SCORED_SIDE)
}

/// The picture with its longest side reduced to `side`; none where it is no longer than that.
fn fitted(picture: &RgbImage, side: u32) -> Option<RgbImage> {
    let longest = picture.width().max(picture.height());
    if longest <= side {
        return None;
    }
    let scale = f64::from(side) / f64::from(longest);
    let to = |length: u32| (f64::from(length) * scale).round() as u32;
    Some(shrunk(picture, to(picture.width()), to(picture.height())))
}

/// Makes thumbnails and perceptual hashes.
pub(super) struct Miniatures {
    hasher: Hasher<[u8; 8]>,
}

impl Miniatures {
    pub fn new() -> Self {
        // The hash known as pHash: which of the 64 slowest waves of the brightness are stronger than the middle one.
        let hasher = HasherConfig::with_bytes_type::<[u8; 8]>().hash_alg(HashAlg::Median).preproc_dct().to_hasher();
        Self { hasher }
    }

    /// A JPEG, and the hash of what it shows.
    pub fn of(&self, picture: &RgbImage) -> Result<(Vec<u8>, u64), String> {
        let small = fitted(picture, THUMBNAIL_SIDE);
        let small = small.as_ref().unwrap_or(picture);
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, THUMBNAIL_QUALITY)
            .encode_image(small)
            .map_err(|error| format!("no thumbnail can be made of it ({error})"))?;
        let hash = self.hasher.hash_image(small);
        let bits = hash.as_bytes().iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        Ok((jpeg, bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hills of brightness, which the seed moves.
    fn hills(width: u32, height: u32, seed: f64) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (f64::from(x) / f64::from(width) * 9.0, f64::from(y) / f64::from(height) * 7.0);
            let level = (x * seed).sin() * (y + seed).cos() + (x * y / (1.0 + seed)).sin();
            image::Rgb([(level * 60.0 + 127.0) as u8, (level * 50.0 + 120.0) as u8, 90])
        })
    }

    #[test]
    fn the_same_picture_at_another_size_has_nearly_the_same_hash() {
        let miniatures = Miniatures::new();
        let hash = |picture: &RgbImage| miniatures.of(picture).unwrap().1;
        let original = hash(&hills(900, 600, 1.3));
        let smaller = hash(&hills(450, 300, 1.3));
        let other = hash(&hills(900, 600, 2.9));
        assert!((original ^ smaller).count_ones() <= 4, "{}", (original ^ smaller).count_ones());
        assert!((original ^ other).count_ones() > 12, "{}", (original ^ other).count_ones());
    }

    #[test]
    fn a_thumbnail_is_small_and_keeps_the_shape() {
        let miniatures = Miniatures::new();
        for (size, expected) in [((900, 600), (128, 85)), ((40, 4000), (1, 128)), ((50, 20), (50, 20))] {
            let (jpeg, _) = miniatures.of(&hills(size.0, size.1, 1.0)).unwrap();
            let thumbnail = image::load_from_memory(&jpeg).unwrap();
            assert_eq!((thumbnail.width(), thumbnail.height()), expected);
        }
    }
}
