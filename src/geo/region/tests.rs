//! Regions over the antimeridian and the poles, with holes and crossings, and what is refused.

use super::*;

fn at(lat: f64, lon: f64) -> LatLon {
    LatLon::new(lat, lon).unwrap()
}

fn ring(corners: &[(f64, f64)]) -> Vec<LatLon> {
    corners.iter().map(|&(lat, lon)| LatLon { lat, lon }).collect()
}

fn box_of(south: f64, north: f64, west: f64, east: f64) -> Vec<LatLon> {
    ring(&[(south, west), (south, east), (north, east), (north, west)])
}

fn within(corners: Vec<LatLon>) -> Region {
    Region::within(corners).unwrap()
}

/// Between two parallels over so many degrees of longitude, by the formula for a zone.
fn zone_km2(south: f64, north: f64, degrees: f64) -> f64 {
    degrees.to_radians() * EARTH_RADIUS_KM.powi(2) * (north.to_radians().sin() - south.to_radians().sin())
}

#[track_caller]
fn is_near(value: f64, expected: f64) {
    assert!((value / expected - 1.0).abs() < 1e-6, "{value} is not {expected}");
}

#[test]
fn a_triangle_around_switzerland() {
    let region = within(ring(&[(44.0, 4.0), (50.0, 8.0), (44.0, 12.0)]));
    assert!(region.contains(at(46.9, 7.4)));
    assert!(!region.contains(at(49.5, 5.0)), "inside the bounds, outside the triangle");
    assert!(!region.contains(at(-46.9, 7.4)));
}

#[test]
fn edges_are_straight_in_degrees() {
    // The great circle between these two corners passes 65 degrees north.
    let region = within(box_of(40.0, 50.0, -60.0, 60.0));
    assert!(!region.contains(at(55.0, 0.0)) && region.contains(at(49.9, 0.0)) && region.contains(at(40.1, 0.0)));
    is_near(region.area_km2(), zone_km2(40.0, 50.0, 120.0));
}

#[test]
fn the_area_under_an_edge_that_slants_is_exact() {
    // Below the edge from the equator to 60 degrees north, ten degrees wide: the integral of sin(6 x) from 0 to 10 degrees.
    let region = within(ring(&[(0.0, 0.0), (0.0, 10.0), (60.0, 10.0)]));
    is_near(region.area_km2(), EARTH_RADIUS_KM.powi(2) / 12.0);
}

#[test]
fn a_region_on_any_turn_of_the_world_holds_the_same_points() {
    for turn in [-720.0, -360.0, 0.0, 360.0] {
        let fiji = within(box_of(-20.0, -14.0, 175.0 + turn, 183.0 + turn));
        for inside in [at(-17.7, 178.0), at(-16.8, -179.9), at(-17.0, 180.0), at(-17.0, -180.0)] {
            assert!(fiji.contains(inside), "{turn} {inside:?}");
        }
        assert!(!fiji.contains(at(-17.0, -176.9)) && !fiji.contains(at(-17.0, 0.0)), "{turn}");
        is_near(fiji.area_km2(), zone_km2(-20.0, -14.0, 8.0));
        let polygons: Vec<_> = fiji.flat_polygons().collect();
        assert_eq!(polygons.len(), 2, "cut at the antimeridian");
        assert!(polygons.iter().flatten().flatten().all(|[lon, _]| lon.abs() <= 180.0));
    }
}

#[test]
fn holes_are_not_inside() {
    let rings = vec![box_of(0.0, 10.0, 175.0, 190.0), box_of(2.0, 8.0, 178.0, 185.0)];
    for rings in [rings.clone(), rings.into_iter().map(|ring| ring.into_iter().rev().collect()).collect()] {
        let region = Region::new(vec![Shape::Polygon { rings }]).unwrap();
        assert!(region.contains(at(1.0, 180.0)) && region.contains(at(5.0, 176.0)) && region.contains(at(5.0, -171.0)));
        assert!(!region.contains(at(5.0, 179.0)) && !region.contains(at(5.0, -178.0)));
        is_near(region.area_km2(), zone_km2(0.0, 10.0, 15.0) - zone_km2(2.0, 8.0, 7.0));
    }
}

#[test]
fn a_region_around_a_pole_goes_along_the_edge_of_the_map() {
    let arctic = within(box_of(66.5, 90.0, -180.0, 180.0));
    for inside in [at(90.0, 0.0), at(90.0, 180.0), at(70.0, 180.0), at(70.0, -180.0), at(80.0, 25.0)] {
        assert!(arctic.contains(inside), "{inside:?}");
    }
    assert!(!arctic.contains(at(66.0, 180.0)) && !arctic.contains(at(-90.0, 0.0)));
    is_near(arctic.area_km2(), zone_km2(66.5, 90.0, 360.0));
}

#[test]
fn lines_that_cross_themselves_enclose_what_they_go_around() {
    // An hourglass, and a line that goes around the same box twice.
    let hourglass = within(ring(&[(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)]));
    assert!(hourglass.contains(at(2.0, 5.0)) && hourglass.contains(at(8.0, 5.0)) && !hourglass.contains(at(5.0, 2.0)));
    assert_eq!(hourglass.flat_polygons().count(), 2);
    let twice = within([box_of(0.0, 10.0, 0.0, 10.0), box_of(-1.0, 11.0, -1.0, 11.0)].concat());
    assert!(twice.contains(at(5.0, 5.0)));
    is_near(twice.area_km2(), within(twice.flat_polygons().flatten().next().map(unflat).unwrap()).area_km2());
}

fn unflat(ring: Vec<[f64; 2]>) -> Vec<LatLon> {
    ring.into_iter().map(|[lon, lat]| LatLon { lat, lon }).collect()
}

#[test]
fn what_overlaps_counts_once() {
    let polygon = |south, north| Shape::Polygon { rings: vec![box_of(south, north, 0.0, 10.0)] };
    let region = Region::new(vec![polygon(0.0, 6.0), polygon(4.0, 10.0)]).unwrap();
    is_near(region.area_km2(), zone_km2(0.0, 10.0, 10.0));
    assert!(region.contains(at(5.0, 5.0)));
}

#[test]
fn a_circle_holds_what_lies_so_near_whatever_the_map_says() {
    for (centre, inside, outside) in [
        (at(48.8566, 2.3522), at(48.9, 2.4), at(49.5, 2.4)),
        (at(-17.0, 179.9), at(-17.1, -179.9), at(-17.0, 179.0)),
        (at(89.9, 0.0), at(89.9, 180.0), at(89.0, 0.0)),
    ] {
        let region = Region::around(centre, 50.0).unwrap();
        assert!(region.contains(inside) && !region.contains(outside), "{centre:?}");
        is_near(region.area_km2(), std::f64::consts::PI * 2500.0 * (1.0 - 2500.0 / 12.0 / EARTH_RADIUS_KM.powi(2)));
        assert_eq!(region.bounding_circle(), (centre, 50.0));
    }
    is_near(Region::around(at(0.0, 0.0), HALF_WAY_AROUND_KM).unwrap().area_km2(), zone_km2(-90.0, 90.0, 360.0));
}

#[test]
fn rings_come_out_as_rfc_7946_wants_them() {
    let rings = vec![box_of(0.0, 10.0, 0.0, 10.0).into_iter().rev().collect(), box_of(2.0, 8.0, 2.0, 8.0)];
    let region = Region::new(vec![Shape::Polygon { rings }]).unwrap();
    let polygons: Vec<_> = region.flat_polygons().collect();
    assert_eq!((polygons.len(), polygons[0].len()), (1, 2));
    let twice_signed = |ring: &Vec<[f64; 2]>| -> f64 {
        ring.windows(2).map(|pair| pair[0][0] * pair[1][1] - pair[1][0] * pair[0][1]).sum()
    };
    assert_eq!(twice_signed(&polygons[0][0]), 200.0, "counter-clockwise, and to the digit as it was given");
    assert_eq!(twice_signed(&polygons[0][1]), -72.0);
    assert!(polygons.iter().flatten().all(|ring| ring.first() == ring.last()));
}

#[test]
fn the_bounding_circle_holds_all_of_it() {
    let polygon = |rings| Shape::Polygon { rings };
    let regions = [
        vec![polygon(vec![box_of(40.0, 50.0, -60.0, 60.0)])],
        vec![polygon(vec![box_of(-20.0, -14.0, 175.0, 183.0)])],
        vec![polygon(vec![box_of(66.5, 90.0, -180.0, 180.0)])],
        vec![polygon(vec![box_of(-50.0, 80.0, -150.0, 150.0)])],
        vec![polygon(vec![ring(&[(44.0, 4.0), (50.0, 8.0), (44.0, 12.0)])])],
        vec![Shape::Circle { centre: at(10.0, 20.0), km: 500.0 }, polygon(vec![box_of(-40.0, -30.0, 140.0, 150.0)])],
    ];
    for shapes in regions {
        let region = Region::new(shapes).unwrap();
        let (centre, km) = region.bounding_circle();
        let mut reach: f64 = 0.0;
        for lat in -179..=179 {
            for lon in -360..360 {
                let point = at(f64::from(lat) / 2.0, f64::from(lon) / 2.0);
                if region.contains(point) {
                    reach = reach.max(centre.distance_km(point));
                }
            }
        }
        assert!(reach <= km * (1.0 + 1e-9), "{region:?}: {reach} of {km}");
        assert!(region.shapes().len() > 1 || reach > 0.85 * km - 60.0, "{region:?}: {reach} of {km}");
    }
}

#[test]
fn what_is_no_region_is_refused_in_a_line() {
    let refused = |shapes: Vec<Shape>| Region::new(shapes).unwrap_err();
    let polygon = |corners| vec![Shape::Polygon { rings: vec![corners] }];
    let circle = |km| vec![Shape::Circle { centre: at(1.0, 2.0), km }];
    assert_eq!(refused(Vec::new()), RegionError::Empty);
    assert_eq!(refused(polygon(Vec::new())), RegionError::Empty);
    assert_eq!(refused(polygon(ring(&[(0.0, 0.0), (1.0, 1.0)]))), RegionError::Empty);
    assert_eq!(refused(polygon(ring(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (1.0, 1.0)]))), RegionError::Empty);
    assert_eq!(refused(vec![Shape::Polygon { rings: Vec::new() }]), RegionError::Empty);
    assert_eq!(refused(polygon(box_of(0.0, 91.0, 0.0, 1.0))), RegionError::NoPoint { lat: 91.0, lon: 1.0 });
    assert!(matches!(refused(polygon(box_of(0.0, 1.0, 0.0, f64::NAN))), RegionError::NoPoint { .. }));
    assert!(matches!(refused(polygon(box_of(0.0, 1.0, 0.0, 1e300))), RegionError::NoPoint { .. }));
    assert_eq!(refused(polygon(box_of(0.0, 1.0, 0.0, 721.0))), RegionError::TooWide);
    for km in [0.0, -1.0, 20_016.0, f64::INFINITY] {
        assert_eq!(refused(circle(km)), RegionError::Radius(km));
    }
    assert!(matches!(refused(circle(f64::NAN)), RegionError::Radius(_)));
    assert_eq!(refused(polygon(box_of(0.0, 1.0, 0.0, 1.0).repeat(25_001))), RegionError::TooManyCorners);
    assert_eq!(refused(vec![circle(1.0); 10_001].concat()), RegionError::TooManyShapes);
    let errors = [RegionError::Radius(-1.0), RegionError::TooManyCorners, RegionError::NoPoint { lat: 91.0, lon: 0.0 }];
    assert!(errors.iter().all(|error| !error.to_string().contains('\n')));
}

#[test]
fn a_line_that_crosses_itself_without_end_is_refused_before_it_is_cut() {
    // Every edge of this star crosses nearly every other: five thousand million crossings.
    let corner = |at: usize| {
        let angle = at as f64 * std::f64::consts::PI * 0.99991;
        LatLon { lat: 45.0 * angle.sin(), lon: 45.0 * angle.cos() }
    };
    assert_eq!(Region::within((0..MOST_CORNERS).map(corner).collect()), Err(RegionError::Tangled));
    assert!(Region::within((0..80).map(corner).collect()).is_ok(), "a scribble is no tangle");
}

#[test]
fn a_coast_with_all_its_corners_is_held() {
    let corner = |at: usize| {
        let angle = at as f64 / MOST_CORNERS as f64 * std::f64::consts::TAU;
        let radius = 20.0 + 0.5 * (angle * 900.0).sin();
        LatLon { lat: radius * angle.sin(), lon: radius * angle.cos() }
    };
    let region = Region::within((0..MOST_CORNERS).map(corner).collect()).unwrap();
    assert!(region.contains(at(0.0, 19.0)) && !region.contains(at(0.0, 21.0)));
}

#[test]
fn a_region_is_kept_and_read_and_checked_when_it_is_read() {
    let rings = vec![box_of(0.0, 10.0, 0.0, 10.0), box_of(2.0, 8.0, 2.0, 8.0)];
    let region =
        Region::new(vec![Shape::Polygon { rings }, Shape::Circle { centre: at(50.0, 7.0), km: 12.5 }]).unwrap();
    let text = serde_json::to_string(&region).unwrap();
    assert!(text.starts_with(r#"{"shapes":[{"polygon":{"rings":[[{"lat":0.0,"lon":0.0}"#), "{text}");
    assert_eq!(serde_json::from_str::<Region>(&text).unwrap(), region);
    let refused = serde_json::from_str::<Region>(&text.replace("12.5", "-1.0")).unwrap_err().to_string();
    assert!(refused.contains("-1 km"), "{refused}");
}

#[test]
fn where_no_edge_passes_all_is_inside_or_all_outside() {
    let star = |lat: f64, lon: f64, reach: f64| {
        let corner = |step: u32| {
            let (sin, cos) = (f64::from(step) * std::f64::consts::TAU / 9.0).sin_cos();
            let reach = reach * f64::from(1 + step % 2);
            LatLon { lat: (lat + reach * sin).clamp(-90.0, 90.0), lon: lon + reach * cos }
        };
        Region::within((0..9).map(corner).collect()).unwrap()
    };
    let pole = [(70.0, -180.0), (60.0, 0.0), (70.0, 180.0), (90.0, 180.0), (90.0, -180.0)];
    let pole = Region::within(pole.map(|(lat, lon)| LatLon { lat, lon }).into()).unwrap();
    let circle = Region::around(LatLon { lat: -60.0, lon: 170.0 }, 2500.0).unwrap();
    let (mut n_far, mut n_near) = (0, 0);
    for region in [star(46.0, 6.0, 3.0), star(-17.0, 179.0, 20.0), star(60.0, -100.0, 40.0), pole, circle] {
        for n in 0..3000 {
            let n = f64::from(n);
            let point =
                LatLon { lat: (n * 0.618_034).fract() * 180.0 - 90.0, lon: (n * 0.754_878).fract() * 360.0 - 180.0 };
            let km = [3.0, 90.0, 700.0][n as usize % 3];
            if region.edge_may_pass(point, km) {
                n_near += 1;
                continue;
            }
            n_far += 1;
            let around = circle_rings(point, km * 0.999).concat();
            let holds = region.contains(point);
            let differs = around.iter().find(|[lon, lat]| region.contains(LatLon { lat: *lat, lon: *lon }) != holds);
            assert!(differs.is_none(), "{point:?} {km}: {differs:?}");
        }
    }
    assert!(n_far > 8000 && n_near > 400, "{n_far} {n_near}");
}
