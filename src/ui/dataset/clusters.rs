//! Samples gathered into clusters, so that a hundred thousand of them can be shown on a map: those that lie in one H3 cell
//! are one, and the closer one looks the smaller the cells.

use std::collections::HashMap;

use egui::{Pos2, pos2};

use super::super::map::world_from;
use crate::geo::{LatLon, Tiling};

/// Width of the world in the map's units.
const WORLD: f32 = 256.0;

/// Samples that lie near each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Their mean place in world units.
    pub at: Pos2,
    /// The same on the Earth.
    pub middle: LatLon,
    /// The rows, in the order given.
    pub rows: Vec<u32>,
}

/// The H3 resolution whose cells lie some 60 points from each other at a zoom. (At zoom 0 a point is 156.5 km wide, cells of
/// resolution 0 lie 2,218 km apart, and each further resolution has them about 2.65 times closer.)
pub fn resolution_for(zoom: f64) -> u8 {
    (((zoom - 2.08) / 1.404).round()).clamp(0.0, 13.0) as u8
}

/// Gathers samples, sorted from west to east.
pub fn gathered(samples: &[(u32, LatLon)], resolution: u8) -> Vec<Cluster> {
    let tiling = Tiling::of(resolution);
    // Sums of what lies in a cell, as distances from its first sample: the shorter way around the world.
    let mut cells: HashMap<u64, (LatLon, f64, f64, Vec<u32>)> = HashMap::new();
    for &(row, at) in samples {
        let Some(cell) = tiling.cell_at(at) else { continue };
        let (first, lat, lon, rows) = cells.entry(cell).or_insert((at, 0.0, 0.0, Vec::new()));
        *lat += at.lat - first.lat;
        *lon += (at.lon - first.lon + 180.0).rem_euclid(360.0) - 180.0;
        rows.push(row);
    }
    let cluster = |(first, lat, lon, rows): (LatLon, f64, f64, Vec<u32>)| {
        let n = rows.len() as f64;
        let middle = LatLon::new((first.lat + lat / n).clamp(-90.0, 90.0), first.lon + lon / n)?;
        Some(Cluster { at: world_from(middle), middle, rows })
    };
    let mut clusters: Vec<Cluster> = cells.into_values().filter_map(cluster).collect();
    clusters.sort_by(|a, b| a.at.x.total_cmp(&b.at.x).then(a.rows.cmp(&b.rows)));
    clusters
}

/// The clusters between two edges of one copy of the world, both in world units.
pub fn between(clusters: &[Cluster], west: f32, east: f32) -> &[Cluster] {
    let from = clusters.partition_point(|cluster| cluster.at.x < west.max(0.0));
    let to = clusters.partition_point(|cluster| cluster.at.x <= east.min(WORLD));
    &clusters[from..to.max(from)]
}

/// Where a point of the screen lies in world units on the copy whose corner is given.
pub fn world_x(screen_x: f32, corner_x: f32, scale: f32) -> f32 {
    pos2((screen_x - corner_x) / scale, 0.0).x
}

/// How many there are, in as few letters as fit a pin: "7", "999", "1.2k", "34k".
pub fn short_count(n: usize) -> String {
    match n {
        0..1000 => n.to_string(),
        1000..9950 => format!("{:.1}k", n as f64 / 1e3),
        _ => format!("{:.0}k", n as f64 / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    #[test]
    fn closer_looks_have_finer_cells() {
        assert_eq!([0.0, 2.0, 4.9, 9.0, 18.0, 40.0].map(resolution_for), [0, 0, 2, 5, 11, 13]);
    }

    #[test]
    fn every_sample_is_in_one_cluster() {
        let samples: Vec<(u32, LatLon)> =
            (0..5000u32).map(|n| (n, at(f64::from(n % 160) - 80.0, f64::from(n * 7 % 360) - 180.0))).collect();
        for resolution in [0, 3, 9] {
            let clusters = gathered(&samples, resolution);
            let mut rows: Vec<u32> = clusters.iter().flat_map(|cluster| cluster.rows.clone()).collect();
            rows.sort_unstable();
            assert!(rows.iter().copied().eq(0..5000));
            assert!(clusters.is_sorted_by(|a, b| a.at.x <= b.at.x));
        }
        assert!(gathered(&samples, 0).len() <= 122);
    }

    #[test]
    fn a_cluster_across_the_antimeridian_lies_there() {
        let clusters = gathered(&[(0, at(-17.0, 179.9)), (1, at(-17.0, -179.9))], 0);
        assert_eq!(clusters.len(), 1);
        assert!(clusters[0].middle.lon.abs() > 179.8, "{:?}", clusters[0]);
    }

    #[test]
    fn what_is_between_two_edges_is_found() {
        let samples: Vec<(u32, LatLon)> = (0..100u32).map(|n| (n, at(0.0, f64::from(n) * 3.0 - 150.0))).collect();
        let clusters = gathered(&samples, 5);
        let seen = between(&clusters, 100.0, 150.0);
        assert_eq!(seen.len(), clusters.iter().filter(|cluster| (100.0..=150.0).contains(&cluster.at.x)).count());
        assert!(between(&clusters, 300.0, 400.0).is_empty() && between(&clusters, 50.0, 10.0).is_empty());
    }

    #[test]
    fn counts_fit_a_pin() {
        assert_eq!([7, 999, 1234, 9949, 34_400].map(short_count), ["7", "999", "1.2k", "9.9k", "34k"]);
    }
}
