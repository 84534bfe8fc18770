//! The drawing surface: colours with anti-aliasing, and beside them, without it, the class and the thing at each pixel.

use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Transform};

/// Linear mixing is not needed here: display colours, 0 to 1.
pub type Rgb = [f32; 3];

/// A point in pixels, x to the right and y down.
pub type Point = [f32; 2];

/// Index of an ADE20K class.
pub type Class = u8;

/// Something drawn that may be asked about later: how much of it can still be seen, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thing(u16);

impl Thing {
    /// What nobody asks about.
    pub const NONE: Thing = Thing(0);
}

/// What can be seen of a thing once all is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seen {
    /// Pixels that still show it.
    pub pixels: u32,
    /// Those pixels over all it would have uncovered and inside the frame or not.
    pub share: f32,
    /// x, y, width, height of those pixels.
    pub bounds: [u32; 4],
}

/// Colours, classes and things of one picture.
pub struct Canvas {
    pixmap: Pixmap,
    width: usize,
    height: usize,
    labels: Vec<u8>,
    things: Vec<u16>,
    /// Area in pixels of each thing as drawn, seen or not.
    areas: Vec<f32>,
}

impl Canvas {
    /// A canvas of some pixels, black and without classes.
    pub fn new(width: u32, height: u32) -> Self {
        let pixmap = Pixmap::new(width.max(1), height.max(1)).expect("a picture of a few hundred pixels");
        let (width, height) = (pixmap.width() as usize, pixmap.height() as usize);
        Self {
            pixmap,
            width,
            height,
            labels: vec![0; width * height],
            things: vec![0; width * height],
            areas: vec![0.0],
        }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Starts something that will be asked about.
    pub fn begin_thing(&mut self) -> Thing {
        self.areas.push(0.0);
        Thing((self.areas.len() - 1) as u16)
    }

    /// Sets one pixel's colour and class; for skies and other things without outline.
    pub fn set(&mut self, x: usize, y: usize, colour: Rgb, class: Class) {
        let [r, g, b] = colour.map(|part| (part * 255.0 + 0.5) as u8);
        self.labels[y * self.width + x] = class + 1;
        let at = (y * self.width + x) * 4;
        self.pixmap.data_mut()[at..at + 4].copy_from_slice(&[r, g, b, 255]);
    }

    /// Fills a polygon: colour, class and thing.
    pub fn fill(&mut self, polygon: &[Point], colour: Rgb, class: Class, thing: Thing) {
        self.tint(polygon, colour, 1.0);
        self.mark(polygon, class, thing);
    }

    /// Fills a polygon with colour alone, `strength` 1 covering what was there; classes stay.
    pub fn tint(&mut self, polygon: &[Point], colour: Rgb, strength: f32) {
        self.tint_shape(std::slice::from_ref(&polygon), colour, strength);
    }

    /// Fills a shape of several contours (letters with holes) with colour alone.
    pub fn tint_shape<P: AsRef<[Point]>>(&mut self, contours: &[P], colour: Rgb, strength: f32) {
        let Some(path) = path_within(contours, self.width as f32, self.height as f32) else { return };
        let mut paint = Paint::default();
        let [r, g, b] = colour.map(|part| part.clamp(0.0, 1.0));
        paint.set_color(Color::from_rgba(r, g, b, strength.clamp(0.0, 1.0)).unwrap_or(Color::BLACK));
        self.pixmap.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
    }

    /// Marks the class and thing of the pixels whose centre lies in the polygon (even-odd).
    fn mark(&mut self, polygon: &[Point], class: Class, thing: Thing) {
        if thing != Thing::NONE {
            self.areas[usize::from(thing.0)] += area(polygon);
        }
        let (low, high) = bounds_y(polygon);
        let (first, last) = (low.max(0.0) as usize, (high.ceil().max(0.0) as usize).min(self.height));
        let mut crossings = Vec::with_capacity(8);
        for y in first..last {
            let centre = y as f32 + 0.5;
            crossings.clear();
            for (i, &[x1, y1]) in polygon.iter().enumerate() {
                let [x0, y0] = polygon[if i == 0 { polygon.len() - 1 } else { i - 1 }];
                if (y0 <= centre) != (y1 <= centre) {
                    crossings.push(x0 + (centre - y0) / (y1 - y0) * (x1 - x0));
                }
            }
            crossings.sort_unstable_by(f32::total_cmp);
            for span in crossings.chunks_exact(2) {
                let from = (span[0] - 0.5).ceil().clamp(0.0, self.width as f32) as usize;
                let to = (span[1] - 0.5).ceil().clamp(0.0, self.width as f32) as usize;
                if from < to {
                    self.labels[y * self.width..][from..to].fill(class + 1);
                    self.things[y * self.width..][from..to].fill(thing.0);
                }
            }
        }
    }

    /// What can still be seen of every thing, indexed as the things were begun.
    pub fn seen(&self) -> SeenThings {
        let mut boxes = vec![(0u32, [u32::MAX, u32::MAX, 0, 0]); self.areas.len()];
        for (at, &thing) in self.things.iter().enumerate() {
            if thing != 0 {
                let (x, y) = ((at % self.width) as u32, (at / self.width) as u32);
                let (pixels, [x0, y0, x1, y1]) = &mut boxes[usize::from(thing)];
                *pixels += 1;
                (*x0, *y0, *x1, *y1) = ((*x0).min(x), (*y0).min(y), (*x1).max(x + 1), (*y1).max(y + 1));
            }
        }
        let seen = boxes.iter().zip(&self.areas).map(|(&(pixels, [x0, y0, x1, y1]), &area)| {
            let bounds = if pixels == 0 { [0; 4] } else { [x0, y0, x1 - x0, y1 - y0] };
            Seen { pixels, share: pixels as f32 / area.max(1.0), bounds }
        });
        SeenThings(seen.collect())
    }

    /// Colours as RGB bytes and classes (index plus one).
    pub fn into_parts(self) -> (Vec<u8>, Vec<u8>) {
        let colours = self.pixmap.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        (colours, self.labels)
    }
}

/// What can be seen of each thing.
pub struct SeenThings(Vec<Seen>);

impl SeenThings {
    /// Of this one.
    pub fn of(&self, thing: Thing) -> Seen {
        self.0[usize::from(thing.0)]
    }
}

/// A path of the contours, each cut to the frame with some room around it, so that no coordinate is huge.
fn path_within<P: AsRef<[Point]>>(contours: &[P], width: f32, height: f32) -> Option<Path> {
    const ROOM: f32 = 16.0;
    let mut builder = PathBuilder::new();
    for contour in contours {
        let mut polygon = contour.as_ref().to_vec();
        for (axis, limit, sign) in [(0, -ROOM, 1.0), (0, width + ROOM, -1.0), (1, -ROOM, 1.0), (1, height + ROOM, -1.0)]
        {
            if polygon.iter().any(|point| (point[axis] - limit) * sign < 0.0) {
                polygon = cut(&polygon, axis, limit, sign);
            }
        }
        if polygon.len() < 3 {
            continue;
        }
        builder.move_to(polygon[0][0], polygon[0][1]);
        for point in &polygon[1..] {
            builder.line_to(point[0], point[1]);
        }
        builder.close();
    }
    builder.finish()
}

/// Sutherland-Hodgman against one edge: keeps where `(point[axis] - limit) * sign >= 0`.
fn cut(polygon: &[Point], axis: usize, limit: f32, sign: f32) -> Vec<Point> {
    let inside = |point: &Point| (point[axis] - limit) * sign >= 0.0;
    let mut kept = Vec::with_capacity(polygon.len() + 2);
    for (i, point) in polygon.iter().enumerate() {
        let before = &polygon[if i == 0 { polygon.len() - 1 } else { i - 1 }];
        if inside(before) != inside(point) {
            let t = (limit - before[axis]) / (point[axis] - before[axis]);
            kept.push([before[0] + t * (point[0] - before[0]), before[1] + t * (point[1] - before[1])]);
        }
        if inside(point) {
            kept.push(*point);
        }
    }
    kept
}

fn area(polygon: &[Point]) -> f32 {
    let twice: f32 = (0..polygon.len())
        .map(|i| {
            let ([x0, y0], [x1, y1]) = (polygon[i], polygon[(i + 1) % polygon.len()]);
            x0 * y1 - x1 * y0
        })
        .sum();
    twice.abs() / 2.0
}

fn bounds_y(polygon: &[Point]) -> (f32, f32) {
    polygon.iter().fold((f32::MAX, f32::MIN), |(low, high), point| (low.min(point[1]), high.max(point[1])))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [Point; 4] = [[2.0, 2.0], [8.0, 2.0], [8.0, 8.0], [2.0, 8.0]];

    #[test]
    fn classes_are_marked_without_blending() {
        let mut canvas = Canvas::new(10, 10);
        canvas.fill(&[[2.4, 2.4], [7.6, 2.4], [7.6, 7.6], [2.4, 7.6]], [1.0, 0.0, 0.0], 6, Thing::NONE);
        let (_, labels) = canvas.into_parts();
        assert!(labels.iter().all(|&label| label == 0 || label == 7));
        assert_eq!(labels.iter().filter(|&&label| label == 7).count(), 36);
    }

    #[test]
    fn what_is_covered_is_not_seen() {
        let mut canvas = Canvas::new(10, 10);
        let thing = canvas.begin_thing();
        canvas.fill(&SQUARE, [1.0; 3], 43, thing);
        assert_eq!(canvas.seen().of(thing), Seen { pixels: 36, share: 1.0, bounds: [2, 2, 6, 6] });
        canvas.fill(&[[0.0, 0.0], [5.0, 0.0], [5.0, 10.0], [0.0, 10.0]], [0.0; 3], 4, Thing::NONE);
        assert_eq!(canvas.seen().of(thing), Seen { pixels: 18, share: 0.5, bounds: [5, 2, 3, 6] });
    }

    #[test]
    fn what_lies_outside_the_frame_counts_as_hidden() {
        let mut canvas = Canvas::new(10, 10);
        let thing = canvas.begin_thing();
        canvas.fill(&[[-1e6, 0.0], [10.0, 0.0], [10.0, 10.0], [-1e6, 10.0]], [1.0; 3], 43, thing);
        assert!(canvas.seen().of(thing).share < 0.001);
    }
}
