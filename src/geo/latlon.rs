//! A point on the Earth and the distance between two of them.

use serde::{Deserialize, Serialize};

/// Mean Earth radius in kilometres (IUGG), as the field's distance metrics use.
pub const EARTH_RADIUS_KM: f64 = 6371.0088;

/// A point on the Earth in degrees: latitude -90..=90 north, longitude -180..180 east.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LatLon {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

impl LatLon {
    /// A point from degrees, the longitude wrapped into -180..180; `None` where a number is not finite or the latitude
    /// lies beyond a pole.
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        let finite = lat.is_finite() && lon.is_finite();
        // A longitude in range is kept to the last bit; one just below the range would be rounded to its end.
        let wrapped = || (lon + 180.0).rem_euclid(360.0) % 360.0 - 180.0;
        let lon = if (-180.0..180.0).contains(&lon) { lon } else { wrapped() };
        (finite && lat.abs() <= 90.0).then_some(Self { lat, lon })
    }

    /// Great-circle distance in kilometres (haversine, which stays exact for small distances).
    pub fn distance_km(self, other: Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((b - a) / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + a.cos() * b.cos() * half_lon * half_lon;
        2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
    }

    /// In which direction the great circle to another point sets out: degrees clockwise from north, 0 up to 360.
    pub fn bearing_deg(self, other: Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let east = (other.lon - self.lon).to_radians();
        let (y, x) = (east.sin() * b.cos(), a.cos() * b.sin() - a.sin() * b.cos() * east.cos());
        y.atan2(x).to_degrees().rem_euclid(360.0)
    }

    /// The point so far along the great circle to another, which is not opposite; 0 is this point, 1 the other.
    pub fn toward(self, other: Self, share: f64) -> Self {
        let angle = self.distance_km(other) / EARTH_RADIUS_KM;
        let (from, to) = if angle > 0.0 {
            (((1.0 - share) * angle).sin() / angle.sin(), (share * angle).sin() / angle.sin())
        } else {
            (1.0, 0.0)
        };
        let [a, b] = [self, other].map(|at| Direction::from(at).parts());
        Self::toward_parts([0, 1, 2].map(|axis| from * a[axis] + to * b[axis]))
    }

    /// The point in a direction from the middle of the Earth, of any length but none.
    pub(super) fn toward_parts([x, y, z]: [f64; 3]) -> Self {
        Self { lat: z.atan2(x.hypot(y)).to_degrees(), lon: y.atan2(x).to_degrees() }
    }

    /// Whether another point is no farther than so many kilometres. Most that are farther are seen by their latitude.
    pub fn is_within_km(self, other: Self, km: f64) -> bool {
        (self.lat - other.lat).abs().to_radians() * EARTH_RADIUS_KM <= km && self.distance_km(other) <= km
    }
}

/// Where a point lies as seen from the middle of the Earth, of length 1: distances of many points are compared without an angle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direction([f64; 3]);

impl From<LatLon> for Direction {
    fn from(at: LatLon) -> Self {
        let ((sin_lat, cos_lat), (sin_lon, cos_lon)) = (at.lat.to_radians().sin_cos(), at.lon.to_radians().sin_cos());
        Self([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    }
}

impl Direction {
    /// Its share along the axes toward 0 N 0 E, 0 N 90 E and the north pole.
    pub(super) fn parts(self) -> [f64; 3] {
        self.0
    }

    /// The square of the straight line between two points, through the Earth: it grows as their distance does.
    pub fn squared_chord(self, other: Self) -> f64 {
        self.0.iter().zip(other.0).map(|(a, b)| (a - b) * (a - b)).sum()
    }

    /// The squared chord of points so many kilometres apart.
    pub fn squared_chord_of_km(km: f64) -> f64 {
        let half = (km / EARTH_RADIUS_KM / 2.0).clamp(0.0, std::f64::consts::FRAC_PI_2);
        (2.0 * half.sin()).powi(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_between_paris_and_london() {
        let paris = LatLon::new(48.8566, 2.3522).unwrap();
        let london = LatLon::new(51.5074, -0.1278).unwrap();
        assert!((paris.distance_km(london) - 343.6).abs() < 1.0);
    }

    #[test]
    fn the_way_from_paris_to_tokyo_sets_out_north_north_east_and_passes_the_arctic() {
        let (paris, tokyo) = (LatLon::new(48.8566, 2.3522).unwrap(), LatLon::new(35.6762, 139.6503).unwrap());
        assert!((paris.bearing_deg(tokyo) - 33.4).abs() < 0.1, "{}", paris.bearing_deg(tokyo));
        assert!((tokyo.bearing_deg(paris) - 333.5).abs() < 0.1, "{}", tokyo.bearing_deg(paris));
        let middle = paris.toward(tokyo, 0.5);
        assert!(
            middle.lat > 66.0 && (middle.distance_km(paris) - middle.distance_km(tokyo)).abs() < 1e-6,
            "{middle:?}"
        );
        assert!(
            paris.toward(tokyo, 1.0).distance_km(tokyo) < 1e-6 && paris.toward(paris, 0.3).distance_km(paris) < 1e-6
        );
        let (fiji, samoa) = (LatLon::new(-17.7, 178.0).unwrap(), LatLon::new(-13.8, -171.8).unwrap());
        assert!((fiji.bearing_deg(samoa) - 67.5).abs() < 3.0, "the short way over the antimeridian");
    }

    #[test]
    fn longitude_wraps_and_latitude_is_bounded() {
        assert_eq!(LatLon::new(0.0, 181.0).unwrap().lon, -179.0);
        assert_eq!(LatLon::new(0.0, 180.0).unwrap().lon, -180.0);
        assert_eq!(LatLon::new(0.0, -180.000_000_000_000_03).unwrap().lon, -180.0);
        assert_eq!(LatLon::new(0.0, 121.465).unwrap().lon, 121.465);
        assert!(LatLon::new(90.1, 0.0).is_none());
        assert!(LatLon::new(f64::NAN, 0.0).is_none());
    }
}
