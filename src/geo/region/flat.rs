//! Polygons as they lie on the flat map between -180 and 180 degrees: cut there, mended where lines cross, joined where they
//! overlap.

use geo::{
    BooleanOps as _, BoundingRect as _, LineString, MultiPolygon, Polygon, Rect, Translate as _,
    bool_ops::{FillRule, OpType},
    coord,
};

use super::{RegionError, Shape};
use crate::geo::LatLon;

/// No line is wider than this, in degrees.
const WIDEST: f64 = 720.0;
/// So many pairs of edges may come near each other beyond eight an edge: what is drawn by hand crosses itself freely.
const MOST_NEAR: usize = 200_000;
/// So many pairs of edges are looked at to find those that come near.
const MOST_LOOKED_AT: usize = 200_000_000;
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

/// Whether so many edges come near each other that to cut them at their crossings would take long.
fn is_tangled(polygons: &[Polygon]) -> bool {
    let rings = polygons.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    let mut edges: Vec<Rect> = rings.flat_map(|ring| ring.lines().map(|edge| edge.bounding_rect())).collect();
    edges.sort_by(|a, b| a.min().x.total_cmp(&b.min().x));
    let (mut n_near, mut n_looked_at) = (0, 0);
    for (at, edge) in edges.iter().enumerate() {
        let beside = edges[at + 1..].iter().take_while(|other| other.min().x <= edge.max().x);
        for other in beside {
            n_looked_at += 1;
            n_near += usize::from(other.min().y <= edge.max().y && edge.min().y <= other.max().y);
            if n_near > 8 * edges.len() + MOST_NEAR || n_looked_at > MOST_LOOKED_AT {
                return true;
            }
        }
    }
    false
}
