//! Where things lie on the map: Web Mercator in a world 256 units wide, the copies of the world in view, and the view that
//! shows a set of places best. Plain arithmetic.

use std::ops::RangeInclusive;

use egui::{Pos2, Rect, Vec2, pos2, vec2};
use walkers::{MapMemory, Projector, lat_lon, lon_lat};

use crate::geo::{EARTH_RADIUS_KM, LatLon};

/// Width of the world in units, and in points at zoom 0.
pub const WORLD: f64 = 256.0;
/// Where Web Mercator ends, north and south.
pub const MOST_LAT: f64 = 85.051_128_78;

/// A point of the Earth in world units; (0, 0) is the north-western corner.
pub fn world_from(point: LatLon) -> Pos2 {
    let lat = point.lat.clamp(-MOST_LAT, MOST_LAT).to_radians();
    let x = (point.lon + 180.0) / 360.0;
    let y = 0.5 - lat.tan().asinh() / std::f64::consts::TAU;
    pos2((x * WORLD) as f32, (y * WORLD) as f32)
}

/// How the world lies on the screen.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Where its north-western corner lies.
    pub origin: Vec2,
    /// Points a world unit.
    pub scale: f32,
    /// Which copies of the world are in view; 0 is the one that `origin` belongs to.
    pub copies: RangeInclusive<i32>,
}

impl Placement {
    /// As the map now lies.
    pub fn of(projector: &Projector<'_>) -> Self {
        let origin = projector.project(lon_lat(-180.0, MOST_LAT));
        let scale = 2f64.powf(projector.zoom()) as f32;
        let (left, right) = (projector.clip_rect().left(), projector.clip_rect().right());
        let width = scale * WORLD as f32;
        let copies = ((left - origin.x) / width).floor() as i32..=((right - origin.x) / width).floor() as i32;
        Self { origin, scale, copies }
    }

    /// Where the corner of a copy lies.
    pub fn corner(&self, copy: i32) -> Vec2 {
        self.origin + vec2(copy as f32 * self.scale * WORLD as f32, 0.0)
    }

    /// Where a world point lies on a copy.
    pub fn screen_from(&self, at: Pos2, copy: i32) -> Pos2 {
        (self.corner(copy) + at.to_vec2() * self.scale).to_pos2()
    }
}

/// Middle and zoom of a view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// What lies in the middle.
    pub middle: LatLon,
    /// The map's zoom.
    pub zoom: f64,
}

/// The closest view that shows all points, with room around them, in a map of this size; no closer than `most_zoom`.
/// Across the antimeridian it takes the short way.
pub fn fit(points: &[LatLon], size: Vec2, most_zoom: f64) -> Option<Fit> {
    let mut lons: Vec<f64> = points.iter().map(|point| point.lon).collect();
    lons.sort_by(f64::total_cmp);
    // The points lie in what is left of the circle when the widest gap between neighbours is taken away.
    let gap_after = |at: usize| if at + 1 < lons.len() { lons[at + 1] - lons[at] } else { lons[0] + 360.0 - lons[at] };
    let widest = (0..lons.len()).max_by(|&a, &b| gap_after(a).total_cmp(&gap_after(b)))?;
    let west = lons[(widest + 1) % lons.len()];
    let width = 360.0 - gap_after(widest);
    let ys = points.iter().map(|point| f64::from(world_from(*point).y));
    let (top, bottom) = ys.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));

    let room = 0.7;
    let zoom_for = |units: f64, points: f32| (f64::from(points) * room / units.max(1e-9)).log2();
    let zoom = zoom_for(width / 360.0 * WORLD, size.x).min(zoom_for(bottom - top, size.y));
    let middle = LatLon::new(lat_from_y((top + bottom) / 2.0), west + width / 2.0)?;
    Some(Fit { middle, zoom: zoom.clamp(least_zoom(size), most_zoom.max(least_zoom(size))) })
}

fn lat_from_y(y: f64) -> f64 {
    ((0.5 - y / WORLD) * std::f64::consts::TAU).sinh().atan().to_degrees()
}

/// The zoom at which nothing lies beyond the world north and south, and little of it is seen twice.
pub fn least_zoom(size: Vec2) -> f64 {
    (f64::from(size.y.max(size.x * 0.8).max(1.0)) / WORLD).log2().max(0.0)
}

/// Keeps the view between the poles, its longitude within one turn, and its zoom in bounds.
pub fn hold(memory: &mut MapMemory, size: Vec2, most_zoom: f64) {
    let zoom = memory.zoom().clamp(least_zoom(size), most_zoom);
    if zoom != memory.zoom() {
        // Clamped to what the map accepts.
        let _in_range = memory.set_zoom(zoom);
    }
    let Some(at) = memory.detached() else { return };
    let half = f64::from(size.y) / 2.0 / 2f64.powf(zoom);
    let y = f64::from(world_from(LatLon { lat: at.y().clamp(-MOST_LAT, MOST_LAT), lon: 0.0 }).y);
    let held_y = if 2.0 * half >= WORLD { WORLD / 2.0 } else { y.clamp(half, WORLD - half) };
    let held_lon = (at.x() + 180.0).rem_euclid(360.0) - 180.0;
    // While it glides it is left alone unless it leaves the world, because moving it stops the gliding.
    let off_world = (held_y - y).abs() > 1e-3;
    let off_turn = (held_lon - at.x()).abs() > 1e-6 && !memory.animating();
    if off_world || off_turn {
        memory.center_at(lat_lon(if off_world { lat_from_y(held_y) } else { at.y() }, held_lon));
    }
}

/// The circle of this radius around a point, longitudes running on past the antimeridian; first and last point meet
/// unless it goes around a pole.
pub fn circle(middle: LatLon, radius_km: f64) -> Vec<LatLon> {
    let angle = radius_km / EARTH_RADIUS_KM;
    let (lat, lon) = (middle.lat.to_radians(), middle.lon.to_radians());
    let mut before = f64::NAN;
    (0..=96)
        .map(|step| {
            let bearing = f64::from(step) / 96.0 * std::f64::consts::TAU;
            let sin_lat = lat.sin() * angle.cos() + lat.cos() * angle.sin() * bearing.cos();
            let east = bearing.sin() * angle.sin() * lat.cos();
            let at = lon + east.atan2(angle.cos() - lat.sin() * sin_lat);
            let mut at = at.to_degrees();
            if !before.is_nan() {
                at = before + (at - before + 180.0).rem_euclid(360.0) - 180.0;
            }
            before = at;
            LatLon { lat: sin_lat.clamp(-1.0, 1.0).asin().to_degrees(), lon: at }
        })
        .collect()
}

/// A round length for the scale bar: kilometres, and how many points long it is.
pub fn scale_bar(km_per_point: f64, most_points: f32) -> (f64, f32) {
    let most = km_per_point * f64::from(most_points);
    let power = 10f64.powf(most.log10().floor());
    let km = [5.0, 2.0, 1.0].map(|step| step * power).into_iter().find(|km| *km <= most).unwrap_or(power);
    (km, (km / km_per_point) as f32)
}

/// Which copy of a world point is nearest the middle of the map.
pub fn nearest_copy(placement: &Placement, at: Pos2, map: Rect) -> i32 {
    let distance = |copy: &i32| (placement.screen_from(at, *copy).x - map.center().x).abs();
    let (from, to) = (*placement.copies.start() - 1, *placement.copies.end() + 1);
    (from..=to).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Vec2 = vec2(600.0, 400.0);

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    #[test]
    fn the_corners_of_the_world() {
        assert_eq!(world_from(at(0.0, 0.0)), pos2(128.0, 128.0));
        assert!((world_from(at(MOST_LAT, -180.0)) - pos2(0.0, 0.0)).length() < 1e-3);
        assert_eq!(world_from(LatLon { lat: 0.0, lon: 180.0 }).x, 256.0);
    }

    #[test]
    fn a_fit_goes_the_short_way_across_the_antimeridian() {
        let view = fit(&[at(-17.7, 178.0), at(-13.8, -171.8)], SIZE, 8.0).unwrap();
        assert!((view.middle.lon.abs() - 176.9).abs() < 0.1, "{view:?}");
        assert!(view.zoom > 4.0, "{view:?}");
    }

    #[test]
    fn a_fit_shows_all_points_and_one_point_not_too_close() {
        let view = fit(&[at(48.0, 2.0), at(35.0, 139.0)], SIZE, 8.0).unwrap();
        let width = 137.0 / 360.0 * WORLD * 2f64.powf(view.zoom);
        assert!(width < f64::from(SIZE.x) && width > f64::from(SIZE.x) * 0.5, "{width}");
        let one = fit(&[at(48.0, 2.0)], SIZE, 6.0).unwrap();
        assert!(one.zoom == 6.0 && one.middle.distance_km(at(48.0, 2.0)) < 0.1, "{one:?}");
        assert_eq!(fit(&[], SIZE, 6.0), None);
    }

    #[test]
    fn a_circle_keeps_its_radius_and_runs_on() {
        for middle in [at(48.0, 2.0), at(-17.0, 179.5), at(70.0, -179.0)] {
            let points = circle(middle, 800.0);
            for pair in points.windows(2) {
                assert!((pair[0].lon - pair[1].lon).abs() < 60.0);
                assert!((middle.distance_km(pair[0]) - 800.0).abs() < 1.0);
            }
            assert!((points[0].lon - points[96].lon).abs() < 1e-6);
        }
        let polar = circle(at(85.0, 0.0), 2000.0);
        assert!((polar[0].lon - polar[96].lon).abs() > 359.0, "it goes around the pole");
    }

    #[test]
    fn scale_bars_are_round() {
        assert_eq!(scale_bar(10.0, 100.0), (1000.0, 100.0));
        assert_eq!(scale_bar(0.7, 100.0).0, 50.0);
    }

    #[test]
    fn the_view_cannot_leave_the_world() {
        let mut memory = MapMemory::default();
        memory.set_zoom(2.0).unwrap();
        memory.center_at(lat_lon(88.0, 541.0));
        hold(&mut memory, SIZE, 8.0);
        let middle = memory.detached().unwrap();
        assert!(middle.y() < 80.0 && (middle.x() + 179.0).abs() < 1e-9, "{middle:?}");
    }
}
