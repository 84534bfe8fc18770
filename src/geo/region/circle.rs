//! The outline of a circle on the globe as rings for a flat map, cut where the map is cut.

use crate::geo::{EARTH_RADIUS_KM, LatLon};

const N_CORNERS: usize = 96;

/// Closed rings of `[longitude, latitude]` counter-clockwise, as GeoJSON wants them: two where the circle crosses the
/// antimeridian, one along the map's edge where it holds a pole, none where it holds both and so has no outside to draw
/// around.
pub fn circle_rings(centre: LatLon, radius_km: f64) -> Vec<Vec<[f64; 2]>> {
    let angle = radius_km / EARTH_RADIUS_KM;
    let to_north = (90.0 - centre.lat).to_radians();
    let to_south = (90.0 + centre.lat).to_radians();
    match (angle >= to_north, angle >= to_south) {
        (true, true) => Vec::new(),
        (true, false) => vec![around_pole(centre, angle, 90.0)],
        (false, true) => vec![around_pole(centre, angle, -90.0)],
        (false, false) => cut(&outline(centre, angle)),
    }
}

/// Corners counter-clockwise from the north; longitudes run on without a jump.
fn outline(centre: LatLon, angle: f64) -> Vec<[f64; 2]> {
    let (lat, lon) = (centre.lat.to_radians(), centre.lon.to_radians());
    let corner = |at: usize| {
        let bearing = -std::f64::consts::TAU * at as f64 / N_CORNERS as f64;
        let sin_lat = lat.sin() * angle.cos() + lat.cos() * angle.sin() * bearing.cos();
        let east = bearing.sin() * angle.sin() * lat.cos();
        let away = east.atan2(angle.cos() - lat.sin() * sin_lat);
        [(lon + away).to_degrees(), sin_lat.clamp(-1.0, 1.0).asin().to_degrees()]
    };
    (0..N_CORNERS).map(corner).collect()
}

/// A circle that holds one pole goes once around the map; it is closed along the pole's edge.
fn around_pole(centre: LatLon, angle: f64, pole: f64) -> Vec<[f64; 2]> {
    let mut corners = outline(centre, angle);
    for corner in &mut corners {
        corner[0] = (corner[0] + 180.0).rem_euclid(360.0) - 180.0;
    }
    corners.sort_by(|a, b| a[0].total_cmp(&b[0]));
    // Both ends are the same meridian, so they get the same latitude.
    let (Some(first), Some(last)) = (corners.first(), corners.last()) else { return corners };
    let seam = f64::midpoint(first[1], last[1]);
    let mut ring = vec![[-180.0, seam]];
    ring.extend(corners);
    ring.extend([[180.0, seam], [180.0, pole], [-180.0, pole], [-180.0, seam]]);
    if pole < 0.0 {
        ring.reverse();
    }
    ring
}

/// The parts of an outline on either side of the antimeridian, each shifted onto the map.
fn cut(outline: &[[f64; 2]]) -> Vec<Vec<[f64; 2]>> {
    [-360.0, 0.0, 360.0]
        .into_iter()
        .filter_map(|shift| {
            let shifted: Vec<[f64; 2]> = outline.iter().map(|[lon, lat]| [lon + shift, *lat]).collect();
            let kept = clipped(&clipped(&shifted, |p| p[0] + 180.0, -180.0), |p| 180.0 - p[0], 180.0);
            let mut ring = (kept.len() >= 3).then_some(kept)?;
            ring.push(ring[0]);
            Some(ring)
        })
        .collect()
}

/// The part of a convex-enough ring where `inside` is not negative; new corners lie on the meridian `edge`.
fn clipped(ring: &[[f64; 2]], inside: impl Fn(&[f64; 2]) -> f64, edge: f64) -> Vec<[f64; 2]> {
    let mut kept = Vec::new();
    for (a, b) in ring.iter().zip(ring.iter().skip(1).chain(ring.first())) {
        let (from, to) = (inside(a), inside(b));
        if from >= 0.0 {
            kept.push(*a);
        }
        if (from >= 0.0) != (to >= 0.0) {
            kept.push([edge, a[1] + (b[1] - a[1]) * from / (from - to)]);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    /// Twice the signed area, positive when counter-clockwise.
    fn turn(ring: &[[f64; 2]]) -> f64 {
        ring.windows(2).map(|p| p[0][0] * p[1][1] - p[1][0] * p[0][1]).sum()
    }

    #[test]
    fn corners_lie_at_the_radius() {
        for (centre, km) in [(at(45.0, 5.0), 100.0), (at(-30.0, -70.0), 3000.0), (at(0.0, 0.0), 9000.0)] {
            let rings = circle_rings(centre, km);
            assert_eq!(rings.len(), 1);
            for [lon, lat] in &rings[0] {
                assert!((at(*lat, *lon).distance_km(centre) - km).abs() < 0.01 * km);
            }
        }
    }

    #[test]
    fn rings_are_closed_counter_clockwise_and_on_the_map() {
        let cases = [
            (at(-17.0, 179.5), 300.0, 2),
            (at(-17.0, -179.5), 300.0, 2),
            (at(70.0, 20.0), 3000.0, 1),
            (at(-80.0, 20.0), 3000.0, 1),
            (at(10.0, 20.0), 15_000.0, 0),
            (at(48.0, 2.0), 50.0, 1),
        ];
        for (centre, km, n_rings) in cases {
            let rings = circle_rings(centre, km);
            assert_eq!(rings.len(), n_rings, "{centre:?} {km}");
            for ring in rings {
                assert_eq!(ring.first(), ring.last());
                assert!(turn(&ring) > 0.0, "{centre:?} {km}");
                assert!(ring.iter().all(|[lon, lat]| lon.abs() <= 180.0 && lat.abs() <= 90.0));
                assert!(ring.windows(2).all(|p| (p[0][0] - p[1][0]).abs() < 181.0 || p[0][1].abs() == 90.0));
            }
        }
    }
}
