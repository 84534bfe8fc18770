//! The shapes of countries and the names of towns for the map, from Natural Earth, as plain data. `assets/geo/` holds
//! them packed; the layout of the files stands in `make_borders.py` beside them.

use std::sync::OnceLock;

use super::{CountryCode, LatLon, packed::Reader};

/// How much detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detail {
    /// 1:110 million, for the whole world at once (1 MB unpacked).
    Coarse,
    /// 1:50 million, for closer looks, and for saying in which country a point lies.
    Fine,
    /// 1:10 million, for the closest looks (12 MB unpacked).
    Finest,
}

/// All shapes of one level of detail.
#[derive(Debug)]
pub struct Borders {
    /// The land, country by country.
    pub shapes: Vec<Shape>,
    /// Every coast and border once, ready to be drawn; the cuts at the antimeridian and the pole are not among them.
    pub lines: Vec<Line>,
}

/// The land of one country.
#[derive(Debug)]
pub struct Shape {
    /// None for land that no country is agreed to hold.
    pub country: Option<CountryCode>,
    /// The pieces of its land.
    pub polygons: Vec<Polygon>,
}

/// One piece of land. Rings are open (the last point is not the first again) and never cross the antimeridian: land that
/// does is cut there into two polygons, which touch longitude -180 and +180 exactly. Latitudes reach -90, so a Mercator
/// map must clamp them.
#[derive(Debug)]
pub struct Polygon {
    /// The ring around it.
    pub outer: Vec<LatLon>,
    /// Rings of what is cut out of it.
    pub holes: Vec<Vec<LatLon>>,
    /// The corners of the outer ring's box: least latitude and longitude, greatest latitude and longitude.
    pub low: LatLon,
    /// The greatest latitude and longitude.
    pub high: LatLon,
}

/// A run of points along a coast or border.
#[derive(Debug)]
pub struct Line {
    /// What it separates.
    pub kind: LineKind,
    /// Its points in order.
    pub points: Vec<LatLon>,
}

/// What a line separates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Land and water.
    Coast,
    /// Two countries.
    Border,
    /// Parts that Natural Earth draws apart within one ISO code (Northern Cyprus, Somaliland).
    Within,
}

/// A town to be written on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// As it is written on the map.
    pub name: String,
    /// The country it lies in; none where that is disputed.
    pub country: Option<CountryCode>,
    /// Where it lies.
    pub position: LatLon,
    /// The web-map zoom from which Natural Earth would show it.
    pub min_zoom: f32,
    /// People, 0 where it is not known.
    pub population: u32,
    /// The capital of a country.
    pub capital: bool,
}

/// The shapes in the detail asked for, unpacked at the first call (about 10 ms; the finest about 50).
pub fn borders(detail: Detail) -> &'static Borders {
    static COARSE: OnceLock<Borders> = OnceLock::new();
    static FINE: OnceLock<Borders> = OnceLock::new();
    static FINEST: OnceLock<Borders> = OnceLock::new();
    let (cell, bytes): (_, &[u8]) = match detail {
        Detail::Coarse => (&COARSE, include_bytes!("../../assets/geo/borders_110m.bin")),
        Detail::Fine => (&FINE, include_bytes!("../../assets/geo/borders_50m.bin")),
        Detail::Finest => (&FINEST, include_bytes!("../../assets/geo/borders_10m.bin")),
    };
    cell.get_or_init(|| unpack(bytes).expect("the program holds these files, and a test reads them whole"))
}

/// The towns of the map, those first that show at the least zoom.
pub fn labels() -> &'static [Label] {
    static LABELS: OnceLock<Vec<Label>> = OnceLock::new();
    LABELS.get_or_init(|| {
        let mut rows = csv::Reader::from_reader(include_bytes!("../../assets/geo/labels.csv").as_slice());
        rows.records().filter_map(|row| label(&row.ok()?)).collect()
    })
}

fn label(row: &csv::StringRecord) -> Option<Label> {
    Some(Label {
        name: row.get(0)?.to_owned(),
        country: row.get(1)?.parse().ok(),
        position: LatLon::new(row.get(2)?.parse().ok()?, row.get(3)?.parse().ok()?)?,
        min_zoom: row.get(4)?.parse().ok()?,
        population: row.get(5)?.parse().ok()?,
        capital: row.get(6)? == "1",
    })
}

impl Polygon {
    /// Whether the point lies on this land (even-odd rule on degrees, which Natural Earth's straight edges are in).
    pub fn contains(&self, point: LatLon) -> bool {
        point.lat >= self.low.lat
            && point.lat <= self.high.lat
            && point.lon >= self.low.lon
            && point.lon <= self.high.lon
            && self.rings().fold(false, |odd, ring| odd ^ crosses_odd(ring, point))
    }

    /// The outer ring, then the holes.
    pub fn rings(&self) -> impl Iterator<Item = &[LatLon]> {
        std::iter::once(self.outer.as_slice()).chain(self.holes.iter().map(Vec::as_slice))
    }
}

fn crosses_odd(ring: &[LatLon], point: LatLon) -> bool {
    let mut odd = false;
    let mut before = ring.len().wrapping_sub(1);
    for at in 0..ring.len() {
        let (a, b) = (ring[before], ring[at]);
        if (a.lat > point.lat) != (b.lat > point.lat)
            && point.lon < (b.lon - a.lon) * (point.lat - a.lat) / (b.lat - a.lat) + a.lon
        {
            odd = !odd;
        }
        before = at;
    }
    odd
}

fn unpack(bytes: &[u8]) -> Option<Borders> {
    let mut reader = Reader::new(bytes);
    let units = f64::from(reader.number()?);
    let (arcs, kinds) = unpack_arcs(&mut reader, units)?;
    let shapes = (0..reader.number()?).map(|_| unpack_shape(&mut reader, &arcs)).collect::<Option<Vec<_>>>()?;
    let lines = arcs.into_iter().zip(kinds).filter_map(|(points, kind)| Some(Line { kind: kind?, points })).collect();
    reader.is_at_end().then_some(Borders { shapes, lines })
}

type Arcs = (Vec<Vec<LatLon>>, Vec<Option<LineKind>>);

fn unpack_arcs(reader: &mut Reader<'_>, units: f64) -> Option<Arcs> {
    let (mut x, mut y) = (0i32, 0i32);
    let mut arcs = Vec::new();
    let mut kinds = Vec::new();
    for _ in 0..reader.number()? {
        kinds.push(match reader.number()? {
            0 => Some(LineKind::Coast),
            1 => Some(LineKind::Border),
            2 => Some(LineKind::Within),
            _ => None,
        });
        let mut points = Vec::new();
        for _ in 0..reader.number()? {
            x = x.checked_add(reader.signed()?)?;
            y = y.checked_add(reader.signed()?)?;
            // Not through LatLon::new, which would wrap the sheet's eastern edge from +180 to -180.
            points.push(LatLon { lat: f64::from(y) / units, lon: f64::from(x) / units });
        }
        arcs.push(points);
    }
    Some((arcs, kinds))
}

fn unpack_shape(reader: &mut Reader<'_>, arcs: &[Vec<LatLon>]) -> Option<Shape> {
    let letters = [reader.byte()?, reader.byte()?];
    let country = std::str::from_utf8(&letters).ok()?.parse().ok();
    let mut polygons = Vec::new();
    for _ in 0..reader.number()? {
        let mut rings = (0..reader.number()?).map(|_| unpack_ring(reader, arcs)).collect::<Option<Vec<_>>>()?;
        let outer = if rings.is_empty() { return None } else { rings.remove(0) };
        let first = *outer.first()?;
        let (low, high) = outer.iter().fold((first, first), |(low, high), p| {
            (
                LatLon { lat: low.lat.min(p.lat), lon: low.lon.min(p.lon) },
                LatLon { lat: high.lat.max(p.lat), lon: high.lon.max(p.lon) },
            )
        });
        polygons.push(Polygon { outer, holes: rings, low, high });
    }
    Some(Shape { country, polygons })
}

fn unpack_ring(reader: &mut Reader<'_>, arcs: &[Vec<LatLon>]) -> Option<Vec<LatLon>> {
    let mut ring = Vec::new();
    for _ in 0..reader.number()? {
        let index = reader.signed()?;
        let arc = arcs.get(usize::try_from(if index < 0 { !index } else { index }).ok()?)?;
        // The last point of an arc is the first of the next one.
        let points = arc.len().checked_sub(1)?;
        if index < 0 {
            ring.extend(arc.iter().rev().take(points));
        } else {
            ring.extend(arc.iter().take(points));
        }
    }
    Some(ring)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_unpack_into_sound_rings() {
        for (detail, least) in [(Detail::Coarse, 170), (Detail::Fine, 240), (Detail::Finest, 245)] {
            let borders = borders(detail);
            assert!(borders.shapes.len() >= least);
            for polygon in borders.shapes.iter().flat_map(|shape| &shape.polygons) {
                for ring in polygon.rings() {
                    assert!(ring.len() >= 3);
                    for (a, b) in ring.iter().zip(ring.iter().skip(1).chain(ring.first())) {
                        assert!(a.lat.abs() <= 90.0 && a.lon.abs() <= 180.0);
                        let along_the_pole = a.lat == -90.0 || b.lat == -90.0;
                        assert!(
                            (a.lon - b.lon).abs() < 180.0 || along_the_pole,
                            "{a:?} {b:?} crosses the antimeridian"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn borders_are_lines_between_two_countries_and_seams_are_not_drawn() {
        let lines = &borders(Detail::Coarse).lines;
        assert!(lines.iter().any(|line| line.kind == LineKind::Border));
        assert!(
            lines.iter().all(|line| line.points.windows(2).all(|p| p[0].lon.abs() < 180.0 || p[0].lon != p[1].lon))
        );
    }

    #[test]
    fn a_file_cut_short_is_refused() {
        let whole = include_bytes!("../../assets/geo/borders_110m.bin");
        assert!(unpack(whole).is_some());
        assert!(unpack(&whole[..whole.len() - 1]).is_none());
        assert!(unpack(&[]).is_none());
    }

    #[test]
    fn labels_begin_with_the_greatest_towns() {
        assert!(labels().len() > 7000);
        assert!(labels()[..20].iter().any(|label| label.name == "Tokyo" && label.capital));
        assert!(labels().windows(2).all(|pair| pair[0].min_zoom <= pair[1].min_zoom));
    }
}
