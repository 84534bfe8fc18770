//! Polygons as they lie on the flat map between -180 and 180 degrees: cut there, mended where lines cross, joined where they
//! overlap.

use geo::{
    BooleanOps as _, BoundingRect as _, Coord, Line, LineString, MultiPolygon, Polygon, Rect, Translate as _,
    bool_ops::{FillRule, OpType},
    coord,
};

use super::{RegionError, Shape};
use crate::geo::LatLon;

/// No line is wider than this, in degrees.
const WIDEST: f64 = 720.0;
/// Edges may cross each other so often: what is drawn by hand crosses itself freely, but to cut lines that all meet near one
/// point takes time with the third power of their number.
const MOST_CROSSINGS: usize = 10_000;
/// So many pairs of edges are looked at to find those that cross.
const MOST_LOOKED_AT: usize = 100_000_000;
/// Decimals of a degree that are written: a decimetre, coarser than the grid on which lines are cut.
const WRITTEN: f64 = 1e6;

/// The polygons of some shapes on the flat map; outer lines run counter-clockwise, holes clockwise.
pub(super) fn polygons(shapes: &[Shape]) -> Result<MultiPolygon, RegionError> {
    let mut drawn = Vec::new();
    for shape in shapes {
        if let Shape::Polygon { rings } = shape {
            drawn.extend(placed(rings)?);
        }
    }
    if is_tangled(&drawn) {
        return Err(RegionError::Tangled);
    }
    let pieces: Vec<Polygon> = drawn.iter().flat_map(cut).collect();
    Ok(MultiPolygon::new(pieces).boolean_op_with_fill_rule(&nothing(), OpType::Union, FillRule::NonZero))
}

/// The rings of a polygon, closed, rounded to what is written.
pub(super) fn rings(polygon: &Polygon) -> Vec<Vec<[f64; 2]>> {
    let round = |degrees: f64| (degrees * WRITTEN).round() / WRITTEN;
    let written = |ring: &LineString| ring.coords().map(|at| [round(at.x), round(at.y)]).collect();
    std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(written).collect()
}

/// A polygon on the turn of the world that begins at -180 degrees; none where there are too few corners.
fn placed(rings: &[Vec<LatLon>]) -> Result<Option<Polygon>, RegionError> {
    let line = |ring: &Vec<LatLon>| -> LineString { ring.iter().map(|at| coord! { x: at.lon, y: at.lat }).collect() };
    let mut lines = rings.iter().map(line);
    let Some(outer) = lines.next().filter(|outer| outer.0.len() >= 3) else { return Ok(None) };
    let holes = lines.filter(|hole| hole.0.len() >= 3).collect();
    let polygon = Polygon::new(outer, holes);
    let Some(bounds) = polygon.bounding_rect() else { return Ok(None) };
    if bounds.width() > WIDEST {
        return Err(RegionError::TooWide);
    }
    let turn = 360.0 * ((bounds.min().x + 180.0) / 360.0).floor();
    Ok(Some(polygon.translate(-turn, 0.0)))
}

/// What each turn of the world holds of a polygon, laid upon the first.
fn cut(polygon: &Polygon) -> Vec<Polygon> {
    let holes = MultiPolygon::new(polygon.interiors().iter().map(|hole| Polygon::new(hole.clone(), vec![])).collect());
    let outer = Polygon::new(polygon.exterior().clone(), Vec::new());
    let east = polygon.bounding_rect().map_or(180.0, |bounds| bounds.max().x);
    let n_turns = (((east + 180.0) / 360.0).ceil() as usize).max(1);
    let on_turn = |turn: usize| {
        let west = 360.0 * turn as f64 - 180.0;
        let sheet = Rect::new(coord! { x: west, y: -90.0 }, coord! { x: west + 360.0, y: 90.0 }).to_polygon();
        let inside = outer.boolean_op_with_fill_rule(&sheet, OpType::Intersection, FillRule::NonZero);
        let inside = if holes.0.is_empty() {
            inside
        } else {
            inside.boolean_op_with_fill_rule(&holes, OpType::Difference, FillRule::NonZero)
        };
        inside.translate(-360.0 * turn as f64, 0.0).0
    };
    (0..n_turns).flat_map(on_turn).collect()
}

fn nothing() -> MultiPolygon {
    MultiPolygon::new(Vec::new())
}

/// Whether edges cross each other so often, or lie so much beside each other, that to cut them would take long.
fn is_tangled(polygons: &[Polygon]) -> bool {
    let rings = polygons.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    let mut edges: Vec<(Rect, Line)> =
        rings.flat_map(LineString::lines).map(|edge| (edge.bounding_rect(), edge)).collect();
    edges.sort_by(|(a, _), (b, _)| a.min().x.total_cmp(&b.min().x));
    let (mut n_crossings, mut n_looked_at) = (0, 0);
    for (at, (bounds, edge)) in edges.iter().enumerate() {
        let beside = edges[at + 1..].iter().take_while(|(other, _)| other.min().x <= bounds.max().x);
        for (other_bounds, other) in beside {
            let is_near = other_bounds.min().y <= bounds.max().y && bounds.min().y <= other_bounds.max().y;
            n_looked_at += 1;
            n_crossings += usize::from(is_near && cross(*edge, *other));
            if n_crossings > MOST_CROSSINGS || n_looked_at > MOST_LOOKED_AT {
                return true;
            }
        }
    }
    false
}

/// Whether two edges cross within both, and do not only touch.
fn cross(a: Line, b: Line) -> bool {
    let side = |line: Line, at: Coord| line.dx() * (at.y - line.start.y) - line.dy() * (at.x - line.start.x);
    side(a, b.start) * side(a, b.end) < 0.0 && side(b, a.start) * side(b, a.end) < 0.0
}
