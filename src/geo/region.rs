//! Regions of the Earth that somebody drew or loaded: polygons with holes, and circles.
//!
//! The edges of a polygon are straight in degrees, as RFC 7946 has it (section 3.1.1): on a map where meridians stand
//! upright an edge along a parallel stays on it, and no great circle bulges past what was drawn. Lines that cross
//! themselves enclose all that they go around.

mod circle;
mod edges;
mod file;
mod flat;
mod measure;

use std::sync::Arc;

use geo::{Contains as _, LineString, MultiPolygon, Point, Polygon, indexed::IntervalTreeMultiPolygon};
use serde::{Deserialize, Serialize};

use super::{EARTH_RADIUS_KM, LatLon};
pub use circle::circle_rings;
use edges::Edges;
pub use file::{RegionFileError, RegionFileProblem, read_region};
use measure::Cap;

/// A region has no more corners than this, all its lines together.
pub const MOST_CORNERS: usize = 100_000;
/// It has no more shapes than this.
pub const MOST_SHAPES: usize = 10_000;
/// The way from a point to the one opposite, in kilometres.
const HALF_WAY_AROUND_KM: f64 = std::f64::consts::PI * EARTH_RADIUS_KM;
/// So far from the edges of the flat map, in degrees (a centimetre), a point is taken to lie: there a region is cut, but does
/// not end.
const SEAM: f64 = 1e-7;
/// Longitudes go on so far at most: a map may be looked at on any of a few turns of the world.
const MOST_LONGITUDE: f64 = 3600.0;

/// A part of the Earth: all that lies in any of its shapes. It is sound: what encloses nothing, or costs too much to ask, is
/// refused when it is made or read.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Shapes", into = "Shapes")]
pub struct Region {
    shapes: Arc<[Shape]>,
    flat: Arc<Flat>,
}

/// The polygons on the flat map: between -180 and 180 degrees, valid, none upon another.
struct Flat {
    polygons: MultiPolygon,
    index: IntervalTreeMultiPolygon<f64>,
    edges: Edges,
}

/// One shape of a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// The inside of a line without the insides of its holes.
    Polygon {
        /// The outer line first, then the holes, each closed from its last corner to its first, whichever way around.
        /// Longitudes run on past 180 degrees where a line crosses the antimeridian; a line around a pole goes along the
        /// edge of the flat map, up one side and down the other.
        rings: Vec<Vec<LatLon>>,
    },
    /// All that lies so near.
    Circle {
        /// Its middle.
        centre: LatLon,
        /// Its radius in kilometres.
        km: f64,
    },
}

/// A region as it is kept.
#[derive(Serialize, Deserialize)]
struct Shapes {
    shapes: Vec<Shape>,
}

/// Why shapes are no region.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum RegionError {
    /// There is nothing in it.
    #[error("it encloses nothing")]
    Empty,
    /// Somewhere that is not on the Earth.
    #[error("latitude {lat}, longitude {lon} is no point on the Earth")]
    NoPoint {
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
    },
    /// A circle of no size, or one that goes around the Earth and back.
    #[error("a circle of {0} km is none: its radius lies above 0 and is at most {HALF_WAY_AROUND_KM:.0} km")]
    Radius(f64),
    /// More corners than are held.
    #[error("it has more than {MOST_CORNERS} corners; simplify it first")]
    TooManyCorners,
    /// More shapes than are held.
    #[error("it has more than {MOST_SHAPES} shapes; simplify it first")]
    TooManyShapes,
    /// A line that goes around the Earth again and again.
    #[error("a line of it goes more than twice around the Earth")]
    TooWide,
    /// Lines that lie upon each other so often that nothing could be told from them.
    #[error("its lines cross each other too often; simplify it first")]
    Tangled,
}

impl Region {
    /// The region of these shapes.
    pub fn new(shapes: Vec<Shape>) -> Result<Self, RegionError> {
        check(&shapes)?;
        let polygons = flat::polygons(&shapes)?;
        if polygons.0.is_empty() && circles(&shapes).next().is_none() {
            return Err(RegionError::Empty);
        }
        let index = IntervalTreeMultiPolygon::new(&polygons);
        let rings = circles(&shapes).flat_map(|(centre, km)| circle_rings(centre, km));
        let edges = Edges::of(&polygons, rings.map(LineString::from));
        Ok(Self { shapes: shapes.into(), flat: Arc::new(Flat { edges, polygons, index }) })
    }

    /// The inside of one line.
    pub fn within(corners: Vec<LatLon>) -> Result<Self, RegionError> {
        Self::new(vec![Shape::Polygon { rings: vec![corners] }])
    }

    /// All that lies within so many kilometres.
    pub fn around(centre: LatLon, km: f64) -> Result<Self, RegionError> {
        Self::new(vec![Shape::Circle { centre, km }])
    }

    /// What it is made of.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Its circles: middle and radius in kilometres.
    pub fn circles(&self) -> impl Iterator<Item = (LatLon, f64)> {
        circles(&self.shapes)
    }

    /// It on the flat map, as RFC 7946 wants polygons: cut at the antimeridian, closed, outer lines counter-clockwise and
    /// holes clockwise, each corner `[longitude, latitude]`. A circle that holds both poles has no outline there.
    pub fn flat_polygons(&self) -> impl Iterator<Item = Vec<Vec<[f64; 2]>>> {
        let circles = self.circles().flat_map(|(centre, km)| circle_rings(centre, km)).map(|ring| vec![ring]);
        self.flat.polygons.iter().map(flat::rings).chain(circles)
    }

    /// Whether a point lies in it.
    pub fn contains(&self, point: LatLon) -> bool {
        let lon = point.lon.clamp(-180.0 + SEAM, 180.0 - SEAM);
        let lat = point.lat.clamp(-90.0 + SEAM, 90.0 - SEAM);
        self.flat.index.contains(&Point::new(lon, lat))
            || self.circles().any(|(centre, km)| centre.is_within_km(point, km))
    }

    /// Whether its edge may pass within so many kilometres of a point. Where it does not, all that is so near lies in the
    /// region, or all lies outside.
    pub fn edge_may_pass(&self, point: LatLon, km: f64) -> bool {
        let passes = |(centre, radius): (LatLon, f64)| (centre.distance_km(point) - radius).abs() <= km;
        self.flat.edges.may_pass(point, km) || self.circles().any(passes)
    }

    /// Whether its edge runs through what these corners go around, in order, their longitudes running on past 180 degrees where they
    /// cross the antimeridian. Where it does not, all of that lies in the region, or all lies outside. Corners around a pole go
    /// around nothing on the flat map: there the edge may run.
    pub fn edge_meets(&self, corners: &[LatLon]) -> bool {
        let lons = || corners.iter().map(|corner| corner.lon);
        let width = lons().fold(f64::MIN, f64::max) - lons().fold(f64::MAX, f64::min);
        let outline: LineString = corners.iter().map(|corner| (corner.lon, corner.lat)).collect();
        width > 180.0 || self.flat.edges.meet(&Polygon::new(outline, Vec::new()))
    }

    /// Square kilometres, on the sphere. Polygons that overlap count once; a circle counts beside what it overlaps.
    pub fn area_km2(&self) -> f64 {
        let polygons: f64 = self.flat.polygons.iter().map(measure::area_km2).sum();
        polygons + self.circles().map(|(_, km)| measure::cap_km2(km)).sum::<f64>()
    }

    /// A circle, middle and radius in kilometres, that holds it all; not always the smallest.
    pub fn bounding_circle(&self) -> (LatLon, f64) {
        let polygons = self.flat.polygons.iter().filter_map(Cap::around_box);
        let caps: Vec<Cap> = polygons.chain(self.circles().map(|(centre, km)| Cap { centre, km })).collect();
        let Cap { centre, km } = Cap::around(&caps);
        (centre, km)
    }
}

fn circles(shapes: &[Shape]) -> impl Iterator<Item = (LatLon, f64)> {
    shapes.iter().filter_map(|shape| match shape {
        Shape::Circle { centre, km } => Some((*centre, *km)),
        Shape::Polygon { .. } => None,
    })
}

/// Sees to numbers and sizes, before anything is computed from them.
fn check(shapes: &[Shape]) -> Result<(), RegionError> {
    if shapes.len() > MOST_SHAPES {
        return Err(RegionError::TooManyShapes);
    }
    let mut n_corners = 0;
    for shape in shapes {
        let rings = match shape {
            Shape::Polygon { rings } => rings.iter().map(Vec::as_slice).collect(),
            Shape::Circle { centre, km } => {
                if !(*km > 0.0 && *km <= HALF_WAY_AROUND_KM) {
                    return Err(RegionError::Radius(*km));
                }
                vec![std::slice::from_ref(centre)]
            }
        };
        n_corners += rings.iter().map(|ring| ring.len()).sum::<usize>();
        if n_corners > MOST_CORNERS {
            return Err(RegionError::TooManyCorners);
        }
        let is_none = |at: &&LatLon| LatLon::new(at.lat, at.lon).is_none() || at.lon.abs() > MOST_LONGITUDE;
        if let Some(LatLon { lat, lon }) = rings.into_iter().flatten().find(is_none) {
            return Err(RegionError::NoPoint { lat: *lat, lon: *lon });
        }
    }
    Ok(())
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.shapes == other.shapes
    }
}

impl std::fmt::Debug for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Region").field(&self.shapes).finish()
    }
}

impl TryFrom<Shapes> for Region {
    type Error = RegionError;

    fn try_from(kept: Shapes) -> Result<Self, RegionError> {
        Self::new(kept.shapes)
    }
}

impl From<Region> for Shapes {
    fn from(region: Region) -> Self {
        Self { shapes: region.shapes.to_vec() }
    }
}

#[cfg(test)]
mod tests;
