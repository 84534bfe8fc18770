//! Turning pictures upright.
//!
//! The library's own turns go pixel by pixel and take ten times as long as decoding; telephones turn most of their
//! pictures.

use image::{RgbImage, metadata::Orientation};

/// Bytes of a pixel.
const N: usize = 3;

/// A square of pixels this wide, read and written, stays in the processor's first cache.
const BLOCK: usize = 32;

/// Whether upright the picture is as wide as it was high.
pub(super) fn swaps_sides(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

/// The picture as it is to be looked at.
pub(super) fn upright(picture: RgbImage, orientation: Orientation) -> RgbImage {
    let mut picture = if swaps_sides(orientation) { transposed(&picture) } else { picture };
    match orientation {
        Orientation::NoTransforms | Orientation::Rotate90FlipH => {}
        Orientation::FlipHorizontal | Orientation::Rotate90 => flip_sideways(&mut picture),
        Orientation::FlipVertical | Orientation::Rotate270 => flip_upside_down(&mut picture),
        Orientation::Rotate180 | Orientation::Rotate270FlipH => picture.as_chunks_mut::<N>().0.reverse(),
    }
    picture
}

/// Rows become columns.
fn transposed(picture: &RgbImage) -> RgbImage {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (source, _) = picture.as_raw().as_chunks::<N>();
    let mut turned = RgbImage::new(picture.height(), picture.width());
    let (target, _) = turned.as_chunks_mut::<N>();
    for top in (0..height).step_by(BLOCK) {
        for left in (0..width).step_by(BLOCK) {
            for x in left..(left + BLOCK).min(width) {
                for y in top..(top + BLOCK).min(height) {
                    target[x * height + y] = source[y * width + x];
                }
            }
        }
    }
    turned
}

fn flip_sideways(picture: &mut RgbImage) {
    let row = picture.width() as usize * N;
    for row in picture.chunks_exact_mut(row.max(1)) {
        row.as_chunks_mut::<N>().0.reverse();
    }
}

fn flip_upside_down(picture: &mut RgbImage) {
    let row = picture.width() as usize * N;
    let half = picture.height() as usize / 2 * row;
    let height = picture.height() as usize;
    let (upper, lower) = picture.split_at_mut(height.div_ceil(2) * row);
    for (above, below) in upper[..half].chunks_exact_mut(row.max(1)).zip(lower.chunks_exact_mut(row.max(1)).rev()) {
        above.swap_with_slice(below);
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, Rgb};

    use super::*;

    #[test]
    fn turns_as_the_library_does() {
        for (width, height) in [(70, 45), (33, 32), (1, 5), (64, 1)] {
            let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, (x ^ y) as u8]));
            for orientation in (1..=8).filter_map(Orientation::from_exif) {
                let mut expected = DynamicImage::ImageRgb8(picture.clone());
                expected.apply_orientation(orientation);
                assert!(upright(picture.clone(), orientation) == expected.into_rgb8(), "{orientation:?}");
            }
        }
    }
}
