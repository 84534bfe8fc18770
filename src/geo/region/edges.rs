//! Where the edges of a region run. Most cells of the world lie far from any, which squares of a degree tell at once, and so lie in
//! the region or outside it as their middles do; of the others it is asked which edges they meet.

use geo::{BoundingRect as _, Intersects as _, Line, LineString, MultiPolygon, Polygon, Translate as _};
use rstar::{AABB, RTree};

use crate::geo::{
    EARTH_RADIUS_KM, LatLon,
    rows::{N_ROWS, row_of},
};

const N_COLUMNS: usize = 360;
/// Rounding moves no point so far, in degrees.
const SLACK: f64 = 1e-6;

/// The edges, and the squares of a degree that they touch.
pub(super) struct Edges {
    lines: RTree<Line>,
    /// Row by row from the south, in each from the west; of polygons alone.
    is_touched: Vec<bool>,
}

impl Edges {
    /// Of polygons and the outlines of circles on the flat map.
    pub(super) fn of(polygons: &MultiPolygon, outlines: impl Iterator<Item = LineString>) -> Self {
        let rings = polygons.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        let mut lines: Vec<Line> = rings.flat_map(LineString::lines).collect();
        let of_polygons = lines.len();
        lines.extend(outlines.flat_map(|outline| outline.lines().collect::<Vec<_>>()));
        let mut edges = Self { lines: RTree::new(), is_touched: vec![false; N_ROWS * N_COLUMNS] };
        for edge in &lines[..of_polygons] {
            // The box of a long edge would touch what the edge does not.
            let n_steps = edge.dx().abs().max(edge.dy().abs()).ceil().max(1.0);
            let at = |step: f64| (edge.start.x + edge.dx() * step / n_steps, edge.start.y + edge.dy() * step / n_steps);
            for step in 0..n_steps as usize {
                let ((from_x, from_y), (to_x, to_y)) = (at(step as f64), at(step as f64 + 1.0));
                edges.touch([from_y.min(to_y), from_y.max(to_y)], [from_x.min(to_x), from_x.max(to_x)]);
            }
        }
        edges.lines = RTree::bulk_load(lines);
        edges
    }

    /// Whether one runs through a piece of the map, whose longitudes may go on past the edges of the flat map.
    pub(super) fn meet(&self, piece: &Polygon) -> bool {
        [-360.0, 0.0, 360.0].iter().any(|turn| {
            let piece = piece.translate(*turn, 0.0);
            let Some(bounds) = piece.bounding_rect() else { return false };
            let bounds = AABB::from_corners(bounds.min().into(), bounds.max().into());
            self.lines.locate_in_envelope_intersecting(&bounds).any(|line| piece.intersects(line))
        })
    }

    fn touch(&mut self, lats: [f64; 2], lons: [f64; 2]) {
        for row in row_of(lats[0] - SLACK)..=row_of(lats[1] + SLACK) {
            for column in column_of(lons[0] - SLACK)..=column_of(lons[1] + SLACK) {
                self.is_touched[row * N_COLUMNS + column] = true;
            }
        }
    }

    /// Whether one may pass within so many kilometres of a point.
    pub(super) fn may_pass(&self, point: LatLon, km: f64) -> bool {
        let angle = km / EARTH_RADIUS_KM;
        let (south, north) = (point.lat - angle.to_degrees(), point.lat + angle.to_degrees());
        // A circle on the sphere reaches so far to the east and to the west (all around where it holds a pole).
        let half_width = (angle.sin() / point.lat.to_radians().cos()).asin().to_degrees();
        let holds_pole = south <= -90.0 || north >= 90.0 || half_width.is_nan();
        let (west, n_columns) = if holds_pole {
            (0, N_COLUMNS)
        } else {
            let west = (point.lon - half_width + 180.0).floor();
            let n = (point.lon + half_width + 180.0).floor() - west + 1.0;
            (west.rem_euclid(N_COLUMNS as f64) as usize, (n as usize).min(N_COLUMNS))
        };
        (row_of(south)..=row_of(north)).any(|row| {
            let row = &self.is_touched[row * N_COLUMNS..][..N_COLUMNS];
            (west..west + n_columns).any(|column| row[column % N_COLUMNS])
        })
    }
}

fn column_of(lon: f64) -> usize {
    ((lon + 180.0).max(0.0) as usize).min(N_COLUMNS - 1)
}
