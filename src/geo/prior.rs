//! Where pictures are taken before anything is seen of them: on land, where people live.
//!
//! The number of a country's gazetteer towns in a cell stands for its roads and people. Its square root is taken, because
//! pictures thin out less than towns do from cities to the country; land without a town keeps a little. It is a plain
//! stand-in, not a count of any collection of street pictures.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

use super::{
    Cell, CountryCode, Direction, LatLon,
    borders::{Detail, borders},
    gazetteer::all_positions,
    rows::Rows,
};

/// The weight of a country's land in a cell where it has no town, beside 1 for one town.
const EMPTY_LAND: f64 = 0.1;

/// One country's part of one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Atom {
    /// The cell.
    pub cell: Cell,
    /// The cell's centre.
    pub centre: LatLon,
    /// The same as a direction.
    pub direction: Direction,
    /// The country.
    pub country: CountryCode,
    /// Its probability before anything is seen.
    pub probability: f64,
}

/// The prior over the world.
#[derive(Debug, Clone)]
pub struct Prior {
    /// By country, so that `of_country` is a slice. Probabilities sum to 1.
    pub atoms: Vec<Atom>,
    ranges: HashMap<CountryCode, (usize, usize)>,
    rows: Rows,
}

/// Towns by the atom that they lie in.
pub(super) type Towns = HashMap<(CountryCode, Cell), Vec<LatLon>>;

impl Prior {
    /// From atoms that stand by country.
    pub(super) fn of(atoms: Vec<Atom>) -> Self {
        let mut ranges: HashMap<CountryCode, (usize, usize)> = HashMap::new();
        for (at, atom) in atoms.iter().enumerate() {
            ranges.entry(atom.country).or_insert((at, at)).1 = at + 1;
        }
        let rows = Rows::of(atoms.iter().map(|atom| atom.centre));
        Self { atoms, ranges, rows }
    }

    /// The numbers of the atoms whose centre is no farther from a point than so many kilometres, in order.
    pub fn near(&self, point: LatLon, km: f64) -> Vec<usize> {
        let (direction, most) = (Direction::from(point), Direction::squared_chord_of_km(km));
        let is_near = |at: &usize| self.atoms[*at].direction.squared_chord(direction) <= most;
        let mut near: Vec<usize> = self.rows.near(point.lat, km).iter().copied().filter(is_near).collect();
        near.sort_unstable();
        near
    }

    /// The numbers of a country's atoms in `atoms`; empty where it has none.
    pub fn of_country(&self, country: CountryCode) -> std::ops::Range<usize> {
        self.ranges.get(&country).map_or(0..0, |(start, end)| *start..*end)
    }

    /// A country's share of all; 0 where it has no atoms.
    pub fn share_of(&self, country: CountryCode) -> f64 {
        self.atoms[self.of_country(country)].iter().map(|atom| atom.probability).sum()
    }

    /// The countries that have atoms.
    pub fn countries(&self) -> impl Iterator<Item = CountryCode> {
        let mut codes: Vec<CountryCode> = self.ranges.keys().copied().collect();
        codes.sort_unstable();
        codes.into_iter()
    }
}

/// The prior, made at the first call.
pub fn prior() -> &'static Arc<Prior> {
    static PRIOR: OnceLock<Arc<Prior>> = OnceLock::new();
    PRIOR.get_or_init(|| Arc::new(make()))
}

fn make() -> Prior {
    let mut weights: BTreeMap<(CountryCode, Cell), f64> = empty_land().map(|part| (part, EMPTY_LAND)).collect();
    weights.extend(towns().iter().map(|(part, towns)| (*part, weight_of(towns.len()))));
    let sum: f64 = weights.values().sum();
    let atoms: Vec<Atom> = weights
        .into_iter()
        .map(|((country, cell), weight)| {
            let centre = cell.centre();
            Atom { cell, centre, direction: centre.into(), country, probability: weight / sum }
        })
        .collect();
    Prior::of(atoms)
}

/// The weight of a country's land in a cell with so many towns of its own.
pub(super) fn weight_of(n_towns: usize) -> f64 {
    if n_towns == 0 { EMPTY_LAND } else { (n_towns as f64).sqrt() }
}

/// All towns by the atom that they lie in, counted at the first call.
pub(super) fn towns() -> &'static Towns {
    static TOWNS: OnceLock<Towns> = OnceLock::new();
    TOWNS.get_or_init(|| {
        let mut towns = Towns::new();
        for (country, position) in all_positions() {
            if let Some(cell) = Cell::containing(position) {
                towns.entry((country, cell)).or_default().push(position);
            }
        }
        towns
    })
}

/// Cells whose centre lies on a country's land, by the coarse borders: small islands have towns, and need no more.
fn empty_land() -> impl Iterator<Item = (CountryCode, Cell)> {
    let mut by_lat: Vec<(LatLon, Cell)> = Cell::all().map(|cell| (cell.centre(), cell)).collect();
    by_lat.sort_by(|a, b| a.0.lat.total_cmp(&b.0.lat));
    let mut parts = Vec::new();
    for shape in &borders(Detail::Coarse).shapes {
        let Some(country) = shape.country else { continue };
        for polygon in &shape.polygons {
            let first = by_lat.partition_point(|(centre, _)| centre.lat < polygon.low.lat);
            let in_reach = by_lat[first..].iter().take_while(|(centre, _)| centre.lat <= polygon.high.lat);
            parts.extend(in_reach.filter(|(centre, _)| polygon.contains(*centre)).map(|(_, cell)| (country, *cell)));
        }
    }
    parts.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_is_a_probability_over_land() {
        let prior = prior();
        assert!((prior.atoms.iter().map(|atom| atom.probability).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(prior.countries().count() >= 240);
        assert!(prior.atoms.windows(2).all(|pair| pair[0].country <= pair[1].country));
        let mid_atlantic = Cell::containing(LatLon::new(30.0, -40.0).unwrap()).unwrap();
        assert!(prior.atoms.iter().all(|atom| atom.cell != mid_atlantic));
    }

    #[test]
    fn people_weigh_more_than_empty_land() {
        let at = |lat, lon| {
            let cell = Cell::containing(LatLon::new(lat, lon).unwrap()).unwrap();
            prior().atoms.iter().filter(|atom| atom.cell == cell).map(|atom| atom.probability).sum::<f64>()
        };
        assert!(at(48.9, 2.4) > 20.0 * at(23.0, 5.0)); // Paris and the Sahara
        assert!(at(23.0, 5.0) > 0.0);
    }

    #[test]
    fn atoms_near_a_point_are_those_within_the_distance() {
        for (lat, lon, km) in [(46.2, 6.15, 300.0), (-17.0, 179.9, 900.0), (89.0, 0.0, 2500.0), (0.0, 0.0, 20_100.0)] {
            let point = LatLon::new(lat, lon).unwrap();
            let all = prior().atoms.iter().enumerate();
            let right: Vec<usize> =
                all.filter(|(_, atom)| atom.centre.distance_km(point) <= km).map(|(at, _)| at).collect();
            assert!(!right.is_empty() && prior().near(point, km) == right, "{lat} {lon}");
        }
    }
}
