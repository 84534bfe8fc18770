//! Points by rows of a degree of latitude, so that those near a point are found without a look at the rest.

use super::{EARTH_RADIUS_KM, LatLon};

/// Rows from pole to pole.
pub(super) const N_ROWS: usize = 180;

/// Numbers of points, row by row from the south.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    /// Where each row begins in `members`, and where the last one ends.
    starts: Vec<usize>,
    members: Vec<usize>,
}

impl Rows {
    /// Of points that are numbered as they come.
    pub(super) fn of(points: impl Iterator<Item = LatLon> + Clone) -> Self {
        let mut starts = vec![0; N_ROWS + 1];
        points.clone().for_each(|point| starts[row_of(point.lat) + 1] += 1);
        for row in 0..N_ROWS {
            starts[row + 1] += starts[row];
        }
        let mut next = starts.clone();
        let mut members = vec![0; starts[N_ROWS]];
        for (number, point) in points.enumerate() {
            let place = &mut next[row_of(point.lat)];
            members[*place] = number;
            *place += 1;
        }
        Self { starts, members }
    }

    /// The numbers of all points that may be within so many kilometres of a latitude.
    pub(super) fn near(&self, lat: f64, km: f64) -> &[usize] {
        let reach = (km / EARTH_RADIUS_KM).to_degrees();
        &self.members[self.starts[row_of(lat - reach)]..self.starts[row_of(lat + reach) + 1]]
    }
}

/// The row of a latitude, counted from the south; beyond a pole the one at the pole.
pub(super) fn row_of(lat: f64) -> usize {
    ((lat + 90.0).max(0.0) as usize).min(N_ROWS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_near_lies_in_the_rows_and_little_else() {
        let points: Vec<LatLon> = (0..2000)
            .map(|n| LatLon { lat: f64::from(n * 7919 % 18_001) / 100.0 - 90.0, lon: f64::from(n % 360) - 180.0 })
            .collect();
        let rows = Rows::of(points.iter().copied());
        for (from, km) in
            [(points[3], 300.0), (LatLon { lat: 90.0, lon: 0.0 }, 500.0), (LatLon { lat: -90.0, lon: 0.0 }, 30_000.0)]
        {
            let near = rows.near(from.lat, km);
            let missed = (0..points.len()).filter(|n| points[*n].distance_km(from) <= km && !near.contains(n)).count();
            let stray = near.iter().filter(|n| (points[**n].lat - from.lat).abs() > km / 111.0 + 1.1).count();
            assert_eq!((missed, stray), (0, 0), "{from:?} {km}");
        }
    }
}
