//! Which of many points lie near one, without asking all of them.

use std::collections::HashMap;

use super::{Direction, EARTH_RADIUS_KM, LatLon};

/// No reach is less, in kilometres: the cubes are counted in 32 bits.
const LEAST_REACH_KM: f64 = 0.01;

/// A cube of the space that the Earth lies in. The poles and the antimeridian are no edges there.
pub type Cube = [i32; 3];

/// The cube, of so many kilometres a side, that a point lies in.
pub fn cube_of(point: LatLon, side_km: f64) -> Cube {
    Direction::from(point).parts().map(|part| (part * EARTH_RADIUS_KM / side_km.max(LEAST_REACH_KM)).floor() as i32)
}

/// Points by where they lie, to be asked for those within a reach.
#[derive(Debug, Clone)]
pub struct Nearby {
    reach_km: f64,
    cubes: HashMap<Cube, Vec<(usize, LatLon)>>,
}

impl Nearby {
    /// Of these numbered points; the reach is at least 10 metres.
    pub fn new(reach_km: f64, points: impl IntoIterator<Item = (usize, LatLon)>) -> Self {
        let reach_km = reach_km.max(LEAST_REACH_KM);
        let mut cubes: HashMap<Cube, Vec<(usize, LatLon)>> = HashMap::new();
        for (number, point) in points {
            cubes.entry(cube_of(point, reach_km)).or_default().push((number, point));
        }
        Self { reach_km, cubes }
    }

    /// The numbers of the points within reach of this one, each with its distance in kilometres, in no order. A straight
    /// line is no longer than the arc over it, so all of them lie in the cube of the point or one beside it.
    pub fn of(&self, point: LatLon) -> impl Iterator<Item = (usize, f64)> {
        let middle = cube_of(point, self.reach_km);
        (0..27).flat_map(move |place| {
            let beside = [place % 3 - 1, place / 3 % 3 - 1, place / 9 - 1];
            let cube = [0, 1, 2].map(|axis| middle[axis] + beside[axis]);
            let inside = self.cubes.get(&cube).map_or(&[][..], Vec::as_slice).iter();
            inside
                .map(move |(number, other)| (*number, point.distance_km(*other)))
                .filter(|(_, km)| *km <= self.reach_km)
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Against every pair: about the poles, on both sides of the antimeridian, and where degrees are degrees.
    #[test]
    fn all_within_reach_are_found_and_no_others() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        for (lat, lon) in [(90.0, 0.0), (-89.99, 40.0), (0.0, 179.999), (52.0, 13.0), (-45.0, 45.0)] {
            let points: Vec<LatLon> = (0..300)
                .filter_map(|_| {
                    let lat: f64 = lat + rng.random_range(-0.02..0.02);
                    LatLon::new(
                        lat.clamp(-90.0, 90.0),
                        lon + rng.random_range(-0.02..0.02) / lat.to_radians().cos().max(1e-4),
                    )
                })
                .collect();
            for reach_km in [0.05, 0.3, 1.0] {
                let nearby = Nearby::new(reach_km, points.iter().copied().enumerate());
                for point in &points {
                    let mut found: Vec<usize> = nearby.of(*point).map(|(number, _)| number).collect();
                    found.sort_unstable();
                    let is_near = |number: &usize| point.distance_km(points[*number]) <= reach_km;
                    assert_eq!(
                        found,
                        (0..points.len()).filter(is_near).collect::<Vec<_>>(),
                        "{point:?}, {reach_km} km"
                    );
                }
            }
        }
    }
}
