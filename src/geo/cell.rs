//! The cells into which the world is divided: H3 hexagons of one size, of 0.6 to 1.2 times their mean area, and smaller
//! ones where something is known more closely.

use std::{
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
};

use h3o::{CellIndex, LatLng, Resolution};

use super::LatLon;

/// Cells of about 12,400 km², 41,162 in all: about 60 km from centre to edge. A model that names a country and a city knows
/// no more than that, and a surface of this size is weighed anew in milliseconds.
pub const RESOLUTION: Resolution = Resolution::Three;

/// Cells are split down to about 5 km².
const FINEST: Resolution = Resolution::Seven;

/// The middles of the cells of [`RESOLUTION`], which are asked for by the ten thousand.
static MIDDLES: LazyLock<HashMap<Cell, LatLon>> =
    LazyLock::new(|| Cell::all().map(|cell| (cell, cell.middle())).collect());
/// The areas of cells that were measured, in square kilometres: a surface asks for those of all its cells each time it is weighed.
static AREAS: LazyLock<RwLock<HashMap<Cell, f64>>> = LazyLock::new(RwLock::default);
/// So many areas are remembered, some tens of bytes each; then they are measured anew.
const MOST_AREAS: usize = 200_000;
/// How far cells reach, in radii of a disc of their mean area.
const REACH: f64 = 1.2;

/// One H3 cell of [`RESOLUTION`], or one that it was split into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(CellIndex);

impl Cell {
    /// The cell of [`RESOLUTION`] that holds a point.
    pub fn containing(point: LatLon) -> Option<Self> {
        Some(Self(LatLng::new(point.lat, point.lon).ok()?.to_cell(RESOLUTION)))
    }

    /// The cells of every size that hold a point, the widest first.
    pub(super) fn all_around(point: LatLon) -> impl Iterator<Item = Self> {
        let sizes = std::iter::successors(Some(RESOLUTION), |size| size.succ().filter(|size| *size <= FINEST));
        let point = LatLng::new(point.lat, point.lon).ok();
        sizes.filter_map(move |size| Some(Self(point?.to_cell(size))))
    }

    /// All cells of the world of [`RESOLUTION`].
    pub fn all() -> impl Iterator<Item = Self> {
        CellIndex::base_cells().flat_map(|base| base.children(RESOLUTION)).map(Self)
    }

    /// The cell of this size that holds a point; none where no cells are made so wide or so small.
    pub fn of_size(point: LatLon, size: u8) -> Option<Self> {
        let size = Resolution::try_from(size).ok().filter(|size| (RESOLUTION..=FINEST).contains(size))?;
        Some(Self(LatLng::new(point.lat, point.lon).ok()?.to_cell(size)))
    }

    /// Its size, as H3 numbers them: the greater the number, the smaller the cell.
    pub fn size(self) -> u8 {
        self.0.resolution().into()
    }

    /// H3's own 64-bit index.
    pub fn index(self) -> u64 {
        self.0.into()
    }

    /// Its middle.
    pub fn centre(self) -> LatLon {
        MIDDLES.get(&self).copied().unwrap_or_else(|| self.middle())
    }

    fn middle(self) -> LatLon {
        point(LatLng::from(self.0))
    }

    /// Its area in square kilometres.
    pub fn area_km2(self) -> f64 {
        if let Some(km2) = AREAS.read().unwrap_or_else(PoisonError::into_inner).get(&self) {
            return *km2;
        }
        let km2 = self.0.area_km2();
        let mut areas = AREAS.write().unwrap_or_else(PoisonError::into_inner);
        if areas.len() >= MOST_AREAS {
            areas.clear();
        }
        areas.insert(self, km2);
        km2
    }

    /// The radius in kilometres of a disc of the mean area of cells of its size.
    pub fn radius_km(self) -> f64 {
        Self::mean_radius_km(self.0.resolution())
    }

    /// The same of all cells of a size.
    pub(super) fn mean_radius_km(size: Resolution) -> f64 {
        (size.area_km2() / std::f64::consts::PI).sqrt()
    }

    /// No point of [`Self::samples`] lies farther from its middle, in kilometres.
    pub fn reach_km(self) -> f64 {
        REACH * self.radius_km()
    }

    /// The same of the widest cells.
    pub fn most_reach_km() -> f64 {
        REACH * Self::mean_radius_km(RESOLUTION)
    }

    /// The seven cells that it is split into (six where it is one of H3's twelve pentagons); none where it is as small as
    /// cells are made.
    pub fn parts(self) -> impl Iterator<Item = Self> {
        let finer = self.0.resolution().succ().filter(|finer| *finer <= FINEST);
        finer.into_iter().flat_map(move |finer| self.0.children(finer)).map(Self)
    }

    /// The one of its parts that holds a point of it.
    pub(super) fn part_around(self, point: LatLon) -> Option<Self> {
        let finer = self.0.resolution().succ().filter(|finer| *finer <= FINEST)?;
        Some(Self(LatLng::new(point.lat, point.lon).ok()?.to_cell(finer)))
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

    /// Points spread evenly over the cell (49 in a hexagon).
    pub fn samples(self) -> impl Iterator<Item = LatLon> {
        let next = |size: Resolution| size.succ().unwrap_or(size);
        self.0.children(next(next(self.0.resolution()))).map(|child| point(LatLng::from(child)))
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

    /// Cells of [`RESOLUTION`] and of size 6 in square kilometres, by H3's own C library.
    const MEASURED: [(&str, f64, f64, [f64; 2]); 3] = [
        ("Paris", 48.8566, 2.3522, [11_061.95, 32.1853]),
        ("Cairo", 30.0444, 31.2357, [14_586.39, 42.5025]),
        ("Sydney", -33.8688, 151.2093, [14_922.21, 43.4644]),
    ];

    #[test]
    fn cells_are_larger_and_smaller_than_their_mean() {
        for (name, lat, lon, km2) in MEASURED {
            let cells = [3, 6].map(|size| Cell::of_size(LatLon::new(lat, lon).unwrap(), size).unwrap());
            for (cell, km2) in cells.into_iter().zip(km2) {
                // The second time it is remembered.
                let said = [cell.area_km2(), cell.area_km2()];
                assert!(said.iter().all(|said| (said / km2 - 1.0).abs() < 1e-4), "{name}: {said:?}");
            }
        }
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
    fn no_cell_reaches_farther_than_is_said() {
        let mut most = 0.0_f64;
        for cell in Cell::all() {
            let finer = cell.parts().next().unwrap();
            let finest = finer.parts().next().unwrap().parts().last().unwrap().parts().next().unwrap();
            for cell in [cell, finer, finest] {
                let reach = cell.samples().map(|point| point.distance_km(cell.centre())).fold(0.0, f64::max);
                most = most.max(reach / cell.reach_km());
            }
        }
        assert!((0.85..1.0).contains(&most), "{most}");
    }

    #[test]
    fn cells_are_split_down_to_five_square_kilometres() {
        let mut cells = vec![Cell::containing(LatLon::new(46.2, 6.15).unwrap()).unwrap()];
        while let Some(finer) =
            cells.first().map(|cell| cell.parts().collect::<Vec<_>>()).filter(|parts| !parts.is_empty())
        {
            assert_eq!(finer.len(), 7);
            let (whole, parts) = (cells[0].area_km2(), finer.iter().map(|part| part.area_km2()).sum::<f64>());
            assert!((parts / whole - 1.0).abs() < 0.05, "{parts} of {whole}");
            cells = finer;
        }
        assert!((cells[0].area_km2() - 5.0).abs() < 1.5, "{}", cells[0].area_km2());
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
