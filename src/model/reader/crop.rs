//! Cuts a quad out of a picture and lays it straight.

use image::{Rgb, RgbImage};

use super::boxes::{Quad, sides};
use super::recogniser::LINE_HEIGHT;
use crate::picture::resample::{Filter, resize};

/// Crops whose longer or shorter side has more pixels are taken with fewer; a line is read at 48 rows.
const LARGEST: [f32; 2] = [4096.0, 160.0];

/// The quad laid straight, its sides as long as in the picture; beyond the picture's edge its last pixels go on.
pub(super) fn straightened(picture: &RgbImage, quad: &Quad) -> RgbImage {
    let [width, height] = sides(quad);
    let scale = (LARGEST[0] / width.max(height)).min(LARGEST[1] / width.min(height)).min(1.0);
    let [width, height] = [width, height].map(|side| (side * scale).round().max(1.0) as u32);
    let map = Projection::onto(quad);
    RgbImage::from_fn(width, height, |x, y| {
        let [u, v] = [(x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32];
        sampled(picture, map.at(u, v))
    })
}

/// As high as the recogniser reads, and as long as that makes it, at most `longest` pixels.
pub(super) fn as_line(crop: &RgbImage, longest: u32) -> RgbImage {
    let width = (u64::from(crop.width()) * u64::from(LINE_HEIGHT)).div_ceil(u64::from(crop.height().max(1)));
    let width = width.clamp(1, u64::from(longest)) as u32;
    resize(crop, width, LINE_HEIGHT, Filter::Bilinear)
}

/// A column of letters as a row of them: squares from top to bottom stand from left to right.
pub(super) fn unstacked(crop: &RgbImage) -> RgbImage {
    let (width, height) = crop.dimensions();
    let letters = (f64::from(height) / f64::from(width.max(1))).round().max(1.0) as u32;
    let tall = height.div_ceil(letters);
    RgbImage::from_fn(width * letters, tall, |x, y| {
        let row = (x / width) * height / letters + y;
        *crop.get_pixel(x % width, row.min(height - 1))
    })
}

/// The projective map from the unit square onto a quad (Heckbert 1989, Fundamentals of Texture Mapping, section 2.2.2).
struct Projection {
    x: [f32; 3],
    y: [f32; 3],
    below: [f32; 2],
}

impl Projection {
    fn onto(quad: &Quad) -> Self {
        let [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = *quad;
        let (dx1, dx2, sum_x) = (x1 - x2, x3 - x2, x0 - x1 + x2 - x3);
        let (dy1, dy2, sum_y) = (y1 - y2, y3 - y2, y0 - y1 + y2 - y3);
        let determinant = dx1 * dy2 - dx2 * dy1;
        let below = match determinant.abs() < 1e-6 {
            // A quad without an area has no projection; its corners are then joined by straight lines.
            true => [0.0; 2],
            false => [(sum_x * dy2 - dx2 * sum_y) / determinant, (dx1 * sum_y - sum_x * dy1) / determinant],
        };
        let [g, h] = below;
        Self { x: [x1 - x0 + g * x1, x3 - x0 + h * x3, x0], y: [y1 - y0 + g * y1, y3 - y0 + h * y3, y0], below }
    }

    fn at(&self, u: f32, v: f32) -> [f32; 2] {
        let below = self.below[0] * u + self.below[1] * v + 1.0;
        [self.x, self.y].map(|[a, b, c]| (a * u + b * v + c) / below)
    }
}

/// The picture's colour between its pixels, whose middles lie at halves.
fn sampled(picture: &RgbImage, [x, y]: [f32; 2]) -> Rgb<u8> {
    let split = |at: f32, length: u32| {
        let at = (at - 0.5).clamp(0.0, length as f32 - 1.0);
        let low = (at as u32).min(length.saturating_sub(2));
        (low, (low + 1).min(length - 1), at - low as f32)
    };
    let (left, right, across) = split(x, picture.width());
    let (above, below, down) = split(y, picture.height());
    let pixel = |x, y| picture.get_pixel(x, y).0.map(f32::from);
    let (a, b, c, d) = (pixel(left, above), pixel(right, above), pixel(left, below), pixel(right, below));
    Rgb(std::array::from_fn(|channel| {
        let upper = a[channel] + (b[channel] - a[channel]) * across;
        let lower = c[channel] + (d[channel] - c[channel]) * across;
        (upper + (lower - upper) * down).round() as u8
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red grows to the right, green downwards.
    fn gradient() -> RgbImage {
        RgbImage::from_fn(100, 80, |x, y| Rgb([2 * x as u8, 3 * y as u8, 0]))
    }

    #[test]
    fn an_upright_quad_is_cut_out_as_it_is() {
        let crop = straightened(&gradient(), &[[10.0, 20.0], [40.0, 20.0], [40.0, 30.0], [10.0, 30.0]]);
        assert_eq!(crop.dimensions(), (30, 10));
        assert_eq!(crop.get_pixel(0, 0).0, [20, 60, 0]);
        assert_eq!(crop.get_pixel(29, 9).0, [78, 87, 0]);
    }

    #[test]
    fn a_turned_quad_is_laid_straight() {
        // Its upper side runs down the picture's right.
        let crop = straightened(&gradient(), &[[40.0, 20.0], [40.0, 30.0], [10.0, 30.0], [10.0, 20.0]]);
        assert_eq!(crop.dimensions(), (10, 30));
        assert_eq!(crop.get_pixel(0, 0).0, [78, 60, 0]);
        assert_eq!(crop.get_pixel(9, 29).0, [20, 87, 0]);
    }

    #[test]
    fn the_corners_of_any_quad_are_met() {
        let quad = [[10.0, 12.0], [80.0, 20.0], [70.0, 60.0], [5.0, 40.0]];
        let map = Projection::onto(&quad);
        for (corner, (u, v)) in quad.iter().zip([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]) {
            let found = map.at(u, v);
            assert!((0..2).all(|axis| (found[axis] - corner[axis]).abs() < 1e-3), "{found:?} is not {corner:?}");
        }
        // Diagonals meet where diagonals meet.
        let [x, y] = map.at(0.5, 0.5);
        let cross = |a: [f32; 2], b: [f32; 2]| (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
        assert!(cross(quad[0], quad[2]).abs() < 1e-2 && cross(quad[1], quad[3]).abs() < 1e-2, "{x} {y}");
    }

    #[test]
    fn quads_beyond_the_picture_and_without_an_area_are_cut_all_the_same() {
        let beyond = straightened(&gradient(), &[[-20.0, -20.0], [300.0, -20.0], [300.0, 30.0], [-20.0, 30.0]]);
        assert_eq!(beyond.get_pixel(0, 0).0, [0, 0, 0]);
        assert_eq!(straightened(&gradient(), &[[5.0, 5.0]; 4]).dimensions(), (1, 1));
        let huge = straightened(&gradient(), &[[0.0, 0.0], [1e6, 0.0], [1e6, 1e5], [0.0, 1e5]]);
        assert!(huge.width() <= 4096 && huge.height() <= 410, "{:?}", huge.dimensions());
    }

    #[test]
    fn a_column_of_letters_becomes_a_row() {
        let column = RgbImage::from_fn(10, 30, |_, y| Rgb([y as u8 / 10, 0, 0]));
        let row = unstacked(&column);
        assert_eq!(row.dimensions(), (30, 10));
        assert_eq!([5, 15, 25].map(|x| row.get_pixel(x, 5).0[0]), [0, 1, 2]);
        assert_eq!(as_line(&row, 100).dimensions(), (100, 48));
        assert_eq!(as_line(&row, 1000).dimensions(), (144, 48));
    }
}
