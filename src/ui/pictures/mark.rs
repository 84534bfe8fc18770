//! A small drawing for each kind of evidence, in its colour, so that a list of pieces can be looked over.

use egui::{Color32, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, vec2};

use super::super::theme;
use crate::predict::finding::EvidenceKind;

/// Side of a mark, in points.
const SIDE: f32 = 14.0;

/// Draws the mark of a kind of evidence; one that is struck stands back.
pub fn mark_ui(ui: &mut Ui, kind: EvidenceKind, on: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(SIDE, SIDE), Sense::hover());
    let palette = theme::palette(ui);
    let color = match kind {
        _ if !on => palette.text_weak,
        EvidenceKind::Sign => palette.caution_text,
        EvidenceKind::Clue | EvidenceKind::MetadataGps => palette.map.gps,
        EvidenceKind::Hint => palette.accent,
        EvidenceKind::Region => palette.map.likely,
        EvidenceKind::ModelCountries | EvidenceKind::ModelCountry | EvidenceKind::ModelCity => palette.text,
        EvidenceKind::Prior | EvidenceKind::Metadata => palette.text_weak,
    };
    ui.painter().extend(shapes(kind, rect.shrink(1.0), color));
}

fn shapes(kind: EvidenceKind, square: Rect, color: Color32) -> Vec<Shape> {
    let stroke = Stroke::new(1.4, color);
    let at = |x: f32, y: f32| square.lerp_inside(vec2(x, y));
    let outline = |rect: Rect| Shape::rect_stroke(rect, 2.0, stroke, StrokeKind::Inside);
    let line = |points: &[Pos2]| Shape::line(points.to_vec(), stroke);
    match kind {
        // A board with two lines of writing, on its post.
        EvidenceKind::Sign => vec![
            outline(Rect::from_min_max(at(0.0, 0.05), at(1.0, 0.65))),
            line(&[at(0.25, 0.27), at(0.75, 0.27)]),
            line(&[at(0.25, 0.45), at(0.6, 0.45)]),
            line(&[at(0.5, 0.65), at(0.5, 1.0)]),
        ],
        // An eye.
        EvidenceKind::Clue => vec![
            Shape::ellipse_stroke(square.center(), vec2(0.5, 0.3) * square.size(), stroke),
            Shape::circle_filled(square.center(), 0.15 * square.width(), color),
        ],
        // What is said.
        EvidenceKind::Hint => vec![
            outline(Rect::from_min_max(at(0.0, 0.05), at(1.0, 0.7))),
            line(&[at(0.25, 0.7), at(0.25, 1.0), at(0.55, 0.7)]),
        ],
        // An area.
        EvidenceKind::Region => vec![Shape::closed_line(
            vec![at(0.15, 0.1), at(0.95, 0.25), at(0.8, 0.9), at(0.3, 0.8), at(0.0, 0.5)],
            stroke,
        )],
        // A pin.
        EvidenceKind::MetadataGps => vec![
            Shape::circle_stroke(at(0.5, 0.35), 0.3 * square.width(), stroke),
            line(&[at(0.25, 0.5), at(0.5, 1.0), at(0.75, 0.5)]),
        ],
        // A network of three.
        EvidenceKind::ModelCountries | EvidenceKind::ModelCountry | EvidenceKind::ModelCity => {
            let nodes = [at(0.5, 0.15), at(0.12, 0.85), at(0.88, 0.85)];
            let mut shapes = vec![Shape::closed_line(nodes.to_vec(), stroke)];
            shapes.extend(nodes.map(|node| Shape::circle_filled(node, 0.16 * square.width(), color)));
            shapes
        }
        // The globe.
        EvidenceKind::Prior => vec![
            Shape::circle_stroke(square.center(), 0.48 * square.width(), stroke),
            line(&[at(0.0, 0.5), at(1.0, 0.5)]),
            Shape::ellipse_stroke(square.center(), vec2(0.2, 0.48) * square.size(), stroke),
        ],
        // A page.
        EvidenceKind::Metadata => vec![
            outline(Rect::from_min_max(at(0.1, 0.0), at(0.9, 1.0))),
            line(&[at(0.3, 0.35), at(0.7, 0.35)]),
            line(&[at(0.3, 0.6), at(0.7, 0.6)]),
        ],
    }
}
