//! The cells into which the world is divided: H3 hexagons of one size, nearly equal in area everywhere.

use h3o::{CellIndex, LatLng, Resolution};

use super::LatLon;

/// Cells of about 12,400 km², 41,162 in all: about 60 km from centre to edge. A model that names a country and a city knows
/// no more than that, and a surface of this size is weighed anew in milliseconds; towns inside a cell are told apart by
/// the gazetteer, not by finer cells.
pub const RESOLUTION: Resolution = Resolution::Three;

/// The radius in kilometres of a disc of a cell's mean area.
pub(super) const MEAN_RADIUS_KM: f64 = 62.8;

/// One H3 cell of [`RESOLUTION`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(CellIndex);

impl Cell {
    /// The cell that holds a point.
    pub fn containing(point: LatLon) -> Option<Self> {
        Some(Self(LatLng::new(point.lat, point.lon).ok()?.to_cell(RESOLUTION)))
    }

    /// Whether a point lies in it.
    pub fn holds(self, point: LatLon) -> bool {
        LatLng::new(point.lat, point.lon).is_ok_and(|point| point.to_cell(self.0.resolution()) == self.0)
    }

    /// All cells of the world.
    pub fn all() -> impl Iterator<Item = Self> {
        CellIndex::base_cells().flat_map(|base| base.children(RESOLUTION)).map(Self)
    }

    /// H3's own 64-bit index.
    pub fn index(self) -> u64 {
        self.0.into()
    }

    /// Its middle.
    pub fn centre(self) -> LatLon {
        point(LatLng::from(self.0))
    }

    /// Its area in square kilometres.
    pub fn area_km2(self) -> f64 {
        self.0.area_km2()
    }

    /// The corners in order (six, seldom five or more where a cell meets an edge of H3's icosahedron). Longitudes go on
    /// past 180 degrees where a cell crosses the antimeridian, so that the corners can be drawn as they come.
    pub fn boundary(self) -> Vec<LatLon> {
        let mut corners: Vec<LatLon> = self.0.boundary().iter().map(|corner| point(*corner)).collect();
        let Some(first) = corners.first().copied() else { return corners };
        for corner in &mut corners {
            let away = corner.lon - first.lon;
            corner.lon -= 360.0 * (away / 360.0).round();
        }
        corners
    }

    /// Points spread evenly over the cell (49 in a hexagon), about 18 km apart.
    pub(super) fn samples(self) -> impl Iterator<Item = LatLon> {
        self.0.children(Resolution::Five).map(|child| point(LatLng::from(child)))
    }
}

/// The world in H3 cells of some size, for grouping points on a map by how closely one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiling(Resolution);

impl Tiling {
    /// Cells of an H3 resolution: 0 is the coarsest (122 cells, 1,281 km an edge), each further one has edges about 2.65
    /// times shorter, and 15 is the finest (0.6 m an edge).
    pub fn of(resolution: u8) -> Self {
        Self(Resolution::try_from(resolution.min(15)).unwrap_or(RESOLUTION))
    }

    /// The number of the cell that holds a point.
    pub fn cell_at(self, point: LatLon) -> Option<u64> {
        Some(LatLng::new(point.lat, point.lon).ok()?.to_cell(self.0).into())
    }
}

fn point(at: LatLng) -> LatLon {
    LatLon { lat: at.lat(), lon: at.lng() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cover_the_world_once() {
        let cells: std::collections::HashSet<Cell> = Cell::all().collect();
        assert_eq!(cells.len(), 41_162);
        let area: f64 = cells.iter().map(|cell| cell.area_km2()).sum();
        assert!((area / 510_065_622.0 - 1.0).abs() < 1e-3, "{area}");
    }

    #[test]
    fn a_cell_contains_its_centre_and_its_points() {
        for cell in Cell::all().step_by(97) {
            assert_eq!(Cell::containing(cell.centre()), Some(cell));
            let reach = cell.samples().map(|p| p.distance_km(cell.centre())).fold(0.0, f64::max);
            assert!(reach > 40.0 && reach < 90.0, "{reach}");
        }
    }

    #[test]
    fn finer_tilings_tell_more_points_apart() {
        let points = [(48.85, 2.35), (48.90, 2.30)].map(|(lat, lon)| LatLon::new(lat, lon).unwrap());
        let n_cells = |resolution| {
            let cells: std::collections::HashSet<_> =
                points.iter().map(|at| Tiling::of(resolution).cell_at(*at).unwrap()).collect();
            cells.len()
        };
        assert_eq!([0, 3, 9, 200].map(n_cells), [1, 1, 2, 2]);
    }

    #[test]
    fn a_boundary_can_be_drawn_across_the_antimeridian() {
        let cell = Cell::containing(LatLon::new(-17.0, 179.99).unwrap()).unwrap();
        let corners = cell.boundary();
        assert!(corners.len() >= 5);
        assert!(corners.windows(2).all(|pair| (pair[0].lon - pair[1].lon).abs() < 5.0), "{corners:?}");
    }
}
