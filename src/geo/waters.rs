//! Lakes, rivers and the borders within the greater countries, for the closer looks at the map, from Natural Earth.
//! `assets/geo/waters.bin` holds them packed; the layout of the file stands in `make_waters.py` beside it.

use std::sync::OnceLock;

use super::{LatLon, packed::Reader};

/// All of it, each kind in the order in which its things show as one zooms in.
#[derive(Debug, Default)]
pub struct Waters {
    /// Rivers.
    pub rivers: Vec<Course>,
    /// Borders of states and provinces.
    pub inner_borders: Vec<Course>,
    /// Lakes and reservoirs.
    pub lakes: Vec<Lake>,
}

/// A line on the map.
#[derive(Debug)]
pub struct Course {
    /// The web-map zoom from which Natural Earth shows it.
    pub min_zoom: f32,
    /// Its points in order.
    pub points: Vec<LatLon>,
}

/// A lake. Rings are open: the last point is not the first again.
#[derive(Debug)]
pub struct Lake {
    /// The web-map zoom from which Natural Earth shows it.
    pub min_zoom: f32,
    /// Its shore.
    pub outer: Vec<LatLon>,
    /// The islands in it.
    pub islands: Vec<Vec<LatLon>>,
}

/// What the program holds, unpacked at the first call (about 20 ms).
pub fn waters() -> &'static Waters {
    static WATERS: OnceLock<Waters> = OnceLock::new();
    WATERS.get_or_init(|| {
        unpack(include_bytes!("../../assets/geo/waters.bin"))
            .expect("the program holds the file, and a test reads it whole")
    })
}

fn unpack(bytes: &[u8]) -> Option<Waters> {
    let mut reader = Reader::new(bytes);
    let units = f64::from(reader.number()?);
    let (mut x, mut y) = (0i32, 0i32);
    let mut waters = Waters::default();
    for _ in 0..reader.number()? {
        let kind = reader.number()?;
        let min_zoom = reader.number()? as f32 / 10.0;
        let mut points = Vec::new();
        for _ in 0..reader.number()? {
            x = x.checked_add(reader.signed()?)?;
            y = y.checked_add(reader.signed()?)?;
            points.push(LatLon { lat: f64::from(y) / units, lon: f64::from(x) / units });
        }
        match kind {
            0 => waters.inner_borders.push(Course { min_zoom, points }),
            1 => waters.rivers.push(Course { min_zoom, points }),
            2 => waters.lakes.push(Lake { min_zoom, outer: points, islands: Vec::new() }),
            3 => waters.lakes.last_mut()?.islands.push(points),
            _ => return None,
        }
    }
    reader.is_at_end().then_some(waters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_unpacks_into_things_by_zoom() {
        let Waters { rivers, inner_borders, lakes } = waters();
        assert!(rivers.len() > 1000 && inner_borders.len() > 150 && lakes.len() > 1000);
        assert!(rivers.windows(2).all(|pair| pair[0].min_zoom <= pair[1].min_zoom));
        assert!(lakes.windows(2).all(|pair| pair[0].min_zoom <= pair[1].min_zoom));
        let on_earth = |point: &LatLon| point.lat.abs() <= 90.0 && point.lon.abs() <= 180.0;
        assert!(
            rivers.iter().chain(inner_borders).all(|line| line.points.len() >= 2 && line.points.iter().all(on_earth))
        );
        assert!(lakes.iter().all(|lake| lake.outer.len() >= 3 && lake.outer.iter().all(on_earth)));
    }

    #[test]
    fn a_great_lake_has_its_island() {
        // Manitoulin in Lake Huron is the greatest island in a lake.
        let manitoulin = LatLon { lat: 45.7, lon: -82.2 };
        let near = |ring: &[LatLon]| ring.iter().any(|point| point.distance_km(manitoulin) < 60.0);
        assert!(waters().lakes.iter().any(|lake| lake.islands.iter().any(|island| near(island))));
    }

    #[test]
    fn a_file_cut_short_is_refused() {
        let whole = include_bytes!("../../assets/geo/waters.bin");
        assert!(unpack(&whole[..whole.len() - 1]).is_none());
        assert!(unpack(&[]).is_none());
    }
}
