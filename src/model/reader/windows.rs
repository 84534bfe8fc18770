//! Where a large picture is worth a second, closer look: small letters leave a trace in a reduced picture before they can be
//! read in it.

use super::boxes::{Quad, TextMap, sides};

/// A reduced picture has at most so many pixels along its longer side.
pub(super) const OVERVIEW: u32 = 1280;
/// A window has at most so many pixels of the picture along each side.
const LARGEST: f32 = 1280.0;
/// All windows together have no more pixels of the picture than this.
const PIXELS: f32 = 4.0e6;
/// What is above this in the reduced picture may be text.
const TRACE: f32 = 0.15;
/// Lines of so many reduced pixels are large enough as they are.
const LARGE_LINE: f32 = 36.0;
/// Picture pixels for one of the reduced picture up to which nothing is looked at twice.
const SLIGHT: f32 = 1.25;

/// A part of the picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) from: [f32; 2],
    pub(super) to: [f32; 2],
}

impl Window {
    fn around(quad: &Quad, margin: f32) -> Self {
        let least = |axis: usize| quad.iter().map(|corner| corner[axis]).fold(f32::INFINITY, f32::min) - margin;
        let most = |axis: usize| quad.iter().map(|corner| corner[axis]).fold(f32::NEG_INFINITY, f32::max) + margin;
        Self { from: [least(0), least(1)], to: [most(0), most(1)] }
    }

    fn with(&self, other: &Self) -> Self {
        Self {
            from: [0, 1].map(|axis| self.from[axis].min(other.from[axis])),
            to: [0, 1].map(|axis| self.to[axis].max(other.to[axis])),
        }
    }

    fn sides(&self) -> [f32; 2] {
        [0, 1].map(|axis| self.to[axis] - self.from[axis])
    }

    fn area(&self) -> f32 {
        let [width, height] = self.sides();
        width * height
    }

    /// Whether the point lies in it.
    pub(super) fn contains(&self, point: [f32; 2]) -> bool {
        (0..2).all(|axis| (self.from[axis]..=self.to[axis]).contains(&point[axis]))
    }
}

/// Whether a line is so large in the reduced picture that a closer look adds nothing.
pub(super) fn is_large(quad: &Quad, scale: f32) -> bool {
    let [width, height] = sides(quad);
    width.min(height) / scale >= LARGE_LINE
}

/// The windows for a picture of which `map` was made `scale` times smaller; those with the surest traces first.
pub(super) fn windows(map: &TextMap, scale: f32) -> Vec<Window> {
    if scale < SLIGHT {
        return Vec::new();
    }
    let mut traces = map.lines(TRACE);
    traces.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut windows: Vec<Window> = Vec::new();
    for trace in traces {
        let quad = trace.quad.map(|corner| corner.map(|at| at * scale));
        if is_large(&quad, scale) {
            continue;
        }
        let [width, height] = sides(&quad);
        let new = Window::around(&quad, width.min(height) + 8.0 * scale);
        let fits = |window: &Window| {
            let joined = window.with(&new);
            joined.sides().iter().all(|&side| side <= LARGEST) && joined.area() <= 2.0 * (window.area() + new.area())
        };
        match windows.iter_mut().find(|window| fits(window)) {
            Some(window) => *window = window.with(&new),
            None => windows.push(new),
        }
    }
    let mut left = PIXELS;
    windows.retain(|window| {
        let pays = window.area() <= left;
        left -= if pays { window.area() } else { 0.0 };
        pays
    });
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(bars: &[(usize, usize, usize, usize)]) -> TextMap {
        let (width, height) = (640, 480);
        let mut values = vec![0.0; width * height];
        for &(x, y, across, down) in bars {
            (y..y + down).for_each(|row| values[row * width + x..][..across].fill(0.2));
        }
        TextMap { width, height, values }
    }

    #[test]
    fn small_traces_are_looked_at_and_neighbours_together() {
        let map = map(&[(100, 100, 40, 6), (100, 112, 40, 6), (500, 400, 30, 5)]);
        let windows = windows(&map, 3.0);
        assert_eq!(windows.len(), 2, "{windows:?}");
        assert!(windows[0].contains([330.0, 309.0]) && windows[0].contains([330.0, 345.0]), "{windows:?}");
        assert!(windows[1].contains([1545.0, 1206.0]), "{windows:?}");
    }

    #[test]
    fn large_lines_and_pictures_that_were_hardly_reduced_are_not() {
        assert!(windows(&map(&[(100, 100, 300, 40)]), 3.0).is_empty());
        assert!(windows(&map(&[(100, 100, 40, 6)]), 1.1).is_empty());
    }

    #[test]
    fn their_pixels_are_bounded() {
        let bars: Vec<_> = (0..60).flat_map(|row| (0..10).map(move |x| (x * 60, row * 8, 50, 5))).collect();
        let windows = windows(&map(&bars), 6.0);
        assert!(!windows.is_empty());
        assert!(windows.iter().map(Window::area).sum::<f32>() <= PIXELS, "{windows:?}");
    }
}
