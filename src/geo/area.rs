//! An area drawn by hand, and which points lie in it.

use geo::{BoundingRect as _, Contains as _, LineString, Point, Polygon, Rect};

use super::LatLon;

/// The inside of a closed line.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    polygon: Polygon,
    bounds: Rect,
}

impl Area {
    /// The inside of the line through these corners, closed from the last to the first; `None` for fewer than three.
    /// Longitudes run on past 180 degrees where the line crosses the antimeridian.
    pub fn within(corners: &[LatLon]) -> Option<Self> {
        let line: LineString = corners.iter().map(|corner| (corner.lon, corner.lat)).collect();
        let polygon = Polygon::new(line, Vec::new());
        let bounds = polygon.bounding_rect().filter(|_| corners.len() >= 3)?;
        Some(Self { polygon, bounds })
    }

    /// Whether a point lies inside.
    pub fn contains(&self, point: LatLon) -> bool {
        // The area may lie on any turn of the world that the map was looked at on.
        let first_turn = ((self.bounds.min().x - point.lon) / 360.0).ceil();
        let at = Point::new(point.lon + 360.0 * first_turn, point.lat);
        self.bounds.contains(&at) && self.polygon.contains(&at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(corners: &[(f64, f64)]) -> Area {
        let corners: Vec<LatLon> = corners.iter().map(|&(lat, lon)| LatLon { lat, lon }).collect();
        Area::within(&corners).unwrap()
    }

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    #[test]
    fn a_triangle_around_switzerland() {
        let area = area(&[(44.0, 4.0), (50.0, 8.0), (44.0, 12.0)]);
        assert!(area.contains(at(46.9, 7.4)));
        assert!(!area.contains(at(49.5, 5.0)), "inside the bounds, outside the triangle");
        assert!(!area.contains(at(-46.9, 7.4)));
    }

    #[test]
    fn an_area_on_any_turn_of_the_world_holds_the_same_points() {
        for turn in [-720.0, -360.0, 0.0, 360.0] {
            let fiji =
                area(&[(-20.0, 175.0 + turn), (-14.0, 175.0 + turn), (-14.0, 183.0 + turn), (-20.0, 183.0 + turn)]);
            assert!(fiji.contains(at(-17.7, 178.0)) && fiji.contains(at(-16.8, -179.9)), "{turn}");
            assert!(!fiji.contains(at(-17.0, -170.0)) && !fiji.contains(at(-17.0, 0.0)), "{turn}");
        }
    }

    #[test]
    fn fewer_than_three_corners_enclose_nothing() {
        assert_eq!(Area::within(&[at(1.0, 2.0), at(3.0, 4.0)]), None);
        assert_eq!(Area::within(&[]), None);
    }
}
