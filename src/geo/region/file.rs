//! Regions from files, as map programs write them: GeoJSON (RFC 7946), KML 2.2 and KMZ. The kind is told by the contents.

mod geojson;
mod kml;
mod kmz;

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::{Region, RegionError, Shape};
use crate::geo::LatLon;

/// No file is larger than this, in bytes: ten times what the most corners take.
const MOST_BYTES: u64 = 32 << 20;
/// An edge longer than this, in degrees, is taken the other way around, over the antimeridian, unless it lies at the edge of
/// the flat map. By RFC 7946 lines are cut there, but many programs do not cut them.
const LONGEST_EDGE: f64 = 270.0;
/// No more of a text is quoted.
const LONGEST_QUOTE: usize = 60;

/// Why a file gives no region: one line that names the file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct RegionFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: RegionFileProblem,
}

/// What is wrong with a file of shapes.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegionFileProblem {
    /// The system does not give it.
    #[error("it cannot be read ({0})")]
    Unreadable(String),
    /// More bytes than are read.
    #[error("it is larger than {} MB; simplify it first", MOST_BYTES >> 20)]
    TooLarge,
    /// Something else.
    #[error("it is neither GeoJSON nor KML nor KMZ")]
    Neither,
    /// An archive that cannot be unpacked.
    #[error("it is no sound KMZ ({0})")]
    Packed(String),
    /// An archive of something else.
    #[error("it is an archive without a KML file in it")]
    NoDocument,
    /// An archive that unpacks to more bytes than are read.
    #[error("it is larger than {} MB unpacked; simplify it first", MOST_BYTES >> 20)]
    TooLargeUnpacked,
    /// Not as GeoJSON is written.
    #[error("it is no sound GeoJSON ({0})")]
    Json(String),
    /// Not as XML is written.
    #[error("it is no sound KML ({0})")]
    Xml(String),
    /// Other numbers than degrees.
    #[error("its coordinates are in {0}; save it in WGS 84 (EPSG:4326)")]
    OtherSystem(String),
    /// Points and lines only, or nothing at all.
    #[error("there is no polygon in it, and no point with a radius")]
    NoShapes,
    /// The shapes are no region.
    #[error(transparent)]
    Shapes(#[from] RegionError),
}

/// The region of all polygons in a file, and of all points with a property `radius_km`, or `radius` in metres (in KML a field
/// of the extended data).
pub fn read_region(path: &Path) -> Result<Region, RegionFileError> {
    let bytes = bytes_of(path).and_then(|bytes| region_of(&bytes));
    bytes.map_err(|why| RegionFileError { path: path.to_owned(), why })
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, RegionFileProblem> {
    let unreadable = |error: std::io::Error| RegionFileProblem::Unreadable(error.to_string());
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES { Err(RegionFileProblem::TooLarge) } else { Ok(bytes) }
}

fn region_of(bytes: &[u8]) -> Result<Region, RegionFileProblem> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    let shapes = match text.first() {
        Some(b'{') => geojson::shapes(text)?,
        Some(b'<') => kml::shapes(text)?,
        _ if text.starts_with(b"PK") => kml::shapes(&kmz::document(bytes)?)?,
        _ => return Err(RegionFileProblem::Neither),
    };
    if shapes.is_empty() {
        return Err(RegionFileProblem::NoShapes);
    }
    Ok(Region::new(shapes)?)
}

/// A polygon of rings as files have them: `[longitude, latitude]`, the last corner as the first or not.
fn polygon(rings: impl IntoIterator<Item = Vec<[f64; 2]>>) -> Shape {
    Shape::Polygon { rings: rings.into_iter().map(|ring| unrolled(&ring)).collect() }
}

/// A ring with longitudes that run on across the antimeridian. One that then ends a turn away from where it began goes around
/// a pole, and is closed along the edge of the flat map there: at the pole that is nearer to its corners.
fn unrolled(ring: &[[f64; 2]]) -> Vec<LatLon> {
    let open = match ring {
        [first, corners @ .., last] if first == last => &ring[..=corners.len()],
        _ => ring,
    };
    let is_at_edge = |corner: [f64; 2]| corner[0].abs() >= 180.0;
    let mut turn = 0.0;
    let mut turned = |from: [f64; 2], to: [f64; 2]| {
        let step: f64 = to[0] - from[0];
        if step.abs() > LONGEST_EDGE && step.abs() < 360.0 && !is_at_edge(from) && !is_at_edge(to) {
            turn -= 360.0 * step.signum();
        }
        LatLon { lat: to[1], lon: to[0] + turn }
    };
    let Some(&first) = open.first() else { return Vec::new() };
    let mut corners = vec![LatLon { lat: first[1], lon: first[0] }];
    corners.extend(open.windows(2).map(|edge| turned(edge[0], edge[1])));
    let end = turned(open[open.len() - 1], first);
    if end.lon != corners[0].lon {
        let mean = corners.iter().map(|corner| corner.lat).sum::<f64>() / corners.len() as f64;
        let pole = 90_f64.copysign(mean);
        corners.extend([end, LatLon { lat: pole, ..end }, LatLon { lat: pole, lon: first[0] }]);
    }
    corners
}

/// A part of a text that a line can quote.
fn quoted(text: &str) -> String {
    text.chars().take(LONGEST_QUOTE).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests;
