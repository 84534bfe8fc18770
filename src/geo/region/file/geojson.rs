//! GeoJSON after RFC 7946, and what older files say of their coordinates.

use serde::Deserialize;

use super::{RegionFileProblem, Shape, polygon, quoted};
use crate::geo::LatLon;

/// The names by which older files call longitude and latitude on WGS 84.
const DEGREES: [&str; 4] = ["CRS84", "OGC:CRS84", "EPSG:4326", "4326"];

/// Any object of GeoJSON.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum Object {
    FeatureCollection {
        features: Vec<Object>,
    },
    Feature {
        geometry: Option<Box<Object>>,
        #[serde(default)]
        properties: Option<Properties>,
    },
    GeometryCollection {
        geometries: Vec<Object>,
    },
    Polygon {
        coordinates: Vec<Vec<Position>>,
    },
    MultiPolygon {
        coordinates: Vec<Vec<Vec<Position>>>,
    },
    Point {
        coordinates: Position,
    },
    #[serde(other)]
    Other,
}

/// Longitude and latitude, and perhaps a height.
#[derive(Deserialize)]
#[serde(try_from = "Vec<f64>")]
struct Position([f64; 2]);

/// What is read of a feature's properties.
#[derive(Deserialize)]
struct Properties {
    /// Kilometres.
    radius_km: Option<serde_json::Value>,
    /// Metres.
    radius: Option<serde_json::Value>,
}

/// What GeoJSON of 2008 says of its coordinates.
#[derive(Deserialize)]
struct Outermost {
    crs: Option<serde_json::Value>,
}

impl TryFrom<Vec<f64>> for Position {
    type Error = String;

    fn try_from(numbers: Vec<f64>) -> Result<Self, String> {
        match numbers[..] {
            [lon, lat, ..] => Ok(Self([lon, lat])),
            _ => Err("a position has fewer than two numbers".to_owned()),
        }
    }
}

/// All shapes in a document.
pub(super) fn shapes(text: &[u8]) -> Result<Vec<Shape>, RegionFileProblem> {
    let unsound = |error: serde_json::Error| RegionFileProblem::Json(quoted(&error.to_string()));
    let Outermost { crs } = serde_json::from_slice(text).map_err(unsound)?;
    let system = crs.as_ref().and_then(|crs| crs.pointer("/properties/name")?.as_str());
    if let Some(system) = system.filter(|system| !DEGREES.iter().any(|degrees| system.ends_with(degrees))) {
        return Err(RegionFileProblem::OtherSystem(quoted(system)));
    }
    let mut shapes = Vec::new();
    serde_json::from_slice::<Object>(text).map_err(unsound)?.add_to(&mut shapes, None);
    Ok(shapes)
}

impl Object {
    /// Adds its shapes; a point has this radius around it.
    fn add_to(self, shapes: &mut Vec<Shape>, km: Option<f64>) {
        let bare = |ring: Vec<Position>| ring.into_iter().map(|position| position.0).collect();
        match self {
            Self::FeatureCollection { features: parts } | Self::GeometryCollection { geometries: parts } => {
                parts.into_iter().for_each(|part| part.add_to(shapes, km));
            }
            Self::Feature { geometry, properties } => {
                let km = properties.and_then(|properties| properties.km());
                geometry.into_iter().for_each(|geometry| geometry.add_to(shapes, km));
            }
            Self::Polygon { coordinates } => shapes.push(polygon(coordinates.into_iter().map(bare))),
            Self::MultiPolygon { coordinates } => {
                shapes.extend(coordinates.into_iter().map(|rings| polygon(rings.into_iter().map(bare))));
            }
            Self::Point { coordinates: Position([lon, lat]) } => {
                shapes.extend(km.map(|km| Shape::Circle { centre: LatLon { lat, lon }, km }));
            }
            Self::Other => {}
        }
    }
}

impl Properties {
    fn km(&self) -> Option<f64> {
        let number = |value: &Option<serde_json::Value>| value.as_ref()?.as_f64();
        number(&self.radius_km).or_else(|| Some(number(&self.radius)? / 1000.0))
    }
}
