//! From the detector's map to boxes: the connected places above a threshold, the smallest turned rectangle around each, and
//! that made larger again, since the detector is taught the core of a line only
//! (<https://arxiv.org/abs/1911.08947>, section 3.5).

use geo::{MinimumRotatedRect, MultiPoint, Point};

/// Places above this belong to a line of text.
pub(super) const THRESHOLD: f32 = 0.3;
/// The mean of a line's places must reach this.
const LEAST_SCORE: f32 = 0.6;
/// How far a rectangle grows, in its area over its circumference.
const UNCLIP: f32 = 1.6;
/// Rectangles with a shorter side are specks.
const LEAST_SIDE: f32 = 3.0;
/// No more connected parts than this are looked at.
const MOST_PARTS: usize = 3000;

/// Corners in reading order: above left, above right, below right, below left, each x and y.
pub type Quad = [[f32; 2]; 4];

/// A line of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TextBox {
    pub(super) quad: Quad,
    /// Mean of the map over its core.
    pub(super) score: f32,
}

impl TextBox {
    /// The same box where each place is `scale` times as large and the first lies at `origin`.
    pub(super) fn scaled(&self, scale: [f32; 2], origin: [f32; 2]) -> Self {
        // A place of the map is a pixel, whose middle lies half a pixel in.
        let moved = |corner: [f32; 2]| [0, 1].map(|axis| (corner[axis] + 0.5) * scale[axis] + origin[axis]);
        Self { quad: self.quad.map(moved), score: self.score }
    }
}

/// How surely each pixel lies in a line, row after row.
#[derive(Debug, Clone)]
pub(super) struct TextMap {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

impl TextMap {
    /// The lines of text, in the map's pixels.
    pub(super) fn boxes(&self) -> Vec<TextBox> {
        self.lines(THRESHOLD).into_iter().filter(|line| line.score >= LEAST_SCORE).collect()
    }

    /// Whatever rises above `threshold`, however unsure, in the map's pixels.
    pub(super) fn lines(&self, threshold: f32) -> Vec<TextBox> {
        let mut seen = vec![false; self.values.len()];
        let mut lines = Vec::new();
        let mut parts = 0;
        for start in 0..self.values.len() {
            if seen[start] || self.values[start] <= threshold {
                continue;
            }
            parts += 1;
            if parts > MOST_PARTS {
                break;
            }
            let places = self.part_from(start, threshold, &mut seen);
            let score = places.iter().map(|&place| self.values[place]).sum::<f32>() / places.len() as f32;
            lines.extend(self.rectangle_around(&places).map(|quad| TextBox { quad, score }));
        }
        lines
    }

    /// All places above the threshold that are connected with `start`, corners included.
    fn part_from(&self, start: usize, threshold: f32, seen: &mut [bool]) -> Vec<usize> {
        seen[start] = true;
        let mut places = vec![start];
        let mut next = 0;
        while let Some(&place) = places.get(next) {
            next += 1;
            let (row, column) = (place / self.width, place % self.width);
            for row in row.saturating_sub(1)..=(row + 1).min(self.height - 1) {
                for column in column.saturating_sub(1)..=(column + 1).min(self.width - 1) {
                    let place = row * self.width + column;
                    if !seen[place] && self.values[place] > threshold {
                        seen[place] = true;
                        places.push(place);
                    }
                }
            }
        }
        places
    }

    /// The smallest turned rectangle around these places, grown; none around a speck.
    fn rectangle_around(&self, places: &[usize]) -> Option<Quad> {
        let rows = places.iter().map(|place| place / self.width);
        let (first, last) = (rows.clone().min()?, rows.max()?);
        let mut ends = vec![[usize::MAX, 0]; last - first + 1];
        for place in places {
            let [left, right] = &mut ends[place / self.width - first];
            let column = place % self.width;
            (*left, *right) = ((*left).min(column), (*right).max(column));
        }
        // The ends of the rows have the same hull as all places.
        let points = ends
            .iter()
            .enumerate()
            .flat_map(|(row, &columns)| columns.map(|column| Point::new(column as f64, (first + row) as f64)));
        let rectangle = MultiPoint::from_iter(points).minimum_rotated_rect()?;
        let corners: Vec<[f32; 2]> = rectangle.exterior().coords().map(|c| [c.x as f32, c.y as f32]).collect();
        let quad = in_reading_order(corners.get(..4)?.try_into().ok()?);
        let [width, height] = sides(&quad);
        if width.min(height) < LEAST_SIDE - 1.0 {
            return None;
        }
        Some(grown(&quad, width * height * UNCLIP / (2.0 * (width + height))))
    }
}

/// Of the two corners to the left the upper one first, then those to the right.
fn in_reading_order(mut corners: Quad) -> Quad {
    corners.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let [mut left, mut right] = [[corners[0], corners[1]], [corners[2], corners[3]]];
    left.sort_by(|a, b| a[1].total_cmp(&b[1]));
    right.sort_by(|a, b| a[1].total_cmp(&b[1]));
    [left[0], right[0], right[1], left[1]]
}

/// Lengths of the upper and the left side.
pub(super) fn sides(quad: &Quad) -> [f32; 2] {
    let length = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    [length(quad[0], quad[1]), length(quad[0], quad[3])]
}

/// A rectangle whose sides lie `distance` further out.
fn grown(quad: &Quad, distance: f32) -> Quad {
    let [width, height] = sides(quad);
    let unit = |to: [f32; 2], length: f32| [0, 1].map(|axis| (to[axis] - quad[0][axis]) / length);
    let (right, down) = (unit(quad[1], width), unit(quad[3], height));
    let signs = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
    std::array::from_fn(|corner| {
        let [across, along] = signs[corner];
        std::array::from_fn(|axis| quad[corner][axis] + distance * (across * right[axis] + along * down[axis]))
    })
}

/// Whether the point lies in the quad, which turns clockwise as pictures are drawn.
pub(super) fn contains(quad: &Quad, [x, y]: [f32; 2]) -> bool {
    (0..4).all(|corner| {
        let ([x0, y0], [x1, y1]) = (quad[corner], quad[(corner + 1) % 4]);
        (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= 0.0
    })
}

/// The mean of the corners.
pub(super) fn centre(quad: &Quad) -> [f32; 2] {
    [0, 1].map(|axis| quad.iter().map(|corner| corner[axis]).sum::<f32>() / 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(width: usize, height: usize, value: impl Fn(f32, f32) -> f32) -> TextMap {
        let place = |place: usize| value((place % width) as f32, (place / width) as f32);
        TextMap { width, height, values: (0..width * height).map(place).collect() }
    }

    #[test]
    fn a_bar_becomes_a_larger_rectangle() {
        // 41 x 11 places: sides of 40 and 10 between the outer ones, which grow by 400 * 1.6 / 100.
        let map = map(80, 40, |x, y| if (20.0..=60.0).contains(&x) && (15.0..=25.0).contains(&y) { 0.8 } else { 0.1 });
        let boxes = map.boxes();
        assert_eq!(boxes.len(), 1);
        assert!((boxes[0].score - 0.8).abs() < 1e-5);
        let right = [[13.6, 8.6], [66.4, 8.6], [66.4, 31.4], [13.6, 31.4]];
        for (found, right) in boxes[0].quad.iter().flatten().zip(right.iter().flatten()) {
            assert!((found - right).abs() < 1e-3, "{boxes:?}");
        }
    }

    #[test]
    fn a_place_of_a_part_lies_in_the_middle_of_its_pixels() {
        let found = TextBox { quad: [[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [0.0, 2.0]], score: 0.7 };
        let scaled = found.scaled([2.0, 3.0], [10.0, 20.0]);
        assert_eq!(scaled.quad, [[11.0, 21.5], [19.0, 21.5], [19.0, 27.5], [11.0, 27.5]]);
    }

    #[test]
    fn a_slanted_bar_keeps_its_slant() {
        let (sin, cos) = 0.3f32.sin_cos();
        let map = map(120, 120, |x, y| {
            let (x, y) = (x - 60.0, y - 60.0);
            let (along, across) = (x * cos + y * sin, y * cos - x * sin);
            if along.abs() <= 40.0 && across.abs() <= 6.0 { 0.9 } else { 0.0 }
        });
        let quad = map.boxes()[0].quad;
        let slope = ((quad[1][1] - quad[0][1]) / (quad[1][0] - quad[0][0])).atan();
        assert!((slope - 0.3).abs() < 0.03, "{quad:?}");
        assert!(contains(&quad, [60.0, 60.0]) && !contains(&quad, [60.0, 90.0]));
        assert!(centre(&quad).iter().all(|middle| (middle - 60.0).abs() < 1.0), "{quad:?}");
    }

    #[test]
    fn specks_and_unsure_parts_are_no_text() {
        let map = map(60, 40, |x, y| match (x as usize, y as usize) {
            (5..=6, 5..=6) => 0.9,
            (20..=50, 10..=20) => 0.5,
            _ => 0.0,
        });
        assert!(map.boxes().is_empty());
        assert_eq!(map.lines(THRESHOLD).len(), 1);
    }

    #[test]
    fn a_map_full_of_parts_stays_bounded() {
        let map = map(510, 510, |x, y| if x % 5.0 < 3.0 && y % 5.0 < 3.0 { 1.0 } else { 0.0 });
        assert_eq!(map.lines(THRESHOLD).len(), MOST_PARTS);
    }
}
