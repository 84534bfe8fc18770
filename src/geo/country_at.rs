//! Which country a point lies in.

use super::{
    CountryCode, LatLon,
    borders::{Detail, borders},
    country::{Country, country},
    gazetteer::nearest_place,
};

/// How far off a coast or border a point may lie and still be given to the country, in kilometres: borders drawn at
/// 1:50 million leave out small islands and round off capes.
const COAST_KM: f64 = 10.0;

/// How near a town must be to give its country to a point that lies off all drawn land, in kilometres.
const TOWN_KM: f64 = 30.0;

/// The country that a point lies in; off the drawn coast, the nearest one within a few kilometres, or that of a town
/// nearby (small islands). None at sea.
pub fn country_at(point: LatLon) -> Option<&'static Country> {
    let shapes = &borders(Detail::Fine).shapes;
    let on_land = shapes.iter().find(|shape| shape.polygons.iter().any(|polygon| polygon.contains(point)));
    let code = match on_land {
        Some(shape) => shape.country,
        None => nearest_border(point),
    };
    let code = code.or_else(|| {
        let town = nearest_place(point)?;
        (town.position.distance_km(point) <= TOWN_KM).then_some(town.country)
    })?;
    country(code)
}

fn nearest_border(point: LatLon) -> Option<CountryCode> {
    let km_per_degree = super::EARTH_RADIUS_KM.to_radians();
    let squeeze = point.lat.to_radians().cos();
    let reach_lat = COAST_KM / km_per_degree;
    let reach_lon = reach_lat / squeeze.max(1e-6);
    let mut best = (COAST_KM, None);
    for shape in &borders(Detail::Fine).shapes {
        for polygon in &shape.polygons {
            let near = point.lat >= polygon.low.lat - reach_lat
                && point.lat <= polygon.high.lat + reach_lat
                && point.lon >= polygon.low.lon - reach_lon
                && point.lon <= polygon.high.lon + reach_lon;
            if !near {
                continue;
            }
            for ring in polygon.rings() {
                for (a, b) in ring.iter().zip(ring.iter().skip(1).chain(ring.first())) {
                    let km = segment_distance(point, *a, *b, squeeze) * km_per_degree;
                    if km < best.0 {
                        best = (km, shape.country);
                    }
                }
            }
        }
    }
    best.1
}

/// Degrees of latitude from a point to a segment on a map that is true at the point; good for a few kilometres.
fn segment_distance(point: LatLon, a: LatLon, b: LatLon, squeeze: f64) -> f64 {
    let (ux, uy) = ((b.lon - a.lon) * squeeze, b.lat - a.lat);
    let (wx, wy) = ((point.lon - a.lon) * squeeze, point.lat - a.lat);
    let length = ux * ux + uy * uy;
    let t = if length > 0.0 { ((wx * ux + wy * uy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (wx - t * ux).hypot(wy - t * uy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::countries;

    #[track_caller]
    fn at(lat: f64, lon: f64, code: &str) {
        let found = country_at(LatLon::new(lat, lon).unwrap());
        assert_eq!(found.map(|c| c.code.to_string()).as_deref(), Some(code), "{lat} {lon}");
    }

    #[test]
    fn points_fall_into_their_countries() {
        at(48.8566, 2.3522, "FR");
        at(59.9139, 10.7522, "NO");
        at(-29.6, 28.2, "LS"); // a hole in South Africa
        at(43.936, 12.447, "SM");
        at(-21.1, 55.5, "RE");
        at(4.9, -52.3, "GF");
        at(78.22, 15.65, "SJ");
        at(36.14, -5.35, "GI");
        at(44.95, 34.1, "UA");
        at(66.0, -172.0, "RU"); // east of the antimeridian
        at(-80.0, 0.0, "AQ");
        at(40.7, -74.02, "US"); // the Hudson
        at(-9.2, -171.85, "TK"); // no land drawn at this scale
        assert!(country_at(LatLon::new(0.0, -30.0).unwrap()).is_none());
    }

    #[test]
    fn centres_lie_inside() {
        let outside: Vec<_> =
            countries().iter().filter(|c| country_at(c.centre).map(|f| f.code) != Some(c.code)).collect();
        assert!(outside.is_empty(), "{outside:?}");
    }
}
