//! How large a region is, and how far it reaches.

use geo::{BoundingRect as _, LineString, Polygon};

use crate::geo::{Direction, EARTH_RADIUS_KM, LatLon};

use super::HALF_WAY_AROUND_KM;

/// All that lies within so many kilometres of a point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cap {
    pub(super) centre: LatLon,
    pub(super) km: f64,
}

/// The area of a circle on the sphere, `2 pi R^2 (1 - cos(r / R))`, in square kilometres.
pub(super) fn cap_km2(km: f64) -> f64 {
    // 1 - cos(x) = 2 sin^2(x / 2), which small circles need.
    4.0 * std::f64::consts::PI * (EARTH_RADIUS_KM * (km / EARTH_RADIUS_KM / 2.0).sin()).powi(2)
}

/// The area of a polygon on the sphere in square kilometres, its outer line counter-clockwise and its holes clockwise.
pub(super) fn area_km2(polygon: &Polygon) -> f64 {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    EARTH_RADIUS_KM * EARTH_RADIUS_KM * rings.map(ring_area).sum::<f64>()
}

/// What a closed line encloses on the unit sphere, positive where it runs counter-clockwise: by Green's theorem the integral
/// of `-sin(latitude)` over longitude, exact for edges that are straight in degrees.
fn ring_area(ring: &LineString) -> f64 {
    let edge = |(south, north): (f64, f64), width: f64| {
        // The mean of the sine between two latitudes is the sine of their middle times sin(h) / h, h half their distance.
        let half = (north - south) / 2.0;
        let sinc = if half == 0.0 { 1.0 } else { half.sin() / half };
        -width * f64::midpoint(south, north).sin() * sinc
    };
    ring.lines().map(|line| edge((line.start.y.to_radians(), line.end.y.to_radians()), line.dx().to_radians())).sum()
}

impl Cap {
    /// One that holds all of a polygon: around the middle of its box of degrees, as far as the box reaches.
    pub(super) fn around_box(polygon: &Polygon) -> Option<Self> {
        let bounds = polygon.bounding_rect()?;
        let middle = bounds.center();
        let (lat, half_width) = (middle.y.to_radians(), (bounds.width() / 2.0).to_radians());
        // On a meridian so far aside the cosine of the distance is `reach * cos(latitude - near)`: it falls away from the
        // latitude `near` and is least at `near` - 180 degrees or where the box ends.
        let (up, along) = (lat.sin(), lat.cos() * half_width.cos());
        let (reach, near) = (up.hypot(along), up.atan2(along));
        let away =
            |at: f64| (at - near + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
        let (south, north) = (bounds.min().y.to_radians(), bounds.max().y.to_radians());
        let passes_far_side = away(south) > away(north);
        let cosine = if passes_far_side { -reach } else { reach * away(south).cos().min(away(north).cos()) };
        let km = EARTH_RADIUS_KM * cosine.clamp(-1.0, 1.0).acos();
        Some(Self { centre: LatLon { lat: middle.y, lon: middle.x }, km })
    }

    /// One that holds all of these, around the middle of their middles.
    pub(super) fn around(caps: &[Self]) -> Self {
        let mut sum = [0.0; 3];
        for cap in caps {
            sum.iter_mut().zip(Direction::from(cap.centre).parts()).for_each(|(sum, part)| *sum += part);
        }
        let centre = if caps.len() == 1 { caps[0].centre } else { LatLon::toward_parts(sum) };
        let reach = |cap: &Self| centre.distance_km(cap.centre) + cap.km;
        Self { centre, km: caps.iter().map(reach).fold(0.0, f64::max).min(HALF_WAY_AROUND_KM) }
    }
}
