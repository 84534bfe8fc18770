//! A picture as a fixed grid of fields: what colour each has, and how rough it is.

use image::RgbImage;

/// Fields across.
pub const WIDTH: usize = 48;
/// Fields down.
pub const HEIGHT: usize = 36;
/// Numbers a field.
pub const CHANNELS: usize = 8;

/// Points along each edge of a field; each is the mean of its part of the picture.
const EDGE: usize = 4;

/// Part of one point that lies on one row or column of pixels.
struct Share {
    /// The row or column.
    at: usize,
    /// Of the point's length, so that a point's shares sum to 1.
    weight: f32,
}

/// How `pixels` rows or columns fall into `points` equal parts; a pixel on a border counts in both, each with its part.
fn shares(pixels: usize, points: usize) -> Vec<Vec<Share>> {
    let length = pixels as f64 / points as f64;
    (0..points)
        .map(|point| {
            let (from, to) = (point as f64 * length, (point + 1) as f64 * length);
            (from as usize..pixels)
                .take_while(|&at| (at as f64) < to)
                .map(|at| Share {
                    at,
                    weight: (((at + 1) as f64).min(to) - (at as f64).max(from)) as f32 / length as f32,
                })
                .collect()
        })
        .collect()
}

/// Mean colours of `across` x `down` parts, 0 to 255, row by row, whatever the picture's size and shape.
fn means(picture: &RgbImage, across: usize, down: usize) -> Vec<f32> {
    let width = picture.width() as usize;
    let columns = shares(width, across);
    let mut means = Vec::with_capacity(across * down * 3);
    let mut line = vec![0.0f32; width * 3];
    for rows in shares(picture.height() as usize, down) {
        line.fill(0.0);
        for row in rows {
            let bytes = &picture.as_raw()[row.at * width * 3..][..width * 3];
            for (sum, &byte) in line.iter_mut().zip(bytes) {
                *sum += row.weight * f32::from(byte);
            }
        }
        for column in &columns {
            let mut mean = [0.0f32; 3];
            for share in column {
                for (sum, part) in mean.iter_mut().zip(&line[share.at * 3..][..3]) {
                    *sum += share.weight * part;
                }
            }
            means.extend(mean);
        }
    }
    means
}

/// [`HEIGHT`] x [`WIDTH`] x [`CHANNELS`] numbers. A field is 4 x 4 points of a grid of 192 x 144: its mean red, green and
/// blue, then the deviation of its lightness (twice, squeezed for faint and for strong differences), the mean step in
/// lightness from point to point across and down, and the deviation of red minus blue.
pub fn fields(picture: &RgbImage) -> Vec<f32> {
    let across = WIDTH * EDGE;
    let means = means(picture, across, HEIGHT * EDGE);
    let mut fields = Vec::with_capacity(HEIGHT * WIDTH * CHANNELS);
    for row in 0..HEIGHT {
        for column in 0..WIDTH {
            let mut points = [[0.0f32; 3]; EDGE * EDGE];
            for (at, point) in points.iter_mut().enumerate() {
                let (y, x) = (row * EDGE + at / EDGE, column * EDGE + at % EDGE);
                point.copy_from_slice(&means[(y * across + x) * 3..][..3]);
            }
            fields.extend(field(&points));
        }
    }
    fields
}

fn field(points: &[[f32; 3]; EDGE * EDGE]) -> [f32; CHANNELS] {
    let lightness = points.map(|[red, green, blue]| (red + 2.0 * green + blue) / 4.0);
    let colour = |part: usize| mean(&points.map(|point| point[part])) / 64.0 - 2.0;
    let (mut across, mut down) = (0.0, 0.0);
    for at in 0..EDGE * EDGE {
        if at % EDGE > 0 {
            across += (lightness[at] - lightness[at - 1]).abs();
        }
        if at >= EDGE {
            down += (lightness[at] - lightness[at - EDGE]).abs();
        }
    }
    let steps = (EDGE * (EDGE - 1)) as f32;
    let rough = deviation(&lightness);
    [
        colour(0),
        colour(1),
        colour(2),
        squeezed(rough, 1.0),
        squeezed(rough, 8.0),
        squeezed(across / steps, 3.0),
        squeezed(down / steps, 3.0),
        squeezed(deviation(&points.map(|[red, _, blue]| red - blue)), 3.0),
    ]
}

fn mean(values: &[f32; EDGE * EDGE]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

fn deviation(values: &[f32; EDGE * EDGE]) -> f32 {
    let mean = mean(values);
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / values.len() as f32).sqrt()
}

/// From 0 or more to 0 up to 2, 1 at `middle`: a difference of one grey level counts where all is flat, and little where
/// all is rough. Without a logarithm, which differs from machine to machine.
fn squeezed(value: f32, middle: f32) -> f32 {
    2.0 * value / (value + middle)
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn fields_cut_through_pixels() {
        // 3 pixels in 2 fields: the middle pixel falls into both.
        let shares = shares(3, 2);
        let weights: Vec<Vec<(usize, f32)>> =
            shares.iter().map(|field| field.iter().map(|share| (share.at, share.weight)).collect()).collect();
        assert_eq!(weights, [[(0, 2.0 / 3.0), (1, 1.0 / 3.0)], [(1, 1.0 / 3.0), (2, 2.0 / 3.0)]]);
    }

    #[test]
    fn a_plain_picture_of_any_size_stays_plain() {
        for (width, height) in [(1, 1), (191, 145), (192, 144), (301, 7)] {
            let fields = fields(&RgbImage::from_pixel(width, height, Rgb([64, 128, 192])));
            assert_eq!(fields.len(), WIDTH * HEIGHT * CHANNELS);
            let plain = [-1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
            let near = |field: &[f32]| field.iter().zip(plain).all(|(a, b)| (a - b).abs() < 1e-3);
            assert!(fields.chunks_exact(CHANNELS).all(near), "{width} x {height}");
        }
    }

    #[test]
    fn stripes_are_rough_across_and_not_down() {
        let stripes = RgbImage::from_fn(192, 144, |x, _| Rgb([100 + 6 * (x % 2) as u8; 3]));
        // Deviation 3, steps of 6.
        let rough = [1.5, 6.0 / 11.0, 4.0 / 3.0, 0.0, 0.0];
        for field in fields(&stripes).chunks_exact(CHANNELS) {
            assert!(field[3..].iter().zip(rough).all(|(a, b)| (a - b).abs() < 1e-3), "{field:?}");
        }
    }
}
