//! Where pieces that know a place lie on the world: the cells that they need, and how much of each cell or bell they take.
//!
//! How much of a cell a place takes depends on the two alone, whatever else is weighed. So it is remembered by cell, and an area
//! that comes or goes costs little more than the cells that it changes.

use std::{
    collections::{HashMap, VecDeque},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use rayon::prelude::*;

use super::evidence::{Likelihood, Piece, Ring, Spot};
use crate::geo::{Cell, Closely, CountryCode, LatLon, Prior, Region, prior};

/// Cells under a bell are split until they are narrower than this part of its width.
const FINER_THAN_BELL: f64 = 0.35;
/// Cells of a region are split until they are narrower than this part of it.
const FINER_THAN_REGION: f64 = 0.12;
/// Bells are looked at closely so many widths from their middle.
const BELL_REACH: f64 = 2.5;
/// The least part of a cell that a region which meets it takes: half of what one of its 49 points stands for.
const LEAST_PART: f64 = 0.5 / 49.0;
/// So many places are remembered, and so many cells of all of them together (about 30 bytes each).
const MOST_PLACES: usize = 1000;
const MOST_CELLS: usize = 1_000_000;

/// The prior, with small cells where pieces need them.
#[derive(Debug, Clone)]
pub(super) struct World {
    /// The atoms.
    pub(super) prior: Arc<Prior>,
}

/// Where a piece lies: numbers of atoms with a share of each, in order.
#[derive(Debug)]
pub(super) enum Footprint {
    /// The part of each cell that lies in a region; none of all others.
    Region(Vec<(usize, f64)>),
    /// Bells.
    Bells(Vec<Bell>),
}

/// A bell over atoms.
#[derive(Debug)]
pub(super) struct Bell {
    /// The country among whose atoms it draws belief to itself; all where it is none.
    pub(super) among: Option<CountryCode>,
    /// They sum to 1.
    pub(super) shares: Vec<(usize, f64)>,
    /// Its part of the piece.
    pub(super) part: f64,
}

impl World {
    /// The world for the pieces that count among these.
    pub(super) fn of(pieces: &[Piece]) -> Self {
        let counted = pieces.iter().filter(|piece| piece.counts());
        let circles: Vec<Closely> = counted.flat_map(|piece| closely(&piece.likelihood)).collect();
        let prior = if circles.is_empty() { Arc::clone(prior()) } else { Arc::new(prior().seen_closely(&circles)) };
        Self { prior }
    }

    /// Where a likelihood lies; none where it knows no place.
    pub(super) fn footprint(&self, likelihood: &Likelihood) -> Option<Footprint> {
        let bell = |among: Option<CountryCode>, spot: &Spot| Bell {
            among,
            shares: self.bell(among, spot.town.place.position, spot.ring()),
            part: spot.part,
        };
        let mut bells: Vec<Bell> = match likelihood {
            Likelihood::Region { region, .. } => return Some(Footprint::Region(self.coverage(region))),
            Likelihood::Point(point) => {
                vec![Bell { among: None, shares: self.bell(None, *point, Ring::POINT), part: 1.0 }]
            }
            Likelihood::Places(spots) => spots.iter().map(|spot| bell(None, spot)).collect(),
            Likelihood::Towns(spots) => spots.iter().map(|spot| bell(Some(spot.town.place.country), spot)).collect(),
            Likelihood::Nothing | Likelihood::Countries(_) | Likelihood::Ratio { .. } => return None,
        };
        bells.retain(|bell| !bell.shares.is_empty());
        Some(Footprint::Bells(bells))
    }

    /// The numbers of the atoms of a country, or of all.
    pub(super) fn atoms_of(&self, among: Option<CountryCode>) -> Range<usize> {
        among.map_or(0..self.prior.atoms.len(), |country| self.prior.of_country(country))
    }

    /// A bell around a point, spread over the atoms of a country or of all and summing to 1. Empty if all of them are farther
    /// than four widths and a cell from where it is highest.
    fn bell(&self, among: Option<CountryCode>, centre: LatLon, ring: Ring) -> Vec<(usize, f64)> {
        let atoms = self.atoms_of(among);
        let mut near = self.prior.near(centre, ring.km + 4.0 * ring.sigma_km + 100.0);
        near.retain(|at| atoms.contains(at));
        let mut shares = self.taken(&Place::Bell { centre, ring }, &near);
        let sum: f64 = shares.iter().map(|(_, share)| share).sum();
        if sum <= 0.0 {
            return Vec::new();
        }
        shares.iter_mut().for_each(|(_, share)| *share /= sum);
        shares
    }

    /// The part of each atom's cell that lies in a region, where any does. A region that slips through between all points that are
    /// asked takes the cells that it meets as if they were its own.
    fn coverage(&self, region: &Region) -> Vec<(usize, f64)> {
        let (centre, km) = region.bounding_circle();
        let near = self.prior.near(centre, km + Cell::most_reach_km());
        let mut parts = self.taken(&Place::Region(region.clone()), &near);
        parts.retain(|(_, part)| *part > 0.0);
        if parts.iter().all(|(_, part)| *part <= LEAST_PART) {
            parts.iter_mut().for_each(|(_, part)| *part = 1.0);
        }
        parts
    }

    /// What a place takes of each of these atoms' cells.
    fn taken(&self, place: &Place, atoms: &[usize]) -> Vec<(usize, f64)> {
        let remembered = remembered(place);
        let mut known = remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = |at: &usize| self.prior.atoms[*at].cell;
        let unknown: Vec<Cell> = atoms.iter().map(cell).filter(|cell| !known.contains_key(cell)).collect();
        known.par_extend(unknown.into_par_iter().map(|cell| (cell, place.takes(cell))));
        atoms.iter().map(|at| (*at, known[&cell(at)])).collect()
    }
}

/// What pieces know of places.
#[derive(Debug, Clone, PartialEq)]
enum Place {
    Region(Region),
    Bell { centre: LatLon, ring: Ring },
}

impl Place {
    /// The part of a cell that lies in a region; how much of a bell, in any unit, lies in it.
    fn takes(&self, cell: Cell) -> f64 {
        match self {
            Self::Region(region) => part_in(cell, region),
            Self::Bell { centre, ring } => {
                let height = |point: LatLon| ring.height(point.distance_km(*centre));
                // A cell much smaller than the bell is as high everywhere as in its middle.
                if cell.radius_km() < 0.3 * ring.sigma_km {
                    return cell.area_km2() * height(cell.centre());
                }
                let heights: Vec<f64> = cell.samples().map(height).collect();
                cell.area_km2() * heights.iter().sum::<f64>() / heights.len() as f64
            }
        }
    }
}

/// The part of a cell that lies in a region. Where the region meets it and holds none of the points that are asked, as a road
/// would, it is half of what one point stands for and not none, for a cell that is left nothing is ruled out.
fn part_in(cell: Cell, region: &Region) -> f64 {
    let may_differ = region.edge_may_pass(cell.centre(), cell.reach_km()) && region.edge_meets(&cell.boundary());
    if !may_differ {
        return f64::from(u8::from(region.contains(cell.centre())));
    }
    let points: Vec<LatLon> = cell.samples().collect();
    let n_inside = points.iter().filter(|point| region.contains(**point)).count();
    (n_inside as f64 / points.len() as f64).max(LEAST_PART)
}

/// What a place takes of cells.
type Taken = Arc<Mutex<HashMap<Cell, f64>>>;

/// What is remembered of a place; the places asked for last are kept.
fn remembered(place: &Place) -> Taken {
    static PLACES: Mutex<VecDeque<(Place, Taken)>> = Mutex::new(VecDeque::new());
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    let before = places.iter().position(|(known, _)| known == place).and_then(|at| places.remove(at));
    let known = before.unwrap_or_else(|| (place.clone(), Taken::default()));
    let taken = Arc::clone(&known.1);
    places.push_front(known);
    let n_cells = |(_, taken): &(Place, Taken)| taken.try_lock().map_or(0, |taken| taken.len());
    let mut sum = 0;
    let n_kept = places.iter().take(MOST_PLACES).take_while(|place| {
        sum += n_cells(place);
        sum <= MOST_CELLS
    });
    let n_kept = n_kept.count().max(1);
    places.truncate(n_kept);
    taken
}

/// Where a piece needs small cells.
pub(super) fn closely(likelihood: &Likelihood) -> Vec<Closely> {
    let bell = |centre: LatLon, ring: Ring| Closely {
        centre,
        km: ring.km + BELL_REACH * ring.sigma_km,
        cell_km: FINER_THAN_BELL * ring.sigma_km,
    };
    match likelihood {
        Likelihood::Point(point) => vec![bell(*point, Ring::POINT)],
        Likelihood::Towns(spots) | Likelihood::Places(spots) => {
            spots.iter().map(|spot| bell(spot.town.place.position, spot.ring())).collect()
        }
        Likelihood::Region { region, .. } => {
            let (centre, km) = region.bounding_circle();
            vec![Closely { centre, km, cell_km: FINER_THAN_REGION * km }]
        }
        Likelihood::Nothing | Likelihood::Countries(_) | Likelihood::Ratio { .. } => Vec::new(),
    }
}
