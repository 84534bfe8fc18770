//! KML 2.2: its polygons, wherever they stand in the document. Read event by event, so that no depth of folders is too deep.

use quick_xml::{Reader, events::Event};

use super::{RegionFileProblem, Shape, polygon, quoted};

/// A polygon that is being read.
#[derive(Default)]
struct Draft {
    outer: Option<Vec<[f64; 2]>>,
    holes: Vec<Vec<[f64; 2]>>,
    is_in_hole: bool,
}

/// All polygons in a document.
pub(super) fn shapes(text: &[u8]) -> Result<Vec<Shape>, RegionFileProblem> {
    let mut reader = Reader::from_reader(text);
    let (mut shapes, mut draft, mut coordinates) = (Vec::new(), None::<Draft>, None::<String>);
    let (mut depth, mut is_kml) = (0_usize, false);
    loop {
        let position = reader.buffer_position();
        let unsound = |what: &str| RegionFileProblem::Xml(format!("byte {position}: {}", quoted(what)));
        match reader.read_event().map_err(|error| unsound(&error.to_string()))? {
            Event::Start(tag) => {
                depth += 1;
                match (tag.local_name().as_ref(), &mut draft) {
                    (b"kml", _) => is_kml = true,
                    (b"Polygon", _) => draft = Some(Draft::default()),
                    (b"outerBoundaryIs", Some(draft)) => draft.is_in_hole = false,
                    (b"innerBoundaryIs", Some(draft)) => draft.is_in_hole = true,
                    (b"coordinates", Some(_)) => coordinates = Some(String::new()),
                    _ => {}
                }
            }
            Event::Text(text) => {
                if let Some(coordinates) = &mut coordinates {
                    coordinates.push_str(&text.decode().map_err(|error| unsound(&error.to_string()))?);
                }
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                match tag.local_name().as_ref() {
                    b"coordinates" => {
                        if let (Some(draft), Some(text)) = (&mut draft, coordinates.take()) {
                            draft.take(ring(&text).map_err(|corner| unsound(&corner))?);
                        }
                    }
                    b"Polygon" => shapes.extend(draft.take().and_then(Draft::shape)),
                    _ => {}
                }
            }
            Event::Eof if depth > 0 => return Err(unsound("it ends in the middle")),
            Event::Eof if !is_kml => return Err(RegionFileProblem::Neither),
            Event::Eof => return Ok(shapes),
            _ => {}
        }
    }
}

impl Draft {
    fn take(&mut self, ring: Vec<[f64; 2]>) {
        if self.is_in_hole {
            self.holes.push(ring);
        } else {
            self.outer = Some(ring);
        }
    }

    fn shape(self) -> Option<Shape> {
        Some(polygon(std::iter::once(self.outer?).chain(self.holes)))
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
