//! What can be drawn and measured on the map, as plain steps: a click, the last one taken back, and what has come of them.

use crate::{
    geo::{CountryCode, LatLon, Region, RegionError, country, country_at},
    predict::statement::Area,
};

/// Smaller circles than this are slips of the hand, in kilometres.
const LEAST_KM: f64 = 0.01;
/// From this latitude on the pole is meant: the map ends before it.
const POLE_FROM: f64 = 85.0;
/// Between two points of a line that is not straight on the map, in degrees.
const STEP: f64 = 2.0;

/// What the pointer does on the map.
#[derive(Debug, Clone, PartialEq)]
pub enum Tool {
    /// Draws a line around an area, corner by corner.
    Polygon(Vec<LatLon>),
    /// Draws a circle from its middle outward: the middle, and a point of its rim.
    Circle(Option<[LatLon; 2]>),
    /// Picks countries.
    Countries(Vec<CountryCode>),
    /// Measures a way, point by point.
    Measure(Vec<LatLon>),
}

/// A measured way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// All of it, in kilometres.
    pub km: f64,
    /// Its last leg.
    pub last_km: f64,
    /// Where that leg sets out to, in degrees clockwise from north.
    pub bearing_deg: f64,
}

impl Tool {
    /// Whether it has drawn what can be added.
    pub fn is_complete(&self) -> bool {
        match self {
            Self::Polygon(corners) => corners.len() >= 3,
            Self::Circle(ends) => ends.is_some_and(|[centre, rim]| centre.distance_km(rim) >= LEAST_KM),
            Self::Countries(codes) => !codes.is_empty(),
            Self::Measure(_) => false,
        }
    }

    /// What is to be done next.
    pub fn hint(&self) -> String {
        match self {
            Self::Polygon(corners) if corners.is_empty() => "Click the corners of the area. Esc gives up.".to_owned(),
            Self::Polygon(corners) if corners.len() < 3 => {
                "Click the next corner. Backspace takes the last one back, Esc gives up.".to_owned()
            }
            Self::Polygon(_) => {
                "Click on; Enter or a double click closes the area. Backspace takes the last corner back.".to_owned()
            }
            Self::Circle(_) => "Press in the middle and drag outward. Esc gives up.".to_owned(),
            Self::Countries(codes) if codes.is_empty() => "Click the countries. Esc gives up.".to_owned(),
            Self::Countries(codes) => {
                let names: Vec<&str> = codes.iter().filter_map(|code| Some(country(*code)?.name.as_str())).collect();
                format!("{}. Click more of them, or one again; Enter adds them.", names.join(", "))
            }
            Self::Measure(points) if points.is_empty() => "Click where the way begins. Esc ends it.".to_owned(),
            Self::Measure(_) => "Click on. Backspace takes the last point back, Esc ends it.".to_owned(),
        }
    }

    /// A point was clicked.
    pub fn click(&mut self, at: LatLon) {
        match self {
            Self::Polygon(corners) | Self::Measure(corners) => corners.push(follow(corners.last(), at)),
            Self::Countries(codes) => {
                let Some(code) = LatLon::new(at.lat, at.lon).and_then(country_at).map(|country| country.code) else {
                    return;
                };
                match codes.iter().position(|picked| *picked == code) {
                    Some(place) => drop(codes.remove(place)),
                    None => codes.push(code),
                }
            }
            Self::Circle(_) => {}
        }
    }

    /// Takes the last step back; whether there was one.
    pub fn take_back(&mut self) -> bool {
        match self {
            Self::Polygon(corners) | Self::Measure(corners) => corners.pop().is_some(),
            Self::Countries(codes) => codes.pop().is_some(),
            Self::Circle(ends) => ends.take().is_some(),
        }
    }

    /// What was drawn, where that is an area.
    pub fn area(&self) -> Option<Result<Area, RegionError>> {
        let drawn = match self {
            _ if !self.is_complete() => return None,
            Self::Polygon(corners) => Region::within(corners.iter().copied().map(to_pole).collect()),
            Self::Circle(ends) => {
                let [centre, rim] = (*ends)?;
                Region::around(LatLon::new(centre.lat, centre.lon)?, centre.distance_km(rim))
            }
            Self::Countries(codes) => return Some(Ok(Area::Countries(codes.clone()))),
            Self::Measure(_) => return None,
        };
        Some(drawn.map(Area::Drawn))
    }
}

/// A point on the turn of the world on which it lies nearest to the one before.
pub fn follow(before: Option<&LatLon>, at: LatLon) -> LatLon {
    let turns = before.map_or(0.0, |before| ((before.lon - at.lon) / 360.0).round());
    LatLon { lon: at.lon + 360.0 * turns, ..at }
}

fn to_pole(corner: LatLon) -> LatLon {
    if corner.lat.abs() < POLE_FROM { corner } else { LatLon { lat: 90_f64.copysign(corner.lat), ..corner } }
}

/// The points of a line that is straight in degrees, the first left out.
pub fn straight(from: LatLon, to: LatLon) -> impl Iterator<Item = LatLon> {
    let n = ((to.lon - from.lon).abs().max((to.lat - from.lat).abs()) / STEP).ceil().clamp(1.0, 360.0);
    (1..=n as u32).map(move |step| {
        let share = f64::from(step) / n;
        let between = |a: f64, b: f64| a + (b - a) * share;
        LatLon { lat: between(from.lat, to.lat), lon: between(from.lon, to.lon) }
    })
}

/// The points of the shortest way, the first left out; longitudes run on.
pub fn shortest(from: LatLon, to: LatLon) -> impl Iterator<Item = LatLon> {
    const N: u32 = 64;
    let mut before = from;
    (1..=N).map(move |step| {
        before = follow(Some(&before), from.toward(to, f64::from(step) / f64::from(N)));
        before
    })
}

/// A way through these points; none for fewer than two.
pub fn measured(points: &[LatLon]) -> Option<Measured> {
    let km = points.windows(2).map(|leg| leg[0].distance_km(leg[1])).sum();
    let [.., from, to] = points else { return None };
    Some(Measured { km, last_km: from.distance_km(*to), bearing_deg: from.bearing_deg(*to) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon { lat, lon }
    }

    fn drawn(mut tool: Tool, clicks: &[(f64, f64)]) -> Tool {
        clicks.iter().for_each(|&(lat, lon)| tool.click(at(lat, lon)));
        tool
    }

    #[test]
    fn a_polygon_is_drawn_over_the_antimeridian_and_a_corner_taken_back() {
        // The map was moved on by a turn before the last two clicks.
        let clicks = [(-20.0, 175.0), (-20.0, -175.0), (40.0, 0.0)];
        let mut tool = drawn(Tool::Polygon(Vec::new()), &clicks);
        assert!(tool.take_back() && !tool.is_complete() && tool.area().is_none());
        tool = drawn(tool, &[(-10.0, -175.0), (-10.0, -185.0)]);
        let Some(Ok(Area::Drawn(region))) = tool.area() else { panic!("{tool:?}") };
        assert!(region.contains(at(-15.0, 179.0)) && region.contains(at(-15.0, -179.0)));
        assert!(!region.contains(at(-15.0, 0.0)) && !region.contains(at(-15.0, -174.0)));
    }

    #[test]
    fn a_corner_at_the_edge_of_the_map_is_the_pole() {
        let tool = drawn(Tool::Polygon(Vec::new()), &[(60.0, 0.0), (60.0, 40.0), (85.04, 40.0), (85.04, 0.0)]);
        let Some(Ok(Area::Drawn(region))) = tool.area() else { panic!("{tool:?}") };
        assert!(region.contains(at(89.5, 20.0)));
    }

    #[test]
    fn ways_over_the_antimeridian_and_a_pole_are_the_short_ones() {
        // A degree of the equator, clicked on two turns of the world.
        let way = measured(&[at(0.0, 179.5), at(0.0, 180.5)]).unwrap();
        let turned = measured(&[at(0.0, 179.5), at(0.0, -179.5)]).unwrap();
        for way in [way, turned] {
            assert!((way.km - 111.195).abs() < 1e-3 && (way.bearing_deg - 90.0).abs() < 1e-6, "{way:?}");
        }
        // From 89 degrees north over the pole: it sets out to the north and comes down on the other side.
        let over = measured(&[at(89.0, 20.0), at(89.0, -160.0)]).unwrap();
        assert!((over.km - 222.39).abs() < 1e-2 && over.bearing_deg.min(360.0 - over.bearing_deg) < 1e-6, "{over:?}");
        let south = measured(&[at(-89.0, 20.0), at(-89.0, -160.0)]).unwrap();
        assert!((south.bearing_deg - 180.0).abs() < 1e-6, "{south:?}");
        let crossing: Vec<LatLon> = shortest(at(10.0, 170.0), at(10.0, -170.0)).collect();
        assert!(crossing.windows(2).all(|step| (step[1].lon - step[0].lon).abs() < 1.0), "drawn without a jump");
        assert!((crossing[63].lon - 190.0).abs() < 1e-6);
    }

    #[test]
    fn a_circle_has_the_radius_that_was_dragged() {
        let Some(Ok(Area::Drawn(region))) = Tool::Circle(Some([at(48.0, 362.0), at(48.9, 362.0)])).area() else {
            panic!("no circle")
        };
        let (centre, km) = region.bounding_circle();
        assert!(centre == at(48.0, 2.0) && (km - 100.1).abs() < 0.1, "{centre:?} {km}");
        assert!(Tool::Circle(Some([at(48.0, 2.0); 2])).area().is_none(), "a slip of the hand");
    }

    #[test]
    fn countries_are_picked_and_left_again_by_another_click() {
        let tool = drawn(Tool::Countries(Vec::new()), &[(47.0, 2.0), (0.0, -30.0), (40.0, 356.0), (47.0, 2.1)]);
        assert_eq!(tool, Tool::Countries(vec!["ES".parse().unwrap()]));
        assert!(tool.hint().starts_with("Spain. "), "{}", tool.hint());
    }

    #[test]
    fn a_way_is_measured_as_a_whole_and_by_its_last_leg() {
        let tool = drawn(Tool::Measure(Vec::new()), &[(0.0, 179.0), (0.0, -179.0), (1.0, -179.0)]);
        let Tool::Measure(points) = &tool else { panic!() };
        let Measured { km, last_km, bearing_deg } = measured(points).unwrap();
        assert!((km - 3.0 * 111.195).abs() < 0.01 && (last_km - 111.195).abs() < 0.01, "{km} {last_km}");
        assert!(bearing_deg.abs() < 1e-9 && measured(&points[..1]).is_none());
        assert!(tool.area().is_none());
    }

    #[test]
    fn lines_between_points_run_on() {
        let edge: Vec<LatLon> = straight(at(0.0, 175.0), at(10.0, 185.0)).collect();
        assert_eq!(edge.len(), 5);
        assert_eq!(*edge.last().unwrap(), at(10.0, 185.0));
        let way: Vec<LatLon> = shortest(at(50.0, 170.0), at(50.0, 190.0)).collect();
        assert!(way.windows(2).all(|leg| leg[1].lon > leg[0].lon) && way[31].lat > 50.4, "{way:?}");
    }
}
