//! The prior with smaller cells where something is known more closely than its cells can show.
//!
//! How a country's part of a cell is split depends on nothing else, and is remembered.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use lru::LruCache;

use super::{
    Atom, Cell, CountryCode, Direction, LatLon, Prior, RESOLUTION,
    borders::{Detail, borders},
    prior::{towns, weight_of},
};

/// So many atoms may come of splitting; what is to be seen closely after that keeps the cells it has.
const MOST_MORE: usize = 20_000;
/// So many split atoms are remembered, about half a kilobyte each.
const MOST_SPLIT: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

/// A circle in which cells are to be small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closely {
    /// Its middle.
    pub centre: LatLon,
    /// Its radius in kilometres.
    pub km: f64,
    /// Cells in it are split until a disc of their area has no larger radius in kilometres, or they are as small as cells are
    /// made.
    pub cell_km: f64,
}

impl Closely {
    fn wants_split(&self, cell: Cell, centre: LatLon) -> bool {
        let radius = cell.radius_km();
        radius > self.cell_km && self.centre.is_within_km(centre, self.reach_km(radius))
    }

    /// A hexagon's corners lie a little farther from its middle than the disc of its area reaches.
    fn reach_km(&self, cell_radius_km: f64) -> f64 {
        self.km + 1.2 * cell_radius_km
    }
}

impl Prior {
    /// The same prior, its atoms split where these circles lie. Each atom's probability goes to its parts by the rule of the
    /// prior itself: by their towns, and a little to land without any.
    pub fn seen_closely(&self, circles: &[Closely]) -> Self {
        let widest = Cell::mean_radius_km(RESOLUTION);
        let mut touched: BTreeMap<usize, Vec<Closely>> = BTreeMap::new();
        for circle in circles {
            for at in self.near(circle.centre, circle.reach_km(widest)) {
                touched.entry(at).or_default().push(*circle);
            }
        }
        let mut split = Splitting { atoms: Vec::with_capacity(self.atoms.len()), left: MOST_MORE };
        let mut next = 0;
        for (at, circles) in touched {
            split.atoms.extend_from_slice(&self.atoms[next..at]);
            let atom = self.atoms[at];
            let towns = || towns().get(&(atom.country, atom.cell)).cloned().unwrap_or_default();
            split.push(atom, &circles, &towns);
            next = at + 1;
        }
        split.atoms.extend_from_slice(&self.atoms[next..]);
        Self::of(split.atoms)
    }
}

struct Splitting {
    atoms: Vec<Atom>,
    /// So many more atoms may be made.
    left: usize,
}

impl Splitting {
    /// Adds an atom, or its parts where one of the circles wants them; `towns` are those that lie in it.
    fn push(&mut self, atom: Atom, circles: &[Closely], towns: &dyn Fn() -> Vec<LatLon>) {
        let is_wanted = circles.iter().any(|circle| circle.wants_split(atom.cell, atom.centre));
        let parts = if is_wanted && self.left > 0 { parts_of(&atom, towns) } else { Arc::default() };
        if parts.is_empty() {
            self.atoms.push(atom);
            return;
        }
        self.left = self.left.saturating_sub(parts.len());
        for part in parts.iter().filter(|part| part.share > 0.0) {
            let Part { cell, centre, direction, share, .. } = *part;
            let atom = Atom { cell, centre, direction, probability: atom.probability * share, ..atom };
            self.push(atom, circles, &|| part.towns.clone());
        }
    }
}

/// One of the smaller cells that an atom is split into.
struct Part {
    cell: Cell,
    centre: LatLon,
    direction: Direction,
    /// Of the atom's probability.
    share: f64,
    /// The country's towns in it.
    towns: Vec<LatLon>,
}

/// The parts of an atom with these towns; none where its cell is as small as cells are made.
fn parts_of(atom: &Atom, towns: &dyn Fn() -> Vec<LatLon>) -> Arc<[Part]> {
    type Split = LruCache<(CountryCode, Cell), Arc<[Part]>>;
    static SPLIT: LazyLock<Mutex<Split>> = LazyLock::new(|| Mutex::new(LruCache::new(MOST_SPLIT)));
    let split = || SPLIT.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (atom.country, atom.cell);
    if let Some(parts) = split().get(&key) {
        return Arc::clone(parts);
    }
    let towns = towns();
    let mut parts: Vec<Part> = atom
        .cell
        .parts()
        .map(|cell| {
            let here = towns.iter().copied().filter(|town| atom.cell.part_around(*town) == Some(cell));
            let towns: Vec<LatLon> = here.collect();
            let (centre, share) = (cell.centre(), weight(cell, atom.country, towns.len()));
            Part { cell, centre, direction: centre.into(), share, towns }
        })
        .collect();
    let sum: f64 = parts.iter().map(|part| part.share).sum();
    let n_parts = parts.len() as f64;
    // A country's land in a cell may be too small for any part's middle to lie on it.
    parts.iter_mut().for_each(|part| part.share = if sum > 0.0 { part.share / sum } else { 1.0 / n_parts });
    let parts: Arc<[Part]> = parts.into();
    split().put(key, Arc::clone(&parts));
    parts
}

/// The prior's weight of a country's land in a cell; none at sea and in another country.
fn weight(cell: Cell, country: CountryCode, n_towns: usize) -> f64 {
    if n_towns > 0 || lies_in(cell.centre(), country) { weight_of(n_towns) } else { 0.0 }
}

fn lies_in(point: LatLon, country: CountryCode) -> bool {
    let shapes = borders(Detail::Fine).shapes.iter().filter(|shape| shape.country == Some(country));
    shapes.flat_map(|shape| &shape.polygons).any(|polygon| polygon.contains(point))
}

#[cfg(test)]
mod tests {
    use super::super::prior;
    use super::*;

    fn geneva(km: f64, cell_km: f64) -> Closely {
        Closely { centre: LatLon::new(46.2, 6.15).unwrap(), km, cell_km }
    }

    #[test]
    fn splitting_moves_no_probability_between_countries() {
        let close = prior().seen_closely(&[geneva(5.0, 1.3)]);
        for country in prior().countries() {
            let share =
                |prior: &Prior| -> f64 { prior.atoms[prior.of_country(country)].iter().map(|a| a.probability).sum() };
            assert!((share(&close) - share(prior())).abs() < 1e-12, "{country}");
        }
        let more = close.atoms.len() - prior().atoms.len();
        assert!((60..1000).contains(&more), "{more}");
    }

    #[test]
    fn cells_are_small_inside_and_stay_large_far_away() {
        let circle = geneva(5.0, 1.3);
        let close = prior().seen_closely(&[circle]);
        let inside = close.atoms.iter().filter(|atom| atom.centre.distance_km(circle.centre) < 5.0);
        let areas: Vec<f64> = inside.map(|atom| atom.cell.area_km2()).collect();
        assert!(areas.len() > 10 && areas.iter().all(|km2| *km2 < 7.0), "{areas:?}");
        let far = close.atoms.iter().filter(|atom| atom.centre.distance_km(circle.centre) > 300.0);
        assert!(far.clone().count() > 10_000 && far.clone().all(|atom| atom.cell.area_km2() > 5000.0));
    }

    #[test]
    fn no_number_of_circles_makes_more_atoms_than_are_allowed() {
        let circles: Vec<Closely> = (0..200)
            .map(|at| Closely { centre: LatLon::new(f64::from(at) * 0.3, 20.0).unwrap(), km: 500.0, cell_km: 1.0 })
            .collect();
        let n_atoms = prior().seen_closely(&circles).atoms.len();
        assert!(n_atoms < prior().atoms.len() + MOST_MORE + 7, "{n_atoms}");
    }
}
