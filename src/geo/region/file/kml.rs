//! KML 2.2: its polygons and rings, and its points with a radius, wherever they stand in the document. Read event by event, so
//! that no depth of folders is too deep; styles, links and whatever else a document has are passed over, and entities of its own
//! are never expanded.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{RegionFileProblem, Shape, polygon, quoted};
use crate::geo::LatLon;

/// What was read so far.
#[derive(Default)]
struct Reading {
    is_kml: bool,
    depth: usize,
    shapes: Vec<Shape>,
    /// The polygon that is being read.
    polygon: Option<Draft>,
    /// The coordinates read last.
    corners: Vec<[f64; 2]>,
    /// Points of the placemark that is being read, and the radius around them in kilometres.
    points: Vec<[f64; 2]>,
    km: Option<f64>,
    /// What the value that is being read is called.
    field: Option<String>,
    /// The text that is being read: coordinates, or a value.
    text: Option<String>,
}

/// A polygon that is being read.
#[derive(Default)]
struct Draft {
    outer: Option<Vec<[f64; 2]>>,
    holes: Vec<Vec<[f64; 2]>>,
    is_in_hole: bool,
}

/// All shapes in a document.
pub(super) fn shapes(text: &[u8]) -> Result<Vec<Shape>, RegionFileProblem> {
    let mut reader = Reader::from_reader(text);
    let mut reading = Reading::default();
    loop {
        let position = reader.buffer_position();
        let unsound = |what: &str| RegionFileProblem::Xml(format!("byte {position}: {}", quoted(what)));
        match reader.read_event().map_err(|error| unsound(&error.to_string()))? {
            Event::Start(tag) => reading.begin(&tag),
            Event::Text(text) => reading.push(&text.decode().map_err(|error| unsound(&error.to_string()))?),
            Event::CData(text) => reading.push(&text.decode().map_err(|error| unsound(&error.to_string()))?),
            Event::End(tag) => reading.end(tag.local_name().as_ref()).map_err(|corner| unsound(&corner))?,
            Event::Eof if reading.depth > 0 => return Err(unsound("it ends in the middle")),
            Event::Eof if !reading.is_kml => return Err(RegionFileProblem::Neither),
            Event::Eof => return Ok(reading.shapes),
            _ => {}
        }
    }
}

impl Reading {
    fn begin(&mut self, tag: &BytesStart<'_>) {
        self.depth += 1;
        match tag.local_name().as_ref() {
            b"kml" => self.is_kml = true,
            b"Placemark" => (self.points, self.km) = (Vec::new(), None),
            b"Polygon" => self.polygon = Some(Draft::default()),
            b"outerBoundaryIs" => self.in_hole(false),
            b"innerBoundaryIs" => self.in_hole(true),
            b"Data" => self.field = name_of(tag),
            b"SimpleData" => (self.field, self.text) = (name_of(tag), Some(String::new())),
            b"coordinates" | b"value" => self.text = Some(String::new()),
            _ => {}
        }
    }

    fn push(&mut self, more: &str) {
        if let Some(text) = &mut self.text {
            text.push_str(more);
        }
    }

    /// An element ends; a corner that is none comes back.
    fn end(&mut self, tag: &[u8]) -> Result<(), String> {
        self.depth = self.depth.saturating_sub(1);
        match tag {
            b"coordinates" | b"value" | b"SimpleData" => {
                let text = self.text.take().unwrap_or_default();
                if tag == b"coordinates" {
                    self.corners = ring(&text)?;
                } else if let Some(field) = self.field.take() {
                    self.km = radius_km(&field, &text).or(self.km);
                }
            }
            b"LinearRing" => {
                let ring = std::mem::take(&mut self.corners);
                match &mut self.polygon {
                    Some(draft) if draft.is_in_hole => draft.holes.push(ring),
                    Some(draft) => draft.outer = Some(ring),
                    // Programs that make circles write them as bare rings.
                    None => self.shapes.push(polygon([ring])),
                }
            }
            b"Point" => self.points.append(&mut self.corners),
            b"Polygon" => self.shapes.extend(self.polygon.take().and_then(Draft::shape)),
            b"Placemark" => {
                let points = std::mem::take(&mut self.points);
                if let Some(km) = self.km.take() {
                    let circle = |[lon, lat]: [f64; 2]| Shape::Circle { centre: LatLon { lat, lon }, km };
                    self.shapes.extend(points.into_iter().map(circle));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn in_hole(&mut self, is_in_hole: bool) {
        self.polygon.iter_mut().for_each(|draft| draft.is_in_hole = is_in_hole);
    }
}

impl Draft {
    fn shape(self) -> Option<Shape> {
        Some(polygon(std::iter::once(self.outer?).chain(self.holes)))
    }
}

/// The attribute `name`.
fn name_of(tag: &BytesStart<'_>) -> Option<String> {
    let name = tag.try_get_attribute("name").ok().flatten()?;
    Some(String::from_utf8_lossy(&name.value).into_owned())
}

/// A radius in kilometres, where a field tells of one: the fields are called as in GeoJSON.
fn radius_km(field: &str, text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    match field {
        "radius_km" => Some(number),
        "radius" => Some(number / 1000.0),
        _ => None,
    }
}

/// The corners in `longitude,latitude[,height]`, parted by white space, or the text of one that is none.
fn ring(text: &str) -> Result<Vec<[f64; 2]>, String> {
    let corner = |corner: &str| {
        let mut numbers = corner.split(',').map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(lon)), Some(Ok(lat))) => Ok([lon, lat]),
            _ => Err(format!("\"{}\" is no longitude,latitude", corner.chars().take(20).collect::<String>())),
        }
    };
    text.split_whitespace().map(corner).collect()
}
