//! Where pictures are taken before anything is seen of them: on land, where people live.
//!
//! The number of a country's gazetteer towns in a cell stands for its roads and people. Its square root is taken, because
//! pictures thin out less than towns do from cities to the country; land without a town keeps a little. It is a plain
//! stand-in, not a count of any collection of street pictures.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

use super::{
    Cell, CountryCode, LatLon, Region,
    borders::{Detail, borders},
    gazetteer::all_positions,
};

/// No point of a cell lies farther from its centre, in kilometres.
const CELL_REACH_KM: f64 = 100.0;

/// The weight of a country's land in a cell where it has no town, beside 1 for one town.
const EMPTY_LAND: f64 = 0.1;

/// One country's part of one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Atom {
    /// The cell.
    pub cell: Cell,
    /// The cell's centre.
    pub centre: LatLon,
    /// The country.
    pub country: CountryCode,
    /// Its probability before anything is seen.
    pub probability: f64,
}

/// The prior over the world.
#[derive(Debug)]
pub struct Prior {
    /// By country, so that `of_country` is a slice. Probabilities sum to 1.
    pub atoms: Vec<Atom>,
    ranges: HashMap<CountryCode, (usize, usize)>,
}

impl Prior {
    /// The numbers of a country's atoms in `atoms`; empty where it has none.
    pub fn of_country(&self, country: CountryCode) -> std::ops::Range<usize> {
        self.ranges.get(&country).map_or(0..0, |(start, end)| *start..*end)
    }

    /// The countries that have atoms.
    pub fn countries(&self) -> impl Iterator<Item = CountryCode> {
        let mut codes: Vec<CountryCode> = self.ranges.keys().copied().collect();
        codes.sort_unstable();
        codes.into_iter()
    }

    /// A bell of width `sigma_km` around a point, spread over the given atoms and summing to 1: pairs of the atom's number
    /// and its share. Empty if the point is farther than four widths and a cell from all of them.
    pub fn bell(&self, atoms: std::ops::Range<usize>, around: LatLon, sigma_km: f64) -> Vec<(usize, f64)> {
        let reach = 4.0 * sigma_km + 100.0;
        let mut shares: Vec<(usize, f64)> = atoms
            .filter(|at| self.atoms[*at].centre.distance_km(around) < reach)
            .map(|at| {
                let height = |p: LatLon| (-0.5 * (p.distance_km(around) / sigma_km).powi(2)).exp();
                (at, self.atoms[at].cell.samples().map(height).sum::<f64>())
            })
            .collect();
        let sum: f64 = shares.iter().map(|(_, share)| share).sum();
        if sum <= 0.0 {
            return Vec::new();
        }
        shares.iter_mut().for_each(|(_, share)| *share /= sum);
        shares
    }

    /// What share of each atom's cell lies in a region, by points spread over the cell. Where the region is so small that it
    /// lies between all of them, the cell that holds it has the share that its size is of the cell's.
    pub fn shares_in(&self, region: &Region) -> Vec<f64> {
        let (middle, km) = region.bounding_circle();
        let share_of = |atom: &Atom| {
            if atom.centre.distance_km(middle) > km + CELL_REACH_KM {
                return 0.0;
            }
            let points = atom.cell.samples();
            let (n_inside, n) =
                points.fold((0, 0), |(n_inside, n), at| (n_inside + usize::from(region.contains(at)), n + 1));
            n_inside as f64 / f64::from(n.max(1))
        };
        let mut shares: Vec<f64> = self.atoms.iter().map(share_of).collect();
        if shares.iter().all(|share| *share == 0.0) {
            let holder = Cell::containing(middle);
            for (share, atom) in shares.iter_mut().zip(&self.atoms).filter(|(_, atom)| Some(atom.cell) == holder) {
                *share = (region.area_km2() / atom.cell.area_km2()).min(1.0);
            }
        }
        shares
    }
}

/// The prior, made at the first call.
pub fn prior() -> &'static Prior {
    static PRIOR: OnceLock<Prior> = OnceLock::new();
    PRIOR.get_or_init(make)
}

fn make() -> Prior {
    let mut towns: HashMap<(CountryCode, Cell), u32> = HashMap::new();
    for (country, position) in all_positions() {
        if let Some(cell) = Cell::containing(position) {
            *towns.entry((country, cell)).or_insert(0) += 1;
        }
    }
    let mut weights: BTreeMap<(CountryCode, Cell), f64> = empty_land().map(|part| (part, EMPTY_LAND)).collect();
    weights.extend(towns.into_iter().map(|(part, n_towns)| (part, f64::from(n_towns).sqrt())));
    let sum: f64 = weights.values().sum();
    let atoms: Vec<Atom> = weights
        .into_iter()
        .map(|((country, cell), weight)| Atom { cell, centre: cell.centre(), country, probability: weight / sum })
        .collect();
    let mut ranges: HashMap<CountryCode, (usize, usize)> = HashMap::new();
    for (at, atom) in atoms.iter().enumerate() {
        ranges.entry(atom.country).or_insert((at, at)).1 = at + 1;
    }
    Prior { atoms, ranges }
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
    fn a_region_has_its_share_of_every_cell() {
        let at = |lat, lon| LatLon::new(lat, lon).unwrap();
        let prior = prior();
        let box_of = |south, north, west, east| {
            Region::within(
                [(south, west), (south, east), (north, east), (north, west)].map(|(lat, lon)| at(lat, lon)).into(),
            )
            .unwrap()
        };
        let shares = prior.shares_in(&box_of(44.0, 50.0, 0.0, 8.0));
        let km2: f64 = prior
            .atoms
            .iter()
            .zip(&shares)
            .filter(|(atom, _)| atom.country.as_str() == "FR")
            .map(|(atom, share)| share * atom.cell.area_km2())
            .sum();
        assert!((350_000.0..450_000.0).contains(&km2), "nearly all of France but Brittany and Corsica: {km2}");
        for (atom, share) in prior.atoms.iter().zip(&shares) {
            let is_deep = (45.5..48.5).contains(&atom.centre.lat) && (2.0..6.0).contains(&atom.centre.lon);
            assert!(!is_deep || *share == 1.0);
            assert!(*share == 0.0 || atom.centre.distance_km(at(47.0, 4.0)) < 600.0);
        }
        let village = at(45.0, 4.0);
        let small = prior.shares_in(&Region::around(village, 0.5).unwrap());
        let held: Vec<f64> = small.into_iter().filter(|share| *share > 0.0).collect();
        assert!(!held.is_empty() && held.iter().all(|share| (5e-5..8e-5).contains(share)), "{held:?}");
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
    fn a_bell_sums_to_one_and_stays_in_its_country() {
        let prior = prior();
        let geneva = LatLon::new(46.2, 6.15).unwrap();
        let swiss = prior.of_country("CH".parse().unwrap());
        let bell = prior.bell(swiss.clone(), geneva, 20.0);
        assert!((bell.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(bell.iter().all(|(at, _)| swiss.contains(at)));
        assert!(prior.bell(swiss, LatLon::new(0.0, 0.0).unwrap(), 20.0).is_empty());
    }
}
