//! Resizing with the arithmetic of Pillow's `Image.resize`, to the last grey level.
//!
//! Vision models are trained on pictures that Pillow resized, and it rounds and clips to 8 bits between its two
//! passes. A resizer that computes in floating point, or takes the passes in the other order, differs by several grey
//! levels at sharp edges, which moves a small model's logits. Source of the arithmetic: Pillow, `Resample.c`; the order
//! of the passes is that of Pillow 13 (its pull request 9549), earlier versions always went across first.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::RgbImage;

/// Coefficients are fixed-point numbers with this many bits after the point: 32 bits less 8 for the result and 2 for
/// the overshoot of filters with negative lobes.
const PRECISION_BITS: u32 = 32 - 8 - 2;

const CHANNELS: usize = 3;

/// A separable filter, numbered in preprocessor files as Pillow numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// A triangle over one source pixel to each side (Pillow's number 2).
    Bilinear,
    /// Keys' cubic with a = -0.5 (Pillow's number 3).
    Bicubic,
    /// A windowed sinc of three lobes (Pillow's number 1).
    Lanczos,
}

impl Filter {
    /// How far the filter reaches to each side, in source pixels when not shrinking.
    fn support(self) -> f64 {
        match self {
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    fn weight(self, x: f64) -> f64 {
        let x = x.abs();
        match self {
            Self::Bilinear => (1.0 - x).max(0.0),
            Self::Bicubic => cubic(x),
            Self::Lanczos if x < 3.0 => sinc(x) * sinc(x / 3.0),
            Self::Lanczos => 0.0,
        }
    }
}

fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

fn sinc(x: f64) -> f64 {
    let x = x * std::f64::consts::PI;
    if x == 0.0 { 1.0 } else { x.sin() / x }
}

/// The picture at another size, in pixels, both at least one.
pub fn resize(picture: &RgbImage, width: u32, height: u32, filter: Filter) -> RgbImage {
    let (from_width, from_height) = (picture.width() as usize, picture.height() as usize);
    let (to_width, to_height) = (width.max(1) as usize, height.max(1) as usize);
    if from_width == 0 || from_height == 0 {
        return RgbImage::new(width.max(1), height.max(1));
    }
    let across = |samples: &[u8], rows: usize| resize_rows(samples, from_width, rows, to_width, filter);
    let down = |samples: &[u8], width: usize| resize_columns(samples, width, from_height, to_height, filter);
    let source = picture.as_raw();
    let samples = match (from_width != to_width, from_height != to_height) {
        (false, false) => source.clone(),
        (true, false) => across(source, from_height),
        (false, true) => down(source, from_width),
        (true, true) if goes_down_first((from_width, from_height), (to_width, to_height)) => {
            across(&down(source, from_width), to_height)
        }
        (true, true) => down(&across(source, from_height), to_width),
    };
    RgbImage::from_raw(width.max(1), height.max(1), samples).expect("the passes fill exactly the new size")
}

/// The picture smaller, both sides at least one pixel: smooth and many times faster than [`resize`], for screens,
/// thumbnails and whatever else no trained network sees at this size.
pub fn shrunk(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (width, height) = (width.max(1), height.max(1));
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    let smaller = || {
        let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3).ok()?;
        let mut target = Image::new(width, height, PixelType::U8x3);
        Resizer::new().resize(&source, &mut target, &options).ok()?;
        RgbImage::from_raw(width, height, target.into_vec())
    };
    smaller().unwrap_or_else(|| resize(picture, width, height, Filter::Bilinear))
}

/// Pillow shrinks the height first where that takes away more than twice as many rows as the other pass takes columns.
fn goes_down_first((from_width, from_height): (usize, usize), (to_width, to_height): (usize, usize)) -> bool {
    let rows_lost = from_height.saturating_sub(to_height);
    let columns_lost = from_width.saturating_sub(to_width);
    rows_lost > 2 * columns_lost
}

/// Which source pixels make one target pixel, and in what parts.
struct Window {
    start: usize,
    parts: Vec<i32>,
}

fn windows(from: usize, to: usize, filter: Filter) -> Vec<Window> {
    let scale = from as f64 / to as f64;
    let filter_scale = scale.max(1.0);
    let support = filter.support() * filter_scale;
    (0..to).map(|target| window(from, (target as f64 + 0.5) * scale, support, filter_scale, filter)).collect()
}

fn window(from: usize, centre: f64, support: f64, filter_scale: f64, filter: Filter) -> Window {
    let start = (centre - support + 0.5).max(0.0) as usize;
    let end = ((centre + support + 0.5) as usize).min(from);
    let inverse = 1.0 / filter_scale;
    let weights: Vec<f64> =
        (start..end).map(|source| filter.weight((source as f64 - centre + 0.5) * inverse)).collect();
    let sum: f64 = weights.iter().sum();
    let unit = f64::from(1 << PRECISION_BITS);
    let fixed = |weight: f64| {
        let share = if sum == 0.0 { weight } else { weight / sum };
        // Rounds halves away from zero, as the cast in Pillow does after adding or taking one half.
        (share * unit).round() as i32
    };
    Window { start, parts: weights.into_iter().map(fixed).collect() }
}

fn to_level(sum: i32) -> u8 {
    (sum >> PRECISION_BITS).clamp(0, 255) as u8
}

const HALF: i32 = 1 << (PRECISION_BITS - 1);

fn resize_rows(samples: &[u8], from: usize, rows: usize, to: usize, filter: Filter) -> Vec<u8> {
    let windows = windows(from, to, filter);
    let mut resized = vec![0; rows * to * CHANNELS];
    let row_pairs = samples.chunks_exact(from * CHANNELS).zip(resized.chunks_exact_mut(to * CHANNELS));
    for (source, target) in row_pairs {
        for (window, pixel) in windows.iter().zip(target.chunks_exact_mut(CHANNELS)) {
            let seen = &source[window.start * CHANNELS..][..window.parts.len() * CHANNELS];
            let mut sums = [HALF; CHANNELS];
            for (part, levels) in window.parts.iter().zip(seen.chunks_exact(CHANNELS)) {
                for (sum, level) in sums.iter_mut().zip(levels) {
                    *sum += part * i32::from(*level);
                }
            }
            for (level, sum) in pixel.iter_mut().zip(sums) {
                *level = to_level(sum);
            }
        }
    }
    resized
}

fn resize_columns(samples: &[u8], width: usize, from: usize, to: usize, filter: Filter) -> Vec<u8> {
    let row = width * CHANNELS;
    let mut resized = vec![0; to * row];
    let mut sums = vec![HALF; row];
    for (window, target) in windows(from, to, filter).iter().zip(resized.chunks_exact_mut(row)) {
        sums.fill(HALF);
        let seen = &samples[window.start * row..][..window.parts.len() * row];
        for (part, source) in window.parts.iter().zip(seen.chunks_exact(row)) {
            for (sum, level) in sums.iter_mut().zip(source) {
                *sum += part * i32::from(*level);
            }
        }
        for (level, sum) in target.iter_mut().zip(&sums) {
            *level = to_level(*sum);
        }
    }
    resized
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 7) as u8, (y * 5) as u8, ((x * y) % 256) as u8]))
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let picture = gradient(31, 17);
        assert_eq!(resize(&picture, 31, 17, Filter::Bicubic), picture);
    }

    #[test]
    fn a_plain_picture_stays_plain_at_every_size_and_filter() {
        let plain = RgbImage::from_pixel(40, 30, image::Rgb([0, 128, 255]));
        for filter in [Filter::Bilinear, Filter::Bicubic, Filter::Lanczos] {
            for (width, height) in [(1, 1), (7, 90), (80, 3), (41, 29)] {
                let resized = resize(&plain, width, height, filter);
                assert_eq!((resized.width(), resized.height()), (width, height));
                assert!(resized.pixels().all(|pixel| pixel.0 == [0, 128, 255]), "{filter:?} {width} x {height}");
            }
        }
    }

    /// Worked by hand: a step from 0 to 255 stretched fourfold by the cubic overshoots, and is clipped.
    #[test]
    fn a_step_is_clipped_and_monotonous_between() {
        let step = RgbImage::from_fn(4, 1, |x, _| image::Rgb([if x < 2 { 0 } else { 255 }; 3]));
        let resized = resize(&step, 16, 1, Filter::Bicubic);
        let levels: Vec<u8> = resized.pixels().map(|pixel| pixel.0[0]).collect();
        assert_eq!((levels[0], levels[15]), (0, 255));
        assert!(levels[6..10].windows(2).all(|pair| pair[0] < pair[1]), "{levels:?}");
    }
}
