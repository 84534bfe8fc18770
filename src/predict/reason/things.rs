//! What a segmenter saw in a picture: which of ADE20K's classes lie where.

use super::Thing;
use crate::{knowledge::ade20k, model::LabelMap};

/// A class that covers less of a picture was not found in it.
const LEAST_SHARE: f64 = 5e-4;
/// No more boxes than this are kept of a class, the largest first.
const MOST_BOXES: usize = 6;

/// The classes that a label map shows.
pub fn things(labels: &LabelMap) -> Vec<Thing> {
    let shares = ade20k::shares(&labels.labels);
    let mut pieces = pieces(labels);
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.pixels));
    let n_pixels = labels.labels.len().max(1) as f64;
    let thing = |class: usize| {
        let of_class = pieces.iter().filter(|piece| usize::from(piece.label) == class + 1).take(MOST_BOXES);
        // Crumbs are left out, but where the class is nothing else.
        let large =
            of_class.enumerate().filter(|(at, piece)| *at == 0 || piece.pixels as f64 >= LEAST_SHARE * n_pixels);
        let boxes = large.map(|(_, piece)| piece.edges(labels)).collect();
        Thing { class: ade20k::short_name(class).to_owned(), share: shares[class], boxes }
    };
    (0..ade20k::CLASSES).filter(|class| shares[*class] >= LEAST_SHARE).map(thing).collect()
}

/// Pixels of one class that touch each other.
struct Piece {
    label: u8,
    pixels: usize,
    /// Left, top, right and bottom pixel.
    edges: [usize; 4],
}

impl Piece {
    fn edges(&self, labels: &LabelMap) -> [f32; 4] {
        let [left, top, right, bottom] = self.edges;
        let share = |at: usize, of: u32| at as f32 / of.max(1) as f32;
        [
            share(left, labels.width),
            share(top, labels.height),
            share(right + 1, labels.width),
            share(bottom + 1, labels.height),
        ]
    }
}

/// The connected pieces of a label map, by their sides.
fn pieces(labels: &LabelMap) -> Vec<Piece> {
    let (width, map) = (labels.width as usize, &labels.labels);
    let mut is_taken = vec![false; map.len()];
    let (mut pieces, mut open) = (Vec::new(), Vec::new());
    for start in 0..map.len() {
        let label = map[start];
        if label == 0 || is_taken[start] || width == 0 {
            continue;
        }
        let mut piece = Piece { label, pixels: 0, edges: [usize::MAX, usize::MAX, 0, 0] };
        is_taken[start] = true;
        open.push(start);
        while let Some(at) = open.pop() {
            let (x, y) = (at % width, at / width);
            let [left, top, right, bottom] = piece.edges;
            piece.edges = [left.min(x), top.min(y), right.max(x), bottom.max(y)];
            piece.pixels += 1;
            let beside = [
                (x > 0).then(|| at - 1),
                (x + 1 < width).then(|| at + 1),
                at.checked_sub(width),
                (at + width < map.len()).then(|| at + width),
            ];
            for next in beside.into_iter().flatten() {
                if map[next] == label && !is_taken[next] {
                    is_taken[next] = true;
                    open.push(next);
                }
            }
        }
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map of words for classes, `.` for none.
    fn map(rows: &[&str]) -> LabelMap {
        let label = |c: char| match c {
            'r' => 7,
            's' => 3,
            _ => 0,
        };
        LabelMap {
            width: rows[0].len() as u32,
            height: rows.len() as u32,
            labels: rows.iter().flat_map(|row| row.chars().map(label)).collect(),
        }
    }

    #[test]
    fn a_class_has_a_box_around_each_piece_the_largest_first() {
        let found = things(&map(&["ssss", "r..r", "r.rr", "...."]));
        assert_eq!(found.iter().map(|thing| thing.class.as_str()).collect::<Vec<_>>(), ["sky", "road"]);
        assert_eq!(found[0].boxes, [[0.0, 0.0, 1.0, 0.25]]);
        assert_eq!(found[1].boxes, [[0.5, 0.25, 1.0, 0.75], [0.0, 0.25, 0.25, 0.75]]);
        assert!((found[1].share - 5.0 / 16.0).abs() < 1e-12);
    }

    #[test]
    fn pixels_do_not_touch_around_the_edge_and_crumbs_are_nothing() {
        let found = things(&map(&["..r", "r.."]));
        assert_eq!(found[0].boxes.len(), 2);
        let mut crumbs = vec![0; 100 * 100];
        crumbs[5050] = 7;
        assert_eq!(things(&LabelMap { width: 100, height: 100, labels: crumbs }), []);
        assert_eq!(things(&LabelMap { width: 0, height: 0, labels: vec![] }), []);
    }
}
